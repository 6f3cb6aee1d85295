//! A simulated MQTT client: what it knows, and the promises that it holds the broker to.

mod act;
mod connect;
mod exchange;
mod mischief;
mod receive;
mod subscribe;

use std::collections::{BTreeMap, BTreeSet};

use engine::ConnectionId;
use packet::{AckKind, PacketId, QoS, ReasonCode};

use crate::message::MessageId;
use crate::oracle::{Oracle, Request, SessionKey};
use crate::profile::Profile;
use crate::random::Random;

pub use connect::Terms;

/// What surrounds a client while it does something.
pub struct Scene<'a> {
    /// Chance.
    pub random: &'a mut Random,
    /// The model that is told.
    pub oracle: &'a mut Oracle,
    /// The world's kind.
    pub profile: &'a Profile,
    /// Whether the world has calmed down: nobody begins anything, everybody finishes.
    pub calm: bool,
}

/// How far a client's connection has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Phase {
    /// It has none.
    Away,
    /// Its CONNECT is sent, or will not be.
    Greeting,
    /// It is accepted.
    Live,
    /// It has said DISCONNECT.
    Leaving,
    /// It has done what ends the connection, with one of these reasons; none if nothing is known.
    Doomed(&'static [u8]),
}

/// What a message of its own waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Puback,
    Pubrec,
    Pubcomp,
}

/// A message of its own that is under way.
#[derive(Clone, Debug)]
struct Outgoing {
    message: MessageId,
    id: PacketId,
    stage: Stage,
    /// Whether it was sent on the present connection.
    sent: bool,
}

/// An acknowledgement that it has to send.
#[derive(Clone, Copy, Debug)]
struct Owed {
    kind: AckKind,
    id: PacketId,
    reason: ReasonCode,
    at: u64,
}

/// A SUBSCRIBE or UNSUBSCRIBE that is not answered.
#[derive(Clone, Debug)]
enum Asked {
    Subscribe {
        first: usize,
        requests: Vec<Request>,
    },
    Unsubscribe {
        raw: String,
        sent: (u64, usize),
    },
}

/// What the broker has said of itself in its CONNACK.
#[derive(Clone, Copy, Debug)]
struct ServerTerms {
    receive_maximum: usize,
    alias_maximum: u16,
    packet_bytes_max: usize,
    qos_max: QoS,
    retain: bool,
    wildcards: bool,
    shares: bool,
    identifiers: bool,
}

/// QoS 2 messages that it has and whose PUBREL is awaited.
type Taken = BTreeMap<PacketId, Option<MessageId>>;

/// A client.
#[derive(Debug)]
pub struct Client {
    /// Its place in the world.
    pub index: usize,
    /// The client identifier that it asks for.
    pub name: String,
    /// The terms of its present or last connection.
    pub terms: Terms,
    /// Its present connection.
    pub link: Option<ConnectionId>,
    /// How far that is.
    pub phase: Phase,
    /// Its session, as the oracle numbers it.
    pub session: Option<SessionKey>,
    /// Bytes that it sends.
    pub wire: Vec<u8>,
    /// Whether it lets go of its connection now.
    pub hangs_up: bool,
    /// Whether it has got a DISCONNECT, after which nothing follows.
    dismissed: bool,
    server: ServerTerms,
    outgoing: Vec<Outgoing>,
    owed: Vec<Owed>,
    asked: BTreeMap<PacketId, Asked>,
    /// QoS 2 messages whose PUBREL is awaited.
    taken: Taken,
    /// The same two of sessions that it has elsewhere.
    put_aside: BTreeMap<SessionKey, (Vec<Outgoing>, Taken)>,
    /// Identifiers that the broker has used on this connection and that are not free again.
    unanswered: BTreeSet<PacketId>,
    aliases_set: BTreeMap<u16, String>,
    aliases_known: BTreeMap<u16, String>,
    last_id: u16,
    last_received_id: u16,
    pings: usize,
    authenticating: bool,
    /// Whether what it has done must end its connection.
    pub certain: bool,
    /// PUBRELs of its own for nothing, whose PUBCOMP is awaited.
    strays: u32,
    connections: u32,
}

impl Client {
    /// A client without a connection.
    pub fn new(index: usize) -> Self {
        Self {
            index,
            name: format!("client-{index}"),
            terms: Terms::default(),
            link: None,
            phase: Phase::Away,
            session: None,
            wire: Vec::new(),
            hangs_up: false,
            dismissed: false,
            server: ServerTerms::unknown(),
            outgoing: Vec::new(),
            owed: Vec::new(),
            asked: BTreeMap::new(),
            taken: BTreeMap::new(),
            put_aside: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            aliases_set: BTreeMap::new(),
            aliases_known: BTreeMap::new(),
            last_id: 0,
            last_received_id: 0,
            pings: 0,
            authenticating: false,
            certain: false,
            strays: 0,
            connections: 0,
        }
    }

    /// Its connection is gone.
    pub fn lost(&mut self, scene: &mut Scene<'_>) {
        self.link = None;
        self.phase = Phase::Away;
        self.hangs_up = false;
        self.certain = false;
        self.strays = 0;
        self.pings = 0;
        self.wire.clear();
        self.owed.clear();
        self.unanswered.clear();
        self.aliases_set.clear();
        self.aliases_known.clear();
        for asked in std::mem::take(&mut self.asked).into_values() {
            if let (Some(session), Asked::Subscribe { first, requests }) = (self.session, asked) {
                scene.oracle.subscribe_lost(session, first, requests.len());
            }
        }
    }

    /// Whether it waits for nothing.
    pub fn at_rest(&self) -> bool {
        self.outgoing.is_empty() && self.owed.is_empty() && self.asked.is_empty() && self.pings == 0
    }

    /// In words, what it waits for.
    pub fn waits_for(&self) -> String {
        format!(
            "{:?}, {:?}, outgoing {:?}, owed {:?}, asked {:?}, pings {}",
            self.phase, self.terms, self.outgoing, self.owed, self.asked, self.pings
        )
    }

    /// An identifier that it does not use.
    fn free_id(&mut self) -> Option<PacketId> {
        const HIGHEST: u16 = 40;
        for _ in 0..HIGHEST {
            self.last_id = self.last_id % HIGHEST + 1;
            let id = PacketId::new(self.last_id)?;
            if !self.asked.contains_key(&id) && self.outgoing.iter().all(|other| other.id != id) {
                return Some(id);
            }
        }
        None
    }
}

impl ServerTerms {
    /// What holds where a CONNACK says nothing.
    fn unknown() -> Self {
        Self {
            receive_maximum: 65_535,
            alias_maximum: 0,
            packet_bytes_max: usize::MAX,
            qos_max: QoS::ExactlyOnce,
            retain: true,
            wildcards: true,
            shares: true,
            identifiers: true,
        }
    }
}

/// What somebody may want to know who watches.
impl Client {
    /// The message that it has sent under `id` and that is not acknowledged.
    pub fn publishing(&self, id: PacketId) -> Option<MessageId> {
        self.outgoing
            .iter()
            .find(|outgoing| outgoing.id == id && outgoing.stage != Stage::Pubcomp)
            .map(|outgoing| outgoing.message)
    }

    /// The filters of the SUBSCRIBE `id` that is not answered.
    pub fn subscribing(&self, id: PacketId) -> Vec<String> {
        match self.asked.get(&id) {
            Some(Asked::Subscribe { requests, .. }) => {
                requests.iter().map(|request| request.raw.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Lets a planted bug send a QoS 2 message again as if it were new.
    pub fn forget(&mut self, id: PacketId) {
        self.taken.remove(&id);
        self.unanswered.remove(&id);
    }
}
