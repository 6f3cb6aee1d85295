//! Names and filters: the trie, the retained tree, covering and templates say what the plain reading of a filter says.
//!
//! Each line is a step. Its first character chooses what the rest of it is: `s` a filter to subscribe with, `u` one to
//! unsubscribe, `r` a topic to retain, `c` one to clear, `t` a template. Any other begins a topic to publish to.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use topic::{
    Next, RetainedTree, Subscribed, SubscriptionTrie, TopicFilter, TopicName, TopicTemplate,
    Variables, covers,
};

/// More steps find nothing that fewer don't, and take the square of the time.
const STEPS_MAX: usize = 60;

fuzz_target!(|text: &str| {
    let mut world = World {
        trie: SubscriptionTrie::new([1, 2, 3, 4]),
        filters: BTreeSet::new(),
        tree: RetainedTree::new(),
        retained: BTreeMap::new(),
    };
    for step in text.split('\n').take(STEPS_MAX) {
        world.step(step);
    }
});

/// What is tested, and beside it what it should come to.
struct World<'a> {
    trie: SubscriptionTrie<()>,
    filters: BTreeSet<&'a str>,
    tree: RetainedTree<()>,
    /// By levels, which is the order of the tree.
    retained: BTreeMap<Vec<&'a str>, TopicName<'a>>,
}

impl<'a> World<'a> {
    fn step(&mut self, step: &'a str) {
        let Some(choice) = step.chars().next() else {
            return;
        };
        let text = &step[choice.len_utf8()..];
        match (choice, Subscribed::parse(text), TopicName::parse(text)) {
            ('s', Ok(subscribed), _) => self.subscribe(subscribed.filter()),
            ('u', Ok(subscribed), _) => self.unsubscribe(subscribed.filter()),
            ('r', _, Ok(topic)) => self.retain(topic),
            ('c', _, Ok(topic)) => self.clear(topic),
            ('t', ..) => check_template(text),
            (_, _, Ok(topic)) => self.publish(topic),
            _ => {}
        }
    }

    fn subscribe(&mut self, filter: TopicFilter<'a>) {
        let replaced = self.trie.insert(filter, 7, ()).is_some();
        assert_eq!(replaced, !self.filters.insert(filter.as_str()));
        assert_eq!(self.trie.filters(), self.filters.len());
        self.check_replay(filter);
    }

    fn unsubscribe(&mut self, filter: TopicFilter<'a>) {
        assert_eq!(
            self.trie.remove(filter, 7).is_some(),
            self.filters.remove(filter.as_str())
        );
        assert_eq!(self.trie.filters(), self.filters.len());
    }

    fn retain(&mut self, topic: TopicName<'a>) {
        let replaced = self.tree.insert(topic, ()).is_some();
        assert_eq!(
            replaced,
            self.retained
                .insert(topic.levels().collect(), topic)
                .is_some()
        );
    }

    fn clear(&mut self, topic: TopicName<'a>) {
        let levels: Vec<&str> = topic.levels().collect();
        assert_eq!(
            self.tree.remove(topic).is_some(),
            self.retained.remove(&levels).is_some()
        );
    }

    /// One unit of work at a time finds all that the filter matches, in order.
    fn check_replay(&self, filter: TopicFilter<'_>) {
        let mut expected = self
            .retained
            .values()
            .filter(|topic| filter.matches(**topic));
        let mut cursor = None;
        loop {
            match self.tree.next_match(filter, cursor, &mut 1) {
                Next::Exhausted => break,
                Next::OutOfWork { resume_after } => cursor = Some(resume_after),
                Next::Found { topic, .. } => {
                    assert_eq!(expected.next().map(|topic| topic.as_str()), Some(topic));
                    cursor = Some(topic);
                }
            }
        }
        assert_eq!(expected.next(), None);
    }

    fn publish(&self, topic: TopicName<'_>) {
        let filters = self
            .filters
            .iter()
            .map(|raw| TopicFilter::parse(raw).expect("it was accepted"));
        let (matching, others): (Vec<_>, Vec<_>) =
            filters.partition(|filter| filter.matches(topic));
        let mut found = 0;
        self.trie
            .for_each_match(topic, |subscribers| found += subscribers.len());
        assert_eq!(found, matching.len());
        for other in others {
            assert!(!matching.iter().any(|filter| covers(other, *filter)));
        }
    }
}

/// A template without variables is a filter.
fn check_template(text: &str) {
    let mut variables = Variables::new();
    let template = TopicTemplate::parse(text, &mut variables);
    let values = vec!["a"; variables.names().len()];
    match (template, TopicFilter::parse(text)) {
        (Ok(template), Ok(filter)) if values.is_empty() => {
            assert!(template.covers(filter, &values))
        }
        (Ok(template), _) => {
            assert!(!template.matches(TopicName::parse("$a").expect("a name"), &values))
        }
        (Err(error), _) => assert!(error.position <= text.len()),
    }
}
