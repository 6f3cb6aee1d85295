//! One run: warm up, measure, drain, report.

use std::io;
use std::time::Duration;

use serde::Serialize;

use super::plan::Plan;
use super::tally::{Clock, Latency, Tally};
use super::world::World;
use crate::carrier::Target;
use crate::histogram::{Histogram, Summary};
use crate::process::{self, Usage};
use crate::report::Report;

/// How long the broker may take to deliver what is out when the measurement ends.
const DRAIN_SECONDS: u64 = 60;

/// The event loop looks at the clock at least this often.
const TURN: Duration = Duration::from_millis(50);

/// What a run found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Messages sent, from the first to the last.
    sent: u64,
    /// Messages received and found right.
    received: u64,
    /// Messages that had to be received.
    expected: u64,
    /// Length of the measurement.
    seconds: f64,
    /// Messages received in the measurement.
    measured: u64,
    /// `measured / seconds`.
    messages_per_second: f64,
    /// From due to received, of messages due in the measurement; only with a rate.
    latency: Option<Summary>,
    /// From due to written: how late the generator was; only with a rate.
    send_lag: Option<Summary>,
    /// Share of one core that the generator used. Near 1 the generator may be the bottleneck (or spins: with a rate).
    generator_cpu: f64,
    /// Cores that neither generator nor broker used but others did. Far from 0 the figures say little.
    others_cpu: f64,
    /// What the broker used in the measurement.
    broker: Option<BrokerUse>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BrokerUse {
    /// CPU time of all its threads.
    cpu_seconds: f64,
    /// CPU time per message received.
    cpu_us_per_message: f64,
    /// Resident memory at the end of the measurement.
    resident_bytes: u64,
    /// Largest resident memory of the process so far.
    peak_bytes: u64,
}

/// State of the counters at one edge of the measurement.
struct Mark {
    at: u64,
    received: u64,
    own_cpu_seconds: f64,
    machine_cpu_seconds: f64,
    broker: Option<Usage>,
}

impl Mark {
    fn now(clock: Clock, tally: &Tally, target: &Target) -> io::Result<Self> {
        Ok(Self {
            at: clock.now(),
            received: tally.received,
            own_cpu_seconds: process::own_cpu_seconds()?,
            machine_cpu_seconds: process::machine_cpu_seconds()?,
            broker: target.pid.map(process::usage).transpose()?,
        })
    }
}

/// Runs `plan` against `target`.
///
/// # Errors
///
/// If the clients cannot connect, or the broker's process cannot be measured. What goes wrong later is a fault in the
/// report.
pub fn run(plan: &Plan, target: &Target) -> io::Result<Report<Figures>> {
    plan.check().map_err(io::Error::other)?;
    let mut world = World::open(plan, target)?;
    let clock = Clock::new();
    let start = nanoseconds(plan.warm_up_seconds);
    let stop = start + nanoseconds(plan.seconds);
    let latency = plan.rate.map(|_| Latency {
        measured: start..stop,
        received: Histogram::new(),
        sent: Histogram::new(),
    });
    let mut run = Run {
        plan,
        clock,
        tally: Tally::new(clock, latency),
        messages_due: 0,
    };

    let mut marks = Vec::new();
    let outcome = run.measure(&mut world, &[start, stop], |tally| {
        marks.push(Mark::now(clock, tally, target)?);
        Ok(())
    });
    if let Err(error) = outcome.and_then(|()| run.drain(&mut world)) {
        run.tally.faults.add(error);
    }
    match marks.as_slice() {
        [start, stop] => Ok(report(run.tally, &world, start, stop)),
        _ => Err(io::Error::other(run.tally.faults.examples.join("; "))),
    }
}

struct Run<'a> {
    plan: &'a Plan,
    clock: Clock,
    tally: Tally,
    /// Messages of the schedule that have left.
    messages_due: u64,
}

impl Run<'_> {
    /// Sends and receives until the last of `edges`, and calls `at_edge` at each.
    fn measure(
        &mut self,
        world: &mut World,
        edges: &[u64],
        mut at_edge: impl FnMut(&Tally) -> io::Result<()>,
    ) -> io::Result<()> {
        for &edge in edges {
            while self.clock.now() < edge {
                match self.plan.rate {
                    None => self.turn(world)?,
                    Some(rate) => self.scheduled_turn(world, rate)?,
                }
            }
            at_edge(&self.tally)?;
        }
        Ok(())
    }

    fn turn(&mut self, world: &mut World) -> io::Result<()> {
        world.fill_windows(self.clock.now())?;
        world.receive(TURN, &mut self.tally)
    }

    /// Spins instead of sleeping: a timer that wakes up late would count as the broker's latency.
    fn scheduled_turn(&mut self, world: &mut World, rate: f64) -> io::Result<()> {
        let now = self.clock.now();
        loop {
            let due = (self.messages_due as f64 * 1e9 / rate) as u64;
            let publisher = (self.messages_due % self.plan.publishers as u64) as usize;
            if due > now || !world.send(publisher, due)? {
                break;
            }
            self.tally.note_sent(due, self.clock.now());
            self.messages_due += 1;
        }
        world.flush()?;
        world.receive(Duration::ZERO, &mut self.tally)
    }

    /// Waits until everything sent has been received.
    fn drain(&mut self, world: &mut World) -> io::Result<()> {
        let end = self.clock.now() + DRAIN_SECONDS * 1_000_000_000;
        while !world.is_drained() {
            if self.clock.now() > end {
                let missing = world.expected() - self.tally.received;
                return Err(io::Error::other(format!(
                    "{missing} messages not received after {DRAIN_SECONDS} s"
                )));
            }
            world.flush()?;
            world.receive(TURN, &mut self.tally)?;
        }
        Ok(())
    }
}

fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

fn report(tally: Tally, world: &World, start: &Mark, stop: &Mark) -> Report<Figures> {
    let seconds = (stop.at - start.at) as f64 / 1e9;
    let measured = stop.received - start.received;
    let own_cpu_seconds = stop.own_cpu_seconds - start.own_cpu_seconds;
    let broker = broker_use(start, stop, measured);
    let known_cpu_seconds =
        own_cpu_seconds + broker.as_ref().map_or(0.0, |broker| broker.cpu_seconds);
    let machine_cpu_seconds = stop.machine_cpu_seconds - start.machine_cpu_seconds;
    let figures = Figures {
        sent: world.sent(),
        received: tally.received,
        expected: world.expected(),
        seconds,
        measured,
        messages_per_second: measured as f64 / seconds,
        latency: tally
            .latency
            .as_ref()
            .and_then(|latency| latency.received.summary()),
        send_lag: tally
            .latency
            .as_ref()
            .and_then(|latency| latency.sent.summary()),
        generator_cpu: own_cpu_seconds / seconds,
        others_cpu: ((machine_cpu_seconds - known_cpu_seconds) / seconds).max(0.0),
        broker,
    };
    Report {
        figures,
        faults: tally.faults,
    }
}

fn broker_use(start: &Mark, stop: &Mark, measured: u64) -> Option<BrokerUse> {
    let (start, stop) = start.broker.zip(stop.broker)?;
    let cpu_seconds = stop.cpu_seconds - start.cpu_seconds;
    Some(BrokerUse {
        cpu_seconds,
        cpu_us_per_message: cpu_seconds * 1e6 / measured.max(1) as f64,
        resident_bytes: stop.resident_bytes,
        peak_bytes: stop.peak_bytes,
    })
}
