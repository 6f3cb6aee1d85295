//! The template tree against its naive twin: the templates one by one.

mod world;

use topic::{TemplateTree, TopicTemplate, Variables};
use world::{filter, name};

/// Levels of which templates are made: both wildcards, and variables in every place of a level.
const LEVELS: [&str; 7] = [
    "",
    "a",
    "+",
    "#",
    "${client.authenticationName}",
    "a${client.attributes.x}",
    "${client.attributes.x|a}",
];

/// Every template of up to three of these levels.
fn templates(variables: &mut Variables) -> Vec<(String, TopicTemplate)> {
    let mut raw: Vec<String> = LEVELS.map(str::to_owned).to_vec();
    for _ in 0..2 {
        let longer = raw
            .iter()
            .flat_map(|path| LEVELS.iter().map(move |level| format!("{path}/{level}")));
        raw = LEVELS
            .map(str::to_owned)
            .into_iter()
            .chain(longer)
            .collect();
    }
    raw.sort();
    raw.dedup();
    let parsed = raw
        .into_iter()
        .filter_map(|raw| Some((TopicTemplate::parse(&raw, variables).ok()?, raw)));
    parsed.map(|(template, raw)| (raw, template)).collect()
}

/// Compares both on every small topic and filter.
fn compare(chosen: &[&(String, TopicTemplate)], values: &[&str]) {
    let mut tree = TemplateTree::default();
    chosen
        .iter()
        .for_each(|(_, template)| tree.insert(template));
    let told = || {
        chosen
            .iter()
            .map(|(raw, _)| raw.as_str())
            .collect::<Vec<_>>()
    };
    for topic in world::topics(&["", "a", "aa", "$"], 3) {
        let one_by_one = chosen
            .iter()
            .any(|(_, template)| template.matches(name(&topic), values));
        assert_eq!(
            tree.matches(name(&topic), values),
            one_by_one,
            "{:?} with {values:?} matches {topic}",
            told()
        );
    }
    for narrow in world::filters(&["", "a", "$"], 3) {
        let one_by_one = chosen
            .iter()
            .any(|(_, template)| template.covers(filter(&narrow), values));
        assert_eq!(
            tree.covers(filter(&narrow), values),
            one_by_one,
            "{:?} with {values:?} covers {narrow}",
            told()
        );
    }
}

#[test]
fn a_tree_of_one_template_answers_as_the_template() {
    let mut variables = Variables::new();
    for template in &templates(&mut variables) {
        compare(&[template], &["a", "a"]);
    }
}

#[test]
fn a_tree_of_several_templates_answers_as_any_of_them() {
    let mut variables = Variables::new();
    let all = templates(&mut variables);
    let mut place = 0;
    for round in 0..400 {
        let chosen: Vec<_> = (0..2 + round % 5)
            .map(|step| {
                place = (place * 31 + 7 + step) % all.len();
                &all[place]
            })
            .collect();
        let values = [["a", "a"], ["a", ""], ["b", "a"], ["+", "a"]][round % 4];
        compare(&chosen, &values);
    }
}

#[test]
fn an_empty_tree_admits_nothing() {
    let none: [&str; 0] = [];
    assert!(!TemplateTree::default().matches(name("a"), &none));
    assert!(!TemplateTree::default().covers(filter("#"), &none));
}

#[test]
fn a_template_of_very_many_levels_is_no_trouble() {
    let deep = "a/".repeat(32_000) + "b";
    let template = TopicTemplate::parse(&deep, &mut Variables::new()).expect("a template");
    let mut tree = TemplateTree::default();
    tree.insert(&template);
    let none: [&str; 0] = [];
    assert!(tree.matches(name(&deep), &none));
    assert!(!tree.matches(name(&deep[2..]), &none));
}
