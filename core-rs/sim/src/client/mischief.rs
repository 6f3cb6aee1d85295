//! What no client should do, and how the broker has to take it.

use packet::client::{Ack, Auth, Connect, Disconnect, PINGREQ, Publish, Subscribe, Will};
use packet::{
    AckKind, PacketId, Property, QoS, ReasonCode, Subscription, SubscriptionOptions, Version,
};

use super::{Client, Phase, Scene};

const MALFORMED: &[u8] = &[0x81];
const PROTOCOL: &[u8] = &[0x82];

impl Client {
    /// Does something illegal, if its version has it.
    pub(super) fn misbehave(&mut self, scene: &mut Scene<'_>) {
        let Some(reasons) = self.offend(scene) else {
            return;
        };
        scene.oracle.coverage.count("mischief");
        self.phase = Phase::Doomed(reasons);
        // A store that is out of order refuses what would have been too many.
        self.certain = reasons != [0x93];
    }

    fn offend(&mut self, scene: &mut Scene<'_>) -> Option<&'static [u8]> {
        let five = self.terms.version == Version::V5;
        match scene.random.below(24) {
            0 => self.raw(&[0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], MALFORMED),
            1 => self.raw(&[0x80, 2, 0, 9], if five { MALFORMED } else { PROTOCOL }),
            2 => self.connect_again(),
            3 => self.raw(&[0x20, 3, 0, 0, 0], PROTOCOL),
            4 => self.raw(&[0x00, 0], MALFORMED),
            5 => self.raw(&[0x40, 2, 0, 0], PROTOCOL),
            6 => self.raw(&[0x36, 8, 0, 3, b't', b'/', b'0', 0, 1, 0], MALFORMED),
            7 => self.publish_with(five, "t/0", &[Property::TopicAlias(0)], &[0x94]),
            8 => self.publish_with(
                five && self.server.alias_maximum < u16::MAX,
                "t/0",
                &[Property::TopicAlias(self.server.alias_maximum + 1)],
                &[0x94],
            ),
            9 => self.unknown_alias(five),
            10 => self.publish_with(true, "t/#", &[], &[0x90]),
            11 => self.subscribe_to("t/#/x", 0, &[0x8F]),
            12 => self.too_large(scene),
            13 => self.exceed_receive_maximum(five, scene),
            14 => self.unsupported(five, scene),
            15 => self.identify_subscription(five),
            16 => self.raise_expiry(five),
            17 => self.wrong_acknowledgement(),
            18 => self.authenticate_unasked(five),
            19 => self.publish_with(
                five,
                "t/0",
                &[Property::ContentType("a"), Property::ContentType("b")],
                PROTOCOL,
            ),
            20 => self.raw(&[0x30, 5, 0, 2, 0xC3, 0x28, 0], MALFORMED),
            21 => self.raw(&[0x82, 3, 0, 1, 0], PROTOCOL).filter(|_| five),
            22 => self.publish_with(five, "t/0", &[Property::ResponseTopic("a/+")], PROTOCOL),
            _ => self.unknown_identifiers(five),
        }
    }

    fn raw(&mut self, bytes: &[u8], reasons: &'static [u8]) -> Option<&'static [u8]> {
        self.wire.extend_from_slice(bytes);
        Some(reasons)
    }

    fn connect_again(&mut self) -> Option<&'static [u8]> {
        let connect = Connect {
            version: self.terms.version,
            clean_start: true,
            keep_alive: 0,
            client_id: &self.name,
            will: None,
            username: None,
            password: None,
            properties: &[],
        };
        connect.write(&mut self.wire);
        Some(PROTOCOL)
    }

    fn publish_with(
        &mut self,
        possible: bool,
        topic: &str,
        properties: &[Property<'_>],
        reasons: &'static [u8],
    ) -> Option<&'static [u8]> {
        if !possible {
            return None;
        }
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            packet_id: None,
            topic,
            properties,
            payload: b"never",
        };
        publish.write(self.terms.version, &mut self.wire);
        Some(reasons)
    }

    fn unknown_alias(&mut self, five: bool) -> Option<&'static [u8]> {
        let alias = self.server.alias_maximum;
        let unknown = alias > 0 && !self.aliases_set.contains_key(&alias);
        self.publish_with(
            five && unknown,
            "",
            &[Property::TopicAlias(alias)],
            PROTOCOL,
        )
    }

    fn subscribe_to(
        &mut self,
        filter: &str,
        identifier: u32,
        reasons: &'static [u8],
    ) -> Option<&'static [u8]> {
        let subscriptions = [Subscription {
            filter,
            options: SubscriptionOptions::default(),
        }];
        let properties = if identifier > 0 {
            vec![Property::SubscriptionIdentifier(identifier)]
        } else {
            Vec::new()
        };
        let packet_id = PacketId::MAX;
        Subscribe {
            packet_id,
            subscriptions: &subscriptions,
            properties: &properties,
        }
        .write(self.terms.version, &mut self.wire);
        Some(reasons)
    }

    /// The fixed header is enough to know.
    fn too_large(&mut self, scene: &Scene<'_>) -> Option<&'static [u8]> {
        let mut remaining = scene.profile.limits.packet_bytes_max + 1;
        self.wire.push(0x30);
        while remaining > 0x7F {
            self.wire
                .push(u8::try_from(remaining & 0x7F).unwrap_or(0) | 0x80);
            remaining >>= 7;
        }
        self.wire.push(u8::try_from(remaining).unwrap_or(0));
        Some(&[0x95])
    }

    /// More QoS 2 messages than are allowed, none of which is ever released; on a session that ends with this.
    fn exceed_receive_maximum(&mut self, five: bool, scene: &Scene<'_>) -> Option<&'static [u8]> {
        let maximum = self.server.receive_maximum;
        if !five || self.terms.expiry > 0 || maximum > 20 || scene.profile.limits.qos_max < 2 {
            return None;
        }
        for number in 0..=maximum {
            let packet_id = PacketId::new(u16::try_from(1000 + number).unwrap_or(1000));
            let publish = Publish {
                dup: false,
                qos: QoS::ExactlyOnce,
                retain: false,
                packet_id,
                topic: "nobody/hears",
                properties: &[],
                payload: b"",
            };
            publish.write(self.terms.version, &mut self.wire);
        }
        Some(&[0x93])
    }

    fn unsupported(&mut self, five: bool, scene: &Scene<'_>) -> Option<&'static [u8]> {
        let limits = &scene.profile.limits;
        let (qos, retain, reasons): (_, _, &'static [u8]) =
            match (limits.qos_max, limits.retain_available) {
                (0 | 1, _) => (QoS::ExactlyOnce, false, &[0x9B]),
                (_, 0) => (QoS::AtMostOnce, true, &[0x9A]),
                _ => return None,
            };
        let packet_id = (qos != QoS::AtMostOnce).then_some(PacketId::MAX);
        Publish {
            dup: false,
            qos,
            retain,
            packet_id,
            topic: "t/0",
            properties: &[],
            payload: b"never",
        }
        .write(self.terms.version, &mut self.wire);
        five.then_some(reasons).or(Some(&[]))
    }

    fn identify_subscription(&mut self, five: bool) -> Option<&'static [u8]> {
        if !five || self.server.identifiers {
            return None;
        }
        self.subscribe_to("t/0", 1, &[0xA1])
    }

    fn raise_expiry(&mut self, five: bool) -> Option<&'static [u8]> {
        if !five || self.terms.expiry > 0 {
            return None;
        }
        let properties = [Property::SessionExpiryInterval(10)];
        Disconnect {
            reason: ReasonCode::NORMAL_DISCONNECTION,
            properties: &properties,
        }
        .write(self.terms.version, &mut self.wire);
        Some(PROTOCOL)
    }

    fn wrong_acknowledgement(&mut self) -> Option<&'static [u8]> {
        let (kind, packet_id) = match (self.owed_id(AckKind::Pubrec), self.owed_id(AckKind::Puback))
        {
            (Some(id), _) => (AckKind::Puback, id),
            (None, Some(id)) => (AckKind::Pubcomp, id),
            (None, None) => return None,
        };
        Ack {
            kind,
            packet_id,
            reason: ReasonCode::SUCCESS,
            properties: &[],
        }
        .write(self.terms.version, &mut self.wire);
        Some(PROTOCOL)
    }

    fn authenticate_unasked(&mut self, five: bool) -> Option<&'static [u8]> {
        if !five {
            return None;
        }
        let properties = [Property::AuthenticationMethod("another")];
        Auth {
            reason: ReasonCode::RE_AUTHENTICATE,
            properties: &properties,
        }
        .write(&mut self.wire);
        Some(PROTOCOL)
    }

    /// Legal, but odd: acknowledgements of what was never sent (v5 0x92).
    fn unknown_identifiers(&mut self, five: bool) -> Option<&'static [u8]> {
        let packet_id = PacketId::MAX;
        for kind in [AckKind::Puback, AckKind::Pubrec, AckKind::Pubcomp] {
            Ack {
                kind,
                packet_id,
                reason: ReasonCode::SUCCESS,
                properties: &[],
            }
            .write(self.terms.version, &mut self.wire);
        }
        if five && self.strays == 0 {
            self.strays += 1;
            Ack {
                kind: AckKind::Pubrel,
                packet_id,
                reason: ReasonCode::SUCCESS,
                properties: &[],
            }
            .write(self.terms.version, &mut self.wire);
        }
        None
    }

    /// Sends bytes of which nobody knows what they are.
    pub(super) fn make_noise(&mut self, scene: &mut Scene<'_>) {
        let start = self.wire.len();
        match scene.random.below(3) {
            0 => (0..scene.random.between(1, 40)).for_each(|_| {
                self.wire
                    .push(u8::try_from(scene.random.below(256)).unwrap_or(0))
            }),
            1 => {
                self.subscribe_to(
                    "t/#",
                    u32::try_from(scene.random.below(3)).unwrap_or(0),
                    PROTOCOL,
                );
            }
            _ => {
                self.publish_with(
                    true,
                    "t/0",
                    &[
                        Property::UserProperty("a", "b"),
                        Property::MessageExpiryInterval(9),
                    ],
                    PROTOCOL,
                );
            }
        }
        for _ in 0..scene.random.below(3) {
            let place = start + scene.random.index(self.wire.len() - start);
            self.wire[place] ^= 1 << scene.random.below(8);
        }
        scene.oracle.coverage.count("noise");
    }

    /// Begins a connection as nobody should.
    pub fn greet_badly(&mut self, scene: &mut Scene<'_>) {
        let limits = &scene.profile.limits;
        self.terms = super::Terms {
            version: scene
                .random
                .pick(&[Version::V311, Version::V5, Version::V5]),
            ..super::Terms::default()
        };
        self.dismissed = false;
        let start = self.wire.len();
        match scene.random.below(11) {
            0 => self.wire.extend_from_slice(&PINGREQ),
            1 => self.wire.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n"),
            2 => {}
            3 => self.write_bad(|connect| connect, |bytes| bytes[8] = 6, Version::V5),
            4 => self.write_bad(|connect| connect, |bytes| bytes[8] = 3, Version::V311),
            5 => self.write_bad(
                |connect| Connect {
                    client_id: "",
                    clean_start: false,
                    ..connect
                },
                |_| {},
                Version::V311,
            ),
            6 => self.bad_will("w/+", QoS::AtMostOnce, false),
            7 => self.write_bad(|connect| connect, |bytes| bytes[9] |= 1, self.terms.version),
            8 => self.write_bad(
                |connect| Connect {
                    properties: &[Property::ReceiveMaximum(1), Property::ReceiveMaximum(2)],
                    ..connect
                },
                |_| {},
                Version::V5,
            ),
            9 if limits.qos_max < 2 => self.bad_will("w/0", QoS::ExactlyOnce, false),
            9 if limits.retain_available == 0 => self.bad_will("w/0", QoS::AtMostOnce, true),
            _ => {
                self.write_bad(|connect| connect, |_| {}, self.terms.version);
                let half = start + (self.wire.len() - start) / 2;
                self.wire.truncate(half);
            }
        }
        self.phase = Phase::Doomed(&[]);
        self.certain = false;
        scene.oracle.coverage.count("bad greeting");
    }

    fn write_bad(
        &mut self,
        change: impl FnOnce(Connect<'static>) -> Connect<'static>,
        spoil: impl FnOnce(&mut [u8]),
        version: Version,
    ) {
        let connect = Connect {
            version,
            clean_start: true,
            keep_alive: 0,
            client_id: "nobody",
            will: None,
            username: None,
            password: None,
            properties: &[],
        };
        let start = self.wire.len();
        change(connect).write(&mut self.wire);
        spoil(&mut self.wire[start..]);
        self.terms.version = version;
    }

    fn bad_will(&mut self, topic: &'static str, qos: QoS, retain: bool) {
        let will = Will {
            qos,
            retain,
            topic,
            payload: b"never",
            properties: &[],
        };
        self.write_bad(
            |connect| Connect {
                will: Some(will),
                ..connect
            },
            |_| {},
            self.terms.version,
        );
    }
}
