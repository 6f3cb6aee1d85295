//! One network connection: what it is, and the table of all of them.

pub mod alias;
pub mod held;
pub mod inbox;
pub mod outbox;

use packet::Version;

use crate::delivery::memo::Memos;
use crate::quota::Bucket;
use alias::{InboundAliases, OutboundAliases};
use held::Held;
use inbox::Inbox;
use outbox::Outbox;

/// Stands for "none" where a session, group or slot is named by its number.
pub const NONE: u32 = u32::MAX;

/// Names one connection. A slot is used again, with another generation, so that what comes late is noticed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId {
    /// The place in the table.
    pub slot: u32,
    /// Which of the connections that had that place.
    pub generation: u32,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Its CONNECT is awaited.
    Opening,
    /// Its CONNECT waits for a decision and nothing more is read.
    Parked {
        /// The number that the decision will name.
        request: u32,
    },
    /// It is accepted.
    Live,
    /// Its last bytes are being written, and what it sends is ignored.
    Ending,
    /// The host has been told to close it.
    Closing,
    /// The host has closed it; the buffers may still be lent.
    Closed,
}

/// Why a connection is not read although it could be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unread {
    /// It is read.
    No,
    /// A fan-out of its last packet is unfinished, or the work of one input was used up.
    Busy,
    /// It does not take what we send to it.
    Outbox,
    /// Memory or the journal's backlog is over its mark.
    Pressure,
}

/// Where a connection stands among those to be written to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dirty {
    /// Nowhere.
    No,
    /// Among those that are sent messages.
    Delivery,
    /// Among those that wait for an answer.
    Reply,
}

/// One network connection.
#[derive(Debug)]
pub struct Connection {
    /// How far it has come.
    pub phase: Phase,
    /// Whether its CONNACK is out: the journal may hold it, and nothing precedes it (v5 [MQTT-3.2.0-1]).
    pub greeted: bool,
    /// What it speaks, once its CONNECT has said so.
    pub version: Version,
    /// The peer's address, for logs and listings.
    pub address: Box<str>,
    /// The session that it serves, or [`NONE`].
    pub session: u32,
    /// What it has sent.
    pub inbox: Inbox,
    /// What it is sent.
    pub outbox: Outbox,
    /// Acknowledgements that wait for the journal.
    pub held: Held,
    /// Topic aliases that it has set.
    pub aliases_in: InboundAliases,
    /// Topic aliases that we have set.
    pub aliases_out: OutboundAliases,
    /// Milliseconds within which it must be heard, 0 for no limit.
    pub keep_alive: u64,
    /// When it was opened.
    pub opened_at: u64,
    /// When its end began.
    pub ending_at: u64,
    /// When it was last heard, or last read again after a pause.
    pub heard_at: u64,
    /// Bytes of the largest packet that it takes.
    pub packet_bytes_max: usize,
    /// Whether it may be sent Reason Strings and User Properties on any packet.
    pub problem_information: bool,
    /// QoS 1 and 2 messages of its that we have not acknowledged.
    pub unacknowledged: u32,
    /// Why it is not read.
    pub unread: Unread,
    /// Fan-outs of its own packets that are unfinished.
    pub jobs: u32,
    /// In which queue of connections to be written to it stands.
    pub dirty: Dirty,
    /// Whether it has published, so that pressure may pause it.
    pub publishes: bool,
    /// The method of its enhanced authentication, if it uses one.
    pub authentication_method: Option<Box<str>>,
    /// A re-authentication that waits for a decision.
    pub reauthentication: Option<u32>,
    /// Seconds that its session may outlive it, by the host's decision.
    pub expiry_seconds_max: u32,
    /// The topics that it publishes to again and again: that it may, and whom they lead to.
    pub memos: Memos,
    /// Its publishes per second.
    pub publish_bucket: Bucket,
    /// Bytes charged to the sum of what is not yet authenticated.
    pub pre_auth_bytes: usize,
}

impl Connection {
    fn new(address: &str, now: u64) -> Self {
        Self {
            phase: Phase::Opening,
            greeted: false,
            version: Version::V311,
            address: address.into(),
            session: NONE,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            held: Held::default(),
            aliases_in: InboundAliases::default(),
            aliases_out: OutboundAliases::default(),
            keep_alive: 0,
            opened_at: now,
            ending_at: 0,
            heard_at: now,
            packet_bytes_max: usize::MAX,
            problem_information: true,
            unacknowledged: 0,
            unread: Unread::No,
            jobs: 0,
            dirty: Dirty::No,
            publishes: false,
            authentication_method: None,
            reauthentication: None,
            expiry_seconds_max: u32::MAX,
            memos: Memos::default(),
            publish_bucket: Bucket::default(),
            pre_auth_bytes: 0,
        }
    }

    /// Whether the host has been told to close it, or has closed it: nothing more is read or written.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Closing | Phase::Closed)
    }

    /// Whether it may be sent to.
    #[inline]
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live && self.greeted
    }
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    connection: Option<Box<Connection>>,
}

/// All connections.
#[derive(Debug, Default)]
pub struct Connections {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Connections {
    /// Adds a connection.
    pub fn open(&mut self, address: &str, now: u64) -> ConnectionId {
        let connection = Some(Box::new(Connection::new(address, now)));
        if let Some(slot) = self.free.pop() {
            let entry = &mut self.slots[slot as usize];
            entry.connection = connection;
            return ConnectionId {
                slot,
                generation: entry.generation,
            };
        }
        self.slots.push(Slot {
            generation: 1,
            connection,
        });
        ConnectionId {
            slot: u32::try_from(self.slots.len() - 1).unwrap_or(NONE),
            generation: 1,
        }
    }

    /// Frees the slot; what names it from now on is stale.
    pub fn remove(&mut self, slot: u32) -> Option<Box<Connection>> {
        let entry = self.slots.get_mut(slot as usize)?;
        let connection = entry.connection.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        self.free.push(slot);
        Some(connection)
    }

    /// The slot that `id` names, unless it is stale.
    #[must_use]
    pub fn find(&self, id: ConnectionId) -> Option<u32> {
        let entry = self.slots.get(id.slot as usize)?;
        (entry.generation == id.generation && entry.connection.is_some()).then_some(id.slot)
    }

    /// The full name of the connection in `slot`.
    #[must_use]
    pub fn id(&self, slot: u32) -> ConnectionId {
        let generation = self
            .slots
            .get(slot as usize)
            .map_or(0, |entry| entry.generation);
        ConnectionId { slot, generation }
    }

    /// The connection in `slot`, if there is one.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&Connection> {
        self.slots.get(slot as usize)?.connection.as_deref()
    }

    /// The connection in `slot`, if there is one.
    #[inline]
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Connection> {
        self.slots.get_mut(slot as usize)?.connection.as_deref_mut()
    }

    /// Connections, whatever their phase.
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Every connection with its slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Connection)> {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| {
            entry
                .connection
                .as_deref()
                .map(|connection| (u32::try_from(slot).unwrap_or(NONE), connection))
        })
    }
}
