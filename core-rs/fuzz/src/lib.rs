//! How the packet targets read their input: a version, the first byte of a packet, its body.
#![forbid(unsafe_code)]

use packet::{Frame, PacketType, Property, Split, UserProperties, Version, split};

/// A frame of the type `packet_type` out of fuzzed bytes, and the version to read it in.
///
/// The type is given, so that no time goes into finding it; the flags are fuzzed.
pub fn frame(packet_type: PacketType, data: &[u8]) -> Option<(Version, Frame<'_>)> {
    let (version, frame) = any_frame(data)?;
    let header = (packet_type as u8) << 4 | frame.header & 0x0F;
    Some((version, Frame { header, ..frame }))
}

/// The same, with a fuzzed type.
pub fn any_frame(data: &[u8]) -> Option<(Version, Frame<'_>)> {
    let ([choice, header], body) = data.split_first_chunk()?;
    let version = match choice & 0b11 {
        0 => Version::V31,
        1 => Version::V311,
        _ => Version::V5,
    };
    Some((
        version,
        Frame {
            header: *header,
            body,
            padded: choice & 0x80 != 0,
        },
    ))
}

/// The frame that was just written to `bytes`.
///
/// # Panics
///
/// If it is not exactly one.
pub fn written(bytes: &[u8]) -> Frame<'_> {
    match split(bytes) {
        Ok(Split::Whole { frame, total }) if total == bytes.len() && !frame.padded => frame,
        other => panic!("an encoder wrote {other:?}"),
    }
}

/// Appends user properties to what a packet is encoded from.
pub fn extend_with_users<'a>(properties: &mut Vec<Property<'a>>, users: UserProperties<'a>) {
    properties.extend(
        users
            .iter()
            .map(|(name, value)| Property::UserProperty(name, value)),
    );
}
