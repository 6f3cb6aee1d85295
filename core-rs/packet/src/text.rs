//! UTF-8 as MQTT allows it (v5 1.5.4, v3.1.1 1.5.3).

use crate::error::DecodeError;

/// Accepts `bytes` as the text of a UTF-8 string field.
///
/// U+FEFF is kept wherever it stands (v5 [MQTT-1.5.4-3]), and nothing is normalised. Control
/// characters and non-characters, which a receiver may refuse, are refused.
///
/// # Errors
///
/// [`DecodeError::TextIllFormed`], [`DecodeError::TextNull`], [`DecodeError::TextControl`] or
/// [`DecodeError::TextNonCharacter`].
#[inline]
pub fn validate_text(bytes: &[u8]) -> Result<&str, DecodeError> {
    let text = core::str::from_utf8(bytes).map_err(|_| DecodeError::TextIllFormed)?;
    if is_printable_ascii(bytes) {
        return Ok(text);
    }
    refuse_characters(text)?;
    Ok(text)
}

/// The same for text that nobody wants to read; plain ASCII is looked at only once.
#[inline]
pub(crate) fn check_text(bytes: &[u8]) -> Result<(), DecodeError> {
    if is_printable_ascii(bytes) {
        Ok(())
    } else {
        check_unusual_text(bytes)
    }
}

/// Apart, so that what is inlined stays small.
#[cold]
fn check_unusual_text(bytes: &[u8]) -> Result<(), DecodeError> {
    validate_text(bytes).map(drop)
}

/// Whether every byte is in 0x20..=0x7E, eight of them at a time. The last eight may be looked at
/// twice, which is cheaper than to go through a rest byte by byte.
#[inline]
fn is_printable_ascii(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return is_short_printable_ascii(bytes);
    };
    let (words, _) = bytes.as_chunks::<8>();
    let outside = words.iter().fold(outside_ascii(*last), |found, word| {
        found | outside_ascii(*word)
    });
    outside & TOP == 0
}

/// The same of fewer than eight bytes: names and values of user properties mostly are that short.
/// The first four and the last four make one word.
#[inline]
fn is_short_printable_ascii(bytes: &[u8]) -> bool {
    let (Some(&[a, b, c, d]), Some(&[e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk())
    else {
        return bytes.iter().all(|byte| matches!(byte, 0x20..=0x7E));
    };
    outside_ascii([a, b, c, d, e, f, g, h]) & TOP == 0
}

/// The top bit of each byte.
const TOP: u64 = u64::from_ne_bytes([0x80; 8]);

/// Sets the top bit of each byte that is not in 0x20..=0x7E, and any of the other bits.
///
/// With the top bit known to be clear in each byte, adding 1 sets it for 0x7F and nothing else,
/// and subtracting 0x20 from the byte with its top bit set clears that bit below 0x20. Neither
/// carries into the next byte.
#[inline]
const fn outside_ascii(bytes: [u8; 8]) -> u64 {
    const ONE: u64 = u64::from_ne_bytes([1; 8]);
    const SPACE: u64 = u64::from_ne_bytes([0x20; 8]);
    let word = u64::from_ne_bytes(bytes);
    let ascii = word & !TOP;
    word | (ascii + ONE) | !((ascii | TOP) - SPACE)
}

/// Looks at each character; most text never gets here.
#[cold]
fn refuse_characters(text: &str) -> Result<(), DecodeError> {
    text.chars().try_for_each(|character| match character {
        '\0' => Err(DecodeError::TextNull),
        '\u{1}'..='\u{1F}' | '\u{7F}'..='\u{9F}' => Err(DecodeError::TextControl),
        _ if is_non_character(character) => Err(DecodeError::TextNonCharacter),
        _ => Ok(()),
    })
}

/// U+FDD0..U+FDEF, and the last two code points of every plane.
const fn is_non_character(character: char) -> bool {
    let code = character as u32;
    matches!(code, 0xFDD0..=0xFDEF) || code & 0xFFFE == 0xFFFE
}
