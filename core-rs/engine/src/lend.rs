//! When a connection is read, and into how much memory.

use crate::budget::Pressure;
use crate::connection::{Connection, Dirty, Phase, Unread};
use crate::{ConnectionId, Engine, Output};

/// Bytes of a packet from which its whole length is reserved before it is read on.
const RESERVE_BYTES: usize = 4096;

impl Engine {
    /// Lends a connection's inbox, unless there is a reason not to read it now. `needed`: bytes of the packet that
    /// is being received, 0 if that is not known.
    pub(crate) fn lend(&mut self, slot: u32, needed: usize) {
        let pressed = self.pressed_by_memory(slot, needed);
        let outbox_max = self.limits.outbox_bytes_max;
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if !matches!(connection.phase, Phase::Opening | Phase::Live)
            || connection.inbox.lent()
            || connection.jobs > 0
        {
            return;
        }
        if connection.outbox.unsent() as u64 > outbox_max {
            connection.unread = Unread::Outbox;
        } else if pressed {
            if connection.unread != Unread::Pressure {
                connection.unread = Unread::Pressure;
                self.pressed.push_back(slot);
            }
        } else {
            connection.unread = Unread::No;
            let wanted = connection.inbox.wanted(needed);
            connection.inbox.lend(wanted, &mut self.memory);
            self.charge_pre_auth(slot);
            self.outputs.push(Output::Lend {
                connection: self.connections.id(slot),
            });
        }
    }

    /// Whether a connection must wait because of memory or the journal's backlog.
    fn pressed_by_memory(&self, slot: u32, needed: usize) -> bool {
        let Some(connection) = self.connections.get(slot) else {
            return false;
        };
        let opening = connection.phase == Phase::Opening;
        let grows = needed.saturating_sub(connection.inbox.capacity());
        if opening {
            return self.pre_auth_bytes + grows as u64 > self.limits.pre_auth_bytes_max;
        }
        let backlog = self.journal.backlog() as u64 > self.limits.journal_backlog_bytes_max;
        let reserves = needed > RESERVE_BYTES && !self.memory.has_room(grows);
        reserves || (connection.publishes && (backlog || self.draining()))
    }

    /// Whether memory is over its soft mark, and waiting helps: bodies are being paged out or will be once they are
    /// durable, or much of it is about to be written. Else only reading on can free any, for acknowledgements come
    /// from those who publish as well.
    fn draining(&self) -> bool {
        let pages = self.journal.enabled() && (self.paging || self.journal.backlog() > 0);
        self.memory.pressure() != Pressure::None
            && (pages || self.memory.buffers() > self.memory.used() / 4)
    }

    /// Lets those who wait for memory go on, first come first served, once it is there.
    pub(crate) fn relieve(&mut self) {
        for _ in 0..self.pressed.len() {
            let Some(slot) = self.pressed.front().copied() else {
                return;
            };
            let Some(connection) = self
                .connections
                .get_mut(slot)
                .filter(|connection| connection.unread == Unread::Pressure)
            else {
                self.pressed.pop_front();
                continue;
            };
            let needed = needed_bytes(connection);
            if self.pressed_by_memory(slot, needed) {
                return;
            }
            if self.work == 0 {
                return self.say_more();
            }
            self.pressed.pop_front();
            self.spend(1);
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.unread = Unread::No;
                connection.heard_at = self.clock.now();
            }
            self.lend(slot, needed);
        }
    }

    /// Counts what a connection holds before it is authenticated.
    fn charge_pre_auth(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.phase == Phase::Opening {
            let holds = connection.inbox.capacity();
            self.pre_auth_bytes += holds as u64;
            self.pre_auth_bytes -= std::mem::replace(&mut connection.pre_auth_bytes, holds) as u64;
        }
    }

    /// Takes back what was counted.
    pub(crate) fn release_pre_auth(&mut self, slot: u32) {
        if let Some(connection) = self.connections.get_mut(slot) {
            self.pre_auth_bytes -= std::mem::take(&mut connection.pre_auth_bytes) as u64;
        }
    }

    /// Puts a connection among those that are written to in this turn. `reply`: it waits for an answer, and comes
    /// before those that are merely sent messages.
    #[inline]
    pub(crate) fn mark_dirty(&mut self, slot: u32, reply: bool) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        match (connection.dirty, reply) {
            (Dirty::Reply, _) | (Dirty::Delivery, false) => {}
            (Dirty::No, false) => {
                connection.dirty = Dirty::Delivery;
                self.deliveries.push_back(slot);
            }
            (Dirty::No | Dirty::Delivery, true) => {
                connection.dirty = Dirty::Reply;
                self.replies.push_back(slot);
            }
        }
    }

    /// The memory that [`Output::Lend`] lends.
    pub fn inbox(&mut self, id: ConnectionId) -> &mut [u8] {
        match self
            .connections
            .find(id)
            .and_then(|slot| self.connections.get_mut(slot))
        {
            Some(connection) => connection.inbox.loan(),
            None => &mut [],
        }
    }

    /// The memory that [`Output::Send`] lends.
    #[must_use]
    pub fn outbox(&self, id: ConnectionId) -> &[u8] {
        match self
            .connections
            .find(id)
            .and_then(|slot| self.connections.get(slot))
        {
            Some(connection) => connection.outbox.away(&self.bodies),
            None => &[],
        }
    }

    /// The batch that [`Output::Journal`] hands out.
    #[must_use]
    pub fn journal_batch(&self) -> &[u8] {
        self.journal.batch()
    }
}

/// Bytes of the packet that a connection is in the middle of, 0 if that is not known.
fn needed_bytes(connection: &mut Connection) -> usize {
    let unparsed = connection.inbox.take_out();
    let needed = match packet::split(unparsed.bytes()) {
        Ok(packet::Split::Partial {
            total: Some(total), ..
        }) => total,
        _ => 0,
    };
    connection.inbox.put_back(unparsed);
    needed
}
