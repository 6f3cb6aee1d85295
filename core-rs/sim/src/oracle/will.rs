//! Wills: which are due, by what the engine tells of connections and sessions (v5 3.1.2.5, 3.1.3.2.2).

use std::collections::BTreeMap;

use super::{Oracle, SessionKey};
use crate::message::{Author, Message, MessageId};
use crate::report::Coverage;

/// A will that waits for its delay.
#[derive(Clone, Copy, Debug)]
struct Pending {
    message: MessageId,
    at: u64,
}

/// All wills.
#[derive(Debug, Default)]
pub struct Wills {
    armed: BTreeMap<SessionKey, (MessageId, u32)>,
    pending: BTreeMap<SessionKey, Pending>,
    /// Wills that must be fired, as soon as the engine's work allows.
    due: Vec<(SessionKey, MessageId)>,
    /// Wills whose client came back in the very turn in which they were due.
    unsure: Vec<MessageId>,
    /// Wills that are known to have been fired.
    fired: u64,
    /// Whether the broker stops.
    stopped: bool,
    /// Whether a broker has died, so that nobody knows how many must be fired.
    lost_count: bool,
}

impl Wills {
    /// A session has a connection, which brings a will or none.
    pub fn attached(
        &mut self,
        key: SessionKey,
        will: Option<(MessageId, u32)>,
        now: u64,
        coverage: &mut Coverage,
    ) {
        match self.pending.remove(&key) {
            Some(pending) if pending.at <= now => self.unsure.push(pending.message),
            Some(_) => coverage.count("will cancelled"),
            None => {}
        }
        while let Some(place) = self.due.iter().position(|(due, _)| *due == key) {
            self.unsure.push(self.due.swap_remove(place).1);
        }
        if let Some(will) = will {
            self.armed.insert(key, will);
        }
    }

    /// A session has lost its connection. `normal`: by a DISCONNECT 0x00, which removes the will.
    pub fn detached(
        &mut self,
        key: SessionKey,
        normal: bool,
        expiry: u32,
        now: u64,
        coverage: &mut Coverage,
    ) {
        let Some((message, delay)) = self.armed.remove(&key) else {
            return;
        };
        if normal {
            return coverage.count("will removed");
        }
        let wait = u64::from(delay.min(expiry)) * 1000;
        coverage.count(if wait == 0 {
            "will fired at once"
        } else {
            "will delayed"
        });
        self.pending.insert(
            key,
            Pending {
                message,
                at: now + wait,
            },
        );
    }

    /// A session has ended, and its will waits no longer.
    pub fn ended(&mut self, key: SessionKey, now: u64) {
        if let Some(pending) = self.pending.get_mut(&key) {
            pending.at = pending.at.min(now);
        }
    }
}

impl Oracle {
    /// Compares the number of wills that the engine has fired. `quiet`: it has no work left.
    pub fn check_wills(&mut self, fired: u64, quiet: bool) {
        self.mature();
        if self.wills.lost_count {
            if quiet {
                self.wills.due.clear();
            }
            return;
        }
        let due = self.wills.due.len() as u64;
        let most = self.wills.fired + due + self.wills.unsure.len() as u64;
        self.require(fired <= most, || {
            format!("{fired} wills are fired where at most {most} were due")
        });
        if !quiet {
            return;
        }
        let least = self.wills.fired + due;
        self.require(fired >= least, || {
            format!("{fired} wills are fired where {least} were due")
        });
        self.wills.fired = fired;
        if !self.wills.stopped {
            self.wills.unsure.clear();
        }
        let step = self.step;
        for (_, message) in std::mem::take(&mut self.wills.due) {
            self.coverage.count("will fired");
            self.messages[message].settled = Some(step);
            self.messages[message].accepted = true;
        }
    }

    /// Moves what has come due.
    fn mature(&mut self) {
        let now = self.now;
        let matured: Vec<(SessionKey, Pending)> = self
            .wills
            .pending
            .iter()
            .filter(|(_, pending)| pending.at <= now)
            .map(|(key, pending)| (*key, *pending))
            .collect();
        for (key, pending) in matured {
            self.wills.pending.remove(&key);
            self.wills.due.push((key, pending.message));
            self.sent(pending.message);
        }
        let unsure = self.wills.unsure.clone();
        for message in unsure {
            if self.messages[message].sent.is_none() {
                self.sent(message);
            }
        }
    }

    /// The broker has died: whatever will was ever left may be fired by the next one, once more even, since what has
    /// become of it need not be durable. From now on they are not counted any more.
    ///
    /// But one that was due, and that the store knows to have been taken from its session (`cleared`), was published for
    /// the store too: nobody would fire it again.
    pub fn crash_wills(&mut self, cleared: &impl Fn(MessageId) -> bool) {
        let before = std::mem::take(&mut self.wills);
        self.wills.lost_count = true;
        for (_, message) in before.due.into_iter().filter(|(_, id)| cleared(*id)) {
            self.coverage
                .count("will taken and not known to be fired at a crash");
            self.messages[message].settled = Some(self.step);
            self.messages[message].accepted = true;
        }
        let left = |message: &Message| matches!(message.author, Author::Will(_));
        for id in 0..self.messages.len() {
            let message = &self.messages[id];
            let taken = message.accepted && message.settled.is_some() && cleared(id);
            if left(message) && taken {
                self.coverage.count("will durable at a crash");
            } else if left(message) {
                self.sent(id);
            }
        }
    }

    /// The broker stops: wills of sessions that go on are kept, and may be fired once those end; the others are due.
    pub fn stop_wills(&mut self) {
        for (key, (message, _)) in std::mem::take(&mut self.wills.armed) {
            self.sent(message);
            if self.sessions[key].expiry == 0 {
                self.wills.due.push((key, message));
            } else {
                self.wills.unsure.push(message);
            }
        }
        self.wills.stopped = true;
    }
}
