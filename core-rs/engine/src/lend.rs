//! When a connection is read, and into how much memory.

use crate::budget::Pressure;
use crate::connection::{Connection, Dirty, Phase, Unread};
use crate::{ConnectionId, Engine, Output};

/// Bytes of a packet from which its whole length is reserved before it is read on.
const RESERVE_BYTES: usize = 4096;

/// What a connection that is not read waits for. Each has a queue of its own, so that a packet that is too large for
/// now keeps nobody waiting but other large ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wait {
    /// Connections that are not authenticated to give back what they hold.
    Opening,
    /// Room for a large packet.
    Room,
    /// Memory or the journal to drain.
    Drain,
}

impl Wait {
    /// Kinds that there are.
    pub(crate) const COUNT: usize = 3;
}

impl Engine {
    /// Lends a connection's inbox, unless there is a reason not to read it now. `needed`: bytes of the packet that
    /// is being received, 0 if that is not known.
    pub(crate) fn lend(&mut self, slot: u32, needed: usize) {
        let wait = self.wait_of(slot, needed);
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
        } else if let Some(wait) = wait {
            if connection.unread != Unread::Pressure {
                connection.unread = Unread::Pressure;
                self.pressed[wait as usize].push_back(slot);
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

    /// Whether a connection must wait because of memory or the journal's backlog, and for what.
    fn wait_of(&self, slot: u32, needed: usize) -> Option<Wait> {
        let connection = self.connections.get(slot)?;
        let opening = connection.phase == Phase::Opening;
        let grows = needed.saturating_sub(connection.inbox.capacity());
        if opening {
            let full = self.pre_auth_bytes + grows as u64 > self.limits.pre_auth_bytes_max;
            return full.then_some(Wait::Opening);
        }
        if needed > RESERVE_BYTES && !self.memory.has_room(grows) {
            return Some(Wait::Room);
        }
        let backlog = self.journal.backlog() as u64 > self.limits.journal_backlog_bytes_max;
        (connection.publishes && (backlog || self.draining())).then_some(Wait::Drain)
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
        for queue in 0..Wait::COUNT {
            for _ in 0..self.pressed[queue].len() {
                if !self.relieve_first(queue) {
                    break;
                }
            }
        }
    }

    /// Lets the first of a queue go on; false if it must wait, and those behind it too.
    fn relieve_first(&mut self, queue: usize) -> bool {
        let Some(slot) = self.pressed[queue].front().copied() else {
            return false;
        };
        let Some(connection) = self
            .connections
            .get_mut(slot)
            .filter(|connection| connection.unread == Unread::Pressure)
        else {
            self.pressed[queue].pop_front();
            return true;
        };
        let needed = needed_bytes(connection);
        if self
            .wait_of(slot, needed)
            .is_some_and(|wait| wait as usize == queue)
        {
            return false;
        }
        if self.work == 0 {
            self.say_more();
            return false;
        }
        self.pressed[queue].pop_front();
        self.spend(1);
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.unread = Unread::No;
            connection.heard_at = self.clock.now();
        }
        self.lend(slot, needed);
        true
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
