//! How a session loses its connection, expires and ends.

use packet::ReasonCode;

use super::outbound::{Flight, Stage};
use super::queue::ENTRY_BYTES;
use crate::Engine;
use crate::connection::NONE;
use crate::counters::Drop;
use crate::journal::operation::Operation;
use crate::output::EventKind;
use crate::task::Task;
use crate::timers::Deadline;

impl Engine {
    /// Takes the connection off a session. `normal`: the client said DISCONNECT 0x00, which removes its will
    /// (v5 [MQTT-3.14.4-3]).
    pub(crate) fn detach(&mut self, session: u32, normal: bool) {
        if normal {
            self.clear_will(session);
        }
        let (now, wall) = (self.clock.now(), self.clock.wall());
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        target.connection = NONE;
        target.detached_at = now;
        target.outbound.detach();
        let (expiry, number) = (target.expiry, target.number);
        if expiry == 0 {
            return self.end_session(session, ReasonCode::SUCCESS, "ended with its connection");
        }
        self.journal.record(&Operation::SessionDetached {
            session: number,
            wall,
        });
        if self
            .sessions
            .get(session)
            .is_some_and(|target| target.will_delay() == Some(0))
        {
            self.fire_will(session);
        }
        self.watch_session(session);
        self.wake_groups_of(session);
    }

    /// Arms the next deadline of a session that has no connection.
    pub(crate) fn watch_session(&mut self, session: u32) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let will_at = target.will_at().map(|at| at.max(self.wills_from));
        if let Some(at) = [will_at, target.expires_at()].into_iter().flatten().min() {
            self.timers.arm(Deadline::Session(session), at);
        }
    }

    /// What waits with its groups may go to others now.
    fn wake_groups_of(&mut self, session: u32) {
        let groups = self
            .sessions
            .get(session)
            .map(|target| target.groups.clone())
            .unwrap_or_default();
        for group in groups {
            self.wake_group(group);
        }
    }

    /// A will's delay may be over, or a session's time (v5 [MQTT-3.1.3-9], [MQTT-3.1.2-23]).
    pub(crate) fn session_due(&mut self, session: u32) {
        let now = self.clock.now();
        let Some(target) = self
            .sessions
            .get(session)
            .filter(|target| !target.connected() && !target.dying)
        else {
            return;
        };
        if target.expires_at().is_some_and(|at| at <= now) {
            self.counters.sessions_expired += 1;
            return self.end_session(session, ReasonCode::SUCCESS, "expired");
        }
        if target
            .will_at()
            .is_some_and(|at| at.max(self.wills_from) <= now)
        {
            self.fire_will(session);
        }
        self.watch_session(session);
    }

    /// Ends a session whose queue is full, with its connection.
    pub(crate) fn overflow_session(&mut self, session: u32) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        target.expiry = 0;
        let slot = target.connection;
        if slot == NONE {
            self.end_session(session, ReasonCode::QUOTA_EXCEEDED, "queue full");
        } else {
            self.end_connection(
                slot,
                crate::handle::Fault::new(ReasonCode::QUOTA_EXCEEDED, "queue full"),
            );
        }
    }

    /// Ends a session that has no connection. Its client identifier is free at once; what it had is taken apart
    /// as far as the work of this input goes.
    pub(crate) fn end_session(&mut self, session: u32, reason: ReasonCode, detail: &'static str) {
        if self.sessions.get(session).is_none_or(|target| target.dying) {
            return;
        }
        self.fire_will(session);
        self.tell_session(EventKind::SessionEnded, session, reason, detail, 0);
        self.sessions.unname(session);
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        target.dying = true;
        target.connection = NONE;
        target.replays.clear();
        target.leaving = std::mem::take(&mut target.filters).into_iter().collect();
        let (number, journalled) = (target.number, target.journalled);
        self.rechecks.remove(&session);
        if journalled {
            self.journal
                .record(&Operation::SessionEnded { session: number });
        }
        self.take_apart(session);
    }

    /// Goes on with taking a session apart: its subscriptions, what was out, what waited.
    pub(crate) fn take_apart(&mut self, session: u32) {
        loop {
            if self.work == 0 {
                return self.add_task(Task::EndSession(session));
            }
            self.spend(1);
            let Some(target) = self.sessions.get_mut(session) else {
                return;
            };
            if let Some(filter) = target.leaving.pop() {
                self.forget_subscription(session, &filter);
            } else if !target.outbound.is_empty() {
                self.settle_flights(session);
            } else if let Some(queued) = self.pop_queued(session) {
                self.memory.release(ENTRY_BYTES);
                self.release_owed(queued.body, queued.entry);
                self.counters.dropped(Drop::SessionEnded);
            } else {
                return self.remove_session(session);
            }
        }
    }

    /// QoS 1 that came from a group goes back to it, in order (v5 §4.8.2); QoS 2 that is out is discarded
    /// (v5 [MQTT-4.8.2-5]).
    fn settle_flights(&mut self, session: u32) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let flights = target.outbound.take_all();
        for flight in flights.into_iter().rev() {
            self.spend(1);
            self.memory.release(ENTRY_BYTES);
            self.settle_flight(flight);
        }
    }

    fn settle_flight(&mut self, flight: Flight) {
        if flight.group != NONE && flight.stage == Stage::Puback {
            return self.return_to_group(flight);
        }
        if flight.stage != Stage::Pubcomp {
            self.counters.dropped(Drop::SessionEnded);
        }
        if flight.group == NONE {
            self.release_owed(flight.body, flight.entry);
        } else {
            self.journal_acknowledged(flight.group_number, flight.entry, flight.body);
            self.release_body(flight.body);
        }
    }

    fn remove_session(&mut self, session: u32) {
        if self.unfinished == 0 {
            self.sessions.remove(session);
        } else {
            self.limbo.push(session);
        }
    }

    /// Lets the slots of what ended during a fan-out be used again.
    pub(crate) fn empty_limbo(&mut self) {
        for session in std::mem::take(&mut self.limbo) {
            self.sessions.remove(session);
        }
        for group in std::mem::take(&mut self.limbo_groups) {
            self.groups.free(group);
        }
    }

    /// Removes a will that is not to be fired.
    pub(crate) fn clear_will(&mut self, session: u32) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let Some(will) = target.will.take() else {
            return;
        };
        let (number, persistent) = (target.number, target.persistent());
        self.memory.release(will.charged());
        if persistent {
            self.journal
                .record(&Operation::WillCleared { session: number });
        }
    }

    /// Lets a session's will be published, once, in the order of the tasks.
    pub(crate) fn fire_will(&mut self, session: u32) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let Some(will) = target.will.take() else {
            return;
        };
        let (number, persistent) = (target.number, target.persistent());
        let grants = target.grants.clone();
        if persistent {
            self.journal
                .record(&Operation::WillCleared { session: number });
        }
        self.wills_due += 1;
        self.add_task(Task::Will(will, grants));
    }

    /// Records a persistent session that is new, or whose expiry or principal changed. Gives the batch that holds it, or 0.
    pub(crate) fn journal_opened(&mut self, session: u32, new: bool) -> u64 {
        let Some(target) = self.sessions.get_mut(session) else {
            return 0;
        };
        if !self.journal.enabled() || !target.persistent() {
            return 0;
        }
        target.journalled = true;
        let opened = Operation::SessionOpened {
            session: target.number,
            client_id: &target.client_id,
            expiry: target.expiry,
            owner: &target.owner,
            principal: &target.principal,
        };
        let mut sequence = self.journal.record(&opened);
        if let Some(will) = &target.will {
            sequence = self.journal.record(&Operation::WillSet {
                session: target.number,
                will,
            });
        }
        if new || target.will.is_some() {
            sequence
        } else {
            0
        }
    }
}
