//! Shared subscriptions, by clause.

use topic::{FilterError, Subscribed, SubscribedError, TopicFilter};

fn shared(raw: &str) -> Option<(&str, &str)> {
    match Subscribed::parse(raw) {
        Ok(Subscribed::Shared { group, filter }) => Some((group, filter.as_str())),
        _ => None,
    }
}

#[test]
fn v5_mqtt_4_8_2_1_a_shared_subscription_begins_with_share_and_a_name_of_one_character_or_more() {
    assert_eq!(shared("$share/g/a"), Some(("g", "a")));
    assert_eq!(
        shared("$share/consumer 1/sport/tennis/+"),
        Some(("consumer 1", "sport/tennis/+"))
    );
    assert_eq!(
        Subscribed::parse("$share//a"),
        Err(SubscribedError::GroupEmpty)
    );
    assert_eq!(
        Subscribed::parse("$share//"),
        Err(SubscribedError::GroupEmpty)
    );
}

#[test]
fn v5_mqtt_4_8_2_2_the_name_has_no_wildcard_and_a_separator_and_filter_follow() {
    for raw in [
        "$share/+/a",
        "$share/#/a",
        "$share/g+/a",
        "$share/#g/a",
        "$share/a\0/a",
    ] {
        assert_eq!(
            Subscribed::parse(raw),
            Err(SubscribedError::GroupCharacter),
            "{raw:?}"
        );
    }
    for raw in ["$share/", "$share/g", "$share/g/", "$share/#"] {
        assert_eq!(
            Subscribed::parse(raw),
            Err(SubscribedError::FilterMissing),
            "{raw}"
        );
    }
}

#[test]
fn v5_4_8_2_the_filter_of_a_group_follows_the_rules_of_every_filter() {
    for raw in [
        "#",
        "+",
        "/",
        "//",
        "/finance",
        "+/a/#",
        "$SYS/#",
        "$share/h/a",
    ] {
        assert_eq!(shared(&format!("$share/g/{raw}")), Some(("g", raw)));
    }
    let wrong = Subscribed::parse("$share/g/a#");
    assert_eq!(
        wrong,
        Err(SubscribedError::Filter(FilterError::MultiLevelWildcard))
    );
    let wrong = Subscribed::parse("$share/g/a\0");
    assert_eq!(wrong, Err(SubscribedError::Filter(FilterError::Null)));
}

#[test]
fn what_does_not_begin_with_share_and_a_separator_is_plain() {
    for raw in [
        "$share",
        "$shared/g/a",
        "$SHARE/g/a",
        "a/$share/g/b",
        "/$share/g/a",
        "$queue/a",
        "#",
    ] {
        let plain = TopicFilter::parse(raw).map(Subscribed::Plain);
        assert_eq!(Subscribed::parse(raw).ok(), plain.ok(), "{raw}");
    }
    assert_eq!(
        Subscribed::parse(""),
        Err(SubscribedError::Filter(FilterError::Empty))
    );
}

#[test]
fn filter_is_what_messages_are_matched_against() {
    for (raw, filter) in [("$share/g/a/+", "a/+"), ("a/+", "a/+")] {
        assert_eq!(
            Subscribed::parse(raw).map(|it| it.filter().as_str()),
            Ok(filter)
        );
    }
}
