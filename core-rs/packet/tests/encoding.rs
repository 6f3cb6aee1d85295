//! What encoders choose where the standard leaves a choice, and what they leave out.

use packet::{
    AckKind, Connack, Frame, OutgoingAck, OutgoingPublish, PacketId, Publish, PublishProperties,
    QoS, ReasonCode, ServerAuth, ServerDisconnect, Suback, Unsuback, Version,
};

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

/// v5 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1: the reason code and the property length may be left out.
#[test]
fn acknowledgements_take_their_shortest_form() {
    let cases = [
        (AckKind::Puback, 0x40),
        (AckKind::Pubrec, 0x50),
        (AckKind::Pubrel, 0x62),
        (AckKind::Pubcomp, 0x70),
    ];
    for (kind, header) in cases {
        for version in [Version::V31, Version::V311, Version::V5] {
            let success = OutgoingAck::new(kind, id(0x0102), ReasonCode::SUCCESS);
            let bytes = written(|out| success.write(version, usize::MAX, out));
            assert_eq!(bytes, [header, 2, 1, 2]);
        }
        let failure = OutgoingAck::new(kind, id(0x0102), ReasonCode::PACKET_IDENTIFIER_NOT_FOUND);
        let bytes = written(|out| failure.write(Version::V5, usize::MAX, out));
        assert_eq!(bytes, [header, 3, 1, 2, 0x92]);
        let bytes = written(|out| failure.write(Version::V311, usize::MAX, out));
        assert_eq!(bytes, [header, 2, 1, 2]);
    }
}

/// v5 [MQTT-3.4.2-2].
#[test]
fn a_puback_leaves_out_the_reason_string_that_does_not_fit() {
    let ack = OutgoingAck {
        kind: AckKind::Puback,
        packet_id: id(1),
        reason: ReasonCode::QUOTA_EXCEEDED,
        reason_string: Some("full"),
    };
    let whole = written(|out| ack.write(Version::V5, 13, out));
    assert_eq!(whole, *b"\x40\x0b\0\x01\x97\x07\x1f\0\x04full");
    assert_eq!(
        written(|out| ack.write(Version::V5, 12, out)),
        [0x40, 3, 0, 1, 0x97]
    );
}

/// v5 [MQTT-3.2.2-19], [MQTT-3.2.2-20].
#[test]
fn a_connack_leaves_out_user_properties_before_the_reason_string() {
    let connack = Connack {
        reason_string: Some("no"),
        user_properties: &[("a", "b")],
        receive_maximum: Some(5),
        ..Connack::refused(ReasonCode::BANNED)
    };
    let limited = |limit| written(|out| connack.write(Version::V5, limit, out));
    let bare = b"\x20\x06\0\x8a\x03\x21\0\x05";
    assert_eq!(
        limited(20),
        *b"\x20\x12\0\x8a\x0f\x21\0\x05\x1f\0\x02no\x26\0\x01a\0\x01b"
    );
    assert_eq!(limited(19), *b"\x20\x0b\0\x8a\x08\x21\0\x05\x1f\0\x02no");
    assert_eq!(limited(13), *b"\x20\x0b\0\x8a\x08\x21\0\x05\x1f\0\x02no");
    assert_eq!(limited(12), bare);
    assert_eq!(limited(0), bare);
}

/// A reason string that is too long does not take short user properties with it.
#[test]
fn a_disconnect_keeps_user_properties_that_fit_without_the_reason_string() {
    let disconnect = ServerDisconnect {
        reason: ReasonCode::SERVER_BUSY,
        reason_string: Some("a reason of many words"),
        server_reference: None,
        user_properties: &[("a", "b")],
    };
    let bytes = written(|out| disconnect.write(Version::V5, 12, out));
    assert_eq!(bytes, *b"\xe0\x09\x89\x07\x26\0\x01a\0\x01b");
    let bytes = written(|out| disconnect.write(Version::V5, 10, out));
    assert_eq!(bytes, [0xE0, 1, 0x89]);
}

/// v5 [MQTT-3.14.2-3], and a server that just closes before v5.
#[test]
fn a_disconnect_without_properties_is_three_bytes() {
    let disconnect = ServerDisconnect {
        reason: ReasonCode::SESSION_TAKEN_OVER,
        ..ServerDisconnect::default()
    };
    assert_eq!(
        written(|out| disconnect.write(Version::V5, usize::MAX, out)),
        [0xE0, 1, 0x8E]
    );
    assert_eq!(
        written(|out| disconnect.write(Version::V311, usize::MAX, out)),
        []
    );
    let normal = ServerDisconnect::default();
    assert_eq!(
        written(|out| normal.write(Version::V5, usize::MAX, out)),
        [0xE0, 1, 0]
    );
}

/// v5 [MQTT-3.9.2-1], [MQTT-3.11.2-1], [MQTT-3.15.2-2].
#[test]
fn suback_unsuback_and_auth_leave_out_the_reason_string_that_does_not_fit() {
    let reasons = &[ReasonCode::NOT_AUTHORIZED];
    let suback = Suback {
        packet_id: id(9),
        reasons,
        reason_string: Some("no"),
    };
    let bytes = written(|out| suback.write(Version::V5, 11, out));
    assert_eq!(bytes, *b"\x90\x09\0\x09\x05\x1f\0\x02no\x87");
    assert_eq!(
        written(|out| suback.write(Version::V5, 10, out)),
        *b"\x90\x04\0\x09\0\x87"
    );
    assert_eq!(
        written(|out| suback.write(Version::V311, 10, out)),
        *b"\x90\x03\0\x09\x80"
    );

    let unsuback = Unsuback {
        packet_id: id(9),
        reasons,
        reason_string: Some("no"),
    };
    let bytes = written(|out| unsuback.write(Version::V5, 11, out));
    assert_eq!(bytes, *b"\xb0\x09\0\x09\x05\x1f\0\x02no\x87");
    assert_eq!(
        written(|out| unsuback.write(Version::V5, 10, out)),
        *b"\xb0\x04\0\x09\0\x87"
    );
    assert_eq!(
        written(|out| unsuback.write(Version::V311, 10, out)),
        *b"\xb0\x02\0\x09"
    );

    let reason = ReasonCode::CONTINUE_AUTHENTICATION;
    let auth = ServerAuth {
        reason,
        method: "m",
        data: None,
        reason_string: Some("go"),
    };
    let bytes = written(|out| auth.write(13, out));
    assert_eq!(bytes, *b"\xf0\x0b\x18\x09\x15\0\x01m\x1f\0\x02go");
    assert_eq!(
        written(|out| auth.write(12, out)),
        *b"\xf0\x06\x18\x04\x15\0\x01m"
    );
}

/// v3.1.1 3.2.2.3: what has no return code is not said, the connection just ends.
#[test]
fn a_v3_connack_has_a_return_code_or_is_not_sent() {
    let sent = |version, reason| {
        let connack = Connack {
            session_present: true,
            ..Connack::refused(reason)
        };
        written(|out| connack.write(version, usize::MAX, out))
    };
    let accepted = ReasonCode::SUCCESS;
    assert_eq!(sent(Version::V311, accepted), [0x20, 2, 1, 0]);
    assert_eq!(sent(Version::V31, accepted), [0x20, 2, 0, 0]);
    let codes = [
        (ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, 1),
        (ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, 2),
        (ReasonCode::SERVER_UNAVAILABLE, 3),
        (ReasonCode::SERVER_BUSY, 3),
        (ReasonCode::SERVER_SHUTTING_DOWN, 3),
        (ReasonCode::QUOTA_EXCEEDED, 3),
        (ReasonCode::USE_ANOTHER_SERVER, 3),
        (ReasonCode::SERVER_MOVED, 3),
        (ReasonCode::CONNECTION_RATE_EXCEEDED, 3),
        (ReasonCode::BAD_USER_NAME_OR_PASSWORD, 4),
        (ReasonCode::NOT_AUTHORIZED, 5),
        (ReasonCode::BANNED, 5),
        (ReasonCode::BAD_AUTHENTICATION_METHOD, 5),
    ];
    for (reason, code) in codes {
        let refused = written(|out| Connack::refused(reason).write(Version::V311, 0, out));
        assert_eq!(refused, [0x20, 2, 0, code], "{reason}");
    }
    for reason in [ReasonCode::MALFORMED_PACKET, ReasonCode::PROTOCOL_ERROR] {
        assert_eq!(sent(Version::V311, reason), []);
    }
}

/// A field holds at most 65,535 bytes; what follows it must stay readable.
#[test]
fn text_that_no_field_can_hold_is_cut_between_characters() {
    let long = "€".repeat(30_000);
    let ack = OutgoingAck {
        kind: AckKind::Puback,
        packet_id: id(1),
        reason: ReasonCode::SUCCESS,
        reason_string: Some(&long),
    };
    let bytes = written(|out| ack.write(Version::V5, usize::MAX, out));
    let packet::Split::Whole { frame, total } = packet::split(&bytes).unwrap() else {
        panic!("not a whole packet");
    };
    assert_eq!(total, bytes.len());
    let got = packet::Ack::decode(Version::V5, AckKind::Puback, frame.body).unwrap();
    assert_eq!(got.reason_string.unwrap().len(), 65_535);
}

#[test]
fn the_length_of_a_publish_crosses_each_step_of_the_remaining_length() {
    for remaining in [127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
        let publish = OutgoingPublish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "t",
            packet_id: None,
            topic_alias: None,
            message_expiry: None,
            subscription_ids: &[],
            forwarded: &[],
            payload_len: remaining - 3,
        };
        let head = written(|out| publish.write_head(Version::V311, out));
        assert_eq!(head.len() + publish.payload_len, publish.len(Version::V311));
        let whole = [head, vec![0; publish.payload_len]].concat();
        let Ok(packet::Split::Whole { frame, .. }) = packet::split(&whole) else {
            panic!("not a whole packet");
        };
        assert_eq!(frame.body.len(), remaining);
        assert!(!frame.padded);
    }
}

/// Runs of forwarded properties are joined only where they must be.
#[test]
fn properties_that_are_forwarded_in_one_piece_are_not_copied() {
    let whole = |block: &'static [u8]| PublishProperties::decode(block).unwrap().forwarded_whole();
    assert_eq!(whole(b""), Some(&b""[..]));
    assert_eq!(whole(b"\x01\x01"), Some(&b"\x01\x01"[..]));
    assert_eq!(whole(b"\x23\0\x01\x01\x01"), Some(&b"\x01\x01"[..]));
    assert_eq!(whole(b"\x01\x01\x23\0\x01"), Some(&b"\x01\x01"[..]));
    assert_eq!(
        whole(b"\x02\0\0\0\x01\x01\x01\x23\0\x01"),
        Some(&b"\x01\x01"[..])
    );
    assert_eq!(whole(b"\x01\x01\x23\0\x01\x03\0\0"), None);
}

/// What subscribers get has the shortest Remaining Length, whatever the publisher's was.
#[test]
fn a_padded_publish_does_not_go_on_verbatim() {
    let frame = Frame {
        header: 0x30,
        body: b"\0\x01ax",
        padded: false,
    };
    let publish = Publish::decode(Version::V311, frame.header, frame.body).unwrap();
    assert!(publish.goes_on_verbatim(&frame));
    let padded = Frame {
        padded: true,
        ..frame
    };
    assert!(!publish.goes_on_verbatim(&padded));
}

/// v5 [MQTT-1.5.5-1]; the standard for v3 has no such rule.
#[test]
fn a_padded_remaining_length_is_for_v3_alone() {
    let frame = Frame {
        header: 0x30,
        body: b"",
        padded: true,
    };
    assert!(frame.check_length(Version::V31).is_ok());
    assert!(frame.check_length(Version::V311).is_ok());
    assert_eq!(
        frame.check_length(Version::V5),
        Err(packet::DecodeError::LengthPadded)
    );
}

/// v5 1.5.5, v3.1.1 2.2.3.
#[test]
fn the_largest_packet_is_the_one_with_the_largest_remaining_length() {
    let largest = packet::split(b"\x30\xff\xff\xff\x7f");
    let expected = packet::Split::Partial {
        header: Some(0x30),
        total: Some(packet::PACKET_BYTES_MAX),
    };
    assert_eq!(largest, Ok(expected));
}
