//! Runs the simulation from the command line: `heliograph-sim [--seeds N] [--start S] [--steps K] [--bug NAME] [--trace]`.

use std::process::ExitCode;

use sim::{Coverage, Options, Sabotage, run_with};

struct Wanted {
    seeds: u64,
    start: u64,
    options: Options,
}

fn main() -> ExitCode {
    let wanted = match parse(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::from(64);
        }
    };
    let mut coverage = Coverage::default();
    let mut failures = 0;
    for seed in wanted.start..wanted.start + wanted.seeds {
        std::panic::set_hook(Box::new(move |panic| {
            eprintln!("seed {seed} panics: {panic}")
        }));
        let report = run_with(seed, wanted.options);
        coverage.merge(&report.coverage);
        if let Some(violation) = report.violation {
            failures += 1;
            println!(
                "seed {seed} step {} at {} ms: {}",
                violation.step, violation.now, violation.what
            );
        }
    }
    for (name, count) in coverage.iter() {
        println!("{count:>12} {name}");
    }
    println!("{} seeds, {failures} failed", wanted.seeds);
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        seeds: 1000,
        start: 0,
        options: Options {
            steps: 3000,
            bug: Sabotage::Off,
            traced: false,
        },
    };
    while let Some(word) = words.next() {
        if word == "--trace" {
            wanted.options.traced = true;
            continue;
        }
        let value = words
            .next()
            .ok_or_else(|| format!("Cannot use {word} without a value"))?;
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("Cannot use {word} {value}: it takes a number"))
        };
        match word.as_str() {
            "--seeds" => wanted.seeds = number()?,
            "--start" => wanted.start = number()?,
            "--steps" => wanted.options.steps = number()?,
            "--bug" => {
                wanted.options.bug = Sabotage::named(&value)
                    .ok_or_else(|| format!("Cannot plant {value}: there is no such bug"))?
            }
            _ => {
                return Err(format!(
                    "Cannot use {word}: there are --seeds, --start, --steps, --bug and --trace"
                ));
            }
        }
    }
    Ok(wanted)
}
