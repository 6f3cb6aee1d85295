//! Decoded packets in the words of the vectors.

use packet::client::ServerPacket;
use packet::{
    Ack, Auth, ClientPacket, Connect, ConnectProperties, Disconnect, PacketId, Properties,
    Property, PublishProperties, ReasonCode, RetainHandling, Subscription, UserProperties, Version,
    Will,
};
use serde_json::{Map, Value, json};

/// Every packet type that the vectors must span.
pub const PACKET_TYPES: [&str; 15] = [
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
];

/// Every rule that the vectors must break.
pub const RULES: [&str; 43] = [
    "TextIllFormed",
    "TextNull",
    "TextControl",
    "TextNonCharacter",
    "LengthOverlong",
    "LengthPadded",
    "Truncated",
    "TrailingBytes",
    "ReservedPacketType",
    "WrongDirection",
    "FixedHeaderFlags",
    "PacketIdentifierZero",
    "UnknownProperty",
    "PropertyNotAllowed",
    "DuplicateProperty",
    "PropertyValue",
    "ReasonCodeNotAllowed",
    "ConnectExpected",
    "ProtocolName",
    "ProtocolVersion",
    "ConnectReservedFlag",
    "WillFlagsWithoutWill",
    "WillQoS",
    "PasswordWithoutUserName",
    "ClientIdentifierEmpty",
    "AuthenticationDataWithoutMethod",
    "ConnackReservedFlags",
    "SessionPresentInRefusal",
    "DupAtQoS0",
    "PublishQoS",
    "TopicMissing",
    "TopicAliasZero",
    "ResponseTopicWildcard",
    "SubscriptionIdentifierFromClient",
    "TopicFilterMissing",
    "SubscriptionQoS",
    "NoLocalOnShared",
    "RetainHandling",
    "SubscriptionReservedBits",
    "ReasonCodeMissing",
    "ServerReferenceFromClient",
    "SessionExpiryFromServer",
    "AuthenticationMethodMissing",
];

/// Bytes as the vectors write them: `0a ff`.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The bytes that [`hex`] writes.
pub fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

pub fn connect(connect: &Connect<'_>) -> Value {
    let version = match connect.version {
        Version::V31 => "3.1",
        Version::V311 => "3.1.1",
        Version::V5 => "5.0",
    };
    let mut object = Object::of("CONNECT");
    object.set("version", version);
    object.set("cleanStart", connect.clean_start);
    object.set("keepAlive", connect.keep_alive);
    object.set("clientId", connect.client_id);
    object.set_true("bridge", connect.bridge);
    object.set_some("will", connect.will.as_ref().map(will));
    object.set_some("username", connect.username);
    object.set_some("password", connect.password.map(hex));
    object.set_properties(connect_properties(&connect.properties));
    object.value()
}

fn will(will: &Will<'_>) -> Value {
    let mut object = Object::default();
    object.set("qos", will.qos as u8);
    object.set("retain", will.retain);
    object.set("topic", will.topic);
    object.set("payload", hex(will.payload));
    object.set_properties(properties(&will.properties.all()));
    object.set_some("forwarded", forwarded(&will.properties));
    object.value()
}

fn connect_properties(properties: &ConnectProperties<'_>) -> Object {
    let default = ConnectProperties::default();
    let unlike = |value: u32, default: u32| (value != default).then_some(value);
    let receive_maximum = unlike(
        properties.receive_maximum.into(),
        default.receive_maximum.into(),
    );
    let mut object = Object::default();
    object.set_some(
        "sessionExpiryInterval",
        unlike(properties.session_expiry, 0),
    );
    object.set_some("receiveMaximum", receive_maximum);
    object.set_some("maximumPacketSize", properties.maximum_packet_size);
    object.set_some(
        "topicAliasMaximum",
        unlike(properties.topic_alias_maximum.into(), 0),
    );
    object.set_true(
        "requestResponseInformation",
        properties.request_response_information,
    );
    if !properties.request_problem_information {
        object.set("requestProblemInformation", false);
    }
    object.set_users(properties.user_properties());
    object.set_some("authenticationMethod", properties.authentication_method);
    object.set_some(
        "authenticationData",
        properties.authentication_data.map(hex),
    );
    object
}

/// The properties that go on to subscribers, as bytes, if there are any properties at all.
fn forwarded(properties: &PublishProperties<'_>) -> Option<String> {
    let mut out = Vec::new();
    properties.write_forwarded(&mut out);
    assert_eq!(out.len(), properties.forwarded_len());
    if let Some(whole) = properties.forwarded_whole() {
        assert_eq!(whole, out);
    }
    (!properties.is_empty()).then(|| hex(&out))
}

pub fn client_packet(packet: &ClientPacket<'_>) -> Value {
    match packet {
        ClientPacket::Connect(packet) => connect(packet),
        ClientPacket::Publish(packet) => {
            let mut object = Object::of("PUBLISH");
            object.set("dup", packet.dup);
            object.set("qos", packet.qos as u8);
            object.set("retain", packet.retain);
            object.set_some("packetId", packet.packet_id.map(PacketId::get));
            object.set("topic", packet.topic);
            object.set_properties(properties(&packet.properties.all()));
            object.set_some("forwarded", forwarded(&packet.properties));
            object.set("payload", hex(packet.payload));
            object.value()
        }
        ClientPacket::Puback(packet) => ack("PUBACK", packet),
        ClientPacket::Pubrec(packet) => ack("PUBREC", packet),
        ClientPacket::Pubrel(packet) => ack("PUBREL", packet),
        ClientPacket::Pubcomp(packet) => ack("PUBCOMP", packet),
        ClientPacket::Subscribe(packet) => {
            let lines: Vec<Value> = packet.subscriptions.iter().map(subscription).collect();
            assert_eq!(lines.len(), packet.subscriptions.len());
            let mut object = Object::of("SUBSCRIBE");
            object.set("packetId", packet.packet_id.get());
            let mut properties = Object::default();
            let identifiers = packet
                .subscription_identifier
                .map(|identifier| vec![identifier]);
            properties.set_some("subscriptionIdentifiers", identifiers);
            properties.set_users(packet.user_properties());
            object.set_properties(properties);
            object.set("subscriptions", lines);
            object.value()
        }
        ClientPacket::Unsubscribe(packet) => {
            let filters: Vec<&str> = packet.filters.iter().collect();
            assert_eq!(filters.len(), packet.filters.len());
            let mut object = Object::of("UNSUBSCRIBE");
            object.set("packetId", packet.packet_id.get());
            let mut properties = Object::default();
            properties.set_users(packet.user_properties());
            object.set_properties(properties);
            object.set("filters", filters);
            object.value()
        }
        ClientPacket::Pingreq => Object::of("PINGREQ").value(),
        ClientPacket::Disconnect(packet) => disconnect(packet),
        ClientPacket::Auth(packet) => auth(packet),
    }
}

fn subscription(line: Subscription<'_>) -> Value {
    let mut object = Object::default();
    object.set("filter", line.filter);
    object.set("qos", line.options.qos as u8);
    object.set_true("noLocal", line.options.no_local);
    object.set_true("retainAsPublished", line.options.retain_as_published);
    if line.options.retain_handling != RetainHandling::Always {
        object.set("retainHandling", line.options.retain_handling as u8);
    }
    object.value()
}

fn disconnect(packet: &Disconnect<'_>) -> Value {
    let mut object = Object::of("DISCONNECT");
    object.set("reason", reason(packet.reason));
    let mut properties = Object::default();
    properties.set_some("sessionExpiryInterval", packet.session_expiry);
    properties.set_some("reasonString", packet.reason_string);
    properties.set_users(packet.user_properties());
    object.set_properties(properties);
    object.value()
}

fn auth(packet: &Auth<'_>) -> Value {
    let mut object = Object::of("AUTH");
    object.set("reason", reason(packet.reason));
    let mut properties = Object::default();
    properties.set("authenticationMethod", packet.method);
    properties.set_some("authenticationData", packet.data.map(hex));
    properties.set_some("reasonString", packet.reason_string);
    properties.set_users(packet.user_properties());
    object.set_properties(properties);
    object.value()
}

fn ack(packet_type: &str, packet: &Ack<'_>) -> Value {
    let mut object = Object::of(packet_type);
    object.set("packetId", packet.packet_id.get());
    object.set("reason", reason(packet.reason));
    let mut properties = Object::default();
    properties.set_some("reasonString", packet.reason_string);
    properties.set_users(packet.user_properties());
    object.set_properties(properties);
    object.value()
}

pub fn server_packet(packet: &ServerPacket<'_>) -> Value {
    match packet {
        ServerPacket::Connack(packet) => {
            let mut object = Object::of("CONNACK");
            object.set("sessionPresent", packet.session_present);
            object.set("reason", reason(packet.reason));
            object.set_properties(properties(&packet.properties));
            object.value()
        }
        ServerPacket::Publish(packet) => {
            let mut object = Object::of("PUBLISH");
            object.set("dup", packet.dup);
            object.set("qos", packet.qos as u8);
            object.set("retain", packet.retain);
            object.set_some("packetId", packet.packet_id.map(PacketId::get));
            object.set("topic", packet.topic);
            object.set_properties(properties(&packet.properties));
            object.set("payload", hex(packet.payload));
            object.value()
        }
        ServerPacket::Puback(packet) => ack("PUBACK", packet),
        ServerPacket::Pubrec(packet) => ack("PUBREC", packet),
        ServerPacket::Pubrel(packet) => ack("PUBREL", packet),
        ServerPacket::Pubcomp(packet) => ack("PUBCOMP", packet),
        ServerPacket::Suback(packet) => answer(
            "SUBACK",
            packet.packet_id,
            packet.reasons,
            &packet.properties,
        ),
        ServerPacket::Unsuback(packet) => answer(
            "UNSUBACK",
            packet.packet_id,
            packet.reasons,
            &packet.properties,
        ),
        ServerPacket::Pingresp => Object::of("PINGRESP").value(),
        ServerPacket::Disconnect(packet) => {
            let mut object = Object::of("DISCONNECT");
            object.set("reason", reason(packet.reason));
            object.set_properties(properties(&packet.properties));
            object.value()
        }
        ServerPacket::Auth(packet) => auth(packet),
    }
}

fn answer(kind: &str, packet_id: PacketId, reasons: &[u8], block: &Properties<'_>) -> Value {
    let mut object = Object::of(kind);
    object.set("packetId", packet_id.get());
    let reasons: Vec<String> = reasons
        .iter()
        .map(|&code| reason(ReasonCode(code)))
        .collect();
    object.set("reasons", reasons);
    object.set_properties(properties(block));
    object.value()
}

fn reason(reason: ReasonCode) -> String {
    format!("0x{:02x}", reason.0)
}

fn properties(block: &Properties<'_>) -> Object {
    let mut object = Object::default();
    let mut identifiers = Vec::new();
    for property in block.iter() {
        if let Property::SubscriptionIdentifier(identifier) = property {
            identifiers.push(identifier);
        } else if !matches!(property, Property::UserProperty(..)) {
            let (name, value) = named(property);
            object.set(name, value);
        }
    }
    object.set_some(
        "subscriptionIdentifiers",
        (!identifiers.is_empty()).then_some(identifiers),
    );
    object.set_users(block.user_properties());
    object
}

/// The name and the value of a property that a packet has once.
fn named(property: Property<'_>) -> (&'static str, Value) {
    match property {
        Property::PayloadFormatIndicator(value) => ("payloadFormatIndicator", json!(value)),
        Property::MessageExpiryInterval(value) => ("messageExpiryInterval", json!(value)),
        Property::ContentType(value) => ("contentType", json!(value)),
        Property::ResponseTopic(value) => ("responseTopic", json!(value)),
        Property::CorrelationData(value) => ("correlationData", json!(hex(value))),
        Property::WillDelayInterval(value) => ("willDelayInterval", json!(value)),
        Property::SessionExpiryInterval(value) => ("sessionExpiryInterval", json!(value)),
        Property::AssignedClientIdentifier(value) => ("assignedClientIdentifier", json!(value)),
        Property::ServerKeepAlive(value) => ("serverKeepAlive", json!(value)),
        Property::AuthenticationMethod(value) => ("authenticationMethod", json!(value)),
        Property::AuthenticationData(value) => ("authenticationData", json!(hex(value))),
        Property::ResponseInformation(value) => ("responseInformation", json!(value)),
        Property::ServerReference(value) => ("serverReference", json!(value)),
        Property::ReasonString(value) => ("reasonString", json!(value)),
        Property::ReceiveMaximum(value) => ("receiveMaximum", json!(value)),
        Property::TopicAliasMaximum(value) => ("topicAliasMaximum", json!(value)),
        Property::TopicAlias(value) => ("topicAlias", json!(value)),
        Property::MaximumQoS(value) => ("maximumQoS", json!(value as u8)),
        Property::RetainAvailable(value) => ("retainAvailable", json!(value)),
        Property::MaximumPacketSize(value) => ("maximumPacketSize", json!(value)),
        Property::WildcardSubscriptionAvailable(value) => {
            ("wildcardSubscriptionAvailable", json!(value))
        }
        Property::SubscriptionIdentifierAvailable(value) => {
            ("subscriptionIdentifierAvailable", json!(value))
        }
        Property::SharedSubscriptionAvailable(value) => {
            ("sharedSubscriptionAvailable", json!(value))
        }
        other => panic!("no server sends {other:?} once"),
    }
}

/// A JSON object that leaves out what is absent.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn of(packet_type: &str) -> Self {
        let mut object = Self::default();
        object.set("type", packet_type);
        object
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    fn set_true(&mut self, name: &str, value: bool) {
        self.set_some(name, value.then_some(true));
    }

    fn set_users(&mut self, users: UserProperties<'_>) {
        let users: Vec<Value> = users
            .iter()
            .map(|(name, value)| json!([name, value]))
            .collect();
        self.set_some("userProperties", (!users.is_empty()).then_some(users));
    }

    fn set_properties(&mut self, properties: Object) {
        self.set_some(
            "properties",
            (!properties.0.is_empty()).then(|| properties.value()),
        );
    }

    fn value(self) -> Value {
        Value::Object(self.0)
    }
}
