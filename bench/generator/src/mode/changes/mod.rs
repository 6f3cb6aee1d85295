//! What a change of rights that concerns very many clients does to a steady publisher.
//!
//! The broker has the resources of `membersResources` in `bench/access.ts`.

pub mod change;
pub mod management;
pub mod members;
pub mod probe;
pub mod progress;
pub mod scene;

use std::io;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::carrier::Target;
use crate::mqtt::Version;
use crate::report::Report;
use change::Change;
use management::Management;
use members::Shape;
use scene::{Part, Scene, steady_plan};

/// How many connections, who manages the broker, and how long it is looked at.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    management: Management,
    /// Messages per second of the steady publisher.
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
    /// Seconds of each measurement: one without a change, and one for each change.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

/// What a run found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Connections with subscriptions, beside the publisher and its subscriber.
    members: usize,
    /// Until everybody was connected and had subscribed, hashing of passwords included.
    opening_seconds: f64,
    sent: u64,
    received: u64,
    expected: u64,
    unchanged: Part,
    added_binding: Part,
    added_variable: Part,
    removed_binding_of_few: Part,
    removed_binding_of_all: Part,
}

/// Connects, measures without a change, then with one change after the other.
///
/// # Errors
///
/// If the broker refuses a connection or a change, or closes a connection that has nothing to lose.
pub fn run(options: &Options, target: &Target) -> io::Result<Report<Figures>> {
    // Version 5 says why it disconnects.
    let target = &Target {
        protocol: Version::V5,
        ..target.clone()
    };
    let plan = &steady_plan(options);
    plan.check().map_err(io::Error::other)?;
    let began = Instant::now();
    let mut scene = Scene::open(options, plan, target)?;
    let opening_seconds = began.elapsed().as_secs_f64();
    let unchanged = scene.part(None)?;
    let mut changed =
        |change: Change| -> io::Result<Part> { Ok(scene.part(Some(&change))?.against(&unchanged)) };
    let added_binding = changed(change::added_binding())?;
    let added_variable = changed(change::added_variable())?;
    let removed_binding_of_few = changed(change::removed_binding_of_few(options.shape))?;
    let removed_binding_of_all = changed(change::removed_binding_of_all(options.shape))?;
    let (sent, expected) = scene.sent_and_expected();
    let figures = Figures {
        members: options.shape.members(),
        opening_seconds,
        sent,
        received: scene.received,
        expected,
        unchanged,
        added_binding,
        added_variable,
        removed_binding_of_few,
        removed_binding_of_all,
    };
    Ok(Report {
        figures,
        faults: scene.faults,
    })
}
