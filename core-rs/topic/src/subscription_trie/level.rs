//! One level of a topic, read as numbers: comparing and hashing numbers is cheaper than comparing text.
//!
//! A level is cut into blocks of seven bytes, lowest byte first. The last block, of zero to seven bytes, has its length
//! plus one in the eighth byte, the blocks before it have 0 there. So different levels have different blocks, and so
//! have different sequences of levels: nothing else needs to be compared or hashed.

use crate::word::{mark_zero, repeat};

/// Bytes in a block.
const BLOCK_BYTES: usize = 7;

/// The longest level that two blocks hold; a longer one is compared as text.
const SHORT_BYTES_MAX: usize = 2 * BLOCK_BYTES;

/// A level, as something to look for.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    pub(super) text: &'a [u8],
    /// The first block.
    pub(super) first: u64,
    /// The second block, or 0 if there is none. Of a long level: 0.
    pub(super) second: u64,
}

impl<'a> Level<'a> {
    /// Reads the level of `topic` that begins at `at`, and tells where the next one begins: behind the end of `topic`
    /// if this is the last, so `topic.get(next..)` is what is left and `None` if nothing is.
    #[inline(always)] // its parts are wanted in registers: this is the innermost loop of a match
    pub(super) fn read(topic: &'a [u8], at: usize) -> (Self, usize) {
        let left = topic.len() - at;
        let word = load(topic, at);
        let len = first_slash(word).min(left);
        if len <= BLOCK_BYTES {
            let (first, second) = (last_block(word, len), 0);
            return (
                Self {
                    text: &topic[at..at + len],
                    first,
                    second,
                },
                at + len + 1,
            );
        }
        let first = word & bytes_mask(BLOCK_BYTES);
        let word = load(topic, at + BLOCK_BYTES);
        let len = first_slash(word).min(left - BLOCK_BYTES);
        if len <= BLOCK_BYTES {
            let (len, second) = (BLOCK_BYTES + len, last_block(word, len));
            return (
                Self {
                    text: &topic[at..at + len],
                    first,
                    second,
                },
                at + len + 1,
            );
        }
        let text = until_slash(&topic[at..]);
        (
            Self {
                text,
                first,
                second: 0,
            },
            at + text.len() + 1,
        )
    }

    /// The level `+`, as a filter has it.
    pub(super) const PLUS: Self = Self {
        text: b"+",
        first: 2 << (8 * BLOCK_BYTES) | b'+' as u64,
        second: 0,
    };

    pub(super) const fn is_long(&self) -> bool {
        self.text.len() > SHORT_BYTES_MAX
    }
}

/// The blocks of a level, at least one.
pub(super) fn blocks(text: &[u8]) -> impl Iterator<Item = u64> {
    let full = text.len().saturating_sub(1) / BLOCK_BYTES;
    (0..=full).map(move |number| {
        let at = number * BLOCK_BYTES;
        let word = load(text, at);
        if number == full {
            last_block(word, text.len() - at)
        } else {
            word & bytes_mask(BLOCK_BYTES)
        }
    })
}

fn until_slash(text: &[u8]) -> &[u8] {
    let len = text.iter().position(|&byte| byte == b'/');
    &text[..len.unwrap_or(text.len())]
}

/// Writes the bytes of a level of at most two blocks.
pub(super) fn write_short(first: u64, second: u64, text: &mut Vec<u8>) {
    for block in [first, second] {
        let [bytes @ .., tag] = block.to_le_bytes();
        let len = match tag {
            0 if second != 0 => BLOCK_BYTES,
            0 => 0,
            tag => usize::from(tag) - 1,
        };
        text.extend_from_slice(&bytes[..len]);
    }
}

fn last_block(word: u64, len: usize) -> u64 {
    word & bytes_mask(len) | (len as u64 + 1) << (8 * BLOCK_BYTES)
}

const fn bytes_mask(len: usize) -> u64 {
    (1 << (8 * len)) - 1
}

/// The eight bytes from `at`, the first one lowest; zeros behind the end.
#[inline]
fn load(text: &[u8], at: usize) -> u64 {
    let rest = &text[at..];
    if let Some(word) = rest.first_chunk() {
        return u64::from_le_bytes(*word);
    }
    if let Some(word) = text.last_chunk() {
        // Shorter than a word, but the text before it is there: read that too and shift it out.
        let missing = 8 * (8 - rest.len() as u32);
        return u64::from_le_bytes(*word).checked_shr(missing).unwrap_or(0);
    }
    rest.iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The position of the first `/` among the eight bytes, or 8.
fn first_slash(word: u64) -> usize {
    let marks = mark_zero(word ^ repeat(b'/'));
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_a_topic_gives_the_levels_of_split_and_their_blocks() {
        let topics = [
            "",
            "/",
            "a/b",
            "1234567/12345678",
            "a//",
            "abcdefg",
            "12345678901234/123456789012345/é",
        ];
        for topic in topics.map(str::as_bytes) {
            let mut at = 0;
            for part in topic.split(|&byte| byte == b'/') {
                let (level, next) = Level::read(topic, at);
                assert_eq!(level.text, part);
                let read = [level.first, level.second];
                match blocks(part).collect::<Vec<_>>()[..] {
                    [only] => assert_eq!(read, [only, 0]),
                    [first, second] => assert_eq!(read, [first, second]),
                    [first, ..] => assert_eq!(read, [first, 0]),
                    [] => unreachable!("each level has a block"),
                }
                at = next;
            }
            assert_eq!(at, topic.len() + 1);
        }
    }

    #[test]
    fn plus_is_what_reading_it_gives() {
        let (level, _) = Level::read(b"+", 0);
        assert_eq!(
            (level.text, level.first),
            (Level::PLUS.text, Level::PLUS.first)
        );
    }

    #[test]
    fn different_levels_have_different_blocks_and_short_ones_come_back() {
        let mut seen = std::collections::HashSet::new();
        for len in 0..=30 {
            let text = vec![0_u8; len];
            let all: Vec<u64> = blocks(&text).collect();
            assert_eq!(all.len(), len.saturating_sub(1) / 7 + 1);
            if let [first, ..] = all[..]
                && len <= SHORT_BYTES_MAX
            {
                let mut back = Vec::new();
                write_short(first, all.get(1).copied().unwrap_or(0), &mut back);
                assert_eq!(back, text);
            }
            assert!(seen.insert(all));
        }
    }
}
