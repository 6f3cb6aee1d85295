//! What a run counts while it runs.

use std::ops::Range;
use std::time::Instant;

use crate::histogram::Histogram;
use crate::payload::Stamp;
use crate::report::Faults;

/// Nanoseconds since the run began.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that begins now.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Nanoseconds since then.
    #[inline]
    pub fn now(self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }
}

/// Latencies of the messages that were due in the measured time.
pub struct Latency {
    /// Due times that count, in nanoseconds since the run began.
    pub measured: Range<u64>,
    /// From due to received.
    pub received: Histogram,
    /// From due to written: how late the generator itself was.
    pub sent: Histogram,
}

/// Counters of all subscribers together.
pub struct Tally {
    /// Messages received and found right.
    pub received: u64,
    /// What was found wrong.
    pub faults: Faults,
    /// Present if the run measures latency.
    pub latency: Option<Latency>,
    clock: Clock,
    read_at: u64,
}

impl Tally {
    /// An empty tally.
    pub fn new(clock: Clock, latency: Option<Latency>) -> Self {
        Self {
            received: 0,
            faults: Faults::default(),
            latency,
            clock,
            read_at: 0,
        }
    }

    /// Notes the time for the messages of the read that follows; the clock is not asked for each of them.
    #[inline]
    pub fn begin_read(&mut self) {
        if self.latency.is_some() {
            self.read_at = self.clock.now();
        }
    }

    /// Counts one right message.
    #[inline]
    pub fn count(&mut self, stamp: Stamp) {
        self.received += 1;
        if let Some(latency) = &mut self.latency
            && latency.measured.contains(&stamp.due)
        {
            latency
                .received
                .record(self.read_at.saturating_sub(stamp.due));
        }
    }

    /// Notes how late a message left.
    #[inline]
    pub fn note_sent(&mut self, due: u64, now: u64) {
        if let Some(latency) = &mut self.latency
            && latency.measured.contains(&due)
        {
            latency.sent.record(now.saturating_sub(due));
        }
    }
}
