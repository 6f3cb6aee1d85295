//! Durations with a bounded relative error, in constant memory.

use serde::Serialize;

/// Each power of two is cut into this many buckets, so a value is off by less than 1/64.
const BUCKETS_PER_OCTAVE_BITS: u32 = 6;
const BUCKETS_PER_OCTAVE: u64 = 1 << BUCKETS_PER_OCTAVE_BITS;
const BUCKETS: usize = (64 - BUCKETS_PER_OCTAVE_BITS as usize + 1) * BUCKETS_PER_OCTAVE as usize;

/// Counts of durations, log-linear.
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

/// What the report says about a histogram. All durations in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// How many durations were recorded.
    pub count: u64,
    /// Median.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
    /// 99.9th percentile.
    pub p999_us: f64,
    /// Largest, exact.
    pub max_us: f64,
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
            max: 0,
        }
    }

    /// Records one duration.
    #[inline]
    pub fn record(&mut self, nanoseconds: u64) {
        self.counts[bucket(nanoseconds)] += 1;
        self.total += 1;
        self.max = self.max.max(nanoseconds);
    }

    /// The percentiles that are reported; `None` while nothing is recorded.
    pub fn summary(&self) -> Option<Summary> {
        (self.total > 0).then(|| Summary {
            count: self.total,
            p50_us: microseconds(self.quantile(0.5)),
            p99_us: microseconds(self.quantile(0.99)),
            p999_us: microseconds(self.quantile(0.999)),
            max_us: microseconds(self.max),
        })
    }

    /// The smallest recorded upper bound that at least `share` of the durations do not exceed.
    fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper_bound(index).min(self.max);
            }
        }
        self.max
    }
}

fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}

#[inline]
fn bucket(value: u64) -> usize {
    if value < BUCKETS_PER_OCTAVE {
        return value as usize;
    }
    let shift = value.ilog2() - BUCKETS_PER_OCTAVE_BITS;
    ((u64::from(shift + 1) << BUCKETS_PER_OCTAVE_BITS) + (value >> shift) - BUCKETS_PER_OCTAVE)
        as usize
}

fn upper_bound(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < BUCKETS_PER_OCTAVE {
        return bucket;
    }
    let shift = (bucket >> BUCKETS_PER_OCTAVE_BITS) - 1;
    let lowest = ((bucket & (BUCKETS_PER_OCTAVE - 1)) + BUCKETS_PER_OCTAVE) << shift;
    lowest + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_contiguous_and_bound_their_values() {
        let mut last = 0;
        for value in 0..100_000 {
            let index = bucket(value);
            assert!(index == last || index == last + 1, "gap before {value}");
            last = index;
        }
        for value in (0..100_000)
            .chain((0..63).map(|bit| (1 << bit) + 12_345))
            .chain([u64::MAX])
        {
            let bound = upper_bound(bucket(value));
            assert!(
                bound >= value && (bound - value) as f64 <= value as f64 / 64.0,
                "{value}"
            );
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_agree_with_a_sorted_list() {
        let mut histogram = Histogram::new();
        let mut values: Vec<u64> = (0..10_000_u64).map(|n| n * n % 1_000_003).collect();
        values.iter().for_each(|&value| histogram.record(value));
        values.sort_unstable();
        for share in [0.5, 0.99, 0.999] {
            let exact = values[(values.len() as f64 * share).ceil() as usize - 1];
            let estimate = histogram.quantile(share);
            assert!(
                estimate >= exact && estimate as f64 <= exact as f64 * 1.02 + 1.0,
                "{share}"
            );
        }
        assert_eq!(
            histogram.summary().unwrap().max_us,
            microseconds(values[9_999])
        );
    }

    #[test]
    fn nothing_recorded_is_no_summary() {
        assert_eq!(Histogram::new().summary(), None);
    }
}
