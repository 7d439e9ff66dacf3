//! What the iterators over ordered collections have in common.

/// Implements an iterator by the one in it, each of whose items `$make` takes apart. Where the items come in their own
/// order, their least and their most are known without a look at the others.
macro_rules! iterates {
    (in order: [$($generics:tt)*] $name:ty, $item:ty, $make:expr) => {
        $crate::collections::ordered::iterates! {
            [$($generics)*] $name, $item, $make,
            #[track_caller]
            fn min(mut self) -> Option<Self::Item>
            where
                Self::Item: Ord,
            {
                self.next()
            }

            #[track_caller]
            fn max(mut self) -> Option<Self::Item>
            where
                Self::Item: Ord,
            {
                self.next_back()
            }
        }
    };
    ([$($generics:tt)*] $name:ty, $item:ty, $make:expr, $($known:item)*) => {
        impl<$($generics)*> Iterator for $name {
            type Item = $item;

            #[inline]
            #[track_caller]
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map($make)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }

            #[track_caller]
            fn last(mut self) -> Option<Self::Item> {
                self.next_back()
            }

            $($known)*
        }

        impl<$($generics)*> DoubleEndedIterator for $name {
            #[inline]
            #[track_caller]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map($make)
            }
        }

        impl<$($generics)*> std::iter::FusedIterator for $name {}
    };
}

/// Implements `Default`, as an iterator that is at its end.
macro_rules! at_its_end {
    ($([$($generics:tt)*] $name:ty;)*) => {$(
        impl<$($generics)*> Default for $name {
            fn default() -> Self {
                Self(Default::default())
            }
        }
    )*};
}

pub(super) use {at_its_end, iterates};
