//! Secret numbers out of the caller's.

/// Makes a number of 64 good bits out of one that may be small, since tests count their seeds: the hashes here multiply
/// by it, and a small factor leaves them all alike. This is the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
pub(super) const fn spread(seed: u64) -> u64 {
    let sum = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
