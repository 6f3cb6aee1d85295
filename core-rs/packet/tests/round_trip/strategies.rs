//! What a packet may hold, chosen at random. Values that packets borrow live as long as the test.

use packet::{
    PacketId, Property, PropertyId, QoS, ReasonCode, RetainHandling, Subscription,
    SubscriptionOptions, Version,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

pub fn version() -> impl Strategy<Value = Version> {
    select(vec![Version::V31, Version::V311, Version::V5])
}

pub fn qos() -> impl Strategy<Value = QoS> {
    select(vec![QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
}

pub fn packet_id() -> impl Strategy<Value = PacketId> {
    (1..=u16::MAX).prop_map(|id| PacketId::new(id).unwrap())
}

/// A packet identifier where `qos` has one.
pub fn packet_id_for(qos: QoS) -> impl Strategy<Value = Option<PacketId>> {
    packet_id().prop_map(move |id| (qos != QoS::AtMostOnce).then_some(id))
}

/// DUP where `qos` may have it.
pub fn dup_for(qos: QoS) -> impl Strategy<Value = bool> {
    any::<bool>().prop_map(move |dup| dup && qos != QoS::AtMostOnce)
}

/// Text that MQTT allows: often short and plain, sometimes long, sometimes of any script.
pub fn text() -> impl Strategy<Value = &'static str> {
    let character = prop_oneof![
        6 => proptest::char::range(' ', '~').boxed(),
        3 => any::<char>().prop_filter("allowed in MQTT", |&character| is_allowed(character)).boxed(),
        1 => Just('\u{FEFF}').boxed(),
    ];
    let length = prop_oneof![8 => 0..20_usize, 1 => 100..300_usize];
    length
        .prop_flat_map(move |length| vec(character.clone(), length))
        .prop_map(|characters| &*String::from_iter(characters).leak())
}

/// v5 1.5.4, said in another way than the codec says it.
pub fn is_allowed(character: char) -> bool {
    let code = u32::from(character);
    let non_character = (0xFDD0..0xFDF0).contains(&code) || code % 0x1_0000 >= 0xFFFE;
    !character.is_control() && !non_character
}

pub fn topic() -> impl Strategy<Value = &'static str> {
    text().prop_filter("not empty", |topic| !topic.is_empty())
}

pub fn bytes() -> impl Strategy<Value = &'static [u8]> {
    let length = prop_oneof![8 => 0..20_usize, 1 => 100..300_usize];
    length
        .prop_flat_map(|length| vec(any::<u8>(), length))
        .prop_map(|bytes| &*bytes.leak())
}

/// Some of `ids`, each once and in any order, with user properties anywhere between.
pub fn properties(ids: &'static [PropertyId]) -> impl Strategy<Value = Vec<Property<'static>>> {
    (subsequence(ids, 0..=ids.len()), 0..4_usize)
        .prop_map(|(mut ids, users)| {
            ids.extend(std::iter::repeat_n(PropertyId::UserProperty, users));
            ids
        })
        .prop_shuffle()
        .prop_flat_map(|ids| ids.into_iter().map(property).collect::<Vec<_>>())
}

/// A property with a value that it may have.
fn property(id: PropertyId) -> BoxedStrategy<Property<'static>> {
    match id {
        PropertyId::PayloadFormatIndicator => {
            (0..2_u8).prop_map(Property::PayloadFormatIndicator).boxed()
        }
        PropertyId::MessageExpiryInterval => any::<u32>()
            .prop_map(Property::MessageExpiryInterval)
            .boxed(),
        PropertyId::ContentType => text().prop_map(Property::ContentType).boxed(),
        PropertyId::ResponseTopic => response_topic().prop_map(Property::ResponseTopic).boxed(),
        PropertyId::CorrelationData => bytes().prop_map(Property::CorrelationData).boxed(),
        PropertyId::SubscriptionIdentifier => (1..=268_435_455_u32)
            .prop_map(Property::SubscriptionIdentifier)
            .boxed(),
        PropertyId::SessionExpiryInterval => any::<u32>()
            .prop_map(Property::SessionExpiryInterval)
            .boxed(),
        PropertyId::AssignedClientIdentifier => {
            text().prop_map(Property::AssignedClientIdentifier).boxed()
        }
        PropertyId::ServerKeepAlive => any::<u16>().prop_map(Property::ServerKeepAlive).boxed(),
        PropertyId::AuthenticationMethod => text().prop_map(Property::AuthenticationMethod).boxed(),
        PropertyId::AuthenticationData => bytes().prop_map(Property::AuthenticationData).boxed(),
        PropertyId::RequestProblemInformation => any::<bool>()
            .prop_map(Property::RequestProblemInformation)
            .boxed(),
        PropertyId::WillDelayInterval => any::<u32>().prop_map(Property::WillDelayInterval).boxed(),
        PropertyId::RequestResponseInformation => any::<bool>()
            .prop_map(Property::RequestResponseInformation)
            .boxed(),
        PropertyId::ResponseInformation => text().prop_map(Property::ResponseInformation).boxed(),
        PropertyId::ServerReference => text().prop_map(Property::ServerReference).boxed(),
        PropertyId::ReasonString => text().prop_map(Property::ReasonString).boxed(),
        PropertyId::ReceiveMaximum => (1..=u16::MAX).prop_map(Property::ReceiveMaximum).boxed(),
        PropertyId::TopicAliasMaximum => any::<u16>().prop_map(Property::TopicAliasMaximum).boxed(),
        PropertyId::TopicAlias => (1..=u16::MAX).prop_map(Property::TopicAlias).boxed(),
        PropertyId::MaximumQoS => select(vec![QoS::AtMostOnce, QoS::AtLeastOnce])
            .prop_map(Property::MaximumQoS)
            .boxed(),
        PropertyId::RetainAvailable => any::<bool>().prop_map(Property::RetainAvailable).boxed(),
        PropertyId::UserProperty => (text(), text())
            .prop_map(|(name, value)| Property::UserProperty(name, value))
            .boxed(),
        PropertyId::MaximumPacketSize => {
            (1..=u32::MAX).prop_map(Property::MaximumPacketSize).boxed()
        }
        PropertyId::WildcardSubscriptionAvailable => any::<bool>()
            .prop_map(Property::WildcardSubscriptionAvailable)
            .boxed(),
        PropertyId::SubscriptionIdentifierAvailable => any::<bool>()
            .prop_map(Property::SubscriptionIdentifierAvailable)
            .boxed(),
        PropertyId::SharedSubscriptionAvailable => any::<bool>()
            .prop_map(Property::SharedSubscriptionAvailable)
            .boxed(),
    }
}

fn response_topic() -> impl Strategy<Value = &'static str> {
    text().prop_filter("without wildcards", |topic| !topic.contains(['+', '#']))
}

pub fn subscription() -> impl Strategy<Value = Subscription<'static>> {
    let handling = select(vec![
        RetainHandling::Always,
        RetainHandling::IfNew,
        RetainHandling::Never,
    ]);
    (text(), qos(), any::<bool>(), any::<bool>(), handling).prop_map(
        |(filter, qos, no_local, retain_as_published, retain_handling)| Subscription {
            filter,
            options: SubscriptionOptions {
                qos,
                no_local: no_local && !filter.starts_with("$share/"),
                retain_as_published,
                retain_handling,
            },
        },
    )
}

pub fn one_of(reasons: &'static [ReasonCode]) -> impl Strategy<Value = ReasonCode> {
    select(reasons)
}

/// The user properties of `properties`, in order.
pub fn user_properties<'a>(properties: &[Property<'a>]) -> Vec<(&'a str, &'a str)> {
    let users = properties.iter().filter_map(|property| match property {
        Property::UserProperty(name, value) => Some((*name, *value)),
        _ => None,
    });
    users.collect()
}

/// The bytes of those of `properties` that `keep` keeps.
pub fn written(properties: &[Property<'_>], keep: impl Fn(&Property<'_>) -> bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut length = 0;
    for property in properties.iter().filter(|property| keep(property)) {
        property.write(&mut out);
        length += property.encoded_len();
    }
    assert_eq!(out.len(), length);
    out
}

/// Whether a property of a message reaches its subscribers as it is.
pub fn is_forwarded(property: &Property<'_>) -> bool {
    !matches!(
        property.id(),
        PropertyId::TopicAlias | PropertyId::MessageExpiryInterval | PropertyId::WillDelayInterval
    )
}

/// `$value` of the first `$variant` in `$properties`, if there is one.
macro_rules! value_of {
    ($properties:expr, $variant:ident) => {
        $properties.iter().find_map(|property| match property {
            packet::Property::$variant(value) => Some(*value),
            _ => None,
        })
    };
}
pub(crate) use value_of;
