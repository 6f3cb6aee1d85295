//! UNSUBSCRIBE (v5 3.10), as a client sends it.

use crate::frame::PacketType;
use crate::property::Property;
use crate::property_block::{block_len, properties_len, put_properties};
use crate::version::{PacketId, Version};
use crate::writer::{put_fixed_header, put_packet_id, put_text, text_len};

/// The wish to end subscriptions.
#[derive(Clone, Copy, Debug)]
pub struct Unsubscribe<'a> {
    /// What the UNSUBACK shall answer to.
    pub packet_id: PacketId,
    /// The filters of the subscriptions.
    pub filters: &'a [&'a str],
    /// Properties; left out before v5.
    pub properties: &'a [Property<'a>],
}

impl Unsubscribe<'_> {
    /// Appends the packet.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) {
        let filters = self.filters.iter().map(|filter| text_len(filter));
        let properties = block_len(version, properties_len(self.properties));
        let remaining = 2 + properties + filters.sum::<usize>();
        put_fixed_header(out, PacketType::Unsubscribe.header(), remaining);
        put_packet_id(out, self.packet_id);
        put_properties(version, self.properties, out);
        for filter in self.filters {
            put_text(out, filter);
        }
    }
}
