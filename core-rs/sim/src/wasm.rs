//! The simulation as a module without imports: numbers in, a report in memory out.
#![allow(
    unsafe_code,
    reason = "an export has to have its plain name, which Rust takes to be unsafe; nothing else here is"
)]

use std::sync::Mutex;

use crate::{Options, Report, Sabotage, Violation, run_with};

/// The report of the last run, as JSON. It stays where it is until the next run.
static REPORT: Mutex<String> = Mutex::new(String::new());

/// Runs the world of a seed. `bug`: a planted bug by its place in [`Sabotage::ALL`]. Gives 0 if every promise was kept and
/// 1 if one was not; a panic traps, and the report tells of it.
#[unsafe(no_mangle)]
pub extern "C" fn run(seed_low: u32, seed_high: u32, steps: u32, bug: u32) -> u32 {
    let seed = u64::from(seed_high) << 32 | u64::from(seed_low);
    std::panic::set_hook(Box::new(move |panic| {
        keep(&panicked(seed, &panic.to_string()))
    }));
    let bug = Sabotage::ALL
        .get(bug as usize)
        .copied()
        .unwrap_or(Sabotage::Off);
    let options = Options {
        steps: u64::from(steps),
        bug,
        traced: false,
    };
    let report = run_with(seed, options);
    keep(&report);
    u32::from(report.violation.is_some())
}

/// Where the report of the last run lies.
#[unsafe(no_mangle)]
pub extern "C" fn report_ptr() -> *const u8 {
    REPORT
        .lock()
        .map_or(std::ptr::null(), |report| report.as_ptr())
}

/// Bytes of the report of the last run.
#[unsafe(no_mangle)]
pub extern "C" fn report_len() -> usize {
    REPORT.lock().map_or(0, |report| report.len())
}

fn keep(report: &Report) {
    if let Ok(mut kept) = REPORT.lock() {
        *kept = report.to_json();
    }
}

fn panicked(seed: u64, what: &str) -> Report {
    let violation = Violation {
        step: 0,
        now: 0,
        what: what.to_owned(),
    };
    Report {
        seed,
        violation: Some(violation),
        ..Report::default()
    }
}
