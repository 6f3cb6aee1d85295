//! UTF-8 as MQTT allows it, held against a naive reading of v5 1.5.4.

use packet::{DecodeError, PublishProperties, validate_text};

/// What the standard says about one character, said plainly.
fn naive(character: char) -> Result<(), DecodeError> {
    let code = u32::from(character);
    match code {
        0 => Err(DecodeError::TextNull),
        0x01..=0x1F | 0x7F..=0x9F => Err(DecodeError::TextControl),
        0xFDD0..=0xFDEF => Err(DecodeError::TextNonCharacter),
        _ if code % 0x1_0000 == 0xFFFE || code % 0x1_0000 == 0xFFFF => {
            Err(DecodeError::TextNonCharacter)
        }
        _ => Ok(()),
    }
}

/// v5 [MQTT-1.5.4-2], v5 [MQTT-1.5.4-3], v3.1.1 [MQTT-1.5.3-2], v3.1.1 [MQTT-1.5.3-3].
#[test]
fn every_character_is_taken_or_refused_wherever_it_stands() {
    for character in '\0'..=char::MAX {
        for text in [
            character.to_string(),
            format!("1234567{character}"),
            format!("{character}12345678"),
        ] {
            let expected = naive(character).map(|()| text.as_str());
            assert_eq!(
                validate_text(text.as_bytes()),
                expected,
                "U+{:04X}",
                u32::from(character)
            );
        }
    }
}

/// v5 [MQTT-1.5.4-1], v3.1.1 [MQTT-1.5.3-1].
#[test]
fn every_surrogate_is_ill_formed() {
    for code in 0xD800..=0xDFFF_u16 {
        let bytes = [
            0xED,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ];
        assert_eq!(validate_text(&bytes), Err(DecodeError::TextIllFormed));
    }
}

#[test]
fn every_byte_is_seen_at_every_place_of_a_short_text() {
    for length in 1..=33 {
        for place in 0..length {
            for byte in 0..=0xFF {
                let mut bytes = vec![b'a'; length];
                bytes[place] = byte;
                let expected = match byte {
                    0x80.. => Err(DecodeError::TextIllFormed),
                    _ => naive(char::from(byte)).map(|()| str::from_utf8(&bytes).unwrap()),
                };
                assert_eq!(
                    validate_text(&bytes),
                    expected,
                    "{byte:02x} at {place} of {length}"
                );
            }
        }
    }
}

/// The codec looks at eight bytes together; no pair of neighbours may hide each other.
#[test]
fn every_pair_of_bytes_is_judged_as_one_after_the_other() {
    for first in 0..=0x7F {
        for second in 0..=0x7F {
            for place in 0..7 {
                let mut bytes = *b"abcdefgh";
                bytes[place] = first;
                bytes[place + 1] = second;
                let expected = naive(char::from(first))
                    .and_then(|()| naive(char::from(second)))
                    .map(|()| str::from_utf8(&bytes).unwrap());
                assert_eq!(validate_text(&bytes), expected);
            }
        }
    }
}

#[test]
fn no_text_is_text() {
    assert_eq!(validate_text(b""), Ok(""));
}

/// v5 [MQTT-1.5.4-1], v5 [MQTT-1.5.4-2]: user properties that follow one another are read in one go.
#[test]
fn every_text_of_a_run_of_user_properties_is_checked() {
    let fields: [&[u8]; 6] = [b"site", b"north", b"", b"a", b"longer name", b"kelvin"];
    let run = |fields: &[&[u8]]| {
        let mut block = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            if place % 2 == 0 {
                block.push(0x26);
            }
            block.extend([0, u8::try_from(field.len()).unwrap()]);
            block.extend_from_slice(field);
        }
        block
    };
    for place in 0..fields.len() {
        for (wrong, error) in [
            (&b"\xFF"[..], DecodeError::TextIllFormed),
            (b"nu\0l", DecodeError::TextNull),
            (b"a rather long te\x7Ft", DecodeError::TextControl),
        ] {
            let mut fields = fields;
            fields[place] = wrong;
            assert_eq!(PublishProperties::decode(&run(&fields)), Err(error));
        }
    }
    let whole = run(&fields);
    let ends: Vec<_> = (0..=3)
        .map(|users| run(&fields[..users * 2]).len())
        .collect();
    for length in 0..=whole.len() {
        let (front, _) = whole.split_at(length);
        let expected = match ends.contains(&length) {
            true => Ok(length),
            false => Err(DecodeError::Truncated),
        };
        let bytes = PublishProperties::decode(front).map(|got| got.user_property_bytes);
        assert_eq!(bytes, expected, "{length} bytes");
    }
}
