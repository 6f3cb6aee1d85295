//! The retained tree: which names match a filter, in pieces.

use std::marker::PhantomData;

use crate::filter::TopicFilter;
use crate::name::TopicName;

/// One value per topic name, in an order that lets a search stop at any topic and go on after it later.
///
/// The order compares level by level: a topic comes before the topics below it, and those before its next sibling.
pub struct RetainedTree<V>(PhantomData<V>);

impl<V> RetainedTree<V> {
    /// An empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Sets the value of `topic` and returns the one that it replaces.
    pub fn insert(&mut self, topic: TopicName<'_>, value: V) -> Option<V> {
        let _ = (topic, value);
        todo!()
    }

    /// Takes the value of `topic` out.
    pub fn remove(&mut self, topic: TopicName<'_>) -> Option<V> {
        let _ = topic;
        todo!()
    }

    /// The value of exactly `topic`.
    #[must_use]
    pub fn get(&self, topic: TopicName<'_>) -> Option<&V> {
        let _ = topic;
        todo!()
    }

    /// The value of exactly `topic`, to change in place.
    #[must_use]
    pub fn get_mut(&mut self, topic: TopicName<'_>) -> Option<&mut V> {
        let _ = topic;
        todo!()
    }

    /// How many topics have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether no topic has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        let _ = (filter, after, work);
        todo!()
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
