//! Round trips: what is encoded, split and decoded again is what it was, for each packet and
//! version; and no bytes whatever make the codec panic.

mod client_packets;
mod hostile;
mod server_packets;
mod strategies;

use packet::{Frame, Split, split};

/// Splits `bytes`, which are one packet, and checks on the way that each part of it and nothing
/// less is known to be a part.
fn split_whole(bytes: &[u8]) -> Frame<'_> {
    for length in (0..bytes.len().min(80)).chain(bytes.len().saturating_sub(3)..bytes.len()) {
        let (front, _) = bytes.split_at(length);
        let Ok(Split::Partial { header, total }) = split(front) else {
            panic!("{length} of {} bytes are not a whole packet", bytes.len());
        };
        assert_eq!(header, front.first().copied());
        assert!(total.is_none_or(|total| total == bytes.len()));
        assert!(total.is_some() || length < 5);
    }
    let mut followed = bytes.to_vec();
    followed.extend([0xFF; 6]);
    let Ok(Split::Whole { frame, total }) = split(&followed) else {
        panic!("no whole packet in {bytes:02x?}");
    };
    assert_eq!(total, bytes.len());
    let Ok(Split::Whole { frame: alone, .. }) = split(bytes) else {
        panic!("no whole packet in {bytes:02x?}");
    };
    assert_eq!(frame, alone);
    assert!(!alone.padded);
    alone
}
