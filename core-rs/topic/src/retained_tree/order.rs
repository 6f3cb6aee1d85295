//! The order of topics, level by level, and the places between them.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;

use crate::name::TopicName;

/// A topic in the tree.
pub(super) struct Key(Box<str>);

impl Key {
    pub(super) fn new(topic: TopicName<'_>) -> Self {
        Self(topic.as_str().into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place in the order where a search can begin: at a topic or right behind something.
pub(super) struct Edge<'a> {
    text: Cow<'a, str>,
    side: Side,
}

/// Where a place lies relative to the topic that names it.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Side {
    At,
    /// Behind the topic, before those below it.
    Behind,
    /// Behind all topics below it.
    BehindSubtree,
}

impl<'a> Edge<'a> {
    pub(super) fn at(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            side: Side::At,
        }
    }

    pub(super) fn behind(text: &'a str) -> Self {
        Self {
            text: text.into(),
            side: Side::Behind,
        }
    }

    pub(super) fn behind_subtree(text: &'a str) -> Self {
        Self {
            text: text.into(),
            side: Side::BehindSubtree,
        }
    }
}

/// What the tree compares: stored topics and edges alike. It is a trait because `BTreeMap` looks up by what a key
/// can be borrowed as, and a key can't be borrowed as an [`Edge`] of another text.
pub(super) trait Place {
    fn text(&self) -> &str;
    fn side(&self) -> Side;
}

impl Place for Key {
    fn text(&self) -> &str {
        &self.0
    }

    fn side(&self) -> Side {
        Side::At
    }
}

impl Place for Edge<'_> {
    fn text(&self) -> &str {
        &self.text
    }

    fn side(&self) -> Side {
        self.side
    }
}

/// Compares level by level: `a` < `a/z` < `a!`, though `/` is greater than `!` as a byte.
fn compare(one: &dyn Place, other: &dyn Place) -> Ordering {
    let (left, right) = (one.text().as_bytes(), other.text().as_bytes());
    let same = common_prefix(left, right);
    match (left.get(same), right.get(same)) {
        (None, None) => one.side().cmp(&other.side()),
        (None, Some(b'/')) if one.side() == Side::BehindSubtree => Ordering::Greater,
        (Some(b'/'), None) if other.side() == Side::BehindSubtree => Ordering::Less,
        // `None` is less than any `Some`, as an ancestor comes before what lies below it.
        (a, b) => a.map(rank).cmp(&b.map(rank)),
    }
}

/// `/` before every other byte.
fn rank(&byte: &u8) -> u16 {
    if byte == b'/' { 0 } else { u16::from(byte) + 1 }
}

/// How many bytes are the same at the beginning of both; by eights, as topics of one branch share most of theirs.
fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let (eights, _) = left.as_chunks::<8>();
    let (other_eights, _) = right.as_chunks::<8>();
    let words = eights.iter().zip(other_eights).take_while(|(a, b)| a == b);
    let whole = words.count() * 8;
    let bytes = left[whole..].iter().zip(&right[whole..]);
    whole + bytes.take_while(|(a, b)| a == b).count()
}

impl<'a> Borrow<dyn Place + 'a> for Key {
    fn borrow(&self) -> &(dyn Place + 'a) {
        self
    }
}

impl Ord for dyn Place + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self, other)
    }
}

impl PartialOrd for dyn Place + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Place + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for dyn Place + '_ {}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self, other)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}
