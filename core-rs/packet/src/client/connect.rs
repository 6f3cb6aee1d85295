//! CONNECT (v5 3.1), as a client sends it.

use crate::frame::PacketType;
use crate::property::Property;
use crate::property_block::{block_len, properties_len, put_properties};
use crate::version::{QoS, Version};
use crate::writer::{
    binary_len, put_binary, put_fixed_header, put_text, put_two_byte_integer, text_len,
};

/// The first packet of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Connect<'a> {
    /// The version to speak.
    pub version: Version,
    /// Whether a session that exists is to be thrown away (v3: Clean Session).
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 is none.
    pub keep_alive: u16,
    /// Client identifier.
    pub client_id: &'a str,
    /// What shall be published when the client is gone.
    pub will: Option<Will<'a>>,
    /// User name.
    pub username: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// Properties; left out before v5.
    pub properties: &'a [Property<'a>],
}

/// The will in a CONNECT.
#[derive(Clone, Copy, Debug)]
pub struct Will<'a> {
    /// Quality of service.
    pub qos: QoS,
    /// Whether it shall be retained.
    pub retain: bool,
    /// Topic name.
    pub topic: &'a str,
    /// The application message.
    pub payload: &'a [u8],
    /// Properties, the Will Delay Interval among them; left out before v5.
    pub properties: &'a [Property<'a>],
}

impl Connect<'_> {
    /// Appends the packet.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (name, level) = match self.version {
            Version::V31 => ("MQIsdp", 3),
            Version::V311 => ("MQTT", 4),
            Version::V5 => ("MQTT", 5),
        };
        put_fixed_header(out, PacketType::Connect.header(), self.remaining(name));
        put_text(out, name);
        out.push(level);
        out.push(self.flags());
        put_two_byte_integer(out, self.keep_alive);
        put_properties(self.version, self.properties, out);
        put_text(out, self.client_id);
        if let Some(will) = &self.will {
            put_properties(self.version, will.properties, out);
            put_text(out, will.topic);
            put_binary(out, will.payload);
        }
        if let Some(username) = self.username {
            put_text(out, username);
        }
        if let Some(password) = self.password {
            put_binary(out, password);
        }
    }

    fn flags(&self) -> u8 {
        let mut flags = u8::from(self.clean_start) << 1;
        if let Some(will) = &self.will {
            flags |= 0x04 | (will.qos as u8) << 3 | u8::from(will.retain) << 5;
        }
        flags | u8::from(self.password.is_some()) << 6 | u8::from(self.username.is_some()) << 7
    }

    fn remaining(&self, name: &str) -> usize {
        let properties = block_len(self.version, properties_len(self.properties));
        let will = self.will.map_or(0, |will| {
            block_len(self.version, properties_len(will.properties))
                + text_len(will.topic)
                + binary_len(will.payload)
        });
        text_len(name)
            + 4
            + properties
            + text_len(self.client_id)
            + will
            + self.username.map_or(0, text_len)
            + self.password.map_or(0, binary_len)
    }
}
