//! How many clients a second can connect when each begins with a TLS handshake.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::crowd::measured_pid;
use crate::carrier::client::{Client, source};
use crate::carrier::{Carrier, Target};
use crate::mqtt::packet::Session;
use crate::process;
use crate::report::{Faults, Report};

/// How many clients at once, and for how long.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Clients that connect at the same time, each again as soon as it has left.
    #[arg(long, default_value_t = 16)]
    pub clients: usize,
    /// Seconds of full handshakes, and again of resumed ones.
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
}

/// What connecting costs: TCP, TLS, CONNECT and CONNACK, DISCONNECT.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// With a full handshake each.
    full: Rate,
    /// With clients who offer to take up an earlier session.
    resumed: Rate,
}

/// One of the two.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    /// Connections that were accepted.
    connections: u64,
    connections_per_second: f64,
    /// Share of them whose TLS session was an earlier one.
    resumed_share: f64,
    /// CPU time of the broker for each.
    broker_cpu_us: f64,
    /// Share of one core that the generator used. Near 1 the generator may be the bottleneck.
    generator_cpu: f64,
}

/// Connects.
///
/// # Errors
///
/// If the carrier is not TLS, the broker refuses a client, or its process is not known.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    if target.carrier != Carrier::Tls {
        return Err(io::Error::other(
            "Cannot count handshakes without TLS: use --carrier tls",
        ));
    }
    let full = vec![target.clone(); options.clients];
    let figures = Figures {
        full: measure(options, &full)?,
        resumed: measure(options, &resuming(options, target)?)?,
    };
    Ok(Report {
        figures,
        faults: Faults::default(),
    })
}

/// A target for each client, which remembers sessions of its own: there is one store of a few tickets behind each.
fn resuming(options: &Options, target: &Target) -> io::Result<Vec<Target>> {
    let remembering = |_| {
        Ok(Target {
            tls: target.tls.resuming()?,
            ..target.clone()
        })
    };
    (0..options.clients).map(remembering).collect()
}

/// Connections that a measurement has seen so far.
#[derive(Default)]
struct Counts {
    all: AtomicU64,
    resumed: AtomicU64,
}

/// Lets each of `targets` have a client.
fn measure(options: &Options, targets: &[Target]) -> io::Result<Rate> {
    let [first, ..] = targets else {
        return Err(io::Error::other("Cannot connect without a client"));
    };
    let pid = measured_pid(first)?;
    let counts = Counts::default();
    let (broker, own) = (process::usage(pid)?, process::own_cpu_seconds()?);
    let began = Instant::now();
    let end = began + Duration::from_secs_f64(options.seconds);
    let seen = &counts;
    thread::scope(|scope| {
        let clients: Vec<_> = targets
            .iter()
            .enumerate()
            .map(|(index, target)| scope.spawn(move || come_and_go(target, index, end, seen)))
            .collect();
        clients.into_iter().try_for_each(|client| {
            let outcome = client.join();
            outcome.unwrap_or_else(|_| Err(io::Error::other("a client panicked")))
        })
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let connections = counts.all.into_inner();
    let broker_seconds = process::usage(pid)?.cpu_seconds - broker.cpu_seconds;
    Ok(Rate {
        connections,
        connections_per_second: connections as f64 / seconds,
        resumed_share: counts.resumed.into_inner() as f64 / connections.max(1) as f64,
        broker_cpu_us: broker_seconds * 1e6 / connections.max(1) as f64,
        generator_cpu: (process::own_cpu_seconds()? - own) / seconds,
    })
}

/// One client, which waits for each answer; the broker closes first, so that ports of this side are free again.
fn come_and_go(target: &Target, index: usize, end: Instant, counts: &Counts) -> io::Result<()> {
    let name = format!("bench-handshake-{index}");
    while Instant::now() < end {
        let source = source(target.address, index);
        let mut client = Client::call_from(target, source, &name, Session::Clean)?;
        client.wait_until_accepted()?;
        counts.all.fetch_add(1, Ordering::Relaxed);
        counts
            .resumed
            .fetch_add(u64::from(client.is_resumed()), Ordering::Relaxed);
        client.leave()?;
    }
    Ok(())
}
