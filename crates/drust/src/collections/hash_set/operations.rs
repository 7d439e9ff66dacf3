//! What two `HashSet`s make together: iterators over their values, and new sets of clones by operators.

use super::{HashSet, Iter};
use drust_heap::Portable;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::{Chain, FusedIterator};
use std::ops::{BitAnd, BitOr, BitXor, Sub};

/// The values of one set that another has as well.
///
/// ```
/// use drust::collections::{HashSet, hash_set::Intersection};
/// let (a, b) = (HashSet::from([1, 2]), HashSet::from([2, 3]));
/// let values: Intersection<'_, u32, _> = a.intersection(&b);
/// assert_eq!(values.sum::<u32>(), 2);
/// ```
pub struct Intersection<'a, T: Portable, S> {
    values: Iter<'a, T>,
    other: &'a HashSet<T, S>,
}

/// The values of one set that another has not.
///
/// ```
/// use drust::collections::{HashSet, hash_set::Difference};
/// let (a, b) = (HashSet::from([1, 2]), HashSet::from([2, 3]));
/// let values: Difference<'_, u32, _> = a.difference(&b);
/// assert_eq!(values.sum::<u32>(), 1);
/// ```
pub struct Difference<'a, T: Portable, S> {
    values: Iter<'a, T>,
    other: &'a HashSet<T, S>,
}

/// The values that only one of two sets has.
///
/// ```
/// use drust::collections::{HashSet, hash_set::SymmetricDifference};
/// let (a, b) = (HashSet::from([1, 2]), HashSet::from([2, 3]));
/// let values: SymmetricDifference<'_, u32, _> = a.symmetric_difference(&b);
/// assert_eq!(values.sum::<u32>(), 1 + 3);
/// ```
pub struct SymmetricDifference<'a, T: Portable, S> {
    values: Chain<Difference<'a, T, S>, Difference<'a, T, S>>,
}

/// The values that are in one of two sets, each once.
///
/// ```
/// use drust::collections::{HashSet, hash_set::Union};
/// let (a, b) = (HashSet::from([1, 2]), HashSet::from([2, 3]));
/// let values: Union<'_, u32, _> = a.union(&b);
/// assert_eq!(values.sum::<u32>(), 1 + 2 + 3);
/// ```
pub struct Union<'a, T: Portable, S> {
    values: Chain<Iter<'a, T>, Difference<'a, T, S>>,
}

impl<T: Portable + Eq + Hash, S: BuildHasher> HashSet<T, S> {
    /// The values of this set that `other` has not. Both sets' copies stay pinned, where they are remote.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// assert!(HashSet::from([1, 2]).difference(&HashSet::from([2, 3])).eq(&[1]));
    /// ```
    #[track_caller]
    pub fn difference<'a>(&'a self, other: &'a HashSet<T, S>) -> Difference<'a, T, S> {
        Difference { values: self.iter(), other }
    }

    /// The values that only one of the two sets has. Both sets' copies stay pinned, where they are remote.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// let (a, b) = (HashSet::from([1, 2]), HashSet::from([2, 3]));
    /// assert_eq!(a.symmetric_difference(&b).sum::<u32>(), 1 + 3);
    /// ```
    #[track_caller]
    pub fn symmetric_difference<'a>(&'a self, other: &'a HashSet<T, S>) -> SymmetricDifference<'a, T, S> {
        SymmetricDifference { values: self.difference(other).chain(other.difference(self)) }
    }

    /// The values that both sets have. Both sets' copies stay pinned, where they are remote.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// assert!(HashSet::from([1, 2]).intersection(&HashSet::from([2, 3])).eq(&[2]));
    /// ```
    #[track_caller]
    pub fn intersection<'a>(&'a self, other: &'a HashSet<T, S>) -> Intersection<'a, T, S> {
        let (fewer, more) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        Intersection { values: fewer.iter(), other: more }
    }

    /// The values that are in one of the two sets, each once. Both sets' copies stay pinned, where they are remote.
    ///
    /// ```
    /// use drust::collections::HashSet;
    /// assert_eq!(HashSet::from([1, 2]).union(&HashSet::from([2, 3])).sum::<u32>(), 1 + 2 + 3);
    /// ```
    #[track_caller]
    pub fn union<'a>(&'a self, other: &'a HashSet<T, S>) -> Union<'a, T, S> {
        let (more, fewer) = if self.len() >= other.len() { (self, other) } else { (other, self) };
        Union { values: more.iter().chain(fewer.difference(more)) }
    }
}

impl<'a, T: Portable + Eq + Hash, S: BuildHasher> Iterator for Intersection<'a, T, S> {
    type Item = &'a T;

    #[track_caller]
    fn next(&mut self) -> Option<&'a T> {
        self.values.by_ref().find(|value| self.other.contains(*value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.values.len()))
    }
}

impl<'a, T: Portable + Eq + Hash, S: BuildHasher> Iterator for Difference<'a, T, S> {
    type Item = &'a T;

    #[track_caller]
    fn next(&mut self) -> Option<&'a T> {
        self.values.by_ref().find(|value| !self.other.contains(*value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.values.len().saturating_sub(self.other.len()), Some(self.values.len()))
    }
}

/// Implements what is alike for all of the iterators.
macro_rules! iterator {
    ($name:ident) => {
        impl<T: Portable + Eq + Hash, S: BuildHasher> FusedIterator for $name<'_, T, S> {}

        impl<T: Portable + Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for $name<'_, T, S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
    ($name:ident, chained) => {
        iterator!($name);

        impl<'a, T: Portable + Eq + Hash, S: BuildHasher> Iterator for $name<'a, T, S> {
            type Item = &'a T;

            fn next(&mut self) -> Option<&'a T> {
                self.values.next()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.values.size_hint()
            }
        }

        impl<T: Portable, S> Clone for $name<'_, T, S> {
            fn clone(&self) -> Self {
                $name { values: self.values.clone() }
            }
        }
    };
    ($name:ident, of_two) => {
        iterator!($name);

        impl<T: Portable, S> Clone for $name<'_, T, S> {
            fn clone(&self) -> Self {
                $name { values: self.values.clone(), other: self.other }
            }
        }
    };
}

iterator!(Intersection, of_two);
iterator!(Difference, of_two);
iterator!(SymmetricDifference, chained);
iterator!(Union, chained);

/// Implements an operator by the iterator of the same meaning.
macro_rules! operator {
    ($trait:ident, $operator:ident, $iterator:ident) => {
        impl<T, S> $trait<&HashSet<T, S>> for &HashSet<T, S>
        where
            T: Portable + Eq + Hash + Clone,
            S: BuildHasher + Default,
        {
            type Output = HashSet<T, S>;

            /// A new set on this node, of clones.
            #[track_caller]
            fn $operator(self, other: &HashSet<T, S>) -> HashSet<T, S> {
                self.$iterator(other).cloned().collect()
            }
        }
    };
}

operator!(BitOr, bitor, union);
operator!(BitAnd, bitand, intersection);
operator!(BitXor, bitxor, symmetric_difference);
operator!(Sub, sub, difference);
