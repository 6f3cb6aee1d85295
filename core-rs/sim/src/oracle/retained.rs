//! What may be retained at the end: the last that was published, as far as that is known.

use std::collections::BTreeMap;

use super::Oracle;
use crate::message::{Author, Message, MessageId};

impl Message {
    /// The last step in which it may have been routed.
    fn routed_by(&self) -> u64 {
        [self.settled, self.over]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Whether it surely was; a broker that dies may lose what it has promised to nobody.
    fn was_taken(&self, crashes: u32) -> bool {
        let promised = crashes == 0 || !matches!(self.author, Author::Will(_));
        self.accepted && self.settled.is_some() && promised
    }

    fn may_have_been_taken(&self) -> bool {
        self.sent.is_some() && (self.accepted || self.settled.is_none() || self.transmissions > 1)
    }
}

impl Oracle {
    /// Compares what a new subscriber to everything gets: a message per topic.
    pub fn check_retained(&mut self, found: &BTreeMap<String, MessageId>) {
        let mut topics: BTreeMap<String, Vec<MessageId>> = BTreeMap::new();
        for (id, message) in self.messages.iter().enumerate().filter(|(_, message)| {
            message.retain && !message.topic.starts_with('$') && message.may_have_been_taken()
        }) {
            topics.entry(message.topic.clone()).or_default().push(id);
        }
        for topic in found.keys().filter(|topic| !topics.contains_key(*topic)) {
            self.violate(format!(
                "something is retained on {topic}, where nothing was"
            ));
        }
        for (topic, all) in topics {
            self.check_topic(&topic, &all, found.get(&topic).copied());
        }
    }

    fn check_topic(&mut self, topic: &str, all: &[MessageId], found: Option<MessageId>) {
        let superseded = |id: MessageId| {
            let last = self.messages[id].routed_by();
            all.iter().any(|other| {
                self.messages[*other].was_taken(self.crashes)
                    && self.messages[*other].sent_step() > last
            })
        };
        let candidates: Vec<MessageId> =
            all.iter().copied().filter(|id| !superseded(*id)).collect();
        let empties = |id: &MessageId| {
            self.messages[*id].payload_bytes == 0 || self.messages[*id].expiry.is_some()
        };
        let nothing = candidates.iter().any(empties)
            || !all
                .iter()
                .any(|id| self.messages[*id].was_taken(self.crashes));
        let told: Vec<_> = candidates
            .iter()
            .map(|id| format!("{:?}", self.messages[*id]))
            .collect();
        match found {
            Some(id) => self.require(candidates.contains(&id), || format!("message {id} is retained on {topic}, where one of {candidates:?} should be: {told:?}")),
            None => self.require(nothing, || format!("nothing is retained on {topic}, where one of {candidates:?} should be: {told:?}")),
        }
        self.coverage.count(if found.is_some() {
            "retained message checked"
        } else {
            "absent retained message checked"
        });
    }
}
