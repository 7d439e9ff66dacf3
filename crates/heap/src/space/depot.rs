//! The depot of one size class: whole magazines that threads exchange, above the spans that slots come from.
//!
//! This is the layer of Bonwick and Adams, "Magazines and Vmem" (USENIX 2001): a thread that runs out of slots swaps
//! an empty magazine for a full one, so objects made by one thread and dropped by another come home 64 at a time. What
//! is beyond the depot's share goes back to bit maps of the spans, and spans that become whole go back to the pages.

use super::PAGE;
use super::class::{Class, MAGAZINE};
use super::runs::Pages;
use super::table::{Page, Table};
use std::collections::BTreeMap;

/// Offsets of free slots. Leaked so that a thread's cache needs no destructor; a depot that ends frees its own.
#[derive(Debug)]
pub(crate) struct Magazine {
    pub(crate) slots: [usize; MAGAZINE],
}

pub(crate) type Loaded = &'static mut Magazine;

/// Bytes of free slots that a depot keeps in full magazines before they return to their spans.
const KEEP: usize = 512 << 10;

#[derive(Debug)]
struct Span {
    page: usize,
    free: usize,
    bits: Box<[u64]>,
}

#[derive(Debug)]
pub(crate) struct Depot {
    class: Class,
    full: Vec<Loaded>,
    empty: Vec<Loaded>,
    spans: Vec<Span>,
    /// Indices in `spans` that stand for no span now.
    vacant: Vec<usize>,
    /// Spans with a free slot, by first page: the lowest serves first, so that the highest can become whole.
    partial: BTreeMap<usize, usize>,
    /// Spans without a live slot that are kept.
    whole: usize,
}

impl Depot {
    pub(crate) fn new(class: Class) -> Depot {
        Depot {
            class,
            full: Vec::new(),
            empty: Vec::new(),
            spans: Vec::new(),
            vacant: Vec::new(),
            partial: BTreeMap::new(),
            whole: 0,
        }
    }

    fn keep(&self) -> usize {
        (KEEP / (self.class.rounds() * self.class.size())).clamp(2, 128)
    }

    /// A magazine without slots.
    pub(crate) fn blank(&mut self) -> Loaded {
        self.empty.pop().unwrap_or_else(|| Box::leak(Box::new(Magazine { slots: [0; MAGAZINE] })))
    }

    /// Takes a magazine back whose slots, if any, were put elsewhere.
    pub(crate) fn put_blank(&mut self, magazine: Loaded) {
        self.empty.push(magazine);
    }

    /// Gives a magazine with slots for `magazine`, which holds none, and their number: 0 when a span must be added.
    pub(crate) fn exchange_empty(&mut self, magazine: &mut Loaded) -> usize {
        if let Some(full) = self.full.pop() {
            self.empty.push(std::mem::replace(magazine, full));
            return self.class.rounds();
        }
        self.carve(magazine)
    }

    /// Takes the slots of a full `magazine` and leaves one without any.
    pub(crate) fn exchange_full(&mut self, magazine: &mut Loaded, table: &Table, pages: &Pages) {
        if self.full.len() < self.keep() {
            let blank = self.blank();
            self.full.push(std::mem::replace(magazine, blank));
        } else {
            self.give(&magazine.slots[..self.class.rounds()], table, pages, 1);
        }
    }

    fn carve(&mut self, magazine: &mut Magazine) -> usize {
        let (want, mut got) = (self.class.rounds(), 0);
        while got < want {
            let Some(first) = self.partial.first_entry() else {
                break;
            };
            let span = &mut self.spans[*first.get()];
            if span.free == self.class.slots() {
                self.whole -= 1;
            }
            let start = span.page * PAGE;
            for (index, word) in span.bits.iter_mut().enumerate() {
                while *word != 0 && got < want {
                    let slot = index * 64 + word.trailing_zeros() as usize;
                    *word &= *word - 1;
                    magazine.slots[got] = start + slot * self.class.size();
                    span.free -= 1;
                    got += 1;
                }
            }
            if span.free == 0 {
                first.remove();
            }
        }
        // A magazine is used from its end: the lowest addresses go out first.
        magazine.slots[..got].reverse();
        got
    }

    /// Adds a fresh span at `page`.
    pub(crate) fn add(&mut self, page: usize, table: &Table) {
        let slots = self.class.slots();
        let mut bits = vec![u64::MAX; slots.div_ceil(64)].into_boxed_slice();
        if !slots.is_multiple_of(64) {
            *bits.last_mut().expect("a span has slots") = (1 << (slots % 64)) - 1;
        }
        let span = Span { page, free: slots, bits };
        let index = match self.vacant.pop() {
            Some(index) => {
                self.spans[index] = span;
                index
            }
            None => {
                self.spans.push(span);
                self.spans.len() - 1
            }
        };
        self.partial.insert(page, index);
        self.whole += 1;
        table.set_span(page, self.class, index);
    }

    /// Returns free slots to their spans, and spans without a live slot, but for `keep` of them, to the pages.
    pub(crate) fn give(&mut self, slots: &[usize], table: &Table, pages: &Pages, keep: usize) {
        for &offset in slots {
            let Page::Span { class, index } = table.page(offset / PAGE) else {
                unreachable!("a free slot lies in a span")
            };
            debug_assert_eq!(class, self.class);
            let (_, slot) = class.locate(offset);
            let span = &mut self.spans[index];
            let (word, bit) = (slot / 64, 1 << (slot % 64));
            debug_assert!(span.bits[word] & bit == 0, "slot {offset:#x} was freed twice");
            span.bits[word] |= bit;
            span.free += 1;
            if span.free == 1 {
                self.partial.insert(span.page, index);
            }
            if span.free == class.slots() {
                self.whole += 1;
                if self.whole > keep {
                    self.drop_span(index, table, pages);
                }
            }
        }
    }

    fn drop_span(&mut self, index: usize, table: &Table, pages: &Pages) {
        let page = self.spans[index].page;
        self.partial.remove(&page);
        self.spans[index].bits = Box::default();
        self.vacant.push(index);
        self.whole -= 1;
        table.set_free(page, self.class.pages());
        pages.give(page, self.class.pages());
    }

    /// Returns everything that no thread holds to the pages.
    pub(crate) fn flush(&mut self, table: &Table, pages: &Pages) {
        let rounds = self.class.rounds();
        while let Some(magazine) = self.full.pop() {
            self.give(&magazine.slots[..rounds], table, pages, 0);
            self.empty.push(magazine);
        }
        let whole: Vec<usize> =
            self.partial.values().copied().filter(|&index| self.spans[index].free == self.class.slots()).collect();
        for index in whole {
            self.drop_span(index, table, pages);
        }
    }
}

impl Drop for Depot {
    fn drop(&mut self) {
        for magazine in self.full.drain(..).chain(self.empty.drain(..)) {
            // SAFETY: every magazine was leaked from a box in `blank`, and this unique borrow of it is the last one.
            drop(unsafe { Box::from_raw(std::ptr::from_mut(magazine)) });
        }
    }
}
