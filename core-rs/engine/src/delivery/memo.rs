//! What a connection's last topics led to, so that a client that publishes to the same few topics over and over
//! does not have them matched each time.

use std::rc::Rc;

use super::route::Target;

/// Topics that are remembered.
const MEMOS: usize = 4;
/// Bytes of a topic that is remembered.
const TOPIC_BYTES_MAX: usize = 256;
/// Targets of a topic that is remembered: where there are more, matching is the smaller part of the work.
const TARGETS_MAX: usize = 64;

/// What a topic led to, as long as nobody subscribes, unsubscribes or is given other rights.
#[derive(Debug)]
struct Memo {
    topic: Box<str>,
    epoch: u64,
    targets: Rc<[Target]>,
}

/// A few topics of one connection that it may publish to, with whom they lead to.
#[derive(Debug, Default)]
pub struct Memos {
    memos: Vec<Memo>,
    next: usize,
    /// Hashes of the last topics that were not found: only what comes again is remembered.
    recent: [u32; MEMOS],
    oldest: usize,
}

/// Good enough to tell a topic that comes again; a collision costs one needless memo.
fn hash(topic: &str) -> u32 {
    topic.bytes().fold(topic.len() as u32, |hash, byte| {
        (hash.rotate_left(5) ^ u32::from(byte)).wrapping_mul(0x9E37_79B9)
    }) | 1
}

impl Memos {
    /// Whom `topic` leads to, if that is remembered and still true at `epoch`.
    #[inline]
    #[must_use]
    pub fn find(&self, topic: &str, epoch: u64) -> Option<Rc<[Target]>> {
        let memo = self.memos.iter().find(|memo| *memo.topic == *topic)?;
        (memo.epoch == epoch).then(|| memo.targets.clone())
    }

    /// Takes note of whom `topic` leads to, if it has come before.
    pub fn learn(&mut self, topic: &str, epoch: u64, targets: &[Target]) {
        if topic.len() > TOPIC_BYTES_MAX || targets.len() > TARGETS_MAX {
            return;
        }
        let hashed = hash(topic);
        if !self.recent.contains(&hashed) {
            self.recent[self.oldest] = hashed;
            self.oldest = (self.oldest + 1) % MEMOS;
            return;
        }
        let memo = Memo {
            topic: topic.into(),
            epoch,
            targets: targets.into(),
        };
        if let Some(known) = self.memos.iter_mut().find(|known| *known.topic == *topic) {
            *known = memo;
        } else if self.memos.len() < MEMOS {
            self.memos.push(memo);
        } else {
            self.memos[self.next] = memo;
            self.next = (self.next + 1) % MEMOS;
        }
    }
}
