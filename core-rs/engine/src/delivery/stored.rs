//! A message's way into the journal.

use super::message::Carried;
use crate::Engine;
use crate::journal::operation::Operation;

impl Engine {
    /// The number of a new entry, in the partition of its owner.
    pub(crate) fn next_entry(&mut self, owner: u64) -> u64 {
        self.last_number += 1;
        self.last_number << crate::PARTITION_BITS | owner & ((1 << crate::PARTITION_BITS) - 1)
    }

    /// Records the message unless the journal has it, counts what the caller records of it, and gives its body's
    /// number.
    pub(crate) fn journal_stored(&mut self, carried: &mut Carried<'_>) -> u64 {
        let body = carried.body(&mut self.bodies, &mut self.memory);
        let number = self.bodies.get(body).number();
        if !self.bodies.get(body).journalled() {
            let expires = carried
                .message
                .expires_at
                .map_or(0, |at| self.clock.wall_of(at));
            let sequence = self.journal.record(&Operation::Stored {
                body: number,
                message: &carried.message,
                expires,
            });
            self.bodies.set_journalled(body, sequence);
        }
        self.bodies.owe(body);
        number
    }
}
