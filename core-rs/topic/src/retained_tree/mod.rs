//! The retained tree: which names match a filter, in pieces.
//!
//! Topics lie in one B-tree, ordered level by level, so whatever lies below a topic lies together. A search leaps:
//! a topic that does not match tells where the next one that could match begins, and the B-tree finds it in
//! logarithmic time. The cursor of a search is a topic, not a place, so nothing that happens in between can harm it.

mod order;
mod search;

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::filter::TopicFilter;
use crate::name::TopicName;

use order::{Edge, Key, Place};

/// One value per topic name, in an order that lets a search stop at any topic and go on after it later.
///
/// The order compares level by level: a topic comes before the topics below it, and those before its next sibling.
pub struct RetainedTree<V> {
    values: BTreeMap<Key, V>,
}

impl<V> RetainedTree<V> {
    /// An empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            values: BTreeMap::new(),
        }
    }

    /// Sets the value of `topic` and returns the one that it replaces.
    pub fn insert(&mut self, topic: TopicName<'_>, value: V) -> Option<V> {
        match self.get_mut(topic) {
            Some(old) => Some(std::mem::replace(old, value)),
            None => self.values.insert(Key::new(topic), value),
        }
    }

    /// Takes the value of `topic` out.
    pub fn remove(&mut self, topic: TopicName<'_>) -> Option<V> {
        self.values.remove(&Edge::at(topic.as_str()) as &dyn Place)
    }

    /// The value of exactly `topic`.
    #[must_use]
    pub fn get(&self, topic: TopicName<'_>) -> Option<&V> {
        self.values.get(&Edge::at(topic.as_str()) as &dyn Place)
    }

    /// The value of exactly `topic`, to change in place.
    #[must_use]
    pub fn get_mut(&mut self, topic: TopicName<'_>) -> Option<&mut V> {
        self.values.get_mut(&Edge::at(topic.as_str()) as &dyn Place)
    }

    /// How many topics have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no topic has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Finds the first topic strictly after `after` (from the beginning if `None`) that `filter` matches.
    ///
    /// Each topic that is looked at costs one unit of `work`. A call looks at one at least, so it always gets on,
    /// and stops with [`Next::OutOfWork`] once none is left. `after` need not be in the tree (any more).
    pub fn next_match(
        &self,
        filter: TopicFilter<'_>,
        after: Option<&str>,
        work: &mut u32,
    ) -> Next<'_, V> {
        let mut edge = match after {
            None => Some(search::first_edge(filter)),
            Some(topic) => search::judge(filter, topic).next,
        };
        while let Some((topic, value)) = edge.and_then(|edge| self.first_from(&edge)) {
            *work = work.saturating_sub(1);
            let verdict = search::judge(filter, topic);
            if verdict.is_match {
                return Next::Found { topic, value };
            }
            if *work == 0 && verdict.next.is_some() {
                return Next::OutOfWork {
                    resume_after: topic,
                };
            }
            edge = verdict.next;
        }
        Next::Exhausted
    }

    fn first_from(&self, edge: &Edge<'_>) -> Option<(&str, &V)> {
        let bounds = (Bound::Included(edge as &dyn Place), Bound::Unbounded);
        let (key, value) = self.values.range::<dyn Place, _>(bounds).next()?;
        Some((key.as_str(), value))
    }
}

impl<V> Default for RetainedTree<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// How a search of [`RetainedTree::next_match`] ended.
#[derive(Debug, Eq, PartialEq)]
pub enum Next<'a, V> {
    /// The next match. Go on after `topic`.
    Found {
        /// Where the value lies.
        topic: &'a str,
        /// The value, as it is now.
        value: &'a V,
    },
    /// There is no further match.
    Exhausted,
    /// No work is left. Go on after `resume_after`, a topic that did not match.
    OutOfWork {
        /// The cursor for the next call.
        resume_after: &'a str,
    },
}
