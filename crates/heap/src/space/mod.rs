//! The allocator: one reserved range of addresses, with every word of metadata outside it.
//!
//! Peers map a node's partition and may write there by mistake; nothing they can hit decides what is handed out, and
//! the home serves and frees by tables of its own. From top to bottom:
//!
//! * [`Cache`]: a thread's magazines of free slots; no lock.
//! * `depot`: for each class of slot sizes, full magazines that threads exchange, and the spans below; one lock each.
//! * `runs`: 64 KiB pages, as spans and as large objects; what is committed, and the limit. One lock.
//! * `table`: what each page is part of and a tag for each slot; atomics, readable at any time by anyone.
//!
//! # Contract
//!
//! 1. A slot is in exactly one place: handed out, in a magazine of one cache, in a magazine of the depot, or in the
//!    bit map of its span. It moves between the first two in one thread, between the others under the depot's lock.
//! 2. A slot's tag is not 0 exactly while it is handed out: the owner stores it last when it gets the slot and clears
//!    it first when it frees it. The store is relaxed: who learns an address from the owner synchronises with the
//!    owner.
//! 3. A page's record is written only by whoever holds the run of pages, between taking it from and giving it to
//!    `runs`. A span is given back only when all its slots are in its bit map, thus all its tags 0.
//! 4. No page is handed out before it is committed, and none is decommitted before its run was given back.
//! 5. Locks are taken in the order shared cache, one depot, runs; never two depots. No foreign code runs under them.
//! 6. [`Space::slot`] and [`Space::live`] accept any number at any time and read metadata only. What they say of a slot
//!    that is being allocated or freed meanwhile may be either state.

mod cache;
mod class;
mod depot;
mod error;
mod poison;
mod region;
mod runs;
mod table;

pub use cache::Cache;
pub use class::Class;
pub use error::{Cause, OutOfMemory};
pub use region::{Backing, Region};

use crate::journal::{self, Owner};
use crate::primitive::{Mutex, lock, try_lock};
use class::CLASSES;
use depot::{Depot, Loaded};
use drust_proto::Rank;
use runs::Pages;
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use table::{Page, Table};

/// Bytes of a page, the unit of spans, large objects and commitment.
pub const PAGE: usize = 64 << 10;

/// How a space is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What error messages and the memory file call it, such as `"partition"`.
    pub name: &'static str,
    /// Bytes of addresses; rounded up to whole pages of 64 KiB.
    pub reserve: usize,
    /// Bytes that may be committed at a time; rounded down to whole pages.
    pub limit: usize,
    /// What backs the memory.
    pub backing: Backing,
}

/// A live slot, found by address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    /// Offset of its first byte.
    pub start: usize,
    /// Its bytes: of its size class, or whole pages.
    pub size: usize,
    /// What its owner marked it with; never 0.
    pub tag: u32,
}

/// Live slots of one tag.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Live {
    /// How many.
    pub count: usize,
    /// Their bytes, of whole slots.
    pub bytes: usize,
}

/// Bytes of a space, by state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// In spans and large objects, free slots of spans included.
    pub allocated: usize,
    /// Backed by memory, or promised to be.
    pub committed: usize,
    /// What `committed` may reach.
    pub limit: usize,
    /// Addresses.
    pub reserve: usize,
}

/// How far a space may be taken by an allocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// As far as the controller would call it full: 90 % of what is allowed. What may lie elsewhere goes there instead.
    Full,
    /// As far as is allowed.
    Limit,
}

impl Mark {
    /// The pages that a space with a limit of so many pages may take.
    fn pages(self, limit: usize) -> usize {
        match self {
            Mark::Full => limit / 10 * 9 + limit % 10 * 9 / 10,
            Mark::Limit => usize::MAX,
        }
    }
}

/// A reserved range of addresses and the allocator of the memory in it.
///
/// Dropping it unmaps the memory, whatever is still allocated.
#[derive(Debug)]
pub struct Space {
    id: u64,
    /// Whose partition this is, for the journal.
    owner: Owner,
    name: &'static str,
    limit: usize,
    pages: Pages,
    table: Table,
    depots: Box<[Mutex<Depot>]>,
    shared: Mutex<Cache>,
}

/// Identities of spaces, so that a cache notices that it is used with another space than its own.
static SPACES: AtomicU64 = AtomicU64::new(1);

impl Space {
    /// Reserves the addresses; memory is committed when it is first needed.
    ///
    /// # Errors
    /// What the system says when it refuses the addresses or the memory file.
    pub fn reserve(options: Options) -> io::Result<Space> {
        let pages = options.reserve.div_ceil(PAGE).max(1);
        let region = Region::reserve(options.name, pages * PAGE, options.backing)?;
        Ok(Space {
            id: SPACES.fetch_add(1, Ordering::Relaxed),
            owner: Owner::NOBODY,
            name: options.name,
            limit: options.limit / PAGE * PAGE,
            pages: Pages::new(region, options.limit),
            table: Table::new(pages)?,
            depots: (0..CLASSES).map(|class| Mutex::new(Depot::new(Class::from_index(class)))).collect(),
            shared: Mutex::new(Cache::new()),
        })
    }

    /// The partition of a node, whose slots are in the journal.
    pub(crate) fn of_node(mut self, node: Rank) -> Space {
        self.owner = Owner::node(node);
        self
    }

    /// Lowest address, aligned to 2 MiB.
    #[inline]
    #[must_use]
    pub fn base(&self) -> *mut u8 {
        self.pages.region.base()
    }

    /// Bytes of addresses.
    #[inline]
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a range of addresses is never empty")]
    pub fn len(&self) -> usize {
        self.pages.region.len()
    }

    /// Whether `ptr` points into the range.
    #[inline]
    #[must_use]
    pub fn contains(&self, ptr: *const u8) -> bool {
        self.pages.region.contains(ptr)
    }

    /// The memory file of a shared space.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pages.region.fd()
    }

    /// Bytes from the base to `ptr`; without meaning for a pointer outside.
    #[inline]
    #[must_use]
    pub fn offset_of(&self, ptr: *const u8) -> usize {
        ptr.addr().wrapping_sub(self.base().addr())
    }

    /// The address `offset` bytes above the base, whether in the range or not.
    #[inline]
    #[must_use]
    pub fn at(&self, offset: usize) -> *mut u8 {
        self.base().wrapping_add(offset)
    }

    /// Allocates without a thread's cache, behind a lock that all such callers share. See [`Cache::alloc`].
    ///
    /// # Errors
    /// Where the space's limit, its reserved addresses or the system's memory are used up.
    pub fn alloc(&self, layout: Layout, tag: u32) -> Result<NonNull<u8>, OutOfMemory> {
        let first = lock(&self.shared).alloc(self, layout, tag);
        first.or_else(|_| {
            // While it allocated, the shared cache itself could not be drained.
            self.reclaim();
            lock(&self.shared).alloc(self, layout, tag)
        })
    }

    /// Frees without a thread's cache.
    ///
    /// # Safety
    /// As for [`Cache::free`].
    pub unsafe fn free(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { lock(&self.shared).free(self, ptr, layout) }
    }

    /// Frees without a thread's cache, whatever the layout was.
    ///
    /// # Safety
    /// As for [`Cache::free_at`].
    pub unsafe fn free_at(&self, ptr: NonNull<u8>) {
        // SAFETY: the caller's promise is the same.
        unsafe { lock(&self.shared).free_at(self, ptr) }
    }

    /// Bytes that an object of this layout occupies; for a layout that cannot be served, some larger number.
    #[must_use]
    pub fn footprint(layout: Layout) -> usize {
        match Class::of(layout.size(), layout.align()) {
            Some(class) => class.size(),
            None => layout.size().div_ceil(PAGE).saturating_mul(PAGE),
        }
    }

    /// The live slot around `offset`: for serving and freeing by address. Any number may be asked for.
    #[must_use]
    pub fn slot(&self, offset: usize) -> Option<Slot> {
        self.table.slot(offset)
    }

    /// What is allocated, by tag: for reports of leaks. It walks all spans.
    #[must_use]
    pub fn live(&self) -> BTreeMap<u32, Live> {
        let mut by_tag = BTreeMap::<u32, Live>::new();
        self.table.each_live(self.pages.account().top, |slot| {
            let live = by_tag.entry(slot.tag).or_default();
            live.count += 1;
            live.bytes += slot.size;
        });
        by_tag
    }

    /// How much is allocated, committed and allowed.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let account = self.pages.account();
        Usage {
            allocated: account.used * PAGE,
            committed: account.committed * PAGE,
            limit: self.limit,
            reserve: self.len(),
        }
    }

    /// Gives all memory back to the system that neither an object nor a thread's cache holds.
    pub fn trim(&self) {
        self.reclaim();
        self.pages.purge();
    }

    #[inline]
    fn pointer(&self, offset: usize) -> NonNull<u8> {
        debug_assert!(offset < self.len());
        // SAFETY: offsets handed out lie in the region, whose base is not null and whose end does not wrap.
        unsafe { NonNull::new_unchecked(self.at(offset)) }
    }

    #[cold]
    fn alloc_large(&self, mark: Mark, layout: Layout, tag: u32) -> Result<NonNull<u8>, OutOfMemory> {
        if layout.align() > region::ALIGN {
            return Err(self.exhausted(layout.size(), Cause::Alignment));
        }
        let pages = layout.size().div_ceil(PAGE);
        let page = self.take_pages(mark, pages, (layout.align() / PAGE).max(1), layout.size())?;
        self.table.large_tag(page).store(tag, Ordering::Relaxed);
        self.table.set_large(page, pages);
        journal::allocated(self.owner, self, page * PAGE);
        let place = self.pointer(page * PAGE);
        poison::unpoison(place.as_ptr(), layout.size());
        Ok(place)
    }

    #[cold]
    fn free_large(&self, offset: usize) {
        let page = offset / PAGE;
        let Page::LargeHead { pages } = self.table.page(page) else {
            panic!("no object starts at offset {offset:#x} of the {}", self.name)
        };
        journal::cleared(self.owner, offset);
        self.table.large_tag(page).store(0, Ordering::Relaxed);
        self.table.set_free(page, pages);
        poison::poison(self.at(offset), pages * PAGE);
        self.pages.give(page, pages);
    }

    /// The class of the span around `offset`; `None` for a large object.
    fn class_at(&self, offset: usize) -> Option<Class> {
        match self.table.page(offset / PAGE) {
            Page::Span { class, .. } => {
                let (span, slot) = class.locate(offset);
                assert!(span + slot * class.size() == offset, "no slot starts at {offset:#x} of the {}", self.name);
                Some(class)
            }
            _ => None,
        }
    }

    fn take_pages(&self, mark: Mark, pages: usize, align: usize, asked: usize) -> Result<usize, OutOfMemory> {
        let most = mark.pages(self.limit / PAGE);
        let first = self.pages.take(pages, align, most);
        let taken = first.or_else(|_| {
            self.reclaim();
            self.pages.take(pages, align, most)
        });
        taken.map_err(|cause| self.exhausted(asked, cause))
    }

    fn exhausted(&self, asked: usize, cause: Cause) -> OutOfMemory {
        let Usage { allocated, limit, reserve, .. } = self.usage();
        OutOfMemory { space: self.name, asked, used: allocated, limit, reserve, cause }
    }

    /// Returns the free slots of all depots to their spans, and spans without objects to the pages.
    fn reclaim(&self) {
        if let Some(mut shared) = try_lock(&self.shared) {
            shared.drain(self);
        }
        for depot in &self.depots {
            lock(depot).flush(&self.table, &self.pages);
        }
    }

    fn depot(&self, class: Class) -> &Mutex<Depot> {
        &self.depots[class.index()]
    }

    fn blank(&self, class: Class) -> Loaded {
        lock(self.depot(class)).blank()
    }

    /// Fills an empty magazine, and says with how many slots: at least one.
    fn fill(&self, mark: Mark, class: Class, magazine: &mut Loaded, asked: usize) -> Result<usize, OutOfMemory> {
        let filled = lock(self.depot(class)).exchange_empty(magazine);
        if filled > 0 {
            return Ok(filled);
        }
        let page = self.take_pages(mark, class.pages(), class.pages(), asked)?;
        poison::poison(self.at(page * PAGE), class.pages() * PAGE);
        let mut depot = lock(self.depot(class));
        depot.add(page, &self.table);
        Ok(depot.exchange_empty(magazine))
    }

    /// Empties a full magazine.
    fn store(&self, class: Class, magazine: &mut Loaded) {
        lock(self.depot(class)).exchange_full(magazine, &self.table, &self.pages);
    }

    fn take_back(&self, class: Class, magazine: Loaded, rounds: usize) {
        let mut depot = lock(self.depot(class));
        depot.give(&magazine.slots[..rounds], &self.table, &self.pages, 1);
        depot.put_blank(magazine);
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // The cache has no destructor; its magazines end with the depots.
        lock(&self.shared).drain(self);
        // Others may be given these addresses when they are unmapped.
        poison::unpoison(self.base(), self.pages.account().top * PAGE);
    }
}
