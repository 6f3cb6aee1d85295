//! Whole packets out of a stream of bytes.

/// One whole packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// Packet type and flags.
    pub first: u8,
    /// Everything after the remaining length.
    pub body: &'a [u8],
    /// The packet as it came, with first byte and remaining length.
    pub packet: &'a [u8],
}

/// What the front of a stream holds.
#[derive(Debug, Eq, PartialEq)]
pub enum Split<'a> {
    /// A whole packet, and the bytes after it.
    Whole(Frame<'a>, &'a [u8]),
    /// The beginning of a packet.
    Partial,
    /// A remaining length of more than four bytes.
    Malformed,
}

/// Takes the first packet off `bytes`.
#[inline]
pub fn split(bytes: &[u8]) -> Split<'_> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Split::Partial;
    };
    match read_length(rest) {
        Length::Known(length, rest) => match rest.split_at_checked(length) {
            Some((body, rest)) => {
                let (packet, _) = bytes.split_at(bytes.len() - rest.len());
                Split::Whole(
                    Frame {
                        first,
                        body,
                        packet,
                    },
                    rest,
                )
            }
            None => Split::Partial,
        },
        Length::Partial => Split::Partial,
        Length::Malformed => Split::Malformed,
    }
}

/// What the front of a stream holds where a variable byte integer is due.
#[derive(Debug, Eq, PartialEq)]
pub enum Length<'a> {
    /// The integer, and the bytes after it.
    Known(usize, &'a [u8]),
    /// Too few bytes.
    Partial,
    /// More than four bytes.
    Malformed,
}

/// Reads a variable byte integer: v3.1.1 section 2.2.3, v5 section 1.5.5.
#[inline]
pub fn read_length(bytes: &[u8]) -> Length<'_> {
    let mut length = 0;
    let mut rest = bytes;
    for shift in [0, 7, 14, 21] {
        let Some((&byte, tail)) = rest.split_first() else {
            return Length::Partial;
        };
        rest = tail;
        length |= usize::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Length::Known(length, rest);
        }
    }
    Length::Malformed
}

/// Appends a variable byte integer.
///
/// # Panics
///
/// If `length` does not fit in four bytes: the generator asked for a packet that MQTT cannot carry.
pub fn write_length(out: &mut Vec<u8>, length: usize) {
    assert!(
        length < 1 << 28,
        "a packet of {length} bytes is more than MQTT can carry"
    );
    let mut left = length;
    while left >= 0x80 {
        out.push((left & 0x7F) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            2_097_151,
            2_097_152,
            268_435_455,
        ] {
            let mut bytes = Vec::new();
            write_length(&mut bytes, length);
            assert_eq!(read_length(&bytes), Length::Known(length, &[][..]));
        }
    }

    #[test]
    fn split_waits_for_the_last_byte() {
        let bytes = [0x30, 0x03, 1, 2, 3, 0xD0, 0x00];
        for end in 0..5 {
            assert_eq!(split(&bytes[..end]), Split::Partial, "{end} bytes");
        }
        let frame = Frame {
            first: 0x30,
            body: &[1, 2, 3],
            packet: &bytes[..5],
        };
        assert_eq!(split(&bytes), Split::Whole(frame, &[0xD0, 0x00]));
    }

    #[test]
    fn a_length_of_five_bytes_is_malformed() {
        assert_eq!(
            split(&[0x30, 0x80, 0x80, 0x80, 0x80, 0x01]),
            Split::Malformed
        );
    }
}
