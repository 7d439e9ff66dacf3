//! `Vec` as std documents its own, whichever way the values came.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]

mod counted;
#[path = "ways/each.rs"]
mod each;
mod ways;

use counted::{Counted, drops, panic_of};
use drust::boxed::TBox;
use drust::{Box, Portable, Ref, RefMut, String, Vec, stats, thread, vec};
use each::each_way;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::io::Write;
use ways::{away, there};

fn counted() -> Vec<Counted> {
    (0..4).map(Counted).collect()
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
        v.extend([1, 2].iter());
        v.extend((0..3).filter(|n| *n != 1));
        assert_eq!(v[13..], [1, 2, 0, 2]);
    });
    each_way(Vec::<u32>::new, |mut v| {
        assert_eq!(v.pop(), None);
        v.push(1);
        assert_eq!(v, [1]);
    });
    each_way(
        || Vec::<u32>::with_capacity(7),
        |mut v| {
            assert_eq!((v.pop(), v.iter().next(), v.capacity()), (None, None, 7));
            v.push(1);
            assert_eq!((v.len(), v.capacity()), (1, 7));
        },
    );
}

#[drust::test(nodes = 2)]
fn values_are_read_compared_hashed_and_printed() {
    each_way(numbers, |v| {
        assert_eq!((v.first(), v.last(), v.get(9)), (Some(&1), Some(&4), None));
        assert_eq!(v.iter().sum::<u32>(), 10);
        assert_eq!(format!("{v:?}"), "[1, 2, 3, 4]");
        assert_eq!(v.cmp(&vec![1, 2, 4]), Ordering::Less);
        assert!(v < vec![2] && v != vec![1] && [1, 2, 3, 4][..] == v && std::vec![1, 2, 3, 4] == v);
        let set: HashSet<Vec<u32>> = [v.clone()].into_iter().collect();
        assert!(set.contains(&v[..]));
        assert_eq!(std::vec::Vec::from(v), [1, 2, 3, 4]);
    });
}

#[drust::test(nodes = 2)]
fn looking_leaves_no_pin_and_a_copy_is_read_again_for_nothing() {
    let mut v = away((0..1000_u64).collect::<Vec<_>>());
    let (sum, first) = stats::count(|| Vec::read(&v).iter().sum::<u64>());
    assert_eq!((sum, first.direct_reads, first.requests), (499_500, 1, 0));
    let (_, again) = stats::count(|| assert!(v == v.clone() && v[999] == 999));
    assert_eq!(again.direct_reads, 0);
    Vec::release(&mut v);
    let (_, write) = stats::count(|| v.push(1));
    assert_eq!((write.promotions, write.moves, write.direct_reads, write.one_ways), (1, 0, 0, 1));
    let v = away(v);
    let (_, drop) = stats::count(|| drop(v));
    assert_eq!((drop.direct_reads, drop.one_ways, drop.requests), (0, 1, 0));
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
fn a_growing_vector_shows_other_nodes_its_new_values() {
    let mut v = vec![0_u64];
    for round in 1..20 {
        thread::scope(|s| {
            let seen = s.spawn_on(there(), (Ref::new(&v),), |(v,)| (v.len(), v[v.len() - 1]));
            assert_eq!(seen.join().unwrap(), (round, round as u64 - 1));
        });
        v.push(round as u64);
        if round % 5 == 0 {
            v.shrink_to_fit();
        }
    }
}

#[drust::test(nodes = 2)]
fn parts_are_lent_mutably() {
    each_way(numbers, |mut v| {
        thread::scope(|s| {
            let (left, right) = v.split_at_mut(2);
            s.spawn_on(there(), (RefMut::new(left),), |(mut left,)| left[0] = 10);
            s.spawn_on(there(), (RefMut::new(right),), |(mut right,)| right[1] = 40);
        });
        assert_eq!(v, [10, 2, 3, 40]);
        thread::scope(|s| {
            s.spawn_on(there(), (RefMut::new(&mut v),), |(mut v,)| v.push(5));
        });
        assert_eq!(v, [10, 2, 3, 40, 5]);
        thread::scope(|s| {
            s.spawn_on(there(), (RefMut::new(&mut v),), |(mut v,)| *v = Vec::new());
        });
        assert!(v.is_empty());
        thread::scope(|s| {
            s.spawn_on(there(), (RefMut::new(&mut v),), |(mut v,)| v.push(6));
        });
        assert_eq!(v, [6]);
    });
}

#[drust::test(nodes = 2)]
fn an_empty_vector_with_room_is_freed_wherever_it_is() {
    let (v, counts) = stats::count(|| {
        let v = away(Vec::<u64>::with_capacity(8));
        assert!(v.is_empty() && v.capacity() == 8 && v.iter().len() == 0 && v == vec![]);
        v
    });
    assert_eq!(counts.bytes_read, 0);
    drop(v);
    let v = Vec::<Box<u64>>::with_capacity(8);
    thread::spawn_on(there(), (v,), |(v,)| drop(v)).join().unwrap();
    each_way(|| Vec::<Box<u64>>::with_capacity(8), |v| assert_eq!(v.into_iter().count(), 0));
    each_way(|| Vec::<Counted>::with_capacity(8), drop);
}

#[drust::test(nodes = 2)]
fn values_are_inserted_and_removed() {
    each_way(numbers, |mut v| {
        v.insert(0, 0);
        v.insert(5, 5);
        assert_eq!((v.remove(1), v.swap_remove(0), v.split_off(2)), (1, 0, vec![3, 4]));
        assert_eq!(v, [5, 2]);
        let mut other = away(vec![7, 8]);
        v.append(&mut other);
        assert!(other.is_empty() && v == [5, 2, 7, 8]);
        v.extend_from_within(..2);
        v.retain(|n| n % 2 == 1);
        assert_eq!(v, [5, 7, 5]);
        v.resize(5, 1);
        v.dedup();
        assert_eq!(v, [5, 7, 5, 1]);
        v.sort();
        v.truncate(3);
        assert_eq!(v, [1, 5, 5]);
        v.resize_with(1, || 0);
        v.extend_from_slice(&[2, 3]);
        assert!(v.drain(1..).rev().eq([3, 2]));
        v.clear();
        assert!(v.is_empty());
        write!(Vec::<u8>::new(), "text").unwrap();
    });
    each_way(numbers, |v| assert_eq!(*v.into_boxed_slice(), [1, 2, 3, 4]));
    each_way(|| numbers().into_boxed_slice(), |boxed| assert_eq!(boxed.into_vec().pop(), Some(4)));
    each_way(numbers, |v| assert_eq!(<[u32; 4]>::try_from(v).unwrap(), [1, 2, 3, 4]));
    each_way(numbers, |v| assert_eq!(<[u32; 3]>::try_from(v).unwrap_err(), [1, 2, 3, 4]));
}

#[drust::test(nodes = 2)]
fn wrong_indexes_panic_as_std_does() {
    each_way(numbers, |mut v| {
        assert_eq!(panic_of(|| v.insert(5, 0)), "insertion index (is 5) should be <= len (is 4)");
        assert_eq!(panic_of(|| _ = v.remove(4)), "removal index (is 4) should be < len (is 4)");
        assert_eq!(panic_of(|| _ = v.swap_remove(4)), "swap_remove index (is 4) should be < len (is 4)");
        assert_eq!(panic_of(|| drop(v.split_off(5))), "`at` split index (is 5) should be <= len (is 4)");
        assert_eq!(panic_of(|| v.reserve(usize::MAX)), "capacity overflow");
        assert_eq!(panic_of(|| v.reserve(usize::MAX / 8)), "capacity overflow");
        let mut twin = std::vec![1, 2, 3, 4];
        assert_eq!(panic_of(|| _ = v[4]), panic_of(|| _ = twin[4]));
        #[expect(clippy::reversed_empty_ranges, reason = "it panics")]
        for range in [3..5, 9..9, 3..2, 9..8] {
            let (ours, stds) = (range.clone(), range);
            assert_eq!(panic_of(|| drop(v.drain(ours))), panic_of(|| drop(twin.drain(stds))));
        }
        assert_eq!(panic_of(|| drop(v.drain(5..))), panic_of(|| drop(twin.drain(5..))));
        assert_eq!(panic_of(|| drop(v.drain(..=4))), panic_of(|| drop(twin.drain(..=4))));
        assert_eq!(panic_of(|| drop(v.drain(..=usize::MAX))), panic_of(|| drop(twin.drain(..=usize::MAX))));
        assert_eq!(v, [1, 2, 3, 4]);
    });
}

#[drust::test(nodes = 2)]
fn each_value_drops_once() {
    assert_eq!(drops(|| each_way(counted, drop)), 16);
    assert_eq!(drops(|| each_way(counted, |mut v| v.truncate(1))), 16);
    assert_eq!(drops(|| each_way(counted, |mut v| v.clear())), 16);
    assert_eq!(drops(|| each_way(counted, |mut v| drop(v.drain(1..3)))), 16);
    assert_eq!(drops(|| each_way(counted, |mut v| v.retain(|value| value.0 % 2 == 0))), 16);
    assert_eq!(drops(|| each_way(counted, |mut v| v.dedup_by_key(|value| value.0 / 2))), 16);
    assert_eq!(drops(|| each_way(counted, |mut v| drop((v.remove(1), v.swap_remove(0), v.split_off(1))))), 16);
    let taken = |v: Vec<Counted>| {
        let mut values = v.into_iter();
        assert_eq!((values.next(), values.next_back(), values.len()), (Some(Counted(0)), Some(Counted(3)), 2));
    };
    // Those compared with drop as well.
    assert_eq!(drops(|| each_way(counted, taken)), 16 + 8);
    assert_eq!(drops(|| each_way(counted, |mut v| v.reserve(100))), 16);
}

#[drust::test(nodes = 2)]
fn what_is_forgotten_is_lost_and_nothing_else() {
    drust::testing::allow_leaks();
    each_way(counted, |mut v| {
        let lost = drops(|| {
            let mut drain = v.drain(1..3);
            drop(drain.next());
            std::mem::forget(drain);
        });
        assert_eq!((lost, &v[..]), (1, &[Counted(0)][..]));
        v.push(Counted(7));
        assert_eq!(v.len(), 2);
    });
    each_way(counted, |v| std::mem::forget(v.into_iter()));
    each_way(counted, std::mem::forget);
}

#[drust::test(nodes = 2)]
fn a_panic_leaves_each_value_once() {
    let thirteen = || vec![Counted(0), Counted(13), Counted(2), Counted(3)];
    each_way(thirteen, |v| {
        let dropped = drops(|| assert_eq!(panic_of(|| drop(v)), "thirteen"));
        assert_eq!(dropped, 4);
    });
    each_way(thirteen, |mut v| {
        let dropped = drops(|| assert_eq!(panic_of(|| v.truncate(1)), "thirteen"));
        assert_eq!((dropped, v.len()), (3, 1));
    });
    each_way(thirteen, |mut v| {
        let dropped = drops(|| assert_eq!(panic_of(|| drop(v.drain(..3))), "thirteen"));
        assert_eq!((dropped, &v[..]), (3, &[Counted(3)][..]));
    });
    each_way(thirteen, |v| {
        let dropped = drops(|| assert_eq!(panic_of(|| drop(v.into_iter())), "thirteen"));
        assert_eq!(dropped, 4);
    });
    each_way(counted, |mut v| {
        let seen = |value: &Counted| {
            assert!(value.0 != 2, "two");
            value.0 != 1
        };
        assert_eq!(panic_of(|| v.retain(seen)), "two");
        assert_eq!(v[..], [Counted(0), Counted(2), Counted(3)]);
    });
    each_way(
        || vec![Counted(0), Counted(99)],
        |v| {
            let dropped = drops(|| assert_eq!(panic_of(|| drop(v.clone())), "not to be cloned"));
            assert_eq!(dropped, 1);
        },
    );
}

#[drust::test(nodes = 2)]
fn tied_values_go_along_with_their_vector() {
    let tied = || (0..20).map(|n| TBox::new(String::from(&*n.to_string()))).collect::<Vec<_>>();
    each_way(tied, |v| assert!(v.iter().enumerate().all(|(n, text)| **text == *n.to_string())));
    each_way(tied, |mut v| {
        v[7].push('!');
        v.retain(|text| text.len() == 2);
        v.push(TBox::new(String::from("last")));
        v.shrink_to_fit();
        assert_eq!((v.len(), &**v[0], &**v[1], &**v[11]), (12, "7!", "10", "last"));
    });
    let (read, counts) = stats::count(|| away(tied()).iter().map(|text| text.len()).sum::<usize>());
    assert_eq!((read, counts.direct_reads), (30, 1 + 1), "moved there, and fetched as one");
}

#[drust::test(nodes = 2)]
fn a_part_is_lent_alone() {
    let v = (0..1000).map(|n| String::from(&*format!("{n} {}", "-".repeat(40)))).collect::<Vec<_>>();
    let (_, counts) = stats::count(|| {
        thread::scope(|s| {
            let part = Ref::map(Vec::read(&v), |v| &v[10..12]);
            let seen = s.spawn_on(there(), (part,), |(part,)| part.iter().map(|text| text.len()).sum::<usize>());
            assert_eq!(seen.join().unwrap(), 2 * 43);
        });
    });
    assert_eq!(counts.bytes_read, 2 * 40 + 2 * 43, "the part, and the texts it holds");
}

#[drust::test(nodes = 3)]
#[cfg_attr(miri, ignore = "the tests of a process share a cluster of 2 nodes there")]
fn many_threads_read_one_remote_vector() {
    let make = |()| (0..200).map(|n| vec![String::from(&*format!("{n:040}"))]).collect::<Vec<_>>();
    let v = thread::spawn_on(there(), (), make).join().unwrap();
    std::thread::scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                for (n, inner) in v.iter().enumerate() {
                    assert!(inner[0].ends_with(&n.to_string()) && inner == inner);
                }
            });
        }
    });
    let mut v = v;
    v.rotate_left(1);
    assert_eq!(v[0].pop().unwrap(), format!("{:040}", 1));
}

#[derive(Portable, Debug, Clone, PartialEq)]
struct Nothing;

#[drust::test(nodes = 2)]
fn values_without_size_are_counted() {
    each_way(
        || vec![Nothing; 3],
        |mut v| {
            v.push(Nothing);
            assert_eq!((v.len(), v.capacity(), v.pop()), (4, usize::MAX, Some(Nothing)));
            v.insert(1, Nothing);
            assert_eq!((v.remove(0), v.drain(1..).count(), v.len()), (Nothing, 2, 1));
            v.extend(std::iter::repeat_n(Nothing, 1000));
            assert_eq!(v.into_boxed_slice().into_iter().count(), 1001);
        },
    );
}

#[drust::test]
#[cfg_attr(miri, ignore = "the tests of a process share a cluster of 2 nodes there")]
fn room_grows_and_shrinks() {
    let mut v = Vec::new();
    assert_eq!(v.capacity(), 0);
    v.push(1_u64);
    assert_eq!(v.capacity(), 4);
    v.reserve_exact(9);
    assert_eq!(v.capacity(), 10);
    v.shrink_to(5);
    v.shrink_to(7);
    assert_eq!(v.capacity(), 5);
    v.clear();
    assert_eq!(v.capacity(), 5);
    v.shrink_to_fit();
    assert_eq!(v.capacity(), 0);
}
