//! What a client gets, packet by packet.

use packet::client::{ReceivedDisconnect, ReceivedPublish, ServerPacket};
use packet::{Property, PropertyId, QoS, Version};

use super::{Client, Phase, Scene};
use crate::message::{MessageId, named_by};
use crate::oracle::{Delivery, SessionKey};

impl Client {
    /// Takes a packet. `session`: the session that the engine has told to be behind this connection. `bytes`: of the whole
    /// packet.
    pub fn receive(
        &mut self,
        packet: &ServerPacket<'_>,
        session: Option<SessionKey>,
        bytes: usize,
        scene: &mut Scene<'_>,
    ) {
        let largest = self.terms.largest();
        scene.oracle.require(bytes <= largest, || {
            format!("a packet of {bytes} bytes comes where {largest} are taken: {packet:?}")
        });
        scene.oracle.require(!self.dismissed, || {
            format!("a packet follows a DISCONNECT: {packet:?}")
        });
        let greeting = self.phase == Phase::Greeting;
        let first = matches!(packet, ServerPacket::Connack(_));
        scene.oracle.require(!greeting || first, || {
            format!("a packet precedes the CONNACK: {packet:?}")
        });
        if self.terms.noisy && !greeting {
            return self.overhear(packet, scene);
        }
        match packet {
            ServerPacket::Connack(connack) => self.connack(connack, session, scene),
            ServerPacket::Publish(publish) => self.publish_received(publish, scene),
            ServerPacket::Puback(ack) => self.puback(ack.packet_id, ack.reason, scene),
            ServerPacket::Pubrec(ack) => self.pubrec(ack.packet_id, ack.reason, scene),
            ServerPacket::Pubrel(ack) => self.pubrel(ack.packet_id, ack.reason, scene),
            ServerPacket::Pubcomp(ack) => self.pubcomp(ack.packet_id, ack.reason, scene),
            ServerPacket::Suback(suback) => self.suback(suback, scene),
            ServerPacket::Unsuback(unsuback) => self.unsuback(unsuback, scene),
            ServerPacket::Pingresp => {
                scene
                    .oracle
                    .require(self.pings > 0 || self.terms.noisy || self.doomed(), || {
                        "a PINGRESP comes without a PINGREQ".to_owned()
                    });
                self.pings = self.pings.saturating_sub(1);
            }
            ServerPacket::Disconnect(disconnect) => self.disconnect(disconnect, scene),
            ServerPacket::Auth(auth) => {
                scene.oracle.coverage.reason("AUTH", auth.reason.0);
                scene
                    .oracle
                    .require(self.authenticating || self.terms.noisy, || {
                        "an AUTH comes that nobody asked for".to_owned()
                    });
                self.authenticating = false;
            }
        }
    }

    /// A client that sends noise can hold the broker to nothing but that there is an end.
    fn overhear(&mut self, packet: &ServerPacket<'_>, scene: &mut Scene<'_>) {
        if let ServerPacket::Disconnect(disconnect) = packet {
            self.disconnect(disconnect, scene);
        }
    }

    fn disconnect(&mut self, disconnect: &ReceivedDisconnect<'_>, scene: &mut Scene<'_>) {
        /// What can end any connection: the broker stops, a newer connection, silence, the operator, a full queue, rates.
        const AMBIENT: [u8; 7] = [0x8B, 0x8E, 0x8D, 0x98, 0x97, 0x96, 0x87];
        let reason = disconnect.reason.0;
        scene.oracle.coverage.reason("DISCONNECT", reason);
        self.dismissed = true;
        let expected: &[u8] = match self.phase {
            Phase::Doomed(reasons) => reasons,
            _ => &[],
        };
        let known = AMBIENT.contains(&reason) || expected.contains(&reason) || self.terms.noisy;
        scene.oracle.require(known, || {
            format!(
                "a DISCONNECT 0x{reason:02X} comes to a client in {:?}",
                self.phase
            )
        });
        if !self.doomed() {
            self.phase = Phase::Doomed(&[]);
        }
    }

    fn publish_received(&mut self, publish: &ReceivedPublish<'_>, scene: &mut Scene<'_>) {
        let Some(topic) = self.resolve(publish, scene) else {
            return;
        };
        let message = self.recognise(publish, &topic, scene);
        let repeated = self.check_identifier(publish, message, scene);
        match publish.packet_id {
            Some(id) if self.phase == Phase::Live => {
                self.owe_for_message(publish.qos, id, message, scene)
            }
            // It has the message, and is gone before it can say so.
            Some(id) if publish.qos == QoS::ExactlyOnce => {
                self.taken.insert(id, message);
            }
            _ => {}
        }
        let (Some(message), Some(session)) = (message, self.session) else {
            return;
        };
        self.check_contents(publish, message, scene);
        let mut identifiers: Vec<u32> = publish.subscription_identifiers().collect();
        identifiers.sort_unstable();
        let expiry = publish
            .properties
            .iter()
            .find_map(|property| match property {
                Property::MessageExpiryInterval(seconds) => Some(seconds),
                _ => None,
            });
        scene
            .oracle
            .coverage
            .count(&format!("delivery at QoS {}", publish.qos as u8));
        let delivery = Delivery {
            message,
            topic,
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            repeated,
            identifiers,
            expiry,
            version: self.terms.version,
        };
        scene.oracle.delivered(session, &delivery);
    }

    /// The topic, also where an alias stands for it.
    fn resolve(&mut self, publish: &ReceivedPublish<'_>, scene: &mut Scene<'_>) -> Option<String> {
        let Some(Property::TopicAlias(alias)) = publish.properties.find(PropertyId::TopicAlias)
        else {
            return Some(publish.topic.to_owned());
        };
        let maximum = self.terms.alias_maximum;
        scene.oracle.require(alias <= maximum, || {
            format!("topic alias {alias} comes where {maximum} is the maximum")
        });
        if !publish.topic.is_empty() {
            self.aliases_known.insert(alias, publish.topic.to_owned());
            return Some(publish.topic.to_owned());
        }
        scene.oracle.coverage.count("alias out");
        let known = self.aliases_known.get(&alias).cloned();
        scene.oracle.require(known.is_some(), || {
            format!("topic alias {alias} comes, which stands for nothing")
        });
        known
    }

    /// The message that the payload names.
    fn recognise(
        &self,
        publish: &ReceivedPublish<'_>,
        topic: &str,
        scene: &mut Scene<'_>,
    ) -> Option<MessageId> {
        let message = named_by(publish.payload).filter(|id| *id < scene.oracle.messages.len());
        let nameless =
            publish.payload.is_empty() || topic.starts_with("$SYS") || scene.oracle.noise;
        scene.oracle.require(message.is_some() || nameless, || {
            format!(
                "a message comes that nobody has sent, on {topic}: {:?}",
                publish.payload
            )
        });
        message
    }

    /// Identifiers and the receive maximum (v5 [MQTT-2.2.1-4], [MQTT-3.3.4-9]). True if it repeats an exchange that is open.
    fn check_identifier(
        &mut self,
        publish: &ReceivedPublish<'_>,
        message: Option<MessageId>,
        scene: &mut Scene<'_>,
    ) -> bool {
        let Some(id) = publish.packet_id else {
            return false;
        };
        let limits = &scene.profile.limits;
        let fresh = self.unanswered.insert(id);
        scene.oracle.require(fresh, || {
            format!("identifier {id} comes again while it is in use")
        });
        let window = usize::from(self.terms.receive_maximum.unwrap_or(u16::MAX))
            .min(usize::try_from(limits.in_flight_max).unwrap_or(usize::MAX));
        let open = self.unanswered.len();
        scene.oracle.require(open <= window, || {
            format!("{open} messages are out where {window} may be")
        });
        scene
            .oracle
            .require(u64::from(id.get()) <= limits.packet_id_max, || {
                format!("identifier {id} is above the highest")
            });
        scene
            .oracle
            .coverage
            .add("window full", u64::from(open == window));
        scene.oracle.coverage.add(
            "identifier wrap",
            u64::from(id.get() < self.last_received_id && !publish.dup),
        );
        self.last_received_id = id.get();
        let again = self
            .session
            .is_some_and(|session| scene.oracle.sessions[session].connections > 1);
        scene
            .oracle
            .coverage
            .add("delivery with DUP", u64::from(publish.dup));
        scene.oracle.require(!publish.dup || again, || {
            format!("identifier {id} comes with DUP on the first connection of its session")
        });
        let Some(taken) = self.taken.get(&id).copied() else {
            return false;
        };
        let same = publish.qos == QoS::ExactlyOnce && taken == message;
        scene.oracle.require(same, || format!("identifier {id} comes with message {message:?} before its PUBREL; it was message {taken:?}"));
        same
    }

    fn check_contents(&self, publish: &ReceivedPublish<'_>, id: MessageId, scene: &mut Scene<'_>) {
        let message = &scene.oracle.messages[id];
        let (payload, mixed) = (message.payload(id) == publish.payload, message.mixed);
        let mut got = Vec::new();
        let changed = |property: &Property<'_>| {
            matches!(
                property,
                Property::TopicAlias(_)
                    | Property::MessageExpiryInterval(_)
                    | Property::SubscriptionIdentifier(_)
            )
        };
        publish
            .properties
            .iter()
            .filter(|property| !changed(property))
            .for_each(|property| property.write(&mut got));
        let both = self.terms.version == Version::V5 && message.version == Version::V5;
        let sent = if both {
            message.forwarded.encoded()
        } else {
            Vec::new()
        };
        scene.oracle.require(payload, || {
            format!("the payload of message {id} is not what was sent")
        });
        scene.oracle.require(got == sent || mixed, || {
            format!("the properties of message {id} are not what was sent")
        });
    }
}
