//! What the workloads of YCSB are made of: mixes of operations, and numbers drawn with a skew. No store, no memory.

/// The fewest bytes of a value: what tells whose it is, and whether it is whole.
pub const LEAST_VALUE: u64 = 24;

/// Kinds of operations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Look at a record.
    Read,
    /// Replace one.
    Update,
    /// Add one.
    Insert,
    /// Look at one and those that follow.
    Scan,
    /// Look at one, then replace it.
    ReadModifyWrite,
}

impl Kind {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Kind; 5] = [Kind::Read, Kind::Update, Kind::Insert, Kind::Scan, Kind::ReadModifyWrite];

    /// In reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Update => "update",
            Kind::Insert => "insert",
            Kind::Scan => "scan",
            Kind::ReadModifyWrite => "read_modify_write",
        }
    }
}

/// A workload.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Workload {
    /// Update heavy: half reads, half updates
    #[value(name = "A", alias = "a")]
    A,
    /// Read mostly: 95 % reads, 5 % updates
    #[value(name = "B", alias = "b")]
    B,
    /// Read only
    #[value(name = "C", alias = "c")]
    C,
    /// Read latest: 95 % reads, of what was inserted last above all, 5 % inserts
    #[value(name = "D", alias = "d")]
    D,
    /// Short ranges: 95 % scans of up to 100 records, 5 % inserts
    #[value(name = "E", alias = "e")]
    E,
    /// Read-modify-write: half reads, half reads followed by an update
    #[value(name = "F", alias = "f")]
    F,
    /// The paper's: 90 % reads, 10 % updates
    #[value(name = "paper")]
    Paper,
}

impl Workload {
    /// Percents of each kind, as [`Kind::ALL`] has them.
    pub fn percents(self) -> [u64; 5] {
        match self {
            Workload::A => [50, 50, 0, 0, 0],
            Workload::B => [95, 5, 0, 0, 0],
            Workload::C => [100, 0, 0, 0, 0],
            Workload::D => [95, 0, 5, 0, 0],
            Workload::E => [0, 0, 5, 95, 0],
            Workload::F => [50, 0, 0, 0, 50],
            Workload::Paper => [90, 10, 0, 0, 0],
        }
    }

    /// A kind of operation, by a random number.
    pub fn draw(self, random: u64) -> Kind {
        let mut point = ((random >> 32) * 100) >> 32;
        let chosen = Kind::ALL.iter().zip(self.percents()).find(|(_, percent)| {
            let chosen = point < *percent;
            point = point.saturating_sub(*percent);
            chosen
        });
        chosen.map_or(Kind::Read, |(kind, _)| *kind)
    }
}

/// Scatters a number over all words.
pub fn scatter(number: u64) -> u64 {
    let first = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let second = (first ^ first >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    second ^ second >> 31
}

/// Random numbers, the same from the same seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Those of a seed.
    pub fn new(seed: u64) -> Random {
        Random(scatter(seed ^ 0x9E37_79B9_7F4A_7C15))
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scatter(self.0)
    }

    /// The next one below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

/// Ranks of which the low ones come far more often, as YCSB draws them: the method of Gray and others, "Quickly
/// Generating Billion-Record Synthetic Databases" (SIGMOD 1994).
#[derive(Clone, Debug)]
pub struct Zipf {
    ranks: f64,
    alpha: f64,
    eta: f64,
    zeta: f64,
    second: f64,
}

impl Zipf {
    /// YCSB's skew.
    const THETA: f64 = 0.99;

    /// Over so many ranks, at least 2.
    pub fn new(ranks: u64) -> Zipf {
        let zeta_of = |count: u64| (1..=count).map(|rank| (rank as f64).powf(-Zipf::THETA)).sum::<f64>();
        let (zeta, second) = (zeta_of(ranks), zeta_of(2));
        let eta = (1.0 - (2.0 / ranks as f64).powf(1.0 - Zipf::THETA)) / (1.0 - second / zeta);
        Zipf { ranks: ranks as f64, alpha: 1.0 / (1.0 - Zipf::THETA), eta, zeta, second }
    }

    /// The next rank, from 0.
    pub fn draw(&self, random: &mut Random) -> u64 {
        let part = (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let sum = part * self.zeta;
        if sum < 1.0 {
            return 0;
        }
        if sum < self.second {
            return 1;
        }
        let rank = self.ranks * (self.eta * part - self.eta + 1.0).powf(self.alpha);
        (rank as u64).min(self.ranks as u64 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_come_in_their_percents() {
        let all = [Workload::A, Workload::B, Workload::C, Workload::D, Workload::E, Workload::F, Workload::Paper];
        for workload in all {
            let (mut random, mut counts) = (Random::new(3), [0_i64; 5]);
            for _ in 0..100_000 {
                counts[workload.draw(random.next()) as usize] += 1;
            }
            for (count, percent) in counts.into_iter().zip(workload.percents()) {
                assert!((count - 1000 * percent as i64).abs() < 1000, "{workload:?}: {counts:?}");
            }
            assert_eq!(workload.percents().iter().sum::<u64>(), 100);
        }
    }

    #[test]
    fn ranks_come_about_as_often_as_they_should() {
        let (zipf, mut random) = (Zipf::new(1000), Random::new(5));
        let mut counts = vec![0_u32; 1000];
        (0..200_000).for_each(|_| counts[zipf.draw(&mut random) as usize] += 1);
        for rank in [1_u32, 2, 10, 100] {
            let expected = 200_000.0 * f64::from(rank).powf(-Zipf::THETA) / zipf.zeta;
            let off = f64::from(counts[rank as usize - 1]) / expected;
            assert!((0.8..1.25).contains(&off), "rank {rank}: {off}");
        }
    }
}
