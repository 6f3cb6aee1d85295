//! What every mode says at its end, as one line of JSON.

use std::fmt::Display;

use serde::Serialize;

/// How many faults are told in words.
const EXAMPLES: usize = 5;

/// What went wrong. A run with a fault has no figure.
#[derive(Debug, Default, Serialize)]
pub struct Faults {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<String>,
}

impl Faults {
    /// Notes a fault.
    #[cold]
    pub fn add(&mut self, fault: impl Display) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(fault.to_string());
        }
    }

    /// Adds those of a part, and leaves it none.
    pub fn take(&mut self, part: &mut Faults) {
        let Faults { count, examples } = std::mem::take(part);
        self.count += count;
        let room = EXAMPLES - self.examples.len();
        self.examples.extend(examples.into_iter().take(room));
    }
}

/// A mode's report: any serializable figures, and the faults that decide whether they count.
#[derive(Serialize)]
pub struct Report<Figures: Serialize> {
    /// What was measured.
    #[serde(flatten)]
    pub figures: Figures,
    /// What went wrong.
    pub faults: Faults,
}

impl<Figures: Serialize> Report<Figures> {
    /// Prints the line; returns whether the figures count.
    pub fn print(&self) -> bool {
        println!(
            "{}",
            serde_json::to_string(self).expect("a report has only numbers and strings")
        );
        self.faults.count == 0
    }
}
