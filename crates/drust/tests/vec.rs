//! `Vec` as std documents its own: at home, copied, and homed on another node.

use drust::{Box, Ref, RefMut, String, Vec, node, thread, vec};
use std::cmp::Ordering;
use std::collections::HashSet;

/// Three ways a vector can come to a test: new, read by another node before, and moved to that node.
fn each_way<T: drust::Portable>(make: fn() -> Vec<T>, mut check: impl FnMut(Vec<T>)) {
    check(make());
    let there = node::all().last().expect("a cluster has nodes");
    let mut shared = make();
    thread::scope(|s| {
        let read = s.spawn_on(there, (Ref::new(&shared),), |(values,)| values.len());
        assert_eq!(read.join().unwrap(), shared.len());
    });
    check(std::mem::take(&mut shared));
    check(away(make()));
    let copied = away(make());
    assert_eq!(copied.iter().count(), copied.len());
    check(copied);
}

/// Moves a vector to the last node.
fn away<T: drust::Portable>(values: Vec<T>) -> Vec<T> {
    let there = node::all().last().expect("a cluster has nodes");
    let moved = thread::spawn_on(there, (values,), |(mut values,)| {
        values.reserve_exact(values.capacity() - values.len() + 1);
        let _: &mut [T] = &mut values;
        values
    });
    moved.join().unwrap()
}

fn numbers() -> Vec<u32> {
    vec![1, 2, 3, 4]
}

#[drust::test(nodes = 2)]
fn values_are_pushed_and_popped() {
    each_way(numbers, |mut v| {
        v.push(5);
        assert_eq!(v, [1, 2, 3, 4, 5]);
        assert_eq!((v.pop(), v.pop(), v.len()), (Some(5), Some(4), 3));
        v.extend(10..20);
        assert_eq!((v[3], v[12], v.len()), (10, 19, 13));
    });
    each_way(Vec::<u32>::new, |mut v| {
        assert_eq!(v.pop(), None);
        v.push(1);
        assert_eq!(v, [1]);
    });
}

#[expect(clippy::mutable_key_type, reason = "where a value was found is no part of it")]
#[drust::test(nodes = 2)]
fn values_are_read_compared_hashed_and_printed() {
    each_way(numbers, |v| {
        assert_eq!((v.first(), v.last(), v.get(9)), (Some(&1), Some(&4), None));
        assert_eq!(v.iter().sum::<u32>(), 10);
        assert_eq!(format!("{v:?}"), "[1, 2, 3, 4]");
        assert_eq!(v.cmp(&vec![1, 2, 4]), Ordering::Less);
        let set: HashSet<Vec<u32>> = [v.clone()].into_iter().collect();
        assert!(set.contains(&v[..]));
        assert_eq!(std::vec::Vec::from(v), [1, 2, 3, 4]);
    });
}

#[drust::test(nodes = 2)]
fn nested_vectors_and_strings_come_back_changed() {
    let make = || vec![vec![String::from("a")], vec![String::from("a long text that does not fit inside its string")]];
    each_way(make, |mut v| {
        v[1][0].push('!');
        v[0].push(String::from("b"));
        assert_eq!(v[1][0], "a long text that does not fit inside its string!");
        assert_eq!(v[0], ["a", "b"]);
    });
}

#[drust::test(nodes = 2)]
fn parts_are_lent_mutably() {
    let mut v = numbers();
    let there = node::all().last().unwrap();
    thread::scope(|s| {
        let (left, right) = v.split_at_mut(2);
        s.spawn_on(there, (RefMut::new(left),), |(mut left,)| left[0] = 10);
        s.spawn_on(there, (RefMut::new(right),), |(mut right,)| right[1] = 40);
    });
    assert_eq!(v, [10, 2, 3, 40]);
    thread::scope(|s| {
        s.spawn_on(there, (RefMut::new(&mut v),), |(mut v,)| v.push(5));
    });
    assert_eq!(v, [10, 2, 3, 40, 5]);
}

#[drust::test(nodes = 2)]
fn an_empty_vector_with_room_is_freed_wherever_it_is() {
    let v = away(Vec::<u64>::with_capacity(8));
    assert!(v.is_empty() && v.capacity() >= 8);
    drop(v);
    let v = Vec::<Box<u64>>::with_capacity(8);
    let there = node::all().last().unwrap();
    thread::spawn_on(there, (v,), |(v,)| drop(v)).join().unwrap();
}
