//! What carries MQTT: TCP or WebSocket, waited for (`client`) or driven by events (`link`).

pub mod client;
pub mod inbox;
pub mod link;
pub mod outbox;
pub mod websocket;

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use crate::mqtt::Version;

/// What lies under MQTT.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Carrier {
    /// Plain TCP.
    Tcp,
    /// WebSocket at the path `/mqtt`, one packet per frame as every client library sends them.
    Websocket,
}

/// Where the clients of a run connect to, and how they speak.
#[derive(Args, Clone, Debug)]
pub struct Target {
    /// Address and port of the broker.
    #[arg(long)]
    pub address: SocketAddr,
    /// What carries MQTT.
    #[arg(long, value_enum, default_value = "tcp")]
    pub carrier: Carrier,
    /// Protocol version.
    #[arg(long, value_enum, default_value = "3.1.1")]
    pub protocol: Version,
    /// Process of the broker, to measure its CPU time and memory; left out for a broker on another machine.
    #[arg(long)]
    pub pid: Option<u32>,
}
