//! The retained tree against its naive twin: a sorted list of topics, each asked in turn.

mod world;

use std::collections::BTreeMap;

use proptest::prelude::*;
use topic::{Next, RetainedTree};
use world::{filter, name};

/// The twin's key: the levels, so that the order of the standard library is the tree's own.
fn levels(topic: &str) -> Vec<String> {
    topic.split('/').map(str::to_owned).collect()
}

type Naive = BTreeMap<Vec<String>, u32>;

/// The first match strictly after a cursor.
fn naive_next(naive: &Naive, raw: &str, after: Option<&str>) -> Option<(String, u32)> {
    let topics = naive
        .iter()
        .filter(|(key, _)| after.is_none_or(|after| **key > levels(after)));
    let mut topics = topics.map(|(key, value)| (key.join("/"), *value));
    topics.find(|(topic, _)| filter(raw).matches(name(topic)))
}

/// What a search came to after as many calls as it took with `work` units each.
fn search(
    tree: &RetainedTree<u32>,
    raw: &str,
    after: Option<&str>,
    work: u32,
) -> Option<(String, u32)> {
    let mut cursor = after.map(str::to_owned);
    loop {
        match tree.next_match(filter(raw), cursor.as_deref(), &mut work.clone()) {
            Next::Found { topic, value } => return Some((topic.to_owned(), *value)),
            Next::Exhausted => return None,
            Next::OutOfWork { resume_after } => {
                let resume_after = resume_after.to_owned();
                assert!(cursor.is_none_or(|cursor| levels(&cursor) < levels(&resume_after)));
                cursor = Some(resume_after);
            }
        }
    }
}

fn all_matches(tree: &RetainedTree<u32>, raw: &str, work: u32) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    while let Some((topic, _)) = search(tree, raw, all.last().map(String::as_str), work) {
        all.push(topic);
    }
    all
}

fn tree_of(topics: &[String]) -> (RetainedTree<u32>, Naive) {
    let (mut tree, mut naive) = (RetainedTree::new(), Naive::new());
    for (value, topic) in (0..).zip(topics) {
        assert_eq!(tree.insert(name(topic), value), None);
        naive.insert(levels(topic), value);
    }
    (tree, naive)
}

#[test]
fn every_small_filter_finds_what_the_twin_finds_in_order_whatever_the_work() {
    let topics = world::topics(world::SHORT, 3);
    let (tree, naive) = tree_of(&topics);
    for raw in world::filters(world::SHORT, 3) {
        let names = naive.keys().map(|key| key.join("/"));
        let expected: Vec<String> = names
            .filter(|topic| filter(&raw).matches(name(topic)))
            .collect();
        for work in [0, 1, 2, 3, u32::MAX] {
            assert_eq!(all_matches(&tree, &raw, work), expected, "{raw} by {work}");
        }
    }
}

#[test]
fn every_cursor_is_good_be_it_in_the_tree_or_not() {
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for (at, topic) in world::topics(world::SHORT, 3).into_iter().enumerate() {
        if at % 3 == 0 {
            kept.push(topic)
        } else {
            gone.push(topic)
        }
    }
    let (tree, naive) = tree_of(&kept);
    let strange = ["$", "%", "", "+", "a/+/#", "\0", "a/\0", "a/b/c/d/e"].map(str::to_owned);
    for raw in world::filters(world::SHORT, 3) {
        for after in kept.iter().chain(&gone).chain(&strange) {
            let expected = naive_next(&naive, &raw, Some(after));
            assert_eq!(
                search(&tree, &raw, Some(after), 1),
                expected,
                "{raw} after {after:?}"
            );
        }
    }
}

#[test]
fn a_search_leaps_over_what_cannot_match() {
    let numbers = (0..100).flat_map(|device| {
        (0..100).map(move |value| format!("devices/{device:02}/values/{value:02}"))
    });
    let (tree, _) = tree_of(&numbers.collect::<Vec<_>>());
    for (raw, after, found, units) in [
        ("devices/77/values/42", None, 1, 1),
        ("devices/77/values/42", Some("devices/77"), 1, 1),
        ("devices/77/#", None, 100, 101),
        ("devices/77/#", Some("devices/77/values/98"), 1, 2),
        ("devices/+/values/42", None, 100, 300),
        ("+/+/+/99", None, 100, 300),
        ("devices/+/state/#", None, 0, 200),
        ("devices/+", None, 0, 200),
        ("nothing/#", None, 0, 1),
        ("+/nothing", None, 0, 2),
        ("$SYS/#", None, 0, 1),
        ("#", Some("devices/99"), 100, 101),
    ] {
        let (mut work, mut cursor, mut count) = (u32::MAX, after.map(str::to_owned), 0);
        while let Next::Found { topic, .. } =
            tree.next_match(filter(raw), cursor.as_deref(), &mut work)
        {
            cursor = Some(topic.to_owned());
            count += 1;
        }
        let used = u32::MAX - work;
        assert_eq!(count, found, "{raw}");
        assert!(used <= units, "{raw} looked at {used} topics, not {units}");
    }
}

#[test]
fn a_search_without_work_still_gets_on_and_says_where() {
    let (tree, _) = tree_of(&["a/x", "b/x", "c/y"].map(str::to_owned));
    let mut work = 1;
    let stopped = tree.next_match(filter("+/y"), None, &mut work);
    assert_eq!(
        (stopped, work),
        (
            Next::OutOfWork {
                resume_after: "a/x"
            },
            0
        )
    );
    let stopped = tree.next_match(filter("+/y"), Some("a/x"), &mut work);
    assert_eq!(
        (stopped, work),
        (
            Next::OutOfWork {
                resume_after: "b/x"
            },
            0
        )
    );
    let stopped = tree.next_match(filter("+/y"), Some("b/x"), &mut work);
    assert_eq!(
        stopped,
        Next::Found {
            topic: "c/y",
            value: &2
        }
    );
    assert_eq!(
        tree.next_match(filter("+/y"), Some("c/y"), &mut work),
        Next::Exhausted
    );
}

#[test]
fn values_are_set_replaced_changed_and_taken_out() {
    let mut tree = RetainedTree::default();
    assert!(tree.is_empty());
    assert_eq!(tree.insert(name("a/b"), 1), None);
    assert_eq!(tree.insert(name("a/b"), 2), Some(1));
    assert_eq!(tree.insert(name("a"), 3), None);
    assert_eq!(
        (tree.get(name("a/b")), tree.get(name("b")), tree.len()),
        (Some(&2), None, 2)
    );
    *tree.get_mut(name("a/b")).expect("it is there") = 4;
    assert_eq!(tree.remove(name("a/b")), Some(4));
    assert_eq!(
        (tree.remove(name("a/b")), tree.get(name("a")), tree.len()),
        (None, Some(&3), 1)
    );
}

fn topics() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        Just("a"),
        Just("b"),
        Just(""),
        Just("$"),
        Just("a!"),
        Just("a long level of a topic")
    ];
    prop::collection::vec(level, 1..=5)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("well formed", |raw| topic::TopicName::parse(raw).is_ok())
}

fn filters() -> impl Strategy<Value = String> {
    let level =
        prop_oneof![2 => Just("a"), 1 => Just("b"), 1 => Just("$"), 3 => Just("+"), 1 => Just("#")];
    prop::collection::vec(level, 1..=5)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("well formed", |raw| topic::TopicFilter::parse(raw).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// One unit of work at a time, and one mutation between any two calls.
    #[test]
    fn a_search_under_mutation_finds_all_that_stays_and_nothing_that_is_not_there(
        start in prop::collection::vec(topics(), 0..60),
        mutations in prop::collection::vec((topics(), any::<bool>()), 0..60),
        raw in filters(),
    ) {
        let (mut tree, mut naive) = (RetainedTree::new(), Naive::new());
        for topic in &start {
            prop_assert_eq!(tree.insert(name(topic), 0), naive.insert(levels(topic), 0));
        }
        let (mut cursor, mut found) = (None::<String>, Vec::new());
        let mut expected: Vec<String> = naive.keys().map(|key| key.join("/")).collect();
        expected.retain(|topic| filter(&raw).matches(name(topic)));
        let mut mutations = mutations.into_iter();
        loop {
            let next = match tree.next_match(filter(&raw), cursor.as_deref(), &mut 1) {
                Next::Exhausted => break,
                Next::OutOfWork { resume_after } => resume_after.to_owned(),
                Next::Found { topic, value } => {
                    prop_assert_eq!(naive.get(&levels(topic)), Some(value));
                    prop_assert!(filter(&raw).matches(name(topic)));
                    found.push(topic.to_owned());
                    topic.to_owned()
                }
            };
            prop_assert!(cursor.is_none_or(|cursor| levels(&cursor) < levels(&next)));
            if let Some((topic, is_insert)) = mutations.next() {
                if is_insert {
                    prop_assert_eq!(tree.insert(name(&topic), 1), naive.insert(levels(&topic), 1));
                } else {
                    prop_assert_eq!(tree.remove(name(&topic)), naive.remove(&levels(&topic)));
                    expected.retain(|kept| *kept != topic);
                }
                prop_assert_eq!(tree.len(), naive.len());
            }
            cursor = Some(next);
        }
        for topic in expected {
            prop_assert!(found.contains(&topic), "{} stayed and was not found", topic);
        }
    }

    #[test]
    fn the_next_match_after_any_cursor_is_the_twins(
        start in prop::collection::vec(topics(), 0..60),
        after in prop::option::of(topics()),
        raw in filters(),
        work in 0..5_u32,
    ) {
        let (mut tree, mut naive) = (RetainedTree::new(), Naive::new());
        for topic in &start {
            tree.insert(name(topic), 7);
            naive.insert(levels(topic), 7);
        }
        prop_assert_eq!(search(&tree, &raw, after.as_deref(), work), naive_next(&naive, &raw, after.as_deref()));
    }
}
