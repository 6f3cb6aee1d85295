//! Splitting: frames follow one another without a gap, and a part of a frame is never taken for
//! a whole one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packet::{Split, split};

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    while let Ok(Split::Whole { frame, total }) = split(rest) {
        let (packet, after) = rest.split_at(total);
        assert!(packet.ends_with(frame.body));
        assert_eq!(packet.first(), Some(&frame.header));
        let (cut_off, _) = packet.split_at(total - 1);
        match split(cut_off) {
            Ok(Split::Partial { total: known, .. }) => {
                assert!(known.is_none_or(|known| known == total));
            }
            other => panic!("a part of a packet gives {other:?}"),
        }
        rest = after;
    }
});
