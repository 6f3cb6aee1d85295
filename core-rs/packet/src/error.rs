//! Why bytes are refused, and the reason code that the peer gets for it.

use core::fmt;

use crate::property::PropertyId;
use crate::reason::ReasonCode;

/// The rule that a packet breaks. The peer is always the one at fault.
///
/// Variants follow the order of the standard. Clauses are those of v5 first, then of v3.1.1 where
/// it has the rule too; one without a clause number names the section.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DecodeError {
    /// Text is not UTF-8, or encodes a surrogate: v5 [MQTT-1.5.4-1], v3.1.1 [MQTT-1.5.3-1].
    TextIllFormed,
    /// Text holds U+0000: v5 [MQTT-1.5.4-2], v3.1.1 [MQTT-1.5.3-2].
    TextNull,
    /// Text holds a control character, U+0001..U+001F or U+007F..U+009F: v5 1.5.4, v3.1.1 1.5.3.
    TextControl,
    /// Text holds a code point that Unicode reserves as a non-character: v5 1.5.4, v3.1.1 1.5.3.
    TextNonCharacter,
    /// A length goes on after four bytes: v5 1.5.5, v3.1.1 2.2.3.
    LengthOverlong,
    /// A variable byte integer is longer than it needs to be: v5 [MQTT-1.5.5-1].
    LengthPadded,
    /// A field reaches beyond the end of the packet or of its property block: v5 1.2, v3.1.1 4.8.
    Truncated,
    /// Bytes are left after the last field: v5 1.2, v3.1.1 4.8.
    TrailingBytes,
    /// A packet type that the protocol version reserves: v5 2.1.2, v3.1.1 2.2.1.
    ReservedPacketType,
    /// A packet type that only the other side may send: v5 2.1.2, v3.1.1 2.2.1.
    WrongDirection,
    /// Fixed header flags that the type does not have: v5 [MQTT-2.1.3-1], v3.1.1 [MQTT-2.2.2-2].
    FixedHeaderFlags,
    /// A packet identifier of 0: v5 [MQTT-2.2.1-3], [MQTT-2.2.1-4], v3.1.1 [MQTT-2.3.1-1].
    PacketIdentifierZero,
    /// A property identifier that does not exist: v5 2.2.2.2.
    UnknownProperty(u8),
    /// A property that this type of packet does not have: v5 2.2.2.2.
    PropertyNotAllowed(PropertyId),
    /// A property twice that may be there once: the property's section of v5.
    DuplicateProperty(PropertyId),
    /// A value that the property must not have: the property's section of v5.
    PropertyValue(PropertyId),
    /// A reason code that this packet cannot carry: v5 [MQTT-3.4.2-1], [MQTT-3.5.2-1],
    /// [MQTT-3.6.2-1], [MQTT-3.7.2-1], [MQTT-3.14.2-1], [MQTT-3.15.2-1].
    ReasonCodeNotAllowed(ReasonCode),
    /// The first packet of a connection is not a CONNECT: v5 [MQTT-3.1.0-1], v3.1.1
    /// [MQTT-3.1.0-1].
    ConnectExpected,
    /// The protocol name is none of MQTT: v5 [MQTT-3.1.2-1], v3.1.1 [MQTT-3.1.2-1].
    ProtocolName,
    /// A protocol version that this server does not speak: v5 [MQTT-3.1.2-2], v3.1.1
    /// [MQTT-3.1.2-2].
    ProtocolVersion,
    /// The reserved bit of the Connect Flags is set: v5 [MQTT-3.1.2-3], v3.1.1 [MQTT-3.1.2-3].
    ConnectReservedFlag,
    /// A Will QoS or Will Retain without a will: v5 [MQTT-3.1.2-11], [MQTT-3.1.2-13], v3.1.1
    /// [MQTT-3.1.2-13], [MQTT-3.1.2-15].
    WillFlagsWithoutWill,
    /// A Will QoS of 3: v5 [MQTT-3.1.2-12], v3.1.1 [MQTT-3.1.2-14].
    WillQoS,
    /// A password without a user name: v3.1.1 [MQTT-3.1.2-22]; v5 allows it.
    PasswordWithoutUserName,
    /// An empty client identifier that asks for a session to keep: v3.1.1 [MQTT-3.1.3-8]; in 3.1
    /// an empty one at all (3.1, CONNECT).
    ClientIdentifierEmpty,
    /// Authentication Data without an Authentication Method: v5 3.1.2.11.10.
    AuthenticationDataWithoutMethod,
    /// Reserved bits of the Connect Acknowledge Flags are set: v5 [MQTT-3.2.2-1], v3.1.1 3.2.2.1.
    ConnackReservedFlags,
    /// Session Present in a CONNACK that refuses: v5 [MQTT-3.2.2-6], v3.1.1 [MQTT-3.2.2-4].
    SessionPresentInRefusal,
    /// DUP set on QoS 0: v5 [MQTT-3.3.1-2], v3.1.1 [MQTT-3.3.1-2].
    DupAtQoS0,
    /// A PUBLISH of QoS 3: v5 [MQTT-3.3.1-4], v3.1.1 [MQTT-3.3.1-4].
    PublishQoS,
    /// No topic name, and no topic alias in its place: v5 3.3.2.1.
    TopicMissing,
    /// A Topic Alias of 0: v5 [MQTT-3.3.2-8].
    TopicAliasZero,
    /// A Response Topic with a wildcard: v5 [MQTT-3.3.2-14].
    ResponseTopicWildcard,
    /// A Subscription Identifier in a client's PUBLISH: v5 [MQTT-3.3.4-6].
    SubscriptionIdentifierFromClient,
    /// A SUBSCRIBE or UNSUBSCRIBE without a topic filter: v5 [MQTT-3.8.3-2], [MQTT-3.10.3-2],
    /// v3.1.1 [MQTT-3.8.3-3], [MQTT-3.10.3-2].
    TopicFilterMissing,
    /// A Subscription's QoS of 3: v5 3.8.3.1, v3.1.1 [MQTT-3-8.3-4].
    SubscriptionQoS,
    /// No Local on a shared subscription: v5 [MQTT-3.8.3-4].
    NoLocalOnShared,
    /// A Retain Handling of 3: v5 3.8.3.1.
    RetainHandling,
    /// Reserved bits of the Subscription Options are set: v5 [MQTT-3.8.3-5], v3.1.1
    /// [MQTT-3-8.3-4].
    SubscriptionReservedBits,
    /// A SUBACK or UNSUBACK without a reason code: v5 3.9.3, 3.11.3, v3.1.1 3.9.3.
    ReasonCodeMissing,
    /// A Server Reference in a client's DISCONNECT: v5 3.14.2.2.5.
    ServerReferenceFromClient,
    /// A Session Expiry Interval in a server's DISCONNECT: v5 [MQTT-3.14.2-2].
    SessionExpiryFromServer,
    /// An AUTH without an Authentication Method: v5 3.15.2.2.2.
    AuthenticationMethodMissing,
}

impl DecodeError {
    /// The v5 reason code for the CONNACK or DISCONNECT that follows (v5 4.13).
    ///
    /// A Malformed Packet (0x81) is one that cannot be read; a Protocol Error (0x82) is one that
    /// can, and says what is not allowed (v5 1.2).
    #[must_use]
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::TextIllFormed
            | Self::TextNull
            | Self::TextControl
            | Self::TextNonCharacter
            | Self::LengthOverlong
            | Self::LengthPadded
            | Self::Truncated
            | Self::TrailingBytes
            | Self::ReservedPacketType
            | Self::FixedHeaderFlags
            | Self::UnknownProperty(_)
            | Self::PropertyNotAllowed(_)
            | Self::ConnectReservedFlag
            | Self::WillFlagsWithoutWill
            | Self::WillQoS
            | Self::ConnackReservedFlags
            | Self::DupAtQoS0
            | Self::PublishQoS
            | Self::SubscriptionReservedBits => ReasonCode::MALFORMED_PACKET,
            Self::ProtocolName | Self::ProtocolVersion => ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
            Self::ClientIdentifierEmpty => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            Self::TopicAliasZero => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::WrongDirection
            | Self::PacketIdentifierZero
            | Self::DuplicateProperty(_)
            | Self::PropertyValue(_)
            | Self::ReasonCodeNotAllowed(_)
            | Self::ConnectExpected
            | Self::PasswordWithoutUserName
            | Self::AuthenticationDataWithoutMethod
            | Self::SessionPresentInRefusal
            | Self::TopicMissing
            | Self::ResponseTopicWildcard
            | Self::SubscriptionIdentifierFromClient
            | Self::TopicFilterMissing
            | Self::SubscriptionQoS
            | Self::NoLocalOnShared
            | Self::RetainHandling
            | Self::ReasonCodeMissing
            | Self::ServerReferenceFromClient
            | Self::SessionExpiryFromServer
            | Self::AuthenticationMethodMissing => ReasonCode::PROTOCOL_ERROR,
        }
    }
}

impl core::error::Error for DecodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProperty(identifier) => {
                write!(formatter, "property 0x{identifier:02X} does not exist")
            }
            Self::PropertyNotAllowed(property) => {
                write!(formatter, "{property} is not a property of this packet")
            }
            Self::DuplicateProperty(property) => write!(formatter, "{property} is there twice"),
            Self::PropertyValue(property) => write!(formatter, "{property} is out of range"),
            Self::ReasonCodeNotAllowed(reason) => {
                write!(
                    formatter,
                    "this packet cannot carry the reason code {reason}"
                )
            }
            other => formatter.write_str(other.text()),
        }
    }
}

impl DecodeError {
    /// The message of a variant that carries nothing.
    const fn text(self) -> &'static str {
        match self {
            Self::TextIllFormed => "text is not well-formed UTF-8",
            Self::TextNull => "text holds U+0000",
            Self::TextControl => "text holds a control character",
            Self::TextNonCharacter => "text holds a Unicode non-character",
            Self::LengthOverlong => "a length takes more than four bytes",
            Self::LengthPadded => "a variable byte integer is not in its shortest form",
            Self::Truncated => "a field reaches beyond the end of the packet",
            Self::TrailingBytes => "bytes are left after the last field",
            Self::ReservedPacketType => "the packet type is reserved",
            Self::WrongDirection => "only the other side may send this packet",
            Self::FixedHeaderFlags => "the fixed header's flags are wrong for this packet",
            Self::PacketIdentifierZero => "the packet identifier is 0",
            Self::ConnectExpected => "the first packet is not a CONNECT",
            Self::ProtocolName => "the protocol name is neither MQTT nor MQIsdp",
            Self::ProtocolVersion => "the protocol version is none of 3.1, 3.1.1 and 5.0",
            Self::ConnectReservedFlag => "the reserved Connect Flag is set",
            Self::WillFlagsWithoutWill => "Will QoS or Will Retain is set without a will",
            Self::WillQoS => "the Will QoS is 3",
            Self::PasswordWithoutUserName => "there is a password but no user name",
            Self::ClientIdentifierEmpty => "the client identifier is empty",
            Self::AuthenticationDataWithoutMethod => {
                "there is Authentication Data but no Authentication Method"
            }
            Self::ConnackReservedFlags => "reserved bits of the Connect Acknowledge Flags are set",
            Self::SessionPresentInRefusal => "Session Present is set in a refusal",
            Self::DupAtQoS0 => "DUP is set on a QoS 0 PUBLISH",
            Self::PublishQoS => "the QoS of a PUBLISH is 3",
            Self::TopicMissing => "there is neither a topic name nor a Topic Alias",
            Self::TopicAliasZero => "the Topic Alias is 0",
            Self::ResponseTopicWildcard => "the Response Topic holds a wildcard",
            Self::SubscriptionIdentifierFromClient => {
                "a client's PUBLISH holds a Subscription Identifier"
            }
            Self::TopicFilterMissing => "there is no topic filter",
            Self::SubscriptionQoS => "the QoS of a subscription is 3",
            Self::NoLocalOnShared => "No Local is set on a shared subscription",
            Self::RetainHandling => "the Retain Handling is 3",
            Self::SubscriptionReservedBits => "reserved bits of the Subscription Options are set",
            Self::ReasonCodeMissing => "there is no reason code",
            Self::ServerReferenceFromClient => "a client's DISCONNECT holds a Server Reference",
            Self::SessionExpiryFromServer => {
                "a server's DISCONNECT holds a Session Expiry Interval"
            }
            Self::AuthenticationMethodMissing => "there is no Authentication Method",
            Self::UnknownProperty(_)
            | Self::PropertyNotAllowed(_)
            | Self::DuplicateProperty(_)
            | Self::PropertyValue(_)
            | Self::ReasonCodeNotAllowed(_) => "",
        }
    }
}
