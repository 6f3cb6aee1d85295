//! From one accepted message to everybody who gets it.

pub mod body;
pub mod deliver;
pub mod fanout;
pub mod group;
pub mod memo;
pub mod message;
pub mod pump;
mod retain;
pub mod route;
pub mod shape;
mod stored;
pub mod transmit;
