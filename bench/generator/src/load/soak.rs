//! What becomes of the broker's memory when it is kept busy for long.

use std::io;
use std::ops::Range;

use clap::Args;
use serde::Serialize;

use super::mark::{BrokerUse, Mark};
use super::plan::Plan;
use super::run::Run;
use super::sessions::Sessions;
use super::world::World;
use crate::carrier::Target;
use crate::mode::crowd::measured_pid;
use crate::report::Report;

/// Who publishes to whom, for how long, and how often memory is looked at.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    plan: Plan,
    /// Seconds from one look at the broker's memory to the next.
    #[arg(long, default_value_t = 10.0)]
    step_seconds: f64,
}

/// What a run found. Memory is the broker's resident memory at a look.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Messages sent, from the first to the last.
    sent: u64,
    /// Messages received and found right.
    received: u64,
    /// Messages that had to be received.
    expected: u64,
    /// From the first look to the last.
    seconds: f64,
    /// Messages received in that time, per second.
    messages_per_second: f64,
    /// At the first look, after the warm-up.
    first_bytes: u64,
    /// At the last.
    last_bytes: u64,
    /// At any.
    max_bytes: u64,
    /// From the first look to the last.
    growth_bytes: i64,
    /// From the look in the middle to the last: what still grows then will not stop by itself.
    growth_of_second_half_bytes: i64,
    /// At each look.
    resident_bytes: Vec<u64>,
    /// Share of one core that the generator used.
    generator_cpu: f64,
    /// Cores that neither generator nor broker used.
    others_cpu: f64,
    /// What the broker used.
    broker: Option<BrokerUse>,
}

/// Runs against `target`.
///
/// # Errors
///
/// If the clients cannot connect, a connection is closed, or the broker's process is not known.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let Options { plan, step_seconds } = options;
    plan.check().map_err(io::Error::other)?;
    measured_pid(target)?;
    let sessions = Sessions::new(plan.subscribers, plan.persistent);
    let mut world = World::open(plan, target, &sessions)?;
    let mut run = Run::new(plan, u64::MAX);
    let looks: Vec<Mark> = edges(run.measured(), *step_seconds)
        .into_iter()
        .map(|edge| run.mark_at(&mut world, target, edge))
        .collect::<io::Result<_>>()?;
    run.drain_noting_faults(&mut world);
    let (sent, expected) = (world.sent(), world.expected());
    drop(world);
    if let Err(error) = sessions.end(target) {
        run.tally.faults.add(error);
    }
    Ok(Report {
        figures: figures((sent, run.tally.received, expected), &looks),
        faults: run.tally.faults,
    })
}

/// When memory is looked at: at both ends of the measurement, and every `step_seconds` between.
fn edges(measured: Range<u64>, step_seconds: f64) -> Vec<u64> {
    let step = ((step_seconds * 1e9) as usize).max(1);
    let end = measured.end;
    measured.step_by(step).chain([end]).collect()
}

fn figures((sent, received, expected): (u64, u64, u64), looks: &[Mark]) -> Figures {
    let resident_bytes: Vec<u64> = looks.iter().filter_map(Mark::resident_bytes).collect();
    let at = |look: usize| resident_bytes.get(look).copied().unwrap_or_default();
    let last = looks.len() - 1;
    let (start, stop) = (&looks[0], &looks[last]);
    let growth = |since: usize| at(last) as i64 - at(since) as i64;
    let (seconds, measured) = (stop.seconds_since(start), stop.received - start.received);
    Figures {
        sent,
        received,
        expected,
        seconds,
        messages_per_second: measured as f64 / seconds,
        first_bytes: at(0),
        last_bytes: at(last),
        max_bytes: resident_bytes.iter().copied().max().unwrap_or_default(),
        growth_bytes: growth(0),
        growth_of_second_half_bytes: growth(last / 2),
        generator_cpu: stop.generator_cpu(start),
        others_cpu: stop.others_cpu(start),
        broker: stop.broker_use(start, measured),
        resident_bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_looked_at_at_both_ends_and_between() {
        let second = 1_000_000_000;
        assert_eq!(
            edges(second..4 * second, 2.0),
            [second, 3 * second, 4 * second]
        );
        assert_eq!(edges(0..second, 10.0), [0, second]);
    }
}
