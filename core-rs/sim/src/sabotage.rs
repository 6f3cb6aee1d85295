//! Planted bugs: what a wrong engine would do, done to the right one's packets, so that the oracle can be seen to notice.

use engine::ConnectionId;
use packet::client::{Ack, ReceivedPublish, ServerPacket};
use packet::{AckKind, QoS, ReasonCode, Split, Version, split};

use crate::world::World;

/// A bug.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sabotage {
    /// None.
    Off,
    /// Now and then a QoS 1 message is acknowledged for the client and never comes.
    Lose,
    /// Now and then a QoS 2 message comes a second time.
    Duplicate,
    /// Now and then a QoS 1 message comes behind the next one of its topic.
    Reorder,
    /// A batch is said to be durable before it is.
    Lie,
    /// Who has no connection keeps what it may not have any more.
    Spare,
}

impl Sabotage {
    /// Every bug; the place of each is its number.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::Lose,
        Self::Duplicate,
        Self::Reorder,
        Self::Lie,
        Self::Spare,
    ];

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Lose => "lose",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Lie => "lie",
            Self::Spare => "spare",
        }
    }

    /// The bug of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| bug.name() == name)
    }
}

/// A bug that counts how often it could have struck.
#[derive(Clone, Debug)]
pub struct Saboteur {
    /// Which bug.
    pub bug: Sabotage,
    chances: u32,
}

impl Saboteur {
    /// One that has not struck yet.
    pub fn new(bug: Sabotage) -> Self {
        Self { bug, chances: 0 }
    }

    /// Whether `bug` strikes now; every `period`th chance.
    pub fn strikes(&mut self, bug: Sabotage, period: u32) -> bool {
        if self.bug != bug {
            return false;
        }
        self.chances += 1;
        self.chances.is_multiple_of(period)
    }

    /// Lets two messages of QoS 1 on one topic change places.
    pub fn reorder(&mut self, packets: &mut [&[u8]]) {
        if self.bug != Sabotage::Reorder {
            return;
        }
        for place in 1..packets.len() {
            let alike = topic_of(packets[place])
                .is_some_and(|topic| topic_of(packets[place - 1]) == Some(topic));
            if alike && self.strikes(Sabotage::Reorder, 3) {
                packets.swap(place - 1, place);
            }
        }
    }
}

/// The topic of a PUBLISH of QoS 1 that has one and is no repetition.
fn topic_of(packet: &[u8]) -> Option<&[u8]> {
    let Ok(Split::Whole { frame, .. }) = split(packet) else {
        return None;
    };
    let publish = ReceivedPublish::decode(Version::V311, frame.header, frame.body).ok()?;
    (frame.header == 0x32 && !publish.topic.is_empty()).then_some(publish.topic.as_bytes())
}

impl World {
    /// Lets a planted bug strike at a packet that is about to reach its client; true if the packet is dealt with.
    pub(crate) fn sabotaged(
        &mut self,
        id: ConnectionId,
        packet: &ServerPacket<'_>,
        bytes: &[u8],
    ) -> bool {
        let ServerPacket::Publish(publish) = packet else {
            return false;
        };
        let Some(packet_id) = publish.packet_id else {
            return false;
        };
        let once = publish.qos == QoS::ExactlyOnce;
        if !once && self.saboteur.strikes(Sabotage::Lose, 50) {
            let mut ack = Vec::new();
            Ack {
                kind: AckKind::Puback,
                packet_id,
                reason: ReasonCode::SUCCESS,
                properties: &[],
            }
            .write(Version::V311, &mut ack);
            if let Some(link) = self.links.get_mut(&id) {
                link.to_server.extend(ack);
            }
            self.plan_read(id);
            return true;
        }
        if once && !publish.dup && self.saboteur.strikes(Sabotage::Duplicate, 20) {
            self.saboteur.bug = Sabotage::Off;
            self.arrive(id, bytes, false);
            if let Some(link) = self.links.get(&id) {
                self.clients[link.client].forget(packet_id);
            }
            self.arrive(id, bytes, false);
            return true;
        }
        false
    }
}
