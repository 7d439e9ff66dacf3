//! A small seeded generator (splitmix64) that likes the numbers at which things break.

/// The state of a generator.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a seed; neighbouring seeds have nothing in common.
    pub fn new(seed: u64) -> Dice {
        Dice(mix(seed ^ 0x6A09_E667_F3BC_C908))
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `sides`, which is not 0.
    pub fn roll(&mut self, sides: usize) -> usize {
        (self.number() >> 16) as usize % sides
    }

    /// True once in so many rolls.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    /// One of several, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    /// A number that may break something: near zero, near a power of two, near the greatest, or any.
    pub fn extreme(&mut self) -> u64 {
        let near = self.number() % 5;
        match self.roll(6) {
            0 => near,
            1 => u64::MAX - near,
            2 | 3 => (1_u64 << self.roll(64)).wrapping_add(near).wrapping_sub(2),
            4 => self.number() >> self.roll(64),
            _ => self.number(),
        }
    }

    /// Bytes: all the same, or any.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let same = self.one_in(4).then(|| self.number() as u8);
        (0..len).map(|_| same.unwrap_or_else(|| self.number() as u8)).collect()
    }
}

/// Spreads the bits of a number over all of another.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_again() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            [dice.number(), dice.extreme(), dice.roll(1000) as u64]
        };
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }

    #[test]
    fn extremes_reach_both_ends_and_every_power_of_two() {
        let mut dice = Dice::new(1);
        let met: Vec<u64> = (0..20_000).map(|_| dice.extreme()).collect();
        let powers = (0..64).map(|power| 1 << power);
        for number in powers.chain([0, u64::MAX]) {
            assert!(met.contains(&number), "{number:#x} was never met");
        }
    }
}
