//! The counters at the edges of a measurement, and what lies between two of them.

use std::io;

use serde::Serialize;

use super::tally::{Clock, Tally};
use crate::carrier::Target;
use crate::process::{self, Usage};

/// State of the counters at one edge of a measurement.
pub struct Mark {
    at: u64,
    /// Messages received until then.
    pub received: u64,
    /// Messages acknowledged until then.
    pub acknowledged: u64,
    own_cpu_seconds: f64,
    machine_cpu_seconds: f64,
    broker: Option<Usage>,
}

/// What the broker used between two marks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerUse {
    /// CPU time of all its threads.
    cpu_seconds: f64,
    /// CPU time per message.
    cpu_us_per_message: f64,
    /// Resident memory at the second mark.
    resident_bytes: u64,
    /// Largest resident memory of the process so far.
    peak_bytes: u64,
    /// Bytes written to disks per message; none where the system does not tell.
    written_bytes_per_message: Option<f64>,
}

impl Mark {
    /// The counters now.
    ///
    /// # Errors
    ///
    /// If the broker's process cannot be measured.
    pub fn now(clock: Clock, tally: &Tally, target: &Target) -> io::Result<Self> {
        Ok(Self {
            at: clock.now(),
            received: tally.received,
            acknowledged: tally.acknowledged,
            own_cpu_seconds: process::own_cpu_seconds()?,
            machine_cpu_seconds: process::machine_cpu_seconds()?,
            broker: target.pid.map(process::usage).transpose()?,
        })
    }

    /// Seconds from `start` to this mark.
    pub fn seconds_since(&self, start: &Mark) -> f64 {
        (self.at - start.at) as f64 / 1e9
    }

    /// Resident memory of the broker at this mark; none if its process is not known.
    pub fn resident_bytes(&self) -> Option<u64> {
        self.broker.map(|usage| usage.resident_bytes)
    }

    /// Share of one core that the generator used since `start`.
    pub fn generator_cpu(&self, start: &Mark) -> f64 {
        (self.own_cpu_seconds - start.own_cpu_seconds) / self.seconds_since(start)
    }

    /// Cores that neither generator nor broker used since `start`, but others did.
    pub fn others_cpu(&self, start: &Mark) -> f64 {
        let broker = self.broker.zip(start.broker);
        let known = self.own_cpu_seconds - start.own_cpu_seconds
            + broker.map_or(0.0, |(stop, start)| stop.cpu_seconds - start.cpu_seconds);
        let machine = self.machine_cpu_seconds - start.machine_cpu_seconds;
        ((machine - known) / self.seconds_since(start)).max(0.0)
    }

    /// What the broker used since `start` for `messages`; none if its process is not known.
    pub fn broker_use(&self, start: &Mark, messages: u64) -> Option<BrokerUse> {
        let (stop, start) = self.broker.zip(start.broker)?;
        let messages = messages.max(1) as f64;
        let cpu_seconds = stop.cpu_seconds - start.cpu_seconds;
        let written = stop.written_bytes.zip(start.written_bytes);
        Some(BrokerUse {
            cpu_seconds,
            cpu_us_per_message: cpu_seconds * 1e6 / messages,
            resident_bytes: stop.resident_bytes,
            peak_bytes: stop.peak_bytes,
            written_bytes_per_message: written
                .map(|(stop, start)| (stop - start) as f64 / messages),
        })
    }
}
