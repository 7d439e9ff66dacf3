//! The out-of-band metadata of a space: one record for each 64 KiB page, one tag for each slot.
//!
//! Both tables are mapped on their own and addressed by offset, so that they cost memory only where the space is used
//! and no stray write into the space can corrupt them. A record says what its page is part of:
//!
//! ```text
//!  63                                     8 7      0
//! +----------------------------------------+--------+
//! | class span: index in the depot's list  | class+1|
//! | large head: number of pages            |  0xFE  |
//! | large rest: pages back to the head     |  0xFF  |
//! | free:       0                          |   0    |
//! +----------------------------------------+--------+
//! ```

use super::class::{CLASSES, Class, SLOTS_PER_PAGE};
use super::region::Region;
use super::{PAGE, Slot};
use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

const LARGE_HEAD: u64 = 0xFE;
const LARGE_REST: u64 = 0xFF;

struct Record {
    word: AtomicU64,
    /// Tag of the object of a large run's head.
    tag: AtomicU32,
}

/// What a page is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Page {
    Free,
    Span { class: Class, index: usize },
    LargeHead { pages: usize },
    LargeRest { back: usize },
}

#[derive(Debug)]
pub(crate) struct Table {
    records: Region,
    tags: Region,
    pages: usize,
}

impl Table {
    pub(crate) fn new(pages: usize) -> io::Result<Table> {
        let records = Region::table(pages * size_of::<Record>())?;
        let tags = Region::table(pages * SLOTS_PER_PAGE * size_of::<AtomicU32>())?;
        Ok(Table { records, tags, pages })
    }

    fn record(&self, page: usize) -> &Record {
        assert!(page < self.pages);
        // SAFETY: the region holds `pages` records, zeroed by the system, and zero is a valid value of these atomics;
        // it lives as long as `self`, and the index was checked. (A slice of all would cost Miri its whole length a
        // call.)
        unsafe { &*self.records.base().cast::<Record>().add(page) }
    }

    #[inline]
    fn tag_at(&self, index: usize) -> &AtomicU32 {
        assert!(index < self.pages * SLOTS_PER_PAGE);
        // SAFETY: as for the records; the region holds this many zeroed atomics.
        unsafe { &*self.tags.base().cast::<AtomicU32>().add(index) }
    }

    /// The tag of the slot of a `class` around `offset`.
    #[inline]
    pub(crate) fn tag(&self, class: Class, offset: usize) -> &AtomicU32 {
        let (span, slot) = class.locate(offset);
        self.tag_at(span / PAGE * SLOTS_PER_PAGE + slot)
    }

    pub(crate) fn large_tag(&self, page: usize) -> &AtomicU32 {
        &self.record(page).tag
    }

    #[inline]
    pub(crate) fn page(&self, page: usize) -> Page {
        if page >= self.pages {
            return Page::Free;
        }
        let word = self.record(page).word.load(Ordering::Acquire);
        let rest = (word >> 8) as usize;
        match word & 0xFF {
            LARGE_HEAD => Page::LargeHead { pages: rest },
            LARGE_REST => Page::LargeRest { back: rest },
            code @ 1..=0xFD if code as usize <= CLASSES => {
                Page::Span { class: Class::from_index(code as usize - 1), index: rest }
            }
            _ => Page::Free,
        }
    }

    fn set(&self, page: usize, low: u64, rest: usize) {
        self.record(page).word.store((rest as u64) << 8 | low, Ordering::Release);
    }

    /// Makes the pages from `page` a span of `class`, known to its depot by `index`.
    pub(crate) fn set_span(&self, page: usize, class: Class, index: usize) {
        for part in page..page + class.pages() {
            self.set(part, class.index() as u64 + 1, index);
        }
    }

    /// Makes the pages from `page` one large object.
    pub(crate) fn set_large(&self, page: usize, pages: usize) {
        for back in 1..pages {
            self.set(page + back, LARGE_REST, back);
        }
        self.set(page, LARGE_HEAD, pages);
    }

    pub(crate) fn set_free(&self, page: usize, pages: usize) {
        for part in page..page + pages {
            self.set(part, 0, 0);
        }
    }

    /// The live slot around any `offset`, whoever made the number up.
    pub(crate) fn slot(&self, offset: usize) -> Option<Slot> {
        let page = offset / PAGE;
        let found = match self.page(page) {
            Page::Free => return None,
            Page::Span { class, .. } => {
                let (span, slot) = class.locate(offset);
                if slot >= class.slots() {
                    return None;
                }
                let tag = self.tag(class, offset).load(Ordering::Relaxed);
                Slot { start: span + slot * class.size(), size: class.size(), tag }
            }
            Page::LargeHead { pages } => self.large(page, pages),
            Page::LargeRest { back } => {
                let head = page.checked_sub(back)?;
                match self.page(head) {
                    Page::LargeHead { pages } if back < pages => self.large(head, pages),
                    _ => return None,
                }
            }
        };
        (found.tag != 0).then_some(found)
    }

    fn large(&self, head: usize, pages: usize) -> Slot {
        let tag = self.large_tag(head).load(Ordering::Relaxed);
        Slot { start: head * PAGE, size: pages * PAGE, tag }
    }

    /// Calls `visit` for each live slot that starts in the first `pages` pages.
    pub(crate) fn each_live(&self, pages: usize, mut visit: impl FnMut(Slot)) {
        let mut page = 0;
        while page < pages {
            match self.page(page) {
                Page::Free | Page::LargeRest { .. } => page += 1,
                Page::LargeHead { pages } => {
                    let slot = self.large(page, pages);
                    if slot.tag != 0 {
                        visit(slot);
                    }
                    page += pages.max(1);
                }
                Page::Span { class, .. } => {
                    for slot in 0..class.slots() {
                        let tag = self.tag_at(page * SLOTS_PER_PAGE + slot).load(Ordering::Relaxed);
                        if tag != 0 {
                            visit(Slot { start: page * PAGE + slot * class.size(), size: class.size(), tag });
                        }
                    }
                    page += class.pages();
                }
            }
        }
    }
}
