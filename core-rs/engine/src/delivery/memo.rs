//! What a connection's last topics led to, so that a client that publishes to the same few topics over and over
//! does not have its rights checked and its subscribers matched each time.

use std::rc::Rc;

use super::route::Target;

/// Topics that are remembered.
const MEMOS: usize = 4;
/// Bytes of a topic that is remembered.
const TOPIC_BYTES_MAX: usize = 256;
/// Targets that are remembered of a topic: where there are more, matching is the smaller part of the work.
const TARGETS_MAX: usize = 64;

/// A topic that the client may publish to, and what it led to.
#[derive(Debug)]
struct Memo {
    topic: Box<str>,
    /// The topic is allowed as long as the client's rights are of this count.
    rights: u64,
    /// The targets hold as long as nobody subscribes or unsubscribes.
    epoch: u64,
    /// None where there are too many.
    targets: Option<Rc<[Target]>>,
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
    /// Whether it is remembered that rights of this count allow `topic`.
    #[inline]
    #[must_use]
    pub fn allows(&self, topic: &str, rights: u64) -> bool {
        let memo = self.memos.iter().find(|memo| *memo.topic == *topic);
        memo.is_some_and(|memo| memo.rights == rights)
    }

    /// Takes note that rights of this count allow `topic`, if it is among those that are remembered.
    pub fn allow(&mut self, topic: &str, rights: u64) {
        if let Some(memo) = self.memos.iter_mut().find(|memo| *memo.topic == *topic) {
            memo.rights = rights;
        }
    }

    /// Whom `topic` leads to, if that is remembered and still true at `epoch`.
    #[inline]
    #[must_use]
    pub fn find(&self, topic: &str, epoch: u64) -> Option<Rc<[Target]>> {
        let memo = self.memos.iter().find(|memo| *memo.topic == *topic)?;
        memo.targets
            .as_ref()
            .filter(|_| memo.epoch == epoch)
            .cloned()
    }

    /// Takes note of whom `topic` leads to, which rights of the count `rights` allow, if it has come before.
    pub fn learn(&mut self, topic: &str, rights: u64, epoch: u64, targets: &[Target]) {
        if topic.len() > TOPIC_BYTES_MAX {
            return;
        }
        let few = targets.len() <= TARGETS_MAX;
        if let Some(known) = self.memos.iter_mut().find(|known| *known.topic == *topic) {
            known.rights = rights;
            known.epoch = epoch;
            known.targets = few.then(|| targets.into());
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
            rights,
            epoch,
            targets: few.then(|| targets.into()),
        };
        if self.memos.len() < MEMOS {
            self.memos.push(memo);
        } else {
            self.memos[self.next] = memo;
            self.next = (self.next + 1) % MEMOS;
        }
    }
}
