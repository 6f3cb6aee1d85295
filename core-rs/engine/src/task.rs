//! Work that was put off, so that no input does more than its share. One queue serves every kind.

use std::mem;

use crate::delivery::fanout::Job;
use crate::permission::Grants;
use crate::will::Will;
use crate::{Engine, Output};

/// Something to go on with.
#[derive(Debug)]
pub enum Task {
    /// Parse on what a connection has sent.
    Parse(u32),
    /// Go on with a fan-out.
    Fanout(Box<Job>),
    /// Send a session what it can take.
    Pump(u32),
    /// Fire a session's will.
    Will(Box<Will>, Grants),
    /// Take a session apart.
    EndSession(u32),
    /// Look at the deadlines that are left.
    Deadlines,
    /// Check again what the sessions of a permission set may do, from this session on.
    Recheck {
        /// The set.
        set: u32,
        /// The next session.
        from: u32,
    },
    /// Go on with the check of a session whose rights have changed.
    RecheckSession(u32),
    /// Page bodies out; so many have been looked at.
    PageOut(usize),
    /// Drop the next messages of a queue.
    ClearQueue {
        /// Whose.
        session: u32,
        /// How many.
        left: usize,
    },
    /// Publish the next of the `$SYS` topics.
    Sys(usize),
}

impl Task {
    /// Bytes that it holds, as the account has them.
    pub(crate) fn charged(&self) -> usize {
        match self {
            Self::Will(will, _) => will.charged(),
            _ => 0,
        }
    }
}

impl Engine {
    pub(crate) fn add_task(&mut self, task: Task) {
        self.tasks.push_back(task);
    }

    /// Takes `units` off the work that this input may still do.
    #[inline]
    pub(crate) fn spend(&mut self, units: usize) {
        self.work = self
            .work
            .saturating_sub(u32::try_from(units).unwrap_or(u32::MAX));
    }

    /// Goes on with what was put off, each in turn, until the work of this input is done.
    pub(crate) fn run_tasks(&mut self) {
        let mut rounds = self.tasks.len();
        while self.work > 0 && rounds > 0 {
            let Some(task) = self.tasks.pop_front() else {
                break;
            };
            rounds -= 1;
            self.run_task(task);
        }
    }

    /// A task is given all the work that is left, so that it comes on even where that is one unit.
    fn run_task(&mut self, task: Task) {
        let before = self.work;
        match task {
            Task::Parse(slot) => self.parse(slot),
            Task::Fanout(job) => self.continue_job(job),
            Task::Pump(session) => {
                if let Some(target) = self.sessions.get_mut(session) {
                    target.pumping = false;
                    self.pump(session);
                }
            }
            Task::Will(will, grants) => {
                self.publish_will(&will, &grants);
                self.wills_due -= 1;
                self.release_batch();
            }
            Task::EndSession(session) => self.take_apart(session),
            Task::Deadlines => {
                self.deadlines_put_off = false;
                self.run_deadlines();
            }
            Task::Recheck { set, from } => {
                self.set_rechecks -= 1;
                self.recheck_set(set, from);
            }
            Task::RecheckSession(session) => self.continue_recheck(session),
            Task::PageOut(from) => self.page_out(from),
            Task::ClearQueue { session, left } => self.clear_queue(session, left),
            Task::Sys(index) => self.publish_sys(index),
        }
        if self.work == before {
            self.spend(1);
        }
    }

    /// Says once per input that work is left.
    pub(crate) fn tell_more(&mut self) {
        if !self.tasks.is_empty() {
            self.say_more();
        }
    }

    pub(crate) fn say_more(&mut self) {
        if !mem::replace(&mut self.more_told, true) {
            self.outputs.push(Output::More);
        }
    }
}
