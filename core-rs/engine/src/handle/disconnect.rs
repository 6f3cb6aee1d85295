//! DISCONNECT.

use packet::{Disconnect, ReasonCode};

use super::Fault;
use crate::Engine;
use crate::output::EventKind;

impl Engine {
    /// The client leaves, in good order or not.
    pub(super) fn disconnect_received(
        &mut self,
        slot: u32,
        disconnect: &Disconnect<'_>,
    ) -> Result<(), Fault> {
        let Some(connection) = self.connections.get(slot) else {
            return Ok(());
        };
        let (session, admitted) = (connection.session, connection.expiry_seconds_max);
        if let Some(expiry) = disconnect.session_expiry {
            self.change_expiry(session, expiry, admitted)?;
        }
        self.tell_connection(
            EventKind::Disconnected,
            slot,
            Fault::new(disconnect.reason, "disconnected by the client"),
        );
        self.detach(
            session,
            disconnect.reason == ReasonCode::NORMAL_DISCONNECTION,
        );
        self.begin_ending(slot, disconnect.reason);
        Ok(())
    }

    /// A session that ends with its connection cannot be kept by its last packet (v5 3.14.2.2.2). `admitted`: the
    /// longest expiry that the host allows.
    fn change_expiry(&mut self, session: u32, expiry: u32, admitted: u32) -> Result<(), Fault> {
        let agreed = self.expiry_agreed(expiry, admitted);
        let Some(target) = self.sessions.get_mut(session) else {
            return Ok(());
        };
        if target.expiry == 0 && expiry > 0 {
            return Err(Fault::new(
                ReasonCode::PROTOCOL_ERROR,
                "session expiry raised from 0",
            ));
        }
        target.expiry = agreed;
        self.journal_opened(session, false);
        Ok(())
    }
}
