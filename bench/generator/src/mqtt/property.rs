//! MQTT 5 properties: v5 section 2.2.2.

use super::frame::{Length, read_length, write_length};

const SESSION_EXPIRY_INTERVAL: u8 = 0x11;
const RECEIVE_MAXIMUM: u8 = 0x21;
const USER_PROPERTY: u8 = 0x26;

/// One user property.
pub type UserProperty = (String, String);

/// Appends a property block with the given user properties, in their order.
pub fn write_user_properties(out: &mut Vec<u8>, properties: &[UserProperty]) {
    let mut block = Vec::new();
    for (name, value) in properties {
        block.push(USER_PROPERTY);
        write_text(&mut block, name);
        write_text(&mut block, value);
    }
    write_length(out, block.len());
    out.extend_from_slice(&block);
}

/// Appends the property block of a CONNECT.
pub fn write_connect_properties(
    out: &mut Vec<u8>,
    receive_maximum: u16,
    session_expiry_seconds: Option<u32>,
) {
    let mut block = vec![RECEIVE_MAXIMUM];
    block.extend_from_slice(&receive_maximum.to_be_bytes());
    if let Some(seconds) = session_expiry_seconds {
        block.push(SESSION_EXPIRY_INTERVAL);
        block.extend_from_slice(&seconds.to_be_bytes());
    }
    write_length(out, block.len());
    out.extend_from_slice(&block);
}

/// Appends a UTF-8 string with its two-byte length: v5 section 1.5.4.
///
/// # Panics
///
/// If `text` is longer than 65,535 bytes.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("a string of MQTT has at most 65,535 bytes");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Takes a property block off `bytes`: the block without its length, and what follows it.
#[inline]
pub fn split_block(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match read_length(bytes) {
        Length::Known(length, rest) => rest.split_at_checked(length),
        Length::Partial | Length::Malformed => None,
    }
}

/// One property as it lies in a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Property<'a> {
    identifier: u8,
    value: &'a [u8],
}

/// The receive maximum in a block, if there is one.
pub fn receive_maximum(block: &[u8]) -> Option<u16> {
    let found = properties(block).find(|property| property.identifier == RECEIVE_MAXIMUM)?;
    Some(u16::from_be_bytes(*found.value.first_chunk()?))
}

/// Only the user properties of a block, as bytes and in their order.
///
/// A broker may add properties of its own; what it must keep is these: v5 [MQTT-3.3.2-17] and [MQTT-3.3.2-18].
pub fn only_user_properties(block: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    for property in properties(block).filter(|property| property.identifier == USER_PROPERTY) {
        kept.push(USER_PROPERTY);
        kept.extend_from_slice(property.value);
    }
    kept
}

fn properties(block: &[u8]) -> impl Iterator<Item = Property<'_>> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let (&identifier, tail) = rest.split_first()?;
        let (value, tail) = tail.split_at_checked(value_length(identifier, tail)?)?;
        rest = tail;
        Some(Property { identifier, value })
    })
}

/// How many bytes the value of a property takes: v5 table 2-4.
fn value_length(identifier: u8, bytes: &[u8]) -> Option<usize> {
    match identifier {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2A => Some(1),
        0x13 | 0x21 | 0x22 | 0x23 => Some(2),
        0x02 | 0x11 | 0x18 | 0x27 => Some(4),
        0x0B => match read_length(bytes) {
            Length::Known(_, rest) => Some(bytes.len() - rest.len()),
            Length::Partial | Length::Malformed => None,
        },
        0x03 | 0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1A | 0x1C | 0x1F => text_length(bytes),
        0x26 => {
            let name = text_length(bytes)?;
            Some(name + text_length(bytes.get(name..)?)?)
        }
        _ => None,
    }
}

fn text_length(bytes: &[u8]) -> Option<usize> {
    Some(2 + usize::from(u16::from_be_bytes(*bytes.first_chunk()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs() -> Vec<UserProperty> {
        vec![
            ("site".into(), "north".into()),
            ("site".into(), "south".into()),
        ]
    }

    #[test]
    fn user_properties_are_found_among_others() {
        let mut own = Vec::new();
        write_user_properties(&mut own, &pairs());
        let (own, _) = split_block(&own).unwrap();
        let mut mixed = vec![
            0x01, 1, 0x02, 0, 0, 0, 9, 0x0B, 0x80, 0x01, 0x03, 0, 1, b'x',
        ];
        mixed.extend_from_slice(own);
        mixed.extend_from_slice(&[0x23, 0, 7]);
        assert_eq!(only_user_properties(&mixed), own);
    }

    #[test]
    fn order_of_user_properties_matters() {
        let (mut forth, mut back) = (Vec::new(), Vec::new());
        write_user_properties(&mut forth, &pairs());
        write_user_properties(&mut back, &pairs().into_iter().rev().collect::<Vec<_>>());
        assert_ne!(
            only_user_properties(&forth[1..]),
            only_user_properties(&back[1..])
        );
    }

    #[test]
    fn receive_maximum_is_read_back() {
        let mut block = Vec::new();
        write_connect_properties(&mut block, 300, Some(60));
        assert_eq!(receive_maximum(split_block(&block).unwrap().0), Some(300));
        assert_eq!(receive_maximum(&[0x22, 0, 10]), None);
    }
}
