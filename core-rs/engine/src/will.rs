//! The message that a client leaves behind (v5 §3.1.2.5).

use packet::QoS;

/// A will, kept until it is fired or removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Will {
    /// Its topic name, known to be one.
    pub topic: Box<str>,
    /// The properties that go on to subscribers unchanged, encoded.
    pub forwarded: Box<[u8]>,
    /// The application message.
    pub payload: Box<[u8]>,
    /// Its QoS.
    pub qos: QoS,
    /// Whether it is retained.
    pub retain: bool,
    /// Seconds between the end of the connection and its firing.
    pub delay: u32,
    /// Seconds that it lives once fired.
    pub message_expiry: Option<u32>,
}

impl Will {
    /// Bytes that it holds, as the account has them.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.topic.len() + self.forwarded.len() + self.payload.len()
    }
}
