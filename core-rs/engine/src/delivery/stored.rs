//! A message's way into the journal.

use super::message::Carried;
use crate::Engine;
use crate::journal::operation::Operation;

impl Engine {
    /// Records the message unless the journal has it, and gives its body's number.
    pub(crate) fn journal_stored(&mut self, carried: &mut Carried<'_>) -> u64 {
        let body = carried.body(&mut self.bodies, &mut self.memory);
        let number = self.bodies.get(body).number();
        if !carried.journalled {
            let wall_offset = self.clock.wall() - self.clock.now();
            let expires = carried.message.expires_at.map_or(0, |at| at + wall_offset);
            let sequence = self.journal.record(&Operation::Stored { body: number, message: &carried.message, expires });
            self.bodies.set_journalled(body, sequence);
            carried.journalled = true;
        }
        number
    }
}
