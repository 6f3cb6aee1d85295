//! What happened in a run, as counts by name, and what went wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How often each thing occurred, by name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    counts: BTreeMap<String, u64>,
}

impl Coverage {
    /// Counts one `name`.
    pub fn count(&mut self, name: &str) {
        self.add(name, 1);
    }

    /// Counts `times` of `name`.
    pub fn add(&mut self, name: &str, times: u64) {
        match self.counts.get_mut(name) {
            Some(count) => *count += times,
            None => {
                self.counts.insert(name.to_owned(), times);
            }
        }
    }

    /// Counts a reason code that a client was sent.
    pub fn reason(&mut self, packet: &str, code: u8) {
        self.count(&format!("reason 0x{code:02X}"));
        self.count(&format!("reason 0x{code:02X} in {packet}"));
    }

    /// Adds all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (name, times) in &other.counts {
            self.add(name, *times);
        }
    }

    /// How often `name` occurred.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Every name with its count, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
    }
}

/// A promise that the engine broke.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The step at which it was noticed.
    pub step: u64,
    /// Virtual milliseconds since the start.
    pub now: u64,
    /// What is wrong.
    pub what: String,
}

/// The outcome of one seed.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Steps that were done, the calm at the end included.
    pub steps: u64,
    /// The first broken promise, if any was.
    pub violation: Option<Violation>,
    /// How often what occurred.
    pub coverage: Coverage,
}

impl Report {
    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = format!(
            "{{\"seed\":\"{}\",\"steps\":{},\"violation\":",
            self.seed, self.steps
        );
        match &self.violation {
            None => out.push_str("null"),
            Some(violation) => {
                let _ = write!(
                    out,
                    "{{\"step\":{},\"now\":{},\"what\":",
                    violation.step, violation.now
                );
                quote(&violation.what, &mut out);
                out.push('}');
            }
        }
        out.push_str(",\"coverage\":{");
        for (index, (name, count)) in self.coverage.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            quote(name, &mut out);
            let _ = write!(out, ":{count}");
        }
        out.push_str("}}");
        out
    }
}

/// Appends `text` as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
