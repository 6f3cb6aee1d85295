//! The benchmark's load generator: MQTT clients that check every message they receive.
//!
//! Each mode prints one line of JSON and ends with 0 if its figures count, 1 if a check failed, 2 if it could not run.

mod carrier;
mod histogram;
mod load;
mod mode;
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
    /// Publishers whose subscribers are away, and come back for everything.
    Offline {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: load::offline::Options,
    },
    /// Memory over time, while publishers and subscribers keep the broker busy.
    Soak {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: load::soak::Options,
    },
    /// Memory per idle connection.
    Idle {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::idle::Options,
    },
    /// Connections per second, each with a TLS handshake.
    Handshakes {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::handshakes::Options,
    },
    /// Memory after connections have come and gone.
    Churn {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::churn::Options,
    },
    /// Latency of a steady publisher while rights of very many clients change.
    Changes {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::changes::Options,
    },
    /// Latency of a pinging client during a large fan-out.
    FanoutStall {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::fanout_stall::Options,
    },
    /// A new subscriber to very many retained messages.
    RetainedFlood {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::retained_flood::Options,
    },
    /// One large message to many subscribers.
    Megabyte {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::megabyte::Options,
    },
    /// Memory per subscription.
    Subscriptions {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        options: mode::subscriptions::Options,
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
        Mode::Offline { target, options } => Ok(load::offline::run(options, target)?.print()),
        Mode::Soak { target, options } => Ok(load::soak::run(options, target)?.print()),
        Mode::Idle { target, options } => Ok(mode::idle::run(options, target)?.print()),
        Mode::Handshakes { target, options } => Ok(mode::handshakes::run(options, target)?.print()),
        Mode::Churn { target, options } => Ok(mode::churn::run(options, target)?.print()),
        Mode::Changes { target, options } => Ok(mode::changes::run(options, target)?.print()),
        Mode::FanoutStall { target, options } => {
            Ok(mode::fanout_stall::run(options, target)?.print())
        }
        Mode::RetainedFlood { target, options } => {
            Ok(mode::retained_flood::run(options, target)?.print())
        }
        Mode::Megabyte { target, options } => Ok(mode::megabyte::run(options, target)?.print()),
        Mode::Subscriptions { target, options } => {
            Ok(mode::subscriptions::run(options, target)?.print())
        }
        Mode::Sink(options) => sink::serve(options).map(|()| true),
    }
}
