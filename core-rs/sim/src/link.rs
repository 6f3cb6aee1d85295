//! One network connection between a client and the host: two byte pipes that split, delay and lose.

use std::collections::VecDeque;

use engine::ConnectionId;

use crate::access::Admitted;
use crate::client::Terms;
use crate::random::Random;

/// Memory that the engine has lent, as it was when it was lent.
#[derive(Clone, Debug, Default)]
pub struct Loan {
    /// Where it lies.
    pub address: usize,
    /// What it held.
    pub bytes: Vec<u8>,
}

impl Loan {
    /// The loan of `memory`.
    pub fn of(memory: &[u8]) -> Self {
        Self {
            address: memory.as_ptr() as usize,
            bytes: memory.to_vec(),
        }
    }

    /// Whether `memory` is still the same, where it was.
    pub fn untouched(&self, memory: &[u8]) -> bool {
        self.address == memory.as_ptr() as usize && equal(&self.bytes, memory)
    }
}

/// Whether two slices are equal, eight bytes at a time: in WebAssembly the comparison of slices goes byte by byte, and
/// every loan is compared after every input.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let (one_words, one_rest) = one.as_chunks::<8>();
    let (other_words, other_rest) = other.as_chunks::<8>();
    let differs =
        |words: (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*words.0) ^ u64::from_ne_bytes(*words.1);
    let mut differences = 0;
    for words in one_words.iter().zip(other_words) {
        differences |= differs(words);
    }
    one.len() == other.len() && differences == 0 && one_rest == other_rest
}

/// How fast a link is, and how it splits.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Milliseconds that a read takes at the most.
    pub read: u64,
    /// Milliseconds that a write takes at the most.
    pub write: u64,
    /// Bytes that one read or write moves at the most; 0 for all.
    pub chunk: usize,
}

impl Pace {
    /// Everything at once.
    pub const CALM: Self = Self {
        read: 1,
        write: 1,
        chunk: 0,
    };

    /// Some pace.
    pub fn draw(random: &mut Random) -> Self {
        Self {
            read: random.pick(&[0, 1, 20, 200]),
            write: random.pick(&[0, 1, 20, 200, 3000]),
            chunk: random.pick(&[0, 0, 100, 7, 1]),
        }
    }

    /// How many of `available` bytes the next read or write moves.
    pub fn share(&self, available: usize, random: &mut Random) -> usize {
        let most = if self.chunk == 0 {
            available
        } else {
            available.min(self.chunk)
        };
        if self.chunk == 0 || random.percent(30) {
            most
        } else {
            1 + random.index(most)
        }
    }
}

/// One connection.
#[derive(Debug)]
pub struct Link {
    /// The engine's name for it.
    pub id: ConnectionId,
    /// Whose it is.
    pub client: usize,
    /// What its client has said in its CONNECT.
    pub terms: Terms,
    /// How fast it is.
    pub pace: Pace,
    /// What the client has sent and the host has not read.
    pub to_server: VecDeque<u8>,
    /// What the host has written and the client has not read.
    pub to_client: Vec<u8>,
    /// The lent inbox.
    pub inbox: Option<Loan>,
    /// The lent outbox.
    pub outbox: Option<Loan>,
    /// Whether a read is planned.
    pub reading: bool,
    /// Whether the client has let go of it.
    pub abandoned: bool,
    /// Whether the engine has said to close it.
    pub closing: bool,
    /// Whether the engine has been told that it is closed.
    pub closed: bool,
    /// Whether what is written is a rest of what was lent before.
    pub rest: bool,
    /// Bytes of a packet that the engine began to send, for whoever watches what leaves.
    pub leaving: Vec<u8>,
    /// Whether what it is sent is kept for an audit.
    pub auditor: bool,
    /// When the engine was last given bytes.
    pub heard_at: u64,
    /// When its inbox was last lent.
    pub lent_at: u64,
    /// The oracle's number of the session that it serves.
    pub session: Option<usize>,
    /// The step in which it began to.
    pub since: u64,
    /// Which of the session's connections it is.
    pub nth: u32,
    /// On what terms the host lets its client in.
    pub admitted: Admitted,
    /// The session expiry that holds for it.
    pub expiry: u32,
}

impl Link {
    /// A connection that has just been opened.
    pub fn new(id: ConnectionId, client: usize, terms: Terms, pace: Pace, now: u64) -> Self {
        Self {
            id,
            client,
            terms,
            pace,
            to_server: VecDeque::new(),
            to_client: Vec::new(),
            inbox: None,
            outbox: None,
            reading: false,
            abandoned: false,
            closing: false,
            closed: false,
            rest: false,
            leaving: Vec::new(),
            auditor: false,
            heard_at: now,
            lent_at: now,
            session: None,
            since: 0,
            nth: 0,
            admitted: Admitted::default(),
            expiry: 0,
        }
    }

    /// Whether bytes can move from the client to the host now.
    pub fn readable(&self) -> bool {
        self.inbox.is_some() && !self.to_server.is_empty() && !self.closed
    }
}
