//! How far a change has come.

use std::io;

use super::change::Change;
use super::management::{Management, Pending};
use super::probe::Probe;
use crate::report::Faults;

/// A change from when it is asked for until all has come of it that must. Times are in nanoseconds of the run.
pub struct Progress<'a> {
    change: &'a Change,
    pending: Pending,
    /// Who finds out from when on the change is in force, if it grants something.
    probe: Option<Probe>,
    asked_at: u64,
    /// When the management API had answered.
    answered_at: Option<u64>,
    /// When the probe had what the change grants, or the last member so far its DISCONNECT.
    in_force_at: Option<u64>,
    /// Members that were disconnected since.
    pub disconnected: usize,
}

impl<'a> Progress<'a> {
    /// Asks for the change.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub fn begin(
        change: &'a Change,
        management: &Management,
        probe: Option<Probe>,
        now: u64,
    ) -> io::Result<Self> {
        Ok(Self {
            change,
            pending: management.send(&change.request)?,
            probe,
            asked_at: now,
            answered_at: None,
            in_force_at: None,
            disconnected: 0,
        })
    }

    /// Takes what has come: the answer, and what the probe was told. The probe asks as soon as the change is answered,
    /// and again whenever it is refused.
    ///
    /// # Errors
    ///
    /// If the change was refused, or the probe's connection closed.
    pub fn look(&mut self, now: u64) -> io::Result<()> {
        if self.answered_at.is_none() {
            return self.take_answer(now);
        }
        let Some(probe) = self.probe.as_mut().filter(|_| self.in_force_at.is_none()) else {
            return Ok(());
        };
        match probe.poll()? {
            None => {}
            Some(false) => probe.ask()?,
            Some(true) => self.in_force_at = Some(now),
        }
        Ok(())
    }

    fn take_answer(&mut self, now: u64) -> io::Result<()> {
        match self.pending.poll()? {
            None => return Ok(()),
            Some(200..=299) => self.answered_at = Some(now),
            Some(_) => return Err(io::Error::other(self.pending.text())),
        }
        self.probe.as_mut().map_or(Ok(()), Probe::ask)
    }

    /// Counts members that were disconnected.
    pub fn note_disconnected(&mut self, count: usize, now: u64) {
        if count > 0 {
            self.disconnected += count;
            self.in_force_at = Some(now);
        }
    }

    /// Seconds from the request to its answer.
    pub fn answered_seconds(&self) -> Option<f64> {
        self.answered_at.map(|at| self.seconds_until(at))
    }

    /// Seconds from the request until all had come of it.
    pub fn in_force_seconds(&self) -> Option<f64> {
        self.in_force_at.map(|at| self.seconds_until(at))
    }

    fn seconds_until(&self, at: u64) -> f64 {
        (at - self.asked_at) as f64 / 1e9
    }

    /// Notes what has not come of the change, or too much.
    pub fn check(&self, faults: &mut Faults) {
        let (method, path) = (self.change.request.method, self.change.request.path);
        let expected = self.change.disconnects;
        if self.disconnected != expected {
            let disconnected = self.disconnected;
            faults.add(format!(
                "{method} {path}: {disconnected} members disconnected, not {expected}"
            ));
        }
        if self.answered_at.is_none() || self.in_force_at.is_none() {
            faults.add(format!(
                "{method} {path} was not in force when its measurement ended: use more --seconds"
            ));
        }
    }
}
