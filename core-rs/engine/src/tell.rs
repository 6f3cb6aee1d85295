//! Events, for whoever asked for their kind.

use packet::ReasonCode;

use crate::counters::Drop;
use crate::handle::Fault;
use crate::output::{Event, EventKind};
use crate::{Engine, Output};

impl Engine {
    fn listens(&self, kind: EventKind) -> bool {
        self.listening & 1 << kind as u8 != 0
    }

    /// Tells of a connection, by its session's name where it has one.
    pub(crate) fn tell_connection(&mut self, kind: EventKind, slot: u32, fault: Fault) {
        if !self.listens(kind) {
            return;
        }
        let Some(connection) = self.connections.get(slot) else {
            return;
        };
        let (address, session) = (connection.address.clone(), connection.session);
        let client_id = self
            .sessions
            .get(session)
            .map(|session| session.client_id.clone())
            .unwrap_or_default();
        self.outputs.push(Output::Event(Event {
            kind,
            client_id,
            address,
            reason: fault.reason,
            detail: fault.detail,
            number: 0,
        }));
    }

    /// Tells of a session, with the address of its connection where it has one.
    pub(crate) fn tell_session(
        &mut self,
        kind: EventKind,
        session: u32,
        reason: ReasonCode,
        detail: &'static str,
        number: u64,
    ) {
        if !self.listens(kind) {
            return;
        }
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let address = self
            .connections
            .get(target.connection)
            .map(|connection| connection.address.clone())
            .unwrap_or_default();
        let client_id = target.client_id.clone();
        self.outputs.push(Output::Event(Event {
            kind,
            client_id,
            address,
            reason,
            detail,
            number,
        }));
    }

    /// Tells of the messages that a session has not got since this was last told.
    pub(crate) fn tell_dropped(&mut self, session: u32, reason: Drop) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        let number = u64::from(target.drops.take_unlogged());
        self.tell_session(
            EventKind::Dropped,
            session,
            ReasonCode::SUCCESS,
            reason.name(),
            number,
        );
    }
}
