//! DISCONNECT (v5 3.14), from either side.

use crate::diagnostics::Diagnostics;
use crate::error::DecodeError;
use crate::frame::PacketType;
use crate::property::{Property, PropertyId};
use crate::property_block::{Properties, PropertyReader, PropertyRules, UserProperties};
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::version::Version;
use crate::writer::{put_fixed_header, put_variable_integer, variable_integer_len};

/// A client's good-bye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disconnect<'a> {
    /// Normal disconnection before v5.
    pub reason: ReasonCode,
    /// A new Session Expiry Interval in seconds, if the client changes it (v5 3.14.2.2.2). Whether
    /// it may depends on the CONNECT.
    pub session_expiry: Option<u32>,
    /// A text for people.
    pub reason_string: Option<&'a str>,
    block: Properties<'a>,
}

/// Server Reference is a property of DISCONNECT, so it is read and then refused for where it comes
/// from.
pub(crate) const DISCONNECT_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::SessionExpiryInterval,
    PropertyId::ReasonString,
    PropertyId::UserProperty,
    PropertyId::ServerReference,
]);

impl<'a> Disconnect<'a> {
    /// Decodes the body of a client's DISCONNECT. The fixed header is checked before.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn decode(version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let mut disconnect = Self {
            reason: ReasonCode::NORMAL_DISCONNECTION,
            session_expiry: None,
            reason_string: None,
            block: Properties::default(),
        };
        if version.has_properties() && !reader.is_empty() {
            disconnect.reason = ReasonCode(reader.byte()?);
            if !may_client_send(disconnect.reason) {
                return Err(DecodeError::ReasonCodeNotAllowed(disconnect.reason));
            }
            disconnect.read_properties(reader.optional_property_block()?)?;
        }
        reader.finish()?;
        Ok(disconnect)
    }

    fn read_properties(&mut self, block: &'a [u8]) -> Result<(), DecodeError> {
        let mut reader = PropertyReader::new(block, DISCONNECT_RULES);
        while let Some(property) = reader.next()? {
            match property {
                Property::SessionExpiryInterval(seconds) => self.session_expiry = Some(seconds),
                Property::ReasonString(text) => self.reason_string = Some(text),
                Property::ServerReference(_) => {
                    return Err(DecodeError::ServerReferenceFromClient);
                }
                // User properties stay in the block; the rules let nothing else through.
                _ => {}
            }
        }
        self.block = Properties::validated(block);
        Ok(())
    }

    /// The user properties, in order and with duplicates.
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        self.block.user_properties()
    }
}

/// The codes that v5 3.14.2.1 lets a client send.
const fn may_client_send(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::NORMAL_DISCONNECTION
            | ReasonCode::DISCONNECT_WITH_WILL_MESSAGE
            | ReasonCode::UNSPECIFIED_ERROR
            | ReasonCode::MALFORMED_PACKET
            | ReasonCode::PROTOCOL_ERROR
            | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            | ReasonCode::TOPIC_NAME_INVALID
            | ReasonCode::RECEIVE_MAXIMUM_EXCEEDED
            | ReasonCode::TOPIC_ALIAS_INVALID
            | ReasonCode::PACKET_TOO_LARGE
            | ReasonCode::MESSAGE_RATE_TOO_HIGH
            | ReasonCode::QUOTA_EXCEEDED
            | ReasonCode::ADMINISTRATIVE_ACTION
            | ReasonCode::PAYLOAD_FORMAT_INVALID
    )
}

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerDisconnect<'a> {
    /// Why.
    pub reason: ReasonCode,
    /// A text for people.
    pub reason_string: Option<&'a str>,
    /// Another server to use, with 0x9C and 0x9D (v5 3.14.2.2.5).
    pub server_reference: Option<&'a str>,
    /// What else there is to say.
    pub user_properties: &'a [(&'a str, &'a str)],
}

impl ServerDisconnect<'_> {
    /// Appends the packet; nothing before v5, where a server just closes. Without properties it is
    /// `E0 01` and the reason code, as Mosquitto sends it where v5 3.14.2.2.1 leaves a choice.
    ///
    /// Reason String and User Property are left out where the packet would exceed
    /// `maximum_packet_size` bytes.
    pub fn write(&self, version: Version, maximum_packet_size: usize, out: &mut Vec<u8>) {
        if !version.has_properties() {
            return;
        }
        let header = PacketType::Disconnect.header();
        let reference = self.server_reference.map(Property::ServerReference);
        let reference_len = reference.map_or(0, |property| property.encoded_len());
        let diagnostics = Diagnostics {
            reason_string: self.reason_string,
            user_properties: self.user_properties,
        }
        .fitting(1, reference_len, maximum_packet_size);
        let block = reference_len + diagnostics.encoded_len();
        if block == 0 {
            put_fixed_header(out, header, 1);
            out.push(self.reason.0);
            return;
        }
        put_fixed_header(out, header, 1 + variable_integer_len(block) + block);
        out.push(self.reason.0);
        put_variable_integer(out, block);
        if let Some(property) = reference {
            property.write(out);
        }
        diagnostics.write(out);
    }
}
