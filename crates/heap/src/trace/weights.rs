//! How many bytes of what a value points to live on which node: what decides where a task goes that is given the value.

use super::Found;
use crate::descriptor::Descriptor;
use crate::handle::Handle;
use drust_proto::Rank;
use std::fmt;

/// Values looked into for one answer; what lies behind more is not counted.
const LOOKS: usize = 64;

/// Bytes by the node that they live on.
pub struct Weights {
    here: Rank,
    homes: Vec<(Rank, u64)>,
    queue: Vec<(*const u8, &'static Descriptor, usize)>,
    looks: usize,
}

impl Weights {
    /// The bytes of the objects that the handles in a value of node `here` name, and of what travels with it, which is
    /// here. Contents of objects are not looked into. Each node is listed once.
    ///
    /// # Safety
    /// As [`Descriptor::trace`], and the value's borrows last until this returns.
    #[must_use]
    pub unsafe fn of(here: Rank, descriptor: &'static Descriptor, value: *const u8) -> Vec<(Rank, u64)> {
        let mut weights = Weights { here, homes: Vec::new(), queue: vec![(value, descriptor, 1)], looks: LOOKS };
        let mut found = Found::default();
        while let Some((first, descriptor, elements)) = weights.queue.pop() {
            let looked = elements.min(weights.looks);
            weights.looks -= looked;
            // SAFETY: the caller vouches for the value, and its borrows and ties for what travels with it.
            unsafe {
                for spot in found.in_values(descriptor, first, looked) {
                    (spot.kind.weigh)(spot.at, &mut weights);
                }
            }
        }
        weights.homes
    }

    /// Counts an object of so many bytes, and of one at least.
    pub fn lives(&mut self, home: Rank, bytes: usize) {
        let bytes = bytes.max(1) as u64;
        match self.homes.iter_mut().find(|(rank, _)| *rank == home) {
            Some((_, sum)) => *sum = sum.saturating_add(bytes),
            None => self.homes.push((home, bytes)),
        }
    }

    /// Counts the object of a three-word handle.
    pub fn handle(&mut self, handle: &Handle, bytes: usize) {
        if !handle.is_reserved() {
            self.lives(handle.address().home(), bytes);
        }
    }

    /// Counts values that travel with the handle at hand, and goes on into them.
    ///
    /// # Safety
    /// As [`Weights::of`], for each of them.
    pub unsafe fn along(&mut self, first: *const u8, descriptor: &'static Descriptor, elements: usize) {
        let bytes = descriptor.size() * elements;
        if bytes > 0 {
            self.lives(self.here, bytes);
        }
        if descriptor.facts().handles {
            self.queue.push((first, descriptor, elements));
        }
    }
}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights").field("homes", &self.homes).finish_non_exhaustive()
    }
}
