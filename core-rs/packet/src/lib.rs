//! Bytes ⇄ packets for MQTT 3.1, 3.1.1 and 5.0.
//!
//! [`split`] cuts whole frames out of a byte stream; [`Connect::decode`], [`Publish::decode`] and
//! [`decode`] turn a frame into a packet that borrows from it. Decoding allocates nothing and
//! refuses every malformed packet with a [`DecodeError`] that knows its v5 reason code. The
//! encoders append to a `Vec<u8>`. [`client`] is the same for the other side of the connection.
//!
//! ```
//! use packet::{AckKind, OutgoingAck, Publish, ReasonCode, Split, Version, split};
//!
//! let bytes = b"\x32\x07\0\x01t\0\x07hi";
//! let Ok(Split::Whole { frame, total: 9 }) = split(bytes) else { unreachable!() };
//! let publish = Publish::decode(Version::V311, frame.header, frame.body)?;
//! assert_eq!((publish.topic, publish.payload), ("t", &b"hi"[..]));
//!
//! let mut out = Vec::new();
//! let id = publish.packet_id.expect("QoS 1 has one");
//! OutgoingAck::new(AckKind::Puback, id, ReasonCode::SUCCESS).write(Version::V311, 1_000, &mut out);
//! assert_eq!(out, b"\x40\x02\0\x07");
//! # Ok::<(), packet::DecodeError>(())
//! ```
//!
//! What needs state (topic alias limits, quotas, the order of packets) or a topic's grammar is not
//! checked here.
#![forbid(unsafe_code)]

mod ack;
mod auth;
pub mod client;
mod connack;
mod connect;
mod diagnostics;
mod disconnect;
mod error;
mod frame;
mod packet;
mod property;
mod property_block;
mod publish;
mod reader;
mod reason;
mod suback;
mod subscribe;
mod text;
mod unsuback;
mod unsubscribe;
mod version;
mod will;
mod writer;

pub use ack::{Ack, AckKind, OutgoingAck};
pub use auth::{Auth, ServerAuth};
pub use connack::Connack;
pub use connect::{Connect, ConnectError, ConnectProperties};
pub use disconnect::{Disconnect, ServerDisconnect};
pub use error::DecodeError;
pub use frame::{Frame, PACKET_BYTES_MAX, PacketType, Split, split};
pub use packet::{ClientPacket, PINGRESP, decode};
pub use property::{Property, PropertyId};
pub use property_block::{Properties, UserProperties};
pub use publish::{OutgoingPublish, Publish, PublishProperties};
pub use reason::ReasonCode;
pub use suback::Suback;
pub use subscribe::{RetainHandling, Subscribe, Subscription, SubscriptionOptions, Subscriptions};
pub use text::validate_text;
pub use unsuback::Unsuback;
pub use unsubscribe::{TopicFilters, Unsubscribe};
pub use version::{PacketId, QoS, Version};
pub use will::Will;
