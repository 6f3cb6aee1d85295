//! What carries MQTT: TCP, TLS or WebSocket, waited for (`client`) or driven by events (`link`).

pub mod client;
pub mod inbox;
pub mod link;
pub mod outbox;
pub mod tls;
pub mod websocket;
pub mod wire;

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use crate::mqtt::Version;
use crate::mqtt::packet::User;
use tls::ClientTls;

/// What lies under MQTT.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Carrier {
    /// Plain TCP.
    Tcp,
    /// TLS 1.2 or 1.3 on TCP, whichever the broker prefers.
    Tls,
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
    /// User name of every client.
    #[arg(long, requires = "password")]
    pub username: Option<String>,
    /// Password of every client.
    #[arg(long, requires = "username")]
    pub password: Option<String>,
    /// What TLS needs, if that is the carrier.
    #[command(flatten)]
    pub tls: ClientTls,
    /// Process of the broker, to measure its CPU time and memory; left out for a broker on another machine.
    #[arg(long)]
    pub pid: Option<u32>,
}

impl Target {
    /// Who the clients say that they are; none if they say nothing.
    pub fn user(&self) -> Option<User<'_>> {
        let (name, password) = self.username.as_deref().zip(self.password.as_deref())?;
        Some(User { name, password })
    }
}
