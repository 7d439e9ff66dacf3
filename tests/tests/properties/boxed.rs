//! `Box` of one value beside std's.

use crate::check::check;
use crate::values::{Boxes, Bytes, Drops, Nothings, Numbers, Structs, Texts};
use std::borrow::{Borrow, BorrowMut};

crate::methods::methods! {
    /// Boxes of any kind of value.
    One: Box<T>, len 8, state v.key();
    |v, w, i, j, r, n|

    // Made anew.
    new: *v = Box::new(T::make(n));
    from: *v = Box::from(T::make(n));
    default: *v = Box::default();
    try_new: *v = Box::try_new(T::make(n)).unwrap() => *v = Box::new(T::make(n));
    clone: { let clone = v.clone(); (&clone == v, clone) };
    clone_from: v.clone_from(w);
    clone_into: *w = v.clone();

    // Taken out and put in.
    set: Box::set(v, T::make(n)) => **v = T::make(n);
    take: Box::take(v) => std::mem::take(&mut **v);
    replace: Box::replace(v, T::make(n)) => std::mem::replace(&mut **v, T::make(n));
    into_inner: Box::into_inner(std::mem::take(v)) => *std::mem::take(v);
    set_from_other: Box::set(v, T::clone(w)) => **v = T::clone(w);
    // SAFETY: the raw pointer was given up just before, on this node.
    raw: *v = unsafe { Box::from_raw(Box::into_raw(std::mem::take(v))) };
    // SAFETY: the leaked value is owned by nobody else.
    leak: *v = unsafe { Box::from_raw(std::ptr::from_mut(Box::leak(std::mem::take(v)))) };
    array: { let array: Box<[T; 2]> = vec![T::make(n), T::make(n + 1)].try_into().unwrap(); array };
    array_of_slice: Box::<[T; 2]>::try_from(Box::<[T]>::from([T::make(n), T::make(1)]));
    array_of_too_many: Box::<[T; 1]>::try_from(Box::<[T]>::from([T::make(n), T::make(1)]));

    // The two values together.
    swap_both: std::mem::swap(v, w);
    swap_inside: std::mem::swap(&mut **v, &mut **w);
    eq: (v == w, v != w);
    cmp: (v.cmp(&w), v.partial_cmp(&w), *v < *w, *v <= *w, *v > *w, *v >= *w);

    // Reading.
    deref: (T::clone(v), v.key());
    read: Box::read(v).key() => v.key();
    release: Box::release(v) => ();
    as_ref: (v.as_ref().key(), Borrow::<T>::borrow(v).key());

    // Writing in place.
    deref_mut: v.poke(n);
    assign: **v = T::make(n);
    as_mut: v.as_mut().poke(n);
    borrow_mut: BorrowMut::<T>::borrow_mut(v).poke(n);
    panics_before_writing: { let value: T = if n > 5 { panic!("{n} is too much") } else { T::make(n) }; **v = value };
    panics_after_writing: { v.poke(n); assert!(n <= 5, "{n} is too much") };
}

#[drust::test(nodes = 3)]
fn of_a_number() {
    check::<One<Numbers>>();
}

#[drust::test(nodes = 3)]
fn of_a_byte() {
    check::<One<Bytes>>();
}

#[drust::test(nodes = 3)]
fn of_a_text() {
    check::<One<Texts>>();
}

#[drust::test(nodes = 3)]
fn of_a_box() {
    check::<One<Boxes>>();
}

#[drust::test(nodes = 3)]
fn of_a_struct() {
    check::<One<Structs>>();
}

#[drust::test(nodes = 3)]
fn of_nothing() {
    check::<One<Nothings>>();
}

#[drust::test(nodes = 3)]
fn of_what_drops() {
    check::<One<Drops>>();
}
