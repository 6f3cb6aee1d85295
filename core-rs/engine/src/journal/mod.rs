//! What has been promised, in the order in which it was: the batches that a store makes durable.
//!
//! One batch is open and takes operations; one at most is away with the host. A batch that was handed out never
//! changes. An acknowledgement waits for the batch that holds its promise, and for nothing else.

pub mod operation;
mod paging;
mod reader;
pub mod recover;

use operation::Operation;

/// The journal. Switched off it records nothing, and nothing waits.
#[derive(Debug, Default)]
pub struct Journal {
    enabled: bool,
    /// What is put back at recovery is recorded already.
    recovering: bool,
    open: Vec<u8>,
    away: Option<Vec<u8>>,
    /// The last batch that was handed out.
    sealed: u64,
    committed: u64,
    promised: u64,
}

impl Journal {
    /// A journal that records, or one that does not.
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            ..Self::default()
        }
    }

    /// Records nothing until [`Journal::resume_after`].
    pub fn begin_recovery(&mut self) {
        self.recovering = true;
    }

    /// Begins after batch `sequence`, which the store already has.
    pub fn resume_after(&mut self, sequence: u64) {
        self.recovering = false;
        self.sealed = sequence;
        self.committed = sequence;
    }

    /// Whether it records.
    #[inline]
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Adds an operation to the open batch, whose number it gives.
    pub fn record(&mut self, operation: &Operation<'_>) -> u64 {
        if !self.enabled || self.recovering {
            return 0;
        }
        operation.write(&mut self.open);
        self.promised = self.sealed + 1;
        self.promised
    }

    /// Begins to watch what is recorded, for [`Journal::promise`].
    #[inline]
    pub fn begin_promise(&mut self) {
        self.promised = 0;
    }

    /// The batch that holds what was recorded since [`Journal::begin_promise`]; 0 if nothing was.
    #[inline]
    #[must_use]
    pub fn promise(&self) -> u64 {
        self.promised
    }

    /// The last batch that is durable.
    #[inline]
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// The batch that holds the last of what was recorded so far, 0 if nothing was.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.sealed + u64::from(!self.open.is_empty())
    }

    /// Whether there is a batch to hand out.
    #[must_use]
    pub fn has_batch(&self) -> bool {
        self.away.is_none() && !self.open.is_empty()
    }

    /// Hands the open batch out, if it holds anything and the one before it is durable. Gives its number.
    pub fn seal(&mut self) -> Option<u64> {
        if !self.has_batch() {
            return None;
        }
        self.away = Some(std::mem::take(&mut self.open));
        self.sealed += 1;
        Some(self.sealed)
    }

    /// The batch that was handed out.
    #[must_use]
    pub fn batch(&self) -> &[u8] {
        self.away.as_deref().unwrap_or_default()
    }

    /// Takes note that the batch that was handed out is durable; false if it was another one.
    pub fn commit(&mut self, sequence: u64) -> bool {
        if self.away.is_none() || sequence != self.sealed {
            return false;
        }
        self.away = None;
        self.committed = sequence;
        true
    }

    /// Bytes that are recorded and not durable.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.open.len() + self.away.as_ref().map_or(0, Vec::len)
    }
}
