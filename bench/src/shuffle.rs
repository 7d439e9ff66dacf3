//! Orders that no prefetcher guesses, the same in every run.

/// A generator of numbers (xorshift64*).
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// The next one below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// Puts the values in an order of their own.
pub fn shuffle<T>(values: &mut [T], seed: u64) {
    let mut numbers = Numbers::new(seed);
    for last in (1..values.len()).rev() {
        values.swap(last, numbers.below(last + 1));
    }
}
