//! Contents that the store has leave memory when it gets scarce, and come back when they are needed.

use crate::Engine;
use crate::budget::Pressure;
use crate::session::entry::NO_BODY;
use crate::task::Task;

/// Messages of a queue that are asked of the store together.
const LOAD_WINDOW: usize = 64;

impl Engine {
    /// Whether contents that the store has should leave memory.
    fn pages_out(&self) -> bool {
        self.journal.enabled()
            && (self.memory.pressure() != Pressure::None
                || self.bodies.resident() as u64 > self.limits.body_cache_bytes)
    }

    /// Begins to page out once there is too much in memory. Without a journal there is no store to bring it back.
    /// Where the last look at all bodies was in vain, the next waits for something to change.
    pub(crate) fn page_out_under_pressure(&mut self) {
        if !self.paging && !self.paging_in_vain && self.pages_out() {
            self.paging = true;
            self.add_task(Task::PageOut(0));
        }
    }

    /// Pages bodies out, from where it stopped the last time, until there is a quarter to spare or all have been
    /// looked at. `looked`: how many have been so far.
    pub(crate) fn page_out(&mut self, looked: usize) {
        let committed = self.journal.committed();
        let slots = self.bodies.slots();
        let spare = self.limits.body_cache_bytes / 4 * 3;
        for step in looked..slots {
            if self.memory.pressure() == Pressure::None && self.bodies.resident() as u64 <= spare {
                break;
            }
            if self.work == 0 {
                return self.add_task(Task::PageOut(step));
            }
            self.spend(1);
            self.page_hand = (self.page_hand + 1) % slots;
            self.bodies
                .page_out(self.page_hand, committed, &mut self.memory);
        }
        self.paging = false;
        self.paging_in_vain = self.pages_out();
    }

    /// Asks the store for contents that are not in memory, and for those that follow in the session's queue. Always
    /// false, since nothing can be sent yet.
    pub(crate) fn load(&mut self, session: u32, body: u32) -> bool {
        debug_assert!(body != NO_BODY);
        if self.ask_for(session, body) {
            self.ask_for_next(session);
        }
        false
    }

    /// False if this session waits for these contents already.
    fn ask_for(&mut self, session: u32, body: u32) -> bool {
        let number = self.bodies.get(body).number();
        let waiting = self.loads.entry(number).or_default();
        if waiting.iter().any(|(waits, _)| *waits == session) {
            return false;
        }
        if waiting.is_empty() {
            self.outputs.push(crate::Output::Load { body: number });
        }
        waiting.push((session, body));
        true
    }

    fn ask_for_next(&mut self, session: u32) {
        let Some(target) = self.sessions.get(session) else {
            return;
        };
        let window = target
            .queue
            .iter()
            .take(LOAD_WINDOW)
            .map(|queued| queued.body);
        let away: Vec<u32> = window
            .filter(|body| !self.bodies.get(*body).resident())
            .collect();
        self.spend(away.len());
        for body in away {
            self.ask_for(session, body);
        }
    }

    /// The store has brought contents back, or has lost them: `contents` are forwarded properties and payload. A
    /// message that is lost is dropped wherever it heads a queue.
    pub(crate) fn take_loaded(&mut self, number: u64, contents: Option<&[u8]>) {
        self.paging_in_vain = false;
        for (session, body) in self.loads.remove(&number).unwrap_or_default() {
            if self.bodies.find(body, number).is_some() {
                let present = contents
                    .is_some_and(|contents| self.bodies.page_in(body, contents, &mut self.memory));
                if !present {
                    self.bodies.set_lost(body, &mut self.memory);
                }
            }
            self.pump_if_waiting(session);
        }
    }
}
