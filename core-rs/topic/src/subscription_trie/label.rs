//! A node's own level.

use super::level::{Level, write_short};
use super::texts::Texts;

/// The two blocks of a level, or the first block with a mark and the number of the text.
#[derive(Clone, Copy)]
pub(super) struct Label {
    first: u64,
    second: u64,
}

/// In the top byte of `first`, where the length of a block never reaches.
const LONG_MARK: u64 = 0xff << 56;

impl Label {
    /// The root has no level, and is never looked for.
    pub(super) const ROOT: Self = Self {
        first: 0,
        second: 0,
    };

    pub(super) fn new(level: &Level<'_>, texts: &mut Texts) -> Self {
        if level.is_long() {
            let number = texts.insert(level.text);
            return Self {
                first: level.first | LONG_MARK,
                second: u64::from(number),
            };
        }
        Self {
            first: level.first,
            second: level.second,
        }
    }

    /// Whether this is `level`.
    #[inline]
    pub(super) fn is(self, level: &Level<'_>, texts: &Texts) -> bool {
        if level.is_long() {
            return self.first == level.first | LONG_MARK
                && texts.get(self.second as u32) == level.text;
        }
        self.first == level.first && self.second == level.second
    }

    pub(super) fn write(self, texts: &Texts, text: &mut Vec<u8>) {
        match self.long_text() {
            Some(number) => text.extend_from_slice(texts.get(number)),
            None => write_short(self.first, self.second, text),
        }
    }

    pub(super) fn free(self, texts: &mut Texts) {
        if let Some(number) = self.long_text() {
            texts.remove(number);
        }
    }

    const fn long_text(self) -> Option<u32> {
        if self.first & LONG_MARK == LONG_MARK {
            Some(self.second as u32)
        } else {
            None
        }
    }
}
