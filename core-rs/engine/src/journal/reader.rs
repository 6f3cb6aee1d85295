//! Reads the frames that [`super::operation`] writes.

use packet::{PacketId, QoS};

use crate::delivery::route::Grant;
use crate::session::entry::{Identifiers, Terms};
use crate::will::Will;

/// A frame, or what follows in one, that is not as it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Corrupt;

/// One frame, and what follows it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Which operation it is.
    pub kind: u8,
    /// Its fields.
    pub body: FrameReader<'a>,
    /// The frames after it.
    pub rest: &'a [u8],
}

/// What is left of a frame's body.
#[derive(Clone, Copy, Debug)]
pub struct FrameReader<'a> {
    bytes: &'a [u8],
}

impl<'a> FrameReader<'a> {
    /// Splits the first frame off `bytes`, checksum verified; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if the frame is cut short or its checksum is wrong.
    pub fn split(bytes: &'a [u8]) -> Result<Option<Frame<'a>>, Corrupt> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Corrupt)?;
        let (checksum, rest) = rest.split_first_chunk::<4>().ok_or(Corrupt)?;
        let (framed, rest) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or(Corrupt)?;
        if crc32fast::hash(framed) != u32::from_le_bytes(*checksum) {
            return Err(Corrupt);
        }
        let (kind, body) = framed.split_first().ok_or(Corrupt)?;
        Ok(Some(Frame {
            kind: *kind,
            body: Self { bytes: body },
            rest,
        }))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(Corrupt)?;
        self.bytes = rest;
        Ok(*head)
    }

    /// A 64-bit number.
    pub fn number(&mut self) -> Result<u64, Corrupt> {
        self.take().map(u64::from_le_bytes)
    }

    /// A 32-bit number.
    pub fn word(&mut self) -> Result<u32, Corrupt> {
        self.take().map(u32::from_le_bytes)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Corrupt> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// A packet identifier.
    pub fn id(&mut self) -> Result<PacketId, Corrupt> {
        PacketId::new(self.take().map(u16::from_le_bytes)?).ok_or(Corrupt)
    }

    /// Bytes with their length before them.
    pub fn bytes(&mut self) -> Result<&'a [u8], Corrupt> {
        let length = self.word()? as usize;
        let (bytes, rest) = self.bytes.split_at_checked(length).ok_or(Corrupt)?;
        self.bytes = rest;
        Ok(bytes)
    }

    /// A text with its length before it.
    pub fn text(&mut self) -> Result<&'a str, Corrupt> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Corrupt)
    }

    /// A QoS and two flags.
    pub fn flags(&mut self) -> Result<(QoS, bool, bool), Corrupt> {
        let byte = self.byte()?;
        Ok((
            QoS::from_bits(byte & 3).ok_or(Corrupt)?,
            byte & 4 != 0,
            byte & 8 != 0,
        ))
    }

    /// The terms of a subscription.
    pub fn grant(&mut self) -> Result<Grant, Corrupt> {
        let (qos, no_local, retain_as_published) = self.flags()?;
        Ok(Grant {
            qos,
            no_local,
            retain_as_published,
            identifier: self.word()?,
        })
    }

    /// How a message is sent.
    pub fn terms(&mut self) -> Result<Terms, Corrupt> {
        let (qos, retain, _) = self.flags()?;
        let mut identifiers = Identifiers::None;
        for _ in 0..self.word()? {
            identifiers.add(self.word()?);
        }
        Ok(Terms {
            qos,
            retain,
            identifiers,
        })
    }

    /// A will.
    pub fn will(&mut self) -> Result<Will, Corrupt> {
        let (qos, retain, expires) = self.flags()?;
        let (delay, expiry) = (self.word()?, self.word()?);
        Ok(Will {
            topic: self.text()?.into(),
            forwarded: self.bytes()?.into(),
            payload: self.bytes()?.into(),
            qos,
            retain,
            delay,
            message_expiry: expires.then_some(expiry),
        })
    }
}
