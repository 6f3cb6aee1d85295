//! The hash of a path: of all levels from the root to a node.
//!
//! It is a polynomial over the integers modulo the prime p = 2^61 - 1, evaluated at a secret point: the blocks of the
//! path (see [`level`](super::level)) are the coefficients. Two different paths of at most n blocks are two different
//! polynomials, which have the same value at no more than n of the p points. So whoever chooses filters without knowing
//! the seed gets two of them into the same one of 2^b buckets with a probability of at most about 2n / 2^b, which is what
//! random paths have, times 2n: their lookups can't be made slow on purpose, and no assumption about a cipher is needed.
//!
//! Hashing the path and not (parent, level) has a reason too: the hashes of all levels of a topic follow from its text
//! alone, so a processor fetches the next level's bucket from memory while it still waits for this level's node.

use super::level::{Level, blocks};

const PRIME: u64 = (1 << 61) - 1;

/// The hash of a path, less than 2^61. Its low bits are as good as any.
#[derive(Clone, Copy)]
pub(super) struct PathHash(u64);

impl PathHash {
    /// What a node keeps: enough to find its bucket again, whatever their number.
    pub(super) const fn low(self) -> u32 {
        self.0 as u32
    }
}

/// The secret.
pub(super) struct PathHasher {
    point: u64,
    root: PathHash,
}

impl PathHasher {
    pub(super) const fn new(seed: [u64; 2]) -> Self {
        // 0 and 1 would make all paths of one length alike.
        let point = 2 + spread(seed[0]) % (PRIME - 2);
        Self {
            point,
            root: PathHash(spread(seed[1]) % PRIME),
        }
    }

    /// The hash of the empty path.
    pub(super) const fn root(&self) -> PathHash {
        self.root
    }

    /// The hash of `parent` followed by `level`.
    #[inline]
    pub(super) fn child(&self, parent: PathHash, level: &Level<'_>) -> PathHash {
        if level.is_long() {
            return blocks(level.text).fold(parent, |hash, block| self.absorb(hash, block));
        }
        let hash = self.absorb(parent, level.first);
        if level.second == 0 {
            hash
        } else {
            self.absorb(hash, level.second)
        }
    }

    /// (hash + block) × point mod p.
    #[inline]
    const fn absorb(&self, hash: PathHash, block: u64) -> PathHash {
        let product = (hash.0 + block) as u128 * self.point as u128; // below 2^123
        let folded = (product as u64 & PRIME) + (product >> 61) as u64; // 2^61 ≡ 1
        let value = (folded & PRIME) + (folded >> 61);
        PathHash(if value >= PRIME { value - PRIME } else { value })
    }
}

/// Makes a point in the middle of nowhere out of a small number too, since tests count their seeds: a point near 0
/// leaves the low bits of similar paths alike. This is the finalizer of SplitMix64 (Steele, Lea and Flood 2014).
const fn spread(seed: u64) -> u64 {
    let sum = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

// A hash (below 2^61) and a block (at most 8 × 2^56 and seven bytes) fit into one word.
const _: () = assert!(PRIME.checked_add(9 << 56).is_some());
