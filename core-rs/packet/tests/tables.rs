//! The tables of the v5 standard, written out a second time and held against the codec: which
//! property (v5 2.2.2.2) and which reason code (v5 2.4) each packet may carry.

use packet::client::decode_server;
use packet::{
    Connect, DecodeError, Frame, PacketType, Property, PropertyId, QoS, ReasonCode, Version, decode,
};

/// A packet that has a property block, and who sends it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Connect,
    Will,
    Connack,
    PublishToServer,
    PublishToClient,
    Ack(PacketType),
    Subscribe,
    Suback,
    Unsubscribe,
    Unsuback,
    DisconnectToServer,
    DisconnectToClient,
    AuthToServer,
    AuthToClient,
}

const PLACES: [Place; 17] = [
    Place::Connect,
    Place::Will,
    Place::Connack,
    Place::PublishToServer,
    Place::PublishToClient,
    Place::Ack(PacketType::Puback),
    Place::Ack(PacketType::Pubrec),
    Place::Ack(PacketType::Pubrel),
    Place::Ack(PacketType::Pubcomp),
    Place::Subscribe,
    Place::Suback,
    Place::Unsubscribe,
    Place::Unsuback,
    Place::DisconnectToServer,
    Place::DisconnectToClient,
    Place::AuthToServer,
    Place::AuthToClient,
];

/// Table 2-4 of v5: whether `property` is one of the packet at `place`, whoever sends it.
fn table_2_4(property: PropertyId, place: Place) -> bool {
    use Place::*;
    let publish = matches!(place, PublishToServer | PublishToClient);
    let disconnect = matches!(place, DisconnectToServer | DisconnectToClient);
    let auth = matches!(place, AuthToServer | AuthToClient);
    match property {
        PropertyId::PayloadFormatIndicator
        | PropertyId::MessageExpiryInterval
        | PropertyId::ContentType
        | PropertyId::ResponseTopic
        | PropertyId::CorrelationData => publish || place == Will,
        PropertyId::SubscriptionIdentifier => publish || place == Subscribe,
        PropertyId::SessionExpiryInterval => matches!(place, Connect | Connack) || disconnect,
        PropertyId::AssignedClientIdentifier
        | PropertyId::ServerKeepAlive
        | PropertyId::ResponseInformation
        | PropertyId::MaximumQoS
        | PropertyId::RetainAvailable
        | PropertyId::WildcardSubscriptionAvailable
        | PropertyId::SubscriptionIdentifierAvailable
        | PropertyId::SharedSubscriptionAvailable => place == Connack,
        PropertyId::AuthenticationMethod | PropertyId::AuthenticationData => {
            matches!(place, Connect | Connack) || auth
        }
        PropertyId::RequestProblemInformation | PropertyId::RequestResponseInformation => {
            place == Connect
        }
        PropertyId::WillDelayInterval => place == Will,
        PropertyId::ServerReference => place == Connack || disconnect,
        PropertyId::ReasonString => {
            matches!(place, Connack | Ack(_) | Suback | Unsuback) || disconnect || auth
        }
        PropertyId::ReceiveMaximum
        | PropertyId::TopicAliasMaximum
        | PropertyId::MaximumPacketSize => matches!(place, Connect | Connack),
        PropertyId::TopicAlias => publish,
        PropertyId::UserProperty => true,
    }
}

/// What the text of v5 adds to table 2-4 about who may send a property.
fn refused_from_this_side(property: PropertyId, place: Place) -> Option<DecodeError> {
    match (property, place) {
        (PropertyId::SubscriptionIdentifier, Place::PublishToServer) => {
            Some(DecodeError::SubscriptionIdentifierFromClient)
        }
        (PropertyId::ServerReference, Place::DisconnectToServer) => {
            Some(DecodeError::ServerReferenceFromClient)
        }
        (PropertyId::SessionExpiryInterval, Place::DisconnectToClient) => {
            Some(DecodeError::SessionExpiryFromServer)
        }
        _ => None,
    }
}

#[test]
fn each_packet_has_the_properties_of_table_2_4_and_no_others() {
    for place in PLACES {
        for property in sample_of_each() {
            let id = property.id();
            let expected = if !table_2_4(id, place) {
                Err(DecodeError::PropertyNotAllowed(id))
            } else {
                refused_from_this_side(id, place).map_or(Ok(()), Err)
            };
            assert_eq!(
                with_properties(place, &[property]),
                expected,
                "{id} in {place:?}"
            );
        }
    }
}

#[test]
fn each_property_is_there_once_but_user_properties() {
    for place in PLACES {
        for property in sample_of_each()
            .into_iter()
            .filter(|it| table_2_4(it.id(), place))
        {
            let id = property.id();
            let repeats = id == PropertyId::UserProperty
                || id == PropertyId::SubscriptionIdentifier && place == Place::PublishToClient;
            if refused_from_this_side(id, place).is_none() {
                let expected = if repeats {
                    Ok(())
                } else {
                    Err(DecodeError::DuplicateProperty(id))
                };
                assert_eq!(
                    with_properties(place, &[property; 2]),
                    expected,
                    "{id} in {place:?}"
                );
            }
        }
    }
}

#[test]
fn each_identifier_that_v5_does_not_know_is_refused() {
    let known = sample_of_each().map(|property| property.id() as u8);
    for byte in (0..=0xFF).filter(|byte| !known.contains(byte)) {
        for place in PLACES {
            let found = with_block(place, &[byte, 0, 0, 0, 0]);
            assert_eq!(
                found,
                Err(DecodeError::UnknownProperty(byte)),
                "{byte:02x} in {place:?}"
            );
        }
    }
}

/// One of each property, with a value that it may have.
fn sample_of_each() -> [Property<'static>; 27] {
    [
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(1),
        Property::ContentType("x"),
        Property::ResponseTopic("x"),
        Property::CorrelationData(b"x"),
        Property::SubscriptionIdentifier(1),
        Property::SessionExpiryInterval(1),
        Property::AssignedClientIdentifier("x"),
        Property::ServerKeepAlive(1),
        Property::AuthenticationMethod("m"),
        Property::AuthenticationData(b"x"),
        Property::RequestProblemInformation(true),
        Property::WillDelayInterval(1),
        Property::RequestResponseInformation(true),
        Property::ResponseInformation("x"),
        Property::ServerReference("x"),
        Property::ReasonString("x"),
        Property::ReceiveMaximum(1),
        Property::TopicAliasMaximum(1),
        Property::TopicAlias(1),
        Property::MaximumQoS(QoS::AtLeastOnce),
        Property::RetainAvailable(true),
        Property::UserProperty("x", "y"),
        Property::MaximumPacketSize(1),
        Property::WildcardSubscriptionAvailable(true),
        Property::SubscriptionIdentifierAvailable(true),
        Property::SharedSubscriptionAvailable(true),
    ]
}

/// Decodes a packet that has `properties`, and besides only what it must have.
fn with_properties(place: Place, properties: &[Property<'_>]) -> Result<(), DecodeError> {
    let mut block = Vec::new();
    let has = |id| properties.iter().any(|property| property.id() == id);
    let needs_method = match place {
        Place::Connect => has(PropertyId::AuthenticationData),
        Place::AuthToServer | Place::AuthToClient => true,
        _ => false,
    };
    if needs_method && !has(PropertyId::AuthenticationMethod) {
        Property::AuthenticationMethod("m").write(&mut block);
    }
    properties
        .iter()
        .for_each(|property| property.write(&mut block));
    with_block(place, &block)
}

/// Decodes a packet that has this property block of fewer than 128 bytes.
fn with_block(place: Place, block: &[u8]) -> Result<(), DecodeError> {
    let (packet_type, before, after): (_, &[u8], &[u8]) = match place {
        Place::Connect => (PacketType::Connect, b"\0\x04MQTT\x05\x02\0\0", b"\0\x01a"),
        Place::Will => (
            PacketType::Connect,
            b"\0\x04MQTT\x05\x06\0\0\0\0\x01a",
            b"\0\x01w\0\0",
        ),
        Place::Connack => (PacketType::Connack, b"\0\0", b""),
        Place::PublishToServer | Place::PublishToClient => (PacketType::Publish, b"\0\x01a", b""),
        Place::Ack(packet_type) => (packet_type, b"\0\x01\0", b""),
        Place::Subscribe => (PacketType::Subscribe, b"\0\x01", b"\0\x01a\0"),
        Place::Suback => (PacketType::Suback, b"\0\x01", b"\0"),
        Place::Unsubscribe => (PacketType::Unsubscribe, b"\0\x01", b"\0\x01a"),
        Place::Unsuback => (PacketType::Unsuback, b"\0\x01", b"\0"),
        Place::DisconnectToServer | Place::DisconnectToClient => {
            (PacketType::Disconnect, b"\0", b"")
        }
        Place::AuthToServer | Place::AuthToClient => (PacketType::Auth, b"\x18", b""),
    };
    let length = u8::try_from(block.len()).unwrap();
    let body = [before, &[length], block, after].concat();
    let frame = Frame {
        header: packet_type.header(),
        body: &body,
        padded: false,
    };
    match place {
        Place::Connect | Place::Will => Connect::decode(frame)
            .map(drop)
            .map_err(|refusal| refusal.error),
        Place::Connack
        | Place::PublishToClient
        | Place::Suback
        | Place::Unsuback
        | Place::DisconnectToClient
        | Place::AuthToClient => decode_server(Version::V5, frame).map(drop),
        _ => decode(Version::V5, frame).map(drop),
    }
}

/// Table 2-6 of v5 and the "sent by" columns of 3.14.2.1 and 3.15.2.1: every code that the packet
/// at `place` may carry.
fn table_2_6(place: Place) -> &'static [u8] {
    match place {
        Place::Connack => &[
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
            0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
        ],
        Place::Ack(PacketType::Puback | PacketType::Pubrec) => {
            &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]
        }
        Place::Ack(_) => &[0x00, 0x92],
        Place::Suback => &[
            0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2,
        ],
        Place::Unsuback => &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91],
        Place::DisconnectToServer => &[
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        ],
        Place::DisconnectToClient => &[
            0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
            0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
        ],
        Place::AuthToServer => &[0x18, 0x19],
        Place::AuthToClient => &[0x00, 0x18],
        _ => &[],
    }
}

/// v5 [MQTT-3.2.2-8], [MQTT-3.4.2-1], [MQTT-3.5.2-1], [MQTT-3.6.2-1], [MQTT-3.7.2-1],
/// [MQTT-3.14.2-1], [MQTT-3.15.2-1].
#[test]
fn each_packet_carries_the_reason_codes_of_table_2_6_and_no_others() {
    for place in PLACES
        .into_iter()
        .filter(|&place| !table_2_6(place).is_empty())
    {
        for code in 0..=0xFF {
            let expected = match table_2_6(place).contains(&code) {
                true => Ok(()),
                false => Err(DecodeError::ReasonCodeNotAllowed(ReasonCode(code))),
            };
            assert_eq!(
                with_reason(place, code),
                expected,
                "{code:02x} in {place:?}"
            );
        }
    }
}

/// Decodes a packet with the reason code `code`.
fn with_reason(place: Place, code: u8) -> Result<(), DecodeError> {
    let method = b"\x04\x15\0\x01m";
    let (packet_type, body) = match place {
        Place::Connack => (PacketType::Connack, vec![0, code, 0]),
        Place::Ack(packet_type) => (packet_type, vec![0, 1, code]),
        Place::Suback => (PacketType::Suback, vec![0, 1, 0, code]),
        Place::Unsuback => (PacketType::Unsuback, vec![0, 1, 0, code]),
        Place::DisconnectToServer | Place::DisconnectToClient => {
            (PacketType::Disconnect, vec![code])
        }
        _ => (PacketType::Auth, [&[code][..], method].concat()),
    };
    let frame = Frame {
        header: packet_type.header(),
        body: &body,
        padded: false,
    };
    match place {
        Place::DisconnectToServer | Place::AuthToServer => decode(Version::V5, frame).map(drop),
        Place::Ack(_) => {
            let as_server = decode_server(Version::V5, frame).map(drop);
            assert_eq!(as_server, decode(Version::V5, frame).map(drop));
            as_server
        }
        _ => decode_server(Version::V5, frame).map(drop),
    }
}

/// v5 2.1.3, v3.1.1 2.2.2: one value of the flags for each type but PUBLISH.
#[test]
fn each_type_has_flags_of_its_own() {
    for header in (0..=0xFF_u8).filter(|header| header >> 4 != 3) {
        let expected_flags = match header >> 4 {
            6 | 8 | 10 => 0b0010,
            _ => 0,
        };
        let wrong = header & 0x0F != expected_flags;
        for version in [Version::V31, Version::V311, Version::V5] {
            let frame = Frame {
                header,
                body: b"",
                padded: false,
            };
            let refused_for_flags = [
                decode(version, frame).err(),
                decode_server(version, frame).err(),
            ]
            .contains(&Some(DecodeError::FixedHeaderFlags));
            let looked_at = version != Version::V31
                && header >> 4 != 0
                && (header >> 4 != 15 || version == Version::V5);
            assert_eq!(
                refused_for_flags,
                wrong && looked_at,
                "{header:02x} in {version:?}"
            );
        }
    }
}
