//! PUBACK, PUBREC, PUBREL and PUBCOMP (v5 3.4 to 3.7), as a client sends them.

use crate::ack::AckKind;
use crate::property::Property;
use crate::property_block::{block_len, properties_len, put_properties};
use crate::reason::ReasonCode;
use crate::version::{PacketId, Version};
use crate::writer::{put_fixed_header, put_packet_id};

/// An acknowledgement from the client.
#[derive(Clone, Copy, Debug)]
pub struct Ack<'a> {
    /// Which of the four it is.
    pub kind: AckKind,
    /// The PUBLISH that it is about.
    pub packet_id: PacketId,
    /// The outcome; left out before v5.
    pub reason: ReasonCode,
    /// Properties; left out before v5.
    pub properties: &'a [Property<'a>],
}

impl Ack<'_> {
    /// Appends the packet, in the shortest form that holds what it says.
    #[inline]
    pub fn write(&self, version: Version, out: &mut Vec<u8>) {
        let header = self.kind.packet_type().header();
        let with_properties = version.has_properties() && !self.properties.is_empty();
        let with_reason =
            with_properties || version.has_properties() && self.reason != ReasonCode::SUCCESS;
        let mut remaining = if with_reason { 3 } else { 2 };
        if with_properties {
            remaining += block_len(version, properties_len(self.properties));
        }
        put_fixed_header(out, header, remaining);
        put_packet_id(out, self.packet_id);
        if with_reason {
            out.push(self.reason.0);
        }
        if with_properties {
            put_properties(version, self.properties, out);
        }
    }
}
