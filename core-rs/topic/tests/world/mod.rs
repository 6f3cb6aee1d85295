//! Every topic and every filter of a small world.

#![allow(dead_code)] // each test binary uses its own part

use topic::{TopicFilter, TopicName};

/// Levels that topics are made of. One is empty, one is reserved, one sorts before `/` as a byte.
pub const SHORT: &[&str] = &["", "a", "$", "a!"];

/// Levels around the lengths at which their representation changes.
pub const LONG: &[&str] = &[
    "7 bytes",
    "8 bytes!",
    "fourteen bytes",
    "fifteen bytes!!",
    "fifteen bytes!?",
];

/// All topics of one level to `levels_max` levels.
pub fn topics(words: &[&str], levels_max: usize) -> Vec<String> {
    let mut all = sequences(words, levels_max);
    all.retain(|topic| TopicName::parse(topic).is_ok());
    all
}

/// All filters of one level to `levels_max` levels.
pub fn filters(words: &[&str], levels_max: usize) -> Vec<String> {
    let mut all = sequences(&[words, &["+", "#"]].concat(), levels_max);
    all.retain(|filter| TopicFilter::parse(filter).is_ok());
    all
}

fn sequences(words: &[&str], levels_max: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut longest: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    for _ in 1..levels_max {
        let longer = longest
            .iter()
            .flat_map(|path| words.iter().map(move |word| format!("{path}/{word}")));
        let longer = longer.collect();
        all.append(&mut longest);
        longest = longer;
    }
    all.append(&mut longest);
    all
}

pub fn name(text: &str) -> TopicName<'_> {
    TopicName::parse(text).expect("a topic name")
}

pub fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::parse(text).expect("a topic filter")
}
