//! Contents that the store has leave memory when it gets scarce, and come back when they are needed.

use crate::Engine;
use crate::budget::Pressure;
use crate::session::entry::NO_BODY;
use crate::task::Task;

impl Engine {
    /// Begins to page out once the soft mark is reached. Without a journal there is no store to bring back. Where the
    /// last look at all bodies was in vain, the next waits for something to change.
    pub(crate) fn page_out_under_pressure(&mut self) {
        let idle = !self.paging && !self.paging_in_vain;
        if self.journal.enabled() && idle && self.memory.pressure() != Pressure::None {
            self.paging = true;
            self.add_task(Task::PageOut(0));
        }
    }

    /// Pages bodies out from slot `from` on, until there is room again or all have been looked at.
    pub(crate) fn page_out(&mut self, from: usize) {
        let committed = self.journal.committed();
        for slot in from..self.bodies.slots() {
            if self.memory.pressure() == Pressure::None {
                break;
            }
            if self.work == 0 {
                return self.add_task(Task::PageOut(slot));
            }
            self.spend(1);
            self.bodies.page_out(slot, committed, &mut self.memory);
        }
        self.paging = false;
        self.paging_in_vain = self.memory.pressure() != Pressure::None;
    }

    /// Asks the store for contents that are not in memory. Always false, since nothing can be sent yet.
    pub(crate) fn load(&mut self, session: u32, body: u32) -> bool {
        debug_assert!(body != NO_BODY);
        let number = self.bodies.get(body).number();
        let Some(target) = self.sessions.get_mut(session) else {
            return false;
        };
        if !target.loading {
            target.loading = true;
            let waiting = self.loads.entry(number).or_default();
            if waiting.is_empty() {
                self.outputs.push(crate::Output::Load { body: number });
            }
            waiting.push((session, body));
        }
        false
    }

    /// The store has brought contents back, or has lost them: `contents` are forwarded properties and payload. A
    /// message that is lost is dropped wherever it heads a queue.
    pub(crate) fn take_loaded(&mut self, number: u64, contents: Option<&[u8]>) {
        self.paging_in_vain = false;
        for (session, body) in self.loads.remove(&number).unwrap_or_default() {
            if let Some(target) = self.sessions.get_mut(session) {
                target.loading = false;
            }
            if self.bodies.find(body, number).is_some() {
                let present = contents
                    .is_some_and(|contents| self.bodies.page_in(body, contents, &mut self.memory));
                if !present {
                    self.bodies.set_lost(body, &mut self.memory);
                }
            }
            self.pump(session);
        }
    }
}
