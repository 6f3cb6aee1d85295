//! The walk from a name to the filters that match it.

use super::arena::NONE;
use super::level::Level;
use super::node::Below;
use super::path_hash::PathHash;
use super::{ROOT, SubscriptionTrie};
use crate::name::TopicName;

/// A way down the trie that is still to be walked.
#[derive(Clone, Copy)]
struct Step {
    node: u32,
    hash: PathHash,
    /// Where the next level of the name begins; behind the name's end if none is left.
    at: u32,
}

/// The ways that lead through a `+` and wait until the one before them is walked: at most one per level of the name.
///
/// They are kept here and not on the call stack, because the peer chooses how many there are.
struct Pending {
    /// Enough for nearly every name, so that a match allocates nothing.
    few: [Step; FEW],
    few_len: usize,
    more: Vec<Step>,
}

const FEW: usize = 4;

impl Pending {
    const fn new(root: Step) -> Self {
        Self {
            few: [root; FEW],
            few_len: 0,
            more: Vec::new(),
        }
    }

    fn push(&mut self, step: Step) {
        if let Some(place) = self.few.get_mut(self.few_len) {
            *place = step;
            self.few_len += 1;
        } else {
            self.more.push(step);
        }
    }

    fn pop(&mut self) -> Option<Step> {
        self.more.pop().or_else(|| {
            self.few_len = self.few_len.checked_sub(1)?;
            self.few.get(self.few_len).copied()
        })
    }
}

impl<V: Copy> SubscriptionTrie<V> {
    pub(super) fn walk(&self, name: TopicName<'_>, mut visit: impl FnMut(&[(u32, V)])) {
        let text = name.as_str().as_bytes();
        let mut step = Step {
            node: ROOT,
            hash: self.hasher.root(),
            at: 0,
        };
        let mut pending = Pending::new(step);
        let mut wildcards_match = !name.starts_with_dollar();
        loop {
            let next = self.take(step, text, wildcards_match, &mut pending, &mut visit);
            wildcards_match = true;
            let Some(next) = next.or_else(|| pending.pop()) else {
                return;
            };
            step = next;
        }
    }

    /// Visits what ends at this node and takes the step to its literal child.
    #[inline]
    fn take(
        &self,
        Step {
            node: parent,
            hash,
            at,
        }: Step,
        text: &[u8],
        wildcards_match: bool,
        pending: &mut Pending,
        visit: &mut impl FnMut(&[(u32, V)]),
    ) -> Option<Step> {
        let node = &self.nodes[parent];
        let subscribers = node.subscribers.as_slice();
        let children = match &node.below {
            Below::Children(children) => children,
            Below::Tail(tail) => {
                if tail.matches(&self.texts, text.get(at as usize..)) {
                    visit(subscribers);
                }
                return None;
            }
        };
        if children.rest != NONE && wildcards_match {
            visit(self.nodes[children.rest].subscribers.as_slice());
        }
        if at as usize > text.len() {
            if !subscribers.is_empty() {
                visit(subscribers);
            }
            return None;
        }
        let (level, next) = Level::read(text, at as usize);
        let at = next as u32;
        if children.plus != NONE && wildcards_match {
            let hash = self.hasher.child(hash, &Level::PLUS);
            pending.push(Step {
                node: children.plus,
                hash,
                at,
            });
        }
        if children.literals == 0 {
            return None;
        }
        let hash = self.hasher.child(hash, &level);
        let child = self
            .children
            .find(&self.nodes, &self.texts, (parent, hash.low()), &level);
        (child != NONE).then_some(Step {
            node: child,
            hash,
            at,
        })
    }
}
