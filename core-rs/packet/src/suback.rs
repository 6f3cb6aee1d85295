//! SUBACK (v5 3.9).

use crate::diagnostics::Diagnostics;
use crate::frame::PacketType;
use crate::reason::ReasonCode;
use crate::version::{PacketId, Version};
use crate::writer::{put_fixed_header, put_packet_id, variable_integer_len};

/// The answer to a SUBSCRIBE.
#[derive(Clone, Copy, Debug)]
pub struct Suback<'a> {
    /// The packet identifier of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// The granted QoS or the refusal of each subscription, in the order of the SUBSCRIBE.
    pub reasons: &'a [ReasonCode],
    /// A text for people.
    pub reason_string: Option<&'a str>,
}

impl Suback<'_> {
    /// Appends the packet. Before v5 every refusal is 0x80 (v3.1.1 3.9.3); in v5 the reason string
    /// is left out where the packet would exceed `maximum_packet_size` bytes.
    pub fn write(&self, version: Version, maximum_packet_size: usize, out: &mut Vec<u8>) {
        let header = PacketType::Suback.header();
        let body = 2 + self.reasons.len();
        if version.has_properties() {
            let diagnostics = Diagnostics::reason_string(self.reason_string).fitting(
                body,
                0,
                maximum_packet_size,
            );
            let block = diagnostics.encoded_len();
            put_fixed_header(out, header, body + variable_integer_len(block) + block);
            put_packet_id(out, self.packet_id);
            diagnostics.write_block(out);
            out.extend(self.reasons.iter().map(|reason| reason.0));
        } else {
            put_fixed_header(out, header, body);
            put_packet_id(out, self.packet_id);
            out.extend(self.reasons.iter().map(|reason| reason.0.min(0x80)));
        }
    }
}
