//! The steady publisher with its subscriber, the members, and one measurement of them.

use std::io;

use serde::Serialize;

use super::Options;
use super::change::{self, Change};
use super::members::Members;
use super::probe::Probe;
use super::progress::Progress;
use crate::carrier::Target;
use crate::histogram::Summary;
use crate::load::mark::{BrokerUse, Mark};
use crate::load::plan::Plan;
use crate::load::run::Run;
use crate::load::sessions::Sessions;
use crate::load::world::World;
use crate::report::Faults;

/// Seconds of the publisher's schedule before each measurement.
const WARM_UP_SECONDS: f64 = 1.0;

/// A change is asked for when this share of its measurement is over.
const CHANGE_AFTER: f64 = 0.2;

/// One measurement, with at most one change in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// From when a message of the steady publisher was due until its subscriber had it.
    latency: Option<Summary>,
    /// From due to written: how late the generator was.
    send_lag: Option<Summary>,
    /// The longest latency, as a multiple of the longest without a change.
    stall_ratio: Option<f64>,
    /// From asking for the change until the management API had answered.
    answered_seconds: Option<f64>,
    /// From asking for the change until the probe had what it grants, or the last member its DISCONNECT.
    in_force_seconds: Option<f64>,
    /// Members that were disconnected.
    disconnected: usize,
    /// What the broker used.
    broker: Option<BrokerUse>,
    /// Share of one core that the generator used: it spins.
    generator_cpu: f64,
    /// Cores that neither generator nor broker used but others did.
    others_cpu: f64,
}

impl Part {
    /// The same, compared with a part without a change.
    #[must_use]
    pub fn against(mut self, unchanged: &Part) -> Self {
        let both = self.latency.zip(unchanged.latency);
        self.stall_ratio = both.map(|(changed, unchanged)| changed.max_us / unchanged.max_us);
        self
    }
}

/// Everybody who is connected.
pub struct Scene<'a> {
    options: &'a Options,
    target: &'a Target,
    plan: &'a Plan,
    world: World,
    members: Members,
    /// Messages received and found right.
    pub received: u64,
    /// What went wrong.
    pub faults: Faults,
}

/// One pair and its schedule.
pub fn steady_plan(options: &Options) -> Plan {
    Plan {
        publishers: 1,
        subscribers: 1,
        topics: 1,
        rate: Some(options.rate),
        warm_up_seconds: WARM_UP_SECONDS,
        seconds: options.seconds,
        ..Plan::default()
    }
}

impl<'a> Scene<'a> {
    /// Tries the management API, and connects everybody.
    ///
    /// # Errors
    ///
    /// If the broker refuses a change, a connection or a subscription.
    pub fn open(options: &'a Options, plan: &'a Plan, target: &'a Target) -> io::Result<Self> {
        for request in &change::trial() {
            options.management.ask(request)?;
        }
        Ok(Self {
            options,
            target,
            plan,
            members: Members::open(target, options.shape)?,
            world: World::open(plan, target, &Sessions::new(plan.subscribers, false))?,
            received: 0,
            faults: Faults::default(),
        })
    }

    /// Messages sent so far, and how many had to be received for them.
    pub fn sent_and_expected(&self) -> (u64, u64) {
        (self.world.sent(), self.world.expected())
    }

    /// Measures the steady publisher, with a change if there is one.
    ///
    /// # Errors
    ///
    /// If the change is refused, or a connection closed that has nothing to lose.
    pub fn part(&mut self, change: Option<&Change>) -> io::Result<Part> {
        let probe = change.and_then(|change| change.grants);
        let probe = probe
            .map(|filter| Probe::open(self.target, filter))
            .transpose()?;
        let mut run = Run::new(self.plan, u64::MAX);
        let measured = run.measured();
        let ask_at =
            measured.start + ((measured.end - measured.start) as f64 * CHANGE_AFTER) as u64;
        self.run_until(&mut run, measured.start, None)?;
        let start = run.mark(self.target)?;
        self.run_until(&mut run, ask_at, None)?;
        let mut progress = change
            .map(|change| Progress::begin(change, &self.options.management, probe, run.now()))
            .transpose()?;
        self.run_until(&mut run, measured.end, progress.as_mut())?;
        let stop = run.mark(self.target)?;
        run.drain_noting_faults(&mut self.world);
        if let Some(progress) = &progress {
            progress.check(&mut self.faults);
        }
        self.received += run.tally.received;
        self.faults.take(&mut run.tally.faults);
        Ok(part(&run, progress.as_ref(), [&start, &stop]))
    }

    fn run_until(
        &mut self,
        run: &mut Run<'_>,
        end: u64,
        mut progress: Option<&mut Progress<'_>>,
    ) -> io::Result<()> {
        while run.now() < end {
            run.scheduled_turn(&mut self.world, self.options.rate)?;
            let disconnected = self.members.look(&mut self.faults)?;
            match &mut progress {
                Some(progress) => {
                    progress.note_disconnected(disconnected, run.now());
                    progress.look(run.now())?;
                }
                None if disconnected > 0 => self.faults.add(format!(
                    "{disconnected} members disconnected without a change"
                )),
                None => {}
            }
        }
        Ok(())
    }
}

fn part(run: &Run<'_>, progress: Option<&Progress<'_>>, [start, stop]: [&Mark; 2]) -> Part {
    let latency = run.tally.latency.as_ref();
    Part {
        latency: latency.and_then(|latency| latency.received.summary()),
        send_lag: latency.and_then(|latency| latency.sent.summary()),
        stall_ratio: None,
        answered_seconds: progress.and_then(Progress::answered_seconds),
        in_force_seconds: progress.and_then(Progress::in_force_seconds),
        disconnected: progress.map_or(0, |progress| progress.disconnected),
        broker: stop.broker_use(start, stop.received - start.received),
        generator_cpu: stop.generator_cpu(start),
        others_cpu: stop.others_cpu(start),
    }
}
