//! DISCONNECT (v5 3.14), as a client sends and gets it.

use crate::disconnect::DISCONNECT_RULES;
use crate::error::DecodeError;
use crate::frame::PacketType;
use crate::property::{Property, PropertyId};
use crate::property_block::{Properties, block_len, properties_len, put_properties};
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::version::Version;
use crate::writer::put_fixed_header;

/// The client's good-bye.
#[derive(Clone, Copy, Debug)]
pub struct Disconnect<'a> {
    /// Why; left out before v5.
    pub reason: ReasonCode,
    /// Properties; left out before v5.
    pub properties: &'a [Property<'a>],
}

impl Disconnect<'_> {
    /// Appends the packet, in the shortest form that holds what it says.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) {
        let header = PacketType::Disconnect.header();
        let normal = self.reason == ReasonCode::NORMAL_DISCONNECTION;
        if !version.has_properties() || normal && self.properties.is_empty() {
            return put_fixed_header(out, header, 0);
        }
        if self.properties.is_empty() {
            put_fixed_header(out, header, 1);
            return out.push(self.reason.0);
        }
        put_fixed_header(
            out,
            header,
            1 + block_len(version, properties_len(self.properties)),
        );
        out.push(self.reason.0);
        put_properties(version, self.properties, out);
    }
}

/// Why the server ended the connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceivedDisconnect<'a> {
    /// Why.
    pub reason: ReasonCode,
    /// Properties.
    pub properties: Properties<'a>,
}

impl<'a> ReceivedDisconnect<'a> {
    pub(super) fn decode(body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let mut reason = ReasonCode::NORMAL_DISCONNECTION;
        if !reader.is_empty() {
            reason = ReasonCode(reader.byte()?);
        }
        if !may_server_send(reason) {
            return Err(DecodeError::ReasonCodeNotAllowed(reason));
        }
        let properties = Properties::read(reader.optional_property_block()?, DISCONNECT_RULES)?;
        reader.finish()?;
        if properties.find(PropertyId::SessionExpiryInterval).is_some() {
            return Err(DecodeError::SessionExpiryFromServer);
        }
        Ok(Self { reason, properties })
    }
}

/// The codes that v5 3.14.2.1 lets a server send.
const fn may_server_send(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::NORMAL_DISCONNECTION
            | ReasonCode::UNSPECIFIED_ERROR
            | ReasonCode::MALFORMED_PACKET
            | ReasonCode::PROTOCOL_ERROR
            | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            | ReasonCode::NOT_AUTHORIZED
            | ReasonCode::SERVER_BUSY
            | ReasonCode::SERVER_SHUTTING_DOWN
            | ReasonCode::KEEP_ALIVE_TIMEOUT
            | ReasonCode::SESSION_TAKEN_OVER
            | ReasonCode::TOPIC_FILTER_INVALID
            | ReasonCode::TOPIC_NAME_INVALID
            | ReasonCode::RECEIVE_MAXIMUM_EXCEEDED
            | ReasonCode::TOPIC_ALIAS_INVALID
            | ReasonCode::PACKET_TOO_LARGE
            | ReasonCode::MESSAGE_RATE_TOO_HIGH
            | ReasonCode::QUOTA_EXCEEDED
            | ReasonCode::ADMINISTRATIVE_ACTION
            | ReasonCode::PAYLOAD_FORMAT_INVALID
            | ReasonCode::RETAIN_NOT_SUPPORTED
            | ReasonCode::QOS_NOT_SUPPORTED
            | ReasonCode::USE_ANOTHER_SERVER
            | ReasonCode::SERVER_MOVED
            | ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
            | ReasonCode::CONNECTION_RATE_EXCEEDED
            | ReasonCode::MAXIMUM_CONNECT_TIME
            | ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED
            | ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED
    )
}
