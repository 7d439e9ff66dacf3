//! What std's traits do on boxes that live elsewhere: clone, comparison, hash, text, conversion, default.

use super::world::*;
use std::borrow::{Borrow, BorrowMut};
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

#[derive(Portable)]
struct Wrapped(Box<(i32, Box<str>)>);

fn make((n, text): (i32, Box<str>)) -> Box<(i32, Box<str>)> {
    Box::new((n, text))
}

fn far(node: usize, n: i32, text: &str) -> Box<(i32, Box<str>)> {
    thread::spawn_on(nth(node), (n, Box::from(text)), make).join().unwrap()
}

pub fn run() -> String {
    let (a, b, c) = (far(1, 1, "x"), far(2, 1, "y"), far(3, 1, "x"));
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let mut out = vec![
        format!("{} {} {} {:?}", a == c, a < b, a != b, b.partial_cmp(&c)),
        format!("{:?} {:?}", a.cmp(&b), std::cmp::max(&a, &b)),
        format!("{}", hasher.hash_one(&a) == hasher.hash_one((1, "x"))),
    ];
    let mut copy = a.clone();
    copy.0 += 1;
    copy.1 = Box::from("z");
    out.push(format!("{a:?} {copy:?}"));
    let mut kept = far(1, 0, "");
    kept.clone_from(&b);
    out.push(format!("{kept:?}"));
    let set: HashSet<_> = [a, b, c].into_iter().collect();
    out.push(set.len().to_string());
    let mut number = thread::spawn_on(nth(1), (41,), |(n,)| Box::new(n)).join().unwrap();
    *AsMut::<i32>::as_mut(&mut number) += 1;
    *BorrowMut::<i32>::borrow_mut(&mut number) += 1;
    let (r, q): (&i32, &i32) = (number.as_ref(), number.borrow());
    out.push(format!("{number:>5} {number:05} {:?} {}", Box::<u64>::default(), r + q));
    let from: Box<u8> = 5.into();
    let wrapped = thread::spawn_on(nth(2), (Wrapped(kept), from), |both| both).join().unwrap();
    out.push(format!("{:?} {}", wrapped.0.0, wrapped.1));
    out.join("\n")
}
