//! The way from the root to the node of a filter: found, made and removed.

use super::arena::NONE;
use super::label::Label;
use super::level::Level;
use super::node::{Below, Children, Node};
use super::path_hash::PathHash;
use super::tail::Tail;
use super::{ROOT, SubscriptionTrie};
use crate::filter::TopicFilter;

/// A node, and the hash of the path that leads to it.
#[derive(Clone, Copy)]
struct Spot {
    node: u32,
    hash: PathHash,
}

/// Where a parent keeps a child.
#[derive(Clone, Copy)]
enum Link {
    Plus,
    Rest,
    Table,
}

impl Link {
    fn of(level: &Level<'_>) -> Self {
        match level.text {
            b"+" => Self::Plus,
            b"#" => Self::Rest,
            _ => Self::Table,
        }
    }
}

impl<V: Copy> SubscriptionTrie<V> {
    /// The node that has the subscribers of `filter`, if there is one.
    pub(super) fn find(&self, filter: TopicFilter<'_>) -> Option<u32> {
        let text = filter.as_str().as_bytes();
        let (mut spot, mut at) = (self.root(), 0);
        loop {
            if let Below::Tail(tail) = &self.nodes[spot.node].below {
                let is_whole = text.get(at..) == Some(tail.text(&self.texts));
                return is_whole.then_some(spot.node);
            }
            if at > text.len() {
                return Some(spot.node);
            }
            let (level, next) = Level::read(text, at);
            spot = self.child(spot, &level)?;
            at = next;
        }
    }

    /// The node that has the subscribers of `filter`, made if need be together with all that lead to it.
    pub(super) fn make(&mut self, filter: TopicFilter<'_>) -> u32 {
        let text = filter.as_str().as_bytes();
        let (mut spot, mut at) = (self.root(), 0);
        loop {
            if let Below::Tail(tail) = self.nodes[spot.node].below {
                if text.get(at..) == Some(tail.text(&self.texts)) {
                    return spot.node;
                }
                (spot, at) = self.split(spot, tail, text, at);
            }
            if at > text.len() {
                return spot.node;
            }
            let (level, next) = Level::read(text, at);
            match self.child(spot, &level) {
                Some(child) => (spot, at) = (child, next),
                None => return self.add(spot, &level, text.get(next..)).node,
            }
        }
    }

    /// Removes a node, if nothing needs it, and then its ancestors in the same way.
    pub(super) fn prune(&mut self, mut number: u32) {
        while number != ROOT && self.nodes[number].is_useless() {
            self.detach(number);
            let node = self.nodes.remove(number);
            node.label.free(&mut self.texts);
            if let Below::Tail(tail) = node.below {
                tail.free(&mut self.texts);
            }
            number = node.parent;
        }
    }

    fn root(&self) -> Spot {
        Spot {
            node: ROOT,
            hash: self.hasher.root(),
        }
    }

    fn child(&self, parent: Spot, level: &Level<'_>) -> Option<Spot> {
        let hash = self.hasher.child(parent.hash, level);
        let children = self.nodes[parent.node].below.children();
        let node = match Link::of(level) {
            Link::Plus => children.plus,
            Link::Rest => children.rest,
            Link::Table => {
                let place = (parent.node, hash.low());
                self.children.find(&self.nodes, &self.texts, place, level)
            }
        };
        (node != NONE).then_some(Spot { node, hash })
    }

    /// Makes nodes of the levels that a tail shares with the filter `text` from `at` on; the rest stays a tail.
    ///
    /// The node that had the tail keeps its number and subscribers and moves down; others take its place.
    /// Returns where the two part, and where the filter goes on from there. All is done in one pass, so that
    /// no pair of long filters costs more than their length.
    fn split(&mut self, spot: Spot, tail: Tail, text: &[u8], mut at: usize) -> (Spot, usize) {
        let tail_text = tail.text(&self.texts).to_vec();
        tail.free(&mut self.texts);
        let mut branch = self.put_branch_above(spot);
        let mut tail_at = 0;
        loop {
            let (level, tail_next) = Level::read(&tail_text, tail_at);
            let is_last = tail_next > tail_text.len();
            if is_last || !continues_with(text, at, level.text) {
                self.place(spot.node, branch, &level, tail_text.get(tail_next..));
                return (branch, at);
            }
            branch = self.add(branch, &level, None);
            (at, tail_at) = (at + level.text.len() + 1, tail_next);
        }
    }

    /// Puts a node without children where `spot` is, which then has no place.
    fn put_branch_above(&mut self, spot: Spot) -> Spot {
        let link = self.detach(spot.node);
        let Node {
            parent,
            label,
            hash,
            ..
        } = self.nodes[spot.node];
        let branch = Node::new(parent, hash, label, Below::Children(Children::NO));
        let node = self.nodes.insert(branch);
        self.attach(node, link);
        Spot {
            node,
            hash: spot.hash,
        }
    }

    fn add(&mut self, parent: Spot, level: &Level<'_>, tail: Option<&[u8]>) -> Spot {
        let node = self.nodes.insert(Node::new(
            NONE,
            0,
            Label::ROOT,
            Below::Children(Children::NO),
        ));
        self.place(node, parent, level, tail)
    }

    /// Makes `node` the child `level` of `parent`, which has none there.
    fn place(&mut self, node: u32, parent: Spot, level: &Level<'_>, tail: Option<&[u8]>) -> Spot {
        let hash = self.hasher.child(parent.hash, level);
        let place = &mut self.nodes[node];
        place.parent = parent.node;
        place.hash = hash.low();
        place.label = Label::new(level, &mut self.texts);
        place.below = match tail {
            Some(text) => Below::Tail(Tail::new(text, &mut self.texts)),
            None => Below::Children(Children::NO),
        };
        self.attach(node, Link::of(level));
        Spot { node, hash }
    }

    fn attach(&mut self, node: u32, link: Link) {
        let parent = self.nodes[node].parent;
        let mut children = self.nodes[parent].below.children();
        match link {
            Link::Plus => children.plus = node,
            Link::Rest => children.rest = node,
            Link::Table => {
                children.literals += 1;
                self.children.insert(&mut self.nodes, node);
            }
        }
        self.nodes[parent].below = Below::Children(children);
    }

    fn detach(&mut self, node: u32) -> Link {
        let parent = self.nodes[node].parent;
        let mut children = self.nodes[parent].below.children();
        let link = if children.plus == node {
            children.plus = NONE;
            Link::Plus
        } else if children.rest == node {
            children.rest = NONE;
            Link::Rest
        } else {
            children.literals -= 1;
            self.children.remove(&mut self.nodes, node);
            Link::Table
        };
        self.nodes[parent].below = Below::Children(children);
        link
    }
}

/// Whether the level of `text` that begins at `at` is `level`.
fn continues_with(text: &[u8], at: usize, level: &[u8]) -> bool {
    let rest = text.get(at..).and_then(|rest| rest.strip_prefix(level));
    matches!(rest, Some([] | [b'/', ..]))
}
