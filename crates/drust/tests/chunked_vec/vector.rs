//! What is in a chunked vector, and where.

use crate::text;
use drust::collections::ChunkedVec;
use drust::{node, thread};
use std::panic::{AssertUnwindSafe, catch_unwind};

everywhere! {
    vectors_of_all_lengths,
    it_does_what_a_vector_does,
    values_without_bytes,
    an_iterator_that_panics_leaves_what_is_counted,
}

fn vectors_of_all_lengths() {
    let nodes = node::count();
    for len in [0, 1, 2, nodes, nodes + 1, 1000, 300_000] {
        let numbers = ChunkedVec::from_fn(len, (3,), |(factor,), index| index as u64 * factor);
        let expected: Vec<u64> = (0..len as u64).map(|n| n * 3).collect();
        assert_eq!((numbers.len(), numbers.is_empty()), (len, len == 0));
        assert_eq!(numbers, expected);
        assert!(numbers.iter().eq(&expected) && numbers.iter().len() == len);
        assert_eq!(numbers.clone(), numbers);
        assert_eq!(expected.iter().copied().collect::<ChunkedVec<u64>>(), numbers);
        if len >= nodes {
            let homes: Vec<_> = (0..nodes).map(|n| numbers.home_of(n * len / nodes)).collect();
            assert!(homes.into_iter().eq(node::all().map(Some)), "each node has its share of {len}");
        }
        let moved = thread::spawn_on(node::all().last().unwrap(), (numbers,), |(numbers,)| {
            assert!(numbers.iter().enumerate().all(|(index, number)| numbers[index] == *number));
            numbers
        });
        assert_eq!(Vec::from(moved.join().unwrap()), expected);
    }
}

fn it_does_what_a_vector_does() {
    let (mut chunked, mut plain) = (ChunkedVec::from_fn(50, (), |(), n| text(n)), Vec::new());
    plain.extend((0..50).map(text));
    for round in 0..60 {
        match round * 7 % 10 {
            0 => chunked.spread(),
            1 => assert_eq!(chunked.pop(), plain.pop()),
            2 => {
                let mut more = ChunkedVec::from_fn(5, (round,), |(round,), n| text(n + round));
                chunked.append(&mut more);
                assert!(more.is_empty());
                plain.extend((0..5).map(|n| text(n + round)));
            }
            3 => {
                chunked.extend((0..3).map(text));
                plain.extend((0..3).map(text));
            }
            4 if round > 40 => {
                chunked.clear();
                plain.clear();
            }
            5 if !plain.is_empty() => {
                let at = round % plain.len();
                chunked[at].push('!');
                plain[at].push('!');
            }
            _ => {
                chunked.push(text(round));
                plain.push(text(round));
            }
        }
        assert_eq!(chunked.len(), plain.len());
    }
    assert_eq!(chunked, plain);
    assert_eq!(format!("{chunked:?}"), format!("{plain:?}"));
    assert_eq!((chunked.get(plain.len()), chunked.get(0)), (None, plain.first()));
    let (start, end) = (plain.len() / 3, plain.len() - 1);
    assert!(chunked.fetch(start..end).flat_map(|part| part.to_vec()).eq(plain[start..end].iter().cloned()));
    assert!([0, start, plain.len()].iter().all(|&at| chunked.fetch(at..at).next().is_none()), "no chunk has any");
    assert!(chunked.clone().into_iter().rev().eq(plain.iter().rev().cloned()));
    let mut both = chunked.clone().into_iter();
    let mut plainly = plain.clone().into_iter();
    while let Some(value) = plainly.next() {
        assert_eq!((both.next(), both.next_back(), both.len()), (Some(value), plainly.next_back(), plainly.len()));
    }
    chunked.iter_mut().for_each(|text| text.push('?'));
    plain.iter_mut().for_each(|text| text.push('?'));
    assert_eq!(drust::Vec::from(chunked), plain);
    let out_of_bounds = catch_unwind(|| ChunkedVec::from([1, 2])[2]).unwrap_err();
    let message = out_of_bounds.downcast::<String>().unwrap();
    assert_eq!(*message, "index out of bounds: the len is 2 but the index is 2");
}

fn values_without_bytes() {
    let mut nothing = ChunkedVec::from_fn(1000, (), |(), _| ());
    nothing.push(());
    assert_eq!((nothing.len(), nothing.par_iter().count(), nothing.iter().count()), (1001, 1001, 1001));
    nothing.par_iter_mut().for_each(|()| ());
    assert_eq!(nothing.pop(), Some(()));
}

fn an_iterator_that_panics_leaves_what_is_counted() {
    let mut numbers = ChunkedVec::new();
    numbers.push(0);
    let more = (1..10).inspect(|n| assert!(*n != 5, "five"));
    catch_unwind(AssertUnwindSafe(|| numbers.extend(more))).unwrap_err();
    numbers.push(1);
    assert_eq!(numbers, [0, 1]);
}
