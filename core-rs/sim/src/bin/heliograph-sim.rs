//! Runs the simulation from the command line: `heliograph-sim [--seeds N] [--start S] [--steps K] [--bug NAME]`.

use std::process::ExitCode;

use sim::{Coverage, Sabotage, run_with};

struct Options {
    seeds: u64,
    start: u64,
    steps: u64,
    bug: Sabotage,
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::from(64);
        }
    };
    let mut coverage = Coverage::default();
    let mut failures = 0;
    for seed in options.start..options.start + options.seeds {
        std::panic::set_hook(Box::new(move |panic| eprintln!("seed {seed} panics: {panic}")));
        let report = run_with(seed, options.steps, options.bug);
        coverage.merge(&report.coverage);
        if let Some(violation) = report.violation {
            failures += 1;
            println!("seed {seed} step {} at {} ms: {}", violation.step, violation.now, violation.what);
        }
    }
    for (name, count) in coverage.iter() {
        println!("{count:>12} {name}");
    }
    println!("{} seeds, {failures} failed", options.seeds);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { seeds: 1000, start: 0, steps: 1500, bug: Sabotage::Off };
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("Cannot use {word} without a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("Cannot use {word} {value}: it takes a number"));
        match word.as_str() {
            "--seeds" => options.seeds = number()?,
            "--start" => options.start = number()?,
            "--steps" => options.steps = number()?,
            "--bug" => options.bug = Sabotage::named(&value).ok_or_else(|| format!("Cannot plant {value}: there is no such bug"))?,
            _ => return Err(format!("Cannot use {word}: there are --seeds, --start, --steps and --bug")),
        }
    }
    Ok(options)
}
