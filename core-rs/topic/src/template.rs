//! Topic templates: topic filters with variables, by which permissions are granted.

use std::fmt;

use crate::filter::TopicFilter;
use crate::name::TopicName;

/// The variables of all templates of one permission set, each with a slot: a position in the list of values.
///
/// Templates of one set share it, so a client needs one list of values for all of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Variables {
    names: Vec<String>,
}

impl Variables {
    /// No variables yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { names: Vec::new() }
    }

    /// The names in the order of their slots, such as `client.authenticationName` and `client.attributes.floor`.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// A topic filter with variables, parsed once; its values are given at each question.
///
/// event-grid: topic templates (specification §4.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TopicTemplate {}

impl TopicTemplate {
    /// Reads a template and gives each variable that `variables` does not know yet its slot there.
    ///
    /// # Errors
    ///
    /// Says what is wrong and at which byte.
    pub fn parse(raw: &str, variables: &mut Variables) -> Result<Self, TemplateError> {
        let _ = (raw, variables);
        todo!()
    }

    /// Whether a client with these values (by slot, empty for an attribute that it lacks) may use `topic`.
    #[must_use]
    pub fn matches(&self, topic: TopicName<'_>, values: &[impl AsRef<str>]) -> bool {
        let _ = (topic, values);
        todo!()
    }

    /// Whether a client with these values may use every topic that `filter` matches.
    #[must_use]
    pub fn covers(&self, filter: TopicFilter<'_>, values: &[impl AsRef<str>]) -> bool {
        let _ = (filter, values);
        todo!()
    }
}

/// What is wrong with a template, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// What is wrong.
    pub fault: TemplateFault,
    /// The byte of the template at which it begins.
    pub position: usize,
}

/// What can be wrong with a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TemplateFault {
    /// It has no character.
    Empty,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at byte {}", self.fault, self.position)
    }
}

impl std::error::Error for TemplateError {}
