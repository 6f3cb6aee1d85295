//! A subscribing connection.

use std::io;

use super::checker::Checker;
use super::tally::Tally;
use crate::carrier::inbox::Scratch;
use crate::carrier::link::Link;
use crate::carrier::outbox::Outbox;
use crate::mqtt::frame::Frame;
use crate::mqtt::packet::{acknowledgement, read_acknowledgement, read_connack};
use crate::mqtt::publish::Publish;
use crate::mqtt::{Version, kind};

/// Words of a bit set over all packet identifiers.
const IDENTIFIER_WORDS: usize = 65_536 / 64;

/// A subscriber, and the receiving half of its QoS 2.
pub struct Subscriber {
    link: Link,
    inbound: Inbound,
}

struct Inbound {
    version: Version,
    checker: Checker,
    /// Whether the answer to CONNECT is still to come.
    returns: bool,
    /// Why nothing more is to be hoped for.
    refused: Option<String>,
    /// Identifiers whose PUBREL has not come, one bit each; made with the first QoS 2 message.
    unreleased: Vec<u64>,
    unreleased_count: u64,
}

impl Subscriber {
    /// A subscriber whose messages are checked by `checker`. If it `returns`, CONNACK comes first and must tell that
    /// its session was there.
    pub fn new(link: Link, version: Version, checker: Checker, returns: bool) -> Self {
        let inbound = Inbound {
            version,
            checker,
            returns,
            refused: None,
            unreleased: Vec::new(),
            unreleased_count: 0,
        };
        Self { link, inbound }
    }

    /// How many messages of `publisher` have come.
    #[inline]
    pub fn received(&self, publisher: usize) -> u64 {
        self.inbound.checker.received(publisher)
    }

    /// Whether no QoS 2 message waits for its PUBREL.
    pub fn is_released(&self) -> bool {
        self.inbound.unreleased_count == 0
    }

    /// Takes, checks, counts and acknowledges messages.
    ///
    /// # Errors
    ///
    /// If the broker closed, or has no session for a subscriber that returned.
    pub fn receive(&mut self, scratch: &mut Scratch, tally: &mut Tally) -> io::Result<()> {
        let inbound = &mut self.inbound;
        tally.begin_read();
        self.link
            .receive(scratch, |frame, outbox| inbound.take(frame, outbox, tally))?;
        match inbound.refused.take() {
            Some(fault) => Err(io::Error::other(fault)),
            None => self.link.flush(),
        }
    }
}

impl Inbound {
    #[inline]
    fn take(&mut self, frame: Frame<'_>, outbox: &mut Outbox, tally: &mut Tally) {
        let Some(publish) = Publish::read(self.version, frame) else {
            return self.take_other(frame, outbox, tally);
        };
        if self.returns {
            tally.faults.add("a message before CONNACK");
        }
        match self.checker.check(&publish) {
            Ok(stamp) => tally.count(stamp),
            Err(fault) => tally.faults.add(fault),
        }
        match publish.qos {
            0 => {}
            1 => outbox.put(&acknowledgement(kind::PUBACK, publish.identifier)),
            _ => {
                if !self.note_unreleased(publish.identifier) {
                    tally
                        .faults
                        .add("a packet identifier that is not released yet");
                }
                outbox.put(&acknowledgement(kind::PUBREC, publish.identifier));
            }
        }
    }

    fn take_other(&mut self, frame: Frame<'_>, outbox: &mut Outbox, tally: &mut Tally) {
        if !std::mem::take(&mut self.returns) {
            return self.release(frame, outbox, tally);
        }
        match read_connack(self.version, frame) {
            Ok(accepted) if accepted.session_present => {}
            Ok(_) => self.refused = Some("the broker has forgotten a session".into()),
            Err(fault) => self.refused = Some(fault),
        }
    }

    fn release(&mut self, frame: Frame<'_>, outbox: &mut Outbox, tally: &mut Tally) {
        match read_acknowledgement(frame) {
            Ok(identifier) if frame.first == kind::PUBREL && self.note_released(identifier) => {
                outbox.put(&acknowledgement(kind::PUBCOMP, identifier));
            }
            _ => tally.faults.add(format!(
                "unexpected packet {:#04x} to a subscriber",
                frame.first
            )),
        }
    }

    fn note_unreleased(&mut self, identifier: u16) -> bool {
        self.unreleased.resize(IDENTIFIER_WORDS, 0);
        let (word, bit) = place(identifier);
        let fresh = self.unreleased[word] & bit == 0;
        self.unreleased[word] |= bit;
        self.unreleased_count += u64::from(fresh);
        fresh
    }

    fn note_released(&mut self, identifier: u16) -> bool {
        let (word, bit) = place(identifier);
        let Some(word) = self.unreleased.get_mut(word) else {
            return false;
        };
        let known = *word & bit != 0;
        *word &= !bit;
        self.unreleased_count -= u64::from(known);
        known
    }
}

fn place(identifier: u16) -> (usize, u64) {
    (usize::from(identifier) / 64, 1 << (identifier % 64))
}
