//! Covering: is every topic that one filter matches also matched by another?
//!
//! The answer is exact for any two filters, and takes one pass over their levels: literal levels are drawn from
//! an endless alphabet, so no number of literals ever adds up to a wildcard.

use crate::filter::TopicFilter;

/// Whether every name that `filter` matches is also matched by `template`.
///
/// ```
/// use topic::{TopicFilter, covers};
///
/// let template = TopicFilter::parse("vehicles/#").unwrap();
/// assert!(covers(template, TopicFilter::parse("vehicles/+/position").unwrap()));
/// assert!(!covers(template, TopicFilter::parse("+/1/position").unwrap()));
/// ```
#[must_use]
pub fn covers(template: TopicFilter<'_>, filter: TopicFilter<'_>) -> bool {
    levels_cover(template.levels(), filter.as_str())
}

/// One level of what has to be the wider of the two.
pub(crate) trait PatternLevel {
    /// What the level admits.
    fn breadth(&self) -> Breadth;

    /// Whether a level with [`Breadth::Literal`] is `text`, which is no wildcard.
    fn is(&self, text: &str) -> bool;
}

/// What a level of a pattern admits.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Breadth {
    /// `#`: any number of levels, also none.
    Rest,
    /// `+`: one level, whatever it is.
    Any,
    /// One level with one text.
    Literal,
}

impl PatternLevel for &str {
    fn breadth(&self) -> Breadth {
        match *self {
            "#" => Breadth::Rest,
            "+" => Breadth::Any,
            _ => Breadth::Literal,
        }
    }

    fn is(&self, text: &str) -> bool {
        *self == text
    }
}

/// Whether `template` matches every name that `filter`, a topic filter or a topic name, matches.
pub(crate) fn levels_cover<L: PatternLevel>(
    mut template: impl Iterator<Item = L>,
    filter: &str,
) -> bool {
    let mut narrower = filter.split('/');
    let mut is_first = true;
    while let Some(level) = template.next() {
        let reserved = is_first && filter.starts_with('$'); // v5 [MQTT-4.7.2-1]
        match level.breadth() {
            Breadth::Rest => return !reserved,
            Breadth::Any if reserved => return false,
            Breadth::Any => match narrower.next() {
                None => return false,
                // `a/+/#` lacks the parent `a` that `a/#` has. But no name is empty, so these two have no parent.
                Some("#") => return matches!(filter, "#" | "/#") && next_is_rest(template),
                Some(_) => {}
            },
            Breadth::Literal => match narrower.next() {
                None | Some("#" | "+") => return false,
                Some(text) if level.is(text) => {}
                Some(_) => return false,
            },
        }
        is_first = false;
    }
    narrower.next().is_none()
}

fn next_is_rest<L: PatternLevel>(mut levels: impl Iterator<Item = L>) -> bool {
    levels
        .next()
        .is_some_and(|level| level.breadth() == Breadth::Rest)
}
