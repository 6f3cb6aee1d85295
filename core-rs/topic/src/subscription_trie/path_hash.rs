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
    ///
    /// By halves of 32 bits: WebAssembly has no product of 128 bits, and the function that stands in for it costs more
    /// than all of this.
    #[inline]
    const fn absorb(&self, hash: PathHash, block: u64) -> PathHash {
        const LOW: u64 = u32::MAX as u64;
        let (sum, point) = (hash.0 + block, self.point);
        let low = (sum & LOW) * (point & LOW);
        let middle = (sum & LOW) * (point >> 32) + (sum >> 32) * (point & LOW);
        let high = (sum >> 32) * (point >> 32);
        // 2^61 ≡ 1, so 2^64 ≡ 2^3, and what stands above bit 61 is added at the bottom.
        let middle_low = (middle & (PRIME >> 32)) << 32;
        let folded = (high << 3) + (middle >> 29) + middle_low + (low >> 61) + (low & PRIME);
        let value = (folded >> 61) + (folded & PRIME);
        PathHash(if value >= PRIME { value - PRIME } else { value })
    }
}

// A hash is below 2^61, a block at most 8 × 2^56 and seven bytes. So a sum is below 2^62, `middle` below 2^63,
// and the parts of `folded` are below 2^62, 2^34, 2^61, 2^3 and 2^61: nothing overflows.
const _: () = assert!(PRIME + (9 << 56) < 1 << 62);

#[cfg(test)]
mod tests {
    use super::super::seed::spread;
    use super::*;

    /// The same in one product.
    fn absorb_plainly(point: u64, hash: u64, block: u64) -> u64 {
        (u128::from(hash + block) * u128::from(point) % u128::from(PRIME)) as u64
    }

    #[test]
    fn absorbing_by_halves_is_multiplication_modulo_the_prime() {
        let blocks = [0, 1, 1 << 56, (8 << 56) | ((1 << 56) - 1), 0x1234_5678_9abc];
        let edges = [
            0,
            1,
            2,
            LOW_HALF,
            LOW_HALF + 1,
            PRIME / 2,
            PRIME - 2,
            PRIME - 1,
        ];
        for point in edges
            .into_iter()
            .chain((0..200).map(|seed| spread(seed) % PRIME))
        {
            for hash in edges
                .into_iter()
                .chain((0..50).map(|seed| spread(seed + 999) % PRIME))
            {
                for block in blocks {
                    let hasher = PathHasher {
                        point,
                        root: PathHash(0),
                    };
                    let absorbed = hasher.absorb(PathHash(hash), block).0;
                    assert_eq!(absorbed, absorb_plainly(point, hash, block));
                }
            }
        }
    }

    const LOW_HALF: u64 = u32::MAX as u64;
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
