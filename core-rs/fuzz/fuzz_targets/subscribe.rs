//! SUBSCRIBE: what is accepted says the same after it has been encoded again.
#![no_main]

use heliograph_fuzz::{extend_with_users, frame, written};
use libfuzzer_sys::fuzz_target;
use packet::{PacketType, Property, Subscribe, Version, client};

fuzz_target!(|data: &[u8]| {
    let Some((version, frame)) = frame(PacketType::Subscribe, data) else {
        return;
    };
    match Subscribe::decode(version, frame.body) {
        Ok(subscribe) => check(version, &subscribe),
        Err(error) => assert!(error.reason().is_error()),
    }
});

fn check(version: Version, subscribe: &Subscribe<'_>) {
    let subscriptions: Vec<_> = subscribe.subscriptions.iter().collect();
    assert_eq!(subscriptions.len(), subscribe.subscriptions.len());
    let identifier = subscribe
        .subscription_identifier
        .map(Property::SubscriptionIdentifier);
    let mut properties: Vec<_> = identifier.into_iter().collect();
    extend_with_users(&mut properties, subscribe.user_properties());
    let packet_id = subscribe.packet_id;
    let mut out = Vec::new();
    client::Subscribe {
        packet_id,
        subscriptions: &subscriptions,
        properties: &properties,
    }
    .write(version, &mut out);
    let again = Subscribe::decode(version, written(&out).body).expect("it was accepted before");
    assert_eq!(again.packet_id, packet_id);
    assert_eq!(
        again.subscription_identifier,
        subscribe.subscription_identifier
    );
    assert!(again.subscriptions.iter().eq(subscriptions));
    assert_eq!(again.user_properties(), subscribe.user_properties());
}
