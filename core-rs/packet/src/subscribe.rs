//! SUBSCRIBE (v5 3.8).

use crate::error::DecodeError;
use crate::property::{Property, PropertyId};
use crate::property_block::{Properties, PropertyRules, UserProperties};
use crate::reader::Reader;
use crate::version::{PacketId, QoS, Version};

/// A client's wish to get what is published to some topics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subscribe<'a> {
    /// What the SUBACK answers to.
    pub packet_id: PacketId,
    /// What each PUBLISH for these subscriptions shall carry; never 0 (v5 3.8.2.1.2).
    pub subscription_identifier: Option<u32>,
    /// What to subscribe to, one or more.
    pub subscriptions: Subscriptions<'a>,
    block: Properties<'a>,
}

const SUBSCRIBE_RULES: PropertyRules =
    PropertyRules::of(&[PropertyId::SubscriptionIdentifier, PropertyId::UserProperty]);

impl<'a> Subscribe<'a> {
    /// Decodes the body of a SUBSCRIBE. The fixed header is checked before.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks. The grammar of topic filters is for whoever parses them.
    pub fn decode(version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let packet_id = reader.packet_id()?;
        let block = Properties::read(reader.property_block(version)?, SUBSCRIBE_RULES)?;
        let subscription_identifier = match block.find(PropertyId::SubscriptionIdentifier) {
            Some(Property::SubscriptionIdentifier(identifier)) => Some(identifier),
            _ => None,
        };
        let subscriptions = Subscriptions::read(version, reader)?;
        Ok(Self {
            packet_id,
            subscription_identifier,
            subscriptions,
            block,
        })
    }

    /// The user properties, in order and with duplicates.
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        self.block.user_properties()
    }
}

/// What a SUBSCRIBE subscribes to; read once without fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subscriptions<'a> {
    payload: &'a [u8],
    version: Version,
    count: usize,
}

impl<'a> Subscriptions<'a> {
    fn read(version: Version, mut reader: Reader<'a>) -> Result<Self, DecodeError> {
        let payload = reader.rest();
        let mut count = 0;
        while !reader.is_empty() {
            Subscription::read(version, &mut reader)?;
            count += 1;
        }
        if count == 0 {
            return Err(DecodeError::TopicFilterMissing);
        }
        Ok(Self {
            payload,
            version,
            count,
        })
    }

    /// Each of them, in the order in which the SUBACK answers.
    pub fn iter(&self) -> impl Iterator<Item = Subscription<'a>> + use<'a> {
        let mut reader = Reader::new(self.payload);
        let version = self.version;
        core::iter::from_fn(move || Subscription::read(version, &mut reader).ok())
    }

    /// How many there are; at least one.
    #[must_use]
    #[allow(
        clippy::len_without_is_empty,
        reason = "a SUBSCRIBE without a filter is refused"
    )]
    pub const fn len(&self) -> usize {
        self.count
    }
}

/// One line of a SUBSCRIBE.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subscription<'a> {
    /// Topic filter, its grammar not yet checked.
    pub filter: &'a str,
    /// How to deliver what it matches.
    pub options: SubscriptionOptions,
}

impl<'a> Subscription<'a> {
    fn read(version: Version, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let filter = reader.text()?;
        let options = SubscriptionOptions::from_bits(version, reader.byte()?)?;
        if options.no_local && filter.starts_with("$share/") {
            return Err(DecodeError::NoLocalOnShared);
        }
        Ok(Self { filter, options })
    }
}

/// How a subscription wants its messages (v5 3.8.3.1). Before v5 there is only the QoS.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SubscriptionOptions {
    /// The highest QoS that messages may have.
    pub qos: QoS,
    /// Whether what the client itself publishes is left out.
    pub no_local: bool,
    /// Whether a message keeps its RETAIN flag.
    pub retain_as_published: bool,
    /// When retained messages are sent.
    pub retain_handling: RetainHandling,
}

impl SubscriptionOptions {
    /// Reads the Subscription Options, or before v5 the Requested QoS.
    ///
    /// # Errors
    ///
    /// [`DecodeError::SubscriptionReservedBits`], [`DecodeError::SubscriptionQoS`] or
    /// [`DecodeError::RetainHandling`].
    pub fn from_bits(version: Version, bits: u8) -> Result<Self, DecodeError> {
        let reserved = if version.has_properties() { 0xC0 } else { 0xFC };
        // 3.1 leaves the other bits unused.
        if bits & reserved != 0 && version != Version::V31 {
            return Err(DecodeError::SubscriptionReservedBits);
        }
        let qos = QoS::from_bits(bits & 0b11).ok_or(DecodeError::SubscriptionQoS)?;
        if !version.has_properties() {
            return Ok(Self {
                qos,
                ..Self::default()
            });
        }
        Ok(Self {
            qos,
            no_local: bits & 0x04 != 0,
            retain_as_published: bits & 0x08 != 0,
            retain_handling: RetainHandling::from_bits(bits >> 4 & 0b11)?,
        })
    }

    /// The byte that [`SubscriptionOptions::from_bits`] reads.
    #[must_use]
    pub const fn to_bits(self) -> u8 {
        self.qos as u8
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | (self.retain_handling as u8) << 4
    }
}

/// When a subscription gets the retained messages that it matches.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum RetainHandling {
    /// Each time it is subscribed, which is the only way before v5.
    #[default]
    Always = 0,
    /// When the subscription did not exist.
    IfNew = 1,
    /// Never.
    Never = 2,
}

impl RetainHandling {
    const fn from_bits(bits: u8) -> Result<Self, DecodeError> {
        match bits {
            0 => Ok(Self::Always),
            1 => Ok(Self::IfNew),
            2 => Ok(Self::Never),
            _ => Err(DecodeError::RetainHandling),
        }
    }
}
