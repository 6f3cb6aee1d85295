//! How connections end, and the deadlines that make them.

use packet::{ReasonCode, ServerDisconnect, Version};

use crate::connection::{NONE, Phase, Unread};
use crate::handle::Fault;
use crate::output::EventKind;
use crate::timers::Deadline;
use crate::{Engine, Output};

/// Milliseconds that a connection's last bytes may take.
const LINGER: u64 = 5000;

impl Engine {
    /// Ends a connection by its client's fault.
    pub(crate) fn fail(&mut self, slot: u32, fault: Fault) {
        self.counters.connections_failed += 1;
        self.end_connection(slot, fault);
    }

    /// Ends a connection for `fault`, of whomever. Its session goes on or ends as it was agreed; its will is due.
    pub(crate) fn end_connection(&mut self, slot: u32, fault: Fault) {
        let Some(connection) = self.connections.get(slot) else {
            return;
        };
        match connection.phase {
            Phase::Live => {
                let session = connection.session;
                self.tell_connection(EventKind::Disconnected, slot, fault);
                self.write_disconnect(slot, fault);
                self.begin_ending(slot, fault.reason);
                self.detach(session, false);
            }
            Phase::Opening | Phase::Parked { .. } => self.abandon(slot, fault),
            Phase::Ending | Phase::Closing | Phase::Closed => {}
        }
    }

    /// Says why, where the version has a packet for it.
    fn write_disconnect(&mut self, slot: u32, fault: Fault) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.version != Version::V5 || !connection.greeted {
            return;
        }
        if connection.outbox.unsent() as u64 > self.limits.outbox_bytes_max {
            connection
                .outbox
                .discard_unbegun(&mut self.memory, &mut self.bodies);
            // They come behind what is dropped, and acknowledgements keep their order.
            self.memory.release(connection.held.clear());
        }
        let disconnect = ServerDisconnect {
            reason: fault.reason,
            reason_string: None,
            server_reference: None,
            user_properties: &[],
        };
        let mut bytes = Vec::with_capacity(64);
        disconnect.write(Version::V5, connection.packet_bytes_max, &mut bytes);
        self.reply_after(slot, &bytes, 0, false);
    }

    /// Writes what is left and closes then; nothing more is read.
    pub(crate) fn begin_ending(&mut self, slot: u32, reason: ReasonCode) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if matches!(
            connection.phase,
            Phase::Ending | Phase::Closing | Phase::Closed
        ) {
            return;
        }
        connection.phase = Phase::Ending;
        connection.session = NONE;
        connection.ending_at = self.clock.now();
        self.release_pre_auth(slot);
        let Some(connection) = self.connections.get(slot) else {
            return;
        };
        if connection.outbox.unsent() == 0 && connection.held.is_empty() {
            return self.close(slot, reason);
        }
        self.mark_dirty(slot, true);
        self.timers
            .arm(Deadline::Connection(slot), self.clock.now() + LINGER);
    }

    /// Tells the host to close the socket.
    pub(crate) fn close(&mut self, slot: u32, reason: ReasonCode) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if matches!(connection.phase, Phase::Closing | Phase::Closed) {
            return;
        }
        connection.phase = Phase::Closing;
        self.outputs.push(Output::Close {
            connection: self.connections.id(slot),
            reason,
        });
    }

    /// Arms the first deadline of a new connection: its CONNECT.
    pub(crate) fn watch_connection(&mut self, slot: u32) {
        let at = self.clock.now() + self.limits.connect_timeout_seconds * 1000;
        self.timers.arm(Deadline::Connection(slot), at);
    }

    /// Arms the keep alive of an accepted connection.
    pub(crate) fn watch_keep_alive(&mut self, slot: u32) {
        let Some(connection) = self.connections.get(slot) else {
            return;
        };
        if connection.keep_alive > 0 {
            self.timers.arm(
                Deadline::Connection(slot),
                connection.heard_at + connection.keep_alive,
            );
        }
    }

    /// A deadline of a connection has come, which may be one of an earlier connection in its slot.
    pub(crate) fn connection_due(&mut self, slot: u32) {
        let now = self.clock.now();
        let connect_timeout = self.limits.connect_timeout_seconds * 1000;
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        match connection.phase {
            Phase::Opening | Phase::Parked { .. } => {
                let at = connection.opened_at + connect_timeout;
                if at <= now {
                    self.abandon(
                        slot,
                        Fault::new(ReasonCode::UNSPECIFIED_ERROR, "no CONNECT in time"),
                    );
                } else {
                    self.timers.arm(Deadline::Connection(slot), at);
                }
            }
            Phase::Live => self.keep_alive_due(slot, now),
            Phase::Ending => {
                let at = connection.ending_at + LINGER;
                if at <= now {
                    self.close(slot, ReasonCode::SUCCESS);
                } else {
                    self.timers.arm(Deadline::Connection(slot), at);
                }
            }
            Phase::Closing | Phase::Closed => {}
        }
    }

    /// Ends a connection that was not heard for one and a half times its keep alive (v5 [MQTT-3.1.2-22]). One that
    /// we do not read is not to blame for it.
    fn keep_alive_due(&mut self, slot: u32, now: u64) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.unread != Unread::No || connection.jobs > 0 {
            connection.heard_at = now;
        }
        if connection.keep_alive > 0 && connection.heard_at + connection.keep_alive <= now {
            self.counters.keep_alive_timeouts += 1;
            self.end_connection(
                slot,
                Fault::new(ReasonCode::KEEP_ALIVE_TIMEOUT, "keep alive timeout"),
            );
        } else {
            self.watch_keep_alive(slot);
        }
    }

    /// Fires the will of a session that ends with its connection, while everybody can still get it.
    pub(crate) fn fire_last_will(&mut self, slot: u32) {
        let Some(connection) = self.connections.get(slot) else {
            return;
        };
        let session = connection.session;
        if self
            .sessions
            .get(session)
            .is_some_and(|target| !target.persistent())
        {
            self.fire_will(session);
        }
    }

    /// Ends one connection because the broker stops. The will of a session that goes on is kept with it.
    pub(crate) fn shut_down(&mut self, slot: u32) {
        let fault = Fault::new(ReasonCode::SERVER_SHUTTING_DOWN, "broker is shutting down");
        let session = self
            .connections
            .get(slot)
            .map_or(NONE, |connection| connection.session);
        let kept = self
            .sessions
            .get_mut(session)
            .and_then(|target| target.will.take());
        self.end_connection(slot, fault);
        if let Some(target) = self
            .sessions
            .get_mut(session)
            .filter(|target| !target.dying)
        {
            target.will = kept;
        }
    }
}
