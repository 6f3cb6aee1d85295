//! What a client does of its own accord.

use packet::client::{Auth, Disconnect, PINGREQ};
use packet::{PacketId, Property, QoS, ReasonCode, Version};

use super::{Client, Outgoing, Phase, Scene, Stage};
use crate::message::{Author, Forwarded, Message};

const TOPICS: [&str; 9] = [
    "t/0",
    "t/1",
    "t/0/x",
    "t/1/x",
    "t/2",
    "r/0/0",
    "r/1",
    "t/a-long-topic-name/0",
    "t/a-long-topic-name/1",
];
const SHARED_TOPICS: [&str; 2] = ["s/0/q", "s/1/q"];
/// Topics that only some may use.
const OWN_TOPICS: [&str; 3] = ["v/0/a", "v/1/a", "v/0/b"];
/// Messages that a client has under way at the most, whatever the broker allows.
const OUTGOING_MAX: usize = 12;

impl Client {
    /// Does something, or nothing. Gives the milliseconds until it is asked again.
    pub fn act(&mut self, scene: &mut Scene<'_>) -> u64 {
        match self.phase {
            Phase::Away => 0,
            Phase::Greeting => {
                self.hangs_up = !scene.calm && scene.random.percent(5);
                2000
            }
            Phase::Leaving | Phase::Doomed(_) => {
                self.hangs_up = true;
                100
            }
            Phase::Live if scene.calm => self.keep_alive(scene),
            Phase::Live => {
                self.act_live(scene);
                self.pause(scene)
            }
        }
    }

    /// Pings as often as its keep alive asks for, or as the broker may have it.
    fn keep_alive(&mut self, scene: &mut Scene<'_>) -> u64 {
        let limit = scene.profile.limits.keep_alive_seconds_max;
        let seconds = match u64::from(self.terms.keep_alive) {
            0 if limit >= 65_535 => return 60_000,
            0 => limit,
            asked => asked.min(limit),
        };
        self.ping();
        seconds * 500
    }

    fn pause(&self, scene: &mut Scene<'_>) -> u64 {
        match self.phase {
            Phase::Doomed(_) | Phase::Leaving => 9000,
            _ if scene.random.percent(3) => scene.random.between(3000, 30_000),
            _ => scene.random.pick(&[0, 1, 10, 50, 300, 1500]),
        }
    }

    fn act_live(&mut self, scene: &mut Scene<'_>) {
        if self.terms.noisy {
            return self.make_noise(scene);
        }
        if scene.random.percent(scene.profile.mischief) {
            return self.misbehave(scene);
        }
        match scene.random.below(100) {
            0..=53 => (0..scene.random.pick(&[1, 1, 2, 6])).for_each(|_| self.publish(scene)),
            54..=68 => self.subscribe(scene),
            69..=72 => self.unsubscribe(scene),
            73..=77 => self.ping(),
            78..=79 => self.leave(scene),
            80..=81 => self.hangs_up = true,
            82..=84 => self.authenticate_again(scene),
            _ => {}
        }
    }

    fn ping(&mut self) {
        self.pings += 1;
        self.wire.extend_from_slice(&PINGREQ);
    }

    /// Says DISCONNECT: in good order, or with its will to be published, or with another session expiry.
    fn leave(&mut self, scene: &mut Scene<'_>) {
        let five = self.terms.version == Version::V5;
        let reason = if five && scene.random.percent(35) {
            ReasonCode::DISCONNECT_WITH_WILL_MESSAGE
        } else {
            ReasonCode::NORMAL_DISCONNECTION
        };
        let asks = five && self.terms.expiry > 0 && scene.random.percent(30);
        let expiry = asks.then(|| scene.random.pick(&[0, 2, 30]));
        let properties: Vec<Property<'_>> = expiry
            .map(Property::SessionExpiryInterval)
            .into_iter()
            .collect();
        Disconnect {
            reason,
            properties: &properties,
        }
        .write(self.terms.version, &mut self.wire);
        if let (Some(expiry), Some(session)) = (expiry, self.session) {
            let maximum =
                u32::try_from(scene.profile.limits.session_expiry_seconds_max).unwrap_or(u32::MAX);
            let agreed = expiry.min(maximum).min(scene.profile.expiry_cap);
            scene.oracle.sessions[session].asked_expiry = Some(agreed);
            self.terms.expiry = expiry;
        }
        scene.oracle.coverage.count("client disconnects");
        self.phase = Phase::Leaving;
    }

    fn authenticate_again(&mut self, scene: &mut Scene<'_>) {
        let Some(method) = self.terms.method else {
            return;
        };
        if self.authenticating {
            return;
        }
        let properties = [
            Property::AuthenticationMethod(method),
            Property::AuthenticationData(b"proof"),
        ];
        Auth {
            reason: ReasonCode::RE_AUTHENTICATE,
            properties: &properties,
        }
        .write(&mut self.wire);
        self.authenticating = true;
        scene.oracle.coverage.count("re-authentication");
    }

    fn publish(&mut self, scene: &mut Scene<'_>) {
        if self.phase != Phase::Live {
            return;
        }
        let message = self.draw_message(scene);
        let fits = message.payload_bytes + message.topic.len() + 150
            <= self
                .server
                .packet_bytes_max
                .min(usize::try_from(scene.profile.limits.packet_bytes_max).unwrap_or(usize::MAX));
        let open = self.outgoing.len();
        let waits = self.outgoing.iter().any(|outgoing| !outgoing.sent);
        let full = message.qos != QoS::AtMostOnce
            && (open >= OUTGOING_MAX || open >= self.server.receive_maximum);
        if !fits || full || waits {
            return;
        }
        let (qos, topic) = (message.qos, message.topic.clone());
        let ends = self.ends_connection(&message, scene);
        let Some(id) = self.free_id() else { return };
        let alias = self.draw_alias(&topic, scene);
        let stage = if qos == QoS::ExactlyOnce {
            Stage::Pubrec
        } else {
            Stage::Puback
        };
        let outgoing = Outgoing {
            message: scene.oracle.announce(message),
            id,
            stage,
            sent: true,
        };
        self.write_publish(&outgoing, false, alias, scene);
        if qos != QoS::AtMostOnce && !ends {
            self.outgoing.push(outgoing);
        }
        if ends {
            self.phase = Phase::Doomed(&[0x90]);
        }
    }

    /// Whether the broker surely has no packet to refuse the message in, and closes instead.
    fn ends_connection(&self, message: &Message, scene: &Scene<'_>) -> bool {
        Self::too_long(message, scene)
            && (message.qos == QoS::AtMostOnce || self.terms.version != Version::V5)
    }

    /// Whether the broker takes no topic of this length.
    pub(super) fn too_long(message: &Message, scene: &Scene<'_>) -> bool {
        let limits = &scene.profile.limits;
        message.topic.len() as u64 > limits.topic_bytes_max
            || message.topic.split('/').count() as u64 > limits.topic_levels_max
    }

    fn draw_message(&self, scene: &mut Scene<'_>) -> Message {
        let five = self.terms.version == Version::V5;
        let limits = &scene.profile.limits;
        let qos_max = u8::try_from(limits.qos_max)
            .unwrap_or(2)
            .min(self.server.qos_max as u8);
        // A packet that reserves its length waits for memory that may never be there.
        let cramped = limits.memory_soft_bytes < 1 << 20;
        let random = &mut *scene.random;
        let topic = match random.below(100) {
            0..=24 => random.pick(&SHARED_TOPICS).to_owned(),
            25..=27 => "$SYS/nobody".to_owned(),
            28..=31 if scene.profile.restricted => "x/0".to_owned(),
            32..=38 if scene.profile.restricted => random.pick(&OWN_TOPICS).to_owned(),
            _ => random.pick(&TOPICS).to_owned(),
        };
        let retain = self.server.retain && limits.retain_available != 0 && random.percent(20);
        let payload_bytes = match random.below(100) {
            0..=15 if retain => 0,
            0..=74 => 10 + random.index(40),
            75..=96 => 10 + random.index(400),
            _ => 10 + random.index(if cramped { 400 } else { 4000 }),
        };
        Message {
            author: Author::Client(self.index),
            version: self.terms.version,
            mixed: false,
            topic,
            qos: QoS::from_bits(random.pick(&[0, 1, 1, 2, 2]).min(qos_max)).unwrap_or_default(),
            retain,
            payload_bytes,
            expiry: (five && random.percent(12)).then(|| random.pick(&[1, 2, 10, 60])),
            forwarded: if five {
                Forwarded::draw(random)
            } else {
                Forwarded::default()
            },
            sent: None,
            transmissions: 0,
            settled: None,
            accepted: false,
            over: None,
            connection: None,
            session: None,
        }
    }

    /// Sometimes lets a number stand for the topic (v5 3.3.2.3.4).
    fn draw_alias(&mut self, topic: &str, scene: &mut Scene<'_>) -> Option<(u16, bool)> {
        let maximum = self.server.alias_maximum;
        if self.terms.version != Version::V5 || maximum == 0 || scene.random.percent(60) {
            return None;
        }
        if let Some((number, _)) = self.aliases_set.iter().find(|(_, known)| *known == topic) {
            scene.oracle.coverage.count("alias in");
            return Some((*number, true));
        }
        let number = u16::try_from(scene.random.between(1, u64::from(maximum))).unwrap_or(1);
        self.aliases_set.insert(number, topic.to_owned());
        Some((number, false))
    }

    /// The identifier of a message that it owes an acknowledgement of this kind for.
    pub(super) fn owed_id(&self, kind: packet::AckKind) -> Option<PacketId> {
        self.owed
            .iter()
            .find(|owed| owed.kind == kind)
            .map(|owed| owed.id)
    }
}
