//! Numbers that look random, the same in each run.

/// One of George Marsaglia's xorshift generators.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed + 1))
    }

    /// The next number, which is less than `end`.
    pub fn below<N: TryInto<u64> + TryFrom<u64>>(&mut self, end: N) -> N {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let below = |end| N::try_from(self.0 % end).ok();
        end.try_into().ok().and_then(below).expect("an end above 0")
    }
}
