//! Clocks and rounds.

use rustix::time::{ClockId, clock_gettime};
use std::time::Instant;

/// CPU time of all threads of this process so far, in ns.
#[must_use]
pub fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// CPU time that `work` takes, of all threads of this process, in ns.
pub fn cpu_of(work: impl FnOnce()) -> f64 {
    let before = cpu();
    work();
    cpu() - before
}

/// Wall time that `work` takes, in ns.
pub fn wall_of(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

/// The median of the single operations' wall times, in ns: one that was interrupted does not count.
#[must_use]
pub fn middle(times: usize, mut run: impl FnMut()) -> f64 {
    median((0..times).map(|_| wall_of(&mut run)).collect())
}

/// The middle one.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Two things measured in turns.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Median of the first.
    pub drust: f64,
    /// Median of the second.
    pub base: f64,
    /// Median of the rounds' quotients: a disturbance that lasts longer than a round hits both sides of it.
    pub ratio: f64,
}

impl Pair {
    /// Each side divided by so many operations.
    #[must_use]
    pub fn per(self, drust: usize, base: usize) -> Pair {
        let (by, base_by) = (drust as f64, base as f64);
        Pair { drust: self.drust / by, base: self.base / base_by, ratio: self.ratio * base_by / by }
    }
}

/// Measures two things in turns, each side first in every other round, after one round that does not count.
pub fn turns(rounds: usize, mut drust: impl FnMut() -> f64, mut base: impl FnMut() -> f64) -> Pair {
    let mut costs: Vec<(f64, f64)> = Vec::with_capacity(rounds);
    for round in 0..=rounds.max(1) {
        let pair = if round % 2 == 0 {
            let first = drust();
            (first, base())
        } else {
            let first = base();
            (drust(), first)
        };
        if round > 0 {
            costs.push(pair);
        }
    }
    Pair {
        drust: median(costs.iter().map(|pair| pair.0).collect()),
        base: median(costs.iter().map(|pair| pair.1).collect()),
        ratio: median(costs.iter().map(|pair| pair.0 / pair.1).collect()),
    }
}

/// Bytes of the last-level cache, as the system tells; 32 MiB where it does not.
#[must_use]
pub fn last_level_cache() -> usize {
    let sizes = (0..8).filter_map(|index| {
        let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size");
        let text = std::fs::read_to_string(path).ok()?;
        let kib: usize = text.trim().strip_suffix('K')?.parse().ok()?;
        Some(kib << 10)
    });
    sizes.max().unwrap_or(32 << 20)
}

/// Bytes of a working set that no cache holds: four times the last-level cache, or an eighth of the memory if less.
#[must_use]
pub fn cold_bytes() -> usize {
    let info = rustix::system::sysinfo();
    let memory = info.totalram as usize * info.mem_unit as usize;
    (4 * last_level_cache()).min(memory / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_taken_and_the_first_round_is_not() {
        let mut costs = [100.0, 3.0, 1.0, 2.0].into_iter();
        let pair = turns(3, || costs.next().unwrap(), || 2.0);
        assert_eq!((pair.drust, pair.base, pair.ratio), (2.0, 2.0, 1.0));
        assert_eq!(pair.per(2, 1).ratio, 0.5);
    }
}
