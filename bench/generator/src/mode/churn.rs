//! Whether memory comes back when connections come and go.

use std::io;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use super::crowd;
use crate::carrier::Target;
use crate::process;
use crate::report::{Faults, Report};

/// How many connections, and how often.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Connections in each round.
    #[arg(long, default_value_t = 15_000)]
    pub connections: usize,
    /// How often all are opened and closed.
    #[arg(long, default_value_t = 10)]
    pub rounds: usize,
}

/// Memory after each round.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    connections: usize,
    connections_per_second: f64,
    resident_bytes_before: u64,
    /// After all connections of a round are closed, by round.
    resident_bytes: Vec<u64>,
    /// From the second round to the last; the first fills pools and warms up.
    growth_bytes: i64,
}

/// Opens and closes.
///
/// # Errors
///
/// If the broker does not accept all connections, or its process is not known.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    let pid = crowd::measured_pid(target)?;
    let before = process::usage(pid)?;
    let descriptors = process::descriptors(pid)?;
    let mut resident_bytes = Vec::new();
    let began = Instant::now();
    for _ in 0..options.rounds {
        let crowd = crowd::open(target, options.connections)?;
        crowd::close(crowd, target, descriptors)?;
        resident_bytes.push(process::usage(pid)?.resident_bytes);
    }
    let opened = (options.connections * options.rounds) as f64;
    let second = resident_bytes
        .get(1)
        .or(resident_bytes.first())
        .copied()
        .unwrap_or_default();
    let last = resident_bytes.last().copied().unwrap_or_default();
    let figures = Figures {
        connections: options.connections,
        connections_per_second: opened / began.elapsed().as_secs_f64(),
        resident_bytes_before: before.resident_bytes,
        growth_bytes: last as i64 - second as i64,
        resident_bytes,
    };
    Ok(Report {
        figures,
        faults: Faults::default(),
    })
}
