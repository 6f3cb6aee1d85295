//! What a new subscription is still to be sent of the retained messages.

use packet::QoS;

/// An unfinished replay. Its cursor is a topic, not a pointer, so that it stays true while the tree changes and
/// can outlive the connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Replay {
    /// The filter, known to be one.
    pub filter: Box<str>,
    /// The last topic that was looked at.
    pub cursor: Option<String>,
    /// The QoS that was granted.
    pub qos: QoS,
    /// The subscription identifier, 0 for none.
    pub identifier: u32,
    /// The batch of the journal that its SUBACK waits for, so that it does not overtake that.
    pub after: u64,
}
