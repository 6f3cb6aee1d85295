//! Acknowledgements that wait for the journal, in the order in which they leave.

use std::collections::VecDeque;

/// One connection's held bytes. Whoever comes behind a held acknowledgement waits with it, since
/// acknowledgements keep their order (v5 [MQTT-4.6.0-2]).
#[derive(Debug, Default)]
pub struct Held {
    bytes: VecDeque<u8>,
    marks: VecDeque<Mark>,
    /// The batch that the last held PUBLISH waits for.
    publish: u64,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    sequence: u64,
    length: usize,
    /// Whether it acknowledges a message of the client's, which then no longer counts against its quota.
    acknowledges: bool,
}

impl Held {
    /// Whether nothing is held.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Acknowledgements that are held.
    #[must_use]
    pub fn count(&self) -> usize {
        self.marks.len()
    }

    /// Bytes that are held.
    #[must_use]
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Holds `bytes` until the batch `sequence` is committed. `acknowledges`: whether they acknowledge a message
    /// of the client's.
    pub fn hold(&mut self, bytes: &[u8], sequence: u64, acknowledges: bool) {
        self.bytes.extend(bytes);
        self.marks.push_back(Mark {
            sequence,
            length: bytes.len(),
            acknowledges,
        });
    }

    /// Takes note that what was held last is a PUBLISH.
    pub fn held_publish(&mut self) {
        self.publish = self.marks.back().map_or(0, |mark| mark.sequence);
    }

    /// The batch that the next PUBLISH with an identifier has to wait for so that it does not pass another, 0 for
    /// none.
    #[inline]
    #[must_use]
    pub fn publish_after(&self) -> u64 {
        if self.marks.is_empty() {
            0
        } else {
            self.publish
        }
    }

    /// Drops everything. Gives the number of bytes.
    pub fn clear(&mut self) -> usize {
        self.marks.clear();
        std::mem::take(&mut self.bytes).len()
    }

    /// Moves what waits for `committed` or less to `out`, up to the first that waits for more. Gives the number
    /// of the client's messages that are thereby acknowledged.
    pub fn release(&mut self, committed: u64, out: &mut Vec<u8>) -> u32 {
        let mut acknowledged = 0;
        while let Some(mark) = self.marks.front().copied() {
            if mark.sequence > committed {
                break;
            }
            self.marks.pop_front();
            out.extend(self.bytes.drain(..mark.length));
            acknowledged += u32::from(mark.acknowledges);
        }
        acknowledged
    }
}
