//! What one chunk of small publishes to very many subscribers does to a client that only pings.

use std::io;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::ping::Pinger;
use crate::carrier::Target;
use crate::histogram::Summary;
use crate::load::plan::Plan;
use crate::load::sessions::Sessions;
use crate::load::tally::{Clock, Tally};
use crate::load::world::World;
use crate::report::Report;

/// How long the broker may take for the whole fan-out.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(300);

/// How many subscribers, and how large a chunk.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Subscribers to the one topic.
    #[arg(long, default_value_t = 10_000)]
    pub subscribers: usize,
    /// Bytes of publishes that are written at once.
    #[arg(long, default_value_t = 65_536)]
    pub chunk_bytes: usize,
    /// Payload of each of them.
    #[arg(long, default_value_t = 64)]
    pub payload_bytes: usize,
    /// Seconds of pinging before, for comparison.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
}

/// How long pings took, before and during the fan-out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    subscribers: usize,
    published: u64,
    received: u64,
    expected: u64,
    delivery_seconds: f64,
    messages_per_second: f64,
    ping_idle: Option<Summary>,
    ping_during: Option<Summary>,
}

/// Connects, pings, publishes, pings.
///
/// # Errors
///
/// If the broker refuses a connection or closes one.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let plan = Plan {
        publishers: 1,
        topics: 1,
        subscribers: options.subscribers,
        payload_bytes: options.payload_bytes,
        ..Plan::default()
    };
    plan.check().map_err(io::Error::other)?;
    let mut world = World::open(&plan, target, &Sessions::new(plan.subscribers, false))?;
    let mut pinger = Pinger::open(target)?;
    let mut tally = Tally::new(Clock::new(), 0..0, None);
    let ping_idle = pinger.run_alone(Duration::from_secs_f64(options.seconds))?;
    let count = (options.chunk_bytes / world.packet_bytes(0)) as u64;

    let began = Instant::now();
    world.burst(0, count)?;
    while !world.is_drained() && began.elapsed() < DELIVERY_TIMEOUT {
        pinger.tick()?;
        world.flush()?;
        world.receive_with(Duration::ZERO, &mut tally, || pinger.tick())?;
    }
    let delivery_seconds = began.elapsed().as_secs_f64();
    if tally.received != world.expected() {
        tally.faults.add(format!(
            "{} of {} messages received",
            tally.received,
            world.expected()
        ));
    }
    let figures = Figures {
        subscribers: options.subscribers,
        published: count,
        received: tally.received,
        expected: world.expected(),
        delivery_seconds,
        messages_per_second: tally.received as f64 / delivery_seconds,
        ping_idle,
        ping_during: pinger.take_summary(),
    };
    Ok(Report {
        figures,
        faults: tally.faults,
    })
}
