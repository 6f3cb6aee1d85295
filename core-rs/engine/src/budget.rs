//! The one memory account, and the pools that buffers come from.
//!
//! Linear memory ends at 4 GiB and a failed allocation is a trap, so what a client can make us hold is charged
//! here: buffers by their capacity, bodies and queue entries by what they hold.

use crate::limits::Limits;

/// Capacities of pooled buffers, in bytes. A larger buffer is made to measure and not kept.
const CLASS_BYTES: [usize; 6] = [256, 1024, 4096, 16_384, 65_536, 262_144];
/// Bytes of unused buffers that are kept in all.
const POOLED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How much of the account is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pressure {
    /// Below both marks.
    None,
    /// From the soft mark on: bodies are paged out and publishers are not read.
    Soft,
    /// From the hard mark on: PUBLISH, and CONNECT for a new session, are refused.
    Hard,
}

/// The account and its pools.
#[derive(Debug)]
pub struct Memory {
    used: u64,
    /// What of it are outbound buffers.
    buffers: u64,
    pooled: usize,
    soft: u64,
    hard: u64,
    classes: [Vec<Vec<u8>>; CLASS_BYTES.len()],
}

impl Memory {
    /// An empty account with the marks of `limits`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            used: 0,
            buffers: 0,
            pooled: 0,
            soft: limits.memory_soft_bytes,
            hard: limits.memory_hard_bytes,
            classes: Default::default(),
        }
    }

    /// Bytes charged now.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Which mark is reached.
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        match self.used {
            used if used >= self.hard => Pressure::Hard,
            used if used >= self.soft => Pressure::Soft,
            _ => Pressure::None,
        }
    }

    /// Bytes of it that are outbound buffers, which empty as they are written.
    #[must_use]
    pub fn buffers(&self) -> u64 {
        self.buffers
    }

    /// Whether `bytes` more would still lie below the soft mark.
    #[must_use]
    pub fn has_room(&self, bytes: usize) -> bool {
        self.used + bytes as u64 <= self.soft
    }

    /// Charges `bytes` that something outside the pools holds.
    pub fn charge(&mut self, bytes: usize) {
        self.used += bytes as u64;
    }

    /// Takes back a charge of `bytes`.
    pub fn release(&mut self, bytes: usize) {
        debug_assert!(
            self.used >= bytes as u64,
            "released {bytes} of {}",
            self.used
        );
        self.used = self.used.saturating_sub(bytes as u64);
    }

    /// An empty outbound buffer with room for at least `bytes`.
    pub fn take(&mut self, bytes: usize) -> Vec<u8> {
        let buffer = self.take_inbound(bytes);
        self.buffers += buffer.capacity() as u64;
        buffer
    }

    /// An empty inbound buffer with room for at least `bytes`. It stays with its connection, full or not.
    pub fn take_inbound(&mut self, bytes: usize) -> Vec<u8> {
        let buffer = match CLASS_BYTES.iter().position(|class| bytes <= *class) {
            Some(class) => self.take_class(class),
            None => Vec::with_capacity(bytes),
        };
        self.used += buffer.capacity() as u64;
        buffer
    }

    fn take_class(&mut self, class: usize) -> Vec<u8> {
        match self.classes[class].pop() {
            Some(buffer) => {
                self.pooled -= buffer.capacity();
                buffer
            }
            None => Vec::with_capacity(CLASS_BYTES[class]),
        }
    }

    /// Gives an outbound buffer back, whatever it holds.
    pub fn give(&mut self, buffer: Vec<u8>) {
        self.buffers = self.buffers.saturating_sub(buffer.capacity() as u64);
        self.give_inbound(buffer);
    }

    /// Gives an inbound buffer back, whatever it holds.
    pub fn give_inbound(&mut self, mut buffer: Vec<u8>) {
        let capacity = buffer.capacity();
        if capacity == 0 {
            return;
        }
        self.release(capacity);
        if let Some(class) = CLASS_BYTES.iter().position(|class| capacity == *class)
            && self.pooled + capacity <= POOLED_BYTES_MAX
        {
            buffer.clear();
            self.pooled += capacity;
            self.classes[class].push(buffer);
        }
    }

    /// Makes room for `more` bytes at the end of `buffer`, which moves to a larger one where it must.
    #[inline]
    pub fn make_room(&mut self, buffer: &mut Vec<u8>, more: usize) {
        if buffer.capacity() - buffer.len() < more {
            self.grow(buffer, more);
        }
    }

    #[cold]
    fn grow(&mut self, buffer: &mut Vec<u8>, more: usize) {
        let needed = buffer.len() + more;
        let wanted = if buffer.len() >= CLASS_BYTES[CLASS_BYTES.len() - 1] {
            needed + needed / 2
        } else {
            needed
        };
        let mut larger = self.take(wanted);
        larger.extend_from_slice(buffer);
        self.give(std::mem::replace(buffer, larger));
    }
}
