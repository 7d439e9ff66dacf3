//! `Ref` is a `&`, `RefMut` a `&mut`, and nothing is ever fetched.

use std::ops::{Deref, DerefMut, RangeFull};

/// A shared borrow.
#[derive(Clone, Debug)]
pub struct Ref<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Ref<'a, T> {
    /// Borrows what an owner owns.
    pub fn new<S: Deref<Target = T> + ?Sized>(owner: &'a S) -> Ref<'a, T> {
        Ref(owner)
    }

    /// Borrows a value.
    #[must_use]
    pub fn of(value: &'a T) -> Ref<'a, T> {
        Ref(value)
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

/// Values that are here.
#[derive(Debug)]
pub struct Fetch<'a, T: ?Sized>(&'a T);

/// The same.
#[derive(Debug)]
pub struct Run<'a, T>(&'a [T]);

impl<T> Deref for Run<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0
    }
}

impl<'a, T> Fetch<'a, [T]> {
    /// The values.
    #[must_use]
    pub fn into_run(self) -> Run<'a, T> {
        Run(self.0)
    }
}

/// `ahead` on std's vectors.
pub trait Ahead<T> {
    /// All values.
    fn ahead(&self, all: RangeFull) -> Fetch<'_, [T]>;
}

impl<T> Ahead<T> for [T] {
    fn ahead(&self, _: RangeFull) -> Fetch<'_, [T]> {
        Fetch(self)
    }
}
