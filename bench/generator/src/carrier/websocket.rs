//! RFC 6455, as much as binary frames need, for both ends.

/// The key of the RFC's own example (section 1.3) and its answer. A generator gains nothing from a random key,
/// whose purpose is to unmask caches that replay answers.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;

/// The client's opening request.
pub fn request(host: &str) -> String {
    format!(
        "GET /mqtt HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
}

/// The sink's answer to it.
pub fn answer() -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
}

/// Checks the head of the server's answer, up to and with its empty line.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn check_answer(head: &str) -> Result<(), String> {
    let accepted = head.starts_with("HTTP/1.1 101") && head.contains(ACCEPT);
    if accepted {
        Ok(())
    } else {
        Err(format!("WebSocket refused: {head:?}"))
    }
}

/// Masks bytes as a client must: RFC 6455 section 5.3.
pub struct Masker {
    state: u32,
}

impl Masker {
    /// Keys differ from frame to frame; nobody tries to guess them here.
    pub fn new(seed: u32) -> Self {
        Self { state: seed | 1 }
    }

    fn next_key(&mut self) -> [u8; 4] {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        self.state.to_ne_bytes()
    }
}

/// Appends `payload` as one binary frame, masked if a `masker` is given.
#[inline]
pub fn write_frame(out: &mut Vec<u8>, masker: Option<&mut Masker>, payload: &[u8]) {
    out.push(0x80 | BINARY);
    let masked_bit = if masker.is_some() { 0x80 } else { 0 };
    match payload.len() {
        length @ 0..126 => out.push(masked_bit | length as u8),
        length @ 126..65_536 => {
            out.push(masked_bit | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(masked_bit | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let Some(masker) = masker else {
        out.extend_from_slice(payload);
        return;
    };
    let key = masker.next_key();
    out.extend_from_slice(&key);
    let start = out.len();
    out.extend_from_slice(payload);
    apply_mask(&mut out[start..], key);
}

#[inline]
fn apply_mask(bytes: &mut [u8], key: [u8; 4]) {
    let wide = u64::from_ne_bytes([
        key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3],
    ]);
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// Takes the payloads out of a stream of frames, wherever the stream was cut.
#[derive(Default)]
pub struct Unframer {
    /// The beginning of a header whose end has not come.
    header: Vec<u8>,
    /// Payload bytes of the current frame that have not come.
    left: usize,
    /// The current frame's key, turned to the next payload byte; zero if not masked.
    key: [u8; 4],
    /// Whether the current frame's payload is MQTT and not a ping's.
    wanted: bool,
}

/// A frame's header, read.
struct Header {
    bytes: usize,
    payload: usize,
    key: [u8; 4],
    opcode: u8,
}

impl Unframer {
    /// Moves the payload bytes of `raw` to the front of `out`, which must be as long; returns how many.
    ///
    /// # Errors
    ///
    /// If the other side closes.
    pub fn feed(&mut self, raw: &[u8], out: &mut [u8]) -> Result<usize, String> {
        let mut rest = raw;
        let mut written = 0;
        loop {
            let take = self.left.min(rest.len());
            let (payload, after) = rest.split_at(take);
            if self.wanted {
                let target = &mut out[written..written + take];
                target.copy_from_slice(payload);
                if self.key != [0; 4] {
                    apply_mask(target, self.key);
                    self.key.rotate_left(take % 4);
                }
                written += take;
            }
            self.left -= take;
            rest = after;
            if rest.is_empty() {
                return Ok(written);
            }
            rest = self.begin_frame(rest)?;
        }
    }

    /// Reads a header; returns what follows it, or nothing if the header is not whole yet.
    fn begin_frame<'a>(&mut self, raw: &'a [u8]) -> Result<&'a [u8], String> {
        if self.header.is_empty()
            && let Some(header) = read_header(raw)
        {
            self.enter(&header)?;
            return Ok(&raw[header.bytes..]);
        }
        let mut rest = raw;
        while let Some((&byte, tail)) = rest.split_first() {
            self.header.push(byte);
            rest = tail;
            if let Some(header) = read_header(&self.header) {
                self.header.clear();
                self.enter(&header)?;
                break;
            }
        }
        Ok(rest)
    }

    fn enter(&mut self, header: &Header) -> Result<(), String> {
        if header.opcode == CLOSE {
            return Err("WebSocket closed by the broker".into());
        }
        self.left = header.payload;
        self.key = header.key;
        self.wanted = header.opcode <= BINARY;
        Ok(())
    }
}

fn read_header(bytes: &[u8]) -> Option<Header> {
    let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
    let (payload, rest) = match second & 0x7F {
        126 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (u64::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*length), rest)
        }
        length => (u64::from(length), rest),
    };
    let (key, rest) = match second & 0x80 {
        0 => ([0; 4], rest),
        _ => {
            let (key, rest) = rest.split_first_chunk::<4>()?;
            (*key, rest)
        }
    };
    let payload = usize::try_from(payload).ok()?;
    Some(Header {
        bytes: bytes.len() - rest.len(),
        payload,
        key,
        opcode: first & 0x0F,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_header_size_come_back_however_they_are_cut() {
        let payloads = [
            vec![1; 5],
            vec![2; 126],
            vec![3; 65_536],
            (0..200).collect(),
        ];
        for masked in [false, true] {
            let (mut masker, mut stream) = (Masker::new(42), Vec::new());
            for payload in &payloads {
                write_frame(&mut stream, masked.then_some(&mut masker), payload);
            }
            for step in [1, 3, 7, 1000, stream.len()] {
                let mut unframer = Unframer::default();
                let mut joined = Vec::new();
                for piece in stream.chunks(step) {
                    let mut out = vec![0; piece.len()];
                    let count = unframer.feed(piece, &mut out).unwrap();
                    joined.extend_from_slice(&out[..count]);
                }
                assert!(joined == payloads.concat(), "step {step}, masked {masked}");
            }
        }
    }

    #[test]
    fn the_masked_hello_of_the_standard() {
        // RFC 6455 section 5.7 gives this frame for the text "Hello".
        let frame = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        let mut out = [0; 11];
        assert_eq!(Unframer::default().feed(&frame, &mut out), Ok(5));
        assert_eq!(out[..5], *b"Hello");
    }

    #[test]
    fn pings_are_skipped_and_a_close_is_an_error() {
        let mut out = [0; 16];
        let mut unframer = Unframer::default();
        assert_eq!(
            unframer.feed(&[0x89, 1, b'x', 0x82, 1, b'y'], &mut out),
            Ok(1)
        );
        assert_eq!(out[0], b'y');
        assert!(unframer.feed(&[0x88, 0], &mut out).is_err());
    }
}
