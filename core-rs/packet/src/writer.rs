//! Appends the data types of v5 1.5 to a buffer.

use crate::version::PacketId;

/// How many bytes [`put_variable_integer`] takes for `value`.
#[inline]
pub(crate) const fn variable_integer_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

/// The whole length of a packet with this Remaining Length, its fixed header included.
#[inline]
pub(crate) const fn packet_len(remaining: usize) -> usize {
    1 + variable_integer_len(remaining) + remaining
}

/// v5 1.5.5. Callers keep `value` within four bytes of seven bits.
#[inline]
pub(crate) fn put_variable_integer(out: &mut Vec<u8>, value: usize) {
    debug_assert!(value <= crate::frame::REMAINING_LENGTH_MAX);
    let mut rest = value;
    while rest > 0x7F {
        out.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[inline]
pub(crate) fn put_fixed_header(out: &mut Vec<u8>, header: u8, remaining: usize) {
    out.push(header);
    put_variable_integer(out, remaining);
}

#[inline]
pub(crate) fn put_two_byte_integer(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

#[inline]
pub(crate) fn put_four_byte_integer(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

#[inline]
pub(crate) fn put_packet_id(out: &mut Vec<u8>, id: PacketId) {
    put_two_byte_integer(out, id.get());
}

/// The most bytes that a text or binary field can hold (v5 1.5.4, 1.5.6).
const FIELD_BYTES_MAX: usize = u16::MAX as usize;

/// How many bytes [`put_text`] takes for `text`.
#[inline]
pub(crate) fn text_len(text: &str) -> usize {
    2 + fitting_text(text).len()
}

/// v5 1.5.4. What no text field can hold is cut off, so that the bytes after it stay readable.
#[inline]
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_field(out, fitting_text(text).as_bytes());
}

/// How many bytes [`put_binary`] takes for `bytes`.
#[inline]
pub(crate) fn binary_len(bytes: &[u8]) -> usize {
    2 + fitting_bytes(bytes).len()
}

/// v5 1.5.6, with the limit of [`put_text`].
#[inline]
pub(crate) fn put_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    put_field(out, fitting_bytes(bytes));
}

#[inline]
fn put_field(out: &mut Vec<u8>, field: &[u8]) {
    put_two_byte_integer(out, field.len() as u16);
    out.extend_from_slice(field);
}

#[inline]
fn fitting_text(text: &str) -> &str {
    match text.split_at_checked(text.floor_char_boundary(FIELD_BYTES_MAX)) {
        Some((fitting, _)) => fitting,
        None => text,
    }
}

#[inline]
fn fitting_bytes(bytes: &[u8]) -> &[u8] {
    bytes.get(..FIELD_BYTES_MAX).unwrap_or(bytes)
}
