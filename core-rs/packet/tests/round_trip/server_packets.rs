//! From the server's encoders to a client's decoder.

use packet::client::{ReceivedConnack, ServerPacket, decode_server};
use packet::{
    Ack, AckKind, Connack, OutgoingAck, OutgoingPublish, PINGRESP, Property, PropertyId,
    ReasonCode, ServerAuth, ServerDisconnect, Suback, Unsuback, Version,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::split_whole;
use crate::strategies::*;

const CONNACK: &[PropertyId] = &[
    PropertyId::SessionExpiryInterval,
    PropertyId::ReceiveMaximum,
    PropertyId::MaximumQoS,
    PropertyId::RetainAvailable,
    PropertyId::MaximumPacketSize,
    PropertyId::AssignedClientIdentifier,
    PropertyId::TopicAliasMaximum,
    PropertyId::ReasonString,
    PropertyId::WildcardSubscriptionAvailable,
    PropertyId::SubscriptionIdentifierAvailable,
    PropertyId::SharedSubscriptionAvailable,
    PropertyId::ServerKeepAlive,
    PropertyId::ResponseInformation,
    PropertyId::ServerReference,
    PropertyId::AuthenticationMethod,
    PropertyId::AuthenticationData,
];
const FORWARDED: &[PropertyId] = &[
    PropertyId::PayloadFormatIndicator,
    PropertyId::ResponseTopic,
    PropertyId::CorrelationData,
    PropertyId::ContentType,
];

proptest! {
    #[test]
    fn connack(
        version in version(),
        session_present in any::<bool>(),
        properties in properties(CONNACK),
        maximum_packet_size in 0..400_usize,
    ) {
        let users = user_properties(&properties);
        let sent = Connack {
            session_present,
            user_properties: &users,
            ..connack_with(&properties)
        };
        let mut out = Vec::new();
        sent.write(version, usize::MAX, &mut out);
        let got = received_connack(version, &out);
        prop_assert_eq!(got.session_present, session_present && version != Version::V31);
        prop_assert_eq!(got.reason, ReasonCode::SUCCESS);
        let expected = if version == Version::V5 { properties } else { Vec::new() };
        let expected = sorted(expected.iter().copied());
        prop_assert_eq!(sorted(got.properties.iter()), expected.clone());

        // Only what explains is left out, and only where it does not fit.
        let mut limited = Vec::new();
        sent.write(version, maximum_packet_size, &mut limited);
        let kept = received_connack(version, &limited);
        let without = |properties: &[Property<'static>]| {
            let rest = properties.iter().copied().filter(|property| !explains(property));
            rest.collect::<Vec<_>>()
        };
        let kept = sorted(kept.properties.iter());
        prop_assert!(kept.iter().all(|property| expected.contains(property)));
        prop_assert_eq!(kept.iter().filter(|property| !explains(property)).count(), without(&expected).len());
        prop_assert!(limited.len() <= maximum_packet_size || !kept.iter().any(explains));
        if out.len() <= maximum_packet_size {
            prop_assert_eq!(limited, out);
        }
    }

    #[test]
    fn publish(
        version in version(),
        (qos, packet_id, dup) in
            qos().prop_flat_map(|qos| (Just(qos), packet_id_for(qos), dup_for(qos))),
        retain in any::<bool>(),
        topic in topic(),
        topic_alias in option::of(1..=u16::MAX),
        message_expiry in option::of(any::<u32>()),
        subscription_ids in vec(1..=268_435_455_u32, 0..5),
        properties in properties(FORWARDED),
        payload in bytes(),
    ) {
        let forwarded = written(&properties, |_| true);
        let sent = OutgoingPublish {
            dup, qos, retain, topic, packet_id, topic_alias, message_expiry,
            subscription_ids: &subscription_ids,
            forwarded: &forwarded,
            payload_len: payload.len(),
        };
        let mut out = Vec::new();
        sent.write_head(version, &mut out);
        out.extend(payload);
        prop_assert_eq!(out.len(), sent.len(version));
        let ServerPacket::Publish(got) = decode_server(version, split_whole(&out)).unwrap() else {
            panic!("not a PUBLISH");
        };
        prop_assert_eq!((got.dup, got.qos, got.retain), (dup, qos, retain));
        prop_assert_eq!((got.topic, got.packet_id), (topic, packet_id));
        prop_assert_eq!(got.payload, payload);
        let expected = match version {
            Version::V5 => topic_alias
                .map(Property::TopicAlias)
                .into_iter()
                .chain(message_expiry.map(Property::MessageExpiryInterval))
                .chain(subscription_ids.iter().copied().map(Property::SubscriptionIdentifier))
                .chain(properties)
                .collect(),
            _ => Vec::new(),
        };
        prop_assert_eq!(got.properties.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn acknowledgements(
        version in version(),
        kind in prop::sample::select(
            vec![AckKind::Puback, AckKind::Pubrec, AckKind::Pubrel, AckKind::Pubcomp],
        ),
        packet_id in packet_id(),
        failed in any::<bool>(),
        reason_string in option::of(text()),
        maximum_packet_size in 0..100_usize,
    ) {
        let failure = match kind {
            AckKind::Puback | AckKind::Pubrec => ReasonCode::QUOTA_EXCEEDED,
            AckKind::Pubrel | AckKind::Pubcomp => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
        };
        let reason = if failed { failure } else { ReasonCode::SUCCESS };
        let sent = OutgoingAck { kind, packet_id, reason, reason_string };
        let mut out = Vec::new();
        sent.write(version, maximum_packet_size, &mut out);
        let got = ack(kind, decode_server(version, split_whole(&out)).unwrap());
        prop_assert_eq!(got.packet_id, packet_id);
        let is_v5 = version == Version::V5;
        prop_assert_eq!(got.reason, if is_v5 { reason } else { ReasonCode::SUCCESS });
        prop_assert!(got.reason_string.is_none() || got.reason_string == reason_string);
        prop_assert!(got.reason_string.is_none() || out.len() <= maximum_packet_size);
        let mut unlimited = Vec::new();
        sent.write(version, usize::MAX, &mut unlimited);
        let whole = ack(kind, decode_server(version, split_whole(&unlimited)).unwrap());
        prop_assert_eq!(whole.reason_string, reason_string.filter(|_| is_v5));
        if unlimited.len() <= maximum_packet_size {
            prop_assert_eq!(out, unlimited);
        }
    }

    #[test]
    fn suback_and_unsuback(
        version in version(),
        packet_id in packet_id(),
        failed in vec(any::<bool>(), 1..10),
        reason_string in option::of(text()),
    ) {
        let reasons: Vec<_> = failed
            .iter()
            .map(|failed| if *failed { ReasonCode::NOT_AUTHORIZED } else { ReasonCode::SUCCESS })
            .collect();
        let mut out = Vec::new();
        Suback { packet_id, reasons: &reasons, reason_string }.write(version, usize::MAX, &mut out);
        let ServerPacket::Suback(got) = decode_server(version, split_whole(&out)).unwrap() else {
            panic!("not a SUBACK");
        };
        let failure = if version == Version::V5 { 0x87 } else { 0x80 };
        let codes: Vec<u8> =
            failed.iter().map(|failed| if *failed { failure } else { 0 }).collect();
        prop_assert_eq!((got.packet_id, got.reasons), (packet_id, &*codes));
        let reason_string = reason_string.filter(|_| version == Version::V5);
        let expected: Vec<_> = reason_string.map(Property::ReasonString).into_iter().collect();
        prop_assert_eq!(got.properties.iter().collect::<Vec<_>>(), expected.clone());

        let mut out = Vec::new();
        Unsuback { packet_id, reasons: &reasons, reason_string }
            .write(version, usize::MAX, &mut out);
        let ServerPacket::Unsuback(got) = decode_server(version, split_whole(&out)).unwrap() else {
            panic!("not an UNSUBACK");
        };
        prop_assert_eq!(got.packet_id, packet_id);
        let codes = if version == Version::V5 { codes } else { Vec::new() };
        prop_assert_eq!(got.reasons, codes);
        prop_assert_eq!(got.properties.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn disconnect(
        reason in one_of(&[
            ReasonCode::NORMAL_DISCONNECTION,
            ReasonCode::SESSION_TAKEN_OVER,
            ReasonCode::SERVER_MOVED,
        ]),
        reason_string in option::of(text()),
        server_reference in option::of(text()),
        users in vec((text(), text()), 0..3),
    ) {
        let sent =
            ServerDisconnect { reason, reason_string, server_reference, user_properties: &users };
        let mut out = Vec::new();
        sent.write(Version::V5, usize::MAX, &mut out);
        let ServerPacket::Disconnect(got) =
            decode_server(Version::V5, split_whole(&out)).unwrap()
        else {
            panic!("not a DISCONNECT");
        };
        let expected = server_reference
            .map(Property::ServerReference)
            .into_iter()
            .chain(reason_string.map(Property::ReasonString))
            .chain(users.iter().map(|&(name, value)| Property::UserProperty(name, value)));
        prop_assert_eq!(got.reason, reason);
        prop_assert!(got.properties.iter().eq(expected));
        let mut nothing = Vec::new();
        sent.write(Version::V311, usize::MAX, &mut nothing);
        prop_assert!(nothing.is_empty());
    }

    #[test]
    fn auth(
        reason in one_of(&[ReasonCode::SUCCESS, ReasonCode::CONTINUE_AUTHENTICATION]),
        method in text(),
        data in option::of(bytes()),
        reason_string in option::of(text()),
    ) {
        let mut out = Vec::new();
        ServerAuth { reason, method, data, reason_string }.write(usize::MAX, &mut out);
        let ServerPacket::Auth(got) = decode_server(Version::V5, split_whole(&out)).unwrap() else {
            panic!("not an AUTH");
        };
        prop_assert_eq!((got.reason, got.method), (reason, method));
        prop_assert_eq!((got.data, got.reason_string), (data, reason_string));
    }
}

#[test]
fn pingresp() {
    for version in [Version::V31, Version::V311, Version::V5] {
        let got = decode_server(version, split_whole(&PINGRESP)).unwrap();
        assert_eq!(got, ServerPacket::Pingresp);
    }
}

fn received_connack(version: Version, bytes: &[u8]) -> ReceivedConnack<'_> {
    match decode_server(version, split_whole(bytes)).unwrap() {
        ServerPacket::Connack(connack) => connack,
        other => panic!("{other:?} is not a CONNACK"),
    }
}

/// A Connack with the given properties, but for the user properties.
fn connack_with(properties: &[Property<'static>]) -> Connack<'static> {
    Connack {
        session_expiry: value_of!(properties, SessionExpiryInterval),
        receive_maximum: value_of!(properties, ReceiveMaximum),
        maximum_qos: value_of!(properties, MaximumQoS),
        retain_available: value_of!(properties, RetainAvailable),
        maximum_packet_size: value_of!(properties, MaximumPacketSize),
        assigned_client_id: value_of!(properties, AssignedClientIdentifier),
        topic_alias_maximum: value_of!(properties, TopicAliasMaximum),
        reason_string: value_of!(properties, ReasonString),
        wildcard_subscription_available: value_of!(properties, WildcardSubscriptionAvailable),
        subscription_identifier_available: value_of!(properties, SubscriptionIdentifierAvailable),
        shared_subscription_available: value_of!(properties, SharedSubscriptionAvailable),
        server_keep_alive: value_of!(properties, ServerKeepAlive),
        response_information: value_of!(properties, ResponseInformation),
        server_reference: value_of!(properties, ServerReference),
        authentication_method: value_of!(properties, AuthenticationMethod),
        authentication_data: value_of!(properties, AuthenticationData),
        ..Connack::default()
    }
}

/// Properties by identifier; user properties keep their order.
fn sorted<'a>(properties: impl Iterator<Item = Property<'a>>) -> Vec<Property<'a>> {
    let mut properties: Vec<_> = properties.collect();
    properties.sort_by_key(|property| property.id() as u8);
    properties
}

fn explains(property: &Property<'_>) -> bool {
    matches!(
        property.id(),
        PropertyId::ReasonString | PropertyId::UserProperty
    )
}

fn ack(kind: AckKind, packet: ServerPacket<'_>) -> Ack<'_> {
    match (kind, packet) {
        (AckKind::Puback, ServerPacket::Puback(ack))
        | (AckKind::Pubrec, ServerPacket::Pubrec(ack))
        | (AckKind::Pubrel, ServerPacket::Pubrel(ack))
        | (AckKind::Pubcomp, ServerPacket::Pubcomp(ack)) => ack,
        (kind, other) => panic!("{other:?} is not a {kind:?}"),
    }
}
