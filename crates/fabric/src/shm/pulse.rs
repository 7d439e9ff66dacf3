//! The pulse of a node: a word in its inbox that its watcher counts up, and what its peers conclude from it.
//!
//! # Contract
//!
//! 1. The word of an inbox is written by its node's watcher only, every [`period`]; peers read it. It carries nothing
//!    but that it moves, hence relaxed.
//! 2. Only a thread that runs can beat, so a stopped process has no pulse while one whose threads all compute has: the
//!    watcher sleeps nearly all the time, and a scheduler that is fair soon runs who slept.
//! 3. A peer is silent when its word has not moved for the limit since the look that saw it move. One that has not
//!    beaten yet may still be joining others and gets the time that joining may take on top.
//! 4. A node that looks again only after more than half the limit was itself stopped, and cannot tell its own time from
//!    that of the others, which may have been stopped with it: it grants everybody a new limit first.
//! 5. A limit of a second or more is good beside any other such limit, since nobody beats more rarely than
//!    [`SLOWEST`].

use super::memory::Memory;
use crate::primitive::{AtomicU32, Ordering};
use drust_proto::Rank;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Beats within a limit.
const BEATS: u32 = 8;
/// The longest time between two beats.
const SLOWEST: Duration = Duration::from_millis(200);

/// How often a node beats, and looks, that loses others after `limit`.
pub(super) fn period(limit: Duration) -> Duration {
    (limit / BEATS).min(SLOWEST)
}

/// A pulse in shared memory; zero bytes are one that has not beaten yet.
#[cfg_attr(not(loom), repr(C, align(128)))]
#[derive(Default, Debug)]
pub(super) struct Pulse {
    beats: AtomicU32,
}

/// A pulse and what keeps its memory mapped.
pub(super) struct PulseRef {
    pulse: NonNull<Pulse>,
    _keep: Arc<Memory>,
}

// SAFETY: the pulse is reached by shared reference only, its field is atomic, and `_keep` keeps it mapped wherever the
// `PulseRef` goes.
unsafe impl Send for PulseRef {}
// SAFETY: as above.
unsafe impl Sync for PulseRef {}

impl PulseRef {
    /// # Safety
    /// `pulse` must point to a valid pulse for as long as `keep` lives.
    pub(super) unsafe fn new(pulse: NonNull<Pulse>, keep: Arc<Memory>) -> PulseRef {
        PulseRef { pulse, _keep: keep }
    }

    fn get(&self) -> &Pulse {
        // SAFETY: valid while `_keep` lives, by the contract of `new`; only shared references are ever made.
        unsafe { self.pulse.as_ref() }
    }

    pub(super) fn beat(&self) {
        self.get().beats.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn beats(&self) -> u32 {
        self.get().beats.load(Ordering::Relaxed)
    }
}

/// What a node has seen of its peers' pulses. Time is an argument.
pub(super) struct Patience {
    limit: Duration,
    joining: Duration,
    looked: Instant,
    seen: Vec<Seen>,
}

struct Seen {
    rank: Rank,
    beats: u32,
    moved: Instant,
}

impl Patience {
    /// With `peers`, of which nothing was seen before `now`.
    pub(super) fn new(limit: Duration, joining: Duration, peers: impl Iterator<Item = Rank>, now: Instant) -> Patience {
        let seen = peers.map(|rank| Seen { rank, beats: 0, moved: now }).collect();
        Patience { limit, joining, looked: now, seen }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// How long until the next look is due; `None` where there is nobody to look at.
    pub(super) fn until_due(&self, now: Instant) -> Option<Duration> {
        let since = now.saturating_duration_since(self.looked);
        (!self.seen.is_empty()).then(|| period(self.limit).saturating_sub(since))
    }

    /// Looks at the pulses of all; who is silent now, the most silent first. Each is told once.
    pub(super) fn look(&mut self, now: Instant, beats: impl Fn(Rank) -> u32) -> Vec<Rank> {
        let late = now.saturating_duration_since(self.looked) > self.limit / 2;
        self.looked = now;
        for seen in &mut self.seen {
            let beats = beats(seen.rank);
            if late || beats != seen.beats {
                (seen.beats, seen.moved) = (beats, now);
            }
        }
        let (limit, joining) = (self.limit, self.joining);
        let allowed = |seen: &Seen| if seen.beats == 0 { limit + joining } else { limit };
        let silent = |seen: &mut Seen| now.saturating_duration_since(seen.moved) >= allowed(seen);
        let mut silent: Vec<Seen> = self.seen.extract_if(.., silent).collect();
        silent.sort_by_key(|seen| seen.moved);
        silent.into_iter().map(|seen| seen.rank).collect()
    }
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Pulse>() == 128);

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(4);
    const JOINING: Duration = Duration::from_secs(30);
    const ONE: Rank = Rank(1);
    const TWO: Rank = Rank(2);

    /// Looks at two peers' pulses from `from` until `to`, in milliseconds; who was silent, and when.
    fn watch(
        patience: &mut Patience,
        start: Instant,
        from: u64,
        to: u64,
        beats: impl Fn(Rank, u64) -> u32,
    ) -> Vec<(Rank, u64)> {
        let looks = (from..=to).step_by(200);
        let look = |at| {
            let silent = patience.look(start + Duration::from_millis(at), |rank| beats(rank, at));
            silent.into_iter().map(move |rank| (rank, at))
        };
        looks.flat_map(look).collect()
    }

    fn two(start: Instant) -> Patience {
        Patience::new(LIMIT, JOINING, [ONE, TWO].into_iter(), start)
    }

    /// Beats on time until `end`.
    fn until(end: u64, at: u64) -> u32 {
        (at.min(end) / 200 + 1) as u32
    }

    #[test]
    fn a_word_that_stands_still_for_the_limit_is_silence_told_once() {
        let start = Instant::now();
        let beats = |rank, at| if rank == TWO { until(1000, at) } else { until(u64::MAX, at) };
        assert_eq!(watch(&mut two(start), start, 200, 20_000, beats), [(TWO, 5000)]);
    }

    #[test]
    fn the_most_silent_is_first() {
        let start = Instant::now();
        let beats = |rank, at: u64| until(if rank == TWO { 1000 } else { 1200 }, at.min(3000));
        let mut patience = two(start);
        assert_eq!(watch(&mut patience, start, 200, 4800, beats), []);
        let both = patience.look(start + Duration::from_millis(5300), |rank| beats(rank, 5300));
        assert_eq!(both, [TWO, ONE]);
    }

    #[test]
    fn rare_beats_within_the_limit_are_enough() {
        let start = Instant::now();
        assert_eq!(watch(&mut two(start), start, 200, 60_000, |_, at| (at / 3800 + 1) as u32), []);
    }

    #[test]
    fn who_was_stopped_grants_a_new_limit() {
        let start = Instant::now();
        let mut patience = two(start);
        assert_eq!(watch(&mut patience, start, 200, 1000, |_, at| until(u64::MAX, at)), []);
        // All were stopped for a minute; the others go on a little later than this node, or not at all.
        let beats = |rank, at| if rank == ONE { until(1000, at) + (at > 63_000) as u32 } else { until(1000, at) };
        assert_eq!(watch(&mut patience, start, 61_000, 66_800, beats), [(TWO, 65_000)]);
    }

    #[test]
    fn who_has_not_beaten_yet_may_be_joining() {
        let start = Instant::now();
        let beats = |rank, at| if rank == ONE { 0 } else { until(u64::MAX, at) };
        assert_eq!(watch(&mut two(start), start, 200, 40_000, beats), [(ONE, 34_000)]);
    }

    #[test]
    fn looks_are_due_by_the_period() {
        let start = Instant::now();
        let patience = two(start);
        assert_eq!(patience.until_due(start), Some(SLOWEST));
        assert_eq!(patience.until_due(start + LIMIT), Some(Duration::ZERO));
        assert_eq!(Patience::new(LIMIT, JOINING, [].into_iter(), start).until_due(start), None);
        assert_eq!(period(Duration::from_millis(800)), Duration::from_millis(100));
    }
}
