//! Who may do what, and since when: the host's templates with the values put in, one by one.

use topic::{TopicFilter, TopicName, covers};

use super::{Oracle, SessionKey};
use crate::message::{Author, Message};

/// What the variable of a world's templates is called there.
const VARIABLE: &str = "${client.authenticationName}";

/// What one session may do, as the host has said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Held {
    /// The permission set.
    pub set: u32,
    /// The value of its variable.
    pub value: &'static str,
}

impl Held {
    /// The rights of whom nothing is forbidden.
    pub const EVERYTHING: Self = Self { set: 0, value: "" };
}

/// The templates of a permission set.
#[derive(Clone, Debug)]
pub struct Rights {
    /// Of topics that may be published to.
    pub publish: Vec<&'static str>,
    /// Of what may be subscribed to.
    pub subscribe: Vec<&'static str>,
}

/// One of the two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Right {
    /// To publish to a topic.
    Publish,
    /// To subscribe to a filter, or to be sent what comes on a topic.
    Subscribe,
}

impl Rights {
    fn allow(&self, right: Right, value: &str, filter: &str) -> bool {
        let templates = match right {
            Right::Publish => &self.publish,
            Right::Subscribe => &self.subscribe,
        };
        let literal = !value.is_empty() && !value.contains(['/', '+', '#']);
        templates
            .iter()
            .filter(|template| literal || !template.contains(VARIABLE))
            .any(|template| is_within(filter, &template.replace(VARIABLE, value)))
    }
}

/// Whether a topic name or filter is part of a filter; what is reserved is part of none.
fn is_within(narrow: &str, wide: &str) -> bool {
    let Ok(wide) = TopicFilter::parse(wide) else {
        return false;
    };
    if narrow.starts_with('$') {
        return false;
    }
    match (TopicName::parse(narrow), TopicFilter::parse(narrow)) {
        (Ok(name), _) => wide.matches(name),
        (_, Ok(filter)) => covers(wide, filter),
        _ => false,
    }
}

/// The filter of a subscription, shared or not.
pub(super) fn inner(raw: &str) -> &str {
    match topic::Subscribed::parse(raw) {
        Ok(subscribed) => subscribed.filter().as_str(),
        Err(_) => raw,
    }
}

impl Oracle {
    /// The host gives a permission set, from `step` on.
    pub fn set_given(&mut self, set: u32, rights: Rights, step: u64) {
        self.sets.entry(set).or_default().push((step, rights));
    }

    /// The host gives a session rights, from `step` on.
    pub fn granted(&mut self, key: SessionKey, held: Held, step: u64) {
        self.sessions[key].held.push((step, held));
    }

    /// Whether a session has a right in a step; none if nobody has said yet what it may do.
    fn allows(&self, key: SessionKey, right: Right, filter: &str, step: u64) -> Option<bool> {
        let held = self.sessions[key].held.iter();
        let (_, held) = held.rev().find(|(since, _)| *since <= step)?;
        if held.set == 0 {
            return Some(true);
        }
        let given = self.sets.get(&held.set).into_iter().flatten();
        let rights = given.rev().find(|(since, _)| *since <= step);
        Some(rights.is_some_and(|(_, rights)| rights.allow(right, held.value, filter)))
    }

    /// The first step of a span, and those in which what a session may do may be another than in the one before.
    fn turns(&self, key: SessionKey, (from, to): (u64, u64)) -> Vec<u64> {
        let held = self.sessions[key].held.iter().map(|(since, _)| *since);
        let sets = self.sets.values().flatten().map(|(since, _)| *since);
        let within = held
            .chain(sets)
            .filter(|since| *since > from && *since <= to);
        [from].into_iter().chain(within).collect()
    }

    /// Whether a session may have had a right at some step of a span.
    pub fn ever(&self, key: SessionKey, right: Right, filter: &str, span: (u64, u64)) -> bool {
        self.turns(key, span)
            .into_iter()
            .any(|step| self.allows(key, right, filter, step) != Some(false))
    }

    /// Whether it surely had it at each.
    pub fn always(&self, key: SessionKey, right: Right, filter: &str, span: (u64, u64)) -> bool {
        self.turns(key, span)
            .into_iter()
            .all(|step| self.allows(key, right, filter, step) == Some(true))
    }

    /// Whether a session may have a subscription now, or from the next step on if the host is about to say so.
    pub fn may_subscribe_now(&self, key: SessionKey, raw: &str) -> bool {
        self.allows(key, Right::Subscribe, inner(raw), self.step + 1) != Some(false)
    }

    /// A PUBLISH leaves to a session: at some step since its connection began, or the message was sent, it may have had
    /// it.
    pub fn leaves(&mut self, key: SessionKey, topic: &str, since: u64) {
        let may = self.ever(key, Right::Subscribe, topic, (since, self.step));
        self.coverage.count("right to receive checked");
        let (name, held) = (
            self.sessions[key].client_id.clone(),
            self.sessions[key].held.last().copied(),
        );
        self.require(may, || {
            format!("{name} is sent a message on {topic}, which it may not have had since step {since}: {held:?}")
        });
    }

    /// What a client has published is taken, refused with an error (`reason`), or delivered: it may have been allowed
    /// to, or not.
    pub(super) fn check_author(&mut self, message: &Message, reason: Option<u8>) {
        let Some(key) = message.session.filter(|key| {
            matches!(message.author, Author::Client(_)) && !self.sessions[*key].noisy
        }) else {
            return;
        };
        if message.topic.starts_with('$') {
            return;
        }
        let span = (message.sent_step(), self.step);
        let wrong = match reason {
            Some(0x87) => {
                self.coverage.count("publish denied");
                self.always(key, Right::Publish, &message.topic, span)
            }
            Some(0x80..) => false,
            _ => !self.ever(key, Right::Publish, &message.topic, span),
        };
        self.require(!wrong, || {
            format!("a message is answered with {reason:?} against the rights of its author: {message:?}")
        });
    }
}
