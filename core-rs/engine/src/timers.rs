//! Deadlines, exact to the millisecond and never early.
//!
//! A heap, in which every slot of a connection or session is armed for one moment: whoever is woken works out
//! when it must be woken next. What is armed for later than it turns out to be needed stays in the heap until
//! then and is skipped, so a client that comes and goes does not make the heap grow.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Whom a deadline concerns.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Deadline {
    /// The connection in this slot: its CONNECT, its keep alive, its last bytes.
    Connection(u32),
    /// The session in this slot: its expiry, its will.
    Session(u32),
    /// The retained message that expires next.
    Retained,
    /// `$SYS`.
    Sys,
}

const UNARMED: u64 = u64::MAX;

/// All deadlines that are still to come.
#[derive(Debug, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<(u64, Deadline)>>,
    connections: Vec<u64>,
    sessions: Vec<u64>,
    retained: u64,
    sys: u64,
}

impl Timers {
    /// No deadlines.
    #[must_use]
    pub fn new() -> Self {
        Self {
            retained: UNARMED,
            sys: UNARMED,
            ..Self::default()
        }
    }

    fn armed(&mut self, deadline: Deadline) -> &mut u64 {
        let (table, slot) = match deadline {
            Deadline::Connection(slot) => (&mut self.connections, slot as usize),
            Deadline::Session(slot) => (&mut self.sessions, slot as usize),
            Deadline::Retained => return &mut self.retained,
            Deadline::Sys => return &mut self.sys,
        };
        if table.len() <= slot {
            table.resize(slot + 1, UNARMED);
        }
        &mut table[slot]
    }

    /// Wakes `deadline` at `at` milliseconds of the monotonic clock, unless it is woken earlier anyway.
    pub fn arm(&mut self, deadline: Deadline, at: u64) {
        let armed = self.armed(deadline);
        if at < *armed {
            *armed = at;
            self.heap.push(Reverse((at, deadline)));
        }
    }

    /// Takes the earliest deadline that lies at or before `now`.
    pub fn due(&mut self, now: u64) -> Option<Deadline> {
        while self.next()? <= now {
            let Reverse((at, deadline)) = self.heap.pop()?;
            let armed = self.armed(deadline);
            if *armed == at {
                *armed = UNARMED;
                return Some(deadline);
            }
        }
        None
    }

    /// When the earliest deadline is.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}
