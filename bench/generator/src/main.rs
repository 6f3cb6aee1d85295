//! The benchmark's load generator: MQTT clients that check every message they receive.
//!
//! Each mode prints one line of JSON and ends with 0 if its figures count, 1 if a check failed, 2 if it could not run.

mod carrier;
mod histogram;
mod load;
mod mqtt;
mod payload;
mod process;
mod report;
mod sink;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use carrier::Target;

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// Publishers and subscribers, in a closed loop or at a rate.
    Load {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        plan: load::plan::Plan,
    },
    /// A server that does next to nothing.
    Sink(sink::Options),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().mode) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(mode: &Mode) -> io::Result<bool> {
    match mode {
        Mode::Load { target, plan } => Ok(load::run::run(plan, target)?.print()),
        Mode::Sink(options) => sink::serve(options).map(|()| true),
    }
}
