//! From the CONNECT to the CONNACK.

use packet::client::{Connect, ReceivedConnack, Will};
use packet::{Property, QoS, Version};

use super::{Client, Outgoing, Phase, Scene, ServerTerms, Stage};
use crate::message::{Author, Forwarded, Message, MessageId};
use crate::oracle::SessionKey;

/// A will as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct WillTerms {
    /// The message.
    pub message: MessageId,
    /// Will Delay Interval in seconds.
    pub delay: u32,
}

/// What a CONNECT says.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The protocol version.
    pub version: Version,
    /// Clean Start, or Clean Session.
    pub clean_start: bool,
    /// Seconds that the session outlives the connection.
    pub expiry: u32,
    /// Keep Alive in seconds.
    pub keep_alive: u16,
    /// Receive Maximum.
    pub receive_maximum: Option<u16>,
    /// Maximum Packet Size.
    pub packet_bytes_max: Option<u32>,
    /// Topic Alias Maximum.
    pub alias_maximum: u16,
    /// Request Problem Information.
    pub problem_information: bool,
    /// Authentication Method.
    pub method: Option<&'static str>,
    /// The will.
    pub will: Option<WillTerms>,
    /// Whether the client identifier is left to the broker.
    pub anonymous: bool,
    /// Whether the client sends noise on this connection.
    pub noisy: bool,
    /// Whether it never acknowledges what it gets on this connection.
    pub mute: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            version: Version::V5,
            clean_start: true,
            expiry: 0,
            keep_alive: 0,
            receive_maximum: None,
            packet_bytes_max: None,
            alias_maximum: 0,
            problem_information: true,
            method: None,
            will: None,
            anonymous: false,
            noisy: false,
            mute: false,
        }
    }
}

impl Terms {
    /// Bytes of the largest packet that the client takes.
    pub fn largest(&self) -> usize {
        self.packet_bytes_max
            .map_or(usize::MAX, |bytes| bytes as usize)
    }

    /// Milliseconds for which the client may be silent, given the longest keep alive that the broker takes; 0 for ever.
    pub fn silence(&self, limit: u64) -> u64 {
        let asked = u64::from(self.keep_alive);
        let seconds = if limit < 65_535 && (asked == 0 || asked > limit) {
            limit
        } else {
            asked
        };
        seconds * 1500
    }

    fn properties(&self) -> Vec<Property<'static>> {
        let mut properties = Vec::new();
        properties
            .extend((self.expiry > 0).then_some(Property::SessionExpiryInterval(self.expiry)));
        properties.extend(self.receive_maximum.map(Property::ReceiveMaximum));
        properties.extend(self.packet_bytes_max.map(Property::MaximumPacketSize));
        properties.extend(
            (self.alias_maximum > 0).then_some(Property::TopicAliasMaximum(self.alias_maximum)),
        );
        properties.extend(
            (!self.problem_information).then_some(Property::RequestProblemInformation(false)),
        );
        properties.extend(self.method.map(Property::AuthenticationMethod));
        properties
    }
}

impl Client {
    /// Begins a connection that is open: chooses its terms and sends the CONNECT.
    pub fn greet(&mut self, scene: &mut Scene<'_>) {
        self.phase = Phase::Greeting;
        self.dismissed = false;
        self.pings = 0;
        self.last_received_id = 0;
        self.authenticating = false;
        if scene.calm {
            self.terms.clean_start = false;
            self.terms.will = None;
            self.terms.anonymous = false;
            self.terms.packet_bytes_max = self.terms.packet_bytes_max.map(|bytes| bytes.max(90));
            if self.terms.version != Version::V5 {
                self.terms.expiry = u32::MAX;
            }
            self.terms.noisy = false;
            self.terms.mute = false;
        } else {
            self.terms = self.draw_terms(scene);
        }
        if self.terms.clean_start {
            scene.oracle.asked_clean.insert(self.name.clone());
        }
        self.write_connect(scene);
    }

    fn draw_terms(&mut self, scene: &mut Scene<'_>) -> Terms {
        let random = &mut *scene.random;
        let version = if random.percent(70) && self.connections > 0 {
            self.terms.version
        } else {
            random.pick(&[Version::V31, Version::V311, Version::V5, Version::V5])
        };
        self.connections += 1;
        let five = version == Version::V5;
        let clean_start = random.percent(if scene.profile.grim { 10 } else { 35 });
        let mut terms = Terms {
            version,
            clean_start,
            ..Terms::default()
        };
        terms.expiry = match version {
            Version::V5 if scene.profile.grim => random.pick(&[30, 300, u32::MAX]),
            Version::V5 => random.pick(&[0, 1, 4, 30, 30, u32::MAX]),
            Version::V31 | Version::V311 => {
                if clean_start {
                    0
                } else {
                    u32::MAX
                }
            }
        };
        terms.keep_alive = random.pick(&[0, 0, 2, 5, 30, 60]);
        terms.anonymous = random.percent(8) && (five || version == Version::V311 && clean_start);
        if five {
            terms.receive_maximum = random.pick(&[None, Some(1), Some(2), Some(5)]);
            terms.packet_bytes_max =
                random.pick(&[None, None, None, Some(90), Some(150), Some(25)]);
            terms.alias_maximum = random.pick(&[0, 0, 2, 10]);
            terms.problem_information = random.percent(60);
            terms.method = random.percent(15).then_some("sim");
        }
        terms.noisy = scene.profile.noise && random.percent(20);
        terms.mute = five && scene.profile.mute && random.percent(20);
        if terms.noisy || terms.mute {
            terms.clean_start = true;
            terms.expiry = 0;
        }
        if terms.mute {
            terms.receive_maximum = Some(1);
        }
        if scene
            .random
            .percent(if scene.profile.grim { 80 } else { 40 })
        {
            terms.will = Some(self.draw_will(version, scene));
        }
        terms
    }

    fn draw_will(&mut self, version: Version, scene: &mut Scene<'_>) -> WillTerms {
        let five = version == Version::V5;
        let random = &mut *scene.random;
        let limits = &scene.profile.limits;
        let forwarded = if five {
            Forwarded::draw(random)
        } else {
            Forwarded::default()
        };
        let qos_max = u8::try_from(limits.qos_max).unwrap_or(2);
        let message = Message {
            author: Author::Will(self.index),
            version,
            mixed: false,
            topic: format!("w/{}", self.index % 3),
            qos: QoS::from_bits(random.pick(&[0, 1, 2]).min(qos_max)).unwrap_or_default(),
            retain: random.percent(25) && limits.retain_available != 0,
            payload_bytes: 10 + random.index(20),
            expiry: (five && random.percent(15)).then(|| random.pick(&[1, 5])),
            forwarded,
            sent: None,
            transmissions: 0,
            settled: None,
            accepted: false,
            over: None,
            connection: None,
            session: None,
        };
        let delay = if five {
            random.pick(&[0, 0, 1, 3, 20])
        } else {
            0
        };
        WillTerms {
            message: scene.oracle.announce(message),
            delay,
        }
    }

    fn write_connect(&mut self, scene: &mut Scene<'_>) {
        let properties = self.terms.properties();
        let mut will_properties = Vec::new();
        let mut payload = Vec::new();
        let mut topic = String::new();
        let will = self.terms.will.map(|will| {
            let message = &scene.oracle.messages[will.message];
            will_properties = message.forwarded.list();
            will_properties
                .extend((will.delay > 0).then_some(Property::WillDelayInterval(will.delay)));
            will_properties.extend(message.expiry.map(Property::MessageExpiryInterval));
            payload = message.payload(will.message);
            topic.clone_from(&message.topic);
            (message.qos, message.retain)
        });
        let named = scene.random.percent(20);
        Connect {
            version: self.terms.version,
            clean_start: self.terms.clean_start,
            keep_alive: self.terms.keep_alive,
            client_id: if self.terms.anonymous { "" } else { &self.name },
            will: will.map(|(qos, retain)| Will {
                qos,
                retain,
                topic: &topic,
                payload: &payload,
                properties: &will_properties,
            }),
            username: named.then_some("somebody"),
            password: (named && scene.random.percent(50)).then_some(b"secret"),
            properties: &properties,
        }
        .write(&mut self.wire);
    }

    /// The broker's answer.
    pub(super) fn connack(
        &mut self,
        connack: &ReceivedConnack<'_>,
        session: Option<usize>,
        scene: &mut Scene<'_>,
    ) {
        scene.oracle.coverage.reason(
            if self.terms.version == Version::V5 {
                "CONNACK"
            } else {
                "v3 CONNACK"
            },
            connack.reason.0,
        );
        if self.phase != Phase::Greeting {
            if !matches!(self.phase, Phase::Doomed(_)) {
                scene
                    .oracle
                    .violate("a CONNACK comes on a connection that had one");
            }
            return;
        }
        if connack.reason.0 != 0 {
            self.phase = Phase::Doomed(&[]);
            return;
        }
        let Some(session) = session else {
            return scene
                .oracle
                .violate("a CONNACK accepts a connection that the engine has not told of");
        };
        self.phase = Phase::Live;
        self.take_up(session);
        self.server = ServerTerms::of(connack);
        let connections = scene.oracle.sessions[session].connections;
        let resumed = connections > 1;
        let says = connack.session_present || self.terms.version == Version::V31;
        scene.oracle.require(
            says == resumed || self.terms.version == Version::V31,
            || {
                format!(
                    "session present is {} where the session has had {connections} connections",
                    connack.session_present
                )
            },
        );
        scene
            .oracle
            .require(!(resumed && self.terms.clean_start), || {
                "a session is resumed after a clean start".to_owned()
            });
        if resumed {
            self.forget_hopeless(scene);
            self.outgoing
                .iter_mut()
                .for_each(|outgoing| outgoing.sent = false);
            self.resend(scene);
        } else {
            self.outgoing.clear();
            self.taken.clear();
        }
    }

    /// Drops the messages that were refused, or will be by ending this connection, which speaks another version than
    /// the last.
    fn forget_hopeless(&mut self, scene: &Scene<'_>) {
        let outgoing = std::mem::take(&mut self.outgoing);
        let hopeless = |outgoing: &Outgoing| {
            outgoing.stage != Stage::Pubcomp
                && Self::too_long(&scene.oracle.messages[outgoing.message], scene)
                && self.terms.version != Version::V5
        };
        self.outgoing = outgoing
            .into_iter()
            .filter(|outgoing| !hopeless(outgoing))
            .collect();
    }

    /// Goes on with a session, which need not be that of its last connection.
    fn take_up(&mut self, session: SessionKey) {
        if self.session == Some(session) {
            return;
        }
        let left = (
            std::mem::take(&mut self.outgoing),
            std::mem::take(&mut self.taken),
        );
        if let Some(other) = self.session.replace(session) {
            self.put_aside.insert(other, left);
        }
        (self.outgoing, self.taken) = self.put_aside.remove(&session).unwrap_or_default();
    }

    /// Sends what its last connection left open, in order (v5 [MQTT-4.4.0-1]), as far as the broker's Receive Maximum
    /// allows.
    pub(super) fn resend(&mut self, scene: &mut Scene<'_>) {
        while let Some(place) = self.outgoing.iter().position(|outgoing| !outgoing.sent) {
            let outgoing = self.outgoing[place].clone();
            let open = self.outgoing.iter().filter(|other| other.sent).count();
            match outgoing.stage {
                Stage::Pubcomp => self.write_pubrel(&outgoing),
                Stage::Puback | Stage::Pubrec if open >= self.server.receive_maximum => return,
                Stage::Puback | Stage::Pubrec => self.write_publish(&outgoing, true, None, scene),
            }
            self.outgoing[place].sent = true;
            scene.oracle.coverage.count("client resends");
        }
    }
}

impl ServerTerms {
    fn of(connack: &ReceivedConnack<'_>) -> Self {
        let mut terms = Self::unknown();
        for property in connack.properties.iter() {
            match property {
                Property::ReceiveMaximum(maximum) => terms.receive_maximum = usize::from(maximum),
                Property::TopicAliasMaximum(maximum) => terms.alias_maximum = maximum,
                Property::MaximumPacketSize(bytes) => terms.packet_bytes_max = bytes as usize,
                Property::MaximumQoS(qos) => terms.qos_max = qos,
                Property::RetainAvailable(available) => terms.retain = available,
                Property::WildcardSubscriptionAvailable(available) => terms.wildcards = available,
                Property::SharedSubscriptionAvailable(available) => terms.shares = available,
                Property::SubscriptionIdentifierAvailable(available) => {
                    terms.identifiers = available
                }
                _ => {}
            }
        }
        terms
    }
}
