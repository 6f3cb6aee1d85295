//! PUBLISH (v5 3.3): decoding what clients send, encoding what subscribers get.

use crate::error::DecodeError;
use crate::frame::{Frame, PacketType};
use crate::property::{PropertyId, read_payload_format, read_response_topic, read_topic_alias};
use crate::property_block::{Properties, PropertyReader, PropertyRules};
use crate::reader::Reader;
use crate::version::{PacketId, QoS, Version};
use crate::writer::{
    packet_len, put_fixed_header, put_four_byte_integer, put_packet_id, put_text,
    put_two_byte_integer, put_variable_integer, text_len, variable_integer_len,
};

const DUP: u8 = 0b1000;
const RETAIN: u8 = 0b0001;

/// A message that a client publishes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Publish<'a> {
    /// Whether it may have been sent before.
    pub dup: bool,
    /// Quality of service.
    pub qos: QoS,
    /// Whether the server shall keep it for later subscribers.
    pub retain: bool,
    /// There unless `qos` is 0.
    pub packet_id: Option<PacketId>,
    /// Topic name, not yet checked for wildcards; empty where a topic alias stands for it.
    pub topic: &'a str,
    /// Properties; all absent before v5.
    pub properties: PublishProperties<'a>,
    /// The application message.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    /// Decodes the PUBLISH that has this first byte and this body.
    ///
    /// This is the hot path: it does not look at the type in `header`, and leaves a padded
    /// Remaining Length to [`Frame::check_length`](crate::Frame::check_length).
    ///
    /// # Errors
    ///
    /// The first rule of v5 3.3 or v3.1.1 3.3 that the packet breaks. Wildcards in the topic name,
    /// and before v5 an empty one, are for whoever parses topic names.
    #[inline(always)]
    pub fn decode(version: Version, header: u8, body: &'a [u8]) -> Result<Self, DecodeError> {
        let PublishFlags { dup, qos, retain } = PublishFlags::read(header)?;
        let mut reader = Reader::new(body);
        let topic = reader.text()?;
        let packet_id = reader.publish_packet_id(qos)?;
        let mut properties = PublishProperties::default();
        if version.has_properties() {
            properties = PublishProperties::decode(reader.property_block(version)?)?;
            if topic.is_empty() && properties.topic_alias.is_none() {
                return Err(DecodeError::TopicMissing);
            }
        }
        Ok(Self {
            dup,
            qos,
            retain,
            packet_id,
            topic,
            properties,
            payload: reader.rest(),
        })
    }

    /// Whether a subscriber of the same version that gets it with QoS 0 and RETAIN as it is here is
    /// sent the very bytes of the frame that it was decoded from: nothing in them is left out or
    /// said anew, and none could be saved.
    #[inline]
    #[must_use]
    pub const fn goes_on_verbatim(&self, frame: &Frame<'_>) -> bool {
        matches!(self.qos, QoS::AtMostOnce) && !frame.padded && self.properties.all_forwarded()
    }
}

/// The flags of a PUBLISH (v5 3.3.1).
pub(crate) struct PublishFlags {
    pub(crate) dup: bool,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
}

impl PublishFlags {
    #[inline]
    pub(crate) fn read(header: u8) -> Result<Self, DecodeError> {
        let qos = QoS::from_bits(header >> 1 & 0b11).ok_or(DecodeError::PublishQoS)?;
        let dup = header & DUP != 0;
        if dup && qos == QoS::AtMostOnce {
            return Err(DecodeError::DupAtQoS0);
        }
        Ok(Self {
            dup,
            qos,
            retain: header & RETAIN != 0,
        })
    }
}

/// The first byte of a PUBLISH.
#[inline]
pub(crate) const fn publish_header(dup: bool, qos: QoS, retain: bool) -> u8 {
    let mut header = PacketType::Publish.header() | (qos as u8) << 1;
    if dup {
        header |= DUP;
    }
    if retain {
        header |= RETAIN;
    }
    header
}

/// The properties of a message: of a PUBLISH, or of a will once it is published.
///
/// Those that a server only hands on are checked and stay in the block; whether the payload is what
/// its format indicator says is not looked at (v5 3.3.2.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PublishProperties<'a> {
    /// How long the message may still be delivered, in seconds (v5 3.3.2.3.3).
    pub message_expiry: Option<u32>,
    /// The number that stands, or from now on shall stand, for the topic name; never 0
    /// (v5 3.3.2.3.4). A will has none.
    pub topic_alias: Option<u16>,
    /// How many bytes the user properties take on the wire, their identifiers included.
    pub user_property_bytes: usize,
    block: Properties<'a>,
    forwarded: ForwardedRuns<'a>,
}

/// What a client's PUBLISH may have. Subscription Identifier is a property of PUBLISH, so it is
/// read and then refused for where it comes from.
const PUBLISH_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::PayloadFormatIndicator,
    PropertyId::MessageExpiryInterval,
    PropertyId::TopicAlias,
    PropertyId::ResponseTopic,
    PropertyId::CorrelationData,
    PropertyId::UserProperty,
    PropertyId::SubscriptionIdentifier,
    PropertyId::ContentType,
]);

/// What a will may have (v5 3.1.3.2).
const WILL_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::WillDelayInterval,
    PropertyId::PayloadFormatIndicator,
    PropertyId::MessageExpiryInterval,
    PropertyId::ContentType,
    PropertyId::ResponseTopic,
    PropertyId::CorrelationData,
    PropertyId::UserProperty,
]);

impl<'a> PublishProperties<'a> {
    /// Reads a block as it lies in a PUBLISH, or as [`PublishProperties::write_forwarded`] made it.
    ///
    /// # Errors
    ///
    /// The first rule of v5 3.3.2.3 that it breaks.
    #[inline(always)]
    pub fn decode(block: &'a [u8]) -> Result<Self, DecodeError> {
        if block.is_empty() {
            return Ok(Self::default());
        }
        let (properties, _) = Self::read(block, PUBLISH_RULES)?;
        Ok(properties)
    }

    /// Reads the block of a will; with it comes the Will Delay Interval, in seconds.
    pub(crate) fn decode_will(block: &'a [u8]) -> Result<(Self, u32), DecodeError> {
        Self::read(block, WILL_RULES)
    }

    /// Reads what `block` says, and the Will Delay Interval.
    ///
    /// Not inlined, so that a PUBLISH without properties stays small.
    #[inline(never)]
    fn read(block: &'a [u8], rules: PropertyRules) -> Result<(Self, u32), DecodeError> {
        let mut properties = Self::default();
        let mut reader = PropertyReader::new(block, rules);
        let mut will_delay = 0;
        let mut run = block;
        loop {
            let start = reader.rest();
            let Some(id) = reader.next_id()? else { break };
            match id {
                PropertyId::PayloadFormatIndicator => {
                    read_payload_format(reader.values())?;
                }
                PropertyId::ResponseTopic => {
                    read_response_topic(reader.values())?;
                }
                PropertyId::CorrelationData => {
                    reader.values().binary()?;
                }
                PropertyId::ContentType => {
                    reader.values().text()?;
                }
                PropertyId::UserProperty => {
                    reader.values().skip_user_properties()?;
                    properties.user_property_bytes += start.len() - reader.rest().len();
                }
                PropertyId::MessageExpiryInterval => {
                    properties.message_expiry = Some(reader.values().four_byte_integer()?);
                    run = properties.forwarded.end_run(run, start, reader.rest());
                }
                PropertyId::TopicAlias => {
                    properties.topic_alias = Some(read_topic_alias(reader.values())?);
                    run = properties.forwarded.end_run(run, start, reader.rest());
                }
                PropertyId::WillDelayInterval => {
                    will_delay = reader.values().four_byte_integer()?;
                    run = properties.forwarded.end_run(run, start, reader.rest());
                }
                PropertyId::SubscriptionIdentifier => {
                    return Err(DecodeError::SubscriptionIdentifierFromClient);
                }
                // The rules let nothing else through.
                other => return Err(DecodeError::PropertyNotAllowed(other)),
            }
        }
        properties.forwarded.last = run;
        properties.block = Properties::validated(block);
        Ok((properties, will_delay))
    }

    /// Whether there are no properties at all.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// All of them, in the order of the wire.
    #[inline]
    #[must_use]
    pub const fn all(&self) -> Properties<'a> {
        self.block
    }

    /// How many bytes [`PublishProperties::write_forwarded`] appends.
    #[inline]
    #[must_use]
    pub const fn forwarded_len(&self) -> usize {
        self.forwarded.first.len() + self.forwarded.second.len() + self.forwarded.last.len()
    }

    /// Whether none of them is left out by [`PublishProperties::write_forwarded`].
    #[inline]
    const fn all_forwarded(&self) -> bool {
        self.forwarded_len() == self.block.len()
    }

    /// Appends the properties that go on to subscribers, unchanged and in order: all but what the
    /// server fills in anew, which is the topic alias, the message expiry and a will's delay
    /// (v5 [MQTT-3.3.2-4], [MQTT-3.3.2-15] to [MQTT-3.3.2-18], [MQTT-3.3.2-20]).
    #[inline]
    pub fn write_forwarded(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.forwarded.first);
        out.extend_from_slice(self.forwarded.second);
        out.extend_from_slice(self.forwarded.last);
    }

    /// What [`PublishProperties::write_forwarded`] appends, where it lies in one piece.
    ///
    /// It does unless a property that is not forwarded stands in the middle.
    #[inline]
    #[must_use]
    pub const fn forwarded_whole(&self) -> Option<&'a [u8]> {
        let ForwardedRuns {
            first,
            second,
            last,
        } = self.forwarded;
        match (first.is_empty(), second.is_empty(), last.is_empty()) {
            (true, true, _) => Some(last),
            (true, false, true) => Some(second),
            (false, true, true) => Some(first),
            _ => None,
        }
    }
}

/// A property block without the properties that are not forwarded. There are at most two of those,
/// so at most three runs are left.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct ForwardedRuns<'a> {
    first: &'a [u8],
    second: &'a [u8],
    last: &'a [u8],
}

impl<'a> ForwardedRuns<'a> {
    /// Ends `run` where the property at `start` begins; the next one begins `after` it.
    #[inline]
    fn end_run(&mut self, run: &'a [u8], start: &[u8], after: &'a [u8]) -> &'a [u8] {
        let (ended, _) = run
            .split_at_checked(run.len() - start.len())
            .unwrap_or((run, &[]));
        if self.first.is_empty() {
            self.first = ended;
        } else {
            self.second = ended;
        }
        after
    }
}

/// A message on its way to a subscriber; everything but the payload itself.
#[derive(Clone, Copy, Debug)]
pub struct OutgoingPublish<'a> {
    /// Whether it may have been sent before on another connection of the session.
    pub dup: bool,
    /// Quality of service.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// Topic name; empty when an alias stands for it.
    pub topic: &'a str,
    /// There unless `qos` is 0.
    pub packet_id: Option<PacketId>,
    /// The alias that stands, or shall stand, for the topic name.
    pub topic_alias: Option<u16>,
    /// The seconds that are left.
    pub message_expiry: Option<u32>,
    /// The identifiers of every subscription that the message is for (v5 [MQTT-3.3.4-3]).
    pub subscription_ids: &'a [u32],
    /// The publisher's properties as [`PublishProperties::write_forwarded`] left them.
    pub forwarded: &'a [u8],
    /// How many bytes of payload follow.
    pub payload_len: usize,
}

impl OutgoingPublish<'_> {
    /// How many bytes the whole packet takes, its payload included.
    #[inline]
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no packet is empty")]
    pub fn len(&self, version: Version) -> usize {
        packet_len(self.remaining(version, self.properties_len()))
    }

    /// Appends everything but the payload.
    ///
    /// The caller keeps [`OutgoingPublish::len`] within
    /// [`PACKET_BYTES_MAX`](crate::PACKET_BYTES_MAX), and appends `payload_len` bytes after it.
    /// Before v5 the alias, the expiry, the identifiers and the properties are left out.
    #[inline]
    pub fn write_head(&self, version: Version, out: &mut Vec<u8>) {
        let properties_len = self.properties_len();
        let remaining = self.remaining(version, properties_len);
        out.reserve(packet_len(remaining) - self.payload_len);
        put_fixed_header(
            out,
            publish_header(self.dup, self.qos, self.retain),
            remaining,
        );
        put_text(out, self.topic);
        if let Some(id) = self.packet_id {
            put_packet_id(out, id);
        }
        if version.has_properties() {
            put_variable_integer(out, properties_len);
            self.write_properties(out);
        }
    }

    #[inline]
    fn remaining(&self, version: Version, properties_len: usize) -> usize {
        let mut remaining = text_len(self.topic) + self.payload_len;
        if self.packet_id.is_some() {
            remaining += 2;
        }
        if version.has_properties() {
            remaining += variable_integer_len(properties_len) + properties_len;
        }
        remaining
    }

    #[inline]
    fn properties_len(&self) -> usize {
        let mut len = self.forwarded.len();
        if self.topic_alias.is_some() {
            len += 3;
        }
        if self.message_expiry.is_some() {
            len += 5;
        }
        for &id in self.subscription_ids {
            len += 1 + variable_integer_len(id as usize);
        }
        len
    }

    #[inline]
    fn write_properties(&self, out: &mut Vec<u8>) {
        if let Some(alias) = self.topic_alias {
            out.push(PropertyId::TopicAlias as u8);
            put_two_byte_integer(out, alias);
        }
        if let Some(seconds) = self.message_expiry {
            out.push(PropertyId::MessageExpiryInterval as u8);
            put_four_byte_integer(out, seconds);
        }
        for &id in self.subscription_ids {
            out.push(PropertyId::SubscriptionIdentifier as u8);
            put_variable_integer(out, id as usize);
        }
        out.extend_from_slice(self.forwarded);
    }
}
