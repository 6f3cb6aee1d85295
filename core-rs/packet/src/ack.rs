//! PUBACK, PUBREC, PUBREL and PUBCOMP (v5 3.4 to 3.7), which are alike in everything but their
//! type and the reason codes that they may carry.

use crate::diagnostics::Diagnostics;
use crate::error::DecodeError;
use crate::frame::PacketType;
use crate::property::PropertyId;
use crate::property_block::{Properties, PropertyRules, UserProperties};
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::version::{PacketId, Version};
use crate::writer::{put_fixed_header, put_packet_id, variable_integer_len};

/// Which of the four it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AckKind {
    /// Ends QoS 1.
    Puback,
    /// The receiver of QoS 2 has the message.
    Pubrec,
    /// The sender of QoS 2 lets the packet identifier go.
    Pubrel,
    /// Ends QoS 2.
    Pubcomp,
}

impl AckKind {
    /// The packet type.
    #[inline]
    #[must_use]
    pub const fn packet_type(self) -> PacketType {
        match self {
            Self::Puback => PacketType::Puback,
            Self::Pubrec => PacketType::Pubrec,
            Self::Pubrel => PacketType::Pubrel,
            Self::Pubcomp => PacketType::Pubcomp,
        }
    }

    /// Whether this packet may carry `reason`, from either side (v5 3.4.2.1, 3.5.2.1, 3.6.2.1,
    /// 3.7.2.1).
    #[inline]
    const fn carries(self, reason: ReasonCode) -> bool {
        match self {
            Self::Puback | Self::Pubrec => matches!(
                reason,
                ReasonCode::SUCCESS
                    | ReasonCode::NO_MATCHING_SUBSCRIBERS
                    | ReasonCode::UNSPECIFIED_ERROR
                    | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
                    | ReasonCode::NOT_AUTHORIZED
                    | ReasonCode::TOPIC_NAME_INVALID
                    | ReasonCode::PACKET_IDENTIFIER_IN_USE
                    | ReasonCode::QUOTA_EXCEEDED
                    | ReasonCode::PAYLOAD_FORMAT_INVALID
            ),
            Self::Pubrel | Self::Pubcomp => {
                matches!(
                    reason,
                    ReasonCode::SUCCESS | ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
                )
            }
        }
    }
}

/// An acknowledgement from the peer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ack<'a> {
    /// The PUBLISH that it is about.
    pub packet_id: PacketId,
    /// Success before v5.
    pub reason: ReasonCode,
    /// A text for people; not for programs (v5 3.4.2.2.2).
    pub reason_string: Option<&'a str>,
    block: Properties<'a>,
}

pub(crate) const DIAGNOSTIC_RULES: PropertyRules =
    PropertyRules::of(&[PropertyId::ReasonString, PropertyId::UserProperty]);

impl<'a> Ack<'a> {
    /// Decodes the body of the acknowledgement `kind`. The fixed header is checked before.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    #[inline(always)]
    pub fn decode(version: Version, kind: AckKind, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let packet_id = reader.packet_id()?;
        let mut ack = Self {
            packet_id,
            reason: ReasonCode::SUCCESS,
            reason_string: None,
            block: Properties::default(),
        };
        if version.has_properties() && !reader.is_empty() {
            ack.read_outcome(kind, &mut reader)?;
        }
        reader.finish()?;
        Ok(ack)
    }

    /// Reason code and properties; most acknowledgements have neither.
    fn read_outcome(&mut self, kind: AckKind, reader: &mut Reader<'a>) -> Result<(), DecodeError> {
        self.reason = ReasonCode(reader.byte()?);
        if !kind.carries(self.reason) {
            return Err(DecodeError::ReasonCodeNotAllowed(self.reason));
        }
        let block = reader.optional_property_block()?;
        self.block = Properties::read(block, DIAGNOSTIC_RULES)?;
        self.reason_string = self.block.reason_string();
        Ok(())
    }

    /// The user properties, in order and with duplicates.
    #[must_use]
    pub const fn user_properties(&self) -> UserProperties<'a> {
        self.block.user_properties()
    }
}

/// An acknowledgement to the peer.
#[derive(Clone, Copy, Debug)]
pub struct OutgoingAck<'a> {
    /// Which of the four it is.
    pub kind: AckKind,
    /// The PUBLISH that it is about.
    pub packet_id: PacketId,
    /// The outcome; not said before v5.
    pub reason: ReasonCode,
    /// A text for people.
    pub reason_string: Option<&'a str>,
}

impl<'a> OutgoingAck<'a> {
    /// An acknowledgement of success, or of any other outcome that needs no words.
    #[inline]
    #[must_use]
    pub const fn new(kind: AckKind, packet_id: PacketId, reason: ReasonCode) -> Self {
        Self {
            kind,
            packet_id,
            reason,
            reason_string: None,
        }
    }

    /// Appends the packet in its shortest form: without the reason code if that is 0, without a
    /// property length if there are no properties. As Mosquitto, where v5 3.4.2.1 leaves a choice.
    ///
    /// The reason string is left out where the packet would exceed `maximum_packet_size` bytes.
    #[inline]
    pub fn write(&self, version: Version, maximum_packet_size: usize, out: &mut Vec<u8>) {
        let header = self.kind.packet_type().header();
        if !version.has_properties() || self.reason_string.is_none() {
            let with_reason = version.has_properties() && self.reason != ReasonCode::SUCCESS;
            put_fixed_header(out, header, if with_reason { 3 } else { 2 });
            put_packet_id(out, self.packet_id);
            if with_reason {
                out.push(self.reason.0);
            }
            return;
        }
        self.write_with_reason_string(header, maximum_packet_size, out);
    }

    #[cold]
    fn write_with_reason_string(&self, header: u8, maximum_packet_size: usize, out: &mut Vec<u8>) {
        let diagnostics =
            Diagnostics::reason_string(self.reason_string).fitting(3, 0, maximum_packet_size);
        if diagnostics.is_empty() {
            let bare: OutgoingAck<'a> = Self {
                reason_string: None,
                ..*self
            };
            return bare.write(Version::V5, maximum_packet_size, out);
        }
        let block = diagnostics.encoded_len();
        put_fixed_header(out, header, 3 + variable_integer_len(block) + block);
        put_packet_id(out, self.packet_id);
        out.push(self.reason.0);
        diagnostics.write_block(out);
    }
}
