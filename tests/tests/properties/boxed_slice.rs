//! `Box<[T]>` beside std's.

use crate::check::check;
use crate::values::{Boxes, Drops, Nothings, Numbers, Texts};
use std::borrow::{Borrow, BorrowMut, Cow};

crate::methods::methods! {
    /// Boxed slices of any kind of value.
    Slices: Box<[T]>, len v.len(), state (v.len(), v.is_empty());
    |v, w, i, j, r, n|

    from_array: *v = Box::from([T::make(n), T::make(n + 1), T::make(2)]);
    from_slice: *v = Box::from(&w[..]);
    from_mut: *v = Box::from(&mut w[..]);
    from_cow: *v = Box::from(Cow::Borrowed(&[T::make(n)][..]));
    from_std: *v = Box::from(std::vec![T::make(n), T::make(n + 1)]);
    from_vec: *v = Box::from(vec![T::make(n); i]);
    from_iter: *v = (0..n).map(T::make).collect();
    default: *v = Box::default();
    clone: { let clone = v.clone(); (&clone == v, clone) };
    clone_from: v.clone_from(w);
    clone_into: *w = v.clone();
    take: std::mem::take(v);
    into_vec: { let mut values = std::mem::take(v).into_vec(); values.push(T::make(n)); *v = values.into() };
    into_vec_from: Vec::from(std::mem::take(v)).pop();
    into_iter: std::mem::take(v).into_iter().rev().skip(1).collect::<std::vec::Vec<_>>();
    into_array: Box::<[T; 2]>::try_from(std::mem::take(v));
    // SAFETY: the raw pointer was given up just before, on this node.
    raw: *v = unsafe { Box::from_raw(Box::into_raw(std::mem::take(v))) };
    // SAFETY: the leaked values are owned by nobody else.
    leak: *v = unsafe { Box::from_raw(std::ptr::from_mut(Box::leak(std::mem::take(v)))) };
    swap_both: std::mem::swap(v, w);
    eq: (v == w, v != w);
    cmp: (v.cmp(&w), v.partial_cmp(&w), *v < *w, *v <= *w, *v > *w, *v >= *w);
    index: &v[i];
    index_range: &v[r];
    iter: (&*v).into_iter().map(T::key).sum::<u64>();
    contains: (v.contains(&T::make(n)), v.first(), v.get(i), v.iter().max());
    read: Box::read(v).len() => v.len();
    release: Box::release(v) => ();
    as_ref: (v.as_ref().len(), Borrow::<[T]>::borrow(v).len());
    index_mut: v[i].poke(n);
    assign: v[i] = T::make(n);
    iter_mut: (&mut *v).into_iter().for_each(|value| value.poke(n));
    as_mut: v.as_mut().iter_mut().take(1).for_each(|value| value.poke(n));
    borrow_mut: BorrowMut::<[T]>::borrow_mut(v).reverse();
    sort: v.sort();
    rotate: v.rotate_left(i);
    swap: v.swap(i, j);
    swap_with: if v.len() == w.len() { v.swap_with_slice(w) };
    split_at_mut: v.split_at_mut(i).1.iter_mut().for_each(|value| value.poke(n));
}

#[drust::test(nodes = 3)]
fn of_numbers() {
    check::<Slices<Numbers>>();
}

#[drust::test(nodes = 3)]
fn of_texts() {
    check::<Slices<Texts>>();
}

#[drust::test(nodes = 3)]
fn of_boxes() {
    check::<Slices<Boxes>>();
}

#[drust::test(nodes = 3)]
fn of_nothings() {
    check::<Slices<Nothings>>();
}

#[drust::test(nodes = 3)]
fn of_drops() {
    check::<Slices<Drops>>();
}
