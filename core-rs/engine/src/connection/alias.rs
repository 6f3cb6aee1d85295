//! Topic aliases of one connection, in both directions. They die with it (v5 [MQTT-3.3.2-7]).

use std::rc::Rc;

use crate::budget::Memory;

/// Topics that the client has given numbers to.
#[derive(Debug, Default)]
pub struct InboundAliases {
    topics: Vec<Option<Rc<str>>>,
}

impl InboundAliases {
    /// Lets `alias` stand for `topic` from now on. The caller has checked that `alias` is within the maximum.
    pub fn set(&mut self, alias: u16, topic: &str, memory: &mut Memory) {
        let index = usize::from(alias) - 1;
        if self.topics.len() <= index {
            self.topics.resize(index + 1, None);
        }
        let known = self.topics[index].as_deref();
        if known == Some(topic) {
            return;
        }
        memory.release(known.map_or(0, str::len));
        memory.charge(topic.len());
        self.topics[index] = Some(topic.into());
    }

    /// Bytes that the topics hold, as the account has them.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.topics.iter().flatten().map(|topic| topic.len()).sum()
    }

    /// The topic that `alias` stands for.
    #[must_use]
    pub fn get(&self, alias: u16) -> Option<Rc<str>> {
        self.topics.get(usize::from(alias).checked_sub(1)?)?.clone()
    }
}

/// Topics that we have given numbers to: the first ones that were sent, for as long as there are numbers. The
/// few topics of most connections all get one; the others are sent in full.
#[derive(Debug, Default)]
pub struct OutboundAliases {
    maximum: u16,
    topics: Vec<Box<str>>,
}

/// How a topic is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SentTopic {
    /// In full, without a number.
    Full,
    /// In full, and the number stands for it from now on.
    Introduced(u16),
    /// As the number alone.
    Aliased(u16),
}

impl OutboundAliases {
    /// At most `maximum` numbers.
    #[must_use]
    pub fn new(maximum: u16) -> Self {
        Self {
            maximum,
            topics: Vec::new(),
        }
    }

    /// Whether any topic may get a number.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.maximum > 0
    }

    /// Bytes that the topics hold, as the account has them.
    #[must_use]
    pub fn charged(&self) -> usize {
        self.topics.iter().map(|topic| topic.len()).sum()
    }

    /// How `topic` is sent now. A topic that is no longer than what a number costs gets none.
    pub fn send(&mut self, topic: &str, memory: &mut Memory) -> SentTopic {
        if topic.len() <= 3 {
            return SentTopic::Full;
        }
        let number = |index: usize| u16::try_from(index + 1).unwrap_or(u16::MAX);
        if let Some(index) = self.topics.iter().position(|known| &**known == topic) {
            return SentTopic::Aliased(number(index));
        }
        if self.topics.len() >= usize::from(self.maximum) {
            return SentTopic::Full;
        }
        memory.charge(topic.len());
        self.topics.push(topic.into());
        SentTopic::Introduced(number(self.topics.len() - 1))
    }
}
