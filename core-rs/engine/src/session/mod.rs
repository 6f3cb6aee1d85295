//! What outlives a connection: subscriptions, messages on their way in both directions, the will.

pub mod entry;
pub mod inbound;
mod lifecycle;
pub mod outbound;
pub mod queue;
mod table;

use std::collections::VecDeque;

use hashbrown::HashTable;
use packet::{ReasonCode, Version};

use crate::connection::NONE;
use crate::counters::Drops;
use crate::handle::Fault;
use crate::handle::subscribe::SUBSCRIPTION_BYTES;
use crate::permission::Grants;
use crate::retained::replay::Replay;
use crate::will::Will;
use inbound::Inbound;
use outbound::Outbound;
use queue::Queue;

pub use table::{Sessions, hash};

/// A session expiry that never comes.
pub const NEVER: u32 = u32::MAX;

/// One session.
#[derive(Debug)]
pub struct Session {
    /// The client identifier.
    pub client_id: Box<str>,
    /// Whose it is: nobody else may take it over. Empty for all anonymous clients.
    pub owner: Box<str>,
    /// The host's words for who its client is.
    pub principal: Box<str>,
    /// The slot of its connection, or [`NONE`].
    pub connection: u32,
    /// What its client spoke last.
    pub version: Version,
    /// Seconds that it outlives its connection: 0 ends with it, [`NEVER`] has no end.
    pub expiry: u32,
    /// When it lost its connection, in milliseconds of the monotonic clock.
    pub detached_at: u64,
    /// Its filters as the client gave them, `$share/…` included. The tree and the groups hold their terms.
    pub filters: HashTable<Box<str>>,
    /// The filters that are still to be removed, once it is taken apart.
    pub leaving: Vec<Box<str>>,
    /// The share groups that it is a member of.
    pub groups: Vec<u32>,
    /// QoS 1 and 2 messages that wait.
    pub queue: Queue,
    /// QoS 1 and 2 messages that are out.
    pub outbound: Outbound,
    /// QoS 2 messages of its own whose PUBREL is awaited.
    pub inbound: Inbound,
    /// The most that may be out at once on the present connection.
    pub window: u32,
    /// Retained messages that it is still to be sent.
    pub replays: VecDeque<Replay>,
    /// Its will, until it is fired or removed.
    pub will: Option<Box<Will>>,
    /// What it may do.
    pub grants: Grants,
    /// When it was given that, in the count of [`crate::permission::Permissions::next_epoch`].
    pub granted: u64,
    /// Messages that it did not get, by reason.
    pub drops: Drops,
    /// Whether it stands among the tasks to be sent what it can take.
    pub pumping: bool,
    /// Whether it is being taken apart, and nothing reaches it any more.
    pub dying: bool,
    /// Names it in the journal.
    pub number: u64,
    /// Whether the journal has it, and has to be told of its end.
    pub journalled: bool,
    /// The last message that it was found to be a target of, and at which place: how overlapping subscriptions
    /// find each other.
    pub mark: (u64, u32),
    /// When its drops were last logged.
    pub drops_logged_at: Option<u64>,
}

impl Session {
    /// A session without anything.
    #[must_use]
    pub fn new(client_id: &str, owner: &str, version: Version, number: u64) -> Self {
        Self {
            client_id: client_id.into(),
            owner: owner.into(),
            principal: Box::default(),
            connection: NONE,
            version,
            expiry: 0,
            detached_at: 0,
            filters: HashTable::new(),
            leaving: Vec::new(),
            groups: Vec::new(),
            queue: Queue::default(),
            outbound: Outbound::default(),
            inbound: Inbound::default(),
            window: 0,
            replays: VecDeque::new(),
            will: None,
            grants: Grants::default(),
            granted: 0,
            drops: Drops::default(),
            pumping: false,
            dying: false,
            number,
            journalled: false,
            mark: (0, 0),
            drops_logged_at: None,
        }
    }

    /// Whether a client of `owner` may use its client identifier (event-grid: specification §2.3).
    ///
    /// # Errors
    ///
    /// 0x87 if it is another client's.
    pub fn check_owner(&self, owner: &str) -> Result<(), Fault> {
        if *self.owner == *owner {
            return Ok(());
        }
        Err(Fault::new(
            ReasonCode::NOT_AUTHORIZED,
            "session belongs to another client",
        ))
    }

    /// Whether it outlives its connection, so that promises to it have to be kept.
    #[inline]
    #[must_use]
    pub fn persistent(&self) -> bool {
        self.expiry > 0
    }

    /// Bytes that it holds, as the account has them; bodies aside.
    #[must_use]
    pub fn charged(&self) -> usize {
        let filters = self
            .filters
            .iter()
            .chain(&self.leaving)
            .map(|filter| SUBSCRIPTION_BYTES + filter.len())
            .sum::<usize>();
        let will = self.will.as_ref().map_or(0, |will| will.charged());
        filters + will + self.queue.charged() + self.outbound.len() * queue::ENTRY_BYTES
    }

    /// Seconds that its will waits once the connection is gone: its delay, but no longer than the session lives.
    #[must_use]
    pub fn will_delay(&self) -> Option<u32> {
        self.will.as_ref().map(|will| will.delay.min(self.expiry))
    }

    /// When its will is to be fired, given that it has no connection.
    #[must_use]
    pub fn will_at(&self) -> Option<u64> {
        self.will_delay()
            .map(|delay| self.detached_at + u64::from(delay) * 1000)
    }

    /// When it ends, given that it has no connection.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        (self.expiry != NEVER).then(|| self.detached_at + u64::from(self.expiry) * 1000)
    }

    /// Whether it has a connection.
    #[inline]
    #[must_use]
    pub fn connected(&self) -> bool {
        self.connection != NONE
    }
}
