//! A node of the trie: one level of one filter or more.

use super::arena::{NONE, Slot};
use super::label::Label;
use super::subscribers::Subscribers;
use super::tail::Tail;

/// One level below its parent.
pub(super) struct Node<V> {
    pub(super) label: Label,
    /// The low bits of the path's hash.
    pub(super) hash: u32,
    /// The next node in the same bucket of the child table, or the next vacant node.
    pub(super) next: u32,
    pub(super) parent: u32,
    pub(super) below: Below,
    /// Who subscribes with the filter that ends here, or at the end of the tail.
    pub(super) subscribers: Subscribers<V>,
}

/// What follows a node's level.
#[derive(Clone, Copy)]
pub(super) enum Below {
    /// Any number of nodes, also none.
    Children(Children),
    /// The rest of the only filter that passes here, not worth nodes of its own: so most filters need one node,
    /// and a walk to them waits for memory once.
    Tail(Tail),
}

impl Below {
    pub(super) const fn children(&self) -> Children {
        match self {
            Self::Children(children) => *children,
            Self::Tail(_) => Children::NO,
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Children {
    /// How many there are in the child table: all but `+` and `#`.
    pub(super) literals: u32,
    /// The child `+`, or `NONE`. Most nodes have no wildcard below them, and this tells it without a lookup.
    pub(super) plus: u32,
    /// The child `#`, or `NONE`.
    pub(super) rest: u32,
}

impl Children {
    pub(super) const NO: Self = Self {
        literals: 0,
        plus: NONE,
        rest: NONE,
    };

    const fn is_empty(self) -> bool {
        self.literals == 0 && self.plus == NONE && self.rest == NONE
    }
}

impl<V> Node<V> {
    pub(super) const fn new(parent: u32, hash: u32, label: Label, below: Below) -> Self {
        Self {
            label,
            hash,
            next: NONE,
            parent,
            below,
            subscribers: Subscribers::None,
        }
    }

    /// Whether no filter needs it.
    pub(super) const fn is_useless(&self) -> bool {
        self.below.children().is_empty() && matches!(self.subscribers, Subscribers::None)
    }
}

impl<V> Slot for Node<V> {
    fn vacant(next_vacant: u32) -> Self {
        let mut node = Self::new(NONE, 0, Label::ROOT, Below::Children(Children::NO));
        node.next = next_vacant;
        node
    }

    fn next_vacant(&self) -> u32 {
        self.next
    }
}
