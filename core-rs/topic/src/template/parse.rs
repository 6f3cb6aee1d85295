//! The text of a topic template, read once.

use std::fmt;

use super::{Level, Piece, Variables};
use crate::name::TOPIC_BYTES_MAX;

/// Reads all levels of a template.
pub(super) fn levels(raw: &str, variables: &mut Variables) -> Result<Box<[Level]>, TemplateError> {
    check_whole(raw)?;
    let mut position = 0;
    let mut levels = Vec::new();
    for text in raw.split('/') {
        let part = Part { text, position };
        position += text.len() + 1;
        let is_last = position > raw.len();
        levels.push(part.level(is_last, variables)?);
    }
    Ok(levels.into_boxed_slice())
}

fn check_whole(raw: &str) -> Result<(), TemplateError> {
    let fault = if raw.is_empty() {
        TemplateFault::Empty
    } else if raw.len() > TOPIC_BYTES_MAX {
        TemplateFault::TooLong
    } else if raw.starts_with('$') && !raw.starts_with("${") {
        TemplateFault::Reserved
    } else {
        return match raw.find('\0') {
            Some(position) => Err(TemplateFault::Null.at(position)),
            None => Ok(()),
        };
    };
    Err(fault.at(0))
}

/// A part of the template that has no `/`, and the byte at which it begins.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Part<'a> {
    fn level(self, is_last: bool, variables: &mut Variables) -> Result<Level, TemplateError> {
        match self.text {
            "+" => Ok(Level::Any),
            "#" if is_last => Ok(Level::Rest),
            "#" => Err(TemplateFault::MultiLevelWildcard.at(self.position)),
            text if text.contains("${") => self.composed(variables),
            text => Ok(Level::Literal(self.literal().map(|()| text.into())?)),
        }
    }

    fn composed(self, variables: &mut Variables) -> Result<Level, TemplateError> {
        let mut pieces = Vec::new();
        let mut left = self;
        while let Some((before, inside, after)) = left.split_variable()? {
            push_literal(&mut pieces, before)?;
            let (name, affix) = inside.split_affix()?;
            name.check_variable()?;
            let slot = variables.slot(name.text);
            pieces.push(Piece::Variable { slot });
            if let Some(affix) = affix {
                push_literal(&mut pieces, affix)?;
            }
            left = after;
        }
        push_literal(&mut pieces, left)?;
        Ok(Level::Composed(pieces.into_boxed_slice()))
    }

    /// What lies before, inside and after the first `${…}`.
    fn split_variable(self) -> Result<Option<(Self, Self, Self)>, TemplateError> {
        let Some((before, open)) = self.split_once("${") else {
            return Ok(None);
        };
        match open.split_once("}") {
            Some((inside, after)) => Ok(Some((before, inside, after))),
            None => Err(TemplateFault::VariableOpen.at(open.position - "${".len())),
        }
    }

    /// The name of the variable, and what follows its value.
    fn split_affix(self) -> Result<(Self, Option<Self>), TemplateError> {
        let Some((name, affix)) = self.split_once("|") else {
            return Ok((self, None));
        };
        if affix.text.is_empty() {
            return Err(TemplateFault::AffixEmpty.at(affix.position));
        }
        if let Some(offset) = affix.text.find(['{', '|']) {
            return Err(TemplateFault::AffixCharacter.at(affix.position + offset));
        }
        Ok((name, Some(affix)))
    }

    fn check_variable(self) -> Result<(), TemplateError> {
        let is_known = self.text == "client.authenticationName"
            || self
                .text
                .strip_prefix("client.attributes.")
                .is_some_and(is_attribute_key);
        if is_known {
            Ok(())
        } else {
            Err(TemplateFault::VariableUnknown.at(self.position))
        }
    }

    /// Refuses wildcards that are not the whole level.
    fn literal(self) -> Result<(), TemplateError> {
        let Some(offset) = self.text.find(['+', '#']) else {
            return Ok(());
        };
        let fault = if self.text[offset..].starts_with('+') {
            TemplateFault::SingleLevelWildcard
        } else {
            TemplateFault::MultiLevelWildcard
        };
        Err(fault.at(self.position + offset))
    }

    fn split_once(self, separator: &str) -> Option<(Self, Self)> {
        let (before, after) = self.text.split_once(separator)?;
        let position = self.position + before.len() + separator.len();
        let (text, at) = (before, self.position);
        Some((
            Self { text, position: at },
            Self {
                text: after,
                position,
            },
        ))
    }
}

fn push_literal(pieces: &mut Vec<Piece>, part: Part<'_>) -> Result<(), TemplateError> {
    part.literal()?;
    if !part.text.is_empty() {
        pieces.push(Piece::Literal(part.text.into()));
    }
    Ok(())
}

/// event-grid: specification §3.1, what an attribute may be called.
fn is_attribute_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What is wrong with a template, and where. Whoever wrote the topic space is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// What is wrong.
    pub fault: TemplateFault,
    /// The byte of the template at which it begins.
    pub position: usize,
}

/// What can be wrong with a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TemplateFault {
    /// It has no character.
    Empty,
    /// It has more than [`TOPIC_BYTES_MAX`] bytes.
    TooLong,
    /// It contains U+0000.
    Null,
    /// It begins with a `$` that begins no variable: such topics are reserved.
    Reserved,
    /// A `#` is not the whole of the last level.
    MultiLevelWildcard,
    /// A `+` is not the whole of its level.
    SingleLevelWildcard,
    /// A `${` has no `}` in its level.
    VariableOpen,
    /// A variable is neither `client.authenticationName` nor `client.attributes.` and a key.
    VariableUnknown,
    /// Nothing follows the `|` of a variable.
    AffixEmpty,
    /// A `{` or a second `|` follows the `|` of a variable.
    AffixCharacter,
}

impl TemplateFault {
    const fn at(self, position: usize) -> TemplateError {
        TemplateError {
            fault: self,
            position,
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self.fault {
            TemplateFault::Empty => "a topic template has at least one character",
            TemplateFault::TooLong => "a topic template has at most 65535 bytes",
            TemplateFault::Null => "a topic template has no character U+0000",
            TemplateFault::Reserved => "topics that begin with $ are reserved",
            TemplateFault::MultiLevelWildcard => "# stands alone in the last level",
            TemplateFault::SingleLevelWildcard => "+ stands alone in its level",
            TemplateFault::VariableOpen => "a variable is closed by } in the same level",
            TemplateFault::VariableUnknown => {
                "a variable is client.authenticationName or client.attributes.KEY"
            }
            TemplateFault::AffixEmpty => "a literal follows the | of a variable",
            TemplateFault::AffixCharacter => "the literal after | has no { and no second |",
        };
        write!(f, "byte {}: {rule}", self.position)
    }
}

impl std::error::Error for TemplateError {}
