//! A message while it is being routed.

use packet::{QoS, Version};

use super::body::{Bodies, BodyRef, Contents, NewBody};
use super::shape::Shapes;
use crate::budget::Memory;

/// A message as it came, borrowed from the inbox or from a body.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The topic name.
    pub topic: &'a str,
    /// The properties that go on to subscribers unchanged, encoded.
    pub forwarded: &'a [u8],
    /// The application message.
    pub payload: &'a [u8],
    /// The QoS that it was published with.
    pub qos: QoS,
    /// Whether it was published with RETAIN.
    pub retain: bool,
    /// Whether it is to be retained, or to remove what is.
    pub retains: bool,
    /// When it expires, in milliseconds of the monotonic clock.
    pub expires_at: Option<u64>,
    /// What is left until then, in seconds rounded up: the Message Expiry Interval that subscribers get.
    pub expiry_seconds: Option<u32>,
    /// The packet that brought it, where it goes on as it came.
    pub verbatim: Option<Verbatim<'a>>,
}

/// A PUBLISH of which subscribers that take RETAIN as it is are sent the very bytes.
#[derive(Clone, Copy, Debug)]
pub struct Verbatim<'a> {
    /// The version of its publisher, and of those subscribers.
    pub version: Version,
    /// The whole packet.
    pub packet: &'a [u8],
}

impl<'a> Message<'a> {
    /// The message that a body holds, at `now`.
    #[must_use]
    pub fn of(bodies: &Bodies, body: BodyRef, contents: &'a Contents, now: u64) -> Self {
        let stored = bodies.get(body);
        Self {
            topic: contents.topic(),
            forwarded: contents.forwarded(),
            payload: contents.payload(),
            qos: stored.qos(),
            retain: stored.retain(),
            retains: false,
            expires_at: stored.expires_at(),
            expiry_seconds: stored.remaining_seconds(now),
            verbatim: None,
        }
    }

    /// Bytes of topic, properties and payload.
    #[must_use]
    pub fn length(&self) -> usize {
        self.topic.len() + self.forwarded.len() + self.payload.len()
    }
}

/// A message with what was made of it so far: its body, once somebody needs it kept, and its encoded shapes.
#[derive(Debug)]
pub struct Carried<'a> {
    /// The message.
    pub message: Message<'a>,
    /// Its body; this holds a reference.
    body: Option<BodyRef>,
    /// Its encoded forms.
    pub shapes: Box<Shapes>,
}

impl<'a> Carried<'a> {
    /// A message of which nothing was made yet, in shapes that are used again.
    #[must_use]
    pub fn new(message: Message<'a>, shapes: Option<Box<Shapes>>) -> Self {
        let mut shapes = shapes.unwrap_or_default();
        shapes.clear();
        Self {
            message,
            body: None,
            shapes,
        }
    }

    /// The same, of a message that has a body; this takes a reference of its own.
    #[must_use]
    pub fn stored(
        message: Message<'a>,
        body: BodyRef,
        bodies: &mut Bodies,
        shapes: Option<Box<Shapes>>,
    ) -> Self {
        bodies.retain(body);
        Self {
            body: Some(body),
            ..Self::new(message, shapes)
        }
    }

    /// The body, stored now if it was not. The reference stays with this.
    pub fn body(&mut self, bodies: &mut Bodies, memory: &mut Memory) -> BodyRef {
        *self.body.get_or_insert_with(|| {
            let message = &self.message;
            let new = NewBody {
                topic: message.topic,
                forwarded: message.forwarded,
                payload: message.payload,
                qos: message.qos,
                retain: message.retain,
                expires_at: message.expires_at,
            };
            bodies.store(&new, memory)
        })
    }

    /// The body with one reference more, for the caller to keep.
    pub fn keep(&mut self, bodies: &mut Bodies, memory: &mut Memory) -> BodyRef {
        let body = self.body(bodies, memory);
        bodies.retain(body);
        body
    }

    /// Gives up the reference and hands the shapes on.
    pub fn finish(self, bodies: &mut Bodies, memory: &mut Memory) -> Option<Box<Shapes>> {
        if let Some(body) = self.body {
            bodies.release(body, memory);
        }
        Some(self.shapes)
    }
}
