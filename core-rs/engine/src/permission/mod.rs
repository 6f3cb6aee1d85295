//! Who may publish and subscribe where.
//!
//! A session holds the number of a permission set and the values of its variables; a set is shared by all
//! sessions with the same rights, and its templates keep their variables as slots that are filled while
//! matching. So a session costs a few values, not a compiled list.

mod recheck;

use std::rc::Rc;

use topic::{TemplateError, TopicFilter, TopicName, TopicTemplate, Variables};

/// The set that allows everything, and whose `$` topics are ordinary ones.
pub const EVERYTHING: u32 = 0;

/// What one session may do.
#[derive(Clone, Debug)]
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

#[derive(Debug, Default)]
struct Set {
    variables: Variables,
    publish: Vec<TopicTemplate>,
    subscribe: Vec<TopicTemplate>,
}

/// All permission sets.
#[derive(Debug, Default)]
pub struct Permissions {
    sets: Vec<Option<Set>>,
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
        let mut parse = |templates: &[&str]| {
            templates
                .iter()
                .map(|template| TopicTemplate::parse(template, &mut variables))
                .collect::<Result<Vec<_>, _>>()
        };
        let (publish, subscribe) = (parse(publish)?, parse(subscribe)?);
        let index = number as usize;
        if self.sets.len() <= index {
            self.sets.resize_with(index + 1, || None);
        }
        Ok(self.sets[index]
            .insert(Set {
                variables,
                publish,
                subscribe,
            })
            .variables
            .names())
    }

    fn get(&self, number: u32) -> Option<&Set> {
        self.sets.get(number as usize)?.as_ref()
    }

    /// Whether a message may be published to `topic`.
    #[must_use]
    pub fn may_publish(&self, grants: &Grants, topic: TopicName<'_>) -> bool {
        if grants.set == EVERYTHING {
            return true;
        }
        !topic.starts_with_dollar()
            && self.get(grants.set).is_some_and(|set| {
                set.publish
                    .iter()
                    .any(|template| template.matches(topic, &grants.values))
            })
    }

    /// Whether every topic that `filter` matches may be received.
    #[must_use]
    pub fn may_subscribe(&self, grants: &Grants, filter: TopicFilter<'_>) -> bool {
        if grants.set == EVERYTHING {
            return true;
        }
        !filter.as_str().starts_with('$')
            && self.get(grants.set).is_some_and(|set| {
                set.subscribe
                    .iter()
                    .any(|template| template.covers(filter, &grants.values))
            })
    }
}
