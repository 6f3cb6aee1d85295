//! Subscribers who are away while others publish, and then come back for everything.

use std::io;

use clap::Args;
use serde::Serialize;

use super::mark::BrokerUse;
use super::plan::Plan;
use super::run::Run;
use super::sessions::Sessions;
use super::world::World;
use crate::carrier::Target;
use crate::histogram::Summary;
use crate::report::Report;

/// Who publishes to whom, and how much.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    plan: Plan,
    /// The measurement ends early after about so many messages of all publishers together, warm-up included: a broker
    /// may limit what waits for a session.
    #[arg(long, default_value_t = 900_000)]
    messages: u64,
}

/// What a run found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Messages sent, from the first to the last.
    sent: u64,
    /// Messages received and found right, after the subscribers had come back.
    received: u64,
    /// Messages that had to be received.
    expected: u64,
    /// Length of the measurement, while nobody received.
    seconds: f64,
    /// Messages acknowledged in the measurement, per second.
    acknowledged_per_second: f64,
    /// From a message's turn to its acknowledgement, of messages sent in the measurement.
    acknowledgement: Option<Summary>,
    /// Share of one core that the generator used in the measurement.
    generator_cpu: f64,
    /// Cores that neither generator nor broker used in the measurement.
    others_cpu: f64,
    /// What the broker used in the measurement, per message acknowledged.
    broker: Option<BrokerUse>,
    /// From the first subscriber's CONNECT until the last message was received.
    delivery_seconds: f64,
    /// `received / delivery_seconds`.
    delivered_per_second: f64,
    /// What the broker used meanwhile, per message received.
    delivery: Option<BrokerUse>,
}

/// Runs against `target`.
///
/// # Errors
///
/// If the plan is not one for absent subscribers, the clients cannot connect, or the broker's process cannot be
/// measured. What goes wrong later is a fault in the report.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let Options { plan, messages } = options;
    plan.check().map_err(io::Error::other)?;
    if plan.qos == 0 || plan.rate.is_some() {
        return Err(io::Error::other(
            "Cannot publish to absent subscribers at QoS 0 or at a rate: use --qos 1 and a window",
        ));
    }
    let sessions = Sessions::new(plan.subscribers, true);
    for index in 0..plan.subscribers {
        let mut client = sessions.open(target, index)?;
        client.subscribe(&[plan.filter(index)], plan.qos)?;
        client.leave()?;
    }
    let mut world = World::of_publishers(plan, target)?;
    let mut run = Run::new(plan, *messages);
    let [start, stop] = run.measure(&mut world, target)?;
    run.drain_noting_faults(&mut world);
    let away = run.mark(target)?;
    for _ in 0..plan.subscribers {
        world.resume_subscriber(plan, target, &sessions)?;
    }
    run.drain_noting_faults(&mut world);
    let back = run.mark(target)?;

    let (sent, expected) = (world.sent(), world.expected());
    drop(world);
    if let Err(error) = sessions.end(target) {
        run.tally.faults.add(error);
    }
    let acknowledged = stop.acknowledged - start.acknowledged;
    let seconds = stop.seconds_since(&start);
    let delivery_seconds = back.seconds_since(&away);
    let figures = Figures {
        sent,
        received: run.tally.received,
        expected,
        seconds,
        acknowledged_per_second: acknowledged as f64 / seconds,
        acknowledgement: run.tally.acknowledged_after.summary(),
        generator_cpu: stop.generator_cpu(&start),
        others_cpu: stop.others_cpu(&start),
        broker: stop.broker_use(&start, acknowledged),
        delivery_seconds,
        delivered_per_second: run.tally.received as f64 / delivery_seconds,
        delivery: back.broker_use(&away, run.tally.received),
    };
    Ok(Report {
        figures,
        faults: run.tally.faults,
    })
}
