//! The whole engine with many clients, links, a store and an oracle, in virtual time: a seed tells all of it.
//!
//! A seed makes a [`Profile`](profile): ordinary limits, or a world of three packet identifiers, a few KiB of memory,
//! one unit of work per input, tiny queues, a slow journal. Clients of every version do what is legal and what is not,
//! over links that split, delay and cut at any byte. After each input the invariants are checked, and at the end, when
//! the world has calmed down, everything that was promised.
#![deny(unsafe_code)]

mod access;
mod agenda;
mod client;
mod crash;
mod finale;
mod host;
mod invariant;
mod journal;
mod ledger;
mod link;
mod message;
mod network;
mod oracle;
mod profile;
mod random;
mod report;
mod sabotage;
mod store;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod watch;
mod world;

pub use report::{Coverage, Report, Violation};
pub use sabotage::Sabotage;

/// How a world is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Happenings before the world calms down.
    pub steps: u64,
    /// The planted bug, which the report should tell of.
    pub bug: Sabotage,
    /// Whether everything that happens is written to stderr.
    pub traced: bool,
}

/// Lets the world of `seed` run for `steps` happenings and come to rest.
#[must_use]
pub fn run(seed: u64, steps: u64) -> Report {
    run_with(
        seed,
        Options {
            steps,
            bug: Sabotage::Off,
            traced: false,
        },
    )
}

/// The same with a planted bug, or traced.
#[must_use]
pub fn run_with(seed: u64, options: Options) -> Report {
    world::World::new(seed, options.bug).run(options.steps, options.traced)
}
