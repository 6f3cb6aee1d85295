//! CONNACK (v5 3.2), as a client gets it.

use crate::error::DecodeError;
use crate::property::PropertyId;
use crate::property_block::{Properties, PropertyRules};
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::version::Version;

/// The server's answer to a CONNECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceivedConnack<'a> {
    /// Whether a session goes on.
    pub session_present: bool,
    /// The reason code; before v5 this holds the return code, 0 to 5.
    pub reason: ReasonCode,
    /// Properties.
    pub properties: Properties<'a>,
}

const CONNACK_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::SessionExpiryInterval,
    PropertyId::ReceiveMaximum,
    PropertyId::MaximumQoS,
    PropertyId::RetainAvailable,
    PropertyId::MaximumPacketSize,
    PropertyId::AssignedClientIdentifier,
    PropertyId::TopicAliasMaximum,
    PropertyId::ReasonString,
    PropertyId::UserProperty,
    PropertyId::WildcardSubscriptionAvailable,
    PropertyId::SubscriptionIdentifierAvailable,
    PropertyId::SharedSubscriptionAvailable,
    PropertyId::ServerKeepAlive,
    PropertyId::ResponseInformation,
    PropertyId::ServerReference,
    PropertyId::AuthenticationMethod,
    PropertyId::AuthenticationData,
]);

impl<'a> ReceivedConnack<'a> {
    pub(super) fn decode(version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let session_present = match reader.byte()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::ConnackReservedFlags),
        };
        let reason = ReasonCode(reader.byte()?);
        if !may_carry(version, reason) {
            return Err(DecodeError::ReasonCodeNotAllowed(reason));
        }
        if session_present && reason != ReasonCode::SUCCESS {
            return Err(DecodeError::SessionPresentInRefusal);
        }
        let properties = Properties::read(reader.property_block(version)?, CONNACK_RULES)?;
        reader.finish()?;
        Ok(Self {
            session_present,
            reason,
            properties,
        })
    }
}

/// The codes of v5 3.2.2.2, and the return codes of v3.1.1 3.2.2.3.
const fn may_carry(version: Version, reason: ReasonCode) -> bool {
    if !version.has_properties() {
        return reason.0 <= 5;
    }
    matches!(
        reason,
        ReasonCode::SUCCESS
            | ReasonCode::UNSPECIFIED_ERROR
            | ReasonCode::MALFORMED_PACKET
            | ReasonCode::PROTOCOL_ERROR
            | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            | ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
            | ReasonCode::CLIENT_IDENTIFIER_NOT_VALID
            | ReasonCode::BAD_USER_NAME_OR_PASSWORD
            | ReasonCode::NOT_AUTHORIZED
            | ReasonCode::SERVER_UNAVAILABLE
            | ReasonCode::SERVER_BUSY
            | ReasonCode::BANNED
            | ReasonCode::BAD_AUTHENTICATION_METHOD
            | ReasonCode::TOPIC_NAME_INVALID
            | ReasonCode::PACKET_TOO_LARGE
            | ReasonCode::QUOTA_EXCEEDED
            | ReasonCode::PAYLOAD_FORMAT_INVALID
            | ReasonCode::RETAIN_NOT_SUPPORTED
            | ReasonCode::QOS_NOT_SUPPORTED
            | ReasonCode::USE_ANOTHER_SERVER
            | ReasonCode::SERVER_MOVED
            | ReasonCode::CONNECTION_RATE_EXCEEDED
    )
}
