//! The two clocks of the engine, both told by the host.

/// Monotonic milliseconds since the engine's start, and how far the wall clock lies from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    now: u64,
    wall_offset: i64,
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
    pub fn set_wall(&mut self, offset: i64) {
        self.wall_offset = offset;
    }

    /// Unix milliseconds; only the journal and `$SYS` hold these.
    #[must_use]
    pub fn wall(&self) -> u64 {
        self.wall_of(self.now)
    }

    /// The Unix millisecond of a moment of the monotonic clock.
    #[must_use]
    pub fn wall_of(&self, at: u64) -> u64 {
        at.saturating_add_signed(self.wall_offset)
    }

    /// The moment of the monotonic clock of a Unix millisecond.
    #[must_use]
    pub fn moment_of(&self, wall: u64) -> u64 {
        wall.saturating_add_signed(-self.wall_offset)
    }
}
