//! What a connection costs that does nothing.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::crowd;
use crate::carrier::Target;
use crate::process;
use crate::report::{Faults, Report};

/// How many connections, and for how long.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Connections to hold.
    #[arg(long, default_value_t = 10_000)]
    pub connections: usize,
    /// Seconds to hold them while the broker's CPU time is measured.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
}

/// What idle connections cost.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    connections: usize,
    connections_per_second: f64,
    resident_bytes_before: u64,
    resident_bytes: u64,
    bytes_per_connection: f64,
    /// Share of one core that the broker uses for holding them.
    idle_cpu: f64,
}

/// Opens and holds.
///
/// # Errors
///
/// If the broker does not accept all connections, or its process is not known.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let pid = crowd::measured_pid(target)?;
    let before = process::usage(pid)?;
    let began = Instant::now();
    let crowd = crowd::open(target, options.connections)?;
    let opening_seconds = began.elapsed().as_secs_f64();
    let opened = process::usage(pid)?;
    sleep(Duration::from_secs_f64(options.seconds));
    let held = process::usage(pid)?;
    drop(crowd);
    let grown = held.resident_bytes.saturating_sub(before.resident_bytes);
    let figures = Figures {
        connections: options.connections,
        connections_per_second: options.connections as f64 / opening_seconds,
        resident_bytes_before: before.resident_bytes,
        resident_bytes: held.resident_bytes,
        bytes_per_connection: grown as f64 / options.connections as f64,
        idle_cpu: (held.cpu_seconds - opened.cpu_seconds) / options.seconds,
    };
    Ok(Report {
        figures,
        faults: Faults::default(),
    })
}
