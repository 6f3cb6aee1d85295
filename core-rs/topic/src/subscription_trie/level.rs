//! One level of a topic, read as numbers: comparing and hashing numbers is cheaper than comparing text.
//!
//! A level is cut into blocks of seven bytes, lowest byte first. The last block, of zero to seven bytes, has its length
//! plus one in the eighth byte, the blocks before it have 0 there. So different levels have different blocks, and so
//! have different sequences of levels: nothing else needs to be compared or hashed.

/// Bytes in a block.
const BLOCK_BYTES: usize = 7;

/// The longest level that two blocks hold; a longer one is compared as text.
const SHORT_BYTES_MAX: usize = 2 * BLOCK_BYTES;

const SLASHES: u64 = 0x2f2f_2f2f_2f2f_2f2f;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

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
    /// Reads the level of `topic` that begins at `at`, and tells where the next one begins, if there is one.
    pub(super) fn read(topic: &'a [u8], at: usize) -> (Self, Option<usize>) {
        let word = load(topic, at);
        let left = topic.len() - at;
        let len = first_slash(word).min(left);
        if len <= BLOCK_BYTES {
            let text = &topic[at..at + len];
            let level = Self {
                text,
                first: last_block(word, len),
                second: 0,
            };
            return (level, (len < left).then_some(at + len + 1));
        }
        Self::read_longer(topic, at)
    }

    /// As `read`, for a level of more than seven bytes.
    fn read_longer(topic: &'a [u8], at: usize) -> (Self, Option<usize>) {
        let rest = &topic[at..];
        let len = rest
            .iter()
            .position(|&byte| byte == b'/')
            .unwrap_or(rest.len());
        let text = &rest[..len];
        let next = (len < rest.len()).then_some(at + len + 1);
        (Self::of(text), next)
    }

    /// The level that is exactly `text`.
    pub(super) fn of(text: &'a [u8]) -> Self {
        let mut blocks = blocks(text);
        let first = blocks.next().unwrap_or_default();
        let second = if text.len() <= SHORT_BYTES_MAX {
            blocks.next()
        } else {
            None
        };
        Self {
            text,
            first,
            second: second.unwrap_or_default(),
        }
    }

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
    let zeros = word ^ SLASHES;
    // The lowest marked byte is right; above it a borrow can mark wrong ones.
    let marks = zeros.wrapping_sub(LOW_BITS) & !zeros & HIGH_BITS;
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_a_topic_gives_the_levels_of_split_and_their_blocks() {
        for text in [
            "",
            "/",
            "a/b",
            "1234567/12345678",
            "12345678901234/123456789012345/é",
            "a//",
            "abcdefg",
        ] {
            let mut at = Some(0);
            for part in text.split('/') {
                let (level, next) =
                    Level::read(text.as_bytes(), at.expect("as many levels as split"));
                assert_eq!(level.text, part.as_bytes());
                let alone = Level::of(part.as_bytes());
                assert_eq!((level.first, level.second), (alone.first, alone.second));
                at = next;
            }
            assert_eq!(at, None);
        }
    }

    #[test]
    fn different_levels_have_different_blocks_and_short_ones_come_back() {
        let mut seen = std::collections::HashSet::new();
        for len in 0..=30 {
            let text = vec![0_u8; len];
            let blocks: Vec<u64> = blocks(&text).collect();
            assert_eq!(blocks.len(), len.saturating_sub(1) / 7 + 1);
            assert!(seen.insert(blocks));
            if len <= SHORT_BYTES_MAX {
                let (level, mut back) = (Level::of(&text), Vec::new());
                write_short(level.first, level.second, &mut back);
                assert_eq!(back, text);
            }
        }
    }
}
