//! Everything that enters the engine, but for what connects and publishes, and what the operator wants.

use packet::{Publish, ReasonCode, Split, Version, split};
use topic::TopicName;

use crate::connection::{ConnectionId, NONE, Phase, Unread};
use crate::delivery::message::Message;
use crate::delivery::route::Origin;
use crate::handle::{Decision, Fault};
use crate::output::EventKind;
use crate::permission::Grants;
use crate::timers::Deadline;
use crate::{Engine, Output};

/// Writes that one input begins at the most, so that a fan-out to very many does not keep others waiting.
pub(crate) const SENDS_MAX: usize = 64;

impl Engine {
    pub(crate) fn begin(&mut self, now: u64) {
        self.clock.advance(now);
        if self.started_at.is_none() {
            self.started_at = Some(self.clock.now());
            self.schedule_sys();
        }
        self.work = u32::try_from(self.limits.work_units)
            .unwrap_or(u32::MAX)
            .max(1);
    }

    /// Ends every input: the host is told what is left. That is done in `resume` alone, since a turn has many inputs
    /// and would else do as much of it in each.
    pub(crate) fn finish(&mut self) {
        self.page_out_under_pressure();
        self.relieve();
        self.tell_more();
        if let Some(at) = self.timers.next().filter(|at| *at < self.wake_told) {
            self.wake_told = at;
            self.outputs.push(Output::Wake { at });
        }
    }

    /// There is a new connection. `address` is the peer's, for logs and listings. None if there are as many as there may be: it is to be closed.
    pub fn open(&mut self, address: &str, now: u64) -> Option<ConnectionId> {
        if self.connections.count() as u64 >= self.limits.connections_max {
            return None;
        }
        self.begin(now);
        self.counters.connections_opened += 1;
        let id = self.connections.open(address, self.clock.now());
        self.watch_connection(id.slot);
        self.lend(id.slot, 0);
        self.finish();
        Some(id)
    }

    /// `count` bytes lie in the lent inbox, which is home again.
    pub fn filled(&mut self, id: ConnectionId, count: usize, now: u64) {
        self.begin(now);
        let Some(slot) = self.connections.find(id) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.inbox.returned(count) {
            connection.heard_at = self.clock.now();
            self.parse(slot);
        }
        self.finish();
    }

    /// `count` bytes of the lent outbox are written; less than were asked for is right too.
    pub fn written(&mut self, id: ConnectionId, count: usize, now: u64) {
        self.begin(now);
        let Some(slot) = self.connections.find(id) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        self.counters.bytes_sent += count as u64;
        let over = connection.is_over();
        let rest = connection
            .outbox
            .written(count, &mut self.memory, &mut self.bodies);
        match (over, rest) {
            (true, _) => {}
            (false, true) => self.outputs.push(Output::Send { connection: id }),
            (false, false) => self.after_write(slot),
        }
        self.finish();
    }

    fn after_write(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        let (session, unsent, unread) = (
            connection.session,
            connection.outbox.unsent(),
            connection.unread,
        );
        if unsent > 0 || connection.phase == Phase::Ending {
            self.mark_dirty(slot, false);
        }
        if unread == Unread::Outbox && (unsent as u64) < self.limits.outbox_bytes_max / 2 {
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.unread = Unread::No;
                connection.heard_at = self.clock.now();
            }
            self.parse(slot);
        }
        if session != NONE {
            self.pump_if_waiting(session);
        }
    }

    /// Begins the writes that this turn makes. Called once per turn, so that a connection gets one write for all
    /// that the turn has for it.
    pub fn flush(&mut self, now: u64) {
        self.begin(now);
        self.hand_out_batch();
        let mut sends = 0;
        while sends < SENDS_MAX {
            let Some(slot) = self
                .replies
                .pop_front()
                .or_else(|| self.deliveries.pop_front())
            else {
                break;
            };
            sends += usize::from(self.flush_connection(slot));
        }
        if !(self.replies.is_empty() && self.deliveries.is_empty()) {
            self.say_more();
        }
        self.take_up_checks();
        self.finish();
    }

    /// Hands the open batch out. One never ends in the middle of a fan-out: what a message brings is durable as a
    /// whole, or its publisher, who comes back with it, would be told that it is taken already and the rest of its
    /// targets would never get it. Nor does one end between the taking of a will and its publication, or nobody would
    /// fire it after a crash. Until the present ones are done nothing more is read, so that there is an end.
    fn hand_out_batch(&mut self) {
        self.batch_waits = self.promises_under_way() && self.journal.has_batch();
        if self.batch_waits {
            return;
        }
        if let Some(sequence) = self.journal.seal() {
            self.outputs.push(Output::Journal { sequence });
        }
    }

    /// Whether something is half done that the journal must have as a whole.
    pub(crate) fn promises_under_way(&self) -> bool {
        self.unfinished > 0 || self.wills_due > 0
    }

    /// Has a batch handed out that waits for what is done now.
    pub(crate) fn release_batch(&mut self) {
        if self.batch_waits && !self.promises_under_way() {
            self.say_more();
        }
    }

    fn flush_connection(&mut self, slot: u32) -> bool {
        let id = self.connections.id(slot);
        let Some(connection) = self.connections.get_mut(slot) else {
            return false;
        };
        connection.dirty = crate::connection::Dirty::No;
        if connection.is_over() {
            return false;
        }
        if connection.outbox.begin_write() {
            self.outputs.push(Output::Send { connection: id });
            return true;
        }
        if connection.phase == Phase::Ending
            && connection.outbox.unsent() == 0
            && connection.held.is_empty()
        {
            self.close(slot, ReasonCode::SUCCESS);
        }
        false
    }

    /// The socket is gone, by whomever.
    pub fn closed(&mut self, id: ConnectionId, now: u64) {
        self.begin(now);
        let Some(slot) = self.connections.find(id) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        let (phase, session) = (connection.phase, connection.session);
        connection.phase = Phase::Closed;
        connection
            .outbox
            .discard(&mut self.memory, &mut self.bodies);
        if phase == Phase::Live {
            self.tell_connection(
                EventKind::Disconnected,
                slot,
                Fault::new(ReasonCode::UNSPECIFIED_ERROR, "connection lost"),
            );
            self.detach(session, false);
        }
        self.finish();
    }

    /// Nothing of the connection is lent any more: its buffers and its slot are free.
    pub fn released(&mut self, id: ConnectionId, now: u64) {
        self.begin(now);
        let Some(slot) = self.connections.find(id) else {
            return;
        };
        self.release_pre_auth(slot);
        self.forget_authentication(slot);
        if let Some(mut connection) = self.connections.remove(slot) {
            connection.inbox.clear(&mut self.memory);
            connection.outbox.clear(&mut self.memory, &mut self.bodies);
            self.memory.release(
                connection.held.length()
                    + connection.aliases_in.charged()
                    + connection.aliases_out.charged(),
            );
            if let Phase::Parked { request } = connection.phase {
                self.requests.remove(&request);
            }
        }
        self.finish();
    }

    /// The host has decided what [`Output::Decide`] asked.
    pub fn decided(&mut self, request: u32, decision: Decision, now: u64) {
        self.begin(now);
        let Some(id) = self.requests.remove(&request) else {
            return;
        };
        let Some(slot) = self.connections.find(id) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.phase == (Phase::Parked { request }) {
            connection.phase = Phase::Opening;
            self.connect_decided(slot, decision);
        } else if connection.is_live() && connection.reauthentication == Some(request) {
            self.reauthentication_decided(slot, decision);
        }
        self.finish();
    }

    /// Publishes for the host. `packet` is an MQTT 5 PUBLISH; its packet identifier, if any, means nothing.
    /// [`Output::Result`] tells what an MQTT client would have been told.
    pub fn publish(&mut self, request: u32, packet: &[u8], grants: &Grants, now: u64) {
        self.begin(now);
        self.counters.publish_host += 1;
        if let Err(reason) = self.publish_for_host(request, packet, grants) {
            self.outputs.push(Output::Result { request, reason });
        }
        self.finish();
    }

    fn publish_for_host(
        &mut self,
        request: u32,
        bytes: &[u8],
        grants: &Grants,
    ) -> Result<(), ReasonCode> {
        let Ok(Split::Whole { frame, .. }) = split(bytes) else {
            return Err(ReasonCode::MALFORMED_PACKET);
        };
        let publish = Publish::decode(Version::V5, frame.header, frame.body)
            .map_err(|error| error.reason())?;
        let topic = TopicName::parse(publish.topic).map_err(|_| ReasonCode::TOPIC_NAME_INVALID)?;
        if publish.qos as u64 > self.limits.qos_max {
            return Err(ReasonCode::QOS_NOT_SUPPORTED);
        }
        if publish.retain && self.limits.retain_available == 0 {
            return Err(ReasonCode::RETAIN_NOT_SUPPORTED);
        }
        if !self.permissions.may_publish(grants, topic) {
            return Err(ReasonCode::NOT_AUTHORIZED);
        }
        let retains = match self.admit(NONE, Version::V5, topic, &publish) {
            crate::handle::Intake::Refused(reason) => return Err(reason),
            crate::handle::Intake::Swallowed => return Err(ReasonCode::SUCCESS),
            crate::handle::Intake::Routed { retains } => retains,
        };
        let mut forwarded = Vec::with_capacity(publish.properties.forwarded_len());
        publish.properties.write_forwarded(&mut forwarded);
        let message = Message {
            topic: topic.as_str(),
            forwarded: &forwarded,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            retains,
            expires_at: publish
                .properties
                .message_expiry
                .map(|seconds| self.clock.now() + u64::from(seconds) * 1000),
            expiry_seconds: publish.properties.message_expiry,
            verbatim: None,
        };
        self.journal.begin_promise();
        self.route(topic, message, Origin::Host { request });
        Ok(())
    }

    /// The batch that was handed out is durable: what waited for it leaves.
    pub fn committed(&mut self, sequence: u64, now: u64) {
        self.begin(now);
        if self.journal.commit(sequence) {
            self.paging_in_vain = false;
            self.release_held();
        }
        self.finish();
    }

    /// The store cannot keep promises, or can again: meanwhile what would need one is refused.
    pub fn degrade(&mut self, degraded: bool, now: u64) {
        self.begin(now);
        self.degraded = degraded;
        self.finish();
    }

    fn release_held(&mut self) {
        let committed = self.journal.committed();
        let holding = std::mem::take(&mut self.holding);
        for slot in holding {
            let Some(connection) = self.connections.get_mut(slot) else {
                continue;
            };
            let before = connection.held.length();
            let open = connection.outbox.open(before, &mut self.memory);
            let start = open.len();
            let acknowledged = connection.held.release(committed, open);
            let length = open.len() - start;
            connection.outbox.appended(length);
            connection.unacknowledged = connection.unacknowledged.saturating_sub(acknowledged);
            self.memory.release(length);
            let session = connection.session;
            let greets = length > 0 && connection.phase == Phase::Live && !connection.greeted;
            if !connection.held.is_empty() {
                self.holding.push(slot);
            }
            self.mark_dirty(slot, true);
            if greets {
                self.greeted(slot);
            } else if session != NONE {
                self.pump_if_waiting(session);
            }
        }
        while let Some((_, request, reason)) = self
            .held_results
            .pop_front_if(|(promise, ..)| *promise <= committed)
        {
            self.outputs.push(Output::Result { request, reason });
        }
    }

    /// The CONNACK of a connection is out: now it is read on, and sent what waits.
    fn greeted(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.greeted = true;
        let session = connection.session;
        self.add_task(crate::task::Task::Parse(slot));
        self.schedule_pump(session);
    }

    /// The store has brought back the contents of a body, or has lost them.
    pub fn loaded(&mut self, body: u64, contents: Option<&[u8]>, now: u64) {
        self.begin(now);
        self.take_loaded(body, contents);
        self.finish();
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) {
        self.begin(now);
        self.wake_told = u64::MAX;
        self.run_deadlines();
        self.finish();
    }

    /// Handles the deadlines that are due, as far as the work of this input goes.
    pub(crate) fn run_deadlines(&mut self) {
        let now = self.clock.now();
        while self.work > 0 {
            let Some(deadline) = self.timers.due(now) else {
                return;
            };
            match deadline {
                Deadline::Connection(slot) => self.connection_due(slot),
                Deadline::Session(session) => self.session_due(session),
                Deadline::Retained => self.retained_due(),
                Deadline::Sys => self.begin_sys(),
            }
            self.spend(1);
        }
        let left = self.timers.next().is_some_and(|at| at <= now);
        if left && !std::mem::replace(&mut self.deadlines_put_off, true) {
            self.add_task(crate::task::Task::Deadlines);
        }
    }

    /// Sets what must be added to `now` to give Unix milliseconds.
    pub fn wall(&mut self, offset: i64) {
        self.clock.set_wall(offset);
    }

    /// Goes on with what was put off.
    pub fn resume(&mut self, now: u64) {
        self.begin(now);
        self.more_told = false;
        self.run_tasks();
        self.finish();
    }

    /// Ends every connection with 0x8B. Wills of sessions that go on are kept, the others are fired.
    pub fn shutdown(&mut self, now: u64) {
        self.begin(now);
        let slots: Vec<u32> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in &slots {
            self.fire_last_will(*slot);
        }
        while !self.tasks.is_empty() {
            self.work = u32::MAX;
            self.run_tasks();
        }
        for slot in slots {
            self.shut_down(slot);
        }
        self.finish();
    }

    /// Chooses the kinds of events that are told: a bit each, by the number of [`EventKind`].
    pub fn listen(&mut self, kinds: u8) {
        self.listening = kinds;
    }

    /// Takes what is to be done, in order, into `into`.
    pub fn take_outputs(&mut self, into: &mut Vec<Output>) {
        into.append(&mut self.outputs);
    }
}
