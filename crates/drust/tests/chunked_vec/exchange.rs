//! Chunked vectors whose values go to other nodes: sorted, shuffled and grouped as one node would.

use crate::text;
use drust::collections::ChunkedVec;
use drust::collections::chunked_vec::Progress;
use drust::{Portable, node, stats, thread};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

everywhere! {
    sorted_as_a_slice_is,
    few_different_values_are_spread_too,
    sorted_by_a_function_and_where_the_order_of_equal_ones_is_free,
    values_that_own_objects_are_sorted,
    chunks_of_one_node_that_do_not_follow_each_other,
    values_of_a_key_come_together,
    groups_are_those_of_a_map,
    a_panic_leaves_nothing,
}

/// Numbers that look random, the same in each run.
fn numbers(len: usize, below: u64) -> ChunkedVec<u64> {
    ChunkedVec::from_fn(len, (below,), |(below,), index| {
        let mixed = (index as u64 ^ 0x5DEE_CE66).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) % below
    })
}

fn sorted_as_a_slice_is() {
    for len in [0, 1, 2, 100, 20_000] {
        let mut chunked = numbers(len, u64::MAX);
        let mut plain = Vec::from(chunked.clone());
        plain.sort();
        let progress = Progress::new();
        progress.watch(|| chunked.par_sort());
        assert_eq!(chunked, plain);
        assert_eq!((progress.done(), progress.total()), (3 * len as u64, 3 * len as u64));
        chunked.par_sort();
        assert_eq!(chunked, plain, "sorted once more");
        chunked.par_sort_by_key(|n| Reverse(*n));
        plain.reverse();
        assert_eq!(chunked, plain);
    }
}

fn few_different_values_are_spread_too() {
    let len = 10_000;
    let mut pairs = ChunkedVec::from_fn(len, (), |(), index| ((index % 3) as u8, index));
    let mut plain = Vec::from(pairs.clone());
    pairs.par_sort_by_key(|pair| pair.0);
    plain.sort_by_key(|pair| pair.0);
    assert_eq!(pairs, plain, "equal ones stay in their order");
    let mut same = ChunkedVec::from_fn(len, (), |(), _| 5);
    same.par_sort();
    for made in [pairs.par_iter().count(), same.par_iter().count()] {
        assert_eq!(made, len);
    }
    let share = |node| (0..len).filter(|at| same.home_of(*at) == Some(node)).count();
    assert!(node::all().map(share).all(|share| share >= len / node::count() / 2), "nodes have about as many each");
}

fn sorted_by_a_function_and_where_the_order_of_equal_ones_is_free() {
    let pairs = ChunkedVec::from_fn(5000, (), |(), index| (index * 7919 % 50, index));
    let mut plain = Vec::from(pairs.clone());
    let mut by = pairs.clone();
    by.par_sort_by(|a, b| b.0.cmp(&a.0));
    plain.sort_by_key(|pair| Reverse(pair.0));
    assert_eq!(by, plain, "equal ones stay in their order");
    let keys = |pairs: &ChunkedVec<(usize, usize)>| pairs.par_iter().map(|pair| pair.0).collect::<Vec<_>>();
    let mut expected = keys(&by);
    let mut unstable = pairs.clone();
    unstable.par_sort_unstable_by(|a, b| b.0.cmp(&a.0));
    assert_eq!(keys(&unstable), expected);
    expected.reverse();
    unstable.par_sort_unstable_by_key(|pair| pair.0);
    assert_eq!(keys(&unstable), expected);
    unstable.par_sort_unstable();
    plain.sort_unstable();
    assert_eq!(unstable, plain);
}

/// Parts, of some hundred KiB each, are taken over from copies that were asked for ahead, not fetched when their turn
/// comes.
#[drust::test(nodes = 3, carrier = "tcp")]
fn large_parts_are_asked_for_before_they_are_wanted() {
    let blocks = ChunkedVec::from_fn(3000, (), |(), index| (index, [index as u8; 1000]));
    let (shuffled, cost) = stats::count(|| blocks.shuffle_by(|block| block.0 % 500));
    let home_of = |at| shuffled.home_of(at).unwrap();
    let parts = 2 * (0..shuffled.len()).map(home_of).collect::<BTreeSet<_>>().len() as u64;
    assert!(cost.promotions >= parts, "{parts} parts at least came from other nodes: {cost:?}");
    assert!(shuffled.par_iter().all(|(key, block)| *key == block.0 % 500 && block.1 == [block.0 as u8; 1000]));
}

fn values_that_own_objects_are_sorted() {
    let mut texts = ChunkedVec::from_fn(500, (), |(), index| text((index * 7919) % 503));
    let mut plain = Vec::from(texts.clone());
    texts.par_sort();
    plain.sort();
    assert_eq!(texts, plain);
    texts.par_sort_by_key(|text| (Reverse(text.len()), text.clone()));
    plain.sort_by_key(|text| (Reverse(text.len()), text.clone()));
    assert_eq!(texts, plain);
}

fn chunks_of_one_node_that_do_not_follow_each_other() {
    let mut pairs = ChunkedVec::from_fn(300, (), |(), index| (index % 5, index));
    pairs.extend([(2, 300), (1, 301)]);
    pairs.append(&mut ChunkedVec::from_fn(100, (), |(), index| (index % 5, index + 302)));
    let mut plain = Vec::from(pairs.clone());
    let shuffled = pairs.clone().shuffle_by(|pair| pair.0);
    pairs.par_sort_by_key(|pair| pair.0);
    plain.sort_by_key(|pair| pair.0);
    assert_eq!(pairs, plain);
    for key in 0..5 {
        let of_key = shuffled.par_iter().filter_with(key, |key, pair| pair.0 == *key).map(|pair| pair.1.1);
        let expected: Vec<usize> = plain.iter().filter(|pair| pair.0 == key).map(|pair| pair.1).collect();
        assert_eq!(of_key.collect::<Vec<_>>(), expected, "values of a key stay in their order");
    }
}

fn values_of_a_key_come_together() {
    let shuffled = numbers(5000, 64).shuffle_by(|n| n % 10);
    assert_eq!(shuffled.len(), 5000);
    assert!(shuffled.par_iter().all(|(key, n)| *key == n % 10));
    let mut seen = BTreeMap::new();
    for (number, chunk) in shuffled.chunks().enumerate() {
        for (key, _) in chunk.iter() {
            assert_eq!(*seen.entry(*key).or_insert(number), number, "key {key} is in one chunk");
        }
    }
    let again = numbers(5000, 64).shuffle_by(|n| n % 10);
    assert_eq!(again, shuffled, "the same in each run");
}

fn groups_are_those_of_a_map() {
    let pairs = || ChunkedVec::from_fn(2000, (), |(), index| (text(index % 37), index as u64));
    let mut expected: BTreeMap<drust::String, Vec<u64>> = BTreeMap::new();
    for (key, value) in pairs() {
        expected.entry(key).or_default().push(value);
    }
    let groups: BTreeMap<_, _> = pairs().group_by_key().into_iter().collect();
    assert_eq!(groups.len(), expected.len());
    assert!(groups.iter().zip(&expected).all(|(a, b)| a.0 == b.0 && a.1 == b.1), "in the order that they were in");
    let sums: BTreeMap<_, _> = pairs().reduce_by_key(|a, b| a + b).into_iter().collect();
    assert!(sums.into_iter().eq(expected.into_iter().map(|(key, values)| (key, values.iter().sum()))));
    assert!(ChunkedVec::<(u8, u8)>::new().group_by_key().is_empty());
    let far = thread::spawn_on(node::all().last().unwrap(), (pairs(),), |(pairs,)| pairs.reduce_by_key(u64::max));
    assert_eq!(far.join().unwrap().par_iter().map(|pair| pair.1).max(), Some(1999));
}

/// Panics where it is compared with certain others.
#[derive(Portable, Clone, PartialEq, Eq, Debug)]
struct Touchy(drust::String);

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Touchy) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy {
    fn cmp(&self, other: &Touchy) -> std::cmp::Ordering {
        assert!(!self.0.ends_with(" 77") && !other.0.ends_with(" 77"), "touched");
        self.0.cmp(&other.0)
    }
}

fn a_panic_leaves_nothing() {
    let message_of = |body: &mut dyn FnMut()| {
        let panic = catch_unwind(AssertUnwindSafe(body)).expect_err("it should panic");
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a message")
    };
    let mut values = ChunkedVec::from_fn(200, (), |(), index| Touchy(text(index)));
    assert!(message_of(&mut || values.par_sort()).ends_with("touched"));
    // Few of these are samples, so that most panics come where values have been taken from their chunks.
    for bad in [1500, 1501, 1502] {
        let mut pairs = ChunkedVec::from_fn(3000, (bad,), |(bad,), index| (index == *bad, text(index)));
        let mut sort = || {
            pairs.par_sort_by_key(|pair| {
                assert!(!pair.0, "sorted");
                pair.1.len()
            });
        };
        assert!(message_of(&mut sort).ends_with("sorted"));
        pairs.push((false, text(0)));
        assert_eq!(pairs.iter().count(), pairs.len(), "what is left is in order");
    }
    let pairs = || ChunkedVec::from_fn(200, (), |(), index| (index % 7, text(index)));
    let mut reduce = || {
        let _ = pairs().reduce_by_key(|a, b| {
            assert!(!b.ends_with(" 77"), "reduced");
            a
        });
    };
    assert!(message_of(&mut reduce).ends_with("reduced"));
    let shuffle = &mut || drop(pairs().shuffle_by(|pair| assert!(pair.0 != 5, "shuffled")));
    assert!(message_of(shuffle).ends_with("shuffled"));
}
