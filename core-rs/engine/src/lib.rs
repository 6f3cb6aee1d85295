//! The broker's engine: all of MQTT 3.1, 3.1.1 and 5.0, without a clock, a socket or a disk.
//!
//! # The contract
//!
//! Each input is a method of [`Engine`] that takes `now` last; after it the host drains
//! [`Engine::take_outputs`] and does what they say. Memory crosses **by loan**:
//!
//! - [`Output::Lend`] lends a connection's inbox: the host reads the socket into [`Engine::inbox`] and answers with
//!   [`Engine::filled`]. Until then the engine neither moves nor reads it.
//! - [`Output::Send`] lends a connection's outbox: the host writes [`Engine::outbox`] and answers with
//!   [`Engine::written`]. Until then the engine neither moves nor changes it.
//! - [`Engine::closed`] ends the protocol of a connection; [`Engine::released`] says that nothing of it is lent any
//!   more, and frees its slot. An input that names an old generation is ignored.
//!
//! The engine never waits and does a bounded amount of work per input: what is left is told with
//! [`Output::More`] and done in [`Engine::resume`]. Nothing that a peer sends makes it panic.
#![forbid(unsafe_code)]

mod administer;
mod admission;
mod budget;
mod clock;
mod connection;
mod counters;
mod delivery;
mod ending;
mod handle;
mod input;
mod journal;
mod lend;
mod limits;
mod output;
mod permission;
mod quota;
mod retained;
mod session;
mod sys;
mod task;
mod tell;
mod timers;
mod view;
mod will;

use std::collections::{BTreeMap, VecDeque};

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use topic::SubscriptionTrie;

use budget::Memory;
use clock::Clock;
use connection::Connections;
use delivery::body::Bodies;
use delivery::group::Groups;
use delivery::route::{Grant, Target};
use delivery::shape::Shapes;
use journal::Journal;
use journal::recover::Recovery;
use permission::{Permissions, Recheck};
use quota::Bucket;
use retained::Retained;
use session::Sessions;
use task::Task;
use timers::Timers;

pub use admission::Admission;
pub use connection::ConnectionId;
pub use counters::{Counters, Drop};
pub use handle::Decision;
pub use limits::Limits;
pub use output::{Event, EventKind, Output};
pub use packet::ReasonCode;
pub use permission::Grants;
pub use view::{Gauges, SessionView};

/// Bits of a number that say its partition.
const PARTITION_BITS: u32 = 6;

/// The partition of a client identifier or share group: FNV-1a, which every machine computes alike.
fn partition(name: &str) -> u64 {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (hash ^ hash >> 32) & ((1 << PARTITION_BITS) - 1)
}

/// The whole broker.
pub struct Engine {
    limits: Limits,
    clock: Clock,
    random: ChaCha12Rng,
    memory: Memory,
    connections: Connections,
    sessions: Sessions,
    groups: Groups,
    /// Share groups by their subscription.
    group_names: BTreeMap<Box<str>, u32>,
    trie: SubscriptionTrie<Grant>,
    /// Subscriptions of all sessions, shared ones counted for each member.
    subscriptions: u64,
    bodies: Bodies,
    retained: Retained,
    permissions: Permissions,
    /// Sessions whose rights have changed and that are being checked.
    rechecks: BTreeMap<u32, Recheck>,
    /// Checks of all sessions of a permission set that are unfinished.
    set_rechecks: usize,
    /// Connections that checks have ended, as long as they may not be told yet.
    farewells: Vec<ConnectionId>,
    /// Checks that wait until those are told.
    waiting_checks: Vec<Task>,
    journal: Journal,
    timers: Timers,
    counters: Counters,
    load_averages: sys::load::Load,
    /// The most clients that were connected when somebody looked.
    clients_maximum: u64,
    tasks: VecDeque<Task>,
    /// Units of work that the present input may still do.
    work: u32,
    /// Fan-outs that are unfinished.
    unfinished: usize,
    /// Wills that are taken and not published yet.
    wills_due: usize,
    /// Whether a batch of the journal waits for these.
    batch_waits: bool,
    /// Sessions and groups that ended during a fan-out, which may still name them.
    limbo: Vec<u32>,
    limbo_groups: Vec<u32>,
    outputs: Vec<Output>,
    /// Connections with something to write: those that wait for an answer come before the others.
    replies: VecDeque<u32>,
    deliveries: VecDeque<u32>,
    /// Connections whose acknowledgements are held.
    holding: Vec<u32>,
    held_results: VecDeque<(u64, u32, ReasonCode)>,
    /// Connections that are not read because of memory or the journal's backlog, first come first served.
    pressed: [VecDeque<u32>; lend::Wait::COUNT],
    /// Bytes that connections hold which are not authenticated.
    pre_auth_bytes: u64,
    /// Decisions that are awaited.
    requests: BTreeMap<u32, ConnectionId>,
    next_request: u32,
    /// Authentication data of re-authentications that are awaited, by slot.
    authentications: BTreeMap<u32, Box<[u8]>>,
    /// Bodies that were asked of the store, with the sessions that wait and their references.
    loads: BTreeMap<u64, Vec<(u32, u32)>>,
    /// Whether a task goes on with the deadlines that are due.
    deadlines_put_off: bool,
    /// Whether bodies are being paged out.
    paging: bool,
    /// The slot of the body that was looked at last.
    page_hand: usize,
    /// Whether all bodies were looked at and memory is still over its soft mark.
    paging_in_vain: bool,
    connect_bucket: Bucket,
    /// How many numbers were given to sessions, groups and entries.
    last_number: u64,
    /// The last message that was routed.
    stamp: u64,
    /// What the host has been told of the next deadline.
    wake_told: u64,
    /// When the engine was started, for `$SYS`; the first input sets it.
    started_at: Option<u64>,
    /// No will fires before: a client that comes back after a restart cancels its own.
    wills_from: u64,
    /// The store cannot keep promises.
    degraded: bool,
    /// What recovery has found so far.
    recovery: Option<Box<Recovery>>,
    /// The number of the share group that recovery is opening.
    recovered_group: Option<u64>,
    more_told: bool,
    /// Kinds of events that the host wants, a bit each.
    listening: u8,
    version: Box<str>,
    /// Buffers that serve one message after the other.
    targets: Vec<Target>,
    shapes: Option<Box<Shapes>>,
    forwarded: Vec<u8>,
}

impl Engine {
    /// An engine without connections or sessions. `seed` is the only source of randomness: 32 bytes that nobody
    /// can guess. `version` is what `$SYS/broker/version` says.
    #[must_use]
    pub fn new(limits: Limits, seed: [u8; 32], version: &str) -> Self {
        let mut random = ChaCha12Rng::from_seed(seed);
        let trie = SubscriptionTrie::new([
            random.next_u64(),
            random.next_u64(),
            random.next_u64(),
            random.next_u64(),
        ]);
        let sessions = Sessions::new((random.next_u64(), random.next_u64()));
        Self {
            memory: Memory::new(&limits),
            journal: Journal::new(limits.journal != 0),
            limits,
            clock: Clock::default(),
            random,
            connections: Connections::default(),
            sessions,
            groups: Groups::default(),
            group_names: BTreeMap::new(),
            trie,
            subscriptions: 0,
            bodies: Bodies::default(),
            retained: Retained::default(),
            permissions: Permissions::default(),
            rechecks: BTreeMap::new(),
            set_rechecks: 0,
            farewells: Vec::new(),
            waiting_checks: Vec::new(),
            timers: Timers::new(),
            counters: Counters::default(),
            load_averages: sys::load::Load::default(),
            clients_maximum: 0,
            tasks: VecDeque::new(),
            work: 0,
            unfinished: 0,
            wills_due: 0,
            batch_waits: false,
            limbo: Vec::new(),
            limbo_groups: Vec::new(),
            outputs: Vec::new(),
            replies: VecDeque::new(),
            deliveries: VecDeque::new(),
            holding: Vec::new(),
            held_results: VecDeque::new(),
            pressed: Default::default(),
            pre_auth_bytes: 0,
            requests: BTreeMap::new(),
            next_request: 0,
            authentications: BTreeMap::new(),
            loads: BTreeMap::new(),
            deadlines_put_off: false,
            paging: false,
            page_hand: 0,
            paging_in_vain: false,
            connect_bucket: Bucket::default(),
            last_number: 0,
            stamp: 0,
            wake_told: u64::MAX,
            started_at: None,
            wills_from: 0,
            degraded: false,
            recovery: None,
            recovered_group: None,
            more_told: false,
            listening: 0,
            version: version.into(),
            targets: Vec::new(),
            shapes: None,
            forwarded: Vec::new(),
        }
    }

    /// A number that was never given before, with the partition of `name` in its last 6 bits.
    pub(crate) fn next_number(&mut self, name: &str) -> u64 {
        self.last_number += 1;
        self.last_number << PARTITION_BITS | partition(name)
    }

    /// A client identifier that nobody can guess: 128 random bits.
    pub(crate) fn assign_client_id(&mut self) -> String {
        format!(
            "auto-{:016x}{:016x}",
            self.random.next_u64(),
            self.random.next_u64()
        )
    }
}
