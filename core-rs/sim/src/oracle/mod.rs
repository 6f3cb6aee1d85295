//! What must and may happen, by a model that knows less than the engine: who has sent what, what was answered, and
//! which sessions the engine says that there are. It holds no queues, windows or bodies.
//!
//! Time is counted in steps, one per input of the engine. What a client has asked for may have been done since it
//! was sent, and surely is once the answer is there; so each fact has a span in which it *may* hold, and one in
//! which it *must*.

mod delivery;
mod finale;
mod retained;
mod rights;
mod session;
mod subscription;
mod will;

use std::collections::{BTreeMap, BTreeSet};

use crate::message::{Message, MessageId};
use crate::profile::Profile;
use crate::report::{Coverage, Violation};
use session::Copies;
use will::Wills;

pub use delivery::Delivery;
pub use rights::{Held, Right, Rights};
pub use session::{Beginning, Session};
pub use subscription::Request;

/// Names a session, from its beginning to its end; the client identifier may name another one later.
pub type SessionKey = usize;

/// The model.
#[derive(Debug)]
pub struct Oracle {
    /// Every message that was ever meant to be published.
    pub messages: Vec<Message>,
    /// Every session that there ever was.
    pub sessions: Vec<Session>,
    /// The present session of each client identifier.
    pub current: BTreeMap<String, SessionKey>,
    /// The present step.
    pub step: u64,
    /// Virtual milliseconds.
    pub now: u64,
    /// The first broken promise.
    pub violation: Option<Violation>,
    /// What occurred.
    pub coverage: Coverage,
    /// Whether some clients send noise, so that messages may come that nobody knows.
    pub noise: bool,
    /// Client identifiers that have asked for a clean start.
    pub asked_clean: BTreeSet<String>,
    /// Client identifiers whose session the operator has ended.
    pub operator_ended: BTreeSet<String>,
    /// Brokers that have died.
    pub crashes: u32,
    /// Whether rights come and go.
    restricted: bool,
    /// The permission sets, each with the steps from which on it was as it is.
    sets: BTreeMap<u32, Vec<(u64, Rights)>>,
    /// Whether a full queue ends its session.
    queue_ends_session: bool,
    qos_max: u64,
    shared_available: bool,
    wills: Wills,
    /// Copies of a message that the members of a group have got.
    group_copies: BTreeMap<(String, MessageId), Copies>,
}

impl Oracle {
    /// A model of a world in which nothing has happened.
    pub fn new(profile: &Profile) -> Self {
        Self {
            messages: Vec::new(),
            sessions: Vec::new(),
            current: BTreeMap::new(),
            step: 0,
            now: 0,
            violation: None,
            coverage: Coverage::default(),
            noise: profile.noise,
            asked_clean: BTreeSet::new(),
            operator_ended: BTreeSet::new(),
            crashes: 0,
            restricted: profile.restricted,
            sets: BTreeMap::new(),
            queue_ends_session: profile.queue_ends_session(),
            qos_max: profile.limits.qos_max,
            shared_available: profile.limits.shared_available != 0,
            wills: Wills::default(),
            group_copies: BTreeMap::new(),
        }
    }

    /// Takes note of a broken promise; the first one counts.
    pub fn violate(&mut self, what: impl Into<String>) {
        if self.violation.is_none() {
            self.violation = Some(Violation {
                step: self.step,
                now: self.now,
                what: what.into(),
            });
        }
    }

    /// Breaks the run off unless `holds`.
    pub fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.violate(what());
        }
    }

    /// Makes a message known, which is not yet sent.
    pub fn announce(&mut self, message: Message) -> MessageId {
        self.messages.push(message);
        self.messages.len() - 1
    }

    /// A message is sent, now or again.
    pub fn sent(&mut self, id: MessageId) {
        let (step, now) = (self.step, self.now);
        if let Some(message) = self.messages.get_mut(id) {
            message.sent.get_or_insert((step, now));
            message.transmissions += 1;
            message.settled = None;
            message.over = None;
        }
    }

    /// The broker has answered a message of QoS 1 or 2, or the host's: taken, or refused with an error.
    pub fn answered(&mut self, id: MessageId, reason: u8) {
        let step = self.step;
        let Some(message) = self.messages.get_mut(id) else {
            return;
        };
        message.settled = Some(step);
        message.accepted |= reason < 0x80;
        let message = message.clone();
        if !self.noise {
            self.check_author(&message, Some(reason));
        }
        self.check_matched(id, reason);
    }

    /// The connection is gone on which these were sent last: what was not routed by now is not routed any more.
    pub fn connection_over(&mut self, connection: engine::ConnectionId) {
        let step = self.step;
        for message in self
            .messages
            .iter_mut()
            .filter(|message| message.connection == Some(connection))
        {
            message.over.get_or_insert(step);
        }
    }

    /// 0x10 says that nobody has subscribed, so somebody who surely has contradicts it (v5 3.4.2.1).
    fn check_matched(&mut self, id: MessageId, reason: u8) {
        let message = self.messages[id].clone();
        let mut surely = false;
        let mut ever = false;
        for session in &self.sessions {
            ever |= session
                .subscriptions
                .iter()
                .any(|subscription| subscription.may_match(&message.topic));
            surely |= session.alive
                && session
                    .subscriptions
                    .iter()
                    .any(|subscription| subscription.surely_routes(&message, session));
        }
        self.require(!(reason == 0x10 && surely), || {
            format!(
                "0x10 for message {id} although a session has subscribed to {}",
                message.topic
            )
        });
        // A session that came back unasked may have identifiers that its client uses anew, and takes for repetitions.
        let unknown = message.session.is_some_and(|key| self.sessions[key].noisy);
        let again = message.transmissions > 1 || self.noise || unknown;
        self.require(
            reason != 0
                || ever
                || again
                || message.version != packet::Version::V5
                || message.topic.starts_with('$'),
            || {
                format!(
                    "message {id} is said to match although nobody ever subscribed to {}",
                    message.topic
                )
            },
        );
    }
}
