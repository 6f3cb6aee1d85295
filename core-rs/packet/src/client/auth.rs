//! AUTH (v5 3.15), as a client sends it.

use crate::frame::PacketType;
use crate::property::Property;
use crate::property_block::{block_len, properties_len, put_properties};
use crate::reason::ReasonCode;
use crate::version::Version;
use crate::writer::put_fixed_header;

/// A step of an extended authentication, from the client.
#[derive(Clone, Copy, Debug)]
pub struct Auth<'a> {
    /// Continue or re-authenticate.
    pub reason: ReasonCode,
    /// Properties, the Authentication Method among them.
    pub properties: &'a [Property<'a>],
}

impl Auth<'_> {
    /// Appends the packet.
    pub fn write(&self, out: &mut Vec<u8>) {
        let block = block_len(Version::V5, properties_len(self.properties));
        put_fixed_header(out, PacketType::Auth.header(), 1 + block);
        out.push(self.reason.0);
        put_properties(Version::V5, self.properties, out);
    }
}
