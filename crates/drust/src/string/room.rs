//! The room of a `String`: inside, or a slot.

use super::{Body, Heap, INLINE, INLINE_MAX, String};
use crate::vec::TryReserveError;
use drust_heap::vault::Fresh;
use drust_heap::{Described, Handle};
use drust_runtime::memory;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;

impl String {
    /// Makes room for at least `additional` more bytes; growth is amortised.
    ///
    /// # Panics
    /// Where the text would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut text = drust::String::from("a");
    /// text.reserve(100);
    /// assert!(text.capacity() >= 101);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if additional > self.capacity() - self.len() {
            self.grow(additional);
        }
    }

    /// Makes room for `additional` more bytes, and no more than that (but for the room inside).
    ///
    /// # Panics
    /// As [`String::reserve`].
    ///
    /// ```
    /// let mut text = drust::String::new();
    /// text.reserve_exact(100);
    /// assert_eq!(text.capacity(), 100);
    /// ```
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        if additional > self.capacity() - self.len() {
            self.resize_slot(self.len().checked_add(additional).expect("capacity overflow"));
        }
    }

    /// As [`String::reserve`], but returns an error where that panics, or ends the job; nothing is changed then.
    ///
    /// # Errors
    /// The text would take more than `isize::MAX` bytes, or the node has no room.
    ///
    /// ```
    /// let mut text = drust::String::from("a");
    /// assert!(text.try_reserve(usize::MAX).is_err());
    /// assert!(text.try_reserve(100).is_ok() && text.capacity() >= 101);
    /// ```
    #[track_caller]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if additional <= self.capacity() - self.len() {
            return Ok(());
        }
        self.try_resize_slot(self.try_grown(additional)?)
    }

    /// As [`String::reserve_exact`], but returns an error where that panics, or ends the job; nothing is changed then.
    ///
    /// # Errors
    /// As [`String::try_reserve`].
    ///
    /// ```
    /// let mut text = drust::String::new();
    /// text.try_reserve_exact(100)?;
    /// assert_eq!(text.capacity(), 100);
    /// # Ok::<(), drust::vec::TryReserveError>(())
    /// ```
    #[track_caller]
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if additional <= self.capacity() - self.len() {
            return Ok(());
        }
        self.try_resize_slot(self.len().checked_add(additional).ok_or(TryReserveError::OVERFLOW)?)
    }

    /// Gives back the room that the text does not take; text that fits inside goes there.
    ///
    /// ```
    /// let mut text = drust::String::with_capacity(100);
    /// text.push('a');
    /// text.shrink_to_fit();
    /// assert!(text.capacity() < 100);
    /// ```
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back room, down to `least` bytes.
    ///
    /// ```
    /// let mut text = drust::String::with_capacity(100);
    /// text.shrink_to(50);
    /// assert_eq!(text.capacity(), 50);
    /// ```
    #[track_caller]
    pub fn shrink_to(&mut self, least: usize) {
        let target = self.len().max(least);
        if self.is_inline() || target >= self.capacity() {
            return;
        }
        if target <= INLINE_MAX {
            let inside = self.look(|text| String::from(text));
            *self = inside;
        } else {
            self.resize_slot(target);
        }
    }

    /// Room for `additional` more bytes; the place of the text then.
    #[inline]
    #[track_caller]
    pub(super) fn room_for(&mut self, additional: usize) -> *mut u8 {
        let (len, capacity) = (self.len(), self.capacity());
        let Some(heap) = self.heap_mut() else {
            let inside = (&raw mut self.body).cast();
            return if additional <= INLINE_MAX - len { inside } else { self.grow(additional) };
        };
        match heap.handle.private() {
            Some(home) if additional <= capacity - len => home,
            _ => self.room_slowly(additional),
        }
    }

    /// Room for `additional` more bytes; the place behind the text then.
    #[inline(always)]
    #[track_caller]
    pub(super) fn room_behind(&mut self, additional: usize) -> *mut u8 {
        let tag = self.tag.get();
        if let Some(heap) = self.heap_mut() {
            // Without its highest bit the tag is the capacity.
            if additional <= tag as usize - heap.len
                && let Some(home) = heap.handle.private()
            {
                return home.wrapping_add(heap.len);
            }
        } else {
            let len = (tag & !INLINE) as usize;
            if additional <= INLINE_MAX - len {
                return (&raw mut self.body).cast::<u8>().wrapping_add(len);
            }
        }
        let len = self.len();
        self.room_slowly(additional).wrapping_add(len)
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn room_slowly(&mut self, additional: usize) -> *mut u8 {
        if additional <= self.capacity() - self.len() { self.place_mut() } else { self.grow(additional) }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn grow(&mut self, additional: usize) -> *mut u8 {
        let Ok(capacity) = self.try_grown(additional) else { panic!("capacity overflow") };
        self.resize_slot(capacity)
    }

    fn try_grown(&self, additional: usize) -> Result<usize, TryReserveError> {
        let needed = self.len().checked_add(additional).ok_or(TryReserveError::OVERFLOW)?;
        fits(needed.max(self.capacity().saturating_mul(2)))
    }

    /// Puts the text in a slot of this node for exactly `capacity` bytes.
    #[track_caller]
    pub(super) fn resize_slot(&mut self, capacity: usize) -> *mut u8 {
        let Ok(capacity) = fits(capacity) else { panic!("capacity overflow") };
        let shape = self.shape();
        let place = match self.heap_mut() {
            Some(heap) => memory::resize_to::<u8>(&mut heap.handle, shape.elements, shape.capacity, capacity),
            None => self.move_out(memory::allocate_or_end(u8::DESCRIPTOR.layout(capacity), u8::DESCRIPTOR)),
        };
        self.tag = capacity_tag(capacity);
        place
    }

    #[track_caller]
    fn try_resize_slot(&mut self, capacity: usize) -> Result<(), TryReserveError> {
        let (capacity, shape) = (fits(capacity)?, self.shape());
        match self.heap_mut() {
            Some(heap) => memory::try_resize(&mut heap.handle, shape, capacity)?,
            None => self.move_out(memory::allocate(u8::DESCRIPTOR.layout(capacity), u8::DESCRIPTOR)?),
        };
        self.tag = capacity_tag(capacity);
        Ok(())
    }

    /// Moves text that lies inside to a new slot with room for it, where it is found as soon as the tag says so.
    fn move_out(&mut self, fresh: Fresh) -> *mut u8 {
        let (place, len) = (fresh.place.as_ptr(), self.len());
        // SAFETY: the slot is new and has room for the text.
        unsafe { place.copy_from_nonoverlapping((&raw const self.body).cast(), len) };
        let handle = Handle::new_private(place, fresh.address, fresh.stamp);
        self.body = Body { heap: ManuallyDrop::new(Heap { handle, len }) };
        place
    }
}

/// The last word of a string on the heap.
fn capacity_tag(capacity: usize) -> NonZeroU64 {
    NonZeroU64::new(capacity as u64).expect("an object has room")
}

/// The capacity, if so many bytes can be.
fn fits(capacity: usize) -> Result<usize, TryReserveError> {
    if capacity <= isize::MAX as usize { Ok(capacity) } else { Err(TryReserveError::OVERFLOW) }
}
