//! `Ref` is a `&`, `RefMut` a `&mut`.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};

/// A shared borrow.
#[derive(Debug)]
pub struct Ref<'a, T: ?Sized>(&'a T);

impl<T: ?Sized> Clone for Ref<'_, T> {
    fn clone(&self) -> Self {
        Ref(self.0)
    }
}

impl<'a, T: ?Sized> Ref<'a, T> {
    /// Borrows what an owner owns.
    pub fn new<S: Deref<Target = T> + ?Sized>(owner: &'a S) -> Ref<'a, T> {
        Ref(owner)
    }

    /// Borrows a value.
    pub fn of(value: &'a T) -> Ref<'a, T> {
        Ref(value)
    }

    /// Borrows a part.
    pub fn map<U: ?Sized>(this: Ref<'a, T>, part: impl FnOnce(&T) -> &U) -> Ref<'a, U> {
        Ref(part(this.0))
    }

    /// Goes on to what a box inside owns.
    pub fn step<U: ?Sized>(this: Ref<'a, T>, next: impl FnOnce(&T) -> &Box<U>) -> Ref<'a, U> {
        Ref(next(this.0))
    }

    /// As `step`, where there may be no next.
    pub fn try_step<U: ?Sized>(this: Ref<'a, T>, next: impl FnOnce(&T) -> Option<&Box<U>>) -> Option<Ref<'a, U>> {
        next(this.0).map(|next| Ref(&**next))
    }
}

impl<'a, T> Ref<'a, [T]> {
    /// Borrows a range.
    pub fn part(&self, range: Range<usize>) -> Ref<'a, [T]> {
        Ref(&self.0[range])
    }
}

impl<T: ?Sized> Deref for Ref<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

/// A mutable borrow.
#[derive(Debug)]
pub struct RefMut<'a, T: ?Sized>(&'a mut T);

impl<'a, T: ?Sized> RefMut<'a, T> {
    /// Borrows a value mutably.
    pub fn new(value: &'a mut T) -> RefMut<'a, T> {
        RefMut(value)
    }
}

impl<T: ?Sized> Deref for RefMut<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: ?Sized> DerefMut for RefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RefMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
