//! What a run counts while it runs.

use std::ops::Range;
use std::time::Instant;

use crate::histogram::{Histogram, Summary};
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

/// How long something took, for the messages that were due in the measured time.
pub struct Durations {
    /// Due times that count, in nanoseconds since the run began.
    measured: Range<u64>,
    histogram: Histogram,
}

impl Durations {
    /// None yet; messages due in `measured` will count.
    pub fn new(measured: Range<u64>) -> Self {
        Self {
            measured,
            histogram: Histogram::new(),
        }
    }

    /// The percentiles; `None` while nothing was recorded.
    pub fn summary(&self) -> Option<Summary> {
        self.histogram.summary()
    }

    #[inline]
    fn record(&mut self, due: u64, now: u64) {
        if self.measured.contains(&due) {
            self.histogram.record(now.saturating_sub(due));
        }
    }
}

/// Latencies of a run with a schedule.
pub struct Latency {
    /// From due to received.
    pub received: Durations,
    /// From due to written: how late the generator itself was.
    pub sent: Durations,
}

/// Counters of all connections together.
pub struct Tally {
    /// Messages received and found right.
    pub received: u64,
    /// Messages of QoS 1 and 2 whose handshake the publisher has finished.
    pub acknowledged: u64,
    /// From due to there. Without a schedule a message is due when its window has room for it.
    pub acknowledged_after: Durations,
    /// What was found wrong.
    pub faults: Faults,
    /// Present if the run measures latency.
    pub latency: Option<Latency>,
    clock: Clock,
    read_at: u64,
}

impl Tally {
    /// An empty tally; `measured` is in nanoseconds of `clock`.
    pub fn new(clock: Clock, measured: Range<u64>, latency: Option<Latency>) -> Self {
        Self {
            received: 0,
            acknowledged: 0,
            acknowledged_after: Durations::new(measured),
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

    /// The same for a read of acknowledgements, whose time is always wanted.
    #[inline]
    pub fn begin_acknowledgements(&mut self) {
        self.read_at = self.clock.now();
    }

    /// Counts one right message.
    #[inline]
    pub fn count(&mut self, stamp: Stamp) {
        self.received += 1;
        if let Some(latency) = &mut self.latency {
            latency.received.record(stamp.due, self.read_at);
        }
    }

    /// Counts one acknowledged message.
    #[inline]
    pub fn count_acknowledged(&mut self, due: u64) {
        self.acknowledged += 1;
        self.acknowledged_after.record(due, self.read_at);
    }

    /// Notes how late a message left.
    #[inline]
    pub fn note_sent(&mut self, due: u64, now: u64) {
        if let Some(latency) = &mut self.latency {
            latency.sent.record(due, now);
        }
    }
}
