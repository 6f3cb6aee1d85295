//! PUBLISH: what a publisher sends reaches a subscriber unchanged, but for what the server fills
//! in anew.
#![no_main]

use heliograph_fuzz::{frame, written};
use libfuzzer_sys::fuzz_target;
use packet::client::ReceivedPublish;
use packet::{
    OutgoingPublish, PacketType, Property, PropertyId, Publish, PublishProperties, Version,
};

fuzz_target!(|data: &[u8]| {
    let Some((version, frame)) = frame(PacketType::Publish, data) else {
        return;
    };
    match Publish::decode(version, frame.header, frame.body) {
        Ok(publish) => check(version, &publish),
        Err(error) => assert!(error.reason().is_error()),
    }
});

fn check(version: Version, publish: &Publish<'_>) {
    let mut forwarded = Vec::new();
    publish.properties.write_forwarded(&mut forwarded);
    assert_eq!(forwarded.len(), publish.properties.forwarded_len());
    assert!(
        publish
            .properties
            .forwarded_whole()
            .is_none_or(|whole| whole == forwarded)
    );
    assert!(publish.properties.user_property_bytes <= forwarded.len());
    let again = PublishProperties::decode(&forwarded).expect("forwarded properties are valid");
    assert_eq!((again.topic_alias, again.message_expiry), (None, None));
    assert_eq!(
        again.user_property_bytes,
        publish.properties.user_property_bytes
    );

    let topic = if publish.topic.is_empty() {
        "t"
    } else {
        publish.topic
    };
    let outgoing = OutgoingPublish {
        dup: publish.dup,
        qos: publish.qos,
        retain: publish.retain,
        topic,
        packet_id: publish.packet_id,
        topic_alias: publish.properties.topic_alias,
        message_expiry: publish.properties.message_expiry,
        subscription_ids: &[1, 200],
        forwarded: &forwarded,
        payload_len: publish.payload.len(),
    };
    let mut out = Vec::new();
    outgoing.write_head(version, &mut out);
    out.extend_from_slice(publish.payload);
    assert_eq!(out.len(), outgoing.len(version));
    let frame = written(&out);
    let got = ReceivedPublish::decode(version, frame.header, frame.body).expect("it is valid");
    assert_eq!(
        (got.dup, got.qos, got.retain),
        (publish.dup, publish.qos, publish.retain)
    );
    assert_eq!((got.topic, got.packet_id), (topic, publish.packet_id));
    assert_eq!(got.payload, publish.payload);
    if version.has_properties() {
        let expiry = publish
            .properties
            .message_expiry
            .map(Property::MessageExpiryInterval);
        assert_eq!(
            got.properties.find(PropertyId::MessageExpiryInterval),
            expiry
        );
        assert!(got.subscription_identifiers().eq([1, 200]));
        let users = got.properties.user_properties();
        assert_eq!(users, publish.properties.all().user_properties());
    }
}
