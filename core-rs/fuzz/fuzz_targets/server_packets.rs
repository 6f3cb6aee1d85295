//! Every packet that a server sends, as a client decodes it; and that no side takes what only the
//! other may send.
#![no_main]

use heliograph_fuzz::any_frame;
use libfuzzer_sys::fuzz_target;
use packet::client::{ServerPacket, decode_server};
use packet::{DecodeError, Properties, Property, decode};

fuzz_target!(|data: &[u8]| {
    let Some((version, frame)) = any_frame(data) else {
        return;
    };
    let packet = match decode_server(version, frame) {
        Ok(packet) => packet,
        Err(error) => return assert!(error.reason().is_error()),
    };
    assert_eq!(decode_server(version, frame), Ok(packet));
    match packet {
        ServerPacket::Connack(connack) => check(&connack.properties),
        ServerPacket::Publish(publish) => check(&publish.properties),
        ServerPacket::Suback(suback) => check(&suback.properties),
        ServerPacket::Unsuback(unsuback) => check(&unsuback.properties),
        ServerPacket::Disconnect(disconnect) => check(&disconnect.properties),
        _ => {}
    }
    let for_clients_alone = matches!(
        packet,
        ServerPacket::Connack(_)
            | ServerPacket::Suback(_)
            | ServerPacket::Unsuback(_)
            | ServerPacket::Pingresp
    );
    if for_clients_alone {
        assert_eq!(decode(version, frame), Err(DecodeError::WrongDirection));
    }
});

/// The walk over a validated block ends at its end: what was read can be written again.
fn check(properties: &Properties<'_>) {
    let mut out = Vec::new();
    properties
        .iter()
        .for_each(|property| property.write(&mut out));
    assert_eq!(
        out.len(),
        properties
            .iter()
            .map(|property| property.encoded_len())
            .sum::<usize>()
    );
    assert_eq!(out.is_empty(), properties.is_empty());
    let users = properties
        .iter()
        .filter(|property| matches!(property, Property::UserProperty(..)));
    assert_eq!(users.count(), properties.user_properties().iter().count());
}
