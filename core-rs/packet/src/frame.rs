//! Whole frames out of a byte stream: the fixed header of v5 2.1 and v3.1.1 2.2.

use crate::error::DecodeError;
use crate::reader::read_variable_integer;
use crate::version::Version;

/// The largest packet that a Remaining Length can describe, in bytes, its fixed header included.
pub const PACKET_BYTES_MAX: usize = REMAINING_LENGTH_MAX + 5;

/// The largest Remaining Length that four bytes can hold (v5 1.5.5).
pub(crate) const REMAINING_LENGTH_MAX: usize = 0x0FFF_FFFF;

/// One packet as it lay on the wire, its fixed header taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// Packet type in the high four bits, flags in the low four.
    pub header: u8,
    /// Everything after the fixed header.
    pub body: &'a [u8],
    /// Whether the Remaining Length was not in its shortest form, which v5 forbids
    /// (v5 [MQTT-1.5.5-1]) and v3 does not.
    pub padded: bool,
}

impl Frame<'_> {
    /// What kind of packet this is.
    #[inline]
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        PacketType::from_header(self.header)
    }

    /// Refuses a Remaining Length that `version` does not allow.
    ///
    /// [`decode`](crate::decode) does this itself; whoever calls
    /// [`Publish::decode`](crate::Publish::decode) does it before.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LengthPadded`].
    #[inline]
    pub const fn check_length(&self, version: Version) -> Result<(), DecodeError> {
        if self.padded && version.has_properties() {
            return Err(DecodeError::LengthPadded);
        }
        Ok(())
    }
}

/// What lies at the front of a byte stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Split<'a> {
    /// A whole packet.
    Whole {
        /// The packet.
        frame: Frame<'a>,
        /// How many bytes it takes in the stream, its fixed header included.
        total: usize,
    },
    /// The beginning of a packet, or nothing.
    Partial {
        /// The first byte, if it is there.
        header: Option<u8>,
        /// How many bytes the whole packet will take, once its Remaining Length is there.
        total: Option<usize>,
    },
}

/// Looks for a whole packet at the front of `bytes`.
///
/// # Errors
///
/// [`DecodeError::LengthOverlong`] if no Remaining Length can come of these bytes. Nothing else of
/// the packet is looked at.
#[inline]
pub fn split(bytes: &[u8]) -> Result<Split<'_>, DecodeError> {
    let Some((&header, after_header)) = bytes.split_first() else {
        return Ok(Split::Partial {
            header: None,
            total: None,
        });
    };
    let Some(length) = read_variable_integer(after_header)? else {
        return Ok(Split::Partial {
            header: Some(header),
            total: None,
        });
    };
    let remaining = length.value as usize;
    let total = bytes.len() - length.rest.len() + remaining;
    match length.rest.split_at_checked(remaining) {
        Some((body, _)) => Ok(Split::Whole {
            frame: Frame {
                header,
                body,
                padded: length.padded,
            },
            total,
        }),
        None => Ok(Split::Partial {
            header: Some(header),
            total: Some(total),
        }),
    }
}

/// The kind of a packet (v5 2.1.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum PacketType {
    /// Type 0, which no version uses.
    Reserved = 0,
    /// CONNECT, sent by clients.
    Connect = 1,
    /// CONNACK, sent by servers.
    Connack = 2,
    /// PUBLISH.
    Publish = 3,
    /// PUBACK.
    Puback = 4,
    /// PUBREC.
    Pubrec = 5,
    /// PUBREL.
    Pubrel = 6,
    /// PUBCOMP.
    Pubcomp = 7,
    /// SUBSCRIBE, sent by clients.
    Subscribe = 8,
    /// SUBACK, sent by servers.
    Suback = 9,
    /// UNSUBSCRIBE, sent by clients.
    Unsubscribe = 10,
    /// UNSUBACK, sent by servers.
    Unsuback = 11,
    /// PINGREQ, sent by clients.
    Pingreq = 12,
    /// PINGRESP, sent by servers.
    Pingresp = 13,
    /// DISCONNECT; before v5 sent by clients alone.
    Disconnect = 14,
    /// AUTH; v5 alone.
    Auth = 15,
}

impl PacketType {
    /// The type in the high four bits of a packet's first byte.
    #[inline]
    #[must_use]
    pub const fn from_header(header: u8) -> Self {
        match header >> 4 {
            1 => Self::Connect,
            2 => Self::Connack,
            3 => Self::Publish,
            4 => Self::Puback,
            5 => Self::Pubrec,
            6 => Self::Pubrel,
            7 => Self::Pubcomp,
            8 => Self::Subscribe,
            9 => Self::Suback,
            10 => Self::Unsubscribe,
            11 => Self::Unsuback,
            12 => Self::Pingreq,
            13 => Self::Pingresp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => Self::Reserved,
        }
    }

    /// The first byte of a packet of this type that has no flags of its own (v5 2.1.3).
    #[inline]
    #[must_use]
    pub const fn header(self) -> u8 {
        let flags = match self {
            Self::Pubrel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        };
        (self as u8) << 4 | flags
    }
}

/// Refuses flags that are not the fixed ones of the packet's type.
///
/// MQTT 3.1 calls them unused, or lets DUP mark a packet that is sent again, so there they are not
/// looked at.
#[inline]
pub(crate) const fn check_flags(version: Version, header: u8) -> Result<(), DecodeError> {
    let expected = PacketType::from_header(header).header();
    if header != expected && !matches!(version, Version::V31) {
        return Err(DecodeError::FixedHeaderFlags);
    }
    Ok(())
}
