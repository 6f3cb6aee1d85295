//! What a CONNECT means beyond its bytes, which the vectors cover.

use packet::client::{self, decode_server};
use packet::{
    ClientPacket, Connect, DecodeError, Frame, Property, ReasonCode, Split, Version, decode, split,
};

fn connect(version: Version, clean_start: bool, properties: &[Property<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    client::Connect {
        version,
        clean_start,
        keep_alive: 60,
        client_id: "a",
        will: None,
        username: None,
        password: None,
        properties,
    }
    .write(&mut out);
    out
}

fn frame(bytes: &[u8]) -> Frame<'_> {
    match split(bytes) {
        Ok(Split::Whole { frame, .. }) => frame,
        other => panic!("not a whole packet: {other:?}"),
    }
}

fn session_expiry(bytes: &[u8]) -> u32 {
    Connect::decode(frame(bytes)).unwrap().session_expiry()
}

/// v5 3.1.2.11.2, v3.1.1 3.1.2.4.
#[test]
fn the_session_outlives_the_connection_as_the_version_says() {
    let property = [Property::SessionExpiryInterval(7)];
    assert_eq!(session_expiry(&connect(Version::V5, false, &[])), 0);
    assert_eq!(session_expiry(&connect(Version::V5, false, &property)), 7);
    assert_eq!(session_expiry(&connect(Version::V5, true, &property)), 7);
    for version in [Version::V31, Version::V311] {
        assert_eq!(session_expiry(&connect(version, true, &[])), 0);
        assert_eq!(session_expiry(&connect(version, false, &[])), u32::MAX);
    }
}

/// v5 [MQTT-3.1.0-2]: the connection has to refuse it, so it has to see it.
#[test]
fn a_second_connect_is_decoded_as_one() {
    let bytes = connect(Version::V311, true, &[]);
    let packet = decode(Version::V311, frame(&bytes)).unwrap();
    assert!(matches!(packet, ClientPacket::Connect(_)));
}

/// v5 [MQTT-3.1.0-1], v3.1.1 [MQTT-3.1.0-1].
#[test]
fn only_a_connect_opens_a_connection() {
    for header in (0..=0xFF_u8).filter(|header| header >> 4 != 1) {
        let refusal = Connect::decode(Frame {
            header,
            body: b"",
            padded: false,
        })
        .unwrap_err();
        assert_eq!(
            (refusal.error, refusal.answer_in),
            (DecodeError::ConnectExpected, None)
        );
    }
}

/// v5 4.13.1, v3.1.1 4.8: a v5 client is told why, a v3 client only what has a return code.
#[test]
fn every_cut_off_connect_is_answered_once_its_version_is_known() {
    for version in [Version::V31, Version::V311, Version::V5] {
        let whole = connect(version, true, &[]);
        let frame = frame(&whole);
        let version_known = if version == Version::V31 { 9 } else { 7 };
        for length in 0..frame.body.len() {
            let (body, _) = frame.body.split_at(length);
            let refusal = Connect::decode(Frame { body, ..frame }).unwrap_err();
            assert_eq!(refusal.reason(), ReasonCode::MALFORMED_PACKET);
            assert_eq!(refusal.return_code(), None);
            let answered = version == Version::V5 && length >= version_known;
            assert_eq!(
                refusal.answer_in,
                answered.then_some(Version::V5),
                "after {length} bytes"
            );
        }
    }
}

/// Each level is either spoken, or answered in a form that its client may understand.
#[test]
fn every_protocol_level_is_spoken_or_refused() {
    let whole = connect(Version::V311, true, &[]);
    let mut body = frame(&whole).body.to_vec();
    for level in 0..=0xFF_u8 {
        body[6] = level;
        let decoded = Connect::decode(Frame {
            header: 0x10,
            body: &body,
            padded: false,
        });
        let unsupported = decoded
            .err()
            .filter(|refusal| refusal.error == DecodeError::ProtocolVersion);
        let answer_in = unsupported.map(|refusal| refusal.answer_in);
        match level & 0x7F {
            4 | 5 => assert_eq!(answer_in, None),
            0..=3 => assert_eq!(answer_in, Some(Some(Version::V311))),
            _ => assert_eq!(answer_in, Some(Some(Version::V5))),
        }
    }
}

#[test]
fn a_server_never_sends_a_connect() {
    let bytes = connect(Version::V5, true, &[]);
    assert_eq!(
        decode_server(Version::V5, frame(&bytes)),
        Err(DecodeError::WrongDirection)
    );
}

#[test]
fn errors_and_reasons_say_what_they_are() {
    assert_eq!(
        DecodeError::DuplicateProperty(packet::PropertyId::TopicAlias).to_string(),
        "Topic Alias is there twice"
    );
    assert_eq!(
        DecodeError::UnknownProperty(0x7F).to_string(),
        "property 0x7F does not exist"
    );
    assert_eq!(
        DecodeError::ReasonCodeNotAllowed(ReasonCode::BANNED).to_string(),
        "this packet cannot carry the reason code 0x8A Banned"
    );
    assert_eq!(ReasonCode(0x99).name(), "Payload format invalid");
    assert_eq!(ReasonCode(0x7F).name(), "Unknown reason code");
    assert!(ReasonCode(0x80).is_error() && !ReasonCode(0x7F).is_error());
}
