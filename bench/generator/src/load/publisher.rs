//! A publishing connection.

use std::io;

use super::in_flight::{InFlight, Next};
use super::tally::Tally;
use crate::carrier::inbox::Scratch;
use crate::carrier::link::Link;
use crate::mqtt::kind;
use crate::mqtt::packet::{acknowledgement, read_acknowledgement};
use crate::mqtt::publish::Template;
use crate::payload::Stamp;

/// A publisher and what it has out.
pub struct Publisher {
    link: Link,
    template: Template,
    index: u32,
    qos: u8,
    window: u64,
    sent: u64,
    in_flight: InFlight,
    /// When the message of each packet identifier was due; entry 0 is not used.
    due: Vec<u64>,
}

impl Publisher {
    /// A publisher whose messages look like `template`, with at most `window` of them out.
    pub fn new(link: Link, template: Template, index: u32, qos: u8, window: u16) -> Self {
        let identifiers = if qos == 0 { 0 } else { window };
        Self {
            link,
            template,
            index,
            qos,
            window: u64::from(window),
            sent: 0,
            in_flight: InFlight::new(identifiers),
            due: vec![0; usize::from(identifiers) + 1],
        }
    }

    /// Size of each message as a packet.
    pub fn packet_bytes(&self) -> usize {
        self.template.bytes().len()
    }

    /// How many messages were sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether every message is acknowledged.
    pub fn is_acknowledged(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// How many messages may be sent now that `delivered` of them have reached every subscriber.
    ///
    /// None until half the window is free: a publisher that tops up message by message would measure system calls.
    pub fn room(&self, delivered: u64) -> u64 {
        let free = self.window - (self.sent - delivered).min(self.window);
        let room = if self.qos == 0 {
            free
        } else {
            free.min(self.in_flight.room())
        };
        if room * 2 >= self.window { room } else { 0 }
    }

    /// Puts one message into the outbox; false if all packet identifiers are out.
    #[inline]
    pub fn put(&mut self, due: u64) -> bool {
        if self.qos > 0 {
            let Some(identifier) = self.in_flight.take(self.qos) else {
                return false;
            };
            self.due[usize::from(identifier)] = due;
            self.template.set_identifier(identifier);
        }
        let stamp = Stamp {
            publisher: self.index,
            sequence: self.sent,
            due,
        };
        self.template.set_payload_front(&stamp.to_bytes());
        self.link.outbox.put(self.template.bytes());
        self.sent += 1;
        true
    }

    /// Takes acknowledgements.
    ///
    /// # Errors
    ///
    /// If the broker closed.
    pub fn receive(&mut self, scratch: &mut Scratch, tally: &mut Tally) -> io::Result<()> {
        let (in_flight, due) = (&mut self.in_flight, &self.due);
        tally.begin_acknowledgements();
        self.link.receive(scratch, |frame, outbox| {
            let answered = read_acknowledgement(frame).and_then(|identifier| {
                Ok((identifier, in_flight.acknowledge(frame.first, identifier)?))
            });
            match answered {
                Ok((identifier, Next::Release)) => {
                    outbox.put(&acknowledgement(kind::PUBREL, identifier))
                }
                Ok((identifier, Next::Done)) => {
                    tally.count_acknowledged(due[usize::from(identifier)])
                }
                Err(fault) => tally.faults.add(fault),
            }
        })
    }

    /// Writes what the socket takes.
    ///
    /// # Errors
    ///
    /// If the broker closed.
    pub fn flush(&mut self) -> io::Result<()> {
        self.link.flush()
    }
}
