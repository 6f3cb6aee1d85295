//! Topic templates: topic filters with variables, by which permissions are granted.
//!
//! event-grid: specification §4.2. Where that is silent, the reading here is the one that grants less:
//! - A value that is empty (the client lacks the attribute), or that contains `/`, `+` or `#`, makes every template
//!   that uses it apply to nothing. A value is always literal, so no client's name can widen what it is granted.
//! - No template reaches a topic that begins with `$`, whatever the values: those are reserved.

mod parse;
mod tree;

pub use parse::{TemplateError, TemplateFault};
pub use tree::TemplateTree;

use crate::covering::{Breadth, PatternLevel, levels_cover};
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

    /// The slot of `name`, which gets the next one if it has none yet.
    fn slot(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }
}

/// A topic filter with variables, parsed once; their values are given with each question.
///
/// A variable is a whole level or a part of one: `${client.authenticationName}`, `${client.attributes.KEY}`,
/// and with a literal that follows the value, `${client.authenticationName|.factory1}`.
///
/// ```
/// use topic::{TopicFilter, TopicName, TopicTemplate, Variables};
///
/// let mut variables = Variables::new();
/// let template = TopicTemplate::parse("machines/${client.authenticationName|.factory1}/#", &mut variables).unwrap();
/// assert_eq!(variables.names(), ["client.authenticationName"]);
///
/// let values = ["machine1"];
/// assert!(template.matches(TopicName::parse("machines/machine1.factory1/temp").unwrap(), &values));
/// assert!(template.covers(TopicFilter::parse("machines/machine1.factory1/+").unwrap(), &values));
/// assert!(!template.covers(TopicFilter::parse("machines/+/temp").unwrap(), &values));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TopicTemplate {
    levels: Box<[Level]>,
}

impl TopicTemplate {
    /// Reads a template and gives each variable that `variables` does not know yet its slot there.
    ///
    /// # Errors
    ///
    /// Says what is wrong and at which byte. `variables` may then have slots that nothing uses.
    pub fn parse(raw: &str, variables: &mut Variables) -> Result<Self, TemplateError> {
        let levels = parse::levels(raw, variables)?;
        Ok(Self { levels })
    }

    /// Whether a client with these values, by slot, may use `topic`. A slot beyond the list counts as empty.
    #[must_use]
    pub fn matches(&self, topic: TopicName<'_>, values: &[impl AsRef<str>]) -> bool {
        self.admits(topic.as_str(), values)
    }

    /// Whether a client with these values may use every topic that `filter` matches.
    #[must_use]
    pub fn covers(&self, filter: TopicFilter<'_>, values: &[impl AsRef<str>]) -> bool {
        self.admits(filter.as_str(), values)
    }

    /// A name is a filter that matches itself alone, so both questions are one.
    fn admits(&self, filter: &str, values: &[impl AsRef<str>]) -> bool {
        let levels = self.levels.iter().map(|level| Filled { level, values });
        !filter.starts_with('$') && levels_cover(levels, filter)
    }
}

/// One level of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Level {
    Any,
    Rest,
    Literal(Box<str>),
    Composed(Box<[Piece]>),
}

/// A part of a level that has a variable.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Literal(Box<str>),
    Variable { slot: usize },
}

/// A level and the values that fill it.
struct Filled<'a, S> {
    level: &'a Level,
    values: &'a [S],
}

impl<S: AsRef<str>> PatternLevel for Filled<'_, S> {
    fn breadth(&self) -> Breadth {
        match self.level {
            Level::Any => Breadth::Any,
            Level::Rest => Breadth::Rest,
            Level::Literal(_) | Level::Composed(_) => Breadth::Literal,
        }
    }

    /// A literal level of a name or filter has no `/`, `+` or `#`, so a value that has one never fits.
    fn is(&self, text: &str) -> bool {
        match self.level {
            Level::Any | Level::Rest => false,
            Level::Literal(literal) => **literal == *text,
            Level::Composed(pieces) => is_composed(pieces, text, self.values),
        }
    }
}

/// Whether `text` is what the pieces are with these values.
fn is_composed(pieces: &[Piece], text: &str, values: &[impl AsRef<str>]) -> bool {
    let left = pieces
        .iter()
        .try_fold(text, |left, piece| strip(left, piece, values));
    left == Some("")
}

/// What is left of `text` behind `piece`, if it begins with that.
fn strip<'t>(text: &'t str, piece: &Piece, values: &[impl AsRef<str>]) -> Option<&'t str> {
    match piece {
        Piece::Literal(literal) => text.strip_prefix(&**literal),
        Piece::Variable { slot } => {
            let value = values.get(*slot)?.as_ref();
            text.strip_prefix(value).filter(|_| !value.is_empty())
        }
    }
}
