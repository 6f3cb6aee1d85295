//! UNSUBSCRIBE: what is accepted says the same after it has been encoded again.
#![no_main]

use heliograph_fuzz::{extend_with_users, frame, written};
use libfuzzer_sys::fuzz_target;
use packet::{PacketType, Unsubscribe, Version, client};

fuzz_target!(|data: &[u8]| {
    let Some((version, frame)) = frame(PacketType::Unsubscribe, data) else {
        return;
    };
    match Unsubscribe::decode(version, frame.body) {
        Ok(unsubscribe) => check(version, &unsubscribe),
        Err(error) => assert!(error.reason().is_error()),
    }
});

fn check(version: Version, unsubscribe: &Unsubscribe<'_>) {
    let filters: Vec<_> = unsubscribe.filters.iter().collect();
    assert_eq!(filters.len(), unsubscribe.filters.len());
    let mut properties = Vec::new();
    extend_with_users(&mut properties, unsubscribe.user_properties());
    let packet_id = unsubscribe.packet_id;
    let mut out = Vec::new();
    client::Unsubscribe {
        packet_id,
        filters: &filters,
        properties: &properties,
    }
    .write(version, &mut out);
    let again = Unsubscribe::decode(version, written(&out).body).expect("it was accepted before");
    assert_eq!(again.packet_id, packet_id);
    assert!(again.filters.iter().eq(filters));
    assert_eq!(again.user_properties(), unsubscribe.user_properties());
}
