//! Topic filters, by clause. The examples are those of the standards.

mod world;

use topic::{FilterError, TOPIC_BYTES_MAX, TopicFilter};
use world::{filter, name};

#[test]
fn v5_mqtt_4_7_1_1_and_v3_mqtt_4_7_1_2_multi_level_wildcard_stands_alone_and_last() {
    for raw in ["#", "/#", "a/#", "sport/tennis/player1/#", "+/#", "+/a/+/#"] {
        assert!(TopicFilter::parse(raw).is_ok(), "{raw}");
    }
    for raw in [
        "sport/tennis#",
        "sport/tennis/#/ranking",
        "#/",
        "#/#",
        "##",
        "a/##",
        "a/#b",
        "+#",
        "#+",
    ] {
        assert_eq!(
            TopicFilter::parse(raw),
            Err(FilterError::MultiLevelWildcard),
            "{raw}"
        );
    }
}

#[test]
fn v5_mqtt_4_7_1_2_and_v3_mqtt_4_7_1_3_single_level_wildcard_stands_alone_in_its_level() {
    for raw in ["+", "+/", "/+", "+/tennis/#", "sport/+/player1", "+/+/+"] {
        assert!(TopicFilter::parse(raw).is_ok(), "{raw}");
    }
    for raw in ["sport+", "+a", "a/+b/c", "++", "a/b+"] {
        assert_eq!(
            TopicFilter::parse(raw),
            Err(FilterError::SingleLevelWildcard),
            "{raw}"
        );
    }
}

#[test]
fn mqtt_4_7_2_1_no_leading_wildcard_matches_a_dollar_topic() {
    let matches = |raw, topic| filter(raw).matches(name(topic));
    assert!(!matches("#", "$SYS/monitor/Clients"));
    assert!(!matches("+/monitor/Clients", "$SYS/monitor/Clients"));
    assert!(!matches("+", "$"));
    assert!(matches("$SYS/#", "$SYS/monitor/Clients"));
    assert!(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
    assert!(matches("#", "a/$SYS"));
    assert!(matches("a/+", "a/$SYS"));
}

#[test]
fn mqtt_4_7_3_1_to_3_a_filter_has_a_character_no_null_and_at_most_65535_bytes() {
    assert_eq!(TopicFilter::parse(""), Err(FilterError::Empty));
    assert_eq!(TopicFilter::parse("a/\0"), Err(FilterError::Null));
    let longest = "a".repeat(TOPIC_BYTES_MAX);
    assert!(TopicFilter::parse(&longest).is_ok());
    assert_eq!(
        TopicFilter::parse(&(longest + "a")),
        Err(FilterError::TooLong)
    );
}

#[test]
fn v5_4_7_1_2_multi_level_wildcard_includes_its_parent() {
    for topic in [
        "sport/tennis/player1",
        "sport/tennis/player1/ranking",
        "sport/tennis/player1/score/wimbledon",
    ] {
        assert!(
            filter("sport/tennis/player1/#").matches(name(topic)),
            "{topic}"
        );
    }
    assert!(filter("sport/#").matches(name("sport")));
    assert!(!filter("sport/#").matches(name("sports")));
}

#[test]
fn v5_4_7_1_3_single_level_wildcard_matches_exactly_one_level() {
    let matches = |raw, topic| filter(raw).matches(name(topic));
    assert!(matches("sport/tennis/+", "sport/tennis/player1"));
    assert!(!matches("sport/tennis/+", "sport/tennis/player1/ranking"));
    assert!(!matches("sport/+", "sport"));
    assert!(matches("sport/+", "sport/"));
    assert!(matches("+/+", "/finance"));
    assert!(matches("/+", "/finance"));
    assert!(!matches("+", "/finance"));
}

#[test]
fn v5_mqtt_4_7_3_4_names_and_filters_are_compared_without_normalization() {
    assert!(!filter("ACCOUNTS").matches(name("Accounts")));
    assert!(!filter("/finance").matches(name("finance")));
    assert!(!filter("\u{e9}").matches(name("e\u{301}")));
    assert!(!filter("a").matches(name("a/")));
}

#[test]
fn has_wildcard_and_level_count_say_what_is_there() {
    for (raw, has_wildcard, levels) in [
        ("a", false, 1),
        ("a/b/", false, 3),
        ("+", true, 1),
        ("a/#", true, 2),
    ] {
        assert_eq!(
            (filter(raw).has_wildcard(), filter(raw).level_count()),
            (has_wildcard, levels),
            "{raw}"
        );
    }
}
