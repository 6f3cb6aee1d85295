//! The levels of a filter behind the last node that it has.

use super::texts::Texts;

/// One level or more, wildcards included, as they stand in the filter.
#[derive(Clone, Copy)]
pub(super) enum Tail {
    Short {
        len: u8,
        bytes: [u8; SHORT_BYTES_MAX],
    },
    Long {
        text: u32,
    },
}

/// What fits into a node where otherwise the children's numbers are.
const SHORT_BYTES_MAX: usize = 14;

impl Tail {
    pub(super) fn new(text: &[u8], texts: &mut Texts) -> Self {
        let mut bytes = [0; SHORT_BYTES_MAX];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                Self::Short {
                    len: text.len() as u8,
                    bytes,
                }
            }
            None => Self::Long {
                text: texts.insert(text),
            },
        }
    }

    #[inline]
    pub(super) fn text<'a>(&'a self, texts: &'a Texts) -> &'a [u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len)],
            Self::Long { text } => texts.get(*text),
        }
    }

    /// Whether the tail of a filter matches `rest`, what is left of a name; `None` if no level is left.
    pub(super) fn matches(&self, texts: &Texts, rest: Option<&[u8]>) -> bool {
        let tail = self.text(texts);
        rest == Some(tail) || levels_match(tail, rest)
    }

    pub(super) fn free(self, texts: &mut Texts) {
        if let Self::Long { text } = self {
            texts.remove(text);
        }
    }
}

fn levels_match(tail: &[u8], rest: Option<&[u8]>) -> bool {
    let is_separator = |byte: &u8| *byte == b'/';
    let mut levels = rest
        .map(|rest| rest.split(is_separator))
        .into_iter()
        .flatten();
    for level in tail.split(is_separator) {
        if level == b"#" {
            return true;
        }
        match levels.next() {
            Some(text) if level == b"+" || level == text => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}
