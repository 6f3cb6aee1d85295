//! Topic names: what a message is published to.

use std::fmt;
use std::str::Split;

use crate::word::{mark_zero, repeat};

/// The most bytes a topic name or topic filter can have: its length is a two-byte integer.
///
/// v5 [MQTT-4.7.3-3], v3.1.1 [MQTT-4.7.3-3].
pub const TOPIC_BYTES_MAX: usize = 65_535;

/// A message's topic, known to be a name that can be published to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// Accepts `raw` if a message may be published to it. Empty levels are allowed, so `/` is a name.
    ///
    /// # Errors
    ///
    /// Names the first clause that `raw` breaks.
    pub fn parse(raw: &'a str) -> Result<Self, TopicError> {
        if raw.is_empty() {
            return Err(TopicError::Empty);
        }
        if raw.len() > TOPIC_BYTES_MAX {
            return Err(TopicError::TooLong);
        }
        if has_wildcard_or_null(raw.as_bytes()) {
            return Err(if raw.contains('\0') {
                TopicError::Null
            } else {
                TopicError::Wildcard
            });
        }
        Ok(Self(raw))
    }

    /// The name as it was published.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The levels from left to right; at least one, and any of them may be empty.
    pub fn levels(self) -> Split<'a, char> {
        self.0.split('/')
    }

    /// How many levels there are: one more than separators.
    #[must_use]
    pub fn level_count(self) -> usize {
        level_count(self.0)
    }

    /// Whether no filter with a leading wildcard may match: v5 [MQTT-4.7.2-1], v3.1.1 [MQTT-4.7.2-1].
    #[must_use]
    pub fn starts_with_dollar(self) -> bool {
        self.0.starts_with('$')
    }
}

fn has_wildcard_or_null(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks();
    let seen = words
        .iter()
        .fold(0, |seen, &word| seen | mark_wildcard_or_null(word));
    seen != 0
        || match text.last_chunk() {
            Some(&word) => mark_wildcard_or_null(word) != 0,
            None => rest.iter().any(|byte| matches!(byte, b'+' | b'#' | 0)),
        }
}

/// Not 0 if one of the bytes is.
const fn mark_wildcard_or_null(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    let wildcards_zero = (word | repeat(WILDCARD_BIT)) ^ repeat(b'+');
    mark_zero(word) | mark_zero(wildcards_zero)
}

/// `#` is `+` without this bit, so both are found at once.
const WILDCARD_BIT: u8 = b'+' ^ b'#';

const _: () = assert!(WILDCARD_BIT.is_power_of_two() && b'+' & WILDCARD_BIT != 0);

/// One more than the separators in `text`.
pub(crate) fn level_count(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'/').count() + 1
}

/// Why a text is not a topic name. The peer that sent it is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TopicError {
    /// v5 [MQTT-4.7.0-1], v3.1.1 [MQTT-4.7.1-1]: it contains `+` or `#`.
    Wildcard,
    /// v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]: it has no character.
    Empty,
    /// v5 [MQTT-4.7.3-2], v3.1.1 [MQTT-4.7.3-2]: it contains U+0000.
    Null,
    /// v5 [MQTT-4.7.3-3], v3.1.1 [MQTT-4.7.3-3]: it has more than [`TOPIC_BYTES_MAX`] bytes.
    TooLong,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wildcard => "a topic name has no wildcard: write it without + and #",
            Self::Empty => "a topic name has at least one character",
            Self::Null => "a topic name has no character U+0000",
            Self::TooLong => "a topic name has at most 65535 bytes",
        })
    }
}

impl std::error::Error for TopicError {}
