//! The two clocks of the engine, both told by the host.

/// Monotonic milliseconds since the engine's start, and how far the wall clock lies from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    now: u64,
    wall_offset: u64,
}

impl Clock {
    /// Moves on to `now`; a clock that seems to run backwards stands still instead.
    pub fn advance(&mut self, now: u64) {
        self.now = self.now.max(now);
    }

    /// Milliseconds since the start, never falling.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Sets what must be added to [`Clock::now`] to give Unix milliseconds.
    pub fn set_wall(&mut self, offset: u64) {
        self.wall_offset = offset;
    }

    /// Unix milliseconds; only the journal and `$SYS` hold these.
    #[must_use]
    pub fn wall(&self) -> u64 {
        self.now + self.wall_offset
    }
}
