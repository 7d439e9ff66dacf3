//! What a node says of itself to the controller: how much of its memory is taken, how busy it is.
//!
//! The watch of the pool looks every 10 ms while there is work. What it finds changed rides before the next message to
//! rank 0; where there is none until it looks again, it goes by itself. A node at rest says nothing, but that it is no
//! longer full: one that is taken for full is looked at until it has said so, since values go by others' frees, too.

use super::{Ask, Op};
use crate::node::Node;
use drust_fabric::{Lane, Mode, schedule};
use drust_proto::control::is_full;
use drust_proto::sharing::Family;
use drust_proto::wire::Report;
use drust_proto::{Address, Rank};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Of a thousand of its time, by how much more or less busy a node must be to say so.
const MUCH: u16 = 50;
/// The part of its partition that must be taken or freed to be worth a word.
const PARTS: u64 = 64;
/// Tasks that may go of which a node tells at most, and which it counts.
const MOST_TOLD: usize = 1024;

/// What was measured and said last.
#[derive(Default)]
pub(crate) struct Reports {
    gauge: Mutex<Gauge>,
    /// Whether a report waits for a message to ride before.
    due: AtomicBool,
}

#[derive(Default)]
struct Gauge {
    /// When the processor time was looked at, and what it was.
    looked: Option<(Instant, Duration)>,
    said: Option<Report>,
    waits: Option<Report>,
    /// Whether rank 0 takes this node for full.
    full: bool,
}

impl Reports {
    fn gauge(&self) -> MutexGuard<'_, Gauge> {
        self.gauge.lock().expect("no panic under this lock")
    }

    /// Rank 0 takes this node for full, whatever that has said.
    pub(super) fn thought_full(&self) {
        let mut gauge = self.gauge();
        (gauge.said, gauge.full) = (None, true);
    }

    /// Whether it does, so that this node is to be looked at even where it is at rest.
    pub(crate) fn is_full(&self) -> bool {
        self.gauge().full
    }

    /// Whether a message to rank 0 has company.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.due.load(Ordering::Relaxed)
    }
}

impl Gauge {
    /// Of a thousand, how much of the time of so many workers was spent since it was looked at before.
    fn busy(&mut self, cpu: Duration, workers: usize) -> u16 {
        let now = schedule::now();
        let Some((then, before)) = self.looked.replace((now, cpu)) else { return 0 };
        let time = now.saturating_duration_since(then).as_nanos().max(1) * workers.max(1) as u128;
        (cpu.saturating_sub(before).as_nanos() * 1000 / time).min(1000) as u16
    }

    /// Takes a look's result. Whether the node's standing changes, and the report that must go now, since none of the
    /// messages since the look before took it along.
    fn take(&mut self, report: Report) -> (bool, Option<Report>) {
        if self.waits.take().is_some() {
            self.say(report);
            return (true, Some(report));
        }
        let changes = self.said.is_none_or(|said| differs(&said, &report));
        self.waits = changes.then_some(report);
        (changes, None)
    }

    /// Rank 0 is told.
    fn say(&mut self, report: Report) {
        (self.said, self.waits, self.full) = (Some(report), None, is_full(&report, self.full));
    }
}

fn differs(said: &Report, now: &Report) -> bool {
    let tasks = |report: &Report| (report.may_go, report.queued, report.running);
    let step = (now.limit / PARTS).max(1);
    tasks(said) != tasks(now) || said.cpu.abs_diff(now.cpu) >= MUCH || said.used.abs_diff(now.used) >= step
}

impl Node {
    /// Looks how this node stands, and sees to it that rank 0 hears; whether that changes. To be called about every
    /// 10 ms, by a thread without locks.
    pub(crate) fn look_at_itself(&'static self) -> bool {
        if self.size() == 1 || self.has_ended() {
            return false;
        }
        let reports = &self.control().reports;
        let report = self.standing();
        let (changes, now) = reports.gauge().take(report);
        if self.rank() == Rank(0) {
            if changes {
                // Before it is: whoever is told of room meanwhile is taken for full after that.
                reports.gauge().say(report);
                let _ = self.control_by(Rank(0), report);
            }
            return changes;
        }
        reports.due.store(now.is_none() && changes, Ordering::Relaxed);
        if let Some(report) = now {
            self.send_report(&report);
        }
        changes
    }

    /// Sends the report that waits for a message to rank 0, which follows.
    #[cold]
    pub(crate) fn report_along(&self) {
        let reports = &self.control().reports;
        if !reports.due.swap(false, Ordering::Relaxed) {
            return;
        }
        // Whoever holds the lock is about to send it.
        let waiting = reports.gauge.try_lock().ok().and_then(|mut gauge| {
            let report = gauge.waits.take()?;
            gauge.say(report);
            Some(report)
        });
        if let Some(report) = waiting {
            self.send_report(&report);
        }
    }

    fn send_report(&self, report: &Report) {
        let (op, address) = (Op::Report as u16, Address::RESERVED);
        let ask = Ask { family: Family::Control, op, number: 0, id: 0, address, a: 0, b: 0 };
        self.send_share(Rank(0), Lane::Small, ask, &[report.encode().as_slice().into()], Mode::Defer);
    }

    fn standing(&self) -> Report {
        let (usage, workers) = (self.vault().space.usage(), self.workers());
        let (queued, running) = self.pool().counts();
        let cpu = match schedule::cpu_time() {
            Some(cpu) => self.control().reports.gauge().busy(cpu, workers),
            // Threads without processors are as busy as they can be.
            None => (running.min(workers) * 1000 / workers.max(1)) as u16,
        };
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let waiting = self.pool().count_givable(MOST_TOLD);
        let may_go = waiting + self.moves().count_unordered(MOST_TOLD - waiting);
        Report {
            used: usage.allocated as u64,
            limit: usage.limit as u64,
            cpu,
            may_go: may_go as u16,
            queued: small(queued),
            running: small(running),
            workers: small(workers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(used: u64, queued: u32) -> Report {
        Report { used, limit: 6400, queued, ..Report::default() }
    }

    #[test]
    fn a_report_that_no_message_takes_along_goes_by_itself_and_rest_is_silent() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.take(report(0, 0)), (true, None), "the first waits for a message");
        assert_eq!(gauge.take(report(0, 0)), (true, Some(report(0, 0))));
        assert_eq!(gauge.take(report(99, 0)), (false, None));
        assert_eq!(gauge.take(report(100, 0)), (true, None));
        gauge.said = gauge.waits.take();
        assert_eq!(gauge.take(report(199, 0)), (false, None), "a message took it along");
        assert_eq!(gauge.take(report(199, 1)), (true, None));
    }
}
