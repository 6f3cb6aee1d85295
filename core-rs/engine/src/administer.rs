//! What the operator wants of clients and sessions, and what clients may do.

use packet::ReasonCode;

use crate::Engine;
use crate::connection::NONE;
use crate::handle::Fault;
use crate::permission::{EVERYTHING, Grants};
use crate::task::Task;

impl Engine {
    /// Ends a client's connection.
    pub fn disconnect(&mut self, client_id: &str, reason: ReasonCode, now: u64) -> bool {
        self.begin(now);
        let slot = self
            .sessions
            .find(client_id)
            .and_then(|session| self.sessions.get(session))
            .map_or(NONE, |session| session.connection);
        let connected = slot != NONE;
        if connected {
            self.end_connection(slot, Fault::new(reason, "ended by the operator"));
        }
        self.finish();
        connected
    }

    /// Ends a client's session, with its connection if it has one. False if there is none of that name.
    pub fn end_session_of(&mut self, client_id: &str, reason: ReasonCode, now: u64) -> bool {
        self.begin(now);
        let session = self.sessions.find(client_id);
        if let Some(session) = session {
            if let Some(target) = self.sessions.get_mut(session) {
                target.expiry = 0;
            }
            let slot = self
                .sessions
                .get(session)
                .map_or(NONE, |target| target.connection);
            if slot == NONE {
                self.end_session(session, reason, "ended by the operator");
            } else {
                self.end_connection(slot, Fault::new(reason, "ended by the operator"));
            }
        }
        self.finish();
        session.is_some()
    }

    /// Drops what waits in a client's queue now. False if there is no session of that name.
    pub fn clear_queue_of(&mut self, client_id: &str, now: u64) -> bool {
        self.begin(now);
        let session = self.sessions.find(client_id);
        if let Some(session) = session {
            let left = self
                .sessions
                .get(session)
                .map_or(0, |target| target.queue.len());
            self.add_task(Task::ClearQueue { session, left });
        }
        self.finish();
        session.is_some()
    }

    /// Sets or replaces a permission set, and checks again what the sessions that have it may do. Gives the names
    /// of its variables, in the order in which their values are given.
    ///
    /// # Errors
    ///
    /// Why a template is none, in words. Nothing is changed then.
    pub fn set_permissions(
        &mut self,
        set: u32,
        publish: &[&str],
        subscribe: &[&str],
        now: u64,
    ) -> Result<Vec<String>, String> {
        if set == EVERYTHING {
            return Err("permission set 0 allows everything and stays".to_owned());
        }
        self.begin(now);
        let names = self
            .permissions
            .set(set, publish, subscribe)
            .map_err(|error| error.to_string())?
            .to_vec();
        self.recheck_set(set, 0);
        self.finish();
        Ok(names)
    }

    /// Gives a session other rights, which hold at once.
    pub fn regrant(&mut self, client_id: &str, grants: Grants, now: u64) {
        self.begin(now);
        if let Some(session) = self.sessions.find(client_id) {
            self.regrant_session(session, grants);
        }
        self.finish();
    }
}
