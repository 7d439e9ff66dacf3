//! `Vec` beside std's.

use crate::check::check;
use crate::values::{Boxes, Bytes, Drops, Nothings, Numbers, Structs, Texts};
use std::borrow::{Borrow, BorrowMut, Cow};

crate::methods::methods! {
    /// Vectors of any kind of value.
    Vecs: Vec<T>, len v.len(), state (v.len(), v.is_empty(), v.capacity() >= v.len());
    |v, w, i, j, r, n|

    // Growing, and room.
    push: v.push(T::make(n));
    insert: v.insert(i, T::make(n));
    append: v.append(w);
    extend: v.extend((0..n).map(T::make));
    extend_unsized: v.extend((0..n).map(T::make).filter(|value| value.key() % 2 == 0));
    extend_from_slice: v.extend_from_slice(&[T::make(n), T::make(n + 1)]);
    extend_from_other: v.extend_from_slice(w);
    extend_from_within: v.extend_from_within(r);
    extend_panics: v.extend((0..n).map(|m| if m == 5 { panic!("at {m}") } else { T::make(m) }));
    push_mut: v.push_mut(T::make(n)).poke(1);
    insert_mut: v.insert_mut(i, T::make(n)).poke(1);
    resize: v.resize(i, T::make(n));
    resize_with: { let mut m = n; v.resize_with(i, || { m += 1; T::make(m) }) };
    repeated: *v = vec![T::make(n); i];
    listed: *v = vec![T::make(n), T::make(n), T::make(1)];
    with_capacity: { *v = Vec::with_capacity(i); v.capacity() >= i };
    with_too_much: *v = Vec::with_capacity(usize::MAX);
    reserve: { v.reserve(i); v.capacity() >= v.len() + i };
    reserve_too_much: v.reserve(usize::MAX);
    try_reserve: { v.try_reserve(i).unwrap(); v.capacity() >= v.len() + i };
    try_reserve_exact: { v.try_reserve_exact(i).unwrap(); v.capacity() >= v.len() + i };
    spare_capacity: { v.reserve(i); v.spare_capacity_mut().len() == v.capacity() - v.len() };
    reserve_exact: { v.reserve_exact(i); v.capacity() >= v.len() + i };
    shrink_to_fit: v.shrink_to_fit();
    shrink_to: { v.shrink_to(i); v.capacity() >= i.min(v.len()) };

    // Taking out.
    pop: v.pop();
    pop_if: v.pop_if(|last| last.key() % 2 == 0);
    remove: v.remove(i);
    swap_remove: v.swap_remove(i);
    truncate: v.truncate(i);
    clear: v.clear();
    retain: v.retain(|value| value.key() % 3 != n % 3);
    retain_mut: v.retain_mut(|value| { value.poke(n); value.key() % 2 == 0 });
    retain_panics: { let mut m = 0; v.retain(|value| { m += 1; assert!(m != 3, "at {m}"); value.key() % 2 == 0 }) };
    dedup: v.dedup();
    dedup_by: v.dedup_by(|next, kept| { next.poke(0); kept.key() <= next.key() });
    dedup_by_key: v.dedup_by_key(|value| value.key() / 2);
    drain: v.drain(r).collect::<std::vec::Vec<_>>();
    drain_unsorted: v.drain(i..j).count();
    drain_inclusive: v.drain(..=i).rev().take(2).collect::<std::vec::Vec<_>>();
    drain_both_ends: {
        let mut drain = v.drain(r);
        (drain.next_back(), drain.next(), drain.len(), format!("{drain:?}"))
    };
    drain_rest: { let mut drain = v.drain(i..); drop(drain.next()); format!("{:?}", drain.as_slice()) };
    splice: v.splice(r, (0..n).map(T::make)).collect::<std::vec::Vec<_>>();
    splice_none: drop(v.splice(r, []));
    splice_unsized: v.splice(r, (0..n).map(T::make).filter(|value| value.key() % 2 == 0)).next_back();
    splice_panics: drop(v.splice(i.., (0..n).map(|m| if m == 3 { panic!("at {m}") } else { T::make(m) })));
    splice_inside_panics: drop(v.splice(r, (0..n).map(|m| if m == 3 { panic!("at {m}") } else { T::make(m) })));
    extract_if: v.extract_if(r, |value| value.key() % 2 == 0).collect::<std::vec::Vec<_>>();
    extract_if_some: {
        let mut taken = v.extract_if(.., |value| value.key() % 3 != 0);
        (taken.next(), taken.size_hint())
    };
    extract_if_panics: v.extract_if(i.., |value| { assert!(value.key() != n, "met {n}"); true }).count();
    split_off: *w = v.split_off(i);
    take: std::mem::take(v);
    into_iter: std::mem::take(v).into_iter().rev().collect::<std::vec::Vec<_>>();
    into_iter_part: {
        let mut values = std::mem::take(v).into_iter();
        let ends = (values.next(), values.next_back(), values.size_hint());
        values.as_mut_slice().iter_mut().for_each(|value| value.poke(n));
        (ends, values.clone().count(), format!("{values:?} {:?}", values.as_slice()))
    };
    into_std: std::vec::Vec::from(std::mem::take(v));
    into_array: <[T; 2]>::try_from(std::mem::take(v));
    into_boxed_slice: { let boxed = std::mem::take(v).into_boxed_slice(); *v = boxed.into_vec(); };
    into_boxed_and_from: { let boxed: Box<[T]> = std::mem::take(v).into(); *v = Vec::from(boxed); };

    // Made from other values.
    from_array: *v = Vec::from([T::make(n), T::make(n + 1)]);
    from_std: *v = Vec::from(std::vec![T::make(n), T::make(n + 1)]);
    from_slice: *v = Vec::from(&[T::make(n), T::make(n + 1)][..]);
    from_cow: *v = Vec::from(Cow::Borrowed(&[T::make(n)][..]));
    from_iter: *v = (0..n).map(T::make).collect();
    from_none: *v = Vec::new();
    default: *v = Vec::default();
    clone: { let clone = v.clone(); (&clone == v, clone) };
    clone_from: v.clone_from(w);
    clone_into: *w = v.clone();

    // The two values together.
    swap_both: std::mem::swap(v, w);
    eq: (v == w, v != w);
    cmp: (v.cmp(&w), v.partial_cmp(&w), *v < *w, *v >= *w);
    eq_slice: (v == &w[..], *v == [T::make(n), T::make(1)], *v == std::vec::Vec::from(w.as_slice()));
    swap_with: if v.len() == w.len() { v.swap_with_slice(w) };

    // Reading.
    as_slice: (v.as_slice().len(), v.as_slice().first());
    index: &v[i];
    index_range: &v[r];
    index_from: &v[i..];
    get: (v.get(i), v.get(r), v.first(), v.last());
    iter: v.iter().map(T::key).sum::<u64>();
    iter_ends: { let mut values = (&*v).into_iter(); (values.next_back(), values.next(), values.len()) };
    read: Vec::read(v).first().map(T::key) => v.first().map(T::key);
    release: Vec::release(v) => ();
    borrow: (AsRef::<[T]>::as_ref(v).len(), Borrow::<[T]>::borrow(v).len(), AsRef::<Vec<T>>::as_ref(v).len());
    binary_search: v.binary_search(&T::make(n));
    partition_point: v.partition_point(|value| value.key() < n);
    contains: (v.contains(&T::make(n)), v.starts_with(&[T::make(n)]), v.ends_with(w));
    chunks: v.chunks(i).map(|part| part.len()).collect::<std::vec::Vec<_>>();
    windows: v.windows(2).filter(|two| two[0] <= two[1]).count();
    split_at: v.split_at(i).1.first();
    split: v.split(|value| value.key() % 2 == 0).count();
    to_vec: v.to_vec();
    max: (v.iter().max(), v.iter().min_by_key(|value| value.key()), v.is_sorted());

    // Writing in place.
    index_mut: v[i].poke(n);
    index_range_mut: v[r].iter_mut().for_each(|value| value.poke(n));
    get_mut: v.get_mut(i).map(|value| value.poke(n));
    assign: v[i] = T::make(n);
    iter_mut: (&mut *v).into_iter().for_each(|value| value.poke(n));
    as_mut_slice: v.as_mut_slice().first_mut().map(|value| value.poke(n));
    as_mut: (AsMut::<[T]>::as_mut(v).len(), AsMut::<Vec<T>>::as_mut(v).len());
    borrow_mut: BorrowMut::<[T]>::borrow_mut(v).iter_mut().for_each(|value| value.poke(n));
    last_mut: v.last_mut().map(|value| value.poke(n));
    replace: std::mem::replace(&mut v[i], T::make(n));
    swap: v.swap(i, j);
    reverse: v.reverse();
    rotate_left: v.rotate_left(i);
    rotate_right: v.rotate_right(j);
    fill: v.fill(T::make(n));
    sort: v.sort();
    sort_panics: v.sort_by_key(|value| { assert!(value.key() != n, "met {n}"); value.key() });
    split_at_mut: {
        let (left, right) = v.split_at_mut(i);
        left.iter_mut().chain(right).for_each(|value| value.poke(n));
    };
    chunks_mut: v.chunks_mut(3).for_each(|part| part.reverse());
    clone_from_slice: v[r].clone_from_slice(&w[..]);
}

#[drust::test(nodes = 3)]
fn of_numbers() {
    check::<Vecs<Numbers>>();
}

#[drust::test(nodes = 3)]
fn of_bytes() {
    check::<Vecs<Bytes>>();
}

#[drust::test(nodes = 3)]
fn of_texts() {
    check::<Vecs<Texts>>();
}

#[drust::test(nodes = 3)]
fn of_boxes() {
    check::<Vecs<Boxes>>();
}

#[drust::test(nodes = 3)]
fn of_structs() {
    check::<Vecs<Structs>>();
}

#[drust::test(nodes = 3)]
fn of_nothings() {
    check::<Vecs<Nothings>>();
}

#[drust::test(nodes = 3)]
fn of_drops() {
    check::<Vecs<Drops>>();
}
