//! Outputs as records of six words: kind and five values, of which each kind uses the first ones.
//!
//! | kind | values |
//! |---|---|
//! | 1 lend | slot, generation, address, length |
//! | 2 send | slot, generation, address, length |
//! | 3 close | slot, generation, reason |
//! | 4 decide | slot, generation, request, again |
//! | 5 result | request, reason |
//! | 6 journal | sequence low, high, address, length |
//! | 7 load | body low, high |
//! | 8 event | offset in the text, length |
//! | 9 wake | milliseconds low, high |
//! | 10 more | – |

use engine::Output;

use crate::state::State;
use crate::text;

/// Words of a record.
pub(crate) const WORDS: usize = 6;

#[allow(
    clippy::cast_possible_truncation,
    reason = "an address has 32 bits in WebAssembly, and so have both halves of a number"
)]
fn low(number: u64) -> u32 {
    number as u32
}

fn high(number: u64) -> u32 {
    low(number >> 32)
}

fn address(bytes: &[u8]) -> (u32, u32) {
    (low(bytes.as_ptr() as u64), low(bytes.len() as u64))
}

impl State {
    #[inline]
    pub(crate) fn write_record(&mut self, output: &Output) {
        let record = match output {
            Output::Lend { connection } => {
                let (pointer, length) = address(self.engine.inbox(*connection));
                [
                    1,
                    connection.slot,
                    connection.generation,
                    pointer,
                    length,
                    0,
                ]
            }
            Output::Send { connection } => {
                let (pointer, length) = address(self.engine.outbox(*connection));
                [
                    2,
                    connection.slot,
                    connection.generation,
                    pointer,
                    length,
                    0,
                ]
            }
            Output::Close { connection, reason } => [
                3,
                connection.slot,
                connection.generation,
                u32::from(reason.0),
                0,
                0,
            ],
            Output::Decide {
                request,
                connection,
                again,
            } => [
                4,
                connection.slot,
                connection.generation,
                *request,
                u32::from(*again),
                0,
            ],
            Output::Result { request, reason } => [5, *request, u32::from(reason.0), 0, 0, 0],
            Output::Journal { sequence } => {
                let (pointer, length) = address(self.engine.journal_batch());
                [6, low(*sequence), high(*sequence), pointer, length, 0]
            }
            Output::Load { body } => [7, low(*body), high(*body), 0, 0, 0],
            Output::Event(event) => {
                let start = self.text.len();
                text::event(&mut self.text, event);
                [
                    8,
                    low(start as u64),
                    low((self.text.len() - start) as u64),
                    0,
                    0,
                    0,
                ]
            }
            Output::Wake { at } => [9, low(*at), high(*at), 0, 0, 0],
            Output::More => [10, 0, 0, 0, 0, 0],
        };
        self.records.extend_from_slice(&record);
    }
}
