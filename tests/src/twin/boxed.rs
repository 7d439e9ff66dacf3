//! The associated functions that drust's `Box` has and std's has not.

use super::reference::Ref;

/// A tied pointer; std has no other than its box.
pub type TBox<T> = Box<T>;

/// `Box::read`, `set`, `replace` and `release` on std's box.
pub trait BoxedExt: Sized {
    /// What the box owns.
    type Target: ?Sized;
    /// A borrow.
    fn read(boxed: &Self) -> Ref<'_, Self::Target>;
    /// Nothing is pinned here.
    fn release(_: &mut Self) {}
    /// Stores a value.
    fn set(boxed: &mut Self, value: Self::Target)
    where
        Self::Target: Sized;
    /// Takes the value out.
    fn into_inner(boxed: Self) -> Self::Target
    where
        Self::Target: Sized;
    /// Takes the value and leaves another.
    fn replace(boxed: &mut Self, value: Self::Target) -> Self::Target
    where
        Self::Target: Sized;
}

impl<T: ?Sized> BoxedExt for Box<T> {
    type Target = T;

    fn read(boxed: &Self) -> Ref<'_, T> {
        Ref::of(boxed)
    }

    fn set(boxed: &mut Self, value: T)
    where
        T: Sized,
    {
        **boxed = value;
    }

    fn into_inner(boxed: Self) -> T
    where
        T: Sized,
    {
        *boxed
    }

    fn replace(boxed: &mut Self, value: T) -> T
    where
        T: Sized,
    {
        std::mem::replace(boxed, value)
    }
}

/// `Box::take`, under a name that `Iterator` has not taken.
pub fn take_from<T: Default>(boxed: &mut Box<T>) -> T {
    std::mem::take(&mut **boxed)
}
