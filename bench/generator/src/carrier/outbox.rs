//! The sending half of a connection: packets to as few writes as possible.

use std::io::{self, Write};

use super::websocket::{Masker, write_frame};

/// What stands around each packet.
pub enum Framing {
    /// Nothing: TCP.
    None,
    /// A masked WebSocket frame.
    Client(Masker),
    /// A WebSocket frame without a mask.
    Server,
}

/// Bytes that wait to be written.
pub struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    framing: Framing,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(framing: Framing) -> Self {
        Self {
            bytes: Vec::new(),
            written: 0,
            framing,
        }
    }

    /// Appends one packet.
    #[inline]
    pub fn put(&mut self, packet: &[u8]) {
        match &mut self.framing {
            Framing::None => self.bytes.extend_from_slice(packet),
            Framing::Client(masker) => write_frame(&mut self.bytes, Some(masker), packet),
            Framing::Server => write_frame(&mut self.bytes, None, packet),
        }
    }

    /// Appends bytes as they are: the opening handshake of WebSocket.
    pub fn put_raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes as much as the socket takes.
    ///
    /// # Errors
    ///
    /// What the socket says, but not `WouldBlock`: then the rest waits for the next call.
    pub fn flush(&mut self, stream: &mut impl Write) -> io::Result<()> {
        while self.written < self.bytes.len() {
            match stream.write(&self.bytes[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // Moving the rest only when less than half is left keeps the copies below the bytes written.
        if self.written * 2 >= self.bytes.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        match stream.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            outcome => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes, then blocks once.
    #[derive(Default)]
    struct Slow {
        taken: Vec<u8>,
        blocks: bool,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.blocks = !self.blocks;
            if !self.blocks {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(3);
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_lost_or_doubled_over_partial_writes() {
        let (mut outbox, mut slow) = (Outbox::new(Framing::None), Slow::default());
        let mut expected = Vec::new();
        for n in 0..50_u8 {
            outbox.put(&[n, n]);
            expected.extend_from_slice(&[n, n]);
            outbox.flush(&mut slow).unwrap();
        }
        while !outbox.bytes.is_empty() {
            outbox.flush(&mut slow).unwrap();
        }
        assert_eq!(slow.taken, expected);
    }
}
