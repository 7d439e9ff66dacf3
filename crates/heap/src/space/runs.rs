//! Runs of 64 KiB pages: which are free, which are committed, and the limit on what is committed.
//!
//! Best fit over free runs, coalesced at once, in ordered maps outside the space. Freed pages stay committed until
//! more than an eighth of what is committed (and 16 MiB) lies idle, or the limit is reached; then all idle pages go
//! back to the system. Shared memory is committed in growing steps ahead of need: each `fallocate` costs microseconds,
//! but a small program should stay small.

use super::PAGE;
use super::error::Cause;
use super::region::{ALIGN, Region};
use crate::primitive::{Mutex, lock};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const PAGES_PER_HUGE: usize = ALIGN / PAGE;
const MOST_AHEAD: usize = (32 << 20) / PAGE;
const IDLE_FLOOR: usize = (16 << 20) / PAGE;
/// The part of the limit that free pages may keep committed: bulk copies come and go in warm memory.
const IDLE_SHARE: usize = 16;

/// A region and the account of its pages.
#[derive(Debug)]
pub(crate) struct Pages {
    pub(crate) region: Region,
    runs: Mutex<Runs>,
}

impl Pages {
    pub(crate) fn new(region: Region, limit: usize) -> Pages {
        let runs = Mutex::new(Runs::new(region.len() / PAGE, limit / PAGE));
        Pages { region, runs }
    }

    /// See [`Runs::take`]; fails where more than `most` pages would be used then.
    pub(crate) fn take(&self, pages: usize, align: usize, most: usize) -> Result<usize, Cause> {
        let mut runs = lock(&self.runs);
        if runs.used.saturating_add(pages) > most {
            return Err(Cause::Limit);
        }
        runs.take(&self.region, pages, align)
    }

    /// See [`Runs::give`].
    pub(crate) fn give(&self, start: usize, pages: usize) {
        lock(&self.runs).give(&self.region, start, pages);
    }

    pub(crate) fn purge(&self) {
        lock(&self.runs).purge(&self.region);
    }

    pub(crate) fn account(&self) -> Account {
        let runs = lock(&self.runs);
        Account { used: runs.used, committed: runs.committed.set, top: runs.top }
    }
}

/// Pages used and committed, and the end of the highest one ever used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) used: usize,
    pub(crate) committed: usize,
    pub(crate) top: usize,
}

#[derive(Debug)]
struct Runs {
    /// Free runs: start to length, in pages.
    free: BTreeMap<usize, usize>,
    /// The same runs, shortest first.
    by_length: BTreeSet<(usize, usize)>,
    committed: Bits,
    limit: usize,
    used: usize,
    /// End of the highest page ever used.
    top: usize,
}

/// One bit for each page, and how many are set.
#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
    set: usize,
}

impl Bits {
    fn get(&self, page: usize) -> bool {
        self.words[page / 64] >> (page % 64) & 1 != 0
    }

    fn put(&mut self, pages: Range<usize>, value: bool) {
        for page in pages {
            if self.get(page) != value {
                self.words[page / 64] ^= 1 << (page % 64);
                self.set = if value { self.set + 1 } else { self.set - 1 };
            }
        }
    }

    /// The first stretch of pages within `pages` whose bit is `value`.
    fn stretch(&self, pages: Range<usize>, value: bool) -> Option<Range<usize>> {
        let end = pages.end;
        let start = pages.into_iter().find(|&page| self.get(page) == value)?;
        let stop = (start..end).find(|&page| self.get(page) != value).unwrap_or(end);
        Some(start..stop)
    }
}

impl Runs {
    fn new(pages: usize, limit: usize) -> Runs {
        Runs {
            free: BTreeMap::from([(0, pages)]),
            by_length: BTreeSet::from([(pages, 0)]),
            committed: Bits { words: vec![0; pages.div_ceil(64)], set: 0 },
            limit,
            used: 0,
            top: 0,
        }
    }

    /// A committed run of `pages`, its first page a multiple of `align` pages (a power of two, at most 2 MiB).
    fn take(&mut self, region: &Region, pages: usize, align: usize) -> Result<usize, Cause> {
        debug_assert!(align.is_power_of_two() && align <= PAGES_PER_HUGE);
        let (start, length, at) = self.fit(pages, align).ok_or(Cause::Reserve)?;
        self.forget(start, length);
        self.remember(start, at - start);
        self.remember(at + pages, start + length - at - pages);
        if let Err(cause) = self.commit(region, at..at + pages) {
            self.join(at, pages);
            return Err(cause);
        }
        self.used += pages;
        self.top = self.top.max(at + pages);
        Ok(at)
    }

    /// Takes a run back. Nobody may rely on its contents any more.
    fn give(&mut self, region: &Region, start: usize, pages: usize) {
        self.used -= pages;
        self.join(start, pages);
        let idle = self.committed.set - self.used;
        if idle > IDLE_FLOOR.max(self.limit / IDLE_SHARE) {
            self.purge(region);
        }
    }

    /// Gives the memory of all free pages back to the system.
    fn purge(&mut self, region: &Region) {
        for (&start, &length) in &self.free {
            let mut rest = start..start + length;
            while let Some(stretch) = self.committed.stretch(rest.clone(), true) {
                // SAFETY: these pages are in no run that was handed out, so nobody relies on what is in them.
                if unsafe { region.decommit(stretch.start * PAGE, stretch.len() * PAGE) } {
                    self.committed.put(stretch.clone(), false);
                }
                rest.start = stretch.end;
            }
        }
    }

    /// The best free run: its start, its length, and where in it an aligned run of `pages` begins.
    fn fit(&self, pages: usize, align: usize) -> Option<(usize, usize, usize)> {
        let place = |&(length, start): &(usize, usize)| {
            let at = start.next_multiple_of(align);
            (at + pages <= start + length).then_some((start, length, at))
        };
        // The shortest few may lie badly for a wide alignment; any run of the second range serves.
        let near = self.by_length.range((pages, 0)..).take(8).find_map(place);
        near.or_else(|| self.by_length.range((pages + align - 1, 0)..).find_map(place))
    }

    fn commit(&mut self, region: &Region, run: Range<usize>) -> Result<(), Cause> {
        let missing = run.clone().filter(|&page| !self.committed.get(page)).count();
        if self.committed.set + missing > self.limit {
            self.purge(region);
        }
        let missing = run.clone().filter(|&page| !self.committed.get(page)).count();
        if self.committed.set + missing > self.limit {
            return Err(Cause::Limit);
        }
        let mut rest = run.clone();
        while let Some(stretch) = self.committed.stretch(rest.clone(), false) {
            let wide = if stretch.end == run.end { self.ahead(region, stretch.clone()) } else { stretch.clone() };
            let done = match self.commit_exactly(region, wide.clone()) {
                Err(_) if wide != stretch => self.commit_exactly(region, stretch.clone()).map(|()| stretch),
                done => done.map(|()| wide),
            };
            rest.start = done.map_err(Cause::System)?.end;
            if rest.start >= run.end {
                break;
            }
        }
        Ok(())
    }

    fn commit_exactly(&mut self, region: &Region, pages: Range<usize>) -> Result<(), i32> {
        region.commit(pages.start * PAGE, pages.len() * PAGE)?;
        self.committed.put(pages, true);
        Ok(())
    }

    /// Widens a stretch at the end of a run into the free pages behind it.
    fn ahead(&self, region: &Region, stretch: Range<usize>) -> Range<usize> {
        if region.fd().is_none() {
            return stretch;
        }
        let step = (self.committed.set / 8).min(MOST_AHEAD).saturating_sub(stretch.len());
        let allowed = self.limit - self.committed.set - stretch.len();
        let behind = self.free.get(&stretch.end).copied().unwrap_or(0);
        let widest = stretch.end..stretch.end + step.min(allowed).min(behind);
        match self.committed.stretch(widest, false) {
            Some(more) if more.start == stretch.end => stretch.start..more.end,
            _ => stretch,
        }
    }

    fn forget(&mut self, start: usize, length: usize) {
        self.free.remove(&start);
        self.by_length.remove(&(length, start));
    }

    fn remember(&mut self, start: usize, length: usize) {
        if length > 0 {
            self.free.insert(start, length);
            self.by_length.insert((length, start));
        }
    }

    /// Files a free run, one with its free neighbours.
    fn join(&mut self, mut start: usize, mut length: usize) {
        if let Some((&before, &size)) = self.free.range(..start).next_back() {
            debug_assert!(before + size <= start, "a page was given back twice");
            if before + size == start {
                self.forget(before, size);
                (start, length) = (before, length + size);
            }
        }
        if let Some((&behind, &size)) = self.free.range(start..).next() {
            debug_assert!(behind >= start + length, "a page was given back twice");
            if behind == start + length {
                self.forget(behind, size);
                length += size;
            }
        }
        self.remember(start, length);
    }
}
