//! drust under the loads that its rivals are put under.

use crate::load::{Load, Op, Outcome, Run, Share, Subject, System, Tally, Times};
use crate::measure::{cpu, wall_of};
use drust::{Box, Portable, Ref, node, stats, thread};

/// How drust is called among the systems.
pub const NAME: &str = "drust";
/// Threads of a node that work.
pub const THREADS: usize = 4;

/// What all workers of a job share, made of drust's types.
pub trait Shared: Portable {
    /// What a load works at here.
    const SUBJECT: Subject;

    /// Made on the first node.
    fn new() -> Self;

    /// Does one operation, on any node.
    fn carry_out(&self, op: Op);

    /// The updates that have left their mark; every value is looked at.
    fn updates(&self) -> u64;
}

/// A job of drust's, with one thing that its workers share.
pub struct Drust<S: Shared>(Box<S>);

impl<S: Shared> Drust<S> {
    /// In the job whose `main` this is.
    pub fn start() -> Drust<S> {
        Drust(Box::new(S::new()))
    }
}

/// What a worker did.
#[derive(Portable)]
struct Report {
    reads: u64,
    updates: u64,
    top: u64,
    times: Box<[u64]>,
    wall: f64,
}

fn work<S: Shared>((shared, load, worker): (Ref<'_, S>, Load, u64)) -> Report {
    let mut run = Run::new(&load, worker);
    let wall = wall_of(|| {
        while let Some(job) = run.draw() {
            shared.carry_out(job.op);
            run.count(job);
        }
    });
    let Tally { reads, updates, top, times } = run.tally();
    Report { reads, updates, top, times: times.counts().to_vec().into(), wall }
}

impl Report {
    /// Counts it into its node's share; CPU time and messages are counted for all nodes at once.
    fn add_to(&self, share: &mut Share) {
        let times = Times::from_counts(self.times.to_vec());
        share.tally.add(&Tally { reads: self.reads, updates: self.updates, top: self.top, times });
        share.wall = share.wall.max(self.wall);
    }
}

/// CPU time of all nodes so far, in ns.
pub fn cpu_of_all() -> f64 {
    let times = node::all().map(|node| thread::spawn_on(node, (), |()| cpu() as u64));
    times.collect::<Vec<_>>().into_iter().map(|time| time.join().expect("no panic") as f64).sum()
}

impl<S: Shared> System for Drust<S> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn works_at(&self, subject: Subject) -> bool {
        subject == S::SUBJECT
    }

    fn run(&mut self, load: &Load) -> Outcome {
        let mut outcome = Outcome::default();
        let before = cpu_of_all();
        let (reports, counts) = stats::count(|| {
            thread::scope(|scope| {
                let workers = (0..).zip(node::all().flat_map(|node| [node; THREADS]));
                let start = |(worker, node)| scope.spawn_on(node, (Ref::new(&self.0), *load, worker), work::<S>);
                let workers: Vec<_> = workers.map(start).collect();
                workers.into_iter().map(|worker| worker.join().expect("no panic")).collect::<Vec<Report>>()
            })
        });
        for reports in reports.chunks(THREADS) {
            let mut share = Share::default();
            reports.iter().for_each(|report| report.add_to(&mut share));
            outcome.add(&share);
        }
        outcome.cpu = cpu_of_all() - before;
        outcome.messages = counts.requests + counts.replies + counts.one_ways;
        outcome
    }

    fn updates(&mut self, _: Subject) -> u64 {
        self.0.updates()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::KEYS;
    use crate::load::value::{Value, updates, value};

    /// Something that is only read.
    #[derive(Portable)]
    struct Unchanged(drust::Vec<Value>);

    impl Shared for Unchanged {
        const SUBJECT: Subject = Subject::Map;

        fn new() -> Unchanged {
            Unchanged((0..KEYS).map(|number| value(number, 0)).collect())
        }

        fn carry_out(&self, op: Op) {
            let (Op::Read(number) | Op::Update(number)) = op;
            assert_eq!(updates(number, &self.0[number as usize]), 0);
        }

        fn updates(&self) -> u64 {
            self.0.len() as u64
        }
    }

    #[drust::test(nodes = 2)]
    fn workers_of_all_nodes_work_and_are_counted() {
        let mut system = Drust::<Unchanged>::start();
        let load = Load { subject: Subject::Map, reads: 100, millis: 3_600_000, most: 1000, seed: 1 };
        let outcome = system.run(&load);
        assert_eq!((outcome.tally.reads, outcome.tally.updates), (1000 * 2 * THREADS as u64, 0));
        assert!(outcome.messages > 0 && outcome.wall > 0.0 && outcome.cpu > 0.0, "{outcome:?}");
        assert!(outcome.tally.times.count() > 0 && outcome.tally.top > 0);
        assert_eq!((system.name(), system.updates(Subject::Map)), (NAME, KEYS));
    }
}
