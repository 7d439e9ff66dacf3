//! What came of a workload.

use super::super::nodes;
use super::Load;
use super::worker::Tally;
use crate::mix::Kind;
use hdrhistogram::Histogram;
use std::fmt;
use std::time::Duration;

/// The longest time that is told from longer ones, in ns: a minute.
const LONGEST: u64 = 60_000_000_000;

/// Times in ns, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order")
}

/// The times that were noted, and how often.
pub fn recorded(times: &Histogram<u64>) -> Vec<(u64, u64)> {
    times.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect()
}

/// What all workers did together.
#[derive(Debug)]
pub struct Report {
    /// In JSON, the names of the figures begin with it.
    name: String,
    nodes: usize,
    threads: u64,
    wall: Duration,
    percents: [u64; 5],
    counts: [u64; 5],
    records: u64,
    missing: u64,
    top: u64,
    times: Histogram<u64>,
    /// Reads that saw what nobody had written.
    pub wrong: u64,
    /// Records that are not there in the end.
    pub lost: u64,
}

impl Report {
    /// Before any worker is counted in.
    pub fn new(load: &Load, wall: Duration) -> Report {
        Report {
            name: format!("{:?}", load.workload()).to_lowercase(),
            nodes: nodes(),
            threads: load.threads,
            wall,
            percents: load.workload().percents(),
            counts: [0; 5],
            records: 0,
            missing: 0,
            top: 0,
            times: histogram(),
            wrong: 0,
            lost: 0,
        }
    }

    /// Counts a worker in.
    pub fn add(&mut self, tally: &Tally) {
        self.counts.iter_mut().zip(tally.counts).for_each(|(all, more)| *all += more);
        self.records += tally.records;
        self.missing += tally.missing;
        self.wrong += tally.wrong;
        self.top += tally.top;
        for (time, count) in tally.times.iter() {
            self.times.saturating_record_n(*time, *count);
        }
    }

    /// Operations.
    fn ops(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether all that was read had been written, and all that was written is there.
    pub fn is_right(&self) -> bool {
        self.wrong == 0 && self.lost == 0
    }

    /// Percents of a kind, as they came.
    fn percent(&self, count: u64) -> f64 {
        100.0 * count as f64 / self.ops().max(1) as f64
    }

    /// The figures, by name.
    pub fn figures(&self) -> Vec<(String, f64)> {
        let mut figures = vec![
            ("nodes", self.nodes as f64),
            ("threads", self.threads as f64),
            ("ops", self.ops() as f64),
            ("ops_per_s", self.ops() as f64 / self.wall.as_secs_f64()),
            ("records_read", self.records as f64),
            ("records_not_yet_there", self.missing as f64),
            ("records_wrong", self.wrong as f64),
            ("records_lost", self.lost as f64),
            ("top_record_percent", self.percent(self.top)),
        ];
        let quantiles = [("p50_us", 0.5), ("p95_us", 0.95), ("p99_us", 0.99), ("p999_us", 0.999), ("max_us", 1.0)];
        figures.extend(quantiles.map(|(name, at)| (name, self.times.value_at_quantile(at) as f64 / 1e3)));
        let named = |(name, value): (&str, f64)| (format!("{}_{name}", self.name), value);
        let mut all: Vec<(String, f64)> = figures.into_iter().map(named).collect();
        for (kind, count) in Kind::ALL.iter().zip(self.counts) {
            all.push((format!("{}_{}_percent", self.name, kind.name()), self.percent(count)));
        }
        all
    }

    /// As one flat JSON object.
    pub fn json(&self) -> String {
        let lines: Vec<String> =
            self.figures().iter().map(|(name, value)| format!("  \"{name}\": {value:.3}")).collect();
        format!("{{\n{}\n}}", lines.join(",\n"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.ops() as f64 / self.wall.as_secs_f64();
        writeln!(f, "workload {}: {} nodes of {} threads", self.name, self.nodes, self.threads)?;
        writeln!(f, "{} operations in {:.2?}: {rate:.0} a second", self.ops(), self.wall)?;
        for ((kind, count), asked) in Kind::ALL.iter().zip(self.counts).zip(self.percents) {
            if count > 0 || asked > 0 {
                writeln!(f, "  {}: {:.2} % (asked for {asked} %)", kind.name(), self.percent(count))?;
            }
        }
        let at = |quantile| Duration::from_nanos(self.times.value_at_quantile(quantile));
        let (half, most, worst) = (at(0.5), at(0.99), at(1.0));
        writeln!(f, "half of them took {half:.1?} at most, 99 % {most:.1?}, all {worst:.1?} (one in eight is timed)")?;
        write!(f, "{} records read, {} of them not yet there; ", self.records, self.missing)?;
        write!(f, "{} wrong, {} lost in the end", self.wrong, self.lost)
    }
}
