//! As much MQTT 3.1.1 and 5.0 as a load generator needs, written without the core that it measures.

pub mod frame;
pub mod packet;
pub mod property;
pub mod publish;

use clap::ValueEnum;

/// The protocol version that every client of a run speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Version {
    /// MQTT 3.1.1, protocol level 4.
    #[value(name = "3.1.1")]
    V3,
    /// MQTT 5.0, protocol level 5.
    #[value(name = "5")]
    V5,
}

impl Version {
    /// The protocol level in CONNECT: v3.1.1 section 3.1.2.2, v5 section 3.1.2.2.
    pub fn level(self) -> u8 {
        match self {
            Version::V3 => 4,
            Version::V5 => 5,
        }
    }
}

/// The first byte of each packet that the generator sends or waits for.
pub mod kind {
    /// CONNECT.
    pub const CONNECT: u8 = 0x10;
    /// CONNACK.
    pub const CONNACK: u8 = 0x20;
    /// PUBLISH, with DUP, QoS and RETAIN in the low bits.
    pub const PUBLISH: u8 = 0x30;
    /// PUBACK.
    pub const PUBACK: u8 = 0x40;
    /// PUBREC.
    pub const PUBREC: u8 = 0x50;
    /// PUBREL, whose low bits are fixed: v5 [MQTT-3.6.1-1].
    pub const PUBREL: u8 = 0x62;
    /// PUBCOMP.
    pub const PUBCOMP: u8 = 0x70;
    /// SUBSCRIBE, whose low bits are fixed: v5 [MQTT-3.8.1-1].
    pub const SUBSCRIBE: u8 = 0x82;
    /// SUBACK.
    pub const SUBACK: u8 = 0x90;
    /// PINGREQ.
    pub const PINGREQ: u8 = 0xC0;
    /// PINGRESP.
    pub const PINGRESP: u8 = 0xD0;
    /// DISCONNECT.
    pub const DISCONNECT: u8 = 0xE0;
}
