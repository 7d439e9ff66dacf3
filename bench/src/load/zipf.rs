//! Keys of which a few are asked for far more often, as YCSB draws them: the method of Gray and others, "Quickly
//! Generating Billion-Record Synthetic Databases" (SIGMOD 1994).

use super::{KEYS, THETA};
use crate::shuffle::Numbers;
use std::sync::OnceLock;

/// A distribution over so many keys, of which key 0 comes first.
#[derive(Debug)]
pub struct Zipf {
    keys: f64,
    alpha: f64,
    eta: f64,
    zeta: f64,
    second: f64,
}

impl Zipf {
    /// Over all keys of the map.
    pub fn of_keys() -> &'static Zipf {
        static ALL: OnceLock<Zipf> = OnceLock::new();
        ALL.get_or_init(|| Zipf::new(KEYS, THETA))
    }

    fn new(keys: u64, theta: f64) -> Zipf {
        let zeta_of = |count: u64| (1..=count).map(|rank| (rank as f64).powf(-theta)).sum::<f64>();
        let (zeta, two) = (zeta_of(keys), zeta_of(2));
        let eta = (1.0 - (2.0 / keys as f64).powf(1.0 - theta)) / (1.0 - two / zeta);
        Zipf { keys: keys as f64, alpha: 1.0 / (1.0 - theta), eta, zeta, second: two }
    }

    /// The next key.
    pub fn key(&self, numbers: &mut Numbers) -> u64 {
        let part = (numbers.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let sum = part * self.zeta;
        if sum < 1.0 {
            return 0;
        }
        if sum < self.second {
            return 1;
        }
        let key = self.keys * (self.eta * part - self.eta + 1.0).powf(self.alpha);
        (key as u64).min(self.keys as u64 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_about_as_often_as_their_ranks_say() {
        let zipf = Zipf::new(1000, THETA);
        let mut numbers = Numbers::new(5);
        let mut counts = vec![0_u32; 1000];
        let draws = 200_000;
        for _ in 0..draws {
            counts[zipf.key(&mut numbers) as usize] += 1;
        }
        for rank in [1_u32, 2, 10, 100] {
            let expected = f64::from(draws) * f64::from(rank).powf(-THETA) / zipf.zeta;
            let off = f64::from(counts[rank as usize - 1]) / expected;
            assert!((0.8..1.25).contains(&off), "rank {rank}: {off}");
        }
    }
}
