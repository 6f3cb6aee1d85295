//! CONNECT: what is accepted says the same after it has been encoded again.
#![no_main]

use heliograph_fuzz::{extend_with_users, frame, written};
use libfuzzer_sys::fuzz_target;
use packet::{Connect, ConnectProperties, PacketType, Property, Will, client};

fuzz_target!(|data: &[u8]| {
    let Some((_, frame)) = frame(PacketType::Connect, data) else {
        return;
    };
    match Connect::decode(frame) {
        Ok(connect) => check(&connect),
        Err(refusal) => assert!(refusal.reason().is_error()),
    }
});

fn check(connect: &Connect<'_>) {
    let will_properties = connect.will.as_ref().map_or_else(Vec::new, will_properties);
    let mut out = Vec::new();
    client::Connect {
        version: connect.version,
        clean_start: connect.clean_start,
        keep_alive: connect.keep_alive,
        client_id: connect.client_id,
        will: connect.will.map(|will| client::Will {
            qos: will.qos,
            retain: will.retain,
            topic: will.topic,
            payload: will.payload,
            properties: &will_properties,
        }),
        username: connect.username,
        password: connect.password,
        properties: &properties(&connect.properties),
    }
    .write(&mut out);
    let again = Connect::decode(written(&out)).expect("it was accepted before");
    assert_eq!(again.version, connect.version);
    assert_eq!(again.clean_start, connect.clean_start);
    assert_eq!(again.keep_alive, connect.keep_alive);
    assert_eq!(again.client_id, connect.client_id);
    assert_eq!(again.username, connect.username);
    assert_eq!(again.password, connect.password);
    assert_eq!(again.session_expiry(), connect.session_expiry());
    assert_eq!(
        properties(&again.properties),
        properties(&connect.properties)
    );
    assert_eq!(again.will.is_some(), connect.will.is_some());
    if let (Some(again), Some(will)) = (again.will, connect.will) {
        assert_eq!((again.qos, again.retain), (will.qos, will.retain));
        assert_eq!((again.topic, again.payload), (will.topic, will.payload));
        assert_eq!(will_properties, self::will_properties(&again));
    }
}

fn properties<'a>(connect: &ConnectProperties<'a>) -> Vec<Property<'a>> {
    let mut properties = vec![
        Property::SessionExpiryInterval(connect.session_expiry),
        Property::ReceiveMaximum(connect.receive_maximum),
        Property::TopicAliasMaximum(connect.topic_alias_maximum),
        Property::RequestResponseInformation(connect.request_response_information),
        Property::RequestProblemInformation(connect.request_problem_information),
    ];
    properties.extend(connect.maximum_packet_size.map(Property::MaximumPacketSize));
    properties.extend(
        connect
            .authentication_method
            .map(Property::AuthenticationMethod),
    );
    properties.extend(
        connect
            .authentication_data
            .map(Property::AuthenticationData),
    );
    extend_with_users(&mut properties, connect.user_properties());
    properties
}

fn will_properties<'a>(will: &Will<'a>) -> Vec<Property<'a>> {
    will.properties.all().iter().collect()
}
