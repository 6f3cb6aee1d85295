//! Any packet that a server sends.

use super::{
    ReceivedConnack, ReceivedDisconnect, ReceivedPublish, ReceivedSuback, ReceivedUnsuback,
};
use crate::ack::{Ack, AckKind};
use crate::auth::Auth;
use crate::error::DecodeError;
use crate::frame::{Frame, PacketType, check_flags};
use crate::reader::Reader;
use crate::version::Version;

/// The whole PINGREQ (v5 3.12), which is the same in every version.
pub const PINGREQ: [u8; 2] = [PacketType::Pingreq.header(), 0];

/// A packet from a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ServerPacket<'a> {
    /// CONNACK.
    Connack(ReceivedConnack<'a>),
    /// PUBLISH.
    Publish(ReceivedPublish<'a>),
    /// PUBACK.
    Puback(Ack<'a>),
    /// PUBREC.
    Pubrec(Ack<'a>),
    /// PUBREL.
    Pubrel(Ack<'a>),
    /// PUBCOMP.
    Pubcomp(Ack<'a>),
    /// SUBACK.
    Suback(ReceivedSuback<'a>),
    /// UNSUBACK.
    Unsuback(ReceivedUnsuback<'a>),
    /// PINGRESP.
    Pingresp,
    /// DISCONNECT; v5 alone.
    Disconnect(ReceivedDisconnect<'a>),
    /// AUTH; v5 alone.
    Auth(Auth<'a>),
}

/// Decodes a packet from the server.
///
/// # Errors
///
/// The first rule that the packet breaks.
#[inline]
pub fn decode_server<'a>(
    version: Version,
    frame: Frame<'a>,
) -> Result<ServerPacket<'a>, DecodeError> {
    frame.check_length(version)?;
    let Frame { header, body, .. } = frame;
    let packet_type = frame.packet_type();
    if packet_type == PacketType::Publish {
        return ReceivedPublish::decode(version, header, body).map(ServerPacket::Publish);
    }
    refuse_type(version, packet_type)?;
    check_flags(version, header)?;
    Ok(match packet_type {
        PacketType::Connack => ServerPacket::Connack(ReceivedConnack::decode(version, body)?),
        PacketType::Puback => ServerPacket::Puback(Ack::decode(version, AckKind::Puback, body)?),
        PacketType::Pubrec => ServerPacket::Pubrec(Ack::decode(version, AckKind::Pubrec, body)?),
        PacketType::Pubrel => ServerPacket::Pubrel(Ack::decode(version, AckKind::Pubrel, body)?),
        PacketType::Pubcomp => ServerPacket::Pubcomp(Ack::decode(version, AckKind::Pubcomp, body)?),
        PacketType::Suback => ServerPacket::Suback(ReceivedSuback::decode(version, body)?),
        PacketType::Unsuback => ServerPacket::Unsuback(ReceivedUnsuback::decode(version, body)?),
        PacketType::Pingresp => {
            Reader::new(body).finish()?;
            ServerPacket::Pingresp
        }
        PacketType::Disconnect => ServerPacket::Disconnect(ReceivedDisconnect::decode(body)?),
        PacketType::Auth => ServerPacket::Auth(Auth::decode_server(body)?),
        // `refuse_type` lets no other type through.
        _ => return Err(DecodeError::WrongDirection),
    })
}

/// Refuses the types that `version` does not have, and those that only a client sends.
const fn refuse_type(version: Version, packet_type: PacketType) -> Result<(), DecodeError> {
    match packet_type {
        PacketType::Reserved => Err(DecodeError::ReservedPacketType),
        PacketType::Auth if !version.has_properties() => Err(DecodeError::ReservedPacketType),
        PacketType::Disconnect if !version.has_properties() => Err(DecodeError::WrongDirection),
        PacketType::Connect
        | PacketType::Subscribe
        | PacketType::Unsubscribe
        | PacketType::Pingreq => Err(DecodeError::WrongDirection),
        _ => Ok(()),
    }
}
