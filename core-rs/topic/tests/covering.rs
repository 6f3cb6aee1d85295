//! Covering against its definition: every topic of a small world is tried.

mod world;

use topic::{TopicName, covers};
use world::{filter, name};

const WORDS: &[&str] = &["", "a", "$"];

/// The topics that a filter matches, as positions in the world.
fn matched(raw: &str, topics: &[TopicName<'_>]) -> Vec<bool> {
    topics
        .iter()
        .map(|&topic| filter(raw).matches(topic))
        .collect()
}

#[test]
fn covers_says_what_enumeration_says_for_every_pair_of_small_filters() {
    // A level that no filter names, and one level more than any filter has, stand for all the others.
    let texts = world::topics(&[WORDS, &["other"]].concat(), 4);
    let topics: Vec<TopicName<'_>> = texts.iter().map(|text| name(text)).collect();
    let filters = world::filters(WORDS, 3);
    let worlds: Vec<Vec<bool>> = filters.iter().map(|raw| matched(raw, &topics)).collect();
    for (template, wide) in filters.iter().zip(&worlds) {
        for (narrow_filter, narrow) in filters.iter().zip(&worlds) {
            let expected = narrow
                .iter()
                .zip(wide)
                .all(|(&narrow, &wide)| wide || !narrow);
            let answer = covers(filter(template), filter(narrow_filter));
            assert_eq!(answer, expected, "{template} covers {narrow_filter}");
        }
    }
}

#[test]
fn covers_as_the_specification_has_it() {
    for (template, narrow, expected) in [
        ("vehicles/#", "vehicles/+/position", true),
        ("vehicles/#", "vehicles", true),
        ("devices/+/reported", "devices/+/reported", true),
        ("devices/+/reported", "devices/1/reported", true),
        ("devices/+/reported", "devices/#", false),
        ("devices/1/reported", "devices/+/reported", false),
        ("testtopic", "testtopic/#", false),
        ("a/+", "a/#", false),
        ("a/+/#", "a/#", false),
        ("+/#", "#", true),
        ("/+/#", "/#", true),
        ("#", "$SYS/#", false),
        ("$SYS/#", "$SYS/+/a", true),
    ] {
        assert_eq!(
            covers(filter(template), filter(narrow)),
            expected,
            "{template} covers {narrow}"
        );
    }
}
