//! AUTH: what is accepted says the same after it has been encoded again.
#![no_main]

use heliograph_fuzz::{extend_with_users, frame, written};
use libfuzzer_sys::fuzz_target;
use packet::{Auth, PacketType, Property, client};

fuzz_target!(|data: &[u8]| {
    let Some((_, frame)) = frame(PacketType::Auth, data) else {
        return;
    };
    match Auth::decode(frame.body) {
        Ok(auth) => check(&auth),
        Err(error) => assert!(error.reason().is_error()),
    }
});

fn check(auth: &Auth<'_>) {
    let mut properties = vec![Property::AuthenticationMethod(auth.method)];
    properties.extend(auth.data.map(Property::AuthenticationData));
    properties.extend(auth.reason_string.map(Property::ReasonString));
    extend_with_users(&mut properties, auth.user_properties());
    let mut out = Vec::new();
    client::Auth {
        reason: auth.reason,
        properties: &properties,
    }
    .write(&mut out);
    let again = Auth::decode(written(&out).body).expect("it was accepted before");
    assert_eq!((again.reason, again.method), (auth.reason, auth.method));
    assert_eq!(
        (again.data, again.reason_string),
        (auth.data, auth.reason_string)
    );
    assert_eq!(again.user_properties(), auth.user_properties());
}
