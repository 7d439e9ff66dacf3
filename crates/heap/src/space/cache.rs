//! A thread's share of free slots, from which almost every allocation is served without a lock.

use super::class::{CLASSES, Class, MAGAZINE};
use super::depot::Loaded;
use super::error::OutOfMemory;
use super::poison::{poison, unpoison};
use super::{Mark, Space};
use crate::journal;
use std::alloc::Layout;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

/// The magazines of one class: one in use, and one that is full or empty, so that a thread which allocates and frees
/// around the edge of a magazine does not go to the depot each time.
#[derive(Debug)]
struct Bin {
    rounds: usize,
    loaded: Option<Loaded>,
    spare_rounds: usize,
    spare: Option<Loaded>,
}

/// Free slots of one space in the hands of one thread.
///
/// It serves the space that it first met, and panics when used with another. It has no destructor: what it holds when
/// it is dropped stays allocated until its space ends, so [`drain`](Cache::drain) it first.
///
/// ```
/// use drust_heap::space::{Backing, Cache, Options, Space};
/// use std::alloc::Layout;
/// let space = Space::reserve(Options { name: "example", reserve: 1 << 22, limit: 1 << 22, backing: Backing::Private
/// })?; let mut cache = Cache::new();
/// let layout = Layout::new::<[u64; 4]>();
/// let object = cache.alloc(&space, layout, 7)?;
/// assert_eq!(space.slot(space.offset_of(object.as_ptr())).map(|slot| slot.tag), Some(7));
/// // SAFETY: allocated just now from this space with this layout, and not used again.
/// unsafe { cache.free(&space, object, layout) };
/// cache.drain(&space);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Cache {
    /// The space's identity; 0 before the first use.
    owner: u64,
    bins: [Bin; CLASSES],
}

impl Default for Cache {
    fn default() -> Cache {
        Cache::new()
    }
}

impl Cache {
    /// An empty cache.
    #[must_use]
    pub const fn new() -> Cache {
        Cache { owner: 0, bins: [const { Bin { rounds: 0, loaded: None, spare_rounds: 0, spare: None } }; CLASSES] }
    }

    /// A slot for `layout`, which is not zero-sized, its contents unspecified, marked with `tag`, which is not 0.
    ///
    /// # Errors
    /// Where the space's limit, its reserved addresses or the system's memory are used up.
    ///
    /// # Panics
    /// Where the cache has served another space.
    #[inline]
    pub fn alloc(&mut self, space: &Space, layout: Layout, tag: u32) -> Result<NonNull<u8>, OutOfMemory> {
        self.alloc_up_to(Mark::Limit, space, layout, tag)
    }

    /// As [`alloc`](Cache::alloc), up to a mark: a slot that is free already is had beyond it, too.
    ///
    /// # Errors
    /// As [`alloc`](Cache::alloc), and where the space is taken up to the mark.
    ///
    /// # Panics
    /// As [`alloc`](Cache::alloc).
    #[inline]
    pub fn alloc_up_to(
        &mut self,
        mark: Mark,
        space: &Space,
        layout: Layout,
        tag: u32,
    ) -> Result<NonNull<u8>, OutOfMemory> {
        debug_assert!(layout.size() > 0 && tag > 0);
        let Some(class) = Class::of(layout.size(), layout.align()) else {
            return space.alloc_large(mark, layout, tag);
        };
        let offset = match self.pop(space, class) {
            Some(offset) => offset,
            None => self.refill(mark, space, class, layout.size())?,
        };
        let old = space.table.tag(class, offset);
        debug_assert_eq!(old.load(Ordering::Relaxed), 0, "slot {offset:#x} was handed out twice");
        old.store(tag, Ordering::Relaxed);
        journal::allocated(space.owner, space, offset);
        unpoison(space.at(offset), layout.size());
        Ok(space.pointer(offset))
    }

    /// A slot of `class` from the loaded magazine, marked with `tag`; `None` where that is empty, and
    /// [`alloc`](Cache::alloc) must be asked.
    #[inline(always)]
    pub fn take(&mut self, space: &Space, class: Class, tag: u32) -> Option<NonNull<u8>> {
        let offset = self.pop(space, class)?;
        space.table.tag(class, offset).store(tag, Ordering::Relaxed);
        journal::allocated(space.owner, space, offset);
        unpoison(space.at(offset), class.size());
        Some(space.pointer(offset))
    }

    /// Frees the slot at `ptr` into the loaded magazine; false, and nothing done, where that is full or `ptr` is of
    /// another space, and [`free`](Cache::free) must be asked.
    ///
    /// # Safety
    /// As for [`free`](Cache::free), with a layout of this `class`; `ptr` may be of any space.
    #[inline(always)]
    #[must_use]
    pub unsafe fn give(&mut self, space: &Space, class: Class, ptr: NonNull<u8>) -> bool {
        let offset = space.offset_of(ptr.as_ptr());
        let bin = &mut self.bins[class.index()];
        // The last condition holds for a place of another space, which a thread of another simulated node may bring.
        if bin.rounds >= class.rounds() || self.owner != space.id || offset >= space.len() {
            return false;
        }
        let Some(magazine) = &mut bin.loaded else { return false };
        let tag = space.table.tag(class, offset);
        debug_assert_ne!(tag.load(Ordering::Relaxed), 0, "slot {offset:#x} was freed twice");
        journal::cleared(space.owner, offset);
        tag.store(0, Ordering::Relaxed);
        poison(space.at(offset), class.size());
        magazine.slots[bin.rounds % MAGAZINE] = offset;
        bin.rounds += 1;
        true
    }

    /// Frees the slot at `ptr`.
    ///
    /// # Safety
    /// `ptr` was returned by an allocation from `space` with this `layout`, was not freed since, and is not used again.
    ///
    /// # Panics
    /// Where the cache has served another space.
    #[inline]
    pub unsafe fn free(&mut self, space: &Space, ptr: NonNull<u8>, layout: Layout) {
        let offset = space.offset_of(ptr.as_ptr());
        match Class::of(layout.size(), layout.align()) {
            Some(class) => self.free_slot(space, class, offset),
            None => space.free_large(offset),
        }
    }

    /// Frees the slot at `ptr` whatever its layout was.
    ///
    /// # Safety
    /// As for [`free`](Cache::free).
    ///
    /// # Panics
    /// Where no slot starts at `ptr`, and where the cache has served another space.
    pub unsafe fn free_at(&mut self, space: &Space, ptr: NonNull<u8>) {
        let offset = space.offset_of(ptr.as_ptr());
        match space.class_at(offset) {
            Some(class) => self.free_slot(space, class, offset),
            None => space.free_large(offset),
        }
    }

    /// Gives all free slots back to the space; done when a thread ends.
    pub fn drain(&mut self, space: &Space) {
        if self.owner == 0 {
            return;
        }
        self.bind(space);
        for (index, bin) in self.bins.iter_mut().enumerate() {
            let class = Class::from_index(index);
            for (magazine, rounds) in [(bin.loaded.take(), bin.rounds), (bin.spare.take(), bin.spare_rounds)] {
                if let Some(magazine) = magazine {
                    space.take_back(class, magazine, rounds);
                }
            }
            (bin.rounds, bin.spare_rounds) = (0, 0);
        }
        // Empty, it may serve another space: that of the next node its thread belongs to.
        self.owner = 0;
    }

    #[inline(always)]
    fn pop(&mut self, space: &Space, class: Class) -> Option<usize> {
        let bin = &mut self.bins[class.index()];
        if bin.rounds == 0 || self.owner != space.id {
            return None;
        }
        let magazine = bin.loaded.as_ref()?;
        bin.rounds -= 1;
        Some(magazine.slots[bin.rounds % MAGAZINE])
    }

    #[inline]
    fn free_slot(&mut self, space: &Space, class: Class, offset: usize) {
        // SAFETY: the caller frees a slot of this class, by the contract of its own caller.
        if !unsafe { self.give(space, class, space.pointer(offset)) } {
            let tag = space.table.tag(class, offset);
            debug_assert_ne!(tag.load(Ordering::Relaxed), 0, "slot {offset:#x} was freed twice");
            journal::cleared(space.owner, offset);
            tag.store(0, Ordering::Relaxed);
            poison(space.at(offset), class.size());
            self.make_way(space, class, offset);
        }
    }

    fn bind(&mut self, space: &Space) {
        if self.owner == 0 {
            self.owner = space.id;
        }
        assert!(self.owner == space.id, "this cache serves another space than the {}", space.name);
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, mark: Mark, space: &Space, class: Class, asked: usize) -> Result<usize, OutOfMemory> {
        self.bind(space);
        let bin = &mut self.bins[class.index()];
        if bin.spare_rounds > 0 {
            bin.swap();
        } else {
            let mut magazine = bin.loaded.take().unwrap_or_else(|| space.blank(class));
            let filled = space.fill(mark, class, &mut magazine, asked);
            bin.loaded = Some(magazine);
            bin.rounds = filled?;
        }
        Ok(self.pop(space, class).expect("filled just now"))
    }

    #[cold]
    #[inline(never)]
    fn make_way(&mut self, space: &Space, class: Class, offset: usize) {
        self.bind(space);
        let bin = &mut self.bins[class.index()];
        if bin.loaded.is_none() {
            bin.loaded = Some(space.blank(class));
        } else if bin.spare_rounds == 0 {
            if bin.spare.is_none() {
                bin.spare = Some(space.blank(class));
            }
            bin.swap();
        } else if let Some(full) = &mut bin.loaded {
            space.store(class, full);
            bin.rounds = 0;
        }
        if let Some(magazine) = &mut bin.loaded {
            magazine.slots[bin.rounds] = offset;
            bin.rounds += 1;
        }
    }
}

impl Bin {
    fn swap(&mut self) {
        std::mem::swap(&mut self.loaded, &mut self.spare);
        std::mem::swap(&mut self.rounds, &mut self.spare_rounds);
    }
}
