//! From a client's encoder to the server's decoder.

use packet::{
    Ack, AckKind, ClientPacket, Connect, ConnectProperties, OutgoingPublish, Property, PropertyId,
    Publish, PublishProperties, QoS, ReasonCode, Version, client, decode,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::split_whole;
use crate::strategies::*;

const CONNECT: &[PropertyId] = &[
    PropertyId::SessionExpiryInterval,
    PropertyId::ReceiveMaximum,
    PropertyId::MaximumPacketSize,
    PropertyId::TopicAliasMaximum,
    PropertyId::RequestResponseInformation,
    PropertyId::RequestProblemInformation,
    PropertyId::AuthenticationMethod,
    PropertyId::AuthenticationData,
];
const WILL: &[PropertyId] = &[
    PropertyId::WillDelayInterval,
    PropertyId::PayloadFormatIndicator,
    PropertyId::MessageExpiryInterval,
    PropertyId::ContentType,
    PropertyId::ResponseTopic,
    PropertyId::CorrelationData,
];
const PUBLISH: &[PropertyId] = &[
    PropertyId::PayloadFormatIndicator,
    PropertyId::MessageExpiryInterval,
    PropertyId::TopicAlias,
    PropertyId::ResponseTopic,
    PropertyId::CorrelationData,
    PropertyId::ContentType,
];

proptest! {
    #[test]
    fn connect(
        (version, clean_start, keep_alive) in (version(), any::<bool>(), any::<u16>()),
        client_id in topic(),
        will in option::of((qos(), any::<bool>(), text(), bytes(), properties(WILL))),
        username in option::of(text()),
        password in option::of(bytes()),
        properties in properties(CONNECT).prop_filter("data with its method", data_has_method),
    ) {
        let password = password.filter(|_| username.is_some() || version == Version::V5);
        let will = will.as_ref().map(|(qos, retain, topic, payload, properties)| {
            client::Will { qos: *qos, retain: *retain, topic, payload, properties }
        });
        let sent = client::Connect {
            version, clean_start, keep_alive, client_id, will, username, password,
            properties: &properties,
        };
        let mut out = Vec::new();
        sent.write(&mut out);
        let got = Connect::decode(split_whole(&out)).unwrap();
        prop_assert_eq!(got.version, version);
        prop_assert!(!got.bridge);
        prop_assert_eq!(got.clean_start, clean_start);
        prop_assert_eq!(got.keep_alive, keep_alive);
        prop_assert_eq!(got.client_id, client_id);
        prop_assert_eq!(got.username, username);
        prop_assert_eq!(got.password, password);
        prop_assert_eq!(got.will.is_some(), will.is_some());
        if let (Some(got), Some(sent)) = (got.will, will) {
            check_will(version, &got, &sent)?;
        }
        let properties = if version == Version::V5 { properties } else { Vec::new() };
        check_connect_properties(&got.properties, &properties)?;
    }

    #[test]
    fn publish(
        version in version(),
        (qos, packet_id, dup) in
            qos().prop_flat_map(|qos| (Just(qos), packet_id_for(qos), dup_for(qos))),
        retain in any::<bool>(),
        topic in topic(),
        properties in properties(PUBLISH),
        payload in bytes(),
    ) {
        let sent =
            client::Publish { dup, qos, retain, packet_id, topic, properties: &properties, payload };
        let mut out = Vec::new();
        sent.write(version, &mut out);
        let frame = split_whole(&out);
        let ClientPacket::Publish(got) = decode(version, frame).unwrap() else {
            panic!("not a PUBLISH");
        };
        prop_assert_eq!((got.dup, got.qos, got.retain), (dup, qos, retain));
        prop_assert_eq!(got.packet_id, packet_id);
        prop_assert_eq!(got.topic, topic);
        prop_assert_eq!(got.payload, payload);
        let properties = if version == Version::V5 { properties } else { Vec::new() };
        prop_assert_eq!(got.properties.is_empty(), properties.is_empty());
        check_publish_properties(&got.properties, &properties)?;
        prop_assert_eq!(
            got.goes_on_verbatim(&frame),
            qos == QoS::AtMostOnce && properties.iter().all(is_forwarded)
        );
        if got.goes_on_verbatim(&frame) {
            prop_assert_eq!(forwarded_packet(version, &got), out);
        }
    }

    #[test]
    fn acknowledgements(
        version in version(),
        kind in prop::sample::select(
            vec![AckKind::Puback, AckKind::Pubrec, AckKind::Pubrel, AckKind::Pubcomp],
        ),
        packet_id in packet_id(),
        failed in any::<bool>(),
        properties in properties(&[PropertyId::ReasonString]),
    ) {
        let failure = match kind {
            AckKind::Puback | AckKind::Pubrec => ReasonCode::NOT_AUTHORIZED,
            AckKind::Pubrel | AckKind::Pubcomp => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
        };
        let reason = if failed { failure } else { ReasonCode::SUCCESS };
        let mut out = Vec::new();
        client::Ack { kind, packet_id, reason, properties: &properties }.write(version, &mut out);
        let got = ack(kind, decode(version, split_whole(&out)).unwrap());
        prop_assert_eq!(got.packet_id, packet_id);
        let is_v5 = version == Version::V5;
        prop_assert_eq!(got.reason, if is_v5 { reason } else { ReasonCode::SUCCESS });
        let properties = if is_v5 { properties } else { Vec::new() };
        prop_assert_eq!(got.reason_string, value_of!(properties, ReasonString));
        let users: Vec<_> = got.user_properties().iter().collect();
        prop_assert_eq!(users, user_properties(&properties));
    }

    #[test]
    fn subscribe(
        version in version(),
        packet_id in packet_id(),
        subscriptions in vec(subscription(), 1..10),
        properties in properties(&[PropertyId::SubscriptionIdentifier]),
    ) {
        let sent = client::Subscribe {
            packet_id, subscriptions: &subscriptions, properties: &properties,
        };
        let mut out = Vec::new();
        sent.write(version, &mut out);
        let ClientPacket::Subscribe(got) = decode(version, split_whole(&out)).unwrap() else {
            panic!("not a SUBSCRIBE");
        };
        prop_assert_eq!(got.packet_id, packet_id);
        prop_assert_eq!(got.subscriptions.len(), subscriptions.len());
        for (got, sent) in got.subscriptions.iter().zip(&subscriptions) {
            prop_assert_eq!(got.filter, sent.filter);
            prop_assert_eq!(got.options.qos, sent.options.qos);
            if version == Version::V5 {
                prop_assert_eq!(got.options, sent.options);
            }
        }
        prop_assert_eq!(got.subscriptions.iter().count(), subscriptions.len());
        let properties = if version == Version::V5 { properties } else { Vec::new() };
        let identifier = value_of!(properties, SubscriptionIdentifier);
        prop_assert_eq!(got.subscription_identifier, identifier);
        let users: Vec<_> = got.user_properties().iter().collect();
        prop_assert_eq!(users, user_properties(&properties));
    }

    #[test]
    fn unsubscribe(
        version in version(),
        packet_id in packet_id(),
        filters in vec(text(), 1..10),
        properties in properties(&[]),
    ) {
        let sent = client::Unsubscribe { packet_id, filters: &filters, properties: &properties };
        let mut out = Vec::new();
        sent.write(version, &mut out);
        let ClientPacket::Unsubscribe(got) = decode(version, split_whole(&out)).unwrap() else {
            panic!("not an UNSUBSCRIBE");
        };
        prop_assert_eq!(got.packet_id, packet_id);
        prop_assert_eq!(got.filters.len(), filters.len());
        prop_assert_eq!(got.filters.iter().collect::<Vec<_>>(), filters);
        let properties = if version == Version::V5 { properties } else { Vec::new() };
        let users: Vec<_> = got.user_properties().iter().collect();
        prop_assert_eq!(users, user_properties(&properties));
    }

    #[test]
    fn disconnect(
        version in version(),
        reason in one_of(&[
            ReasonCode::NORMAL_DISCONNECTION,
            ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            ReasonCode::ADMINISTRATIVE_ACTION,
        ]),
        properties in properties(&[PropertyId::SessionExpiryInterval, PropertyId::ReasonString]),
    ) {
        let mut out = Vec::new();
        client::Disconnect { reason, properties: &properties }.write(version, &mut out);
        let ClientPacket::Disconnect(got) = decode(version, split_whole(&out)).unwrap() else {
            panic!("not a DISCONNECT");
        };
        let is_v5 = version == Version::V5;
        let properties = if is_v5 { properties } else { Vec::new() };
        prop_assert_eq!(got.reason, if is_v5 { reason } else { ReasonCode::SUCCESS });
        prop_assert_eq!(got.session_expiry, value_of!(properties, SessionExpiryInterval));
        prop_assert_eq!(got.reason_string, value_of!(properties, ReasonString));
        let users: Vec<_> = got.user_properties().iter().collect();
        prop_assert_eq!(users, user_properties(&properties));
    }

    #[test]
    fn auth(
        reason in
            one_of(&[ReasonCode::CONTINUE_AUTHENTICATION, ReasonCode::RE_AUTHENTICATE]),
        method in text(),
        others in properties(&[PropertyId::AuthenticationData, PropertyId::ReasonString]),
    ) {
        let mut properties = others;
        properties.push(Property::AuthenticationMethod(method));
        let mut out = Vec::new();
        client::Auth { reason, properties: &properties }.write(&mut out);
        let ClientPacket::Auth(got) = decode(Version::V5, split_whole(&out)).unwrap() else {
            panic!("not an AUTH");
        };
        prop_assert_eq!((got.reason, got.method), (reason, method));
        prop_assert_eq!(got.data, value_of!(properties, AuthenticationData));
        prop_assert_eq!(got.reason_string, value_of!(properties, ReasonString));
        let users: Vec<_> = got.user_properties().iter().collect();
        prop_assert_eq!(users, user_properties(&properties));
    }
}

fn data_has_method(properties: &Vec<Property<'static>>) -> bool {
    value_of!(properties, AuthenticationData).is_none()
        || value_of!(properties, AuthenticationMethod).is_some()
}

fn check_connect_properties(
    got: &ConnectProperties<'_>,
    sent: &[Property<'_>],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        got.session_expiry,
        value_of!(sent, SessionExpiryInterval).unwrap_or(0)
    );
    prop_assert_eq!(
        got.receive_maximum,
        value_of!(sent, ReceiveMaximum).unwrap_or(65_535)
    );
    prop_assert_eq!(got.maximum_packet_size, value_of!(sent, MaximumPacketSize));
    prop_assert_eq!(
        got.topic_alias_maximum,
        value_of!(sent, TopicAliasMaximum).unwrap_or(0)
    );
    let response = value_of!(sent, RequestResponseInformation).unwrap_or(false);
    prop_assert_eq!(got.request_response_information, response);
    let problem = value_of!(sent, RequestProblemInformation).unwrap_or(true);
    prop_assert_eq!(got.request_problem_information, problem);
    prop_assert_eq!(
        got.authentication_method,
        value_of!(sent, AuthenticationMethod)
    );
    prop_assert_eq!(got.authentication_data, value_of!(sent, AuthenticationData));
    prop_assert_eq!(
        got.user_properties().iter().collect::<Vec<_>>(),
        user_properties(sent)
    );
    Ok(())
}

fn check_will(
    version: Version,
    got: &packet::Will<'_>,
    sent: &client::Will<'_>,
) -> Result<(), TestCaseError> {
    prop_assert_eq!((got.qos, got.retain), (sent.qos, sent.retain));
    prop_assert_eq!((got.topic, got.payload), (sent.topic, sent.payload));
    let properties = if version == Version::V5 {
        sent.properties
    } else {
        &[]
    };
    prop_assert_eq!(
        got.delay,
        value_of!(properties, WillDelayInterval).unwrap_or(0)
    );
    check_publish_properties(&got.properties, properties)
}

fn check_publish_properties(
    got: &PublishProperties<'_>,
    sent: &[Property<'_>],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(got.all().iter().collect::<Vec<_>>(), sent);
    prop_assert_eq!(got.message_expiry, value_of!(sent, MessageExpiryInterval));
    prop_assert_eq!(got.topic_alias, value_of!(sent, TopicAlias));
    let users = written(sent, |property| property.id() == PropertyId::UserProperty);
    prop_assert_eq!(got.user_property_bytes, users.len());
    let mut forwarded = Vec::new();
    got.write_forwarded(&mut forwarded);
    prop_assert_eq!(got.forwarded_len(), forwarded.len());
    prop_assert_eq!(&forwarded, &written(sent, is_forwarded));
    if let Some(whole) = got.forwarded_whole() {
        prop_assert_eq!(whole, &forwarded);
    }
    let again = PublishProperties::decode(&forwarded).unwrap();
    prop_assert_eq!(again.forwarded_whole(), Some(&*forwarded));
    Ok(())
}

/// What a subscriber that takes RETAIN as it is gets with QoS 0.
fn forwarded_packet(version: Version, publish: &Publish<'_>) -> Vec<u8> {
    let mut forwarded = Vec::new();
    publish.properties.write_forwarded(&mut forwarded);
    let outgoing = OutgoingPublish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: publish.retain,
        topic: publish.topic,
        packet_id: None,
        topic_alias: None,
        message_expiry: publish.properties.message_expiry,
        subscription_ids: &[],
        forwarded: &forwarded,
        payload_len: publish.payload.len(),
    };
    let mut out = Vec::new();
    outgoing.write_head(version, &mut out);
    out.extend_from_slice(publish.payload);
    out
}

fn ack(kind: AckKind, packet: ClientPacket<'_>) -> Ack<'_> {
    match (kind, packet) {
        (AckKind::Puback, ClientPacket::Puback(ack))
        | (AckKind::Pubrec, ClientPacket::Pubrec(ack))
        | (AckKind::Pubrel, ClientPacket::Pubrel(ack))
        | (AckKind::Pubcomp, ClientPacket::Pubcomp(ack)) => ack,
        (kind, other) => panic!("{other:?} is not a {kind:?}"),
    }
}
