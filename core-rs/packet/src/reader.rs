//! Reads the data types of v5 1.5 from the front of a slice. Nothing here indexes.

use crate::error::DecodeError;
use crate::property::PropertyId;
use crate::text::{check_text, validate_text};
use crate::version::{PacketId, QoS, Version};

/// The part of a packet that has not been read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Ends the reading: a packet has nothing after its last field.
    #[inline]
    pub(crate) const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TrailingBytes)
        }
    }

    #[inline]
    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let [byte] = self.array()?;
        Ok(*byte)
    }

    /// v5 1.5.2.
    #[inline]
    pub(crate) fn two_byte_integer(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(*self.array()?))
    }

    /// v5 1.5.3.
    #[inline]
    pub(crate) fn four_byte_integer(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(*self.array()?))
    }

    /// v5 1.5.5; inside a packet only v5 has it, so a padded one is always refused.
    #[inline]
    pub(crate) fn variable_integer(&mut self) -> Result<u32, DecodeError> {
        let read = read_variable_integer(self.rest)?.ok_or(DecodeError::Truncated)?;
        if read.padded {
            return Err(DecodeError::LengthPadded);
        }
        self.rest = read.rest;
        Ok(read.value)
    }

    /// v5 1.5.6.
    #[inline]
    pub(crate) fn binary(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.two_byte_integer()?;
        self.bytes(usize::from(length))
    }

    /// v5 1.5.4.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<&'a str, DecodeError> {
        validate_text(self.binary()?)
    }

    /// Checks the name and the value of a user property and leaves them unread, which is all that a
    /// server does with most of them; then those of all user properties that follow it.
    #[inline]
    pub(crate) fn skip_user_properties(&mut self) -> Result<(), DecodeError> {
        const ID: u8 = PropertyId::UserProperty as u8;
        // A copy can stay in registers.
        let mut reader = *self;
        loop {
            check_text(reader.binary()?)?;
            check_text(reader.binary()?)?;
            let Some((&ID, after)) = reader.rest.split_first() else {
                break;
            };
            reader.rest = after;
        }
        *self = reader;
        Ok(())
    }

    #[inline]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, DecodeError> {
        PacketId::new(self.two_byte_integer()?).ok_or(DecodeError::PacketIdentifierZero)
    }

    /// The packet identifier of a PUBLISH, which QoS 0 does not have (v5 3.3.2.2).
    #[inline]
    pub(crate) fn publish_packet_id(&mut self, qos: QoS) -> Result<Option<PacketId>, DecodeError> {
        match qos {
            QoS::AtMostOnce => Ok(None),
            QoS::AtLeastOnce | QoS::ExactlyOnce => self.packet_id().map(Some),
        }
    }

    /// The bytes of the property block (v5 2.2.2.1), without its length; empty before v5.
    #[inline]
    pub(crate) fn property_block(&mut self, version: Version) -> Result<&'a [u8], DecodeError> {
        if !version.has_properties() {
            return Ok(&[]);
        }
        let length = self.variable_integer()?;
        self.bytes(length as usize)
    }

    /// The property block of a packet that may end before it.
    #[inline]
    pub(crate) fn optional_property_block(&mut self) -> Result<&'a [u8], DecodeError> {
        if self.is_empty() {
            Ok(&[])
        } else {
            self.property_block(Version::V5)
        }
    }
}

/// A variable byte integer and what follows it.
pub(crate) struct VariableInteger<'a> {
    pub(crate) value: u32,
    pub(crate) rest: &'a [u8],
    /// Whether fewer bytes would have done.
    pub(crate) padded: bool,
}

/// Reads a variable byte integer (v5 1.5.5); `None` if it goes on after the last byte.
#[inline]
pub(crate) fn read_variable_integer(
    bytes: &[u8],
) -> Result<Option<VariableInteger<'_>>, DecodeError> {
    let mut value = 0;
    let mut rest = bytes;
    for shift in [0, 7, 14, 21] {
        let Some((&byte, after)) = rest.split_first() else {
            return Ok(None);
        };
        rest = after;
        value |= u32::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(Some(VariableInteger {
                value,
                rest,
                padded: byte == 0 && shift > 0,
            }));
        }
    }
    Err(DecodeError::LengthOverlong)
}
