//! Sessions from their beginning to their end, as the engine's events tell it, and whether it may tell so.

use std::collections::BTreeMap;

use engine::{Event, EventKind};

use super::rights::Held;
use super::subscription::Subscription;
use super::{Oracle, SessionKey};
use crate::message::{Author, MessageId};

/// Milliseconds by which a deadline may be handled late: work is done in turns.
const LATE: u64 = 3000;

/// What a session has got of one message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Copies {
    /// New messages of QoS 2: repetitions of an open exchange are not counted.
    pub exactly_once: u32,
    /// Messages of QoS 0 and 1 without DUP.
    pub fresh: u32,
}

/// One session.
#[derive(Debug)]
pub struct Session {
    /// Its place among all sessions.
    pub key: SessionKey,
    /// Its client identifier.
    pub client_id: String,
    /// Whose it is.
    pub owner: String,
    /// The host's words for who its client is, the last at the end.
    pub principals: Vec<String>,
    /// What it may do, since which step.
    pub held: Vec<(u64, Held)>,
    /// Whether it goes on.
    pub alive: bool,
    /// Whether it has a connection.
    pub attached: bool,
    /// Seconds that it outlives its connection.
    pub expiry: u32,
    /// The expiry that its client has asked for in a DISCONNECT.
    pub asked_expiry: Option<u32>,
    /// When it lost its connection.
    pub detached_at: u64,
    /// Connections that it has had.
    pub connections: u32,
    /// Its subscriptions, past ones too.
    pub subscriptions: Vec<Subscription>,
    /// What it has got.
    pub copies: BTreeMap<MessageId, Copies>,
    /// The last first copy, by author, topic, and the QoS of publication and of delivery.
    pub last: BTreeMap<(Author, String, u8, u8), MessageId>,
    /// Whether its client sends noise, or the store has brought it back unasked, so that nothing is known of it.
    pub noisy: bool,
    /// Its number in the journal, once it is known to be durable.
    pub number: Option<u64>,
    /// Whether it has outlived a broker, so that its clocks may be those of the last mark.
    pub outlived: bool,
}

impl Session {
    /// A session that is there, and of which nothing else is known.
    fn unknown(key: SessionKey, client_id: &str) -> Self {
        Self {
            key,
            client_id: client_id.to_owned(),
            owner: String::new(),
            principals: Vec::new(),
            held: Vec::new(),
            alive: true,
            attached: false,
            expiry: u32::MAX,
            asked_expiry: None,
            detached_at: 0,
            connections: 1,
            subscriptions: Vec::new(),
            copies: BTreeMap::new(),
            last: BTreeMap::new(),
            noisy: true,
            number: None,
            outlived: true,
        }
    }
}

impl Session {
    /// The host says who its client is.
    pub fn is(&mut self, principal: &str) {
        self.principals.push(principal.to_owned());
    }
}

/// What a connection begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Whose the session is.
    pub owner: String,
    /// The host's words for who the client is.
    pub principal: String,
    /// What it may do.
    pub held: Held,
    /// Seconds that the session outlives it.
    pub expiry: u32,
    /// Its will, with the delay in seconds.
    pub will: Option<(MessageId, u32)>,
    /// Whether the client sends noise.
    pub noisy: bool,
}

impl Oracle {
    /// A client is connected, says the engine. Gives its session.
    pub fn connected(&mut self, event: &Event, beginning: Beginning) -> SessionKey {
        let resumed = event.number == 1;
        let known = self.current.get(&*event.client_id).copied();
        let key = match (resumed, known) {
            (true, Some(key)) => self.resume(key, &beginning),
            (false, None) => self.begin(event, &beginning),
            (true, None) => {
                self.violate(format!(
                    "session {} is resumed but had ended",
                    event.client_id
                ));
                self.begin(event, &beginning)
            }
            (false, Some(_)) => {
                self.violate(format!(
                    "session {} begins anew but had not ended",
                    event.client_id
                ));
                self.begin(event, &beginning)
            }
        };
        self.granted(key, beginning.held, self.step);
        let session = &mut self.sessions[key];
        session.is(&beginning.principal);
        session.attached = true;
        session.expiry = beginning.expiry;
        session.asked_expiry = None;
        session.connections += 1;
        session.noisy |= beginning.noisy;
        self.wills
            .attached(key, beginning.will, self.now, &mut self.coverage);
        key
    }

    fn resume(&mut self, key: SessionKey, beginning: &Beginning) -> SessionKey {
        self.coverage.count("resumed session");
        let owner = self.sessions[key].owner.clone();
        self.require(owner == beginning.owner, || {
            format!("a session of {owner} is resumed by {}", beginning.owner)
        });
        let session = &self.sessions[key];
        let expires_at = session.detached_at + u64::from(session.expiry) * 1000;
        let late = session.expiry != u32::MAX && !session.attached && self.now > expires_at + LATE;
        let (attached, now) = (session.attached, self.now);
        self.require(!attached, || {
            "a session is resumed that has a connection".to_owned()
        });
        let outlived = self.sessions[key].outlived;
        self.require(!late || outlived, || {
            format!(
                "a session is resumed {} ms after it expired",
                now - expires_at
            )
        });
        key
    }

    fn begin(&mut self, event: &Event, beginning: &Beginning) -> SessionKey {
        let key = self.sessions.len();
        let session = Session {
            owner: beginning.owner.clone(),
            attached: true,
            expiry: beginning.expiry,
            noisy: beginning.noisy,
            outlived: false,
            connections: 0,
            ..Session::unknown(key, &event.client_id)
        };
        self.sessions.push(session);
        self.current.insert(event.client_id.to_string(), key);
        key
    }

    /// Something else that the engine tells.
    pub fn told(&mut self, event: &Event) {
        match event.kind {
            EventKind::Connected => {}
            EventKind::Disconnected => self.disconnected(event),
            EventKind::Refused => self.coverage.count("connection refused"),
            EventKind::SessionEnded => self.ended(event),
            EventKind::Dropped => self
                .coverage
                .add(&format!("dropped: {}", event.detail), event.number),
        }
    }

    fn disconnected(&mut self, event: &Event) {
        let Some(key) = self.current.get(&*event.client_id).copied() else {
            return self.violate(format!(
                "{} is disconnected but has no session",
                event.client_id
            ));
        };
        let session = &mut self.sessions[key];
        session.attached = false;
        session.detached_at = self.now;
        let by_client = event.detail == "disconnected by the client";
        if let (true, Some(expiry)) = (by_client, session.asked_expiry.take()) {
            session.expiry = expiry;
        }
        if event.detail == "session taken over" {
            self.coverage.count("takeover");
        }
        let (normal, expiry) = (by_client && event.reason.0 == 0, session.expiry);
        self.wills
            .detached(key, normal, expiry, self.now, &mut self.coverage);
    }

    fn ended(&mut self, event: &Event) {
        let Some(key) = self.current.remove(&*event.client_id) else {
            return self.violate(format!("session {} ends but had ended", event.client_id));
        };
        let session = &self.sessions[key];
        let expires_at = session.detached_at + u64::from(session.expiry) * 1000;
        let by_operator = self.operator_ended.contains(&*event.client_id);
        let just = match event.detail {
            "ended with its connection" => {
                session.expiry == 0 || self.queue_ends_session || by_operator
            }
            "expired" => session.expiry != u32::MAX && expires_at <= self.now && !session.attached,
            "clean start" => self.asked_clean.contains(&*event.client_id),
            "queue full" => self.queue_ends_session,
            "ended by the operator" => by_operator,
            _ => false,
        };
        let just = just || session.noisy || session.outlived && event.detail == "expired";
        let attached = session.attached;
        self.coverage
            .count(&format!("session ended: {}", event.detail));
        self.require(just, || {
            format!(
                "session {} ends without a reason: {}",
                event.client_id, event.detail
            )
        });
        self.require(!attached, || {
            format!("session {} ends while it has a connection", event.client_id)
        });
        self.close(key);
    }

    /// The broker has died, and these sessions are durable, by client identifier and number, each with its owner. It was
    /// last known to live at `alive_at`. `cleared`: whether the store knows that a will was taken from its session.
    pub fn crashed(
        &mut self,
        durable: &BTreeMap<(String, u64), String>,
        cleared: impl Fn(MessageId) -> bool,
        alive_at: u64,
    ) {
        self.crashes += 1;
        self.crash_wills(&cleared);
        for key in std::mem::take(&mut self.current).into_values() {
            let session = &mut self.sessions[key];
            let known = session
                .number
                .map(|number| (session.client_id.clone(), number));
            if session.expiry > 0 && known.is_some_and(|known| durable.contains_key(&known)) {
                let detached_at = if session.attached {
                    alive_at
                } else {
                    alive_at.min(session.detached_at)
                };
                (session.attached, session.detached_at, session.outlived) =
                    (false, detached_at, true);
                // What was passed over shortly before, for its size say, may be owed again, behind what has come.
                session.last.clear();
                self.current.insert(session.client_id.clone(), key);
            } else {
                session.attached = false;
                self.close(key);
            }
        }
        for ((client_id, number), owner) in durable {
            if !self.current.contains_key(client_id) {
                self.bring_back(client_id, *number, owner);
            }
        }
    }

    /// A session that had ended, or of which nobody was told, is there again.
    fn bring_back(&mut self, client_id: &str, number: u64, owner: &str) {
        self.coverage.count("session brought back");
        let key = self.sessions.len();
        let session = Session {
            owner: owner.to_owned(),
            number: Some(number),
            ..Session::unknown(key, client_id)
        };
        self.sessions.push(session);
        self.current.insert(client_id.to_owned(), key);
    }

    fn close(&mut self, key: SessionKey) {
        let (step, now) = (self.step, self.now);
        let session = &mut self.sessions[key];
        session.alive = false;
        session
            .subscriptions
            .iter_mut()
            .for_each(|subscription| subscription.end(step));
        self.wills.ended(key, now);
    }
}
