//! The subscription trie against its naive twin: a list of subscriptions, each asked in turn.

mod world;

use std::collections::BTreeMap;

use proptest::prelude::*;
use topic::SubscriptionTrie;
use world::{filter, name};

const SEED: [u64; 4] = [1, 2, 3, 4];

/// The twin.
#[derive(Default)]
struct Naive {
    subscriptions: BTreeMap<(String, u32), u16>,
}

impl Naive {
    fn matches(&self, topic: &str) -> Vec<(u32, u16)> {
        let all = self.subscriptions.iter();
        let matching = all.filter(|((raw, _), _)| filter(raw).matches(name(topic)));
        let mut found: Vec<_> = matching.map(|((_, key), value)| (*key, *value)).collect();
        found.sort_unstable();
        found
    }

    fn filters(&self) -> usize {
        let mut filters: Vec<&String> = self.subscriptions.keys().map(|(raw, _)| raw).collect();
        filters.dedup();
        filters.len()
    }
}

/// What the trie finds, sorted; a slice is never empty.
fn found(trie: &SubscriptionTrie<u16>, topic: &str) -> Vec<(u32, u16)> {
    let mut found = Vec::new();
    trie.for_each_match(name(topic), |subscribers| {
        assert!(!subscribers.is_empty());
        found.extend_from_slice(subscribers);
    });
    found.sort_unstable();
    found
}

fn trie_of<'a>(filters: impl IntoIterator<Item = &'a String>) -> SubscriptionTrie<u16> {
    let mut trie = SubscriptionTrie::new(SEED);
    for (key, raw) in filters.into_iter().enumerate() {
        assert_eq!(trie.insert(filter(raw), key as u32, 0), None);
    }
    trie
}

#[test]
fn every_small_filter_alone_and_all_together_match_every_small_topic_as_the_twin_does() {
    for words in [world::SHORT, world::LONG] {
        let (topics, filters) = (world::topics(words, 4), world::filters(words, 3));
        let all = trie_of(&filters);
        for topic in &topics {
            let naive = |raw: &&String| filter(raw).matches(name(topic));
            let expected = filters.iter().filter(naive).count();
            assert_eq!(found(&all, topic).len(), expected, "{topic}");
        }
        for raw in &filters {
            let one = trie_of([raw]);
            for topic in &topics {
                let matches = !found(&one, topic).is_empty();
                assert_eq!(matches, filter(raw).matches(name(topic)), "{raw} {topic}");
            }
        }
    }
}

#[test]
fn every_pair_of_small_filters_keeps_apart_in_either_order_and_after_either_goes() {
    let words = &["", "a", "$", "fifteen bytes!!"];
    let (topics, filters) = (world::topics(words, 3), world::filters(words, 2));
    let matched: Vec<Vec<bool>> = filters
        .iter()
        .map(|raw| {
            topics
                .iter()
                .map(|topic| filter(raw).matches(name(topic)))
                .collect()
        })
        .collect();
    for (first, first_matched) in filters.iter().zip(&matched) {
        for (second, second_matched) in filters.iter().zip(&matched) {
            if first == second {
                continue;
            }
            let mut trie = trie_of([first, second]);
            for (at, topic) in topics.iter().enumerate() {
                let count = usize::from(first_matched[at]) + usize::from(second_matched[at]);
                assert_eq!(found(&trie, topic).len(), count, "{first} {second} {topic}");
            }
            assert_eq!(trie.remove(filter(first), 0), Some(0));
            for (at, topic) in topics.iter().enumerate() {
                let count = usize::from(second_matched[at]);
                assert_eq!(
                    found(&trie, topic).len(),
                    count,
                    "{second} without {first}, {topic}"
                );
            }
        }
    }
}

#[test]
fn removing_every_filter_one_by_one_leaves_the_others_and_in_the_end_nothing() {
    for stride in [1, 7] {
        let filters = world::filters(&["", "a", "fifteen bytes!!"], 3);
        let mut order: Vec<(usize, &String)> = filters.iter().enumerate().collect();
        order.sort_by_key(|(key, _)| key * stride % filters.len());
        let mut trie = trie_of(&filters);
        let topics = world::topics(&["", "a", "fifteen bytes!!"], 3);
        for (gone, &(key, raw)) in order.iter().enumerate() {
            assert_eq!(trie.remove(filter(raw), key as u32), Some(0), "{raw}");
            assert_eq!(trie.remove(filter(raw), key as u32), None, "{raw}");
            for topic in &topics {
                let left = order[gone + 1..].iter();
                let expected = left
                    .filter(|(_, raw)| filter(raw).matches(name(topic)))
                    .count();
                assert_eq!(found(&trie, topic).len(), expected, "{topic} after {raw}");
            }
        }
        assert!(trie.is_empty());
        assert_eq!(trie.filters(), 0);
    }
}

#[test]
fn a_topic_may_have_a_match_through_each_of_its_wildcards() {
    let filters: Vec<String> = (0..1_u32 << 10)
        .map(|bits| {
            (0..10)
                .map(|level| if bits >> level & 1 == 0 { "a" } else { "+" })
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    let trie = trie_of(&filters);
    assert_eq!(found(&trie, "a/a/a/a/a/a/a/a/a/a").len(), 1 << 10);
    assert_eq!(found(&trie, "b/a/a/a/a/a/a/a/a/a").len(), 1 << 9);
    assert_eq!(found(&trie, "a/a/a/a/a/a/a/a/a").len(), 0);
}

#[test]
fn filters_of_the_longest_kind_are_matched_split_and_removed() {
    let deep = "/".repeat(65_000);
    let (left, right) = (format!("{deep}left"), format!("{deep}right"));
    let wild = format!("{}#", "+/".repeat(32_767));
    let mut trie = trie_of([&left, &right, &wild]);
    assert_eq!(found(&trie, &left), [(0, 0), (2, 0)]);
    assert_eq!(found(&trie, &right), [(1, 0), (2, 0)]);
    assert_eq!(found(&trie, &deep), [(2, 0)]);
    for (key, raw) in [&left, &right, &wild].into_iter().enumerate() {
        let id = trie.filter_id(filter(raw)).expect("it has a subscription");
        assert_eq!(trie.filter_text(id).as_ref(), Some(raw));
        assert_eq!(trie.remove(filter(raw), key as u32), Some(0));
    }
    assert_eq!(found(&trie, &left), []);
}

#[test]
fn epoch_changes_with_every_mutation_and_with_nothing_else() {
    let mut trie = SubscriptionTrie::new(SEED);
    let mut last = trie.epoch();
    let mut changed =
        |trie: &SubscriptionTrie<u16>| std::mem::replace(&mut last, trie.epoch()) != trie.epoch();
    assert_eq!(trie.insert(filter("a"), 1, 10), None);
    assert!(changed(&trie));
    assert_eq!(trie.insert(filter("a"), 1, 11), Some(10));
    assert!(changed(&trie));
    assert_eq!(
        (trie.remove(filter("a"), 2), trie.remove(filter("a/b"), 1)),
        (None, None)
    );
    assert_eq!(trie.get(filter("a"), 1), Some(11));
    assert!(!changed(&trie));
    assert_eq!(trie.remove(filter("a"), 1), Some(11));
    assert!(changed(&trie));
}

#[test]
fn a_filter_keeps_its_id_while_others_come_and_go_around_it() {
    let mut trie = SubscriptionTrie::new(SEED);
    let kept = "devices/1/command/reset";
    trie.insert(filter(kept), 1, 0);
    let id = trie.filter_id(filter(kept)).expect("it has a subscription");
    for other in [
        "devices/1/command/start",
        "devices/1",
        "devices/#",
        "devices/1/command/reset/now",
        "devices/1/+",
    ] {
        assert_eq!(trie.filter_id(filter(other)), None, "{other}");
        trie.insert(filter(other), 1, 0);
        assert_eq!(trie.filter_text(id).as_deref(), Some(kept), "{other}");
        assert_eq!(trie.filter_id(filter(kept)), Some(id), "{other}");
    }
    assert_eq!(trie.filter_id(filter("devices/1/command")), None);
    trie.remove(filter("devices/1"), 1);
    assert_eq!(trie.filter_text(id).as_deref(), Some(kept));
    trie.remove(filter(kept), 1);
    assert_eq!(trie.filter_text(id), None);
}

#[test]
fn memory_does_not_grow_when_other_subscriptions_come_for_those_that_go() {
    let shapes = |number: u32| {
        [
            format!("devices/{number}/a level that is long, as a tail"),
            format!("devices/{number}/cmd"),
            format!("{number} is a level that is long, as a label/{number}/cmd"),
            format!("{number} is a level that is long, as a label/{number}/state/+"),
            "alarms/#".to_owned(),
        ]
    };
    let mut trie = SubscriptionTrie::new(SEED);
    let mut first_round = None;
    for round in 1..=4 {
        let numbers = round * 10_000..(round + 1) * 10_000;
        for number in numbers.clone() {
            for raw in shapes(number) {
                assert_eq!(trie.insert(filter(&raw), number, 0_u16), None);
            }
        }
        let full = trie.memory_bytes();
        for number in numbers {
            for raw in shapes(number) {
                assert_eq!(trie.remove(filter(&raw), number), Some(0));
            }
        }
        let bytes = (full, trie.memory_bytes());
        assert_eq!(*first_round.get_or_insert(bytes), bytes, "round {round}");
    }
}

#[test]
fn memory_of_a_crowd_that_leaves_comes_back() {
    let mut trie = SubscriptionTrie::new(SEED);
    for key in 0..10_000 {
        trie.insert(filter("alarms/#"), key, 0_u16);
    }
    let full = trie.memory_bytes();
    for key in 100..10_000 {
        assert_eq!(trie.remove(filter("alarms/#"), key), Some(0));
    }
    assert!(trie.memory_bytes() < full / 20);
    assert_eq!(found(&trie, "alarms").len(), 100);
}

#[derive(Clone, Debug)]
enum Step {
    Insert(String, u32, u16),
    Remove(String, u32),
    Match(String),
}

/// Filters of few words and up to six levels, so that they share, split and prune a lot.
fn filters() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        4 => Just("a"), 2 => Just("b"), 1 => Just(""), 1 => Just("$c"), 3 => Just("+"),
        1 => Just("eight by"), 1 => Just("a level of more than two blocks"), 1 => Just("#"),
    ];
    prop::collection::vec(level, 1..=6)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("well formed", |raw| topic::TopicFilter::parse(raw).is_ok())
}

fn topics() -> impl Strategy<Value = String> {
    filters()
        .prop_map(|raw| raw.replace(['+', '#'], "a"))
        .prop_filter("well formed", |raw| topic::TopicName::parse(raw).is_ok())
}

/// Few keys for the many filters, many keys for one of them, which so becomes a crowd with an index.
fn subscriptions() -> impl Strategy<Value = (String, u32)> {
    prop_oneof![(filters(), 0..3_u32), (Just("a/+".to_owned()), 0..150_u32)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (subscriptions(), any::<u16>()).prop_map(|((raw, key), value)| Step::Insert(raw, key, value)),
        3 => subscriptions().prop_map(|(raw, key)| Step::Remove(raw, key)),
        1 => topics().prop_map(Step::Match),
    ];
    prop::collection::vec(step, 1..600)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_long_run_of_mutations_leaves_the_trie_as_its_twin(steps in steps(), seed in any::<[u64; 4]>()) {
        let (mut trie, mut naive) = (SubscriptionTrie::new(seed), Naive::default());
        for step in &steps {
            match step.clone() {
                Step::Insert(raw, key, value) => {
                    let replaced = trie.insert(filter(&raw), key, value);
                    prop_assert_eq!(replaced, naive.subscriptions.insert((raw, key), value));
                }
                Step::Remove(raw, key) => {
                    let removed = trie.remove(filter(&raw), key);
                    prop_assert_eq!(removed, naive.subscriptions.remove(&(raw, key)));
                }
                Step::Match(topic) => prop_assert_eq!(found(&trie, &topic), naive.matches(&topic)),
            }
            prop_assert_eq!(trie.len(), naive.subscriptions.len());
        }
        prop_assert_eq!(trie.filters(), naive.filters());
        for ((raw, key), value) in &naive.subscriptions {
            prop_assert_eq!(trie.get(filter(raw), *key), Some(*value));
            let id = trie.filter_id(filter(raw)).expect("it has a subscription");
            prop_assert_eq!(trie.filter_text(id), Some(raw.clone()));
        }
        for (raw, key) in naive.subscriptions.keys() {
            prop_assert!(trie.remove(filter(raw), *key).is_some());
        }
        prop_assert_eq!(found(&trie, "a/a"), []);
    }
}
