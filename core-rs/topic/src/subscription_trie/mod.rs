//! The subscription trie: which filters match a name.
//!
//! Nodes lie in an arena and name each other by number. A node knows its wildcard children; all others are found
//! in one hash table, by the hash of their whole path. Nothing recurses, so a peer that subscribes with thousands of
//! levels costs their memory and nothing else.

mod arena;
mod child_table;
mod chunked;
mod label;
mod level;
mod matching;
mod node;
mod path;
mod path_hash;
mod position_index;
mod seed;
mod subscribers;
mod tail;
mod texts;

use std::iter::successors;

use crate::filter::TopicFilter;
use crate::name::TopicName;

use arena::{Arena, NONE};
use child_table::ChildTable;
use label::Label;
use node::{Below, Children, Node};
use path_hash::PathHasher;
use position_index::KeyHash;
use texts::Texts;

/// The node of the empty path. It is never removed.
const ROOT: u32 = 0;

/// Names a filter that has subscribers. Valid until its last subscription is removed, then given to another filter.
///
/// A session that keeps these four bytes instead of the text can ask the trie for the text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FilterId(u32);

/// All subscriptions, by filter and key (what subscribes: a session or a share group, numbered by the caller).
///
/// A match costs one step per level of the name and per wildcard that really is there, however many subscriptions
/// there are. It visits filters in an order that depends on the filters alone, not on the seed; subscribers of one
/// filter have no particular order.
///
/// ```
/// use topic::{SubscriptionTrie, TopicFilter, TopicName};
///
/// let mut trie = SubscriptionTrie::new([1, 2, 3, 4]);
/// trie.insert(TopicFilter::parse("house/+/temperature").unwrap(), 7, "by filter");
/// let mut found = Vec::new();
/// trie.for_each_match(TopicName::parse("house/attic/temperature").unwrap(), |subscribers| {
///     found.extend_from_slice(subscribers);
/// });
/// assert_eq!(found, [(7, "by filter")]);
/// ```
pub struct SubscriptionTrie<V: Copy> {
    nodes: Arena<Node<V>>,
    children: ChildTable,
    texts: Texts,
    hasher: PathHasher,
    key_hash: KeyHash,
    len: usize,
    filters: usize,
    epoch: u64,
    /// What the subscribers of all nodes have allocated.
    subscriber_bytes: usize,
}

impl<V: Copy> SubscriptionTrie<V> {
    /// An empty trie. The seed must be unpredictable for whoever chooses filters, or lookups can be made slow.
    #[must_use]
    pub fn new(hash_seed: [u64; 4]) -> Self {
        let [point, start, factor, summand] = hash_seed.map(seed::spread);
        let hasher = PathHasher::new([point, start]);
        let mut nodes = Arena::new();
        let no_children = Below::Children(Children::NO);
        nodes.insert(Node::new(
            NONE,
            hasher.root().low(),
            Label::ROOT,
            no_children,
        ));
        Self {
            nodes,
            children: ChildTable::new(),
            texts: Texts::new(),
            hasher,
            key_hash: KeyHash::new([factor, summand]),
            len: 0,
            filters: 0,
            epoch: 0,
            subscriber_bytes: 0,
        }
    }

    /// Subscribes `key` with `filter` and returns the value that this replaces.
    pub fn insert(&mut self, filter: TopicFilter<'_>, key: u32, value: V) -> Option<V> {
        self.epoch += 1;
        let number = self.make(filter);
        let subscribers = &mut self.nodes[number].subscribers;
        let is_new_filter = subscribers.as_slice().is_empty();
        self.subscriber_bytes -= subscribers.heap_bytes();
        let replaced = subscribers.insert(key, value, self.key_hash);
        self.subscriber_bytes += subscribers.heap_bytes();
        self.filters += usize::from(is_new_filter);
        self.len += usize::from(replaced.is_none());
        replaced
    }

    /// Ends the subscription of `key` with `filter` and returns its value.
    pub fn remove(&mut self, filter: TopicFilter<'_>, key: u32) -> Option<V> {
        let number = self.find(filter)?;
        let subscribers = &mut self.nodes[number].subscribers;
        let bytes_before = subscribers.heap_bytes();
        let removed = subscribers.remove(key)?;
        self.subscriber_bytes = self.subscriber_bytes + subscribers.heap_bytes() - bytes_before;
        self.filters -= usize::from(subscribers.as_slice().is_empty());
        self.len -= 1;
        self.epoch += 1;
        self.prune(number);
        Some(removed)
    }

    /// The value of the subscription of `key` with exactly `filter`.
    #[must_use]
    pub fn get(&self, filter: TopicFilter<'_>, key: u32) -> Option<V> {
        let number = self.find(filter)?;
        self.nodes[number].subscribers.get(key)
    }

    /// Calls `visit` once for each filter that matches `name`, with all its subscriptions (never none).
    ///
    /// Filters with a leading wildcard match no name that begins with `$`: v5 [MQTT-4.7.2-1].
    pub fn for_each_match(&self, name: TopicName<'_>, visit: impl FnMut(&[(u32, V)])) {
        self.walk(name, visit);
    }

    /// The number of subscriptions.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no subscription.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of distinct filters that have a subscription.
    #[must_use]
    pub const fn filters(&self) -> usize {
        self.filters
    }

    /// Changes with every mutation, so an answer remembered with it is still right while it is the same.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The bytes that this trie has allocated, without what the allocator adds.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.nodes.heap_bytes()
            + self.children.heap_bytes()
            + self.texts.heap_bytes()
            + self.subscriber_bytes
    }

    /// The short name of `filter`, if it has a subscription.
    #[must_use]
    pub fn filter_id(&self, filter: TopicFilter<'_>) -> Option<FilterId> {
        let number = self.find(filter)?;
        let is_used = !self.nodes[number].subscribers.as_slice().is_empty();
        is_used.then_some(FilterId(number))
    }

    /// The text of the filter named `id`, as long as that has a subscription.
    #[must_use]
    pub fn filter_text(&self, FilterId(number): FilterId) -> Option<String> {
        if self.nodes[number].subscribers.as_slice().is_empty() {
            return None;
        }
        let upwards = successors(Some(number), |&child| Some(self.nodes[child].parent));
        let path: Vec<u32> = upwards.take_while(|&node| node != ROOT).collect();
        let mut text = Vec::new();
        for (depth, &node) in path.iter().rev().enumerate() {
            if depth > 0 {
                text.push(b'/');
            }
            self.nodes[node].label.write(&self.texts, &mut text);
        }
        if let Below::Tail(tail) = &self.nodes[number].below {
            text.push(b'/');
            text.extend_from_slice(tail.text(&self.texts));
        }
        String::from_utf8(text).ok() // always is: it was taken from a filter
    }
}
