//! Messages that wait, in order: for a window, or for a client to come back.

use std::collections::VecDeque;

use super::entry::Queued;

/// Bytes that an entry is charged besides its body.
pub const ENTRY_BYTES: usize = 48;

/// A queue of one session or share group. Its bounds are the caller's, since what happens at them is.
#[derive(Debug, Default)]
pub struct Queue {
    entries: VecDeque<Queued>,
    bytes: usize,
}

impl Queue {
    /// Messages that wait.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of the bodies that wait, each counted as if it were alone.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that the entries are charged, bodies aside.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.entries.len() * ENTRY_BYTES
    }

    /// Adds at the end. `length` is the body's.
    pub fn push(&mut self, entry: Queued, length: usize) {
        self.bytes += length;
        self.entries.push_back(entry);
    }

    /// Puts back at the front what was taken from there.
    pub fn push_front(&mut self, entry: Queued, length: usize) {
        self.bytes += length;
        self.entries.push_front(entry);
    }

    /// The next to be sent.
    #[must_use]
    pub fn front(&self) -> Option<&Queued> {
        self.entries.front()
    }

    /// Takes the next one. `length` gives the length of a body.
    pub fn pop(&mut self, length: impl FnOnce(&Queued) -> usize) -> Option<Queued> {
        let entry = self.entries.pop_front()?;
        self.bytes -= length(&entry);
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    /// All that wait, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Queued> {
        self.entries.iter()
    }
}
