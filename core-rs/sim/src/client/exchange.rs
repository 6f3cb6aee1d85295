//! The exchanges of QoS 1 and 2, in both directions.

use packet::client::{Ack, Publish};
use packet::{AckKind, PacketId, Property, QoS, ReasonCode, Version};

use super::{Client, Outgoing, Owed, Scene, Stage};
use crate::message::MessageId;

impl Client {
    /// Sends a message of its own. `alias`: the number that stands for the topic, and whether it does so already.
    pub(super) fn write_publish(
        &mut self,
        outgoing: &Outgoing,
        dup: bool,
        alias: Option<(u16, bool)>,
        scene: &mut Scene<'_>,
    ) {
        let message = &mut scene.oracle.messages[outgoing.message];
        message.mixed |= message.version != self.terms.version;
        message.connection = self.link;
        message.session = self.session;
        let mut properties = message.forwarded.list();
        properties.extend(message.expiry.map(Property::MessageExpiryInterval));
        properties.extend(alias.map(|(number, _)| Property::TopicAlias(number)));
        let packet = Publish {
            dup,
            qos: message.qos,
            retain: message.retain,
            packet_id: (message.qos != QoS::AtMostOnce).then_some(outgoing.id),
            topic: if alias.is_some_and(|(_, known)| known) {
                ""
            } else {
                &message.topic
            },
            properties: &properties,
            payload: &message.payload(outgoing.message),
        };
        packet.write(self.terms.version, &mut self.wire);
        scene.oracle.sent(outgoing.message);
    }

    pub(super) fn write_pubrel(&mut self, outgoing: &Outgoing) {
        self.write_ack(AckKind::Pubrel, outgoing.id, ReasonCode::SUCCESS);
    }

    fn write_ack(&mut self, kind: AckKind, packet_id: PacketId, reason: ReasonCode) {
        Ack {
            kind,
            packet_id,
            reason,
            properties: &[],
        }
        .write(self.terms.version, &mut self.wire);
    }

    /// PUBACK for a message of its own, in the order in which they were sent (v5 [MQTT-4.6.0-2]).
    pub(super) fn puback(&mut self, id: PacketId, reason: ReasonCode, scene: &mut Scene<'_>) {
        scene.oracle.coverage.reason("PUBACK", reason.0);
        let Some(place) = self
            .outgoing
            .iter()
            .position(|outgoing| outgoing.stage == Stage::Puback)
        else {
            return self.unexpected("PUBACK", id, scene);
        };
        if self.outgoing[place].id != id {
            return self.unexpected("PUBACK", id, scene);
        }
        let outgoing = self.outgoing.remove(place);
        scene.oracle.answered(outgoing.message, reason.0);
        self.resend(scene);
    }

    /// PUBREC for a message of its own, in the order in which they were sent (v5 [MQTT-4.6.0-3]).
    pub(super) fn pubrec(&mut self, id: PacketId, reason: ReasonCode, scene: &mut Scene<'_>) {
        scene.oracle.coverage.reason("PUBREC", reason.0);
        let Some(place) = self
            .outgoing
            .iter()
            .position(|outgoing| outgoing.stage == Stage::Pubrec)
        else {
            return self.unexpected("PUBREC", id, scene);
        };
        if self.outgoing[place].id != id {
            return self.unexpected("PUBREC", id, scene);
        }
        scene
            .oracle
            .answered(self.outgoing[place].message, reason.0);
        if reason.is_error() {
            self.outgoing.remove(place);
            return self.resend(scene);
        }
        self.outgoing[place].stage = Stage::Pubcomp;
        self.owe(AckKind::Pubrel, id, ReasonCode::SUCCESS, scene);
    }

    /// PUBCOMP for a message of its own.
    pub(super) fn pubcomp(&mut self, id: PacketId, reason: ReasonCode, scene: &mut Scene<'_>) {
        scene.oracle.coverage.reason("PUBCOMP", reason.0);
        if id == PacketId::MAX && self.strays > 0 {
            self.strays -= 1;
            return;
        }
        let Some(place) = self
            .outgoing
            .iter()
            .position(|outgoing| outgoing.id == id && outgoing.stage == Stage::Pubcomp)
        else {
            return self.unexpected("PUBCOMP", id, scene);
        };
        self.outgoing.remove(place);
        self.resend(scene);
    }

    fn unexpected(&self, packet: &str, id: PacketId, scene: &mut Scene<'_>) {
        if !self.terms.noisy && !self.doomed() {
            scene.oracle.violate(format!(
                "a {packet} {id} comes while these are out: {:?}",
                self.outgoing
            ));
        }
    }

    /// The broker lets an identifier of its own go.
    pub(super) fn pubrel(&mut self, id: PacketId, reason: ReasonCode, scene: &mut Scene<'_>) {
        scene.oracle.coverage.reason("PUBREL", reason.0);
        let known = self.taken.remove(&id).is_some();
        let reason = if known || self.terms.version != Version::V5 {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
        };
        self.owe(AckKind::Pubcomp, id, reason, scene);
    }

    /// Begins to owe the acknowledgement of a message that it got.
    pub(super) fn owe_for_message(
        &mut self,
        qos: QoS,
        id: PacketId,
        message: Option<MessageId>,
        scene: &mut Scene<'_>,
    ) {
        if self.terms.mute {
            scene
                .oracle
                .coverage
                .count("message that is never acknowledged");
            if qos == QoS::ExactlyOnce {
                self.taken.insert(id, message);
            }
            return;
        }
        let five = self.terms.version == Version::V5;
        let refuses =
            five && !scene.calm && scene.random.percent(3) && !self.taken.contains_key(&id);
        let reason = if refuses {
            scene
                .random
                .pick(&[ReasonCode::UNSPECIFIED_ERROR, ReasonCode::QUOTA_EXCEEDED])
        } else {
            ReasonCode::SUCCESS
        };
        let kind = if qos == QoS::ExactlyOnce {
            AckKind::Pubrec
        } else {
            AckKind::Puback
        };
        scene
            .oracle
            .coverage
            .add("client refuses a message", u64::from(refuses));
        if qos == QoS::ExactlyOnce {
            self.taken.insert(id, message);
        }
        self.owe(kind, id, reason, scene);
    }

    fn owe(&mut self, kind: AckKind, id: PacketId, reason: ReasonCode, scene: &mut Scene<'_>) {
        let delay = if scene.calm {
            0
        } else {
            scene.random.pick(&[0, 0, 0, 10, 300, 4000])
        };
        self.owed.push(Owed {
            kind,
            id,
            reason,
            at: scene.oracle.now + delay,
        });
    }

    /// When it next has an acknowledgement to send.
    pub fn owes_at(&self) -> Option<u64> {
        self.owed.iter().map(|owed| owed.at).min()
    }

    /// Sends the acknowledgements that are due, mostly in order.
    pub fn acknowledge(&mut self, scene: &mut Scene<'_>) {
        let now = scene.oracle.now;
        while self.phase == super::Phase::Live {
            let due: Vec<usize> = (0..self.owed.len())
                .filter(|place| self.owed[*place].at <= now)
                .collect();
            let Some(first) = due.first().copied() else {
                return;
            };
            let place = if scene.random.percent(15) {
                scene.random.pick(&due)
            } else {
                first
            };
            if place != first {
                scene.oracle.coverage.count("acknowledgement out of order");
            }
            let owed = self.owed.remove(place);
            self.write_ack(owed.kind, owed.id, owed.reason);
            let ends = match owed.kind {
                AckKind::Puback | AckKind::Pubcomp => true,
                AckKind::Pubrec => owed.reason.is_error() && self.refuse(owed.id, scene),
                AckKind::Pubrel => false,
            };
            if ends {
                self.unanswered.remove(&owed.id);
            }
        }
    }

    /// Refuses a QoS 2 message, which may then come again.
    fn refuse(&mut self, id: PacketId, scene: &mut Scene<'_>) -> bool {
        let refused = self.taken.remove(&id);
        if let (Some(Some(message)), Some(session)) = (refused, self.session) {
            scene.oracle.refused(session, message);
        }
        refused.is_some()
    }

    /// Whether it has done something that ends its connection.
    pub(super) fn doomed(&self) -> bool {
        matches!(self.phase, super::Phase::Doomed(_))
    }
}
