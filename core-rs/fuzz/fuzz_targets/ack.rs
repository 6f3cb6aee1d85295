//! PUBACK, PUBREC, PUBREL and PUBCOMP: what is accepted says the same after it has been encoded
//! again.
#![no_main]

use heliograph_fuzz::{any_frame, extend_with_users, written};
use libfuzzer_sys::fuzz_target;
use packet::{Ack, AckKind, Property, Version, client};

fuzz_target!(|data: &[u8]| {
    let Some((version, frame)) = any_frame(data) else {
        return;
    };
    for kind in [
        AckKind::Puback,
        AckKind::Pubrec,
        AckKind::Pubrel,
        AckKind::Pubcomp,
    ] {
        match Ack::decode(version, kind, frame.body) {
            Ok(ack) => check(version, kind, &ack),
            Err(error) => assert!(error.reason().is_error()),
        }
    }
});

fn check(version: Version, kind: AckKind, ack: &Ack<'_>) {
    let mut properties: Vec<_> = ack
        .reason_string
        .map(Property::ReasonString)
        .into_iter()
        .collect();
    extend_with_users(&mut properties, ack.user_properties());
    let mut out = Vec::new();
    client::Ack {
        kind,
        packet_id: ack.packet_id,
        reason: ack.reason,
        properties: &properties,
    }
    .write(version, &mut out);
    let frame = written(&out);
    assert_eq!(frame.packet_type(), kind.packet_type());
    let again = Ack::decode(version, kind, frame.body).expect("it was accepted before");
    assert_eq!((again.packet_id, again.reason), (ack.packet_id, ack.reason));
    assert_eq!(again.reason_string, ack.reason_string);
    assert_eq!(again.user_properties(), ack.user_properties());
}
