//! Messages that must outlive the input that brought them: stored once, counted, and referenced.

use std::rc::Rc;

use packet::QoS;

use crate::budget::Memory;

/// A counted reference to a body. Whoever holds one has called [`Bodies::retain`] or [`Bodies::store`].
pub type BodyRef = u32;

/// Bytes that a body is charged besides its contents.
const OVERHEAD_BYTES: usize = 96;

/// What is stored of a message.
#[derive(Clone, Copy, Debug)]
pub struct NewBody<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// The properties that go on to subscribers unchanged, encoded.
    pub forwarded: &'a [u8],
    /// The application message.
    pub payload: &'a [u8],
    /// The QoS that it was published with.
    pub qos: QoS,
    /// Whether it was published with RETAIN.
    pub retain: bool,
    /// When it expires, in milliseconds of the monotonic clock.
    pub expires_at: Option<u64>,
}

/// What is known of a message whose contents the store has.
#[derive(Clone, Copy, Debug)]
pub struct Away<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// Bytes of the forwarded properties.
    pub forwarded_length: u32,
    /// Bytes of the application message.
    pub payload_length: u32,
    /// The QoS that it was published with.
    pub qos: QoS,
    /// Whether it was published with RETAIN.
    pub retain: bool,
    /// When it expires, in milliseconds of the monotonic clock.
    pub expires_at: Option<u64>,
}

/// A stored message.
#[derive(Debug)]
pub struct Body {
    number: u64,
    references: u32,
    /// How many of them the journal has too: the store keeps the message as long as there are any.
    owed: u32,
    pins: u32,
    /// The batch of the journal that has it, 0 for none.
    journalled: u64,
    topic: Rc<str>,
    /// Forwarded properties and payload, one after the other; none while the store alone has them.
    bytes: Option<Rc<Vec<u8>>>,
    bytes_length: u32,
    forwarded_length: u32,
    qos: QoS,
    retain: bool,
    expires_at: Option<u64>,
    lost: bool,
}

impl Body {
    /// Tells this body from every other, for as long as the engine runs and in the journal.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether the journal has it.
    #[must_use]
    pub fn journalled(&self) -> bool {
        self.journalled > 0
    }

    /// The topic name, which stays in memory.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Whether the store has lost its contents, so that it cannot be delivered any more.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.lost
    }

    /// Whether the contents are in memory.
    #[must_use]
    pub fn resident(&self) -> bool {
        self.bytes.is_some()
    }

    /// What it holds, borrowed from nobody, so that the engine can change while it is sent. Empty while the store
    /// alone has it.
    #[must_use]
    pub fn contents(&self) -> Contents {
        debug_assert!(
            self.bytes.is_some(),
            "body {} is read while it is away",
            self.number
        );
        Contents {
            topic: self.topic.clone(),
            bytes: self.bytes.clone().unwrap_or_default(),
            payload_start: self.forwarded_length as usize,
        }
    }

    /// The application message.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        let start = self.forwarded_length as usize;
        self.bytes
            .as_ref()
            .and_then(|bytes| bytes.get(start..))
            .unwrap_or_default()
    }

    /// Bytes of topic, properties and payload together.
    #[must_use]
    pub fn length(&self) -> usize {
        self.topic.len() + self.bytes_length as usize
    }

    /// The QoS that it was published with.
    #[must_use]
    pub fn qos(&self) -> QoS {
        self.qos
    }

    /// Whether it was published with RETAIN.
    #[must_use]
    pub fn retain(&self) -> bool {
        self.retain
    }

    /// When it expires, in milliseconds of the monotonic clock.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// Whether it has expired at `now`.
    #[must_use]
    pub fn expired(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The Message Expiry Interval to send at `now`: what is left, rounded up to whole seconds, since a message
    /// that still lives must not be forwarded as one that expires at once (v5 [MQTT-3.3.2-6]).
    #[must_use]
    pub fn remaining_seconds(&self, now: u64) -> Option<u32> {
        self.expires_at
            .map(|at| u32::try_from(at.saturating_sub(now).div_ceil(1000)).unwrap_or(u32::MAX))
    }

    fn resident_bytes(&self) -> usize {
        if self.resident() {
            self.bytes_length as usize
        } else {
            0
        }
    }

    fn charged(&self) -> usize {
        OVERHEAD_BYTES + self.topic.len() + self.resident_bytes()
    }
}

/// The contents of a body.
#[derive(Clone, Debug)]
pub struct Contents {
    topic: Rc<str>,
    bytes: Rc<Vec<u8>>,
    payload_start: usize,
}

impl Contents {
    /// The topic name.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The properties that go on to subscribers unchanged, encoded.
    #[must_use]
    pub fn forwarded(&self) -> &[u8] {
        self.bytes.get(..self.payload_start).unwrap_or_default()
    }

    /// The application message.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.payload_start..).unwrap_or_default()
    }
}

/// All stored messages.
#[derive(Debug, Default)]
pub struct Bodies {
    slots: Vec<Option<Body>>,
    free: Vec<u32>,
    /// Bytes of all of them, wherever they are.
    bytes: usize,
    /// Bytes of the contents that are in memory.
    resident: usize,
    next_number: u64,
}

impl Bodies {
    /// Stores a message, with one reference that is the caller's.
    pub fn store(&mut self, message: &NewBody<'_>, memory: &mut Memory) -> BodyRef {
        let mut bytes = Vec::with_capacity(message.forwarded.len() + message.payload.len());
        bytes.extend_from_slice(message.forwarded);
        bytes.extend_from_slice(message.payload);
        self.next_number += 1;
        let body = Body {
            number: self.next_number,
            references: 1,
            owed: 0,
            pins: 0,
            journalled: 0,
            topic: message.topic.into(),
            bytes_length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes: Some(Rc::new(bytes)),
            forwarded_length: u32::try_from(message.forwarded.len()).unwrap_or(u32::MAX),
            qos: message.qos,
            retain: message.retain,
            expires_at: message.expires_at,
            lost: false,
        };
        self.add(body, memory)
    }

    /// Takes note of a message that the store has, with one reference that is the caller's.
    pub fn store_away(&mut self, away: &Away<'_>, memory: &mut Memory) -> BodyRef {
        let body = Body {
            number: 0,
            references: 1,
            owed: 0,
            pins: 0,
            journalled: 0,
            topic: away.topic.into(),
            bytes: None,
            bytes_length: away.forwarded_length.saturating_add(away.payload_length),
            forwarded_length: away.forwarded_length,
            qos: away.qos,
            retain: away.retain,
            expires_at: away.expires_at,
            lost: false,
        };
        self.add(body, memory)
    }

    /// Gives a body the number that the journal has for it, by batch `sequence`.
    pub fn renumber(&mut self, body: BodyRef, number: u64, sequence: u64) {
        let held = self.get_mut(body);
        held.number = number;
        held.journalled = sequence;
    }

    /// Gives no number up to `number` again.
    pub fn number_after(&mut self, number: u64) {
        self.next_number = self.next_number.max(number);
    }

    fn add(&mut self, body: Body, memory: &mut Memory) -> BodyRef {
        memory.charge(body.charged());
        self.bytes += body.length();
        self.resident += body.resident_bytes();
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(body);
                slot
            }
            None => {
                self.slots.push(Some(body));
                u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
            }
        }
    }

    /// The body behind a reference that the caller holds.
    #[must_use]
    pub fn get(&self, body: BodyRef) -> &Body {
        match self.slots.get(body as usize) {
            Some(Some(body)) => body,
            _ => unreachable!("body {body} is referenced and gone"),
        }
    }

    /// The body with this reference and number, if it still is the same one.
    #[must_use]
    pub fn find(&self, body: BodyRef, number: u64) -> Option<&Body> {
        self.slots
            .get(body as usize)?
            .as_ref()
            .filter(|found| found.number == number)
    }

    fn get_mut(&mut self, body: BodyRef) -> &mut Body {
        match self.slots.get_mut(body as usize) {
            Some(Some(body)) => body,
            _ => unreachable!("body {body} is referenced and gone"),
        }
    }

    /// Counts one more reference.
    pub fn retain(&mut self, body: BodyRef) {
        self.get_mut(body).references += 1;
    }

    /// Gives up one reference; with the last one the body goes. True if it went.
    pub fn release(&mut self, body: BodyRef, memory: &mut Memory) -> bool {
        let held = self.get_mut(body);
        held.references -= 1;
        if held.references > 0 {
            return false;
        }
        let (charged, length, resident) = (held.charged(), held.length(), held.resident_bytes());
        memory.release(charged);
        self.bytes -= length;
        self.resident -= resident;
        self.slots[body as usize] = None;
        self.free.push(body);
        true
    }

    /// Takes note that this batch of the journal has it.
    pub fn set_journalled(&mut self, body: BodyRef, sequence: u64) {
        self.get_mut(body).journalled = sequence;
    }

    /// Counts one more reference that the journal has too.
    pub fn owe(&mut self, body: BodyRef) {
        self.get_mut(body).owed += 1;
    }

    /// One reference is no longer the journal's. Without the last the store drops the message, and whoever has it
    /// recorded again has to store it again.
    pub fn forgive(&mut self, body: BodyRef) {
        let held = self.get_mut(body);
        held.owed = held.owed.saturating_sub(1);
        if held.owed == 0 {
            held.journalled = 0;
        }
    }

    /// Keeps the contents in memory until [`Bodies::unpin`].
    pub fn pin(&mut self, body: BodyRef) {
        self.get_mut(body).pins += 1;
    }

    /// Takes back one pin.
    pub fn unpin(&mut self, body: BodyRef) {
        self.get_mut(body).pins -= 1;
    }

    /// Drops the contents in slot `slot` from memory, if the store has them by batch `committed` and nobody uses
    /// them, or holds them without the store's knowledge, which would drop them too early.
    pub fn page_out(&mut self, slot: usize, committed: u64, memory: &mut Memory) {
        let Some(Some(held)) = self.slots.get_mut(slot) else {
            return;
        };
        let stored = held.journalled > 0 && held.journalled <= committed;
        let known = held.owed >= held.references;
        if stored && known && held.pins == 0 && held.bytes.take().is_some() {
            memory.release(held.bytes_length as usize);
            self.resident -= held.bytes_length as usize;
        }
    }

    /// One more than the highest slot that was ever used.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Puts contents back that were paged out: forwarded properties and payload. False if they are not of the
    /// right length.
    pub fn page_in(&mut self, body: BodyRef, bytes: &[u8], memory: &mut Memory) -> bool {
        let held = self.get_mut(body);
        if held.resident() || bytes.len() != held.bytes_length as usize {
            return held.resident();
        }
        held.bytes = Some(Rc::new(bytes.to_vec()));
        memory.charge(bytes.len());
        self.resident += bytes.len();
        true
    }

    /// Takes note that the store has lost the contents.
    pub fn set_lost(&mut self, body: BodyRef, memory: &mut Memory) {
        let held = self.get_mut(body);
        held.lost = true;
        if held.bytes.is_none() {
            held.bytes = Some(Rc::default());
            let length = held.bytes_length as usize;
            memory.charge(length);
            self.resident += length;
        }
    }

    /// Bytes of the contents that are in memory.
    #[must_use]
    pub fn resident(&self) -> usize {
        self.resident
    }

    /// Stored messages.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Bytes of all of them, in memory or not.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of all bodies, as the account has them.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.slots.iter().flatten().map(Body::charged).sum()
    }
}
