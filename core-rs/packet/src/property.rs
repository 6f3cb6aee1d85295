//! The properties of v5 2.2.2: which there are, and what each may hold.

use core::fmt;

use crate::error::DecodeError;
use crate::reader::Reader;
use crate::version::QoS;
use crate::writer::{
    binary_len, put_binary, put_four_byte_integer, put_text, put_two_byte_integer,
    put_variable_integer, text_len, variable_integer_len,
};

/// Defines each property identifier once, with its name.
macro_rules! property_ids {
    ($($variant:ident = $value:literal, $name:literal;)*) => {
        /// Which property it is (v5 2.2.2.2).
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[repr(u8)]
        pub enum PropertyId {
            $(#[doc = concat!($name, ".")] $variant = $value,)*
        }

        impl PropertyId {
            /// The property that `byte` identifies, if there is one.
            ///
            /// An identifier is a variable byte integer, but every one that exists takes one byte.
            #[inline]
            #[must_use]
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($value => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name that the standard gives it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

property_ids! {
    PayloadFormatIndicator = 0x01, "Payload Format Indicator";
    MessageExpiryInterval = 0x02, "Message Expiry Interval";
    ContentType = 0x03, "Content Type";
    ResponseTopic = 0x08, "Response Topic";
    CorrelationData = 0x09, "Correlation Data";
    SubscriptionIdentifier = 0x0B, "Subscription Identifier";
    SessionExpiryInterval = 0x11, "Session Expiry Interval";
    AssignedClientIdentifier = 0x12, "Assigned Client Identifier";
    ServerKeepAlive = 0x13, "Server Keep Alive";
    AuthenticationMethod = 0x15, "Authentication Method";
    AuthenticationData = 0x16, "Authentication Data";
    RequestProblemInformation = 0x17, "Request Problem Information";
    WillDelayInterval = 0x18, "Will Delay Interval";
    RequestResponseInformation = 0x19, "Request Response Information";
    ResponseInformation = 0x1A, "Response Information";
    ServerReference = 0x1C, "Server Reference";
    ReasonString = 0x1F, "Reason String";
    ReceiveMaximum = 0x21, "Receive Maximum";
    TopicAliasMaximum = 0x22, "Topic Alias Maximum";
    TopicAlias = 0x23, "Topic Alias";
    MaximumQoS = 0x24, "Maximum QoS";
    RetainAvailable = 0x25, "Retain Available";
    UserProperty = 0x26, "User Property";
    MaximumPacketSize = 0x27, "Maximum Packet Size";
    WildcardSubscriptionAvailable = 0x28, "Wildcard Subscription Available";
    SubscriptionIdentifierAvailable = 0x29, "Subscription Identifier Available";
    SharedSubscriptionAvailable = 0x2A, "Shared Subscription Available";
}

impl fmt::Display for PropertyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A property and its value. Times are in seconds, sizes in bytes.
#[allow(
    missing_docs,
    reason = "the names are those of PropertyId, which documents them"
)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Property<'a> {
    PayloadFormatIndicator(u8),
    MessageExpiryInterval(u32),
    ContentType(&'a str),
    ResponseTopic(&'a str),
    CorrelationData(&'a [u8]),
    SubscriptionIdentifier(u32),
    SessionExpiryInterval(u32),
    AssignedClientIdentifier(&'a str),
    ServerKeepAlive(u16),
    AuthenticationMethod(&'a str),
    AuthenticationData(&'a [u8]),
    RequestProblemInformation(bool),
    WillDelayInterval(u32),
    RequestResponseInformation(bool),
    ResponseInformation(&'a str),
    ServerReference(&'a str),
    ReasonString(&'a str),
    ReceiveMaximum(u16),
    TopicAliasMaximum(u16),
    TopicAlias(u16),
    MaximumQoS(QoS),
    RetainAvailable(bool),
    UserProperty(&'a str, &'a str),
    MaximumPacketSize(u32),
    WildcardSubscriptionAvailable(bool),
    SubscriptionIdentifierAvailable(bool),
    SharedSubscriptionAvailable(bool),
}

impl<'a> Property<'a> {
    /// Which property it is.
    #[inline]
    #[must_use]
    pub const fn id(&self) -> PropertyId {
        match self {
            Self::PayloadFormatIndicator(_) => PropertyId::PayloadFormatIndicator,
            Self::MessageExpiryInterval(_) => PropertyId::MessageExpiryInterval,
            Self::ContentType(_) => PropertyId::ContentType,
            Self::ResponseTopic(_) => PropertyId::ResponseTopic,
            Self::CorrelationData(_) => PropertyId::CorrelationData,
            Self::SubscriptionIdentifier(_) => PropertyId::SubscriptionIdentifier,
            Self::SessionExpiryInterval(_) => PropertyId::SessionExpiryInterval,
            Self::AssignedClientIdentifier(_) => PropertyId::AssignedClientIdentifier,
            Self::ServerKeepAlive(_) => PropertyId::ServerKeepAlive,
            Self::AuthenticationMethod(_) => PropertyId::AuthenticationMethod,
            Self::AuthenticationData(_) => PropertyId::AuthenticationData,
            Self::RequestProblemInformation(_) => PropertyId::RequestProblemInformation,
            Self::WillDelayInterval(_) => PropertyId::WillDelayInterval,
            Self::RequestResponseInformation(_) => PropertyId::RequestResponseInformation,
            Self::ResponseInformation(_) => PropertyId::ResponseInformation,
            Self::ServerReference(_) => PropertyId::ServerReference,
            Self::ReasonString(_) => PropertyId::ReasonString,
            Self::ReceiveMaximum(_) => PropertyId::ReceiveMaximum,
            Self::TopicAliasMaximum(_) => PropertyId::TopicAliasMaximum,
            Self::TopicAlias(_) => PropertyId::TopicAlias,
            Self::MaximumQoS(_) => PropertyId::MaximumQoS,
            Self::RetainAvailable(_) => PropertyId::RetainAvailable,
            Self::UserProperty(..) => PropertyId::UserProperty,
            Self::MaximumPacketSize(_) => PropertyId::MaximumPacketSize,
            Self::WildcardSubscriptionAvailable(_) => PropertyId::WildcardSubscriptionAvailable,
            Self::SubscriptionIdentifierAvailable(_) => PropertyId::SubscriptionIdentifierAvailable,
            Self::SharedSubscriptionAvailable(_) => PropertyId::SharedSubscriptionAvailable,
        }
    }

    /// Reads the value of the property `id`, refusing what no packet may say.
    #[inline]
    pub(crate) fn read_value(id: PropertyId, reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(match id {
            PropertyId::PayloadFormatIndicator => {
                Self::PayloadFormatIndicator(read_payload_format(reader)?)
            }
            PropertyId::MessageExpiryInterval => {
                Self::MessageExpiryInterval(reader.four_byte_integer()?)
            }
            PropertyId::ContentType => Self::ContentType(reader.text()?),
            PropertyId::ResponseTopic => Self::ResponseTopic(read_response_topic(reader)?),
            PropertyId::CorrelationData => Self::CorrelationData(reader.binary()?),
            PropertyId::SubscriptionIdentifier => {
                Self::SubscriptionIdentifier(not_zero(id, reader.variable_integer()?)?)
            }
            PropertyId::SessionExpiryInterval => {
                Self::SessionExpiryInterval(reader.four_byte_integer()?)
            }
            PropertyId::AssignedClientIdentifier => Self::AssignedClientIdentifier(reader.text()?),
            PropertyId::ServerKeepAlive => Self::ServerKeepAlive(reader.two_byte_integer()?),
            PropertyId::AuthenticationMethod => Self::AuthenticationMethod(reader.text()?),
            PropertyId::AuthenticationData => Self::AuthenticationData(reader.binary()?),
            PropertyId::RequestProblemInformation => {
                Self::RequestProblemInformation(read_bool(id, reader)?)
            }
            PropertyId::WillDelayInterval => Self::WillDelayInterval(reader.four_byte_integer()?),
            PropertyId::RequestResponseInformation => {
                Self::RequestResponseInformation(read_bool(id, reader)?)
            }
            PropertyId::ResponseInformation => Self::ResponseInformation(reader.text()?),
            PropertyId::ServerReference => Self::ServerReference(reader.text()?),
            PropertyId::ReasonString => Self::ReasonString(reader.text()?),
            PropertyId::ReceiveMaximum => {
                Self::ReceiveMaximum(not_zero(id, reader.two_byte_integer()?)?)
            }
            PropertyId::TopicAliasMaximum => Self::TopicAliasMaximum(reader.two_byte_integer()?),
            PropertyId::TopicAlias => Self::TopicAlias(read_topic_alias(reader)?),
            PropertyId::MaximumQoS => Self::MaximumQoS(read_maximum_qos(reader)?),
            PropertyId::RetainAvailable => Self::RetainAvailable(read_bool(id, reader)?),
            PropertyId::UserProperty => Self::UserProperty(reader.text()?, reader.text()?),
            PropertyId::MaximumPacketSize => {
                Self::MaximumPacketSize(not_zero(id, reader.four_byte_integer()?)?)
            }
            PropertyId::WildcardSubscriptionAvailable => {
                Self::WildcardSubscriptionAvailable(read_bool(id, reader)?)
            }
            PropertyId::SubscriptionIdentifierAvailable => {
                Self::SubscriptionIdentifierAvailable(read_bool(id, reader)?)
            }
            PropertyId::SharedSubscriptionAvailable => {
                Self::SharedSubscriptionAvailable(read_bool(id, reader)?)
            }
        })
    }

    /// How many bytes [`Property::write`] appends.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        1 + match *self {
            Self::PayloadFormatIndicator(_)
            | Self::RequestProblemInformation(_)
            | Self::RequestResponseInformation(_)
            | Self::MaximumQoS(_)
            | Self::RetainAvailable(_)
            | Self::WildcardSubscriptionAvailable(_)
            | Self::SubscriptionIdentifierAvailable(_)
            | Self::SharedSubscriptionAvailable(_) => 1,
            Self::ServerKeepAlive(_)
            | Self::ReceiveMaximum(_)
            | Self::TopicAliasMaximum(_)
            | Self::TopicAlias(_) => 2,
            Self::MessageExpiryInterval(_)
            | Self::SessionExpiryInterval(_)
            | Self::WillDelayInterval(_)
            | Self::MaximumPacketSize(_) => 4,
            Self::SubscriptionIdentifier(value) => variable_integer_len(value as usize),
            Self::ContentType(text)
            | Self::ResponseTopic(text)
            | Self::AssignedClientIdentifier(text)
            | Self::AuthenticationMethod(text)
            | Self::ResponseInformation(text)
            | Self::ServerReference(text)
            | Self::ReasonString(text) => text_len(text),
            Self::CorrelationData(bytes) | Self::AuthenticationData(bytes) => binary_len(bytes),
            Self::UserProperty(name, value) => text_len(name) + text_len(value),
        }
    }

    /// Appends the property as it lies on the wire, its identifier first.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.id() as u8);
        match *self {
            Self::PayloadFormatIndicator(value) => out.push(value),
            Self::MaximumQoS(value) => out.push(value as u8),
            Self::RequestProblemInformation(value)
            | Self::RequestResponseInformation(value)
            | Self::RetainAvailable(value)
            | Self::WildcardSubscriptionAvailable(value)
            | Self::SubscriptionIdentifierAvailable(value)
            | Self::SharedSubscriptionAvailable(value) => out.push(u8::from(value)),
            Self::ServerKeepAlive(value)
            | Self::ReceiveMaximum(value)
            | Self::TopicAliasMaximum(value)
            | Self::TopicAlias(value) => put_two_byte_integer(out, value),
            Self::MessageExpiryInterval(value)
            | Self::SessionExpiryInterval(value)
            | Self::WillDelayInterval(value)
            | Self::MaximumPacketSize(value) => put_four_byte_integer(out, value),
            Self::SubscriptionIdentifier(value) => put_variable_integer(out, value as usize),
            Self::ContentType(text)
            | Self::ResponseTopic(text)
            | Self::AssignedClientIdentifier(text)
            | Self::AuthenticationMethod(text)
            | Self::ResponseInformation(text)
            | Self::ServerReference(text)
            | Self::ReasonString(text) => put_text(out, text),
            Self::CorrelationData(bytes) | Self::AuthenticationData(bytes) => {
                put_binary(out, bytes);
            }
            Self::UserProperty(name, value) => {
                put_text(out, name);
                put_text(out, value);
            }
        }
    }
}

#[inline]
fn read_bool(id: PropertyId, reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::PropertyValue(id)),
    }
}

#[inline]
pub(crate) fn read_payload_format(reader: &mut Reader<'_>) -> Result<u8, DecodeError> {
    read_bool(PropertyId::PayloadFormatIndicator, reader).map(u8::from)
}

#[inline]
fn not_zero<N: Default + PartialEq>(id: PropertyId, value: N) -> Result<N, DecodeError> {
    if value == N::default() {
        Err(DecodeError::PropertyValue(id))
    } else {
        Ok(value)
    }
}

#[inline]
pub(crate) fn read_response_topic<'a>(reader: &mut Reader<'a>) -> Result<&'a str, DecodeError> {
    let topic = reader.text()?;
    if topic.bytes().any(|byte| matches!(byte, b'+' | b'#')) {
        return Err(DecodeError::ResponseTopicWildcard);
    }
    Ok(topic)
}

#[inline]
pub(crate) fn read_topic_alias(reader: &mut Reader<'_>) -> Result<u16, DecodeError> {
    match reader.two_byte_integer()? {
        0 => Err(DecodeError::TopicAliasZero),
        alias => Ok(alias),
    }
}

/// A server grants at most QoS 0 or 1 this way; QoS 2 is said by leaving it out (v5 3.2.2.3.4).
fn read_maximum_qos(reader: &mut Reader<'_>) -> Result<QoS, DecodeError> {
    match reader.byte()? {
        0 => Ok(QoS::AtMostOnce),
        1 => Ok(QoS::AtLeastOnce),
        _ => Err(DecodeError::PropertyValue(PropertyId::MaximumQoS)),
    }
}
