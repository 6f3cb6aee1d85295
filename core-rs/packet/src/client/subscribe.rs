//! SUBSCRIBE (v5 3.8), as a client sends it.

use crate::frame::PacketType;
use crate::property::Property;
use crate::property_block::{block_len, properties_len, put_properties};
use crate::subscribe::Subscription;
use crate::version::{PacketId, Version};
use crate::writer::{put_fixed_header, put_packet_id, put_text, text_len};

/// The wish to get what is published to some topics.
#[derive(Clone, Copy, Debug)]
pub struct Subscribe<'a> {
    /// What the SUBACK shall answer to.
    pub packet_id: PacketId,
    /// What to subscribe to.
    pub subscriptions: &'a [Subscription<'a>],
    /// Properties; left out before v5.
    pub properties: &'a [Property<'a>],
}

impl Subscribe<'_> {
    /// Appends the packet. Before v5 only the QoS of the options is sent.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) {
        let lines = self
            .subscriptions
            .iter()
            .map(|line| text_len(line.filter) + 1);
        let properties = block_len(version, properties_len(self.properties));
        let remaining = 2 + properties + lines.sum::<usize>();
        put_fixed_header(out, PacketType::Subscribe.header(), remaining);
        put_packet_id(out, self.packet_id);
        put_properties(version, self.properties, out);
        for line in self.subscriptions {
            put_text(out, line.filter);
            let options = line.options;
            out.push(if version.has_properties() {
                options.to_bits()
            } else {
                options.qos as u8
            });
        }
    }
}
