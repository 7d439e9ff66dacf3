//! Values prefetched, and then read, written, given away or left alone.

use crate::{everywhere, there};
use drust::thread;
use drust::{Box, Portable, String, Vec, prefetch, stats};

everywhere! {
    what_is_prefetched_is_read,
    a_walk_names_its_next_steps,
    what_is_prefetched_is_written,
    prefetched_again_and_again,
    large_values_do_not_pile_up,
}

fn texts(count: usize) -> Vec<Box<(u64, String)>> {
    let make = |(count,)| {
        (0..count)
            .map(|n: usize| Box::new((n as u64, String::from(format!("a text with a number, {n:>30}")))))
            .collect()
    };
    thread::spawn_on(there(), (count,), make).join().expect("nothing panics there")
}

fn what_is_prefetched_is_read() {
    let texts = texts(100);
    prefetch(&texts);
    for (text, n) in texts.iter().zip(0..) {
        assert_eq!((text.0, text.1.ends_with(&format!(" {n}"))), (n, true));
    }
    let strings: [&String; 2] = [&texts[3].1, &texts[4].1];
    prefetch(strings);
    prefetch(&strings);
    assert!(strings[1].ends_with(" 4"));
    prefetch(&[] as &[Box<u64>]);
    prefetch([&Vec::<u64>::new()]);
}

#[derive(Portable)]
struct Tree {
    value: u64,
    children: Vec<Box<Tree>>,
}

fn tree(depth: u64) -> Tree {
    let children = if depth == 0 { 0 } else { 3 };
    Tree { value: depth, children: (0..children).map(|_| Box::new(tree(depth - 1))).collect() }
}

fn walk(tree: &Tree) -> u64 {
    prefetch(&tree.children);
    tree.value + tree.children.iter().map(|child| walk(&Box::read(child))).sum::<u64>()
}

fn a_walk_names_its_next_steps() {
    let tree = thread::spawn_on(there(), (4,), |(depth,)| Box::new(tree(depth))).join().unwrap();
    assert_eq!(walk(&tree), 4 + 3 * 3 + 9 * 2 + 27);
}

fn what_is_prefetched_is_written() {
    for round in 0..6 {
        let mut texts = texts(20);
        prefetch(&texts);
        match round % 3 {
            0 => texts.iter_mut().for_each(|text| text.0 += 1),
            1 => {
                let add = |(mut texts,): (Vec<Box<(u64, String)>>,)| {
                    texts.iter_mut().for_each(|text| text.0 += 1);
                    texts
                };
                texts = thread::spawn_on(there(), (texts,), add).join().unwrap();
            }
            _ => {
                texts.truncate(10);
                texts.iter_mut().for_each(|text| **text = (text.0 + 1, String::new()));
            }
        }
        assert!(texts.iter().map(|text| text.0).zip(1..).all(|(value, n)| value == n));
    }
}

fn prefetched_again_and_again() {
    let texts = texts(300);
    for round in 0..100 {
        prefetch(texts.iter().skip(round).step_by(7));
        prefetch(texts.iter().rev().step_by(11));
    }
    assert_eq!(texts.iter().map(|text| text.0).sum::<u64>(), (0..300).sum());
}

fn large_values_do_not_pile_up() {
    let make = |()| (0..12_u64).map(vec_of).collect::<Vec<_>>();
    let large = thread::spawn_on(there(), (), make).join().unwrap();
    for _ in 0..3 {
        prefetch(&large);
    }
    for (vec, n) in large.iter().zip(0..) {
        assert_eq!((vec.len(), vec[1 << 10]), (1 << 18, n));
    }
}

/// 2 MiB.
fn vec_of(value: u64) -> Vec<u64> {
    drust::vec![value; 1 << 18]
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_prefetch_is_all_requests_and_no_wait() {
    let texts = texts(16);
    let _ = texts.len();
    let _ = &texts[0];
    let ((), counts) = stats::count(|| prefetch(&texts));
    assert_eq!(counts.requests, 16);
    let (sum, counts) = stats::count(|| texts.iter().map(|text| Box::read(text).0).sum::<u64>());
    assert_eq!((sum, counts.requests), (120, 0), "nothing is asked for twice");
    let ((), counts) = stats::count(|| prefetch(&texts));
    assert_eq!(counts.requests, 0, "what is here is not asked for");
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn what_was_prefetched_is_taken_over_by_who_writes_it() {
    let mut texts = texts(16);
    let _ = &mut texts[0];
    prefetch(&texts);
    let ((), counts) = stats::count(|| texts.iter_mut().for_each(|text| text.0 += 1));
    assert_eq!((counts.requests, counts.promotions, counts.one_ways), (0, 16, 16), "nothing is asked for twice");
}
