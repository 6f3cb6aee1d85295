//! The subscription trie: which filters match a name.

use std::marker::PhantomData;

use crate::filter::TopicFilter;
use crate::name::TopicName;

/// Names a filter that has subscribers. Valid until its last subscription is removed, then given to another filter.
///
/// A session that keeps these four bytes instead of the text can ask the trie for the text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FilterId(u32);

/// All subscriptions, by filter and key (what subscribes: a session or a share group, numbered by the caller).
///
/// A match costs one step per level of the name and per wildcard that really is there,
/// however many subscriptions there are.
pub struct SubscriptionTrie<V: Copy>(PhantomData<V>);

impl<V: Copy> SubscriptionTrie<V> {
    /// An empty trie. The seed must be unpredictable for whoever chooses filters, or lookups can be made slow.
    #[must_use]
    pub fn new(hash_seed: [u64; 4]) -> Self {
        let _ = hash_seed;
        Self(PhantomData)
    }

    /// Subscribes `key` with `filter` and returns the value that this replaces.
    pub fn insert(&mut self, filter: TopicFilter<'_>, key: u32, value: V) -> Option<V> {
        let _ = (filter, key, value);
        todo!()
    }

    /// Ends the subscription of `key` with `filter` and returns its value.
    pub fn remove(&mut self, filter: TopicFilter<'_>, key: u32) -> Option<V> {
        let _ = (filter, key);
        todo!()
    }

    /// The value of the subscription of `key` with exactly `filter`.
    #[must_use]
    pub fn get(&self, filter: TopicFilter<'_>, key: u32) -> Option<V> {
        let _ = (filter, key);
        todo!()
    }

    /// Calls `visit` once for each filter that matches `name`, with all its subscriptions (never none).
    ///
    /// Filters with a leading wildcard match no name that begins with `$`: v5 [MQTT-4.7.2-1].
    pub fn for_each_match(&self, name: TopicName<'_>, visit: impl FnMut(&[(u32, V)])) {
        let _ = (name, visit);
        todo!()
    }

    /// The number of subscriptions.
    #[must_use]
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether there is no subscription.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of distinct filters that have a subscription.
    #[must_use]
    pub fn filters(&self) -> usize {
        todo!()
    }

    /// Changes with every mutation, so an answer remembered with it is still right while it is the same.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        todo!()
    }

    /// The bytes that this trie has allocated, without what the allocator adds.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        todo!()
    }

    /// The short name of `filter`, if it has a subscription.
    #[must_use]
    pub fn filter_id(&self, filter: TopicFilter<'_>) -> Option<FilterId> {
        let _ = filter;
        todo!()
    }

    /// Replaces `text` by the text of the filter named `id`.
    pub fn write_filter(&self, id: FilterId, text: &mut String) {
        let _ = (id, text);
        todo!()
    }
}
