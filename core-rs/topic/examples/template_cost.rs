//! What it costs to ask many templates: `cargo run --release --example template_cost`.
//!
//! Of so many templates the last one allows the topic, and none the other. Prints nanoseconds per question, asked of the
//! tree and of the templates one by one.

use std::hint::black_box;
use std::time::Instant;

use topic::{TemplateTree, TopicName, TopicTemplate, Variables};

/// What templates look like; `{}` is a number.
const SHAPES: [&str; 3] = [
    "site/{}/machine/+/#",
    "site/machine/${client.authenticationName}/{}",
    "${client.authenticationName}-{}/state",
];

fn main() {
    for shape in SHAPES {
        println!("{shape}");
        for count in [1, 100, 10_000] {
            ask(shape, count);
        }
    }
}

fn ask(shape: &str, count: usize) {
    let mut variables = Variables::new();
    let templates: Vec<TopicTemplate> = (1..=count)
        .map(|number| shape.replace("{}", &number.to_string()))
        .map(|raw| TopicTemplate::parse(&raw, &mut variables).expect("a template"))
        .collect();
    let mut tree = TemplateTree::default();
    templates.iter().for_each(|template| tree.insert(template));
    let values = ["a-client"];
    let filled = |number: usize| {
        shape
            .replace("{}", &number.to_string())
            .replace("${client.authenticationName}", values[0])
            .replace(['+', '#'], "x")
    };
    let (allowed, denied) = (filled(count), filled(0));
    for (what, text) in [("allowed", &allowed), ("denied", &denied)] {
        let topic = TopicName::parse(text).expect("a topic name");
        let one_by_one = |topic| {
            templates
                .iter()
                .any(|template| template.matches(topic, &values))
        };
        assert_eq!(tree.matches(topic, &values), one_by_one(topic));
        let tree = nanoseconds(200_000, || tree.matches(black_box(topic), &values));
        let naive = nanoseconds(2_000_000 / count.max(10), || one_by_one(black_box(topic)));
        println!("{count:>7} templates, {what}: {tree:.0} ns, one by one {naive:.0} ns");
    }
}

fn nanoseconds(rounds: usize, mut question: impl FnMut() -> bool) -> f64 {
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(question());
    }
    start.elapsed().as_nanos() as f64 / rounds as f64
}
