//! Eight bytes at a time, in one ordinary register: on names as short as most are this beats vector instructions,
//! which need a longer run-up, and WebAssembly has it everywhere.

const LOW_BITS: u64 = repeat(0x01);
const HIGH_BITS: u64 = repeat(0x80);

/// A word that has `byte` eight times.
pub(crate) const fn repeat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Marks the high bit of the lowest byte that is 0, if there is one. Bytes above it may be marked wrongly: the
/// subtraction borrows from them.
pub(crate) const fn mark_zero(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word & HIGH_BITS
}
