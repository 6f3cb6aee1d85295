//! Who may publish and subscribe where.
//!
//! A session holds the number of a permission set and the values of its variables; a set is shared by all
//! sessions with the same rights, and its templates keep their variables as slots that are filled while
//! matching. So a session costs a few values, not a compiled list.
//!
//! What sets and sessions are given is counted: an answer that is remembered holds as long as neither the set nor
//! the session's share of it has a newer count.

mod check;
mod recheck;

use std::rc::Rc;

use topic::{TemplateError, TemplateTree, TopicFilter, TopicName, TopicTemplate, Variables};

pub(crate) use recheck::Recheck;

/// The set that allows everything, and whose `$` topics are ordinary ones.
pub const EVERYTHING: u32 = 0;

/// What one session may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grants {
    /// The number of its permission set.
    pub set: u32,
    /// The values of the set's variables, in the set's order.
    pub values: Rc<[Box<str>]>,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            set: EVERYTHING,
            values: Rc::from([]),
        }
    }
}

#[derive(Debug)]
struct Set {
    variables: Variables,
    publish: TemplateTree,
    subscribe: TemplateTree,
    /// When it was given.
    epoch: u64,
}

/// All permission sets.
#[derive(Debug, Default)]
pub struct Permissions {
    sets: Vec<Option<Set>>,
    epoch: u64,
}

impl Permissions {
    /// Sets or replaces the set `number`, which is not [`EVERYTHING`]. Gives the names of its variables in the
    /// order in which a session gives their values.
    ///
    /// # Errors
    ///
    /// The first template that is none. Nothing is changed then.
    pub fn set(
        &mut self,
        number: u32,
        publish: &[&str],
        subscribe: &[&str],
    ) -> Result<&[String], TemplateError> {
        let mut variables = Variables::new();
        let publish = parse(publish, &mut variables)?;
        let subscribe = parse(subscribe, &mut variables)?;
        let epoch = self.next_epoch();
        let index = number as usize;
        if self.sets.len() <= index {
            self.sets.resize_with(index + 1, || None);
        }
        let set = self.sets[index].insert(Set {
            variables,
            publish,
            subscribe,
            epoch,
        });
        Ok(set.variables.names())
    }

    /// Counts one more time that rights were given.
    pub fn next_epoch(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// How often rights were given.
    #[inline]
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// When the set `number` was given, 0 if it was not.
    #[inline]
    #[must_use]
    pub fn given(&self, number: u32) -> u64 {
        self.get(number).map_or(0, |set| set.epoch)
    }

    #[inline]
    fn get(&self, number: u32) -> Option<&Set> {
        self.sets.get(number as usize)?.as_ref()
    }

    /// Whether a message may be published to `topic`.
    #[must_use]
    pub fn may_publish(&self, grants: &Grants, topic: TopicName<'_>) -> bool {
        let allows = |set: &Set| set.publish.matches(topic, &grants.values);
        grants.set == EVERYTHING || self.get(grants.set).is_some_and(allows)
    }

    /// Whether every topic that `filter` matches may be received.
    #[must_use]
    pub fn may_subscribe(&self, grants: &Grants, filter: TopicFilter<'_>) -> bool {
        let allows = |set: &Set| set.subscribe.covers(filter, &grants.values);
        grants.set == EVERYTHING || self.get(grants.set).is_some_and(allows)
    }

    /// Whether a message on `topic` may be received.
    #[must_use]
    pub fn may_receive(&self, grants: &Grants, topic: TopicName<'_>) -> bool {
        let allows = |set: &Set| set.subscribe.matches(topic, &grants.values);
        grants.set == EVERYTHING || self.get(grants.set).is_some_and(allows)
    }
}

fn parse(raw: &[&str], variables: &mut Variables) -> Result<TemplateTree, TemplateError> {
    let mut tree = TemplateTree::default();
    for template in raw {
        tree.insert(&TopicTemplate::parse(template, variables)?);
    }
    Ok(tree)
}
