//! One run: warm up, measure, drain, report.

use std::io;
use std::ops::Range;
use std::time::Duration;

use serde::Serialize;

use super::mark::{BrokerUse, Mark};
use super::plan::Plan;
use super::sessions::Sessions;
use super::tally::{Clock, Durations, Latency, Tally};
use super::world::World;
use crate::carrier::Target;
use crate::histogram::Summary;
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
    /// From due to acknowledged, of QoS 1 and 2 messages due in the measurement. Without a rate a message is due when
    /// its window has room for it.
    acknowledgement: Option<Summary>,
    /// Share of one core that the generator used. Near 1 the generator may be the bottleneck (or spins: with a rate).
    generator_cpu: f64,
    /// Cores that neither generator nor broker used but others did. Far from 0 the figures say little.
    others_cpu: f64,
    /// What the broker used in the measurement.
    broker: Option<BrokerUse>,
}

/// Runs `plan` against `target`.
///
/// # Errors
///
/// If the clients cannot connect, or the broker's process cannot be measured. What goes wrong later is a fault in the
/// report.
pub fn run(plan: &Plan, target: &Target) -> io::Result<Report<Figures>> {
    plan.check().map_err(io::Error::other)?;
    let sessions = Sessions::new(plan.subscribers, plan.persistent);
    let mut world = World::open(plan, target, &sessions)?;
    let mut run = Run::new(plan, u64::MAX);
    let marks = run.measure(&mut world, target)?;
    run.drain_noting_faults(&mut world);
    let (sent, expected) = (world.sent(), world.expected());
    drop(world);
    if let Err(error) = sessions.end(target) {
        run.tally.faults.add(error);
    }
    Ok(report(run.tally, (sent, expected), &marks))
}

/// A run while it runs.
pub struct Run<'a> {
    plan: &'a Plan,
    clock: Clock,
    /// What was counted.
    pub tally: Tally,
    /// The measurement, in nanoseconds of the clock.
    measured: Range<u64>,
    /// Messages of the schedule that have left.
    messages_due: u64,
    /// After so many messages no more are sent.
    messages_max: u64,
}

impl<'a> Run<'a> {
    /// A run that begins now, and sends hardly more than `messages_max` messages.
    pub fn new(plan: &'a Plan, messages_max: u64) -> Self {
        let clock = Clock::new();
        let start = nanoseconds(plan.warm_up_seconds);
        let measured = start..start + nanoseconds(plan.seconds);
        let latency = plan.rate.map(|_| Latency {
            received: Durations::new(measured.clone()),
            sent: Durations::new(measured.clone()),
        });
        Self {
            plan,
            clock,
            tally: Tally::new(clock, measured.clone(), latency),
            measured,
            messages_due: 0,
            messages_max,
        }
    }

    /// The edges of the measurement, in nanoseconds since the run began.
    pub fn measured(&self) -> Range<u64> {
        self.measured.clone()
    }

    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// The counters now.
    ///
    /// # Errors
    ///
    /// If the broker's process cannot be measured.
    pub fn mark(&self, target: &Target) -> io::Result<Mark> {
        Mark::now(self.clock, &self.tally, target)
    }

    /// Sends and receives until the end of the measurement; the counters at its two edges.
    ///
    /// # Errors
    ///
    /// If a connection was closed, or the broker's process cannot be measured.
    pub fn measure(&mut self, world: &mut World, target: &Target) -> io::Result<[Mark; 2]> {
        let Range { start, end } = self.measured;
        Ok([
            self.mark_at(world, target, start)?,
            self.mark_at(world, target, end)?,
        ])
    }

    /// Sends and receives until `edge`, in nanoseconds since the run began; the counters there.
    ///
    /// # Errors
    ///
    /// If a connection was closed, or the broker's process cannot be measured.
    pub fn mark_at(&mut self, world: &mut World, target: &Target, edge: u64) -> io::Result<Mark> {
        let mark = self
            .send_until(world, edge)
            .and_then(|()| self.mark(target));
        // Without marks there is no report, and what was found wrong before would be lost.
        mark.map_err(|error| {
            let words = [&self.tally.faults.examples[..], &[error.to_string()]].concat();
            io::Error::other(words.join("; "))
        })
    }

    fn send_until(&mut self, world: &mut World, edge: u64) -> io::Result<()> {
        while self.clock.now() < edge && world.sent() < self.messages_max {
            match self.plan.rate {
                None => self.turn(world)?,
                Some(rate) => self.scheduled_turn(world, rate)?,
            }
        }
        Ok(())
    }

    fn turn(&mut self, world: &mut World) -> io::Result<()> {
        world.fill_windows(self.clock.now())?;
        world.receive(TURN, &mut self.tally)
    }

    /// Sends what is due by a schedule, and receives what has come.
    ///
    /// Spins instead of sleeping: a timer that wakes up late would count as the broker's latency.
    ///
    /// # Errors
    ///
    /// If a connection was closed.
    pub fn scheduled_turn(&mut self, world: &mut World, rate: f64) -> io::Result<()> {
        self.send_due(world, rate, self.clock.now() + 1)?;
        world.flush()?;
        world.receive(Duration::ZERO, &mut self.tally)
    }

    /// Sends what is due before `until`, as far as packet identifiers are free; whether that was all.
    fn send_due(&mut self, world: &mut World, rate: f64, until: u64) -> io::Result<bool> {
        loop {
            let due = (self.messages_due as f64 * 1e9 / rate) as u64;
            let publisher = (self.messages_due % self.plan.publishers as u64) as usize;
            if due >= until {
                return Ok(true);
            }
            if !world.send(publisher, due)? {
                return Ok(false);
            }
            self.tally.note_sent(due, self.clock.now());
            self.messages_due += 1;
        }
    }

    /// Waits until everything sent has been received, and notes as a fault if that does not come about.
    pub fn drain_noting_faults(&mut self, world: &mut World) {
        if let Err(error) = self.drain(world) {
            self.tally.faults.add(error);
        }
    }

    /// What was due in the measurement and could not leave, since the broker stalled, is sent first: else the stall
    /// would hide the messages that it hit.
    fn drain(&mut self, world: &mut World) -> io::Result<()> {
        let end = self.clock.now() + DRAIN_SECONDS * 1_000_000_000;
        while !(self.has_sent_all(world)? && world.is_drained()) {
            if self.clock.now() > end {
                let missing = world.expected() - self.tally.received;
                return Err(io::Error::other(format!(
                    "{missing} messages not received, or some not acknowledged, after {DRAIN_SECONDS} s"
                )));
            }
            world.flush()?;
            world.receive(TURN, &mut self.tally)?;
        }
        Ok(())
    }

    fn has_sent_all(&mut self, world: &mut World) -> io::Result<bool> {
        match self.plan.rate {
            None => Ok(true),
            Some(rate) => self.send_due(world, rate, self.measured.end),
        }
    }
}

fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

fn report(
    tally: Tally,
    (sent, expected): (u64, u64),
    [start, stop]: &[Mark; 2],
) -> Report<Figures> {
    let seconds = stop.seconds_since(start);
    let measured = stop.received - start.received;
    let latency = tally.latency.as_ref();
    let figures = Figures {
        sent,
        received: tally.received,
        expected,
        seconds,
        measured,
        messages_per_second: measured as f64 / seconds,
        latency: latency.and_then(|latency| latency.received.summary()),
        send_lag: latency.and_then(|latency| latency.sent.summary()),
        acknowledgement: tally.acknowledged_after.summary(),
        generator_cpu: stop.generator_cpu(start),
        others_cpu: stop.others_cpu(start),
        broker: stop.broker_use(start, measured),
    };
    Report {
        figures,
        faults: tally.faults,
    }
}
