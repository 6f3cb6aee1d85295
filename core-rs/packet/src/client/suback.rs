//! SUBACK (v5 3.9) and UNSUBACK (v5 3.11), as a client gets them.

use crate::ack::DIAGNOSTIC_RULES;
use crate::error::DecodeError;
use crate::property_block::Properties;
use crate::reader::Reader;
use crate::reason::ReasonCode;
use crate::version::{PacketId, Version};

/// The server's answer to a SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceivedSuback<'a> {
    /// The packet identifier of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// Properties.
    pub properties: Properties<'a>,
    /// The reason code of each subscription, in the order of the SUBSCRIBE; one or more.
    pub reasons: &'a [u8],
}

impl<'a> ReceivedSuback<'a> {
    pub(super) fn decode(version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let packet_id = reader.packet_id()?;
        let properties = Properties::read(reader.property_block(version)?, DIAGNOSTIC_RULES)?;
        let allowed: &[u8] = match version {
            Version::V5 => &[
                0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2,
            ],
            Version::V31 | Version::V311 => &[0x00, 0x01, 0x02, 0x80],
        };
        let reasons = read_reasons(reader, allowed)?;
        Ok(Self {
            packet_id,
            properties,
            reasons,
        })
    }
}

/// The server's answer to an UNSUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceivedUnsuback<'a> {
    /// The packet identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Properties.
    pub properties: Properties<'a>,
    /// The reason code of each filter, in the order of the UNSUBSCRIBE; none before v5.
    pub reasons: &'a [u8],
}

impl<'a> ReceivedUnsuback<'a> {
    pub(super) fn decode(version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let packet_id = reader.packet_id()?;
        let properties = Properties::read(reader.property_block(version)?, DIAGNOSTIC_RULES)?;
        if !version.has_properties() {
            reader.finish()?;
            return Ok(Self {
                packet_id,
                properties,
                reasons: &[],
            });
        }
        let allowed = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];
        let reasons = read_reasons(reader, &allowed)?;
        Ok(Self {
            packet_id,
            properties,
            reasons,
        })
    }
}

/// The payload of both: one reason code for each thing that was asked.
fn read_reasons<'a>(reader: Reader<'a>, allowed: &[u8]) -> Result<&'a [u8], DecodeError> {
    let reasons = reader.rest();
    if reasons.is_empty() {
        return Err(DecodeError::ReasonCodeMissing);
    }
    match reasons.iter().find(|reason| !allowed.contains(reason)) {
        Some(&reason) => Err(DecodeError::ReasonCodeNotAllowed(ReasonCode(reason))),
        None => Ok(reasons),
    }
}
