//! Operations on two sets.

use super::{BTreeSet, Iter};
use drust_heap::Portable;
use std::cmp::Ordering;
use std::fmt;
use std::iter::{FusedIterator, Peekable};
use std::ops::{BitAnd, BitOr, BitXor, Sub};

/// A set so many times smaller than another has its values looked up there, instead of a walk over both.
const SMALLER: usize = 16;

/// The values in one of two sets but not in the other; see [`BTreeSet::difference`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::Difference};
/// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
/// let values: Difference<'_, u32> = a.difference(&b);
/// assert!(values.eq(&[1]));
/// ```
pub struct Difference<'a, T: Portable>(Both<'a, T>);

/// The values in one of two sets but not in both; see [`BTreeSet::symmetric_difference`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::SymmetricDifference};
/// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
/// let values: SymmetricDifference<'_, u32> = a.symmetric_difference(&b);
/// assert!(values.eq(&[1, 3]));
/// ```
pub struct SymmetricDifference<'a, T: Portable>(Merge<'a, T>);

/// The values in both of two sets; see [`BTreeSet::intersection`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::Intersection};
/// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
/// let values: Intersection<'_, u32> = a.intersection(&b);
/// assert!(values.eq(&[2]));
/// ```
pub struct Intersection<'a, T: Portable>(Both<'a, T>);

/// The values in either of two sets; see [`BTreeSet::union`].
///
/// ```
/// use drust::collections::{BTreeSet, btree_set::Union};
/// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
/// let values: Union<'_, u32> = a.union(&b);
/// assert!(values.eq(&[1, 2, 3]));
/// ```
pub struct Union<'a, T: Portable>(Merge<'a, T>);

/// Two sets, walked together from the least value on.
struct Merge<'a, T: Portable> {
    left: Peekable<Iter<'a, T>>,
    right: Peekable<Iter<'a, T>>,
}

/// How the values of one set are compared with those of another.
enum Both<'a, T: Portable> {
    Walk(Merge<'a, T>),
    LookUp { few: Iter<'a, T>, many: &'a BTreeSet<T> },
}

impl<'a, T: Portable + Ord> Merge<'a, T> {
    #[track_caller]
    fn new(left: &'a BTreeSet<T>, right: &'a BTreeSet<T>) -> Merge<'a, T> {
        Merge { left: left.iter().peekable(), right: right.iter().peekable() }
    }

    /// The least value that is left, of each set that has it.
    #[track_caller]
    fn next(&mut self) -> (Option<&'a T>, Option<&'a T>) {
        let order = match (self.left.peek(), self.right.peek()) {
            (Some(left), Some(right)) => left.cmp(right),
            (_, None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let left = if order.is_le() { self.left.next() } else { None };
        let right = if order.is_ge() { self.right.next() } else { None };
        (left, right)
    }

    fn most(&self) -> usize {
        self.left.len().saturating_add(self.right.len())
    }
}

impl<T: Portable + Ord> BTreeSet<T> {
    /// The values in this set but not in `other`, in their order.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
    /// assert!(a.difference(&b).eq(&[1]));
    /// ```
    #[track_caller]
    pub fn difference<'a>(&'a self, other: &'a BTreeSet<T>) -> Difference<'a, T> {
        Difference(if self.len() <= other.len() / SMALLER {
            Both::LookUp { few: self.iter(), many: other }
        } else {
            Both::Walk(Merge::new(self, other))
        })
    }

    /// The values in this set or in `other` but not in both, in their order.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
    /// assert!(a.symmetric_difference(&b).eq(&[1, 3]));
    /// ```
    #[track_caller]
    pub fn symmetric_difference<'a>(&'a self, other: &'a BTreeSet<T>) -> SymmetricDifference<'a, T> {
        SymmetricDifference(Merge::new(self, other))
    }

    /// The values in both sets, in their order.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
    /// assert!(a.intersection(&b).eq(&[2]));
    /// ```
    #[track_caller]
    pub fn intersection<'a>(&'a self, other: &'a BTreeSet<T>) -> Intersection<'a, T> {
        Intersection(if self.len() <= other.len() / SMALLER {
            Both::LookUp { few: self.iter(), many: other }
        } else if other.len() <= self.len() / SMALLER {
            Both::LookUp { few: other.iter(), many: self }
        } else {
            Both::Walk(Merge::new(self, other))
        })
    }

    /// The values in this set or in `other` or in both, in their order, each once.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
    /// assert!(a.union(&b).eq(&[1, 2, 3]));
    /// ```
    #[track_caller]
    pub fn union<'a>(&'a self, other: &'a BTreeSet<T>) -> Union<'a, T> {
        Union(Merge::new(self, other))
    }

    /// Whether no value is in both sets.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// assert!(BTreeSet::from([1, 2]).is_disjoint(&BTreeSet::from([3])));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_disjoint(&self, other: &BTreeSet<T>) -> bool {
        self.intersection(other).next().is_none()
    }

    /// Whether all values of this set are in `other`. Nothing is fetched where there are more of them.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// assert!(BTreeSet::from([1, 2]).is_subset(&BTreeSet::from([1, 2, 3])));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_subset(&self, other: &BTreeSet<T>) -> bool {
        self.len() <= other.len() && self.difference(other).next().is_none()
    }

    /// Whether all values of `other` are in this set. Nothing is fetched where there are more of them.
    ///
    /// ```
    /// use drust::collections::BTreeSet;
    /// assert!(BTreeSet::from([1, 2]).is_superset(&BTreeSet::from([2])));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_superset(&self, other: &BTreeSet<T>) -> bool {
        other.is_subset(self)
    }
}

impl<'a, T: Portable + Ord> Iterator for Difference<'a, T> {
    type Item = &'a T;

    #[track_caller]
    fn next(&mut self) -> Option<&'a T> {
        match &mut self.0 {
            Both::LookUp { few, many } => few.find(|value| !many.contains(*value)),
            Both::Walk(merge) => loop {
                merge.left.peek()?;
                if let (Some(value), None) = merge.next() {
                    return Some(value);
                }
            },
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Both::LookUp { few, many } => (few.len().saturating_sub(many.len()), Some(few.len())),
            Both::Walk(merge) => (merge.left.len().saturating_sub(merge.right.len()), Some(merge.left.len())),
        }
    }
}

impl<'a, T: Portable + Ord> Iterator for Intersection<'a, T> {
    type Item = &'a T;

    #[track_caller]
    fn next(&mut self) -> Option<&'a T> {
        match &mut self.0 {
            Both::LookUp { few, many } => few.find(|value| many.contains(*value)),
            Both::Walk(merge) => loop {
                merge.left.peek()?;
                merge.right.peek()?;
                if let (Some(value), Some(_)) = merge.next() {
                    return Some(value);
                }
            },
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Both::LookUp { few, .. } => (0, Some(few.len())),
            Both::Walk(merge) => (0, Some(merge.left.len().min(merge.right.len()))),
        }
    }
}

impl<'a, T: Portable + Ord> Iterator for SymmetricDifference<'a, T> {
    type Item = &'a T;

    #[track_caller]
    fn next(&mut self) -> Option<&'a T> {
        loop {
            match self.0.next() {
                (Some(_), Some(_)) => {}
                (left, right) => return left.or(right),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.0.most()))
    }
}

impl<'a, T: Portable + Ord> Iterator for Union<'a, T> {
    type Item = &'a T;

    #[track_caller]
    fn next(&mut self) -> Option<&'a T> {
        let (left, right) = self.0.next();
        left.or(right)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left.len().max(self.0.right.len()), Some(self.0.most()))
    }
}

impl<T: Portable> Clone for Merge<'_, T> {
    fn clone(&self) -> Self {
        Merge { left: self.left.clone(), right: self.right.clone() }
    }
}

impl<T: Portable> Clone for Both<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Both::Walk(merge) => Both::Walk(merge.clone()),
            Both::LookUp { few, many } => Both::LookUp { few: few.clone(), many },
        }
    }
}

/// What all iterators over two sets are.
macro_rules! iterators {
    ($($name:ident),*) => {$(
        impl<T: Portable> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                $name(self.0.clone())
            }
        }

        impl<T: Portable + Ord> FusedIterator for $name<'_, T> {}

        impl<T: Portable + Ord + fmt::Debug> fmt::Debug for $name<'_, T> {
            #[track_caller]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    )*};
}

iterators!(Difference, SymmetricDifference, Intersection, Union);

/// Implements an operator on references to sets by an operation.
macro_rules! operators {
    ($($trait:ident $method:ident $operation:ident $example:literal),* $(,)?) => {$(
        impl<T: Portable + Ord + Clone> $trait<&BTreeSet<T>> for &BTreeSet<T> {
            type Output = BTreeSet<T>;

            /// A new set on this node with clones of the values.
            ///
            /// ```
            /// use drust::collections::BTreeSet;
            /// let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
            #[doc = $example]
            /// ```
            #[track_caller]
            fn $method(self, other: &BTreeSet<T>) -> BTreeSet<T> {
                BTreeSet::of_sorted(self.$operation(other).cloned())
            }
        }
    )*};
}

operators!(
    Sub sub difference "assert_eq!(&a - &b, BTreeSet::from([1]));",
    BitXor bitxor symmetric_difference "assert_eq!(&a ^ &b, BTreeSet::from([1, 3]));",
    BitAnd bitand intersection "assert_eq!(&a & &b, BTreeSet::from([2]));",
    BitOr bitor union "assert_eq!(&a | &b, BTreeSet::from([1, 2, 3]));",
);
