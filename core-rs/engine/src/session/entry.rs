//! One message on its way to one session or share group.

use std::rc::Rc;

use packet::QoS;

use crate::delivery::body::BodyRef;

/// Stands for "no body" in a flight whose message need not be sent again.
pub const NO_BODY: BodyRef = BodyRef::MAX;

/// The subscription identifiers that a message is sent with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Identifiers {
    /// None of the matching subscriptions has one.
    #[default]
    None,
    /// One.
    One(u32),
    /// Several, of overlapping subscriptions.
    Many(Rc<[u32]>),
}

impl Identifiers {
    /// They as a slice.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(identifier) => std::slice::from_ref(identifier),
            Self::Many(identifiers) => identifiers,
        }
    }

    /// Adds the identifier of one more matching subscription, where it has one.
    pub fn add(&mut self, identifier: u32) {
        if identifier == 0 {
            return;
        }
        *self = match self {
            Self::None => Self::One(identifier),
            Self::One(first) => Self::Many([*first, identifier].into()),
            Self::Many(all) => Self::Many(all.iter().copied().chain([identifier]).collect()),
        };
    }
}

/// How a message is sent to one subscriber.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// The lower of what it was published with and what was granted.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// Subscription identifiers.
    pub identifiers: Identifiers,
}

/// A message that waits for a window.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The message; the queue holds a reference.
    pub body: BodyRef,
    /// How it is sent.
    pub terms: Terms,
    /// Names this entry in the journal; 0 where it is not journalled.
    pub entry: u64,
}
