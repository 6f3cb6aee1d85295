//! The walk from a name to the filters that match it.

use super::arena::NONE;
use super::level::Level;
use super::path_hash::PathHash;
use super::{ROOT, SubscriptionTrie};
use crate::name::TopicName;

/// A way down the trie that is still to be walked.
#[derive(Clone, Copy)]
struct Step {
    node: u32,
    hash: PathHash,
    /// Where the next level of the name begins; `None` behind the last.
    at: Option<u32>,
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

const FEW: usize = 8;

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
            at: Some(0),
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
        if node.rest != NONE && wildcards_match {
            visit(self.nodes[node.rest].subscribers.as_slice());
        }
        let Some(at) = at else {
            let subscribers = node.subscribers.as_slice();
            if !subscribers.is_empty() {
                visit(subscribers);
            }
            return None;
        };
        let (level, at) = Level::read(text, at as usize);
        let at = at.map(|at| at as u32);
        if node.plus != NONE && wildcards_match {
            let hash = self.hasher.child(hash, &Level::of(b"+"));
            pending.push(Step {
                node: node.plus,
                hash,
                at,
            });
        }
        if node.literal_children == 0 {
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
