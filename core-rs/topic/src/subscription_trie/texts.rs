//! Texts that are too long to lie in a node.

use super::arena::{Arena, NONE, Slot};

/// Texts by number.
pub(super) struct Texts {
    arena: Arena<Text>,
    /// The bytes of all texts.
    bytes: usize,
}

struct Text {
    bytes: Box<[u8]>,
    next_vacant: u32,
}

impl Texts {
    pub(super) const fn new() -> Self {
        Self {
            arena: Arena::new(),
            bytes: 0,
        }
    }

    pub(super) fn insert(&mut self, bytes: &[u8]) -> u32 {
        self.bytes += bytes.len();
        self.arena.insert(Text {
            bytes: bytes.into(),
            next_vacant: NONE,
        })
    }

    pub(super) fn get(&self, number: u32) -> &[u8] {
        &self.arena[number].bytes
    }

    pub(super) fn remove(&mut self, number: u32) {
        self.bytes -= self.arena.remove(number).bytes.len();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes + self.arena.heap_bytes()
    }
}

impl Slot for Text {
    fn vacant(next_vacant: u32) -> Self {
        Self {
            bytes: Box::default(),
            next_vacant,
        }
    }

    fn next_vacant(&self) -> u32 {
        self.next_vacant
    }
}
