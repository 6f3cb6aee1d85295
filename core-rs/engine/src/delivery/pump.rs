//! Sending a session what waits for it: what an earlier connection was not acknowledged, its queue, retained
//! messages, and what its share groups have.

use packet::{AckKind, OutgoingAck, PacketId, QoS, ReasonCode};

use super::message::{Carried, Message};
use super::transmit::{Sending, Sent};
use crate::Engine;
use crate::connection::NONE;
use crate::counters::Drop;
use crate::session::entry::{NO_BODY, Queued, Terms};
use crate::session::outbound::Stage;
use crate::session::queue::ENTRY_BYTES;
use crate::task::Task;

impl Engine {
    /// Lets a session be sent what it can take, in a later turn.
    pub(crate) fn schedule_pump(&mut self, session: u32) {
        if let Some(target) = self.sessions.get_mut(session)
            && !target.pumping
        {
            target.pumping = true;
            self.add_task(Task::Pump(session));
        }
    }

    /// Sends a session what it can take, as far as the work of this input goes.
    pub(crate) fn pump(&mut self, session: u32) {
        while self.sendable(session) {
            if self.work == 0 {
                return self.schedule_pump(session);
            }
            let resent = self.resend_next(session);
            let sent = resent || self.send_next_queued(session);
            let replayed = self.replay_next(session);
            if !sent && !replayed {
                break;
            }
        }
        self.pump_groups(session);
        if self.work == 0 {
            self.schedule_pump(session);
        }
    }

    fn sendable(&self, session: u32) -> bool {
        let connection = self
            .sessions
            .get(session)
            .and_then(|target| self.connections.get(target.connection));
        connection.is_some_and(|connection| {
            connection.is_live()
                && connection.outbox.unsent() as u64 <= self.limits.outbox_bytes_max
        })
    }

    /// Sends again the next exchange that the session's earlier connection left open (v5 [MQTT-4.4.0-1]).
    fn resend_next(&mut self, session: u32) -> bool {
        let Some(target) = self.sessions.get(session) else {
            return false;
        };
        let Some(flight) = target.outbound.next_unsent() else {
            return false;
        };
        let (id, stage, body, slot) = (flight.id, flight.stage, flight.body, target.connection);
        let terms = flight.terms.clone();
        let shared = flight.group != NONE && stage == Stage::Puback;
        let forbidden =
            body != NO_BODY && !self.may_receive(session, self.bodies.get(body).topic());
        if stage == Stage::Pubcomp {
            self.send_pubrel(slot, id);
            self.mark_resent(session, id, false);
        } else if target.outbound.in_window() >= target.window {
            return false;
        } else if self.bodies.get(body).lost() {
            self.give_up(session, (slot, id), terms.qos, Drop::Lost);
        } else if forbidden && shared {
            self.hand_back(session, id);
        } else if forbidden {
            self.give_up(session, (slot, id), terms.qos, Drop::NotAllowed);
        } else if !self.bodies.get(body).resident() {
            return self.load(session, body);
        } else {
            self.resend_publish(session, (slot, id), body, &terms);
        }
        self.spend(1);
        true
    }

    /// Gives the group back what a member was sent at QoS 1 and may not be sent again.
    fn hand_back(&mut self, session: u32, id: PacketId) {
        let flight = self
            .sessions
            .get_mut(session)
            .and_then(|target| target.outbound.complete(id));
        if let Some(flight) = flight {
            self.memory.release(ENTRY_BYTES);
            self.return_to_group(flight);
        }
    }

    fn resend_publish(
        &mut self,
        session: u32,
        (slot, id): (u32, PacketId),
        body: u32,
        terms: &Terms,
    ) {
        let contents = self.bodies.get(body).contents();
        let message = Message::of(&self.bodies, body, &contents, self.clock.now());
        let shapes = self.shapes.take();
        let mut carried = Carried::stored(message, body, &mut self.bodies, shapes);
        let sending = Sending {
            terms,
            id: Some(id),
            dup: true,
            after: self.recorded_for(terms.qos),
        };
        let sent = self.transmit(slot, sending, &mut carried);
        self.shapes = carried.finish(&mut self.bodies, &mut self.memory);
        if sent != Sent::TooLarge {
            return self.mark_resent(session, id, true);
        }
        self.give_up(session, (slot, id), terms.qos, Drop::TooLarge);
    }

    /// The batch that a message of this QoS waits for when it is sent again, 0 for none: what was recorded of its
    /// identifier may not be durable yet.
    fn recorded_for(&self, qos: QoS) -> u64 {
        let recorded = self.journal.recorded();
        if qos == QoS::ExactlyOnce && recorded > self.journal.committed() {
            recorded
        } else {
            0
        }
    }

    /// Drops a message that cannot be sent again. The client may have it from an earlier connection: one of QoS 2 would
    /// take the next message of this identifier for a repetition, so it is told PUBREL.
    fn give_up(&mut self, session: u32, (slot, id): (u32, PacketId), qos: QoS, reason: Drop) {
        self.drop_message(session, reason);
        if qos != QoS::ExactlyOnce {
            self.end_flight(session, id);
            return;
        }
        let promise = self.journal_received(session, id);
        self.pubrec_received(session, id);
        self.mark_resent(session, id, false);
        let pubrel = OutgoingAck::new(AckKind::Pubrel, id, ReasonCode::SUCCESS);
        self.acknowledge(slot, pubrel, promise, false);
    }

    fn mark_resent(&mut self, session: u32, id: PacketId, counted: bool) {
        if let Some(target) = self.sessions.get_mut(session) {
            target.outbound.sent(id, counted);
        }
    }

    fn send_pubrel(&mut self, slot: u32, id: PacketId) {
        let promise = self.recorded_for(QoS::ExactlyOnce);
        let pubrel = OutgoingAck::new(AckKind::Pubrel, id, ReasonCode::SUCCESS);
        self.acknowledge(slot, pubrel, promise, false);
    }

    /// Ends an exchange and settles what its flight held. False if there was none.
    #[inline]
    pub(crate) fn end_flight(&mut self, session: u32, id: PacketId) -> bool {
        let Some(target) = self.sessions.get_mut(session) else {
            return false;
        };
        let Some(flight) = target.outbound.complete(id) else {
            return false;
        };
        let number = target.number;
        self.memory.release(ENTRY_BYTES);
        let owner = if flight.group == NONE {
            number
        } else {
            flight.group_number
        };
        self.journal_acknowledged(owner, flight.entry, flight.body);
        self.release_body(flight.body);
        true
    }

    pub(crate) fn group_number(&self, group: u32) -> u64 {
        self.groups.get(group).map_or(0, |shared| shared.number)
    }

    /// Sends the head of the queue, where the window has a place.
    fn send_next_queued(&mut self, session: u32) -> bool {
        let Some(head) = self
            .sessions
            .get(session)
            .and_then(|target| target.queue.front())
        else {
            return false;
        };
        let body = head.body;
        if self.is_rechecked(session) {
            return false;
        }
        if let Some(reason) = self.undeliverable_to(session, body) {
            let Some(queued) = self.pop_queued(session) else {
                return false;
            };
            self.discard_queued(session, &queued, reason);
            self.spend(1);
            return true;
        }
        if !self.window_free(session) {
            return false;
        }
        if !self.bodies.get(body).resident() {
            return self.load(session, body);
        }
        let Some(queued) = self.pop_queued(session) else {
            return false;
        };
        self.memory.release(ENTRY_BYTES);
        self.send_queued(session, &queued);
        self.release_body(body);
        self.spend(1);
        true
    }

    /// Why a body that waits is not delivered to this session any more.
    fn undeliverable_to(&self, session: u32, body: u32) -> Option<Drop> {
        let withheld = self.withheld(session, self.bodies.get(body).topic());
        self.undeliverable(body)
            .or_else(|| withheld.then_some(Drop::NotAllowed))
    }

    /// Why a body that waits is not delivered any more.
    pub(crate) fn undeliverable(&self, body: u32) -> Option<Drop> {
        let body = self.bodies.get(body);
        if body.lost() {
            return Some(Drop::Lost);
        }
        body.expired(self.clock.now()).then_some(Drop::Expired)
    }

    fn send_queued(&mut self, session: u32, queued: &Queued) {
        let contents = self.bodies.get(queued.body).contents();
        let message = Message::of(&self.bodies, queued.body, &contents, self.clock.now());
        let shapes = self.shapes.take();
        let mut carried = Carried::stored(message, queued.body, &mut self.bodies, shapes);
        self.send_flight(
            session,
            queued.terms.clone(),
            (NONE, queued.entry),
            &mut carried,
        );
        self.shapes = carried.finish(&mut self.bodies, &mut self.memory);
    }

    /// Takes a PUBACK or PUBCOMP, or a PUBREC with an error: the exchange is over and its identifier free.
    pub(crate) fn acknowledged(&mut self, session: u32, id: PacketId, refused: bool) -> bool {
        if !self.end_flight(session, id) {
            return false;
        }
        if refused {
            self.drop_message(session, Drop::Refused);
        }
        self.pump_if_waiting(session);
        true
    }

    /// Sends what waits, if anything does: most sessions have nothing.
    #[inline]
    pub(crate) fn pump_if_waiting(&mut self, session: u32) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let waits = !target.queue.is_empty()
            || target.outbound.unsent() > 0
            || !target.replays.is_empty()
            || !target.groups.is_empty();
        if waits {
            self.pump(session);
        }
    }

    /// The QoS 2 message is with the client; PUBREL is next.
    pub(crate) fn pubrec_received(&mut self, session: u32, id: PacketId) -> bool {
        let Some(target) = self.sessions.get_mut(session) else {
            return false;
        };
        let Some(flight) = target.outbound.find(id) else {
            return false;
        };
        if flight.stage == Stage::Puback || flight.terms.qos != QoS::ExactlyOnce {
            return false;
        }
        let entry = flight.entry;
        let Some(body) = target.outbound.received(id, NO_BODY) else {
            return false;
        };
        self.release_owed(body, entry);
        true
    }
}
