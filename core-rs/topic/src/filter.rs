//! Topic filters: what a client subscribes with.

use std::fmt;
use std::str::Split;

use crate::name::{TOPIC_BYTES_MAX, TopicName, level_count};

/// A subscription's topic filter, with every wildcard known to be well placed.
///
/// A `$share/…` prefix is not looked at here; [`Subscribed`](crate::Subscribed) takes it off first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TopicFilter<'a>(&'a str);

impl<'a> TopicFilter<'a> {
    /// Accepts `raw` if it is a filter that a client may subscribe with.
    ///
    /// # Errors
    ///
    /// Names the first clause that `raw` breaks.
    pub fn parse(raw: &'a str) -> Result<Self, FilterError> {
        if raw.is_empty() {
            return Err(FilterError::Empty);
        }
        if raw.len() > TOPIC_BYTES_MAX {
            return Err(FilterError::TooLong);
        }
        if raw.contains('\0') {
            return Err(FilterError::Null);
        }
        let mut levels = raw.split('/').peekable();
        while let Some(level) = levels.next() {
            check_level(level, levels.peek().is_none())?;
        }
        Ok(Self(raw))
    }

    /// The filter as the client wrote it.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The levels from left to right; at least one. A level `+` or `#` is a wildcard, any other is literal.
    pub fn levels(self) -> Split<'a, char> {
        self.0.split('/')
    }

    /// How many levels there are, wildcards included.
    #[must_use]
    pub fn level_count(self) -> usize {
        level_count(self.0)
    }

    /// Whether it can match more than the one name that it spells.
    #[must_use]
    pub fn has_wildcard(self) -> bool {
        self.0.bytes().any(|byte| matches!(byte, b'+' | b'#'))
    }

    /// Whether a message published to `name` belongs to this filter, decided level by level as the standard tells it.
    ///
    /// This is the plain reading that [`SubscriptionTrie`](crate::SubscriptionTrie) is tested against.
    #[must_use]
    pub fn matches(self, name: TopicName<'_>) -> bool {
        let mut topic = name.levels();
        if name.starts_with_dollar() && matches!(self.0.as_bytes(), [b'+' | b'#', ..]) {
            return false;
        }
        for level in self.levels() {
            if level == "#" {
                return true; // also when no level is left: `#` includes its parent
            }
            match topic.next() {
                Some(text) if level == "+" || level == text => {}
                _ => return false,
            }
        }
        topic.next().is_none()
    }
}

fn check_level(level: &str, is_last: bool) -> Result<(), FilterError> {
    if level.contains('#') && !(level == "#" && is_last) {
        return Err(FilterError::MultiLevelWildcard);
    }
    if level.contains('+') && level != "+" {
        return Err(FilterError::SingleLevelWildcard);
    }
    Ok(())
}

/// Why a text is not a topic filter. The peer that sent it is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FilterError {
    /// v5 [MQTT-4.7.1-1], v3.1.1 [MQTT-4.7.1-2]: a `#` is not the whole of the last level.
    MultiLevelWildcard,
    /// v5 [MQTT-4.7.1-2], v3.1.1 [MQTT-4.7.1-3]: a `+` is not the whole of its level.
    SingleLevelWildcard,
    /// v5 [MQTT-4.7.3-1], v3.1.1 [MQTT-4.7.3-1]: it has no character.
    Empty,
    /// v5 [MQTT-4.7.3-2], v3.1.1 [MQTT-4.7.3-2]: it contains U+0000.
    Null,
    /// v5 [MQTT-4.7.3-3], v3.1.1 [MQTT-4.7.3-3]: it has more than [`TOPIC_BYTES_MAX`] bytes.
    TooLong,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MultiLevelWildcard => "# stands alone in the last level of a topic filter",
            Self::SingleLevelWildcard => "+ stands alone in its level of a topic filter",
            Self::Empty => "a topic filter has at least one character",
            Self::Null => "a topic filter has no character U+0000",
            Self::TooLong => "a topic filter has at most 65535 bytes",
        })
    }
}

impl std::error::Error for FilterError {}
