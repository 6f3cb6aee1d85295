//! What a subscription costs, and whether matching slows down with their number.

use std::io;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::crowd::measured_pid;
use crate::carrier::Target;
use crate::carrier::client::Client;
use crate::histogram::{Histogram, Summary};
use crate::mqtt::packet::{read_suback, subscribe};
use crate::mqtt::publish::{Publish, Shape, Template};
use crate::payload::blank;
use crate::process;
use crate::report::{Faults, Report};

/// Filters in one SUBSCRIBE.
const FILTERS_PER_PACKET: usize = 100;

/// Round trips of one message, before and after.
const ROUND_TRIPS: usize = 5000;

const PROBE_TOPIC: &str = "bench/site/7/line/3/probe";

/// How many subscriptions.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Subscribing clients.
    #[arg(long, default_value_t = 100)]
    pub clients: usize,
    /// Different filters of each.
    #[arg(long, default_value_t = 10_000)]
    pub filters: usize,
}

/// What they cost.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    subscriptions: usize,
    subscriptions_per_second: f64,
    resident_bytes_before: u64,
    resident_bytes: u64,
    bytes_per_subscription: f64,
    /// One message to one subscriber and back, with no other subscription.
    round_trip_before: Option<Summary>,
    /// The same with all of them.
    round_trip_after: Option<Summary>,
}

/// Subscribes.
///
/// # Errors
///
/// If the broker refuses or closes, or its process is not known.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let pid = measured_pid(target)?;
    let mut probe = Probe::open(target)?;
    let mut clients = Vec::new();
    for index in 0..options.clients {
        clients.push(Client::open(target, &format!("bench-subscriber-{index}"))?.0);
    }
    let round_trip_before = probe.run()?;
    let before = process::usage(pid)?;
    let began = Instant::now();
    for (index, client) in clients.iter_mut().enumerate() {
        subscribe_all(client, target, index, options.filters)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let after = process::usage(pid)?;
    let round_trip_after = probe.run()?;
    let subscriptions = options.clients * options.filters;
    let grown = after.resident_bytes.saturating_sub(before.resident_bytes);
    let figures = Figures {
        subscriptions,
        subscriptions_per_second: subscriptions as f64 / seconds,
        resident_bytes_before: before.resident_bytes,
        resident_bytes: after.resident_bytes,
        bytes_per_subscription: grown as f64 / subscriptions as f64,
        round_trip_before,
        round_trip_after,
    };
    Ok(Report {
        figures,
        faults: Faults::default(),
    })
}

fn subscribe_all(
    client: &mut Client,
    target: &Target,
    index: usize,
    filters: usize,
) -> io::Result<()> {
    for first in (0..filters).step_by(FILTERS_PER_PACKET) {
        let numbers = first..filters.min(first + FILTERS_PER_PACKET);
        let filters: Vec<String> = numbers.map(|number| filter(index, number)).collect();
        client.send(&subscribe(target.protocol, 1, &filters, 0))?;
        let frame = client.receive()?;
        read_suback(target.protocol, frame.as_frame(), filters.len(), 0)
            .map_err(io::Error::other)?;
    }
    Ok(())
}

/// Filters as a plant would use them; every tenth with a wildcard. None matches the probe's topic.
fn filter(client: usize, number: usize) -> String {
    let level = if number.is_multiple_of(10) {
        "+".to_string()
    } else {
        format!("line-{}", number % 100)
    };
    format!("bench/site/{client}/{level}/device-{number}/state")
}

/// One publisher and one subscriber, one message at a time.
struct Probe {
    publisher: Client,
    subscriber: Client,
    packet: Vec<u8>,
    target: Target,
}

impl Probe {
    fn open(target: &Target) -> io::Result<Self> {
        let (publisher, _) = Client::open(target, "bench-probe-publisher")?;
        let (mut subscriber, _) = Client::open(target, "bench-probe-subscriber")?;
        subscriber.subscribe(&[PROBE_TOPIC.to_string()], 0)?;
        let version = target.protocol;
        let shape = Shape {
            version,
            qos: 0,
            retain: false,
            topic: PROBE_TOPIC,
            user_properties: &[],
        };
        let packet = Template::new(&shape, &blank(64)).bytes().to_vec();
        Ok(Self {
            publisher,
            subscriber,
            packet,
            target: target.clone(),
        })
    }

    fn run(&mut self) -> io::Result<Option<Summary>> {
        let mut histogram = Histogram::new();
        for _ in 0..ROUND_TRIPS {
            let began = Instant::now();
            self.publisher.send(&self.packet)?;
            let frame = self.subscriber.receive()?;
            histogram.record(began.elapsed().as_nanos() as u64);
            let publish = Publish::read(self.target.protocol, frame.as_frame());
            if publish.is_none_or(|publish| publish.topic != PROBE_TOPIC.as_bytes()) {
                return Err(io::Error::other("another packet than the probe"));
            }
        }
        Ok(histogram.summary())
    }
}
