//! Topic templates: how they are read, and that they are the filter that their values make of them.

mod world;

use topic::{TemplateFault, TopicTemplate, Variables, covers};
use world::{filter, name};

const NAME: &str = "${client.authenticationName}";

fn template(raw: &str) -> TopicTemplate {
    TopicTemplate::parse(raw, &mut Variables::new()).expect(raw)
}

#[test]
fn a_wrong_template_is_refused_where_it_is_wrong() {
    let long = "a".repeat(65_536);
    for (raw, fault, position) in [
        ("", TemplateFault::Empty, 0),
        (long.as_str(), TemplateFault::TooLong, 0),
        ("a/\0", TemplateFault::Null, 2),
        ("$SYS/a", TemplateFault::Reserved, 0),
        ("$", TemplateFault::Reserved, 0),
        ("$share/g/a", TemplateFault::Reserved, 0),
        ("a/#/b", TemplateFault::MultiLevelWildcard, 2),
        ("a/b#", TemplateFault::MultiLevelWildcard, 3),
        ("a/b+/c", TemplateFault::SingleLevelWildcard, 3),
        (
            "a/+${client.authenticationName}",
            TemplateFault::SingleLevelWildcard,
            2,
        ),
        (
            "${client.authenticationName}#",
            TemplateFault::MultiLevelWildcard,
            28,
        ),
        (
            "${client.authenticationName|+}",
            TemplateFault::SingleLevelWildcard,
            28,
        ),
        ("a/x${client", TemplateFault::VariableOpen, 3),
        (
            "a/${client.authenticationName|/b}",
            TemplateFault::VariableOpen,
            2,
        ),
        ("a/${client.name}", TemplateFault::VariableUnknown, 4),
        ("${}", TemplateFault::VariableUnknown, 2),
        (
            "${Client.authenticationName}",
            TemplateFault::VariableUnknown,
            2,
        ),
        (
            "${client.authenticationName }",
            TemplateFault::VariableUnknown,
            2,
        ),
        ("${client.attributes.}", TemplateFault::VariableUnknown, 2),
        (
            "${client.attributes.a-b}",
            TemplateFault::VariableUnknown,
            2,
        ),
        (
            "b${client.authenticationName|}",
            TemplateFault::AffixEmpty,
            29,
        ),
        (
            "${client.authenticationName|a|b}",
            TemplateFault::AffixCharacter,
            29,
        ),
        (
            "${client.authenticationName|${client.attributes.a}}",
            TemplateFault::AffixCharacter,
            29,
        ),
    ] {
        let error = TopicTemplate::parse(raw, &mut Variables::new()).expect_err(raw);
        assert_eq!((error.fault, error.position), (fault, position), "{raw}");
        assert!(error.to_string().starts_with(&format!("byte {position}: ")));
    }
}

#[test]
fn templates_of_one_set_share_their_variables() {
    let mut variables = Variables::new();
    let mut parse = |raw| TopicTemplate::parse(raw, &mut variables).expect("a template");
    let by_floor = parse("floors/${client.attributes.floor}/${client.authenticationName}");
    let by_name = parse("machines/${client.authenticationName}/${client.attributes.Floor}");
    assert_eq!(
        variables.names(),
        [
            "client.attributes.floor",
            "client.authenticationName",
            "client.attributes.Floor"
        ]
    );
    let values = ["3", "m", "upper"];
    assert!(by_floor.matches(name("floors/3/m"), &values));
    assert!(by_name.matches(name("machines/m/upper"), &values));
}

#[test]
fn a_variable_is_a_whole_level_or_a_part_of_one() {
    for (raw, values, topic) in [
        (
            "machines/${client.authenticationName}/temp",
            ["m1", ""],
            "machines/m1/temp",
        ),
        (
            "machines/${client.authenticationName|.factory1}/temp",
            ["m1", ""],
            "machines/m1.factory1/temp",
        ),
        ("m-${client.authenticationName}", ["m1", ""], "m-m1"),
        (
            "m-${client.authenticationName|-x}-y",
            ["m1", ""],
            "m-m1-x-y",
        ),
        (
            "${client.authenticationName}${client.attributes.a}",
            ["m", "1"],
            "m1",
        ),
        (
            "${client.authenticationName}.${client.authenticationName}",
            ["m", ""],
            "m.m",
        ),
        ("${client.authenticationName}/#", ["m", ""], "m"),
        ("+/${client.authenticationName}/+", ["m", ""], "x/m/"),
        ("a$/{b}/c|d/$", ["", ""], "a$/{b}/c|d/$"),
        ("/${client.authenticationName}", ["$x", ""], "/$x"),
    ] {
        let template = template(raw);
        assert!(
            template.matches(name(topic), &values),
            "{raw} matches {topic}"
        );
        assert!(
            template.covers(filter(topic), &values),
            "{raw} covers {topic}"
        );
        assert!(
            !template.matches(name(&format!("{topic}!")), &values) || raw.ends_with(['#', '+']),
            "{raw}"
        );
    }
}

#[test]
fn a_value_is_literal_and_never_widens_a_template() {
    for value in ["", "+", "#", "a/b", "a+", "#a", "/", "a\0"] {
        for raw in [
            NAME,
            "${client.authenticationName}/#",
            "a/x${client.authenticationName}",
            "+/${client.authenticationName|y}",
        ] {
            let template = template(raw);
            for topic in world::topics(&["", "a", "b", "x", "y", "xa", "ay"], 3) {
                assert!(
                    !template.matches(name(&topic), &[value]),
                    "{raw} with {value:?} matches {topic}"
                );
            }
            for narrow in world::filters(&["", "a", "b", "x"], 3) {
                assert!(
                    !template.covers(filter(&narrow), &[value]),
                    "{raw} with {value:?} covers {narrow}"
                );
            }
        }
    }
}

#[test]
fn a_value_that_is_not_given_applies_to_nothing_and_leaves_other_templates_alone() {
    let none: [&str; 0] = [];
    assert!(!template(NAME).matches(name("a"), &none));
    assert!(!template("x${client.authenticationName}").matches(name("x"), &none));
    assert!(template("a/+").matches(name("a/b"), &none));
}

#[test]
fn no_template_reaches_a_reserved_topic() {
    for (raw, topic) in [
        ("#", "$SYS/a"),
        ("+/a", "$SYS/a"),
        (NAME, "$me"),
        ("${client.authenticationName}/#", "$me/a"),
    ] {
        assert!(
            !template(raw).matches(name(topic), &["$me"]),
            "{raw} matches {topic}"
        );
        assert!(
            !template(raw).covers(filter(topic), &["$me"]),
            "{raw} covers {topic}"
        );
    }
}

#[test]
fn a_template_is_the_filter_that_its_values_make_of_it() {
    let topics = world::topics(&["", "a", "aa", "b"], 3);
    let filters = world::filters(&["", "a", "aa"], 3);
    let levels = [
        "",
        "a",
        "+",
        "#",
        "${client.authenticationName}",
        "a${client.attributes.x}",
        "${client.attributes.x|a}",
    ];
    for pair in levels
        .iter()
        .flat_map(|first| levels.iter().map(move |second| format!("{first}/{second}")))
    {
        let mut variables = Variables::new();
        let Ok(template) = TopicTemplate::parse(&pair, &mut variables) else {
            continue;
        };
        let values = vec!["a"; variables.names().len()];
        let made = pair
            .replace("${client.authenticationName}", "a")
            .replace("${client.attributes.x}", "a")
            .replace("${client.attributes.x|a}", "aa");
        for topic in &topics {
            assert_eq!(
                template.matches(name(topic), &values),
                filter(&made).matches(name(topic)),
                "{pair} {topic}"
            );
        }
        for narrow in &filters {
            assert_eq!(
                template.covers(filter(narrow), &values),
                covers(filter(&made), filter(narrow)),
                "{pair} {narrow}"
            );
        }
    }
}
