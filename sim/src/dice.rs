//! A small seeded generator (splitmix64): a seed means the same rolls for ever, whatever else changes.

/// The state of a generator.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
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

    /// A place in a row of `len` things and how many to take from there: at least one, unless there are none.
    pub fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let first = self.roll(len.max(1));
        let count = 1 + self.roll((len - first.min(len)).max(1));
        first.min(len)..(first + count).min(len)
    }
}

/// Spreads the bits of a number over all of another.
pub fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_for_ever() {
        let mut dice = Dice::new(7);
        assert_eq!(
            [dice.number(), dice.number(), dice.number()],
            [7_191_089_600_892_374_487, 309_689_372_594_955_804, 16_616_101_746_815_609_346]
        );
    }

    #[test]
    fn ranges_lie_inside() {
        let mut dice = Dice::new(1);
        for len in (0..2000).map(|n| n % 9) {
            let range = dice.range(len);
            assert!(
                range.start <= range.end && range.end <= len && (range.is_empty() == (len == 0)),
                "{len} {range:?}"
            );
        }
    }
}
