//! The room of a `Vec`.

use super::{TryReserveError, Vec};
use drust_heap::Portable;
use drust_runtime::memory;
use std::mem::MaybeUninit;

impl<T: Portable> Vec<T> {
    /// Makes room for at least `additional` more values; growth is amortised.
    ///
    /// Where the node has no room the job ends, saying so; [`Vec::try_reserve`] returns that instead.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// v.reserve(10);
    /// assert!(v.capacity() >= 11);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if additional > self.capacity - self.len {
            self.grow(additional);
        }
    }

    /// Makes room for `additional` more values and no more than that.
    ///
    /// # Panics
    /// As [`Vec::reserve`].
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// v.reserve_exact(10);
    /// assert_eq!(v.capacity(), 11);
    /// ```
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        if additional > self.capacity - self.len {
            self.resize_slot(self.len.checked_add(additional).expect("capacity overflow"));
        }
    }

    /// As [`Vec::reserve`], but returns an error where that panics, or ends the job; nothing is changed then.
    ///
    /// # Errors
    /// The values would take more than `isize::MAX` bytes, or the node has no room.
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// assert!(v.try_reserve(usize::MAX).is_err());
    /// assert!(v.try_reserve(10).is_ok() && v.capacity() >= 11);
    /// ```
    #[track_caller]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if additional <= self.capacity - self.len {
            return Ok(());
        }
        self.try_resize_slot(self.try_grown(self.len, additional)?)
    }

    /// As [`Vec::reserve_exact`], but returns an error where that panics, or ends the job; nothing is changed then.
    ///
    /// # Errors
    /// As [`Vec::try_reserve`].
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// v.try_reserve_exact(10)?;
    /// assert_eq!(v.capacity(), 11);
    /// # Ok::<(), drust::vec::TryReserveError>(())
    /// ```
    #[track_caller]
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if additional <= self.capacity - self.len {
            return Ok(());
        }
        self.try_resize_slot(self.len.checked_add(additional).ok_or(TryReserveError::OVERFLOW)?)
    }

    /// Gives back the room that no value takes; a remote vector that has some moves here.
    ///
    /// ```
    /// let mut v = drust::Vec::with_capacity(10);
    /// v.push(1);
    /// v.shrink_to_fit();
    /// assert_eq!(v.capacity(), 1);
    /// ```
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back room, down to `least` values.
    ///
    /// ```
    /// let mut v = drust::Vec::with_capacity(10);
    /// v.push(1);
    /// v.shrink_to(4);
    /// assert_eq!(v.capacity(), 4);
    /// ```
    #[track_caller]
    pub fn shrink_to(&mut self, least: usize) {
        let target = self.len.max(least);
        if size_of::<T>() == 0 || target >= self.capacity {
            return;
        }
        if target == 0 {
            *self = Vec::new();
        } else {
            self.resize_slot(target);
        }
    }

    /// The room behind the values, to be written before [`Vec::set_len`] counts it in. A remote vector moves here
    /// first.
    ///
    /// ```
    /// let mut v = drust::Vec::with_capacity(2);
    /// v.spare_capacity_mut()[0].write(7);
    /// // SAFETY: the first value was written just now.
    /// unsafe { v.set_len(1) };
    /// assert_eq!(v, [7]);
    /// ```
    #[track_caller]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<T>] {
        let first = self.place_mut().cast::<MaybeUninit<T>>();
        // SAFETY: the slot is this node's own, and has room for so many behind its values.
        unsafe { std::slice::from_raw_parts_mut(first.add(self.len), self.capacity - self.len) }
    }

    /// Sets the length.
    ///
    /// # Safety
    /// `len` is at most the capacity, and so many values are initialised. Values counted newly were written to this
    /// node's own slot: [`Vec::spare_capacity_mut`] sees to that.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2];
    /// // SAFETY: there are two, and numbers need no drop.
    /// unsafe { v.set_len(1) };
    /// assert_eq!(v, [1]);
    /// ```
    pub unsafe fn set_len(&mut self, len: usize) {
        debug_assert!(len <= self.capacity);
        self.len = len;
    }

    /// Values that the first slot of a growing vector has room for.
    const LEAST: usize = match size_of::<T>() {
        1 => 8,
        ..=1024 => 4,
        _ => 1,
    };

    /// Room for one more value: the values' place at home here, under a stamp nobody else has.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(super) fn room_for_one(&mut self) -> *mut u8 {
        if self.len == self.capacity { self.grow(1) } else { self.place_mut() }
    }

    /// Room for `additional` more values, so that amortised growth stays linear; the place of the values then.
    #[inline]
    #[track_caller]
    pub(super) fn grow(&mut self, additional: usize) -> *mut u8 {
        if self.capacity == 0 && additional <= Self::LEAST {
            let place = memory::first_slot::<T>(&mut self.handle, Self::LEAST);
            self.capacity = Self::LEAST;
            return place;
        }
        self.resize_slot(self.grown(self.len, additional))
    }

    /// The capacity to grow to for `additional` values beside `used`.
    ///
    /// # Panics
    /// Where so many values cannot be.
    #[track_caller]
    pub(super) fn grown(&self, used: usize, additional: usize) -> usize {
        self.try_grown(used, additional).unwrap_or_else(|_| overflow())
    }

    fn try_grown(&self, used: usize, additional: usize) -> Result<usize, TryReserveError> {
        let needed = used.checked_add(additional).ok_or(TryReserveError::OVERFLOW)?;
        fits::<T>(needed.max(self.capacity.saturating_mul(2)).max(Self::LEAST))
    }

    /// Puts the values in a slot of this node for exactly `capacity` of them.
    #[track_caller]
    pub(super) fn resize_slot(&mut self, capacity: usize) -> *mut u8 {
        self.resize_slot_with(self.len, capacity)
    }

    /// As [`resize_slot`](Vec::resize_slot), where more places than those of the counted values go along.
    #[track_caller]
    pub(super) fn resize_slot_with(&mut self, elements: usize, capacity: usize) -> *mut u8 {
        let Ok(capacity) = fits::<T>(capacity) else { overflow() };
        let place = memory::resize_to::<T>(&mut self.handle, elements, self.capacity, capacity);
        self.capacity = capacity;
        place
    }

    #[track_caller]
    fn try_resize_slot(&mut self, capacity: usize) -> Result<(), TryReserveError> {
        let (capacity, shape) = (fits::<T>(capacity)?, self.shape());
        memory::try_resize(&mut self.handle, shape, capacity)?;
        self.capacity = capacity;
        Ok(())
    }
}

/// The capacity, if a slot can be for so many values: there is none for those without bytes, of which any number is
/// there.
fn fits<T>(capacity: usize) -> Result<usize, TryReserveError> {
    let bytes = size_of::<T>().checked_mul(capacity);
    match bytes {
        Some(bytes) if bytes <= isize::MAX as usize && size_of::<T>() != 0 => Ok(capacity),
        _ => Err(TryReserveError::OVERFLOW),
    }
}

#[cold]
#[track_caller]
fn overflow() -> ! {
    panic!("capacity overflow")
}
