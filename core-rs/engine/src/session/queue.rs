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
    /// What an unfinished sift has kept, which comes before the entries.
    sift: Option<Box<Sift>>,
}

/// How far a queue has been gone through.
#[derive(Debug)]
struct Sift {
    kept: VecDeque<Queued>,
    /// Entries at the front that are still to be looked at.
    left: usize,
}

impl Queue {
    /// Messages that wait.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() + self.sift.as_ref().map_or(0, |sift| sift.kept.len())
    }

    /// Whether none waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the bodies that wait, each counted as if it were alone.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that the entries are charged, bodies aside.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.len() * ENTRY_BYTES
    }

    /// Adds at the end. `length` is the body's.
    pub fn push(&mut self, entry: Queued, length: usize) {
        self.bytes += length;
        self.entries.push_back(entry);
    }

    /// Puts back at the front what was taken from there.
    pub fn push_front(&mut self, entry: Queued, length: usize) {
        self.bytes += length;
        match &mut self.sift {
            Some(sift) => sift.kept.push_front(entry),
            None => self.entries.push_front(entry),
        }
    }

    /// The next to be sent.
    #[must_use]
    pub fn front(&self) -> Option<&Queued> {
        let kept = self.sift.as_ref().and_then(|sift| sift.kept.front());
        kept.or_else(|| self.entries.front())
    }

    /// Takes the next one. `length` gives the length of a body.
    pub fn pop(&mut self, length: impl FnOnce(&Queued) -> usize) -> Option<Queued> {
        let entry = self.pop_kept().or_else(|| self.pop_entry())?;
        self.bytes -= length(&entry);
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    fn pop_kept(&mut self) -> Option<Queued> {
        self.sift.as_mut()?.kept.pop_front()
    }

    fn pop_entry(&mut self) -> Option<Queued> {
        let entry = self.entries.pop_front()?;
        if let Some(sift) = &mut self.sift {
            sift.left = sift.left.saturating_sub(1);
        }
        Some(entry)
    }

    /// All that wait, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Queued> {
        let kept = self.sift.iter().flat_map(|sift| sift.kept.iter());
        kept.chain(self.entries.iter())
    }

    /// Begins to go through all that wait now. What comes or goes meanwhile does not disturb it.
    pub fn begin_sift(&mut self) {
        self.end_sift();
        if !self.entries.is_empty() {
            self.sift = Some(Box::new(Sift {
                kept: VecDeque::new(),
                left: self.entries.len(),
            }));
        }
    }

    /// The next message to be kept or taken out.
    #[must_use]
    pub fn next_unsifted(&self) -> Option<&Queued> {
        let left = self.sift.as_ref()?.left;
        self.entries.front().filter(|_| left > 0)
    }

    /// Keeps or takes out the next message. Gives it back if it is taken out; `length` is that of its body.
    pub fn sift(&mut self, keeps: bool, length: usize) -> Option<Queued> {
        let entry = self.pop_entry()?;
        if let (true, Some(sift)) = (keeps, &mut self.sift) {
            sift.kept.push_back(entry);
            return None;
        }
        self.bytes -= length;
        Some(entry)
    }

    /// Ends going through it, finished or not; the order is what it was.
    pub fn end_sift(&mut self) {
        if let Some(mut sift) = self.sift.take() {
            sift.kept.append(&mut self.entries);
            self.entries = sift.kept;
        }
    }
}
