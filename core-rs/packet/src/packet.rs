//! Any packet that a client sends.

use crate::ack::{Ack, AckKind};
use crate::auth::Auth;
use crate::connect::Connect;
use crate::disconnect::Disconnect;
use crate::error::DecodeError;
use crate::frame::{Frame, PacketType, check_flags};
use crate::publish::Publish;
use crate::reader::Reader;
use crate::subscribe::Subscribe;
use crate::unsubscribe::Unsubscribe;
use crate::version::Version;

/// The whole PINGRESP (v5 3.13), which is the same in every version.
pub const PINGRESP: [u8; 2] = [PacketType::Pingresp.header(), 0];

/// A packet from a client.
#[allow(
    clippy::large_enum_variant,
    reason = "it borrows, lives briefly, and must not allocate"
)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClientPacket<'a> {
    /// A second CONNECT, which is a Protocol Error (v5 [MQTT-3.1.0-2]); the connection has to say
    /// so.
    Connect(Connect<'a>),
    /// PUBLISH.
    Publish(Publish<'a>),
    /// PUBACK.
    Puback(Ack<'a>),
    /// PUBREC.
    Pubrec(Ack<'a>),
    /// PUBREL.
    Pubrel(Ack<'a>),
    /// PUBCOMP.
    Pubcomp(Ack<'a>),
    /// SUBSCRIBE.
    Subscribe(Subscribe<'a>),
    /// UNSUBSCRIBE.
    Unsubscribe(Unsubscribe<'a>),
    /// PINGREQ.
    Pingreq,
    /// DISCONNECT.
    Disconnect(Disconnect<'a>),
    /// AUTH; v5 alone.
    Auth(Auth<'a>),
}

/// Decodes a packet that comes after the CONNECT.
///
/// # Errors
///
/// The first rule that the packet breaks.
#[inline]
pub fn decode<'a>(version: Version, frame: Frame<'a>) -> Result<ClientPacket<'a>, DecodeError> {
    frame.check_length(version)?;
    let Frame { header, body, .. } = frame;
    let packet_type = frame.packet_type();
    if packet_type == PacketType::Publish {
        return Publish::decode(version, header, body).map(ClientPacket::Publish);
    }
    refuse_type(version, packet_type)?;
    check_flags(version, header)?;
    Ok(match packet_type {
        PacketType::Connect => {
            ClientPacket::Connect(Connect::decode(frame).map_err(|refused| refused.error)?)
        }
        PacketType::Puback => ClientPacket::Puback(Ack::decode(version, AckKind::Puback, body)?),
        PacketType::Pubrec => ClientPacket::Pubrec(Ack::decode(version, AckKind::Pubrec, body)?),
        PacketType::Pubrel => ClientPacket::Pubrel(Ack::decode(version, AckKind::Pubrel, body)?),
        PacketType::Pubcomp => ClientPacket::Pubcomp(Ack::decode(version, AckKind::Pubcomp, body)?),
        PacketType::Subscribe => ClientPacket::Subscribe(Subscribe::decode(version, body)?),
        PacketType::Unsubscribe => ClientPacket::Unsubscribe(Unsubscribe::decode(version, body)?),
        PacketType::Pingreq => {
            Reader::new(body).finish()?;
            ClientPacket::Pingreq
        }
        PacketType::Disconnect => ClientPacket::Disconnect(Disconnect::decode(version, body)?),
        PacketType::Auth => ClientPacket::Auth(Auth::decode(body)?),
        // `refuse_type` lets no other type through.
        _ => return Err(DecodeError::WrongDirection),
    })
}

/// Refuses the types that `version` does not have, and those that only a server sends.
const fn refuse_type(version: Version, packet_type: PacketType) -> Result<(), DecodeError> {
    match packet_type {
        PacketType::Reserved => Err(DecodeError::ReservedPacketType),
        PacketType::Auth if !version.has_properties() => Err(DecodeError::ReservedPacketType),
        PacketType::Connack | PacketType::Suback | PacketType::Unsuback | PacketType::Pingresp => {
            Err(DecodeError::WrongDirection)
        }
        _ => Ok(()),
    }
}
