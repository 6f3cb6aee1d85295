//! What one connection has sent and we have not parsed, and the memory that is lent to its socket.

use crate::budget::Memory;

/// The first and smallest buffer: an idle connection holds no more.
const FIRST_BYTES: usize = 256;
/// The buffer of a connection that keeps filling what it is lent; only a larger packet makes it grow further.
const READ_BYTES_MAX: usize = 65_536;
/// Reads in a row that used less than a sixteenth of the buffer before it is made smaller.
const SMALL_READS_MAX: u8 = 8;

/// One connection's inbound bytes.
#[derive(Debug, Default)]
pub struct Inbox {
    /// As long as its capacity; what lies outside `start..end` is free.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    lent: bool,
    grow: bool,
    small_reads: u8,
}

/// The buffer while a packet in it is handled: it is taken out, so that its bytes can be borrowed while the
/// engine changes.
#[derive(Debug)]
pub struct Unparsed {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Unparsed {
    /// The bytes that are not parsed yet.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The first `length` of them.
    #[inline]
    #[must_use]
    pub fn front(&self, length: usize) -> &[u8] {
        &self.bytes()[..length]
    }

    /// Takes so many of them for parsed.
    #[inline]
    pub fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }
}

impl Inbox {
    /// Whether its memory is lent.
    #[must_use]
    pub fn lent(&self) -> bool {
        self.lent
    }

    /// Bytes that are not parsed yet.
    #[must_use]
    pub fn unparsed(&self) -> usize {
        self.end - self.start
    }

    /// Takes the loan back with `count` bytes more in it; false if nothing was lent, or not as many.
    pub fn returned(&mut self, count: usize) -> bool {
        let room = self.buffer.len() - self.end;
        if !self.lent || count > room {
            return false;
        }
        self.lent = false;
        self.end += count;
        self.grow = count == room && self.buffer.len() < READ_BYTES_MAX;
        let small = count * 16 < self.buffer.len() && self.buffer.len() > FIRST_BYTES;
        self.small_reads = if small {
            self.small_reads.saturating_add(1)
        } else {
            0
        };
        true
    }

    /// Takes the buffer out to be parsed. [`Inbox::put_back`] follows.
    pub fn take_out(&mut self) -> Unparsed {
        Unparsed {
            buffer: std::mem::take(&mut self.buffer),
            start: self.start,
            end: self.end,
        }
    }

    /// Puts the buffer back after it was parsed as far as it goes.
    pub fn put_back(&mut self, unparsed: Unparsed) {
        let empty = unparsed.start == unparsed.end;
        self.buffer = unparsed.buffer;
        self.start = if empty { 0 } else { unparsed.start };
        self.end = if empty { 0 } else { unparsed.end };
    }

    /// Bytes that the buffer must hold in all for a packet of `needed` bytes, and for the next read.
    #[must_use]
    pub fn wanted(&self, needed: usize) -> usize {
        let steady = match self.buffer.len() {
            0 => FIRST_BYTES,
            now if self.grow => (now * 4).min(READ_BYTES_MAX),
            now if self.small_reads >= SMALL_READS_MAX => (now / 4).max(FIRST_BYTES),
            now if now > READ_BYTES_MAX => READ_BYTES_MAX,
            now => now,
        };
        steady.max(needed).max(self.unparsed() + 1)
    }

    /// Bytes of the buffer now.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Lends the free part to the socket, in a buffer of `wanted` bytes.
    pub fn lend(&mut self, wanted: usize, memory: &mut Memory) {
        let keeps = self.buffer.len() == wanted
            || (self.buffer.len() > wanted
                && self.small_reads == 0
                && self.buffer.len() <= READ_BYTES_MAX);
        if keeps {
            self.compact();
        } else {
            self.resize(wanted, memory);
        }
        self.grow = false;
        self.lent = true;
    }

    fn compact(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }

    fn resize(&mut self, wanted: usize, memory: &mut Memory) {
        let mut other = memory.take_inbound(wanted);
        other.extend_from_slice(&self.buffer[self.start..self.end]);
        self.end -= self.start;
        self.start = 0;
        let capacity = other.capacity();
        other.resize(capacity, 0);
        memory.give_inbound(std::mem::replace(&mut self.buffer, other));
        self.small_reads = 0;
    }

    /// The lent memory.
    #[must_use]
    pub fn loan(&mut self) -> &mut [u8] {
        if self.lent {
            &mut self.buffer[self.end..]
        } else {
            &mut []
        }
    }

    /// Gives the buffer back. It must not be lent.
    pub fn clear(&mut self, memory: &mut Memory) {
        memory.give_inbound(std::mem::take(&mut self.buffer));
        *self = Self::default();
    }
}
