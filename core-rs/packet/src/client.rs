//! The client side of a connection: encodes what a client sends, decodes what a server sends.
//!
//! The simulation, the load generator, the command line and the round-trip tests speak through it.
//! Properties are given as they shall lie on the wire, so that a test can also send what the
//! standard forbids.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod publish;
mod server_packet;
mod suback;
mod subscribe;
mod unsubscribe;

pub use ack::Ack;
pub use auth::Auth;
pub use connack::ReceivedConnack;
pub use connect::{Connect, Will};
pub use disconnect::{Disconnect, ReceivedDisconnect};
pub use publish::{Publish, ReceivedPublish};
pub use server_packet::{PINGREQ, ServerPacket, decode_server};
pub use suback::{ReceivedSuback, ReceivedUnsuback};
pub use subscribe::Subscribe;
pub use unsubscribe::Unsubscribe;
