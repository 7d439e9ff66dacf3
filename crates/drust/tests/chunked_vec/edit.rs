//! Single values, ends, walks from both ends and comparisons of chunked vectors, beside a plain one's.

use crate::text;
use drust::collections::ChunkedVec;
use drust::{node, stats};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

everywhere! {
    walks_from_both_ends,
    ends_are_those_of_a_vector,
    cut_and_exchanged,
    compared_and_hashed_however_they_are_chunked,
}

fn walks_from_both_ends() {
    for len in [0, 1, 2, 17, 200] {
        let (mut chunked, mut plain) = (ChunkedVec::from_fn(len, (), |(), n| n), Vec::from_iter(0..len));
        assert!(chunked.iter().rev().eq(plain.iter().rev()));
        let (mut ours, mut theirs) = (chunked.iter(), plain.iter());
        for step in 0..len + 2 {
            let pair =
                if step % 3 == 0 { (ours.next(), theirs.next()) } else { (ours.next_back(), theirs.next_back()) };
            assert_eq!(pair.0, pair.1);
            assert_eq!((ours.len(), ours.clone().count()), (theirs.len(), theirs.len()));
        }
        assert_eq!((ours.next(), ours.next_back()), (None, None), "fused");
        let (mut ours, mut theirs) = (chunked.iter_mut(), plain.iter_mut());
        for step in 0..len {
            let pair =
                if step % 4 == 0 { (ours.next_back(), theirs.next_back()) } else { (ours.next(), theirs.next()) };
            let (Some(a), Some(b)) = pair else { panic!("both have a value") };
            *a += step;
            *b += step;
        }
        assert_eq!((ours.next_back(), ours.next(), ours.len()), (None, None, 0));
        assert_eq!(chunked, plain);
    }
}

fn ends_are_those_of_a_vector() {
    let none = &mut ChunkedVec::<u8>::new();
    assert_eq!((none.first(), none.last()), (None, None));
    assert!(none.first_mut().is_none() && none.last_mut().is_none());
    let mut texts = ChunkedVec::from_fn(40, (), |(), n| text(n));
    assert_eq!((texts.first(), texts.last()), (Some(&text(0)), Some(&text(39))));
    texts.first_mut().unwrap().push('a');
    texts.last_mut().unwrap().push('z');
    assert!(texts[0].ends_with("0a") && texts[39].ends_with("39z"));
    assert!(texts.contains(&text(20)) && !texts.contains(&text(39)));
}

fn cut_and_exchanged() {
    let make = || ChunkedVec::from_fn(100, (), |(), n| text(n));
    let before = stats::live();
    for len in [0, 1, 49, 50, 99, 100, 101] {
        let (mut chunked, mut plain) = (make(), Vec::from_iter((0..100).map(text)));
        chunked.truncate(len);
        plain.truncate(len);
        assert_eq!((chunked.len(), &chunked), (plain.len(), &plain.iter().cloned().collect()));
        chunked.push(text(7));
        assert_eq!(chunked.last(), Some(&text(7)), "it goes on where it was cut");
    }
    assert_eq!(stats::live(), before, "what was cut off is gone");
    let (mut chunked, mut plain) = (make(), Vec::from_iter((0..100).map(text)));
    for (a, b) in [(0, 99), (3, 3), (40, 41), (99, 50)] {
        chunked.swap(a, b);
        plain.swap(a, b);
    }
    assert_eq!(chunked, plain);
    let out = catch_unwind(AssertUnwindSafe(|| chunked.swap(100, 0))).unwrap_err();
    assert_eq!(*out.downcast::<String>().unwrap(), "index out of bounds: the len is 100 but the index is 100");
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn compared_and_hashed_however_they_are_chunked() {
    let whole: ChunkedVec<u8> = drust::Vec::from_iter(0..60).into();
    let spread = ChunkedVec::from_fn(60, (), |(), n| n as u8);
    assert!(spread.chunks().count() >= node::count());
    assert_eq!((hash_of(&whole), whole.cmp(&spread)), (hash_of(&spread), std::cmp::Ordering::Equal));
    assert_ne!(hash_of(&whole), hash_of(&ChunkedVec::<u8>::new()));
    let plain = Vec::from_iter(0..60_u8);
    for change in 0..60 {
        let (mut ours, mut theirs) = (spread.clone(), plain.clone());
        match change % 3 {
            0 => {
                ours[change] = 200;
                theirs[change] = 200;
            }
            1 => {
                ours.truncate(change);
                theirs.truncate(change);
            }
            _ => {
                ours.push(1);
                theirs.push(1);
            }
        }
        assert_eq!((ours.cmp(&whole), whole.partial_cmp(&ours)), (theirs.cmp(&plain), plain.partial_cmp(&theirs)));
    }
    let nan = ChunkedVec::from([1.0, f64::NAN]);
    assert_eq!((nan.partial_cmp(&nan), nan.partial_cmp(&ChunkedVec::from([2.0]))), (None, [1.0].partial_cmp(&[2.0])));
}
