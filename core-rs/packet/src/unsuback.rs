//! UNSUBACK (v5 3.11).

use crate::diagnostics::Diagnostics;
use crate::frame::PacketType;
use crate::reason::ReasonCode;
use crate::version::{PacketId, Version};
use crate::writer::{put_fixed_header, put_packet_id, variable_integer_len};

/// The answer to an UNSUBSCRIBE.
#[derive(Clone, Copy, Debug)]
pub struct Unsuback<'a> {
    /// The packet identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// What became of each filter, in the order of the UNSUBSCRIBE; not said before v5.
    pub reasons: &'a [ReasonCode],
    /// A text for people.
    pub reason_string: Option<&'a str>,
}

impl Unsuback<'_> {
    /// Appends the packet. In v5 the reason string is left out where the packet would exceed
    /// `maximum_packet_size` bytes.
    pub fn write(&self, version: Version, maximum_packet_size: usize, out: &mut Vec<u8>) {
        let header = PacketType::Unsuback.header();
        if !version.has_properties() {
            put_fixed_header(out, header, 2);
            put_packet_id(out, self.packet_id);
            return;
        }
        let body = 2 + self.reasons.len();
        let diagnostics =
            Diagnostics::reason_string(self.reason_string).fitting(body, 0, maximum_packet_size);
        let block = diagnostics.encoded_len();
        put_fixed_header(out, header, body + variable_integer_len(block) + block);
        put_packet_id(out, self.packet_id);
        diagnostics.write_block(out);
        out.extend(self.reasons.iter().map(|reason| reason.0));
    }
}
