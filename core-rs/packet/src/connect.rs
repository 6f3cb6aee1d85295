//! CONNECT (v5 3.1): the first packet of a connection, which settles the protocol version.

use core::fmt;

use crate::error::DecodeError;
use crate::frame::{Frame, PacketType, check_flags};
use crate::property::{Property, PropertyId};
use crate::property_block::{Properties, PropertyReader, PropertyRules, UserProperties};
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::version::{QoS, Version};
use crate::will::Will;

/// A client's wish to begin or resume a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connect<'a> {
    /// The version that the connection speaks from here on.
    pub version: Version,
    /// Whether the client says to be a bridge: mosquitto's bridges set the top bit of the protocol
    /// level. No standard knows it.
    pub bridge: bool,
    /// Whether a session that exists is to be thrown away (v3: Clean Session).
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 is none.
    pub keep_alive: u16,
    /// Client identifier; empty where the server shall choose one.
    pub client_id: &'a str,
    /// The message to publish when the client is gone.
    pub will: Option<Will<'a>>,
    /// User name.
    pub username: Option<&'a str>,
    /// Password; any bytes.
    pub password: Option<&'a [u8]>,
    /// Properties; the defaults of the standard before v5.
    pub properties: ConnectProperties<'a>,
}

impl<'a> Connect<'a> {
    /// Decodes the first packet of a connection, and picks the protocol version by it.
    ///
    /// # Errors
    ///
    /// The first rule that the packet breaks, with the version in which it can be answered.
    pub fn decode(frame: Frame<'a>) -> Result<Self, ConnectError> {
        if frame.packet_type() != PacketType::Connect {
            return Err(ConnectError {
                error: DecodeError::ConnectExpected,
                answer_in: None,
            });
        }
        let mut reader = Reader::new(frame.body);
        let (version, bridge) = read_version(&mut reader)?;
        Self::read(version, bridge, frame, reader)
            .map_err(|error| ConnectError::after_version(version, error))
    }

    fn read(
        version: Version,
        bridge: bool,
        frame: Frame<'a>,
        mut reader: Reader<'a>,
    ) -> Result<Self, DecodeError> {
        frame.check_length(version)?;
        check_flags(version, frame.header)?;
        let flags = ConnectFlags::read(version, &mut reader)?;
        let keep_alive = reader.two_byte_integer()?;
        let properties = ConnectProperties::decode(reader.property_block(version)?)?;
        let client_id = reader.text()?;
        check_client_id(version, client_id, flags.clean_start)?;
        let will = match flags.will {
            Some((qos, retain)) => Some(Will::read(version, qos, retain, &mut reader)?),
            None => None,
        };
        let username = match flags.takes(version, flags.username, reader) {
            true => Some(reader.text()?),
            false => None,
        };
        let password = match flags.takes(version, flags.password, reader) {
            true => Some(reader.binary()?),
            false => None,
        };
        reader.finish()?;
        Ok(Self {
            version,
            bridge,
            clean_start: flags.clean_start,
            keep_alive,
            client_id,
            will,
            username,
            password,
            properties,
        })
    }

    /// How long the session outlives the connection, in seconds; `u32::MAX` is for ever.
    ///
    /// Before v5 it is Clean Session that says so (v5 3.1.2.11.2, v3.1.1 3.1.2.4).
    #[must_use]
    pub const fn session_expiry(&self) -> u32 {
        match self.version {
            Version::V5 => self.properties.session_expiry,
            Version::V31 | Version::V311 if self.clean_start => 0,
            Version::V31 | Version::V311 => u32::MAX,
        }
    }
}

/// The bit that a mosquitto bridge sets in the protocol level.
const BRIDGE: u8 = 0x80;

/// Protocol name and level (v5 3.1.2.1, 3.1.2.2).
///
/// A level that came after v5 is answered in v5; the form of any other unknown one is that of v3,
/// which [MQTT-3.1.2-2] of v3.1.1 prescribes.
fn read_version(reader: &mut Reader<'_>) -> Result<(Version, bool), ConnectError> {
    let unanswered = |error| ConnectError {
        error,
        answer_in: None,
    };
    let name = reader.binary().map_err(unanswered)?;
    if !matches!(name, b"MQTT" | b"MQIsdp") {
        return Err(unanswered(DecodeError::ProtocolName));
    }
    let level = reader.byte().map_err(unanswered)?;
    let answer_in = match (name, level & !BRIDGE) {
        (b"MQIsdp", 3) => return Ok((Version::V31, level & BRIDGE != 0)),
        (b"MQTT", 4) => return Ok((Version::V311, level & BRIDGE != 0)),
        (b"MQTT", 5) => return Ok((Version::V5, level & BRIDGE != 0)),
        (b"MQTT", 6..) => Version::V5,
        _ => Version::V311,
    };
    Err(ConnectError {
        error: DecodeError::ProtocolVersion,
        answer_in: Some(answer_in),
    })
}

/// The Connect Flags (v5 3.1.2.3 to 3.1.2.9).
struct ConnectFlags {
    clean_start: bool,
    will: Option<(QoS, bool)>,
    username: bool,
    password: bool,
}

impl ConnectFlags {
    fn read(version: Version, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bits = reader.byte()?;
        // 3.1 leaves bit 0 unused.
        if bits & 0x01 != 0 && version != Version::V31 {
            return Err(DecodeError::ConnectReservedFlag);
        }
        let flags = Self {
            clean_start: bits & 0x02 != 0,
            will: read_will_flags(version, bits)?,
            username: bits & 0x80 != 0,
            password: bits & 0x40 != 0,
        };
        if flags.password && !flags.username && version != Version::V5 {
            return Err(DecodeError::PasswordWithoutUserName);
        }
        Ok(flags)
    }

    /// Whether a field that the flags announce is there. In 3.1 the Remaining Length takes
    /// precedence over the flags (3.1, CONNECT), so that it may be missing at the end.
    const fn takes(&self, version: Version, announced: bool, reader: Reader<'_>) -> bool {
        announced && !(matches!(version, Version::V31) && reader.is_empty())
    }
}

/// Will QoS and Will Retain, if there is a will; 3.1 disregards them without one.
fn read_will_flags(version: Version, bits: u8) -> Result<Option<(QoS, bool)>, DecodeError> {
    if bits & 0x04 != 0 {
        let qos = QoS::from_bits(bits >> 3 & 0b11).ok_or(DecodeError::WillQoS)?;
        return Ok(Some((qos, bits & 0x20 != 0)));
    }
    if bits & 0x38 != 0 && version != Version::V31 {
        return Err(DecodeError::WillFlagsWithoutWill);
    }
    Ok(None)
}

/// Whether the server may choose an identifier for a client that has none.
const fn check_client_id(
    version: Version,
    client_id: &str,
    clean_start: bool,
) -> Result<(), DecodeError> {
    let empty_allowed = match version {
        Version::V31 => false,
        Version::V311 => clean_start,
        Version::V5 => true,
    };
    if client_id.is_empty() && !empty_allowed {
        return Err(DecodeError::ClientIdentifierEmpty);
    }
    Ok(())
}

/// What a client says about itself (v5 3.1.2.11). The default is what the standard takes for a
/// property that is absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectProperties<'a> {
    /// How long the session outlives the connection, in seconds; `u32::MAX` is for ever. For the
    /// meaning in every version ask [`Connect::session_expiry`].
    pub session_expiry: u32,
    /// How many QoS 1 and QoS 2 messages the client takes at a time; never 0.
    pub receive_maximum: u16,
    /// The largest packet that the client takes, in bytes; never 0; absent if it takes any.
    pub maximum_packet_size: Option<u32>,
    /// The highest topic alias that the server may use towards the client.
    pub topic_alias_maximum: u16,
    /// Whether the client wants Response Information in the CONNACK.
    pub request_response_information: bool,
    /// Whether the client wants reason strings and user properties in every packet.
    pub request_problem_information: bool,
    /// The name of the extended authentication that the client begins (v5 4.12).
    pub authentication_method: Option<&'a str>,
    /// What that method needs; never there without it.
    pub authentication_data: Option<&'a [u8]>,
    block: Properties<'a>,
}

impl Default for ConnectProperties<'_> {
    fn default() -> Self {
        Self {
            session_expiry: 0,
            receive_maximum: u16::MAX,
            maximum_packet_size: None,
            topic_alias_maximum: 0,
            request_response_information: false,
            request_problem_information: true,
            authentication_method: None,
            authentication_data: None,
            block: Properties::default(),
        }
    }
}

const CONNECT_RULES: PropertyRules = PropertyRules::of(&[
    PropertyId::SessionExpiryInterval,
    PropertyId::ReceiveMaximum,
    PropertyId::MaximumPacketSize,
    PropertyId::TopicAliasMaximum,
    PropertyId::RequestResponseInformation,
    PropertyId::RequestProblemInformation,
    PropertyId::UserProperty,
    PropertyId::AuthenticationMethod,
    PropertyId::AuthenticationData,
]);

impl<'a> ConnectProperties<'a> {
    fn decode(block: &'a [u8]) -> Result<Self, DecodeError> {
        let mut properties = Self {
            block: Properties::validated(block),
            ..Self::default()
        };
        let mut reader = PropertyReader::new(block, CONNECT_RULES);
        while let Some(property) = reader.next()? {
            properties.take(property);
        }
        if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
            return Err(DecodeError::AuthenticationDataWithoutMethod);
        }
        Ok(properties)
    }

    fn take(&mut self, property: Property<'a>) {
        match property {
            Property::SessionExpiryInterval(seconds) => self.session_expiry = seconds,
            Property::ReceiveMaximum(messages) => self.receive_maximum = messages,
            Property::MaximumPacketSize(bytes) => self.maximum_packet_size = Some(bytes),
            Property::TopicAliasMaximum(aliases) => self.topic_alias_maximum = aliases,
            Property::RequestResponseInformation(on) => self.request_response_information = on,
            Property::RequestProblemInformation(on) => self.request_problem_information = on,
            Property::AuthenticationMethod(name) => self.authentication_method = Some(name),
            Property::AuthenticationData(data) => self.authentication_data = Some(data),
            // User properties stay in the block; the rules let nothing else through.
            _ => {}
        }
    }

    /// The user properties, in order and with duplicates.
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        self.block.user_properties()
    }
}

/// Why a connection cannot begin, and how to say so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ConnectError {
    /// The rule that the packet breaks.
    pub error: DecodeError,
    /// The version whose CONNACK carries the refusal; `None` means to close without an answer.
    pub answer_in: Option<Version>,
}

impl ConnectError {
    /// What v3 has no return code for is not answered (v3.1.1 4.8).
    const fn after_version(version: Version, error: DecodeError) -> Self {
        let answerable = version.has_properties() || error.reason().connect_return_code().is_some();
        Self {
            error,
            answer_in: if answerable { Some(version) } else { None },
        }
    }

    /// The reason code of a v5 CONNACK.
    #[must_use]
    pub const fn reason(self) -> ReasonCode {
        self.error.reason()
    }

    /// The return code of a v3 CONNACK, if there is one.
    #[must_use]
    pub const fn return_code(self) -> Option<u8> {
        self.reason().connect_return_code()
    }
}

impl core::error::Error for ConnectError {}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}
