//! What holds after every input.

use crate::world::World;

impl World {
    /// Checks the memory account, everything that is lent, and the work that was done. `sent`: packets sent before.
    pub(crate) fn check_invariants(&mut self, sent: u64) {
        let (told, counted) = (
            self.engine.gauges().memory_used_bytes,
            self.engine.counted_memory(),
        );
        self.oracle.require(told == counted, || {
            format!("the account says {told} bytes where {counted} are held")
        });
        self.check_loans();
        let done = self.engine.counters().messages_sent - sent;
        let bound = 2 * self.profile.limits.work_units + 16;
        let shutting = self.shutting_down;
        self.oracle.require(done <= bound || shutting, || {
            format!("one input sends {done} packets where the work allows {bound}")
        });
    }

    /// Lent memory neither moves nor changes.
    fn check_loans(&mut self) {
        for link in self.links.values().filter(|link| !link.closed) {
            let inbox = link
                .inbox
                .as_ref()
                .is_none_or(|loan| loan.untouched(self.engine.inbox(link.id)));
            let outbox = link
                .outbox
                .as_ref()
                .is_none_or(|loan| loan.untouched(self.engine.outbox(link.id)));
            let id = link.id;
            self.oracle
                .require(inbox, || format!("the lent inbox of {id:?} is touched"));
            self.oracle
                .require(outbox, || format!("the lent outbox of {id:?} is touched"));
        }
    }
}
