//! PUBLISH (v5 3.3), as a client sends and gets it.

use crate::error::DecodeError;
use crate::property::{Property, PropertyId};
use crate::property_block::{Properties, PropertyRules, block_len, properties_len, put_properties};
use crate::publish::{PublishFlags, publish_header};
use crate::reader::Reader;
use crate::version::{PacketId, QoS, Version};
use crate::writer::{packet_len, put_fixed_header, put_packet_id, put_text, text_len};

/// A message that the client publishes.
#[derive(Clone, Copy, Debug)]
pub struct Publish<'a> {
    /// Whether it may have been sent before.
    pub dup: bool,
    /// Quality of service.
    pub qos: QoS,
    /// Whether the server shall keep it.
    pub retain: bool,
    /// There unless `qos` is 0.
    pub packet_id: Option<PacketId>,
    /// Topic name; empty where a topic alias stands for it.
    pub topic: &'a str,
    /// Properties; left out before v5.
    pub properties: &'a [Property<'a>],
    /// The application message.
    pub payload: &'a [u8],
}

impl Publish<'_> {
    /// Appends the packet.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) {
        let remaining = text_len(self.topic)
            + if self.packet_id.is_some() { 2 } else { 0 }
            + block_len(version, properties_len(self.properties))
            + self.payload.len();
        out.reserve(packet_len(remaining));
        put_fixed_header(
            out,
            publish_header(self.dup, self.qos, self.retain),
            remaining,
        );
        put_text(out, self.topic);
        if let Some(id) = self.packet_id {
            put_packet_id(out, id);
        }
        put_properties(version, self.properties, out);
        out.extend_from_slice(self.payload);
    }
}

/// A message that the client gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceivedPublish<'a> {
    /// Whether it may have been sent before.
    pub dup: bool,
    /// Quality of service.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// There unless `qos` is 0.
    pub packet_id: Option<PacketId>,
    /// Topic name; empty where a topic alias stands for it.
    pub topic: &'a str,
    /// Properties, a Subscription Identifier for each subscription among them.
    pub properties: Properties<'a>,
    /// The application message.
    pub payload: &'a [u8],
}

/// What a server's PUBLISH may have; one Subscription Identifier for each subscription that the
/// message is for (v5 3.3.2.3.8).
const SERVER_PUBLISH_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::PayloadFormatIndicator,
    PropertyId::MessageExpiryInterval,
    PropertyId::TopicAlias,
    PropertyId::ResponseTopic,
    PropertyId::CorrelationData,
    PropertyId::UserProperty,
    PropertyId::SubscriptionIdentifier,
    PropertyId::ContentType,
])
.repeating(PropertyId::SubscriptionIdentifier);

impl<'a> ReceivedPublish<'a> {
    /// Decodes the PUBLISH that has this first byte and this body.
    ///
    /// # Errors
    ///
    /// The first rule that the packet breaks.
    #[inline]
    pub fn decode(version: Version, header: u8, body: &'a [u8]) -> Result<Self, DecodeError> {
        let PublishFlags { dup, qos, retain } = PublishFlags::read(header)?;
        let mut reader = Reader::new(body);
        let topic = reader.text()?;
        let packet_id = reader.publish_packet_id(qos)?;
        let block = reader.property_block(version)?;
        let properties = Properties::read(block, SERVER_PUBLISH_RULES)?;
        if topic.is_empty() && properties.find(PropertyId::TopicAlias).is_none() {
            return Err(DecodeError::TopicMissing);
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

    /// The identifiers of the subscriptions that the message is for.
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.properties
            .iter()
            .filter_map(|property| match property {
                Property::SubscriptionIdentifier(identifier) => Some(identifier),
                _ => None,
            })
    }
}
