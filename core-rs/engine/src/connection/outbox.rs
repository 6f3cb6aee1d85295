//! What waits to be written to one connection, and what is being written.
//!
//! A buffer that is being written must neither move nor change, so a connection has two: one that is open and
//! one that is away. Large payloads are not copied into either; they are segments of their own.

use std::collections::VecDeque;

use crate::budget::Memory;
use crate::delivery::body::{Bodies, BodyRef};

/// Bytes of an open buffer from which it is sealed, so that growing it does not copy without bound.
const SEAL_BYTES: usize = 256 * 1024;

#[derive(Debug)]
enum Segment {
    Bytes(Vec<u8>),
    /// The payload of a body. The outbox holds a reference to it and a pin on it.
    Payload(BodyRef),
}

/// What is being written now, and how much of it already is.
#[derive(Debug)]
struct Away {
    segment: Segment,
    offset: usize,
}

/// One connection's outbound bytes.
#[derive(Debug, Default)]
pub struct Outbox {
    open: Vec<u8>,
    sealed: VecDeque<Segment>,
    away: Option<Away>,
    unsent: usize,
    /// Bytes of the buffer that was written last, so that the next one need not grow there step by step.
    expected: usize,
}

impl Outbox {
    /// Bytes appended and not yet written.
    #[inline]
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.unsent
    }

    /// The open buffer with room for `more` bytes. Call [`Outbox::appended`] with what was appended.
    #[inline]
    pub fn open(&mut self, more: usize, memory: &mut Memory) -> &mut Vec<u8> {
        if self.open.len() >= SEAL_BYTES {
            self.seal();
        }
        if self.open.capacity() == 0 {
            self.open = memory.take(more.max(self.expected));
        }
        memory.make_room(&mut self.open, more);
        &mut self.open
    }

    /// Counts what was appended to the open buffer.
    #[inline]
    pub fn appended(&mut self, bytes: usize) {
        self.unsent += bytes;
    }

    /// Appends `bytes`.
    #[inline]
    pub fn append(&mut self, bytes: &[u8], memory: &mut Memory) {
        self.open(bytes.len(), memory).extend_from_slice(bytes);
        self.unsent += bytes.len();
    }

    /// Appends the payload of `body` by reference.
    pub fn append_payload(&mut self, body: BodyRef, bodies: &mut Bodies) {
        bodies.retain(body);
        bodies.pin(body);
        self.unsent += bodies.get(body).payload().len();
        self.seal();
        self.sealed.push_back(Segment::Payload(body));
    }

    fn seal(&mut self) {
        if !self.open.is_empty() {
            self.sealed
                .push_back(Segment::Bytes(std::mem::take(&mut self.open)));
        }
    }

    /// Begins the next write unless one is pending; true if there is one to make.
    pub fn begin_write(&mut self) -> bool {
        if self.away.is_some() {
            return false;
        }
        let segment = match self.sealed.pop_front() {
            Some(segment) => segment,
            None if self.open.is_empty() => return false,
            None => Segment::Bytes(std::mem::take(&mut self.open)),
        };
        if let Segment::Bytes(buffer) = &segment {
            self.expected = buffer.len();
        }
        self.away = Some(Away { segment, offset: 0 });
        true
    }

    /// The bytes that are being written.
    #[must_use]
    pub fn away<'a>(&'a self, bodies: &'a Bodies) -> &'a [u8] {
        match &self.away {
            None => &[],
            Some(away) => &away.bytes(bodies)[away.offset..],
        }
    }

    /// Takes note that `count` bytes are written, at most as many as are away; true if a rest of them is to be
    /// written again.
    pub fn written(&mut self, count: usize, memory: &mut Memory, bodies: &mut Bodies) -> bool {
        let Some(mut away) = self.away.take() else {
            return false;
        };
        let length = away.bytes(bodies).len();
        let count = count.min(length - away.offset);
        self.unsent -= count;
        away.offset += count;
        if away.offset < length {
            self.away = Some(away);
            return true;
        }
        self.recycle(away.segment, memory, bodies);
        false
    }

    fn recycle(&mut self, segment: Segment, memory: &mut Memory, bodies: &mut Bodies) {
        match segment {
            Segment::Bytes(buffer) => memory.give(buffer),
            Segment::Payload(body) => {
                bodies.unpin(body);
                bodies.release(body, memory);
            }
        }
    }

    /// Drops everything that is not being written.
    pub fn discard(&mut self, memory: &mut Memory, bodies: &mut Bodies) {
        memory.give(std::mem::take(&mut self.open));
        while let Some(segment) = self.sealed.pop_front() {
            self.recycle(segment, memory, bodies);
        }
        self.unsent = self
            .away
            .as_ref()
            .map_or(0, |away| away.bytes(bodies).len() - away.offset);
    }

    /// Drops every packet of which nothing is written yet. The payload at the front belongs to one whose head is away
    /// or written already.
    pub fn discard_unbegun(&mut self, memory: &mut Memory, bodies: &mut Bodies) {
        let begun = self
            .sealed
            .pop_front_if(|segment| matches!(segment, Segment::Payload(_)));
        self.discard(memory, bodies);
        if let Some(Segment::Payload(body)) = begun {
            self.unsent += bodies.get(body).payload().len();
            self.sealed.push_back(Segment::Payload(body));
        }
    }

    /// Drops everything. No write may be pending.
    pub fn clear(&mut self, memory: &mut Memory, bodies: &mut Bodies) {
        self.discard(memory, bodies);
        if let Some(away) = self.away.take() {
            self.recycle(away.segment, memory, bodies);
        }
        self.unsent = 0;
    }

    /// Bytes of buffers that this outbox holds, as the account has them.
    #[must_use]
    pub fn charged(&self) -> usize {
        let of = |segment: &Segment| match segment {
            Segment::Bytes(buffer) => buffer.capacity(),
            Segment::Payload(_) => 0,
        };
        self.open.capacity()
            + self.sealed.iter().map(of).sum::<usize>()
            + self.away.as_ref().map_or(0, |away| of(&away.segment))
    }
}

impl Away {
    fn bytes<'a>(&'a self, bodies: &'a Bodies) -> &'a [u8] {
        match &self.segment {
            Segment::Bytes(buffer) => buffer,
            Segment::Payload(body) => bodies.get(*body).payload(),
        }
    }
}
