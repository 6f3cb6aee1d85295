//! The last message with RETAIN on each topic.

pub mod replay;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use topic::{RetainedTree, TopicName};

use crate::budget::Memory;
use crate::delivery::body::{Bodies, BodyRef};
use crate::limits::Limits;

/// Bytes that a retained message is charged besides its body.
const ENTRY_BYTES: usize = 96;

/// All retained messages; each holds a reference to its body.
pub struct Retained {
    tree: RetainedTree<BodyRef>,
    bytes: usize,
    charged: usize,
    /// When each expires, with the body's number. What was replaced stays until it is due or outnumbers the rest.
    expiries: BinaryHeap<Reverse<(u64, BodyRef, u64)>>,
}

impl Default for Retained {
    fn default() -> Self {
        Self {
            tree: RetainedTree::new(),
            bytes: 0,
            charged: 0,
            expiries: BinaryHeap::new(),
        }
    }
}

impl Retained {
    /// The tree of bodies.
    #[must_use]
    pub fn tree(&self) -> &RetainedTree<BodyRef> {
        &self.tree
    }

    /// Retained messages.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tree.len()
    }

    /// Bytes of their bodies.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that the entries are charged, bodies aside.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.charged
    }

    /// Whether a message of `length` bytes may be retained on `topic`.
    #[must_use]
    pub fn has_room(
        &self,
        topic: TopicName<'_>,
        length: usize,
        bodies: &Bodies,
        limits: &Limits,
    ) -> bool {
        let replaced = self.tree.get(topic).map(|body| bodies.get(*body).length());
        let count = self.tree.len() + usize::from(replaced.is_none());
        let bytes = self.bytes - replaced.unwrap_or(0) + length;
        length as u64 <= limits.retained_message_bytes_max
            && count as u64 <= limits.retained_messages_max
            && bytes as u64 <= limits.retained_bytes_max
    }

    /// Retains `body`, whose reference it takes, on `topic`.
    pub fn set(
        &mut self,
        topic: TopicName<'_>,
        body: BodyRef,
        bodies: &mut Bodies,
        memory: &mut Memory,
    ) {
        let new = bodies.get(body);
        self.bytes += new.length();
        if let Some(at) = new.expires_at() {
            self.expiries.push(Reverse((at, body, new.number())));
        }
        match self.tree.insert(topic, body) {
            Some(replaced) => self.gone(replaced, bodies, memory),
            None => {
                self.charged += ENTRY_BYTES + topic.as_str().len();
                memory.charge(ENTRY_BYTES + topic.as_str().len());
            }
        }
        if self.expiries.len() > 2 * self.tree.len() + 64 {
            self.expiries
                .retain(|Reverse((_, body, number))| bodies.find(*body, *number).is_some());
        }
    }

    /// When the next one expires.
    #[must_use]
    pub fn next_expiry(&self) -> Option<u64> {
        self.expiries.peek().map(|Reverse((at, ..))| *at)
    }

    /// The next one that has expired at `now` and is still retained.
    pub fn take_expired(&mut self, now: u64, bodies: &Bodies) -> Option<BodyRef> {
        while self.next_expiry()? <= now {
            let Reverse((_, body, number)) = self.expiries.pop()?;
            let Some(found) = bodies.find(body, number) else {
                continue;
            };
            let retained = TopicName::parse(found.topic())
                .ok()
                .and_then(|topic| self.tree.get(topic));
            if retained == Some(&body) {
                return Some(body);
            }
        }
        None
    }

    /// Retains nothing on `topic` any more; false if nothing was.
    pub fn clear(
        &mut self,
        topic: TopicName<'_>,
        bodies: &mut Bodies,
        memory: &mut Memory,
    ) -> bool {
        let Some(body) = self.tree.remove(topic) else {
            return false;
        };
        self.charged -= ENTRY_BYTES + topic.as_str().len();
        memory.release(ENTRY_BYTES + topic.as_str().len());
        self.gone(body, bodies, memory);
        true
    }

    fn gone(&mut self, body: BodyRef, bodies: &mut Bodies, memory: &mut Memory) {
        let held = bodies.get(body);
        self.bytes -= held.length();
        if !held.topic().starts_with('$') {
            bodies.forgive(body);
        }
        bodies.release(body, memory);
    }
}
