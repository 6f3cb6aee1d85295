//! Rates.

/// A token bucket that holds one second's worth of tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// Thousandths of a token that are used up.
    used: u64,
    at: u64,
}

impl Bucket {
    /// Takes one token of `per_second` at `now` milliseconds; false if there is none. 0 means no limit.
    #[inline]
    pub fn take(&mut self, per_second: u64, now: u64) -> bool {
        if per_second == 0 {
            return true;
        }
        let regained = (now - self.at.min(now)).saturating_mul(per_second);
        self.used = self.used.saturating_sub(regained);
        self.at = now;
        if self.used + 1000 > per_second * 1000 {
            return false;
        }
        self.used += 1000;
        true
    }
}
