//! Finds a node's child by its level: one hash table for all nodes, with linear hashing.
//!
//! The table grows and shrinks by one bucket at a time (Litwin 1980), so no SUBSCRIBE ever pays for rehashing a million
//! filters. Nodes that share a bucket are linked to each other through their own `next`.

use super::arena::{Arena, NONE};
use super::chunked::Chunked;
use super::level::Level;
use super::node::Node;
use super::texts::Texts;

/// Four bytes each; with two per node a lookup that fails mostly looks at no node, and one that succeeds mostly at one.
const BUCKETS_PER_NODE: usize = 2;

/// The literal children of all nodes.
pub(super) struct ChildTable {
    /// The first node of each bucket, at least one bucket.
    heads: Chunked<u32>,
    /// One less than the smallest power of two that is no less than the number of buckets.
    mask: u32,
    len: usize,
}

impl ChildTable {
    pub(super) fn new() -> Self {
        let mut heads = Chunked::new();
        heads.push(NONE);
        Self {
            heads,
            mask: 0,
            len: 0,
        }
    }

    /// The child `level` of `parent`, or `NONE`. `hash` is that of the whole path.
    #[inline]
    pub(super) fn find<V>(
        &self,
        nodes: &Arena<Node<V>>,
        texts: &Texts,
        (parent, hash): (u32, u32),
        level: &Level<'_>,
    ) -> u32 {
        let mut number = self.heads[self.bucket(hash)];
        while number != NONE {
            let node = &nodes[number];
            if node.hash == hash && node.parent == parent && node.label.is(level, texts) {
                break;
            }
            number = node.next;
        }
        number
    }

    pub(super) fn insert<V>(&mut self, nodes: &mut Arena<Node<V>>, number: u32) {
        self.link(nodes, number);
        self.len += 1;
        while self.heads.len() < self.len * BUCKETS_PER_NODE {
            self.grow(nodes);
        }
    }

    pub(super) fn remove<V>(&mut self, nodes: &mut Arena<Node<V>>, number: u32) {
        let bucket = self.bucket(nodes[number].hash);
        let next = nodes[number].next;
        let mut before = self.heads[bucket];
        if before == number {
            self.heads[bucket] = next;
        } else {
            while nodes[before].next != number {
                before = nodes[before].next;
            }
            nodes[before].next = next;
        }
        self.len -= 1;
        // Later than it grew, so that one node that comes and goes does not move a bucket each time.
        while self.heads.len() > 1 && self.heads.len() > self.len * 2 * BUCKETS_PER_NODE {
            self.shrink(nodes);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.heads.heap_bytes()
    }

    /// Hash values that differ only above the mask share a bucket until it is split.
    #[inline]
    fn bucket(&self, hash: u32) -> u32 {
        let wide = hash & self.mask;
        if (wide as usize) < self.heads.len() {
            wide
        } else {
            wide & (self.mask >> 1)
        }
    }

    fn link<V>(&mut self, nodes: &mut Arena<Node<V>>, number: u32) {
        let bucket = self.bucket(nodes[number].hash);
        nodes[number].next = self.heads[bucket];
        self.heads[bucket] = number;
    }

    /// Adds a bucket and moves there what belongs to it, all out of one other bucket.
    fn grow<V>(&mut self, nodes: &mut Arena<Node<V>>) {
        let bucket = self.heads.len() as u32;
        self.heads.push(NONE);
        self.mask = (self.heads.len().next_power_of_two() - 1) as u32;
        self.spread(nodes, bucket & (self.mask >> 1));
    }

    /// Takes the last bucket away and moves what was there to where it now belongs.
    fn shrink<V>(&mut self, nodes: &mut Arena<Node<V>>) {
        let Some(first) = self.heads.pop() else {
            return;
        };
        self.mask = (self.heads.len().next_power_of_two() - 1) as u32;
        self.relink(nodes, first);
    }

    fn spread<V>(&mut self, nodes: &mut Arena<Node<V>>, bucket: u32) {
        let first = std::mem::replace(&mut self.heads[bucket], NONE);
        self.relink(nodes, first);
    }

    fn relink<V>(&mut self, nodes: &mut Arena<Node<V>>, mut number: u32) {
        while number != NONE {
            let next = nodes[number].next;
            self.link(nodes, number);
            number = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::label::Label;
    use super::super::node::{Below, Children};
    use super::*;

    /// Every way in which two children can differ, all with one and the same hash.
    const CHILDREN: [(u32, &str); 8] = [
        (1, "a"),
        (2, "a"),
        (1, "b"),
        (1, ""),
        (1, "fourteen bytes"),
        (1, "fourteen byte?"),
        (1, "a level of fifteen bytes and more"),
        (1, "a level of fifteen bytes and less"),
    ];

    const HASH: u32 = 7;

    fn level(text: &str) -> Level<'_> {
        Level::read(text.as_bytes(), 0).0
    }

    #[test]
    fn children_with_the_same_hash_are_told_apart_and_leave_each_other_alone() {
        let (mut table, mut nodes, mut texts) = (ChildTable::new(), Arena::new(), Texts::new());
        let mut numbers = Vec::new();
        for (parent, text) in CHILDREN {
            let place = (parent, HASH);
            assert_eq!(table.find(&nodes, &texts, place, &level(text)), NONE);
            let label = Label::new(&level(text), &mut texts);
            let node = Node::<()>::new(parent, HASH, label, Below::Children(Children::NO));
            numbers.push(nodes.insert(node));
            table.insert(&mut nodes, numbers[numbers.len() - 1]);
        }
        for gone in 0..=CHILDREN.len() {
            for (at, (parent, text)) in CHILDREN.into_iter().enumerate() {
                let expected = if at < gone { NONE } else { numbers[at] };
                assert_eq!(
                    table.find(&nodes, &texts, (parent, HASH), &level(text)),
                    expected
                );
            }
            if let Some(&number) = numbers.get(gone) {
                table.remove(&mut nodes, number);
            }
        }
    }
}
