//! The receiving half of a connection: bytes to whole packets.

use std::io::{self, Read};

use super::websocket::Unframer;
use crate::mqtt::frame::{Frame, Split, split};

/// How much one read may bring.
const READ_BYTES: usize = 256 * 1024;

/// The largest packet that may wait for its end. Larger ones are read by `mode::megabyte` alone, without storing them.
const PACKET_BYTES_MAX: usize = 256 * 1024;

/// Where the bytes of one read lie while they are worked on; all connections share it.
pub struct Scratch {
    stream: Vec<u8>,
    frames: Vec<u8>,
}

impl Scratch {
    /// Room for one read behind the largest waiting packet.
    pub fn new() -> Self {
        Self {
            stream: vec![0; PACKET_BYTES_MAX + READ_BYTES],
            frames: vec![0; READ_BYTES],
        }
    }
}

/// What is left of a connection's last read.
#[derive(Default)]
pub struct Inbox {
    /// The beginning of a packet whose end has not come.
    tail: Vec<u8>,
    /// Present if WebSocket carries the packets.
    unframer: Option<Unframer>,
}

impl Inbox {
    /// An inbox for packets inside WebSocket frames.
    pub fn websocket() -> Self {
        Self {
            unframer: Some(Unframer::default()),
            ..Self::default()
        }
    }

    /// Reads once and hands over every packet that is whole by then.
    ///
    /// Returns whether the socket may hold more: after a short read it is empty, and an edge-triggered event will
    /// tell of the next byte.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is nothing to read, `UnexpectedEof` if the broker closed, `InvalidData` if what came
    /// is not MQTT, and whatever the socket says.
    #[inline]
    pub fn read(
        &mut self,
        stream: &mut impl Read,
        scratch: &mut Scratch,
        mut each: impl FnMut(Frame<'_>),
    ) -> io::Result<bool> {
        let start = self.tail.len();
        let (waiting, room) = scratch.stream.split_at_mut(start);
        let (read, count) = match &mut self.unframer {
            None => {
                let room = &mut room[..READ_BYTES];
                let read = stream.read(room)?;
                (read, read)
            }
            Some(unframer) => {
                let read = stream.read(&mut scratch.frames)?;
                let raw = &scratch.frames[..read];
                (read, unframer.feed(raw, room).map_err(io::Error::other)?)
            }
        };
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "closed by the broker",
            ));
        }
        waiting.copy_from_slice(&self.tail);
        let mut rest = &scratch.stream[..start + count];
        loop {
            match split(rest) {
                Split::Whole(frame, after) => {
                    each(frame);
                    rest = after;
                }
                Split::Partial => break,
                Split::Malformed => return Err(invalid("a remaining length of five bytes")),
            }
        }
        if rest.len() > PACKET_BYTES_MAX {
            return Err(invalid("a packet larger than this mode expects"));
        }
        self.tail.clear();
        self.tail.extend_from_slice(rest);
        Ok(read == READ_BYTES)
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_joined_over_reads() {
        let stream = [0xD0, 0, 0x40, 2, 0, 1, 0x30, 4, 0, 1, b'a', b'x'];
        for cut in 0..=stream.len() {
            let (mut inbox, mut scratch) = (Inbox::default(), Scratch::new());
            let mut seen = Vec::new();
            for mut piece in [&stream[..cut], &stream[cut..]] {
                if !piece.is_empty() {
                    inbox
                        .read(&mut piece, &mut scratch, |frame| {
                            seen.push((frame.first, frame.body.len()))
                        })
                        .unwrap();
                }
            }
            assert_eq!(seen, [(0xD0, 0), (0x40, 2), (0x30, 4)], "cut at {cut}");
        }
    }

    #[test]
    fn a_closed_stream_is_an_error() {
        let outcome = Inbox::default().read(&mut &[][..], &mut Scratch::new(), |_| ());
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
