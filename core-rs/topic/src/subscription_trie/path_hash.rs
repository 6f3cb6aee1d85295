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
        let point = 2 + seed[0] % (PRIME - 2);
        Self {
            point,
            root: PathHash(seed[1] % PRIME),
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

// A hash (below 2^61) and a block (at most 8 × 2^56 and seven bytes) fit into one word.
const _: () = assert!(PRIME.checked_add(9 << 56).is_some());

#[cfg(test)]
mod tests {
    use super::super::seed::spread;
    use super::*;

    const PATHS: u64 = 4096;
    const BUCKETS: u64 = 2 * PATHS;

    fn hash(hasher: &PathHasher, path: &str) -> PathHash {
        let mut at = 0;
        let mut hash = hasher.root();
        while at <= path.len() {
            let (level, next) = Level::read(path.as_bytes(), at);
            hash = hasher.child(hash, &level);
            at = next;
        }
        hash
    }

    /// How many pairs of paths share a bucket.
    fn colliding_pairs(hasher: &PathHasher, path: impl Fn(u64) -> String) -> u64 {
        let mut buckets = vec![0_u64; BUCKETS as usize];
        for number in 0..PATHS {
            let bucket = hash(hasher, &path(number)).low() as u64 % BUCKETS;
            buckets[bucket as usize] += 1;
        }
        buckets
            .iter()
            .map(|&count| count * count.saturating_sub(1) / 2)
            .sum()
    }

    #[test]
    fn paths_that_differ_in_a_regular_way_share_no_more_buckets_than_random_ones_would() {
        let random = PATHS * (PATHS - 1) / 2 / BUCKETS;
        let ways: [fn(u64) -> String; 5] = [
            |number| format!("devices/{number}"),
            |number| format!("{number:08}/state"),
            |number| format!("floor {}/room {}", number / 64, number % 64),
            |number| format!("0b7f3a52-77aa-4c1e-9d1c-0000{number:08x}/cmd"),
            |number| "/".repeat(number as usize % 64) + &"a".repeat(number as usize / 64),
        ];
        let mut total = 0;
        for seed in 0..20 {
            let hasher = PathHasher::new([spread(seed), spread(seed + 1000)]);
            for way in ways {
                let pairs = colliding_pairs(&hasher, way);
                assert!(
                    pairs < 4 * random,
                    "{pairs} pairs with seed {seed}, not about {random}"
                );
                total += pairs;
            }
        }
        let mean = total / 100;
        assert!(
            mean < random * 5 / 4,
            "{mean} pairs on average, not about {random}"
        );
    }
}
