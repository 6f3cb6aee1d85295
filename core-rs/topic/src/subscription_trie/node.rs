//! A node of the trie: one level of one or more filters.

use super::arena::{Arena, NONE, Slot};
use super::level::{Level, write_short};
use super::subscribers::Subscribers;

/// One level below its parent. On a 64-bit machine a node with values of eight bytes fills one cache line.
pub(super) struct Node<V> {
    /// The level, as blocks; see [`Label`].
    label: Label,
    /// The low bits of the path's hash.
    pub(super) hash: u32,
    /// The next node in the same bucket of the child table, or the next vacant node.
    pub(super) next: u32,
    pub(super) parent: u32,
    /// How many children there are in the child table: all but `+` and `#`.
    pub(super) literal_children: u32,
    /// The child `+`, or `NONE`. Most nodes have no wildcard below them, and this tells it without a lookup.
    pub(super) plus: u32,
    /// The child `#`, or `NONE`.
    pub(super) rest: u32,
    /// Who subscribes with the filter that ends here.
    pub(super) subscribers: Subscribers<V>,
}

impl<V> Node<V> {
    pub(super) const fn new(parent: u32, hash: u32, label: Label) -> Self {
        Self {
            label,
            hash,
            next: NONE,
            parent,
            literal_children: 0,
            plus: NONE,
            rest: NONE,
            subscribers: Subscribers::None,
        }
    }

    pub(super) const fn label(&self) -> Label {
        self.label
    }

    /// Whether nothing ends here or further down.
    pub(super) const fn is_useless(&self) -> bool {
        matches!(self.subscribers, Subscribers::None)
            && self.literal_children == 0
            && self.plus == NONE
            && self.rest == NONE
    }
}

impl<V> Slot for Node<V> {
    fn vacant(next_vacant: u32) -> Self {
        let mut node = Self::new(NONE, 0, Label::ROOT);
        node.next = next_vacant;
        node
    }

    fn next_vacant(&self) -> u32 {
        self.next
    }
}

/// A node's level: its two blocks, or the first block with a mark and the number of its text.
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
            let text = texts.insert(level.text);
            return Self {
                first: level.first | LONG_MARK,
                second: u64::from(text),
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

/// The texts of levels that are too long for two blocks.
pub(super) struct Texts {
    arena: Arena<Text>,
    /// The bytes of all texts.
    bytes: usize,
}

struct Text {
    bytes: Box<[u8]>,
    next_vacant: u32,
}

impl Texts {
    pub(super) const fn new() -> Self {
        Self {
            arena: Arena::new(),
            bytes: 0,
        }
    }

    fn insert(&mut self, bytes: &[u8]) -> u32 {
        self.bytes += bytes.len();
        self.arena.insert(Text {
            bytes: bytes.into(),
            next_vacant: NONE,
        })
    }

    fn get(&self, number: u32) -> &[u8] {
        &self.arena[number].bytes
    }

    fn remove(&mut self, number: u32) {
        self.bytes -= self.arena.remove(number).bytes.len();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes + self.arena.heap_bytes()
    }
}

impl Slot for Text {
    fn vacant(next_vacant: u32) -> Self {
        Self {
            bytes: Box::default(),
            next_vacant,
        }
    }

    fn next_vacant(&self) -> u32 {
        self.next_vacant
    }
}
