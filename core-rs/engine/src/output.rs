//! Everything that leaves the engine. The host drains these after each input.

use packet::ReasonCode;

use crate::connection::ConnectionId;

/// One thing for the host to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Read the socket into [`crate::Engine::inbox`] and answer with `filled`.
    Lend {
        /// Whose inbox.
        connection: ConnectionId,
    },
    /// Write [`crate::Engine::outbox`] and answer with `written`.
    Send {
        /// Whose outbox.
        connection: ConnectionId,
    },
    /// Close the socket; `closed` and `released` follow.
    Close {
        /// Which.
        connection: ConnectionId,
        /// Why, for the log.
        reason: ReasonCode,
    },
    /// A CONNECT or AUTH waits for identity; answer with `decided`. [`crate::Engine::connect`] has its fields.
    Decide {
        /// What the answer names.
        request: u32,
        /// Whose.
        connection: ConnectionId,
        /// Whether the connection is live and renews its identity.
        again: bool,
    },
    /// A publish of the host is done.
    Result {
        /// The number that the host gave.
        request: u32,
        /// What an MQTT client would have got in its PUBACK.
        reason: ReasonCode,
    },
    /// Store the batch that [`crate::Engine::journal_batch`] gives, and answer with `committed`.
    Journal {
        /// Its number, one more than the one before.
        sequence: u64,
    },
    /// Bring the contents of a body back and answer with `loaded`.
    Load {
        /// The body's number, as the journal has it; also what the answer names.
        body: u64,
    },
    /// Something that the host has asked to be told.
    Event(Event),
    /// The next `tick` that is needed, in milliseconds of the monotonic clock.
    Wake {
        /// When.
        at: u64,
    },
    /// Work is left; call `resume` in the next turn.
    More,
}

/// What can be told; the host asks for kinds with [`crate::Engine::listen`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum EventKind {
    /// A client is connected. `number`: 1 if its session was there already.
    Connected = 0,
    /// A client's connection is over.
    Disconnected = 1,
    /// A CONNECT was refused.
    Refused = 2,
    /// A session has ended.
    SessionEnded = 3,
    /// Messages were dropped for a session. `number`: how many since the last such event.
    Dropped = 4,
}

/// Something that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Whose client identifier, as the client gave it.
    pub client_id: Box<str>,
    /// The peer's address, where there is a connection.
    pub address: Box<str>,
    /// The reason code that goes with it.
    pub reason: ReasonCode,
    /// In words.
    pub detail: &'static str,
    /// See [`EventKind`].
    pub number: u64,
}
