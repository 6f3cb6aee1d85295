//! One message to one session: sent at once, queued, or dropped with a reason.

use packet::QoS;

use super::message::Carried;
use super::transmit::{Sending, Sent};
use crate::Engine;
use crate::connection::NONE;
use crate::counters::Drop;
use crate::journal::operation::Operation;
use crate::session::entry::{NO_BODY, Queued, Terms};
use crate::session::outbound::{Flight, Stage};
use crate::session::queue::ENTRY_BYTES;

/// A full queue either drops the newest message, the oldest, or ends the session (`queuePolicy`).
const DROP_OLDEST: u64 = 1;
const END_SESSION: u64 = 2;

impl Engine {
    /// Brings a message to a session on the given terms.
    #[inline]
    pub(crate) fn deliver(&mut self, session: u32, terms: Terms, carried: &mut Carried<'_>) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let slot = target.connection;
        if target.dying {
            return;
        }
        if self.withheld(session, carried.message.topic) {
            return self.drop_message(session, Drop::NotAllowed);
        }
        if terms.qos == QoS::AtMostOnce {
            self.deliver_unacknowledged(session, slot, &terms, carried);
        } else if self.window_open(session) {
            self.begin_flight(session, terms, carried);
        } else {
            self.enqueue(session, terms, carried);
        }
    }

    fn deliver_unacknowledged(
        &mut self,
        session: u32,
        slot: u32,
        terms: &Terms,
        carried: &mut Carried<'_>,
    ) {
        let Some(connection) = self
            .connections
            .get(slot)
            .filter(|connection| connection.is_live())
        else {
            return self.drop_message(session, Drop::Offline);
        };
        if connection.outbox.unsent() as u64 > self.limits.outbox_bytes_max {
            return self.drop_message(session, Drop::OutboxFull);
        }
        let sending = Sending {
            terms,
            id: None,
            dup: false,
            after: 0,
        };
        if self.transmit(slot, sending, carried) == Sent::TooLarge {
            self.drop_message(session, Drop::TooLarge);
        }
    }

    /// Whether a QoS 1 or 2 message can be sent to the session now without passing another.
    #[inline]
    pub(crate) fn window_open(&self, session: u32) -> bool {
        let Some(target) = self.sessions.get(session) else {
            return false;
        };
        target.queue.is_empty() && self.window_free(session)
    }

    /// Whether the session's window has a place and its connection takes what it is sent.
    pub(crate) fn window_free(&self, session: u32) -> bool {
        let Some(target) = self.sessions.get(session) else {
            return false;
        };
        let Some(connection) = self.connections.get(target.connection) else {
            return false;
        };
        connection.is_live()
            && target.outbound.unsent() == 0
            && target.outbound.in_window() < target.window
            && target.outbound.len() < self.limits.packet_id_max as usize
            && connection.outbox.unsent() as u64 <= self.limits.outbox_bytes_max
    }

    /// Sends a QoS 1 or 2 message for the first time. The window has a place.
    #[inline]
    pub(crate) fn begin_flight(&mut self, session: u32, terms: Terms, carried: &mut Carried<'_>) {
        let entry = self.journal_enqueued(session, &terms, carried);
        self.send_flight(session, terms, (NONE, entry), carried);
    }

    /// Sends a message under a new identifier. False if it was dropped because it is too large.
    pub(crate) fn send_flight(
        &mut self,
        session: u32,
        terms: Terms,
        (group, entry): (u32, u64),
        carried: &mut Carried<'_>,
    ) -> bool {
        let maximum = u16::try_from(self.limits.packet_id_max).unwrap_or(u16::MAX);
        let Some(target) = self.sessions.get_mut(session) else {
            return false;
        };
        let Some(id) = target.outbound.assign(maximum) else {
            return false;
        };
        let (slot, number) = (target.connection, target.number);
        let kept = target.persistent() || group != NONE || entry != 0;
        let after = self.journal_sent((number, entry), id, terms.qos);
        let sending = Sending {
            terms: &terms,
            id: Some(id),
            dup: false,
            after,
        };
        if self.transmit(slot, sending, carried) == Sent::TooLarge {
            let owner = if group == NONE {
                number
            } else {
                self.group_number(group)
            };
            let body = carried.body(&mut self.bodies, &mut self.memory);
            self.journal_acknowledged(owner, entry, body);
            self.drop_message(session, Drop::TooLarge);
            return false;
        }
        let body = if kept {
            carried.keep(&mut self.bodies, &mut self.memory)
        } else {
            NO_BODY
        };
        let stage = if terms.qos == QoS::AtLeastOnce {
            Stage::Puback
        } else {
            Stage::Pubrec
        };
        let flight = Flight {
            id,
            stage,
            body,
            terms,
            group,
            group_number: self.group_number(group),
            entry,
            sent: true,
            counted: true,
        };
        self.memory.charge(ENTRY_BYTES);
        if let Some(target) = self.sessions.get_mut(session) {
            target.outbound.push(flight);
        }
        true
    }

    /// Queues a message for a session, or does what `queuePolicy` says of a full queue.
    fn enqueue(&mut self, session: u32, terms: Terms, carried: &mut Carried<'_>) {
        let length = carried.message.length();
        while self.queue_full(session, length) {
            if self.limits.queue_policy == DROP_OLDEST && self.drop_oldest(session) {
                continue;
            }
            self.drop_message(session, Drop::QueueFull);
            if self.limits.queue_policy == END_SESSION {
                self.overflow_session(session);
            }
            return;
        }
        let entry = self.journal_enqueued(session, &terms, carried);
        let body = carried.keep(&mut self.bodies, &mut self.memory);
        self.memory.charge(ENTRY_BYTES);
        if let Some(target) = self.sessions.get_mut(session) {
            target.queue.push(Queued { body, terms, entry }, length);
        }
    }

    fn queue_full(&self, session: u32, length: usize) -> bool {
        let Some(target) = self.sessions.get(session) else {
            return true;
        };
        target.queue.len() as u64 >= self.limits.queue_messages_max
            || (target.queue.bytes() + length) as u64 > self.limits.queue_bytes_max
    }

    /// Makes room by dropping the head of the queue; false if there is none.
    fn drop_oldest(&mut self, session: u32) -> bool {
        let Some(queued) = self.pop_queued(session) else {
            return false;
        };
        self.discard_queued(session, &queued, Drop::QueueFull);
        true
    }

    /// Drops the next `left` messages of a queue, as far as the work of this input goes.
    pub(crate) fn clear_queue(&mut self, session: u32, left: usize) {
        for done in 0..left {
            if self.work == 0 {
                let left = left - done;
                return self.add_task(crate::task::Task::ClearQueue { session, left });
            }
            self.spend(1);
            let Some(queued) = self.pop_queued(session) else {
                return;
            };
            self.discard_queued(session, &queued, Drop::Cleared);
        }
    }

    /// Takes the head of a session's queue. Its reference and its charge are the caller's.
    pub(crate) fn pop_queued(&mut self, session: u32) -> Option<Queued> {
        let bodies = &self.bodies;
        self.sessions
            .get_mut(session)?
            .queue
            .pop(|queued| bodies.get(queued.body).length())
    }

    /// Lets go of a queued message that is not delivered.
    pub(crate) fn discard_queued(&mut self, session: u32, queued: &Queued, reason: Drop) {
        self.memory.release(ENTRY_BYTES);
        let number = self.sessions.get(session).map_or(0, |target| target.number);
        self.journal_acknowledged(number, queued.entry, queued.body);
        self.release_body(queued.body);
        self.drop_message(session, reason);
    }

    /// Gives up what an entry has of its body, where the journal drops the entry by itself.
    pub(crate) fn release_owed(&mut self, body: u32, entry: u64) {
        if body != NO_BODY && entry != 0 {
            self.bodies.forgive(body);
        }
        self.release_body(body);
    }

    /// Gives up a reference to a body.
    pub(crate) fn release_body(&mut self, body: u32) {
        if body != NO_BODY {
            self.bodies.release(body, &mut self.memory);
        }
    }

    /// Counts a message that a session does not get.
    pub(crate) fn drop_message(&mut self, session: u32, reason: Drop) {
        self.counters.dropped(reason);
        let now = self.clock.now();
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        target.drops.count(reason);
        if target.drops_logged_at.is_none_or(|at| now >= at + 60_000) {
            target.drops_logged_at = Some(now);
            self.tell_dropped(session, reason);
        }
    }

    /// Records that a persistent session is owed this message; gives the entry's number, 0 if nothing is recorded.
    pub(crate) fn journal_enqueued(
        &mut self,
        session: u32,
        terms: &Terms,
        carried: &mut Carried<'_>,
    ) -> u64 {
        let Some(target) = self.sessions.get(session) else {
            return 0;
        };
        if !self.journal.enabled() || !target.persistent() {
            return 0;
        }
        let number = target.number;
        let body = self.journal_stored(carried);
        let entry = self.next_entry(number);
        self.journal.record(&Operation::Enqueued {
            owner: number,
            entry,
            body,
            terms,
        });
        entry
    }

    /// Records that an entry is out under a packet identifier. Gives the batch that QoS 2 must wait for, or 0.
    fn journal_sent(
        &mut self,
        (session, entry): (u64, u64),
        id: packet::PacketId,
        qos: QoS,
    ) -> u64 {
        if entry == 0 {
            return 0;
        }
        let sequence = self.journal.record(&Operation::Sent { session, entry, id });
        if qos == QoS::ExactlyOnce { sequence } else { 0 }
    }

    /// Records that an entry is done with. The reference to its body is still the caller's.
    pub(crate) fn journal_acknowledged(&mut self, owner: u64, entry: u64, body: u32) {
        if entry == 0 {
            return;
        }
        self.journal
            .record(&Operation::Acknowledged { owner, entry });
        if body != NO_BODY {
            self.bodies.forgive(body);
        }
    }
}
