//! What chunked vectors are sorted by, as a value that goes to where they are.

use super::code::Code;
use super::stage::Of;
use drust_heap::Portable;
use drust_macros::Portable;
use std::cmp::Ordering;

/// What values are sorted by.
pub(super) trait Order<T>: Portable {
    /// What is known of a value elsewhere.
    type Sample: Portable;

    fn sample(&self, value: &T) -> Self::Sample;

    fn compare(&self, a: &Self::Sample, b: &Self::Sample) -> Ordering;

    /// How many of the splitters, which are sorted, are not behind the value of that index.
    fn bucket(&self, splitters: &[(Self::Sample, usize)], index: usize, value: &T) -> usize;

    /// Sorts some; where it is not to be stable, equal ones may be exchanged.
    fn sort(&self, values: &mut [T], stable: bool);
}

/// By themselves.
#[derive(Portable)]
pub(super) struct Natural;

/// By what a function makes of them, told by `O`. Contract: the code is that of a `fn(&T) -> K` for an `Of<(T, K)>`.
#[derive(Portable)]
pub(super) struct ByKey<O> {
    function: Code,
    of: O,
}

impl<T: Portable + Ord + Clone> Order<T> for Natural {
    type Sample = T;

    fn sample(&self, value: &T) -> T {
        value.clone()
    }

    fn compare(&self, a: &T, b: &T) -> Ordering {
        a.cmp(b)
    }

    fn bucket(&self, splitters: &[(T, usize)], index: usize, value: &T) -> usize {
        splitters.partition_point(|(sample, at)| sample.cmp(value).then(at.cmp(&index)).is_le())
    }

    fn sort(&self, values: &mut [T], stable: bool) {
        if stable { values.sort() } else { values.sort_unstable() }
    }
}

impl<T: 'static, K: 'static> ByKey<Of<(T, K)>> {
    pub(super) fn new(function: fn(&T) -> K) -> Self {
        // SAFETY: it is a function pointer.
        ByKey { function: unsafe { Code::of(function) }, of: Of::IT }
    }

    fn function(&self) -> fn(&T) -> K {
        // SAFETY: by the contract.
        unsafe { self.function.get() }
    }
}

impl<T: 'static, K: Portable + Ord> Order<T> for ByKey<Of<(T, K)>> {
    type Sample = K;

    fn sample(&self, value: &T) -> K {
        self.function()(value)
    }

    fn compare(&self, a: &K, b: &K) -> Ordering {
        a.cmp(b)
    }

    fn bucket(&self, splitters: &[(K, usize)], index: usize, value: &T) -> usize {
        let key = self.sample(value);
        splitters.partition_point(|(sample, at)| sample.cmp(&key).then(at.cmp(&index)).is_le())
    }

    fn sort(&self, values: &mut [T], stable: bool) {
        if stable { values.sort_by_key(self.function()) } else { values.sort_unstable_by_key(self.function()) }
    }
}

/// As a function compares them. Contract: the code is that of a `fn(&T, &T) -> Ordering` for an `Of<T>`.
#[derive(Portable)]
pub(super) struct By<O> {
    function: Code,
    of: O,
}

impl<T: 'static> By<Of<T>> {
    pub(super) fn new(function: fn(&T, &T) -> Ordering) -> Self {
        // SAFETY: it is a function pointer.
        By { function: unsafe { Code::of(function) }, of: Of::IT }
    }

    fn function(&self) -> fn(&T, &T) -> Ordering {
        // SAFETY: by the contract.
        unsafe { self.function.get() }
    }
}

impl<T: Portable + Clone> Order<T> for By<Of<T>> {
    type Sample = T;

    fn sample(&self, value: &T) -> T {
        value.clone()
    }

    fn compare(&self, a: &T, b: &T) -> Ordering {
        self.function()(a, b)
    }

    fn bucket(&self, splitters: &[(T, usize)], index: usize, value: &T) -> usize {
        splitters.partition_point(|(sample, at)| self.compare(sample, value).then(at.cmp(&index)).is_le())
    }

    fn sort(&self, values: &mut [T], stable: bool) {
        if stable { values.sort_by(self.function()) } else { values.sort_unstable_by(self.function()) }
    }
}
