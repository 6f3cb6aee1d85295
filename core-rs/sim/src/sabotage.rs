//! Planted bugs: what a wrong engine would do, done to the right one's packets, so that the oracle can be seen to notice.

use engine::ConnectionId;
use packet::client::{Ack, ServerPacket};
use packet::{AckKind, QoS, ReasonCode, Version};

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
    /// Now and then a QoS 1 message comes behind the next one.
    Reorder,
    /// A batch is said to be durable before it is.
    Lie,
}

impl Sabotage {
    /// The bug of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "off" => Some(Self::Off),
            "lose" => Some(Self::Lose),
            "duplicate" => Some(Self::Duplicate),
            "reorder" => Some(Self::Reorder),
            "lie" => Some(Self::Lie),
            _ => None,
        }
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
}

impl World {
    /// Lets a planted bug strike at a packet that is about to reach its client; true if the packet is dealt with.
    pub(crate) fn sabotaged(&mut self, id: ConnectionId, packet: &ServerPacket<'_>, bytes: &[u8]) -> bool {
        let ServerPacket::Publish(publish) = packet else { return false };
        let Some(packet_id) = publish.packet_id else { return false };
        let once = publish.qos == QoS::ExactlyOnce;
        if !once && self.saboteur.strikes(Sabotage::Lose, 50) {
            let mut ack = Vec::new();
            Ack { kind: AckKind::Puback, packet_id, reason: ReasonCode::SUCCESS, properties: &[] }.write(Version::V311, &mut ack);
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
        !once && self.held_back(id, bytes)
    }

    /// Delivers a packet that was held back behind the present one, or holds the present one back.
    fn held_back(&mut self, id: ConnectionId, bytes: &[u8]) -> bool {
        if let Some((_, earlier)) = self.held_back.take_if(|(connection, _)| *connection == id) {
            let bug = std::mem::replace(&mut self.saboteur.bug, Sabotage::Off);
            self.arrive(id, bytes, false);
            self.arrive(id, &earlier, false);
            self.saboteur.bug = bug;
            return true;
        }
        if self.held_back.is_none() && self.saboteur.strikes(Sabotage::Reorder, 10) {
            self.held_back = Some((id, bytes.to_vec()));
            return true;
        }
        false
    }
}
