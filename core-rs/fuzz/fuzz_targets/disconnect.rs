//! DISCONNECT: what is accepted says the same after it has been encoded again.
#![no_main]

use heliograph_fuzz::{extend_with_users, frame, written};
use libfuzzer_sys::fuzz_target;
use packet::{Disconnect, PacketType, Property, Version, client};

fuzz_target!(|data: &[u8]| {
    let Some((version, frame)) = frame(PacketType::Disconnect, data) else {
        return;
    };
    match Disconnect::decode(version, frame.body) {
        Ok(disconnect) => check(version, &disconnect),
        Err(error) => assert!(error.reason().is_error()),
    }
});

fn check(version: Version, disconnect: &Disconnect<'_>) {
    let expiry = disconnect
        .session_expiry
        .map(Property::SessionExpiryInterval);
    let mut properties: Vec<_> = expiry.into_iter().collect();
    properties.extend(disconnect.reason_string.map(Property::ReasonString));
    extend_with_users(&mut properties, disconnect.user_properties());
    let mut out = Vec::new();
    client::Disconnect {
        reason: disconnect.reason,
        properties: &properties,
    }
    .write(version, &mut out);
    let again = Disconnect::decode(version, written(&out).body).expect("it was accepted before");
    assert_eq!(again.reason, disconnect.reason);
    assert_eq!(again.session_expiry, disconnect.session_expiry);
    assert_eq!(again.reason_string, disconnect.reason_string);
    assert_eq!(again.user_properties(), disconnect.user_properties());
}
