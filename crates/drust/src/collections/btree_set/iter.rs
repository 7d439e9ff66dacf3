//! The iterators over one set.

use super::BTreeSet;
use crate::collections::btree_map::{self, Taking};
use crate::collections::ordered::{at_its_end, iterates};
use drust_heap::Portable;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeBounds;

/// The values of a set, in their order; see [`BTreeSet::iter`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::Iter};
/// let set = BTreeSet::from([2, 1]);
/// let mut values: Iter<'_, u32> = set.iter();
/// assert_eq!((values.next(), values.next_back()), (Some(&1), Some(&2)));
/// ```
pub struct Iter<'a, T: Portable>(pub(super) btree_map::Keys<'a, T, ()>);

/// The values of a set by value, in their order. It stays on its node; nodes of the tree that it did not come to stay
/// where they are, and are freed from here.
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::IntoIter};
/// let values: IntoIter<u32> = BTreeSet::from([2, 1]).into_iter();
/// assert!(values.eq([1, 2]));
/// ```
pub struct IntoIter<T: Portable>(btree_map::IntoKeys<T, ()>);

/// The values of a range of a set; see [`BTreeSet::range`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::Range};
/// let set = BTreeSet::from([3, 2, 1]);
/// let values: Range<'_, u32> = set.range(2..);
/// assert!(values.eq(&[2, 3]));
/// ```
pub struct Range<'a, T: Portable>(pub(super) btree_map::Range<'a, T, ()>);

/// Takes values out of a set; see [`BTreeSet::extract_if`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::ExtractIf};
/// let mut set = BTreeSet::from([1, 2, 3]);
/// let odd: ExtractIf<'_, u32, _, _> = set.extract_if(.., |value| value % 2 == 1);
/// assert!(odd.eq([1, 3]));
/// assert_eq!(set.len(), 1);
/// ```
#[must_use = "iterators are lazy; `retain` takes values out at once"]
pub struct ExtractIf<'a, T: Portable, R, F> {
    pub(super) taking: Taking<'a, T, (), R>,
    pub(super) wanted: F,
}

impl<T: Portable> IntoIterator for BTreeSet<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self.map.into_keys())
    }
}

impl<'a, T: Portable> IntoIterator for &'a BTreeSet<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

iterates!(in order: ['a, T: Portable] Iter<'a, T>, &'a T, |value| value);
iterates!(in order: [T: Portable] IntoIter<T>, T, |value| value);
iterates!(in order: ['a, T: Portable] Range<'a, T>, &'a T, |(value, ())| value);

at_its_end! {
    ['a, T: Portable] Iter<'a, T>;
    [T: Portable] IntoIter<T>;
    ['a, T: Portable] Range<'a, T>;
}

impl<T: Portable> ExactSizeIterator for Iter<'_, T> {}
impl<T: Portable> ExactSizeIterator for IntoIter<T> {}

impl<T: Portable> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<T: Portable> Clone for Range<'_, T> {
    fn clone(&self) -> Self {
        Range(self.0.clone())
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Iter<'_, T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&self.0).finish()
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Range<'_, T> {
    #[track_caller]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Portable> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<T: Portable + Ord, R: RangeBounds<T>, F: FnMut(&T) -> bool> Iterator for ExtractIf<'_, T, R, F> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        let wanted = &mut self.wanted;
        self.taking.next(|value, ()| wanted(value)).map(|(value, ())| value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.taking.most()))
    }
}

impl<T: Portable + Ord, R: RangeBounds<T>, F: FnMut(&T) -> bool> FusedIterator for ExtractIf<'_, T, R, F> {}

impl<T: Portable, R, F> fmt::Debug for ExtractIf<'_, T, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
