//! What is published in a world: each message is told from every other by its payload.

use engine::ConnectionId;
use packet::{Property, QoS, Version};

use crate::oracle::SessionKey;
use crate::random::Random;

/// Names a message; its payload says the number.
pub type MessageId = usize;

/// Bytes of the part of a payload that names the message.
const NAME_BYTES: usize = 10;

/// Who publishes a message.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Author {
    /// A client.
    Client(usize),
    /// The broker, as a client's will.
    Will(usize),
    /// The host.
    Host,
}

/// The properties that go on to subscribers unchanged.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Forwarded {
    format: Option<u8>,
    content_type: Option<&'static str>,
    response_topic: Option<&'static str>,
    correlation: Option<&'static [u8]>,
    user: Vec<(&'static str, &'static str)>,
}

impl Forwarded {
    /// Some properties, or none.
    pub fn draw(random: &mut Random) -> Self {
        if random.percent(60) {
            return Self::default();
        }
        let user = (0..random.below(4))
            .map(|_| {
                random.pick(&[
                    ("a", "1"),
                    ("b", ""),
                    ("a", "2"),
                    ("name", "a longer value"),
                ])
            })
            .collect();
        Self {
            format: random.percent(30).then(|| u8::from(random.percent(50))),
            content_type: random.percent(30).then_some("text/plain"),
            response_topic: random.percent(30).then_some("answers/here"),
            correlation: random.percent(30).then_some(b"\x00\xFFdata"),
            user,
        }
    }

    /// They as a client sends them.
    pub fn list(&self) -> Vec<Property<'static>> {
        let mut list = Vec::new();
        list.extend(self.format.map(Property::PayloadFormatIndicator));
        list.extend(self.content_type.map(Property::ContentType));
        let middle = self.user.len() / 2;
        list.extend(
            self.user[..middle]
                .iter()
                .map(|(name, value)| Property::UserProperty(name, value)),
        );
        list.extend(self.response_topic.map(Property::ResponseTopic));
        list.extend(self.correlation.map(Property::CorrelationData));
        list.extend(
            self.user[middle..]
                .iter()
                .map(|(name, value)| Property::UserProperty(name, value)),
        );
        list
    }

    /// They as they lie on the wire.
    pub fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.list()
            .iter()
            .for_each(|property| property.write(&mut bytes));
        bytes
    }
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who publishes it.
    pub author: Author,
    /// What its author speaks, which tells whether its properties arrive.
    pub version: Version,
    /// Whether it was sent again in another version, with or without its properties.
    pub mixed: bool,
    /// Topic name.
    pub topic: String,
    /// QoS.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// Bytes of its payload; 0 clears what is retained, and then nobody can tell whose message it is.
    pub payload_bytes: usize,
    /// Message Expiry Interval in seconds.
    pub expiry: Option<u32>,
    /// Properties that go on.
    pub forwarded: Forwarded,
    /// The step before which it cannot have been routed, and the millisecond of it.
    pub sent: Option<(u64, u64)>,
    /// How often its author has sent it; the engine has taken it at most as often.
    pub transmissions: u32,
    /// The step after which it cannot have been routed any more by what was sent so far.
    pub settled: Option<u64>,
    /// Whether the broker has said that it takes it.
    pub accepted: bool,
    /// The step at which the connection was over on which it was sent last.
    pub over: Option<u64>,
    /// That connection.
    pub connection: Option<ConnectionId>,
    /// The session of its author.
    pub session: Option<SessionKey>,
}

impl Message {
    /// The payload of the message that `id` names.
    pub fn payload(&self, id: MessageId) -> Vec<u8> {
        if self.payload_bytes == 0 {
            return Vec::new();
        }
        let mut payload = format!("#{id:08x}:").into_bytes();
        payload.resize(self.payload_bytes.max(NAME_BYTES), filler(id));
        payload
    }

    /// The first step in which it may have been routed.
    pub fn sent_step(&self) -> u64 {
        self.sent.map_or(u64::MAX, |(step, _)| step)
    }
}

fn filler(id: MessageId) -> u8 {
    u8::try_from(id & 0x7F).unwrap_or(0)
}

/// The message that a payload names.
pub fn named_by(payload: &[u8]) -> Option<MessageId> {
    let name = payload.get(..NAME_BYTES)?;
    let digits = name.strip_prefix(b"#")?.strip_suffix(b":")?;
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
