//! `VecDeque` as std documents its own, whichever way the values came and however they are spread over its sides.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]
#![allow(clippy::op_ref, clippy::cmp_owned, reason = "each comparison is what is tested")]

use crate::counted::{Counted, drops, panic_of};
use crate::dice::Dice;
use crate::wherever::{there, wherever_made};
use crate::{Program, text};
use drust::collections::VecDeque;
use drust::stats::{self, Counts};
use drust::{Ref, RefMut, String, Vec, node, thread, vec};
use std::cmp::Ordering;
use std::collections::VecDeque as Std;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, Read, Write};

/// 1 to 4, all in the back.
fn in_back() -> VecDeque<u32> {
    (1..5).collect()
}

/// 1 to 4, all in the front.
fn in_front() -> VecDeque<u32> {
    let mut deque = VecDeque::new();
    (1..5).rev().for_each(|n| deque.push_front(n));
    deque
}

/// 1 to 4, two on each side.
fn in_both() -> VecDeque<u32> {
    let mut deque = VecDeque::from([3, 4]);
    deque.push_front(2);
    deque.push_front(1);
    deque
}

/// Runs `check` on 1 to 4, wherever they are made, and on whichever side they are.
fn each_way(mut check: impl FnMut(VecDeque<u32>)) {
    let look = |deque: &VecDeque<u32>| assert_eq!(deque.iter().count(), 4);
    wherever_made!(in_back, look, &mut check);
    wherever_made!(in_front, look, &mut check);
    wherever_made!(in_both, look, &mut check);
}

fn counted() -> VecDeque<Counted> {
    let mut deque: VecDeque<Counted> = (3..6).map(Counted).collect();
    (0..3).rev().for_each(|n| deque.push_front(Counted(n)));
    deque
}

/// Runs `check` on six counted values; returns the drops in it.
fn counted_each_way(check: impl FnMut(VecDeque<Counted>)) -> usize {
    drops(|| wherever_made!(counted, |deque| assert_eq!(deque.iter().count(), 6), check))
}

#[drust::test(nodes = 2)]
fn values_are_added_and_taken_at_both_ends() {
    each_way(|mut deque| {
        deque.push_back(5);
        deque.push_front(0);
        assert_eq!(deque, [0, 1, 2, 3, 4, 5]);
        assert_eq!((deque.pop_front(), deque.pop_back(), deque.len()), (Some(0), Some(5), 4));
        assert_eq!((deque.pop_front(), deque.pop_front(), deque.pop_front()), (Some(1), Some(2), Some(3)));
        assert_eq!((deque.pop_front(), deque.pop_front(), deque.pop_back()), (Some(4), None, None));
        deque.push_front(1);
        assert_eq!((deque.pop_back(), deque.is_empty()), (Some(1), true));
    });
    each_way(|mut deque| {
        *deque.push_back_mut(5) += 10;
        *deque.push_front_mut(0) += 10;
        *deque.insert_mut(3, 7) += 10;
        assert_eq!(deque, [10, 1, 2, 17, 3, 4, 15]);
    });
    each_way(|deque| assert!(std::iter::successors(Some(deque), |_| None).flatten().eq(1..5)));
    each_way(|mut deque| {
        let taken = std::iter::from_fn(|| deque.pop_back());
        assert!(taken.eq([4, 3, 2, 1]));
    });
    each_way(|mut deque| {
        assert_eq!((deque.pop_front_if(|n| *n == 2), deque.pop_back_if(|n| *n == 2)), (None, None));
        assert_eq!((deque.pop_front_if(|n| *n == 1), deque.pop_back_if(|n| *n == 4)), (Some(1), Some(4)));
        deque.clear();
        assert_eq!((deque.pop_front_if(|_| true), deque.pop_back_if(|_| true)), (None, None));
    });
}

#[drust::test(nodes = 2)]
fn values_are_looked_at_and_written_in_place() {
    each_way(|mut deque| {
        assert_eq!((deque.front(), deque.back(), deque.get(2), deque.get(4)), (Some(&1), Some(&4), Some(&3), None));
        assert_eq!((deque.get(usize::MAX), deque[0], deque[3]), (None, 1, 4));
        *deque.front_mut().unwrap() = 10;
        *deque.back_mut().unwrap() = 40;
        *deque.get_mut(2).unwrap() = 30;
        deque[1] = 20;
        assert!(deque.get_mut(4).is_none() && deque.get_mut(usize::MAX).is_none());
        assert_eq!(deque, [10, 20, 30, 40]);
        deque.swap(0, 3);
        deque.swap(1, 2);
        deque.swap(0, 1);
        deque.swap(3, 3);
        assert_eq!(deque, [30, 40, 20, 10]);
    });
    let mut none = VecDeque::<u32>::new();
    assert_eq!((none.front(), none.back(), none.get(0)), (None, None, None));
    assert!(none.front_mut().is_none() && none.back_mut().is_none());
}

#[drust::test(nodes = 2)]
fn iterators_go_both_ways() {
    each_way(|mut deque| {
        let mut iter = deque.iter();
        assert_eq!((iter.len(), iter.next(), iter.next_back(), iter.clone().count()), (4, Some(&1), Some(&4), 2));
        assert_eq!((iter.next_back(), iter.next(), iter.next(), iter.next_back()), (Some(&3), Some(&2), None, None));
        assert!(deque.iter().rev().eq(&[4, 3, 2, 1]) && deque.iter().rfold(0, |a, n| a * 10 + n) == 4321);
        assert_eq!(deque.iter().fold(0, |a, n| a * 10 + n), 1234);
        for n in 0..6 {
            let skipped = [1, 2, 3, 4];
            assert_eq!((deque.iter().nth(n), deque.iter().nth_back(n)), (skipped.get(n), skipped.iter().nth_back(n)));
            let mut iter = deque.iter();
            iter.nth(n);
            assert!(iter.eq(skipped.iter().skip(n + 1)));
        }
        assert_eq!((deque.iter().last(), format!("{:?}", deque.iter())), (Some(&4), "[1, 2, 3, 4]".into()));
        for (n, value) in deque.iter_mut().rev().enumerate() {
            *value += 10 * n as u32;
        }
        for value in &mut deque {
            *value += 1;
        }
        assert_eq!((&deque).into_iter().copied().collect::<std::vec::Vec<_>>(), [32, 23, 14, 5]);
        let mut values = deque.into_iter();
        assert_eq!((values.len(), values.next(), values.next_back()), (4, Some(32), Some(5)));
        assert!(values.clone().eq([23, 14]) && values.rev().eq([14, 23]));
    });
    each_way(|mut deque| {
        for start in 0..5 {
            for end in start..5 {
                let expected = start as u32 + 1..end as u32 + 1;
                assert!(deque.range(start..end).copied().eq(expected.clone()));
                assert!(deque.range_mut(start..end).map(|n| *n).eq(expected));
            }
        }
        assert_eq!((deque.range(..).len(), deque.range(..=1).len(), deque.range(3..).len()), (4, 2, 1));
    });
}

#[drust::test(nodes = 2)]
fn values_are_inserted_removed_and_drained_anywhere() {
    for at in 0..5 {
        each_way(|mut deque| {
            deque.insert(at, 9);
            assert_eq!((deque.len(), deque[at]), (5, 9));
            assert_eq!((deque.remove(at), deque.remove(4)), (Some(9), None));
            assert_eq!(deque, [1, 2, 3, 4]);
            let (mut twin, rest) = (Std::from([1, 2, 3, 4]), deque.split_off(at));
            assert_eq!(twin.split_off(at), std::vec::Vec::from(rest));
            assert_eq!(twin, std::vec::Vec::from(deque));
        });
        each_way(|mut deque| {
            let mut twin = Std::from([1, 2, 3, 4]);
            assert_eq!(deque.clone().swap_remove_front(at), twin.clone().swap_remove_front(at));
            assert_eq!(deque.swap_remove_back(at), twin.swap_remove_back(at));
            assert_eq!(Std::from(deque), twin);
        });
        each_way(|mut deque| {
            let mut twin = Std::from([1, 2, 3, 4]);
            assert!(deque.clone().drain(at..).rev().eq(twin.clone().drain(at..).rev()));
            let mut drain = deque.drain(..at);
            assert_eq!(drain.len(), at);
            assert_eq!(drain.nth(1), twin.drain(..at).nth(1));
            drop(drain);
            assert_eq!(Std::from(deque), twin);
        });
        each_way(|mut deque| {
            deque.truncate(at);
            assert!(deque.iter().copied().eq((1..5).take(at)));
        });
        each_way(|mut deque| {
            let mut twin = Std::from([1, 2, 3, 4]);
            let at = at.min(4);
            deque.rotate_left(at);
            twin.rotate_left(at);
            assert_eq!(deque, twin.make_contiguous());
            deque.rotate_right(at);
            assert_eq!(deque, [1, 2, 3, 4]);
        });
    }
}

#[drust::test(nodes = 2)]
fn deques_grow_are_joined_and_sifted() {
    each_way(|mut deque| {
        deque.extend([5, 6]);
        deque.extend(&[7]);
        deque.retain(|n| n % 2 == 1);
        assert_eq!(deque, [1, 3, 5, 7]);
        deque.retain_mut(|n| {
            *n += 1;
            *n != 4
        });
        assert_eq!(deque, [2, 6, 8]);
        deque.resize(5, 1);
        deque.resize_with(6, || 0);
        assert_eq!(deque, [2, 6, 8, 1, 1, 0]);
        deque.resize(2, 9);
        deque.resize_with(1, || 9);
        assert_eq!(deque, [2]);
    });
    each_way(|mut deque| {
        let mut other = in_both();
        deque.append(&mut other);
        assert_eq!((deque == [1, 2, 3, 4, 1, 2, 3, 4], other.is_empty()), (true, true));
        other.append(&mut deque);
        assert_eq!((deque.len(), other.len()), (0, 8));
        other.append(&mut VecDeque::new());
        assert_eq!(other.len(), 8);
    });
    each_way(|mut deque| {
        deque.push_front(9);
        assert_eq!(deque.make_contiguous(), [9, 1, 2, 3, 4]);
        deque.make_contiguous().sort();
        deque.push_front(0);
        assert_eq!(deque.as_mut_slices().0, [0, 1, 2, 3, 4, 9]);
        assert_eq!(deque.pop_front(), Some(0));
        assert_eq!(deque, [1, 2, 3, 4, 9]);
    });
    each_way(|deque| {
        assert!(deque.contains(&1) && deque.contains(&4) && !deque.contains(&5));
        for n in 0..6 {
            let twin = Std::from([1, 2, 3, 4]);
            assert_eq!(deque.binary_search(&n), twin.binary_search(&n));
            assert_eq!(deque.binary_search_by_key(&(2 * n), |m| m * 2), twin.binary_search(&n));
            assert_eq!(deque.partition_point(|m| *m < n), twin.partition_point(|m| *m < n));
        }
    });
}

#[drust::test(nodes = 2)]
fn deques_are_compared_hashed_printed_and_converted() {
    let hash = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    each_way(|deque| {
        assert_eq!((deque.cmp(&in_both()), deque.partial_cmp(&in_back())), (Ordering::Equal, Some(Ordering::Equal)));
        assert!(deque < VecDeque::from([1, 3]) && deque > VecDeque::from([1, 2, 3]) && deque == in_front());
        assert!(deque == [1, 2, 3, 4] && deque == &[1, 2, 3, 4] && deque == &mut [1, 2, 3, 4]);
        assert!(deque == &[1, 2, 3, 4][..] && deque == &mut [1, 2, 3, 4][..] && deque != [1, 2, 3] && deque != [4; 4]);
        assert!(deque == std::vec![1, 2, 3, 4] && deque == vec![1, 2, 3, 4] && deque != vec![1]);
        let twin = Std::from([1, 2, 3, 4]);
        assert_eq!(hash(&|hasher| deque.hash(hasher)), hash(&|hasher| twin.hash(hasher)));
        assert_eq!((format!("{deque:?}"), format!("{deque:#?}")), (format!("{twin:?}"), format!("{twin:#?}")));
        let mut clone = VecDeque::from([7; 9]);
        clone.clone_from(&deque);
        assert!(clone == deque && deque.clone() == deque);
        assert_eq!(Std::from(deque), twin);
        assert_eq!((VecDeque::from(twin), VecDeque::from(std::vec![1])), (clone, VecDeque::from(vec![1])));
    });
    each_way(|deque| assert_eq!(Vec::from(deque), [1, 2, 3, 4]));
    each_way(|deque| assert_eq!(std::vec::Vec::from(deque), [1, 2, 3, 4]));
    assert_eq!(VecDeque::<u32>::default(), []);
}

#[drust::test(nodes = 2)]
fn bytes_are_written_and_read() {
    fn bytes() -> VecDeque<u8> {
        let mut deque = VecDeque::from(*b"queue");
        deque.push_front(b' ');
        deque.push_front(b'a');
        deque
    }
    let look = |deque: &VecDeque<u8>| assert_eq!(deque.iter().count(), 7);
    wherever_made!(bytes, look, |mut deque: VecDeque<u8>| {
        write!(deque, " of bytes").unwrap();
        deque.flush().unwrap();
        let (mut buffer, mut rest) = ([0; 4], std::string::String::new());
        assert_eq!((deque.read(&mut buffer).unwrap(), &buffer), (4, b"a qu"));
        assert_eq!((deque.read_to_string(&mut rest).unwrap(), &*rest), (12, "eue of bytes"));
        assert_eq!(deque.read(&mut buffer).unwrap(), 0);
        assert!(deque.fill_buf().unwrap().is_empty());
    });
    wherever_made!(bytes, look, |mut deque: VecDeque<u8>| {
        deque.write_all(b"\nand another\n\nlast").unwrap();
        let first = deque.fill_buf().unwrap().to_vec();
        assert!(b"a queue".starts_with(&first) && !first.is_empty());
        let lines = deque.lines().map(Result::unwrap).collect::<std::vec::Vec<_>>();
        assert_eq!(lines, ["a queue", "and another", "", "last"]);
    });
}

#[drust::test(nodes = 2)]
fn wrong_indexes_panic_as_std_does() {
    each_way(|mut deque| {
        let mut twin = Std::from([1, 2, 3, 4]);
        assert_eq!(panic_of(|| _ = deque[4]), panic_of(|| _ = twin[4]));
        assert_eq!(panic_of(|| deque[4] = 1), panic_of(|| twin[4] = 1));
        assert_eq!(panic_of(|| deque.insert(5, 0)), panic_of(|| twin.insert(5, 0)));
        assert_eq!(panic_of(|| drop(deque.split_off(5))), panic_of(|| drop(twin.split_off(5))));
        assert_eq!(panic_of(|| deque.swap(4, 0)), panic_of(|| twin.swap(4, 0)));
        assert_eq!(panic_of(|| deque.swap(0, 4)), panic_of(|| twin.swap(0, 4)));
        assert_eq!(panic_of(|| deque.rotate_left(5)), panic_of(|| twin.rotate_left(5)));
        assert_eq!(panic_of(|| deque.rotate_right(5)), panic_of(|| twin.rotate_right(5)));
        assert_eq!(panic_of(|| deque.reserve(usize::MAX)), panic_of(|| twin.reserve(usize::MAX)));
        let (ours, stds) = (deque.try_reserve(usize::MAX), twin.try_reserve(usize::MAX));
        assert_eq!(ours.unwrap_err().to_string(), stds.unwrap_err().to_string());
        assert!(deque.try_reserve_exact(usize::MAX / 4).is_err() && deque.try_reserve(10).is_ok());
        assert_eq!(panic_of(|| drop(deque.drain(5..))), panic_of(|| drop(twin.drain(5..))));
        assert_eq!(panic_of(|| drop(deque.drain(..=4))), panic_of(|| drop(twin.drain(..=4))));
        assert_eq!(panic_of(|| _ = deque.range(5..)), panic_of(|| _ = twin.range(5..)));
        #[expect(clippy::reversed_empty_ranges, reason = "it panics")]
        for range in [3..5, 9..9, 3..2] {
            let (ours, stds) = (range.clone(), range);
            assert_eq!(panic_of(|| _ = deque.range_mut(ours)), panic_of(|| _ = twin.range_mut(stds)));
        }
        assert_eq!(deque, [1, 2, 3, 4]);
    });
}

#[drust::test(nodes = 2)]
fn each_value_drops_once() {
    assert_eq!(counted_each_way(drop), 24);
    assert_eq!(counted_each_way(|mut deque| deque.clear()), 24);
    assert_eq!(counted_each_way(|mut deque| deque.truncate(1)), 24);
    assert_eq!(counted_each_way(|mut deque| deque.truncate(5)), 24);
    assert_eq!(counted_each_way(|mut deque| drop(deque.drain(1..5))), 24);
    assert_eq!(counted_each_way(|mut deque| drop(deque.split_off(2))), 24);
    assert_eq!(counted_each_way(|mut deque| deque.retain(|value| value.0 % 2 == 0)), 24);
    assert_eq!(counted_each_way(|mut deque| drop((deque.remove(4), deque.remove(1)))), 24);
    assert_eq!(counted_each_way(|mut deque| drop((deque.pop_front(), deque.make_contiguous().reverse()))), 24);
    assert_eq!(counted_each_way(|deque| drop(Vec::from(deque))), 24);
    let taken = |deque: VecDeque<Counted>| {
        let mut values = deque.into_iter();
        drop((values.next(), values.next_back(), values.nth(1)));
    };
    assert_eq!(counted_each_way(taken), 24);
}

#[drust::test(nodes = 2)]
fn what_is_forgotten_is_lost_and_nothing_else() {
    drust::testing::allow_leaks();
    wherever_made!(counted, |_| {}, |mut deque: VecDeque<Counted>| {
        let dropped = drops(|| {
            let mut drain = deque.drain(1..5);
            drop((drain.next(), drain.next_back()));
            std::mem::forget(drain);
        });
        assert_eq!(dropped, 2);
        deque.push_back(Counted(7));
        deque.push_front(Counted(8));
        let left = deque.iter().map(|value| value.0).collect::<std::vec::Vec<_>>();
        assert!(left.starts_with(&[8]) && left.ends_with(&[7]) && left.len() <= 4);
    });
    wherever_made!(counted, |_| {}, |deque| std::mem::forget(deque.into_iter()));
}

#[drust::test(nodes = 2)]
fn a_panic_leaves_each_value_once() {
    fn thirteen() -> VecDeque<Counted> {
        let mut deque = counted();
        std::mem::forget(std::mem::replace(&mut deque[1], Counted(13)));
        deque
    }
    drust::testing::allow_leaks();
    let dropped = |deque: VecDeque<Counted>| assert_eq!(drops(|| assert_eq!(panic_of(|| drop(deque)), "thirteen")), 6);
    wherever_made!(thirteen, |_| {}, dropped);
    wherever_made!(thirteen, |_| {}, |mut deque: VecDeque<Counted>| {
        assert_eq!(drops(|| assert_eq!(panic_of(|| deque.clear()), "thirteen")), 6);
        assert!(deque.is_empty());
    });
    wherever_made!(thirteen, |_| {}, |mut deque: VecDeque<Counted>| {
        assert_eq!(drops(|| assert_eq!(panic_of(|| deque.truncate(1)), "thirteen")), 5);
        assert_eq!(deque.len(), 1);
    });
    wherever_made!(thirteen, |_| {}, |mut deque: VecDeque<Counted>| {
        assert_eq!(drops(|| assert_eq!(panic_of(|| drop(deque.drain(1..4))), "thirteen")), 3);
        assert!(deque.iter().map(|value| value.0).eq([0, 4, 5]));
    });
    wherever_made!(counted, |_| {}, |mut deque: VecDeque<Counted>| {
        let keep = |value: &Counted| {
            assert!(value.0 != 3, "three");
            value.0 != 1
        };
        assert_eq!(drops(|| assert_eq!(panic_of(|| deque.retain(keep)), "three")), 1);
        assert!(deque.iter().map(|value| value.0).eq([0, 2, 3, 4, 5]));
        deque.push_back(Counted(99));
        assert_eq!(panic_of(|| drop(deque.clone())), "not to be cloned");
        assert_eq!(deque.len(), 6);
    });
}

/// Fetches, on whichever carrier.
fn fetches(counts: &Counts) -> u64 {
    counts.direct_reads + counts.requests
}

#[drust::test(nodes = 2)]
#[cfg_attr(miri, ignore = "the tests of a process share their counts there")]
fn costs_are_those_of_two_vectors() {
    fn far<T: drust::Portable>(make: fn(()) -> T) -> T {
        thread::spawn_on(there(), (), make).join().unwrap()
    }
    let deque = far(|()| in_both());
    let (_, first) = stats::count(|| assert_eq!(deque.iter().sum::<u32>(), 10));
    let (_, again) = stats::count(|| assert_eq!((deque[0], deque[3]), (1, 4)));
    assert_eq!((fetches(&first), fetches(&again)), (2, 0));
    let mut deque = far(|()| in_both());
    let (_, one) = stats::count(|| assert_eq!(deque.front(), Some(&1)));
    let (_, push) = stats::count(|| deque.push_front(0));
    assert_eq!((fetches(&one), fetches(&push), push.one_ways), (1, 0, 1));
    let (_, length) = stats::count(|| assert_eq!((deque.len(), deque.range(2..2).len()), (5, 0)));
    assert_eq!(fetches(&length), 0);
    let (_, dropped) = stats::count(|| drop(deque));
    assert_eq!((fetches(&dropped), dropped.one_ways), (0, 1), "the front has moved here");
}

#[derive(drust::Portable, Debug, Clone, PartialEq)]
struct Tree {
    children: VecDeque<Tree>,
}

#[drust::test(nodes = 2)]
fn deques_own_deques_and_values_without_size() {
    fn tree() -> Tree {
        let leaf = Tree { children: VecDeque::new() };
        Tree { children: VecDeque::from([leaf.clone(), Tree { children: VecDeque::from([leaf]) }]) }
    }
    wherever_made!(tree, |tree| assert_eq!(tree.children.len(), 2), |mut tree: Tree| {
        tree.children.rotate_left(1);
        assert_eq!((tree.children[0].children.len(), tree.children[1].children.len()), (1, 0));
    });
    let mut units = VecDeque::from([(); 3]);
    units.push_front(());
    assert_eq!(
        (units.len(), units.pop_back(), units.drain(1..).count(), units.capacity()),
        (4, Some(()), 2, usize::MAX)
    );
}

type Twins = (VecDeque<String>, Std<std::string::String>);

fn edit((ours, stds): &mut Twins, dice: &mut Dice) {
    let (len, text) = (stds.len(), text(dice));
    let at = dice.below(len + 1);
    let taken = |value: Option<String>| value.map(std::string::String::from);
    match dice.below(17) {
        0 | 1 => {
            ours.push_back(String::from(&*text));
            stds.push_back(text);
        }
        2 | 3 => {
            ours.push_front(String::from(&*text));
            stds.push_front(text);
        }
        4 => assert_eq!(taken(ours.pop_front()), stds.pop_front()),
        5 => assert_eq!(taken(ours.pop_back()), stds.pop_back()),
        6 | 7 => {
            ours.insert(at, String::from(&*text));
            stds.insert(at, text);
        }
        8 => assert_eq!(taken(ours.remove(at)), stds.remove(at)),
        9 => assert_eq!(taken(ours.swap_remove_back(at)), stds.swap_remove_back(at)),
        10 if at < len => {
            ours[at].push_str(&text);
            stds[at].push_str(&text);
        }
        11 => {
            ours.rotate_left(at);
            stds.rotate_left(at);
        }
        12 => {
            let end = at + dice.below((len - at).min(5) + 1);
            assert!(ours.drain(at..end).eq(stds.drain(at..end)));
        }
        13 => {
            let (ours_rest, stds_rest) = (ours.split_off(at), stds.split_off(at));
            let (ours_first, stds_first) = (std::mem::replace(ours, ours_rest), std::mem::replace(stds, stds_rest));
            ours.extend(ours_first);
            stds.extend(stds_first);
        }
        14 if len > 20 => {
            ours.truncate(at);
            stds.truncate(at);
        }
        15 => {
            ours.make_contiguous().reverse();
            stds.make_contiguous().reverse();
        }
        _ => {
            ours.retain(|text| text.len() != 7);
            stds.retain(|text| text.len() != 7);
        }
    }
}

fn wander((mut ours, stds): Twins, dice: &mut Dice) -> Twins {
    let to = node::all().nth(dice.below(node::count())).expect("there are as many");
    match dice.below(5) {
        0 => ours = thread::spawn_on(to, (ours,), |(ours,)| ours).join().unwrap(),
        1 => ours = thread::spawn_on(to, (ours,), |(ours,)| ours.clone()).join().unwrap(),
        2 => thread::scope(|s| {
            let seen = s.spawn_on(to, (Ref::of(&ours),), |(ours,)| ours.iter().map(|text| text.len()).sum::<usize>());
            assert_eq!(seen.join().unwrap(), stds.iter().map(|text| text.len()).sum::<usize>());
        }),
        3 => thread::scope(|s| {
            s.spawn_on(to, (RefMut::new(&mut ours),), |(mut ours,)| ours.rotate_left(0));
        }),
        _ => VecDeque::release(&mut ours),
    }
    (ours, stds)
}

#[drust::test(nodes = 3)]
fn random_operations_do_what_stds_do() {
    let program: Program<VecDeque<String>, Std<std::string::String>> = Program {
        edits: 10,
        edit,
        wander,
        same: |ours, stds| ours.iter().eq(stds.iter()),
        lengths: |ours, stds| [ours.len(), stds.len()],
    };
    program.run();
}
