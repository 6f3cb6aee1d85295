//! What lies in the payload of every message, so that its receiver can tell what was lost.

/// Bytes at the front of each payload; the smallest payload of a run.
pub const STAMP_BYTES: usize = 20;

/// Who sent a message, the how manieth it is, and when it was due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// Index of the publisher.
    pub publisher: u32,
    /// Counts from 0 for each publisher.
    pub sequence: u64,
    /// When the message should have left, in nanoseconds since the run began.
    ///
    /// The time that was planned and not the time of the write: so a message that waits in the generator because
    /// the broker stalled counts its wait (coordinated omission).
    pub due: u64,
}

impl Stamp {
    /// The bytes at the front of the payload.
    #[inline]
    pub fn to_bytes(self) -> [u8; STAMP_BYTES] {
        let mut bytes = [0; STAMP_BYTES];
        let (publisher, rest) = bytes.split_at_mut(4);
        let (sequence, due) = rest.split_at_mut(8);
        publisher.copy_from_slice(&self.publisher.to_be_bytes());
        sequence.copy_from_slice(&self.sequence.to_be_bytes());
        due.copy_from_slice(&self.due.to_be_bytes());
        bytes
    }

    /// Takes the stamp off a payload.
    #[inline]
    pub fn split(payload: &[u8]) -> Option<(Self, &[u8])> {
        let (publisher, rest) = payload.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (due, rest) = rest.split_first_chunk()?;
        let stamp = Self {
            publisher: u32::from_be_bytes(*publisher),
            sequence: u64::from_be_bytes(*sequence),
            due: u64::from_be_bytes(*due),
        };
        Some((stamp, rest))
    }
}

/// A payload of `bytes` bytes with room for a stamp in front; what follows repeats only after 251 bytes, so that a
/// shifted or truncated body does not pass for a whole one.
pub fn blank(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at % 251) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_comes_back_and_leaves_the_rest() {
        let stamp = Stamp {
            publisher: 7,
            sequence: 1 << 40,
            due: u64::MAX,
        };
        let mut payload = blank(24);
        payload[..STAMP_BYTES].copy_from_slice(&stamp.to_bytes());
        assert_eq!(Stamp::split(&payload), Some((stamp, &[20, 21, 22, 23][..])));
        assert_eq!(Stamp::split(&payload[..19]), None);
    }
}
