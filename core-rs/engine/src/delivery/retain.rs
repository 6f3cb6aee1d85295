//! Retained messages on their way in, out and away.

use packet::QoS;
use topic::{Next, TopicFilter, TopicName};

use super::message::{Carried, Message};
use crate::Engine;
use crate::connection::NONE;
use crate::journal::operation::Operation;
use crate::session::entry::{Identifiers, Terms};
use crate::timers::Deadline;

/// Unsent bytes of a connection from which it is sent no further retained messages, so that a new subscription to
/// very many does not fill memory with what is not taken yet.
const REPLAY_UNSENT_MAX: usize = 64 * 1024;
/// Topics looked at for one retained message before others have their turn.
const REPLAY_WORK_MAX: u32 = 256;

impl Engine {
    /// Retains a message, or removes what is retained where the payload is empty (v5 [MQTT-3.3.1-5],
    /// [MQTT-3.3.1-6]). That there is room was checked on admission.
    pub(crate) fn retain_message(&mut self, topic: TopicName<'_>, carried: &mut Carried<'_>) {
        if carried.message.payload.is_empty() {
            if self
                .retained
                .clear(topic, &mut self.bodies, &mut self.memory)
            {
                self.journal.record(&Operation::RetainedCleared {
                    topic: topic.as_str(),
                });
            }
            return;
        }
        let body = carried.keep(&mut self.bodies, &mut self.memory);
        if self.journal.enabled() && !topic.starts_with_dollar() {
            let number = self.journal_stored(carried);
            self.journal
                .record(&Operation::RetainedSet { body: number });
        }
        self.retained
            .set(topic, body, &mut self.bodies, &mut self.memory);
        if let Some(at) = self.retained.next_expiry() {
            self.timers.arm(Deadline::Retained, at);
        }
    }

    /// Removes the retained messages that have expired.
    pub(crate) fn retained_due(&mut self) {
        let now = self.clock.now();
        while self.work > 0 {
            let Some(body) = self.retained.take_expired(now, &self.bodies) else {
                break;
            };
            let raw: Box<str> = self.bodies.get(body).topic().into();
            if let Ok(topic) = TopicName::parse(&raw) {
                self.retained
                    .clear(topic, &mut self.bodies, &mut self.memory);
                self.journal.record(&Operation::RetainedCleared {
                    topic: topic.as_str(),
                });
            }
            self.spend(1);
        }
        if let Some(at) = self.retained.next_expiry() {
            self.timers.arm(Deadline::Retained, at);
        }
    }

    /// Sends a session the next retained message that it is owed. False if there is none, or it cannot take it.
    pub(crate) fn replay_next(&mut self, session: u32) -> bool {
        let Some(target) = self.sessions.get_mut(session) else {
            return false;
        };
        let slot = target.connection;
        if target.replays.is_empty()
            || self
                .connections
                .get(slot)
                .is_none_or(|connection| connection.outbox.unsent() > REPLAY_UNSENT_MAX)
        {
            return false;
        }
        let committed = self.journal.committed();
        let Some(mut replay) = target
            .replays
            .pop_front_if(|replay| replay.after <= committed)
        else {
            return false;
        };
        let Ok(filter) = TopicFilter::parse(&replay.filter) else {
            return true;
        };
        let granted = self.work.min(REPLAY_WORK_MAX);
        let mut work = granted;
        let (found, cursor) =
            match self
                .retained
                .tree()
                .next_match(filter, replay.cursor.as_deref(), &mut work)
            {
                Next::Found { topic, value } => (Some(*value), topic.to_owned()),
                Next::OutOfWork { resume_after } => (None, resume_after.to_owned()),
                Next::Exhausted => {
                    self.spend((granted - work) as usize);
                    self.journal_replay_ended(session, &replay.filter);
                    return true;
                }
            };
        let looked = (granted - work) as usize;
        let terms = |qos: QoS| {
            let mut identifiers = Identifiers::None;
            identifiers.add(replay.identifier);
            Terms {
                qos,
                retain: true,
                identifiers,
            }
        };
        let sent = match found {
            None => true,
            Some(body) => self.send_retained(
                session,
                body,
                &terms(replay.qos.min(self.bodies.get(body).qos())),
            ),
        };
        // Looking for what cannot be sent yet is no progress: it would ask for another turn, and another.
        if sent {
            self.spend(looked);
            replay.cursor = Some(cursor);
        }
        if let Some(target) = self.sessions.get_mut(session) {
            target.replays.push_front(replay);
        }
        sent
    }

    pub(crate) fn journal_replay_ended(&mut self, session: u32, filter: &str) {
        if let Some(number) = self
            .sessions
            .get(session)
            .filter(|target| target.persistent())
            .map(|target| target.number)
        {
            self.journal.record(&Operation::ReplayEnded {
                session: number,
                filter,
            });
        }
    }

    /// False if the session cannot take it now.
    fn send_retained(&mut self, session: u32, body: u32, terms: &Terms) -> bool {
        let now = self.clock.now();
        if self.undeliverable(body).is_some()
            || self.withheld(session, self.bodies.get(body).topic())
        {
            return true;
        }
        if terms.qos != QoS::AtMostOnce && !self.window_free(session) {
            return false;
        }
        if !self.bodies.get(body).resident() {
            return self.load(session, body);
        }
        let contents = self.bodies.get(body).contents();
        let message = Message::of(&self.bodies, body, &contents, now);
        let shapes = self.shapes.take();
        let mut carried = Carried::stored(message, body, &mut self.bodies, shapes);
        if terms.qos == QoS::AtMostOnce {
            self.deliver(session, terms.clone(), &mut carried);
        } else {
            let entry = self.journal_enqueued(session, terms, &mut carried);
            self.send_flight(session, terms.clone(), (NONE, entry), &mut carried);
        }
        self.shapes = carried.finish(&mut self.bodies, &mut self.memory);
        true
    }
}
