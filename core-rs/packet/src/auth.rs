//! AUTH (v5 3.15), from either side; extended authentication as in v5 4.12.

use crate::diagnostics::Diagnostics;
use crate::error::DecodeError;
use crate::frame::PacketType;
use crate::property::{Property, PropertyId};
use crate::property_block::{Properties, PropertyReader, PropertyRules, UserProperties};
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::writer::{put_fixed_header, put_variable_integer, variable_integer_len};

/// A step of an extended authentication, from the peer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auth<'a> {
    /// Success, continue or re-authenticate.
    pub reason: ReasonCode,
    /// The name of the method.
    pub method: &'a str,
    /// What the method says.
    pub data: Option<&'a [u8]>,
    /// A text for people.
    pub reason_string: Option<&'a str>,
    block: Properties<'a>,
}

const AUTH_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::AuthenticationMethod,
    PropertyId::AuthenticationData,
    PropertyId::ReasonString,
    PropertyId::UserProperty,
]);

impl<'a> Auth<'a> {
    /// Decodes the body of a client's AUTH. The fixed header is checked before.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks. Whether the method is the one of the CONNECT is for the
    /// connection to know (v5 [MQTT-4.12.0-5]).
    pub fn decode(body: &'a [u8]) -> Result<Self, DecodeError> {
        let allowed = [
            ReasonCode::CONTINUE_AUTHENTICATION,
            ReasonCode::RE_AUTHENTICATE,
        ];
        Self::read(body, allowed)
    }

    /// Decodes the body of a server's AUTH.
    pub(crate) fn decode_server(body: &'a [u8]) -> Result<Self, DecodeError> {
        Self::read(
            body,
            [ReasonCode::SUCCESS, ReasonCode::CONTINUE_AUTHENTICATION],
        )
    }

    fn read(body: &'a [u8], allowed: [ReasonCode; 2]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let mut reason = ReasonCode::SUCCESS;
        let mut block: &[u8] = &[];
        // Both may be left out together, which says success (v5 3.15.2.1).
        if !reader.is_empty() {
            reason = ReasonCode(reader.byte()?);
            block = reader.property_block(crate::Version::V5)?;
        }
        reader.finish()?;
        if !allowed.contains(&reason) {
            return Err(DecodeError::ReasonCodeNotAllowed(reason));
        }
        Self::from_properties(reason, block)
    }

    fn from_properties(reason: ReasonCode, block: &'a [u8]) -> Result<Self, DecodeError> {
        let mut method = None;
        let mut data = None;
        let mut reason_string = None;
        let mut reader = PropertyReader::new(block, AUTH_RULES);
        while let Some(property) = reader.next()? {
            match property {
                Property::AuthenticationMethod(name) => method = Some(name),
                Property::AuthenticationData(bytes) => data = Some(bytes),
                Property::ReasonString(text) => reason_string = Some(text),
                // User properties stay in the block; the rules let nothing else through.
                _ => {}
            }
        }
        let method = method.ok_or(DecodeError::AuthenticationMethodMissing)?;
        Ok(Self {
            reason,
            method,
            data,
            reason_string,
            block: Properties::validated(block),
        })
    }

    /// The user properties, in order and with duplicates.
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        self.block.user_properties()
    }
}

/// A step of an extended authentication, to the client.
#[derive(Clone, Copy, Debug)]
pub struct ServerAuth<'a> {
    /// Success or continue.
    pub reason: ReasonCode,
    /// The name of the method, as in the CONNECT.
    pub method: &'a str,
    /// What the method says.
    pub data: Option<&'a [u8]>,
    /// A text for people.
    pub reason_string: Option<&'a str>,
}

impl ServerAuth<'_> {
    /// Appends the packet. The reason string is left out where the packet would exceed
    /// `maximum_packet_size` bytes.
    pub fn write(&self, maximum_packet_size: usize, out: &mut Vec<u8>) {
        let method = Property::AuthenticationMethod(self.method);
        let data = self.data.map(Property::AuthenticationData);
        let other = method.encoded_len() + data.map_or(0, |property| property.encoded_len());
        let diagnostics =
            Diagnostics::reason_string(self.reason_string).fitting(1, other, maximum_packet_size);
        let block = other + diagnostics.encoded_len();
        put_fixed_header(
            out,
            PacketType::Auth.header(),
            1 + variable_integer_len(block) + block,
        );
        out.push(self.reason.0);
        put_variable_integer(out, block);
        method.write(out);
        if let Some(property) = data {
            property.write(out);
        }
        diagnostics.write(out);
    }
}
