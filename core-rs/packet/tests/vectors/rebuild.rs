//! Packets out of what the vectors expect, through the encoders of both sides.

use packet::client::{self, PINGREQ};
use packet::{
    AckKind, Connack, OutgoingAck, OutgoingPublish, PINGRESP, PacketId, Property, QoS, ReasonCode,
    RetainHandling, ServerAuth, ServerDisconnect, Suback, Subscription, SubscriptionOptions,
    Unsuback, Version,
};
use serde_json::Value;

use crate::describe;

/// Encodes what a client sends.
pub fn client_packet(version: Version, expected: &Value, out: &mut Vec<u8>) {
    let properties = &properties(&expected["properties"]);
    match expected["type"].as_str().unwrap() {
        "CONNECT" => connect(version, expected, out),
        "PUBLISH" => client::Publish {
            dup: flag(&expected["dup"]),
            qos: qos(&expected["qos"]),
            retain: flag(&expected["retain"]),
            packet_id: expected.get("packetId").map(packet_id),
            topic: text(&expected["topic"]),
            properties,
            payload: &binary(&expected["payload"]),
        }
        .write(version, out),
        "SUBSCRIBE" => {
            let lines = expected["subscriptions"].as_array().unwrap();
            let subscriptions = &lines.iter().map(subscription).collect::<Vec<_>>();
            let packet_id = packet_id(&expected["packetId"]);
            client::Subscribe {
                packet_id,
                subscriptions,
                properties,
            }
            .write(version, out);
        }
        "UNSUBSCRIBE" => {
            let filters = expected["filters"].as_array().unwrap();
            let filters = &filters.iter().map(text).collect::<Vec<_>>();
            let packet_id = packet_id(&expected["packetId"]);
            client::Unsubscribe {
                packet_id,
                filters,
                properties,
            }
            .write(version, out);
        }
        "PINGREQ" => out.extend(PINGREQ),
        "DISCONNECT" => {
            let reason = reason(&expected["reason"]);
            client::Disconnect { reason, properties }.write(version, out);
        }
        "AUTH" => client::Auth {
            reason: reason(&expected["reason"]),
            properties,
        }
        .write(out),
        other => {
            let kind = ack_kind(other);
            let packet_id = packet_id(&expected["packetId"]);
            let reason = reason(&expected["reason"]);
            client::Ack {
                kind,
                packet_id,
                reason,
                properties,
            }
            .write(version, out);
        }
    }
}

fn connect(version: Version, expected: &Value, out: &mut Vec<u8>) {
    let will = expected.get("will");
    let will_payload = will.map_or_else(Vec::new, |will| binary(&will["payload"]));
    let will_properties = will.map_or_else(Vec::new, |will| properties(&will["properties"]));
    client::Connect {
        version,
        clean_start: flag(&expected["cleanStart"]),
        keep_alive: number(&expected["keepAlive"]).try_into().unwrap(),
        client_id: text(&expected["clientId"]),
        will: will.map(|will| client::Will {
            qos: qos(&will["qos"]),
            retain: flag(&will["retain"]),
            topic: text(&will["topic"]),
            payload: &will_payload,
            properties: &will_properties,
        }),
        username: expected.get("username").map(text),
        password: expected.get("password").map(binary).as_deref(),
        properties: &properties(&expected["properties"]),
    }
    .write(out);
}

fn subscription(line: &Value) -> Subscription<'_> {
    let is_true = |name: &str| line.get(name).is_some_and(flag);
    let options = SubscriptionOptions {
        qos: qos(&line["qos"]),
        no_local: is_true("noLocal"),
        retain_as_published: is_true("retainAsPublished"),
        retain_handling: match line.get("retainHandling").map_or(0, number) {
            0 => RetainHandling::Always,
            1 => RetainHandling::IfNew,
            _ => RetainHandling::Never,
        },
    };
    Subscription {
        filter: text(&line["filter"]),
        options,
    }
}

/// Encodes what a server sends.
pub fn server_packet(version: Version, expected: &Value, out: &mut Vec<u8>) {
    let properties = properties(&expected["properties"]);
    let reason_string = expected["properties"].get("reasonString").map(text);
    let reasons: Vec<ReasonCode> = expected["reasons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(reason)
        .collect();
    match expected["type"].as_str().unwrap() {
        "CONNACK" => connack(version, expected, &properties).write(version, usize::MAX, out),
        "PUBLISH" => publish(version, expected, &properties, out),
        "SUBACK" => {
            let packet_id = packet_id(&expected["packetId"]);
            let suback = Suback {
                packet_id,
                reasons: &reasons,
                reason_string,
            };
            suback.write(version, usize::MAX, out);
        }
        "UNSUBACK" => {
            let packet_id = packet_id(&expected["packetId"]);
            let unsuback = Unsuback {
                packet_id,
                reasons: &reasons,
                reason_string,
            };
            unsuback.write(version, usize::MAX, out);
        }
        "PINGRESP" => out.extend(PINGRESP),
        "DISCONNECT" => ServerDisconnect {
            reason: reason(&expected["reason"]),
            reason_string,
            server_reference: expected["properties"].get("serverReference").map(text),
            user_properties: &user_properties(&properties),
        }
        .write(version, usize::MAX, out),
        "AUTH" => ServerAuth {
            reason: reason(&expected["reason"]),
            method: text(&expected["properties"]["authenticationMethod"]),
            data: expected["properties"]
                .get("authenticationData")
                .map(binary)
                .as_deref(),
            reason_string,
        }
        .write(usize::MAX, out),
        other => {
            let packet_id = packet_id(&expected["packetId"]);
            let reason = reason(&expected["reason"]);
            let ack = OutgoingAck {
                kind: ack_kind(other),
                packet_id,
                reason,
                reason_string,
            };
            ack.write(version, usize::MAX, out);
        }
    }
}

fn connack<'a>(
    version: Version,
    expected: &Value,
    properties: &'a [Property<'static>],
) -> Connack<'a> {
    let mut connack = Connack {
        session_present: flag(&expected["sessionPresent"]),
        reason: connack_reason(version, reason(&expected["reason"])),
        user_properties: user_properties(properties).leak(),
        ..Connack::default()
    };
    for property in properties {
        set_connack_property(&mut connack, *property);
    }
    connack
}

/// The reason whose return code a v3 CONNACK shows.
fn connack_reason(version: Version, shown: ReasonCode) -> ReasonCode {
    match (version, shown.0) {
        (Version::V5, _) | (_, 0) => shown,
        (_, 1) => ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
        (_, 2) => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
        (_, 3) => ReasonCode::SERVER_UNAVAILABLE,
        (_, 4) => ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        _ => ReasonCode::NOT_AUTHORIZED,
    }
}

fn set_connack_property<'a>(connack: &mut Connack<'a>, property: Property<'a>) {
    match property {
        Property::SessionExpiryInterval(value) => connack.session_expiry = Some(value),
        Property::ReceiveMaximum(value) => connack.receive_maximum = Some(value),
        Property::MaximumQoS(value) => connack.maximum_qos = Some(value),
        Property::RetainAvailable(value) => connack.retain_available = Some(value),
        Property::MaximumPacketSize(value) => connack.maximum_packet_size = Some(value),
        Property::AssignedClientIdentifier(value) => connack.assigned_client_id = Some(value),
        Property::TopicAliasMaximum(value) => connack.topic_alias_maximum = Some(value),
        Property::ReasonString(value) => connack.reason_string = Some(value),
        Property::UserProperty(..) => {}
        Property::WildcardSubscriptionAvailable(value) => {
            connack.wildcard_subscription_available = Some(value);
        }
        Property::SubscriptionIdentifierAvailable(value) => {
            connack.subscription_identifier_available = Some(value);
        }
        Property::SharedSubscriptionAvailable(value) => {
            connack.shared_subscription_available = Some(value);
        }
        Property::ServerKeepAlive(value) => connack.server_keep_alive = Some(value),
        Property::ResponseInformation(value) => connack.response_information = Some(value),
        Property::ServerReference(value) => connack.server_reference = Some(value),
        Property::AuthenticationMethod(value) => connack.authentication_method = Some(value),
        Property::AuthenticationData(value) => connack.authentication_data = Some(value),
        other => panic!("a CONNACK does not have {other:?}"),
    }
}

fn publish(version: Version, expected: &Value, properties: &[Property<'_>], out: &mut Vec<u8>) {
    let mut subscription_ids = Vec::new();
    let mut forwarded = Vec::new();
    let (mut topic_alias, mut message_expiry) = (None, None);
    for property in properties {
        match *property {
            Property::TopicAlias(value) => topic_alias = Some(value),
            Property::MessageExpiryInterval(value) => message_expiry = Some(value),
            Property::SubscriptionIdentifier(value) => subscription_ids.push(value),
            other => other.write(&mut forwarded),
        }
    }
    let payload = binary(&expected["payload"]);
    let publish = OutgoingPublish {
        dup: flag(&expected["dup"]),
        qos: qos(&expected["qos"]),
        retain: flag(&expected["retain"]),
        topic: text(&expected["topic"]),
        packet_id: expected.get("packetId").map(packet_id),
        topic_alias,
        message_expiry,
        subscription_ids: &subscription_ids,
        forwarded: &forwarded,
        payload_len: payload.len(),
    };
    publish.write_head(version, out);
    out.extend(payload);
    assert_eq!(out.len(), publish.len(version));
}

fn user_properties(properties: &[Property<'static>]) -> Vec<(&'static str, &'static str)> {
    let users = properties.iter().filter_map(|property| match property {
        Property::UserProperty(name, value) => Some((*name, *value)),
        _ => None,
    });
    users.collect()
}

/// The properties in the order in which the vector names them. What they borrow lives as long as
/// the test.
fn properties(object: &Value) -> Vec<Property<'static>> {
    let mut properties = Vec::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        let value: &'static Value = Box::leak(Box::new(value.clone()));
        match name.as_str() {
            "userProperties" => properties.extend(
                value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|pair| Property::UserProperty(text(&pair[0]), text(&pair[1]))),
            ),
            "subscriptionIdentifiers" => properties.extend(
                value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(number)
                    .map(Property::SubscriptionIdentifier),
            ),
            _ => properties.push(property(name, value)),
        }
    }
    properties
}

fn property(name: &str, value: &'static Value) -> Property<'static> {
    let two_bytes = || u16::try_from(number(value)).unwrap();
    match name {
        "payloadFormatIndicator" => {
            Property::PayloadFormatIndicator(number(value).try_into().unwrap())
        }
        "messageExpiryInterval" => Property::MessageExpiryInterval(number(value)),
        "contentType" => Property::ContentType(text(value)),
        "responseTopic" => Property::ResponseTopic(text(value)),
        "correlationData" => Property::CorrelationData(binary(value).leak()),
        "sessionExpiryInterval" => Property::SessionExpiryInterval(number(value)),
        "assignedClientIdentifier" => Property::AssignedClientIdentifier(text(value)),
        "serverKeepAlive" => Property::ServerKeepAlive(two_bytes()),
        "authenticationMethod" => Property::AuthenticationMethod(text(value)),
        "authenticationData" => Property::AuthenticationData(binary(value).leak()),
        "requestProblemInformation" => Property::RequestProblemInformation(flag(value)),
        "willDelayInterval" => Property::WillDelayInterval(number(value)),
        "requestResponseInformation" => Property::RequestResponseInformation(flag(value)),
        "responseInformation" => Property::ResponseInformation(text(value)),
        "serverReference" => Property::ServerReference(text(value)),
        "reasonString" => Property::ReasonString(text(value)),
        "receiveMaximum" => Property::ReceiveMaximum(two_bytes()),
        "topicAliasMaximum" => Property::TopicAliasMaximum(two_bytes()),
        "topicAlias" => Property::TopicAlias(two_bytes()),
        "maximumQoS" => Property::MaximumQoS(qos(value)),
        "retainAvailable" => Property::RetainAvailable(flag(value)),
        "maximumPacketSize" => Property::MaximumPacketSize(number(value)),
        "wildcardSubscriptionAvailable" => Property::WildcardSubscriptionAvailable(flag(value)),
        "subscriptionIdentifierAvailable" => Property::SubscriptionIdentifierAvailable(flag(value)),
        "sharedSubscriptionAvailable" => Property::SharedSubscriptionAvailable(flag(value)),
        other => panic!("there is no property {other}"),
    }
}

fn ack_kind(packet_type: &str) -> AckKind {
    match packet_type {
        "PUBACK" => AckKind::Puback,
        "PUBREC" => AckKind::Pubrec,
        "PUBREL" => AckKind::Pubrel,
        "PUBCOMP" => AckKind::Pubcomp,
        other => panic!("there is no packet {other}"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn binary(value: &Value) -> Vec<u8> {
    describe::bytes(text(value))
}

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

fn flag(value: &Value) -> bool {
    value.as_bool().unwrap()
}

fn qos(value: &Value) -> QoS {
    QoS::from_bits(number(value).try_into().unwrap()).unwrap()
}

fn packet_id(value: &Value) -> PacketId {
    PacketId::new(number(value).try_into().unwrap()).unwrap()
}

fn reason(value: &Value) -> ReasonCode {
    ReasonCode(u8::from_str_radix(text(value).strip_prefix("0x").unwrap(), 16).unwrap())
}
