//! Reads the journal's frames, written from their description and not from the engine's code:
//! `length: u32, crc32: u32, kind: u8, body`, little-endian.

/// An operation, as far as this crate looks into it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Operation {
    /// A persistent session exists; with its client identifier, owner and principal.
    SessionOpened(u64, String, String, String),
    /// It has ended.
    SessionEnded(u64),
    /// It has a subscription.
    Subscribed(u64, String),
    /// A body exists; with forwarded properties and payload, and the payload alone.
    Stored(u64, Vec<u8>, Vec<u8>),
    /// A session or group (first) is owed a body (third) as an entry (second).
    Enqueued(u64, u64, u64),
    /// An entry of a session is out under an identifier.
    Sent(u64, u64, u16),
    /// The client has the QoS 2 message of an entry.
    Received(u64, u64),
    /// A QoS 2 identifier of the client's is taken.
    InboundTaken(u64, u16),
    /// It is free again.
    InboundReleased(u64, u16),
    /// A session has a will, with this payload.
    WillSet(u64, Vec<u8>),
    /// Its will is fired or removed.
    WillCleared(u64),
    /// Anything else.
    Other(u8),
}

/// The kind and the body of a frame.
pub type Frame = (u8, Vec<u8>);

/// Cuts a batch into its frames.
///
/// # Errors
///
/// Says in words which frame is none.
pub fn read_frames(mut batch: &[u8]) -> Result<Vec<Frame>, String> {
    let mut frames = Vec::new();
    while !batch.is_empty() {
        let mut head = Cursor(batch);
        let length = head.u32().ok_or("a frame without a length")? as usize;
        let crc = head.u32().ok_or("a frame without a checksum")?;
        let (framed, rest) = head
            .0
            .split_at_checked(length)
            .ok_or("a frame that is cut off")?;
        if crc32(framed) != crc {
            return Err("a frame whose checksum is wrong".to_owned());
        }
        let (kind, body) = framed.split_first().ok_or("a frame without a kind")?;
        frames.push((*kind, body.to_vec()));
        batch = rest;
    }
    Ok(frames)
}

/// Appends a frame.
pub fn write_frame(kind: u8, body: &[u8], out: &mut Vec<u8>) {
    let framed = [&[kind], body].concat();
    out.extend_from_slice(
        &u32::try_from(framed.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    out.extend_from_slice(&crc32(&framed).to_le_bytes());
    out.extend_from_slice(&framed);
}

/// Reads what a frame says.
///
/// # Errors
///
/// Says in words that it cannot be read.
pub fn read_operation(kind: u8, body: &[u8]) -> Result<Operation, String> {
    operation(kind, &mut Cursor(body))
        .ok_or_else(|| format!("an operation of kind {kind} that cannot be read"))
}

fn operation(kind: u8, body: &mut Cursor<'_>) -> Option<Operation> {
    Some(match kind {
        1 => {
            let session = body.u64()?;
            body.u32()?;
            Operation::SessionOpened(session, body.text()?, body.text()?, body.text()?)
        }
        3 => Operation::SessionEnded(body.u64()?),
        4 => {
            let session = body.u64()?;
            body.take(5)?;
            Operation::Subscribed(session, body.text()?)
        }
        6 => read_stored(body)?,
        7 => Operation::Enqueued(body.u64()?, body.u64()?, body.u64()?),
        10 => Operation::Sent(body.u64()?, body.u64()?, body.u16()?),
        11 => Operation::Received(body.u64()?, body.u64()?),
        13 => Operation::InboundTaken(body.u64()?, body.u16()?),
        14 => Operation::InboundReleased(body.u64()?, body.u16()?),
        17 => {
            let session = body.u64()?;
            body.take(1 + 4 + 4)?;
            body.bytes()?;
            body.bytes()?;
            Operation::WillSet(session, body.bytes()?.to_vec())
        }
        18 => Operation::WillCleared(body.u64()?),
        2 | 5 | 8 | 9 | 12 | 15 | 16 | 19..=22 => Operation::Other(kind),
        _ => return None,
    })
}

fn read_stored(body: &mut Cursor<'_>) -> Option<Operation> {
    let number = body.u64()?;
    body.take(8 + 1)?;
    body.bytes()?;
    let forwarded = body.bytes()?;
    let payload = body.bytes()?;
    Some(Operation::Stored(
        number,
        [forwarded, payload].concat(),
        payload.to_vec(),
    ))
}

/// What is left of a body that is read.
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next of its kind, if it is there.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next of its kind, if it is there.
    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    /// The next of its kind, if it is there.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// The next of its kind, if it is there.
    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// The next of its kind, if it is there.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        self.take(length)
    }

    /// The next of its kind, if it is there.
    pub fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

/// The checksum bit by bit, as its definition has it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            crc >> 1 ^ 0xEDB8_8320
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_gives_the_check_value_of_its_definition() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
