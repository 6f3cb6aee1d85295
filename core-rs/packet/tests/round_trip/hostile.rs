//! Bytes that nobody sane would send.

use packet::client::{self, decode_server};
use packet::{ClientPacket, Connect, Frame, Split, Version, decode, split};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::strategies::*;

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(Split::Whole { frame, total }) = split(&bytes) {
            prop_assert!(total <= bytes.len());
            decode_everything(frame);
        }
    }

    #[test]
    fn any_body(header in any::<u8>(), body in vec(any::<u8>(), 0..200), padded in any::<bool>()) {
        decode_everything(Frame { header, body: &body, padded });
    }

    /// A connect with one byte changed comes far before it is refused.
    #[test]
    fn a_connect_with_a_wrong_byte(
        version in version(),
        client_id in text(),
        username in proptest::option::of(text()),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut out = Vec::new();
        client::Connect {
            version, clean_start: true, keep_alive: 10, client_id, will: None, username,
            password: None, properties: &[],
        }
        .write(&mut out);
        *position.get_mut(&mut out) = byte;
        if let Ok(Split::Whole { frame, .. }) = split(&out) {
            decode_everything(frame);
        }
    }

    #[test]
    fn a_subscribe_with_a_wrong_byte(
        version in version(),
        packet_id in packet_id(),
        subscriptions in vec(subscription(), 1..5),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut out = Vec::new();
        client::Subscribe { packet_id, subscriptions: &subscriptions, properties: &[] }
            .write(version, &mut out);
        *position.get_mut(&mut out) = byte;
        if let Ok(Split::Whole { frame, .. }) = split(&out) {
            decode_everything(frame);
        }
    }
}

/// Decodes as each side and in each version, and walks over all that was accepted.
fn decode_everything(frame: Frame<'_>) {
    for version in VERSIONS {
        match decode(version, frame) {
            Ok(packet) => walk(&packet),
            Err(error) => assert!(error.reason().is_error() && !error.to_string().is_empty()),
        }
        if let Ok(packet) = decode_server(version, frame) {
            assert!(!format!("{packet:?}").is_empty());
        }
    }
    if let Err(refusal) = Connect::decode(frame) {
        assert!(
            refusal.answer_in.is_none_or(|version| {
                version == Version::V5 || refusal.return_code().is_some()
            })
        );
    }
}

/// Iterators must end where the decoder said that they do.
fn walk(packet: &ClientPacket<'_>) {
    match packet {
        ClientPacket::Subscribe(packet) => {
            assert_eq!(
                packet.subscriptions.iter().count(),
                packet.subscriptions.len()
            );
        }
        ClientPacket::Unsubscribe(packet) => {
            assert_eq!(packet.filters.iter().count(), packet.filters.len());
        }
        ClientPacket::Publish(packet) => {
            let mut forwarded = Vec::new();
            packet.properties.write_forwarded(&mut forwarded);
            assert_eq!(forwarded.len(), packet.properties.forwarded_len());
        }
        other => assert!(!format!("{other:?}").is_empty()),
    }
}
