//! Shared subscriptions: `$share/{group}/{filter}`.

use std::fmt;

use crate::filter::{FilterError, TopicFilter};

/// What a SUBSCRIBE or UNSUBSCRIBE names: a filter of its own, or one that a group shares.
///
/// Only MQTT 5 knows shared subscriptions; whether an older client may use them is the engine's decision.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subscribed<'a> {
    /// Each subscriber gets each message.
    Plain(TopicFilter<'a>),
    /// One member of the group gets each message.
    Shared {
        /// The share name: at least one character, without `/`, `+` and `#`.
        group: &'a str,
        /// What the messages are matched against.
        filter: TopicFilter<'a>,
    },
}

impl<'a> Subscribed<'a> {
    /// Reads the text that a client subscribes with. Anything that does not begin with `$share/` is plain.
    ///
    /// # Errors
    ///
    /// Names the first clause that `raw` breaks.
    pub fn parse(raw: &'a str) -> Result<Self, SubscribedError> {
        let Some(shared) = raw.strip_prefix("$share/") else {
            return Ok(Self::Plain(TopicFilter::parse(raw)?));
        };
        let (group, filter) = shared
            .split_once('/')
            .ok_or(SubscribedError::FilterMissing)?;
        if group.is_empty() {
            return Err(SubscribedError::GroupEmpty);
        }
        if group.contains(['+', '#', '\0']) {
            return Err(SubscribedError::GroupCharacter);
        }
        if filter.is_empty() {
            return Err(SubscribedError::FilterMissing);
        }
        let filter = TopicFilter::parse(filter)?;
        Ok(Self::Shared { group, filter })
    }

    /// The filter that messages are matched against and permissions are checked on.
    #[must_use]
    pub const fn filter(self) -> TopicFilter<'a> {
        match self {
            Self::Plain(filter) | Self::Shared { filter, .. } => filter,
        }
    }
}

/// Why a text can't be subscribed with. The peer that sent it is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubscribedError {
    /// The filter, after `$share/{group}/` if that is there, is not one.
    Filter(FilterError),
    /// v5 [MQTT-4.8.2-1]: the share name has no character.
    GroupEmpty,
    /// v5 [MQTT-4.8.2-2]: the share name contains `+` or `#`; or v5 [MQTT-1.5.4-2]: U+0000.
    GroupCharacter,
    /// v5 [MQTT-4.8.2-2]: no `/` and filter follow the share name.
    FilterMissing,
}

impl From<FilterError> for SubscribedError {
    fn from(error: FilterError) -> Self {
        Self::Filter(error)
    }
}

impl fmt::Display for SubscribedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filter(error) => return error.fmt(f),
            Self::GroupEmpty => "a share name has at least one character",
            Self::GroupCharacter => "a share name has no +, # and U+0000",
            Self::FilterMissing => "a share name is followed by / and a topic filter",
        })
    }
}

impl std::error::Error for SubscribedError {}
