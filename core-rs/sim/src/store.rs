//! The store of a world: it makes batches durable, sooner or later, and brings bodies back, or loses them.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::{Frame, Operation, read_frames, read_operation};
use crate::ledger::Ledger;
use crate::message::{MessageId, named_by};

/// What is durable, and the batch that is on its way there.
#[derive(Debug, Default)]
pub struct Store {
    away: Option<(u64, Vec<Frame>)>,
    /// Everything that a broker that starts again is told.
    pub ledger: Ledger,
    /// The last batch that is durable.
    pub committed: u64,
    sessions: BTreeMap<String, u64>,
    /// Owner and principal of each session.
    whose: BTreeMap<u64, (String, String)>,
    subscribed: BTreeSet<(u64, String)>,
    inbound: BTreeSet<(u64, u16)>,
    bodies: BTreeMap<u64, Vec<u8>>,
    messages: BTreeMap<u64, MessageId>,
    entries: BTreeMap<u64, u64>,
    sent: BTreeMap<(u64, u16), u64>,
    received: BTreeSet<u64>,
    /// The will of each session that has one.
    wills: BTreeMap<u64, MessageId>,
    /// Wills that sessions had and have not any more.
    cleared_wills: BTreeSet<MessageId>,
    /// Messages whose acknowledgement has left, with what was durable then.
    acknowledged: BTreeMap<MessageId, u64>,
}

impl Store {
    /// Takes a batch over.
    ///
    /// # Errors
    ///
    /// What is wrong with the batch, or which promise it shows to have been given too early.
    pub fn take(&mut self, sequence: u64, batch: &[u8]) -> Result<(), String> {
        if let Some((other, _)) = &self.away {
            return Err(format!(
                "batch {sequence} is handed out while {other} is not durable"
            ));
        }
        if sequence != self.committed + 1 {
            return Err(format!("batch {sequence} follows {}", self.committed));
        }
        let frames = read_frames(batch).map_err(|fault| format!("batch {sequence} has {fault}"))?;
        self.away = Some((sequence, frames));
        Ok(())
    }

    /// Makes the batch durable that was taken over. Gives the messages that it has sessions be owed.
    ///
    /// # Errors
    ///
    /// What is wrong with the batch.
    pub fn commit(&mut self) -> Result<Vec<MessageId>, String> {
        let Some((sequence, frames)) = self.away.take() else {
            return Ok(Vec::new());
        };
        self.committed = sequence;
        let mut owed = Vec::new();
        for (kind, body) in frames {
            let operation = read_operation(kind, &body)?;
            let applied = self.ledger.apply(kind, &body);
            applied.ok_or_else(|| {
                format!("batch {sequence} names what there is not: {operation:?}")
            })?;
            owed.extend(self.apply(operation));
        }
        self.ledger.end_batch();
        Ok(owed)
    }

    /// The broker dies: what it had handed over is durable, or is not.
    pub fn lose_or_commit(&mut self, commits: bool) -> Result<(), String> {
        if commits {
            return self.commit().map(|_| ());
        }
        self.away = None;
        Ok(())
    }

    /// The number of the session of `client_id`, if it is durable.
    pub fn session_number(&self, client_id: &str) -> Option<u64> {
        self.sessions.get(client_id).copied()
    }

    fn apply(&mut self, operation: Operation) -> Option<MessageId> {
        match operation {
            Operation::SessionOpened(session, client_id, owner, principal) => {
                self.sessions.insert(client_id, session);
                self.whose.insert(session, (owner, principal));
            }
            Operation::SessionEnded(session) => {
                self.sessions.retain(|_, other| *other != session);
                self.cleared_wills.extend(self.wills.remove(&session));
            }
            Operation::WillSet(session, payload) => {
                if let Some(message) = named_by(&payload) {
                    self.wills.insert(session, message);
                }
            }
            Operation::WillCleared(session) => {
                self.cleared_wills.extend(self.wills.remove(&session));
            }
            Operation::Subscribed(session, filter) => {
                self.subscribed.insert((session, filter));
            }
            Operation::Stored(body, contents, payload) => {
                self.bodies.insert(body, contents);
                if let Some(message) = named_by(&payload) {
                    self.messages.insert(body, message);
                }
            }
            Operation::Enqueued(owner, entry, body) => {
                self.entries.insert(entry, body);
                // A share group may be owed a message only later, once a member is there that outlives its connection.
                let session = self.sessions.values().any(|session| *session == owner);
                return self.messages.get(&body).copied().filter(|_| session);
            }
            Operation::Sent(session, entry, id) => {
                self.sent.insert((session, id), entry);
            }
            Operation::Received(_, entry) => {
                self.received.insert(entry);
            }
            Operation::InboundTaken(session, id) => {
                self.inbound.insert((session, id));
            }
            Operation::InboundReleased(session, id) => {
                self.inbound.remove(&(session, id));
            }
            Operation::Other(_) => {}
        }
        None
    }

    /// What the batch that was handed over says, in words.
    pub fn told(&self) -> Vec<String> {
        let frames = self.away.iter().flat_map(|(_, frames)| frames);
        frames
            .map(|(kind, body)| format!("{kind} {:?} {}", read_operation(*kind, body), body.len()))
            .collect()
    }

    /// What the store has of a body: forwarded properties and payload.
    pub fn body(&self, body: u64) -> Option<&[u8]> {
        let kept = self.ledger.has_body(body);
        self.bodies.get(&body).filter(|_| kept).map(Vec::as_slice)
    }

    /// Takes note that the acknowledgement of `message` leaves now.
    pub fn acknowledgement_leaves(&mut self, message: MessageId) {
        self.acknowledged.entry(message).or_insert(self.committed);
    }

    /// What was durable when the acknowledgement of `message` left.
    pub fn acknowledged_at(&self, message: MessageId) -> Option<u64> {
        self.acknowledged.get(&message).copied()
    }

    /// Whether it is durable that a session had this will, and has it no more.
    pub fn has_cleared_will(&self, message: MessageId) -> bool {
        self.cleared_wills.contains(&message)
    }

    /// The sessions that are durable, with their numbers, and whose they are.
    pub fn sessions(&self) -> impl Iterator<Item = ((String, u64), String)> {
        self.sessions.iter().map(|(client_id, number)| {
            let owner = self.whose.get(number).map(|(owner, _)| owner.clone());
            ((client_id.clone(), *number), owner.unwrap_or_default())
        })
    }

    /// Owner and principal of the session of `client_id`, if it is durable.
    pub fn whose(&self, client_id: &str) -> Option<(&String, &String)> {
        let (owner, principal) = self.whose.get(self.sessions.get(client_id)?)?;
        Some((owner, principal))
    }

    /// Whether the session has the subscription durably.
    pub fn has_subscription(&self, client_id: &str, filter: &str) -> bool {
        self.sessions
            .get(client_id)
            .is_some_and(|session| self.subscribed.contains(&(*session, filter.to_owned())))
    }

    /// Whether the QoS 2 identifier that the client used is durably taken.
    pub fn has_inbound(&self, client_id: &str, id: u16) -> bool {
        self.sessions
            .get(client_id)
            .is_some_and(|session| self.inbound.contains(&(*session, id)))
    }

    /// Whether it is durable that `message` is out to the client under `id`.
    pub fn has_sent(&self, client_id: &str, id: u16, message: MessageId) -> bool {
        self.entry_sent(client_id, id)
            .and_then(|entry| self.entries.get(&entry))
            .and_then(|body| self.messages.get(body))
            == Some(&message)
    }

    /// Whether it is durable that the client has the message that is out under `id`.
    pub fn has_received(&self, client_id: &str, id: u16) -> bool {
        self.entry_sent(client_id, id)
            .is_some_and(|entry| self.received.contains(&entry))
    }

    fn entry_sent(&self, client_id: &str, id: u16) -> Option<u64> {
        let session = self.sessions.get(client_id)?;
        self.sent.get(&(*session, id)).copied()
    }
}
