//! Topic names, by clause.

use topic::{TOPIC_BYTES_MAX, TopicError, TopicName};

#[test]
fn v5_mqtt_4_7_0_1_and_v3_mqtt_4_7_1_1_a_name_has_no_wildcard() {
    for raw in ["+", "#", "a/+", "a/#", "a+b", "a#", "+/a"] {
        assert_eq!(TopicName::parse(raw), Err(TopicError::Wildcard), "{raw}");
    }
}

#[test]
fn mqtt_4_7_3_1_a_name_has_a_character_but_its_levels_may_be_empty() {
    assert_eq!(TopicName::parse(""), Err(TopicError::Empty));
    for (raw, levels) in [
        ("/", 2),
        ("//", 3),
        ("a/", 2),
        ("/a", 2),
        (" ", 1),
        ("a b/c", 2),
    ] {
        let name = TopicName::parse(raw).expect(raw);
        assert_eq!((name.as_str(), name.level_count()), (raw, levels));
        assert_eq!(name.levels().count(), levels);
    }
}

#[test]
fn mqtt_4_7_3_2_a_name_has_no_null() {
    for raw in ["\0", "a\0", "a/\0/b", "a\0+"] {
        assert_eq!(TopicName::parse(raw), Err(TopicError::Null), "{raw:?}");
    }
}

#[test]
fn mqtt_4_7_3_3_a_name_has_at_most_65535_bytes() {
    let longest = "é".repeat(TOPIC_BYTES_MAX / 2) + "a";
    assert!(TopicName::parse(&longest).is_ok());
    assert_eq!(TopicName::parse(&(longest + "a")), Err(TopicError::TooLong));
}

#[test]
fn a_character_that_shares_bits_with_a_wildcard_is_none() {
    for raw in [
        "k", "K", "\u{ab}", "c", "C", "\u{23b}", "*", ",", "\"", "$", "\u{2b2b}",
    ] {
        assert!(TopicName::parse(raw).is_ok(), "{raw}");
    }
}

#[test]
fn starts_with_dollar_looks_at_the_first_character_only() {
    assert!(
        TopicName::parse("$SYS/a")
            .expect("a name")
            .starts_with_dollar()
    );
    assert!(
        !TopicName::parse("a/$SYS")
            .expect("a name")
            .starts_with_dollar()
    );
    assert!(
        !TopicName::parse("/$SYS")
            .expect("a name")
            .starts_with_dollar()
    );
}

#[test]
fn what_a_name_must_not_have_is_found_at_every_place_of_every_length() {
    for len in 1..40 {
        for at in 0..len {
            for (wrong, error) in [
                ("+", TopicError::Wildcard),
                ("#", TopicError::Wildcard),
                ("\0", TopicError::Null),
            ] {
                let raw = "\u{1}".repeat(at) + wrong + &"$".repeat(len - at - 1);
                assert_eq!(TopicName::parse(&raw), Err(error), "{raw:?}");
            }
        }
        assert!(TopicName::parse(&"\u{1}".repeat(len)).is_ok());
    }
}
