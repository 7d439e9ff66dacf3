//! Bytes that nobody will use again (`forget`): copies evicted, sources moved out, slots freed.

use super::Found;
use crate::carry::Carry;
use crate::descriptor::{Described, Descriptor};
use crate::handle::Handle;
use crate::journal;

/// What forgotten bytes held: pins to release, tied slots to free.
#[derive(Default, Debug)]
pub struct Forgetting {
    /// What the handles' `ptr` words held: pins, and addresses of home objects, which only their reader can tell apart.
    pub held: Vec<*const u8>,
    /// The places of tied values.
    pub tied: Vec<*mut u8>,
    queue: Vec<(*mut u8, &'static Descriptor, usize)>,
}

impl Forgetting {
    /// Notes all that `elements` values at `first` hold, tied values included.
    ///
    /// # Safety
    /// The values are readable, and nobody uses them any more.
    pub unsafe fn values(&mut self, first: *mut u8, descriptor: &'static Descriptor, elements: usize) {
        self.queue.push((first, descriptor, elements));
        let mut found = Found::default();
        while let Some((first, descriptor, elements)) = self.queue.pop() {
            // SAFETY: the caller vouches for the first values, and their tied pointers for the others.
            unsafe {
                for spot in found.in_values(descriptor, first, elements) {
                    (spot.kind.forget)(spot.at, self);
                }
            }
        }
    }

    /// Notes what a three-word handle holds.
    pub fn handle(&mut self, handle: &Handle) {
        journal::before(handle).forgotten(handle);
        let held = handle.peek();
        if !held.is_null() {
            self.held.push(held);
        }
    }

    /// Notes a tied pointee and goes on into it.
    pub fn tied(&mut self, pointee: *mut u8, descriptor: &'static Descriptor, elements: usize) {
        self.tied.push(pointee);
        self.queue.push((pointee, descriptor, elements));
    }
}

/// Appends what the handles of a copy of `elements` values of `T` hold; the copy table calls it on eviction.
///
/// # Safety
/// `first` is such a copy, and nobody uses it any more.
pub unsafe fn pins_of<T: Carry>(first: *const u8, elements: usize, held: &mut Vec<*const u8>) {
    let mut forgetting = Forgetting::default();
    // SAFETY: the caller's promise is the callee's condition.
    unsafe { forgetting.values(first.cast_mut(), T::DESCRIPTOR, elements) };
    held.append(&mut forgetting.held);
}
