//! AUTH: the client renews its identity. The old one holds until the answer.

use packet::{Auth, ReasonCode, ServerAuth};

use super::{Decision, Fault, Handled};
use crate::admission::Admission;
use crate::{ConnectionId, Engine};

impl Engine {
    /// Asks the host to decide a re-authentication (v5 §4.12.1).
    pub(super) fn auth_received(&mut self, slot: u32, auth: &Auth<'_>) -> Result<Handled, Fault> {
        let Some(connection) = self.connections.get_mut(slot) else {
            return Ok(Handled::Yes);
        };
        let Some(method) = connection.authentication_method.as_deref() else {
            return Err(Fault::new(
                ReasonCode::PROTOCOL_ERROR,
                "AUTH without an authentication method",
            ));
        };
        if method != auth.method {
            return Err(Fault::new(
                ReasonCode::PROTOCOL_ERROR,
                "authentication method changed",
            ));
        }
        if auth.reason != ReasonCode::RE_AUTHENTICATE || connection.reauthentication.is_some() {
            return Err(Fault::new(ReasonCode::PROTOCOL_ERROR, "AUTH out of place"));
        }
        let data = auth.data.unwrap_or_default();
        self.memory.charge(data.len());
        self.authentications.insert(slot, data.into());
        self.park(slot, true);
        Ok(Handled::Yes)
    }

    /// The client identifier, method and data of a re-authentication that waits, for the host to read.
    #[must_use]
    pub fn reauthentication(&self, id: ConnectionId) -> Option<(&str, &str, &[u8])> {
        let slot = self.connections.find(id)?;
        let connection = self.connections.get(slot)?;
        let data = self.authentications.get(&slot)?;
        let session = self.sessions.get(connection.session)?;
        Some((
            &session.client_id,
            connection.authentication_method.as_deref()?,
            data,
        ))
    }

    /// Carries out what the host decided of a re-authentication.
    pub(crate) fn reauthentication_decided(&mut self, slot: u32, decision: Decision) {
        self.forget_authentication(slot);
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.reauthentication = None;
        let session = connection.session;
        match decision {
            Decision::Refused(reason) => {
                self.end_connection(slot, Fault::new(reason, "re-authentication refused"))
            }
            Decision::Accepted(admission) => self.readmit(slot, session, admission),
        }
    }

    /// The client is who it was, on other terms.
    fn readmit(&mut self, slot: u32, session: u32, admission: Admission) {
        let Some(target) = self.sessions.get_mut(session) else {
            return;
        };
        if let Err(fault) = target.check_owner(&admission.owner) {
            return self.end_connection(slot, fault);
        }
        let renamed = target.principal != admission.principal;
        target.principal = admission.principal;
        if renamed {
            self.journal_opened(session, false);
        }
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        connection.expiry_seconds_max = admission.expiry_seconds_max;
        let method = connection.authentication_method.clone().unwrap_or_default();
        let mut bytes = Vec::with_capacity(16);
        let auth = ServerAuth {
            reason: ReasonCode::SUCCESS,
            method: &method,
            data: None,
            reason_string: None,
        };
        auth.write(connection.packet_bytes_max, &mut bytes);
        self.reply(slot, &bytes);
        self.regrant_session(session, admission.grants);
    }

    /// Drops the authentication data that waited with a connection.
    pub(crate) fn forget_authentication(&mut self, slot: u32) {
        if let Some(data) = self.authentications.remove(&slot) {
            self.memory.release(data.len());
        }
    }
}
