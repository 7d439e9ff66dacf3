//! `BTreeMap` as std documents its own, wherever the map was made, and what it costs between nodes.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]

use crate::counted::{Counted, drops, panic_of};
use crate::dice::Dice;
use crate::wherever::{there, wherever_made};
use drust::collections::btree_map::{BTreeMap, Entry};
use drust::{Portable, Ref, RefMut, String, Vec, node, stats, thread};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap as Std;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A key whose comparisons panic on this thread while it is told so.
#[derive(Portable, Clone, Debug, PartialEq, Eq)]
struct Touchy(u32);

thread_local! {
    static TOUCHED: Cell<bool> = const { Cell::new(false) };
}

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Touchy) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy {
    fn cmp(&self, other: &Touchy) -> Ordering {
        assert!(!TOUCHED.get(), "touched");
        self.0.cmp(&other.0)
    }
}

const MANY: u64 = 4000;

type Numbers = BTreeMap<u64, u64>;

/// Enough entries for a tree of three levels; odd keys are absent.
fn many() -> Numbers {
    (0..MANY).map(|n| (2 * n, n)).collect()
}

fn few() -> BTreeMap<u32, u32> {
    BTreeMap::from([(1, 10), (2, 20), (3, 30)])
}

fn names() -> BTreeMap<String, Vec<u32>> {
    (0..200_u32).map(|n| (String::from(&*format!("name number {n:03}, which is long")), Vec::from([n, n]))).collect()
}

fn counted() -> BTreeMap<u32, Counted> {
    (0..500).map(|n| (n, Counted(1000 + n))).collect()
}

/// What the function makes on the last node.
macro_rules! from_there {
    ($make:path) => {
        thread::spawn_on(there(), (), |()| $make()).join().expect("nothing panics there")
    };
}

/// Objects fetched, whatever carries them.
fn fetches(counts: &stats::Counts) -> u64 {
    counts.direct_reads + counts.requests
}

fn look<K: Portable, V: Portable>(map: &BTreeMap<K, V>) {
    assert_eq!(map.iter().count(), map.len());
}

#[drust::test(nodes = 2)]
fn entries_are_found_wherever_they_are() {
    wherever_made!(many, look, |map: Numbers| {
        for n in 0..MANY {
            assert_eq!((map.get(&(2 * n)), map.get(&(2 * n + 1))), (Some(&n), None));
        }
        assert_eq!(map.get_key_value(&8), Some((&8, &4)));
        assert!(map.contains_key(&0) && !map.contains_key(&(2 * MANY)));
        assert_eq!((map[&10], map.len(), map.is_empty()), (5, MANY as usize, false));
        assert_eq!(map.first_key_value(), Some((&0, &0)));
        assert_eq!(map.last_key_value(), Some((&(2 * MANY - 2), &(MANY - 1))));
    });
    let none = BTreeMap::<u64, u64>::new();
    assert_eq!((none.get(&1), none.first_key_value(), none.last_key_value()), (None, None, None));
    assert_eq!(none, BTreeMap::default());
}

#[drust::test(nodes = 2)]
fn keys_are_found_by_what_they_borrow_as() {
    wherever_made!(names, look, |mut map: BTreeMap<String, Vec<u32>>| {
        assert_eq!(map["name number 007, which is long"], [7, 7]);
        assert!(map.get("name").is_none());
        map.get_mut("name number 007, which is long").unwrap().push(8);
        assert_eq!(map.remove("name number 007, which is long"), Some(drust::vec![7, 7, 8]));
        assert!(map.range::<str, _>((Included("name number 198"), Unbounded)).map(|(_, v)| v[0]).eq([198, 199]));
    });
}

#[drust::test(nodes = 2)]
fn entries_are_put_in_replaced_and_taken_out() {
    wherever_made!(many, look, |mut map: Numbers| {
        for n in 0..MANY {
            assert_eq!((map.insert(2 * n + 1, n), map.insert(2 * n, n + 1)), (None, Some(n)));
        }
        assert_eq!(map.len(), 2 * MANY as usize);
        *map.get_mut(&4).unwrap() += 100;
        assert_eq!((map.remove(&4), map.remove(&4)), (Some(103), None));
        assert!(map.get_mut(&(2 * MANY)).is_none());
        assert_eq!(map.remove_entry(&5), Some((5, 2)));
        for n in (0..MANY).filter(|n| *n != 2) {
            assert_eq!((map.remove(&(2 * n)), map.remove(&(2 * n + 1))), (Some(n + 1), Some(n)));
        }
        assert!(map.is_empty() && map.iter().next().is_none() && map.pop_first().is_none() && map.pop_last().is_none());
    });
    wherever_made!(many, look, |mut map: Numbers| {
        for n in 0..MANY / 2 {
            let last = MANY - 1 - n;
            assert_eq!((map.pop_first(), map.pop_last()), (Some((2 * n, n)), Some((2 * last, last))));
        }
        assert!(map.is_empty());
    });
    wherever_made!(few, look, |mut map: BTreeMap<u32, u32>| {
        map.clear();
        assert!(map.is_empty() && map.get(&1).is_none());
        map.insert(4, 40);
        assert!(map.into_iter().eq([(4, 40)]));
    });
}

#[drust::test(nodes = 2)]
fn iterators_give_all_in_order_from_both_ends() {
    wherever_made!(many, look, |mut map: Numbers| {
        let all = || (0..MANY).map(|n| (2 * n, n));
        assert!(map.iter().map(|(k, v)| (*k, *v)).eq(all()) && map.iter().rev().map(|(k, v)| (*k, *v)).eq(all().rev()));
        assert!(map.keys().copied().eq(all().map(|(k, _)| k)) && map.values().copied().eq(0..MANY));
        assert_eq!((map.iter().min(), map.keys().max()), (Some((&0, &0)), Some(&(2 * MANY - 2))));
        assert_eq!((map.iter().last().unwrap().1, map.values().last().unwrap()), (&(MANY - 1), &(MANY - 1)));
        let mut both = map.iter();
        for n in 0..MANY / 2 {
            assert_eq!(both.len(), (MANY - 2 * n) as usize);
            assert_eq!((both.next().unwrap().1, both.next_back().unwrap().1), (&n, &(MANY - 1 - n)));
        }
        assert_eq!((both.len(), both.next(), both.next_back(), both.next()), (0, None, None, None));
        map.iter_mut().rev().for_each(|(key, value)| *value += key);
        map.values_mut().for_each(|value| *value += 1);
        let mut both = map.iter_mut();
        for n in 0..MANY / 2 {
            assert_eq!((*both.next().unwrap().1, *both.next_back().unwrap().1), (3 * n + 1, 3 * (MANY - 1 - n) + 1));
        }
        assert!(both.next().is_none() && both.next_back().is_none());
        assert!((&map).into_iter().all(|(key, value)| *value == key / 2 * 3 + 1));
        let mut both = map.clone().into_iter();
        for n in 0..MANY / 2 {
            assert_eq!((both.next().unwrap().0, both.next_back().unwrap().0), (2 * n, 2 * (MANY - 1 - n)));
        }
        assert!(both.next().is_none() && both.next_back().is_none() && both.len() == 0);
        assert!(map.clone().into_keys().eq(all().map(|(k, _)| k)));
        assert!(map.into_values().rev().eq((0..MANY).rev().map(|n| 3 * n + 1)));
    });
}

#[drust::test(nodes = 2)]
fn iterators_are_cloned_printed_and_made_empty() {
    let mut map = few();
    let mut entries = map.iter();
    entries.next();
    assert_eq!(format!("{entries:?} {:?}", entries.clone().next_back()), "[(2, 20), (3, 30)] Some((3, 30))");
    assert_eq!(format!("{:?} {:?}", map.keys(), map.values()), "[1, 2, 3] [10, 20, 30]");
    assert_eq!(format!("{:?}", map.range(2..)), "[(2, 20), (3, 30)]");
    assert!(format!("{:?} {:?}", map.iter_mut(), few().into_iter()).contains('3'));
    assert!(!format!("{:?} {:?}", map.values_mut(), few().into_keys()).is_empty());
    assert!(!format!("{:?} {:?}", map.range_mut(..), few().into_values()).is_empty());
    use drust::collections::btree_map::{IntoIter, Iter, IterMut, Keys, Range};
    assert_eq!((Iter::<u8, u8>::default().len(), IterMut::<u8, u8>::default().len()), (0, 0));
    assert_eq!((IntoIter::<u8, u8>::default().len(), Keys::<u8, u8>::default().len()), (0, 0));
    assert!(Range::<u8, u8>::default().next().is_none());
}

#[drust::test(nodes = 2)]
fn ranges_of_every_kind_are_walked_from_both_ends() {
    let stds: Std<u64, u64> = (0..MANY).map(|n| (2 * n, n)).collect();
    let places = [0, 1, 2, 126, 127, 128, 3000, 3001, 2 * MANY - 2, 2 * MANY - 1, u64::MAX];
    let bounds = || places.into_iter().flat_map(|at| [Included(at), Excluded(at)]).chain([Unbounded]);
    wherever_made!(many, look, |mut map: Numbers| {
        for range in bounds().flat_map(|from| bounds().map(move |to| (from, to))) {
            let Ok(expected) = catch_unwind(|| stds.range(range)) else { continue };
            assert!(map.range(range).eq(expected.clone()), "{range:?}");
            assert!(map.range(range).rev().eq(expected.clone().rev()), "{range:?} backwards");
            assert_eq!(map.range(range).min(), expected.clone().next());
            assert_eq!(
                (map.range(range).max(), map.range(range).last()),
                (expected.clone().last(), expected.clone().last())
            );
            assert!(map.range_mut(range).map(|(k, v)| (*k, *v)).eq(expected.map(|(k, v)| (*k, *v))));
        }
        map.range_mut(100..=200).for_each(|(_, value)| *value = 0);
        assert!(map.range(98..=202).map(|(_, value)| *value).sum::<u64>() == 49 + 101);
        assert!(map.range(..).count() == map.len());
    });
    let map = many();
    for range in bounds().flat_map(|from| bounds().map(move |to| (from, to))) {
        let panics = catch_unwind(|| stds.range(range)).is_err();
        assert_eq!(catch_unwind(|| map.range(range)).is_err(), panics, "{range:?}");
    }
}

#[drust::test(nodes = 2)]
fn panics_are_in_stds_words() {
    let (mut map, mut stds) = (few(), Std::from([(1, 10), (2, 20), (3, 30)]));
    let same = |ours: &mut dyn FnMut(), stds: &mut dyn FnMut()| assert_eq!(panic_of(ours), panic_of(stds));
    same(&mut || assert_eq!(map[&7], 0), &mut || assert_eq!(stds[&7], 0));
    let backwards = (Included(3), Excluded(1));
    same(&mut || drop(map.range(backwards)), &mut || drop(stds.range(backwards)));
    same(&mut || drop(map.range_mut(backwards)), &mut || drop(stds.range_mut(backwards)));
    let nowhere = (Excluded(2), Excluded(2));
    same(&mut || drop(map.range(nowhere)), &mut || drop(stds.range(nowhere)));
    assert!(map.range((Excluded(2), Included(2))).next().is_none() && map.range(2..2).next().is_none());
}

#[drust::test(nodes = 2)]
fn the_entry_api_looks_once_and_changes() {
    wherever_made!(many, look, |mut map: Numbers| {
        for n in 0..MANY {
            assert_eq!((*map.entry(2 * n).or_insert(7), *map.entry(2 * n + 1).or_insert(7)), (n, 7));
        }
        assert_eq!(map.len(), 2 * MANY as usize);
        assert_eq!(*map.entry(1).or_insert_with(|| unreachable!()), 7);
        assert_eq!(
            (*map.entry(9000).or_insert_with(|| 1), *map.entry(9001).or_insert_with_key(|key| key + 1)),
            (1, 9002)
        );
        assert_eq!((*map.entry(9002).or_default(), *map.entry(9000).and_modify(|v| *v += 4).or_default()), (0, 5));
        assert_eq!((*map.entry(9000).key(), *map.entry(9009).key()), (9000, 9009));
        let Entry::Occupied(mut entry) = map.entry(9000) else { panic!("it is there") };
        assert_eq!((*entry.key(), *entry.get(), entry.insert(6)), (9000, 5, 5));
        *entry.get_mut() += 1;
        assert_eq!(format!("{entry:?}"), "OccupiedEntry { key: 9000, value: 7 }");
        *entry.into_mut() += 1;
        let Entry::Occupied(entry) = map.entry(9000) else { panic!("it is there") };
        assert_eq!(entry.remove(), 8);
        let Entry::Vacant(entry) = map.entry(9000) else { panic!("it is gone") };
        assert_eq!((format!("{entry:?}"), *entry.key(), entry.into_key()), ("VacantEntry(9000)".into(), 9000, 9000));
        let Entry::Occupied(entry) = map.entry(9002) else { panic!("it is there") };
        assert_eq!(entry.remove_entry(), (9002, 0));
        assert_eq!((*map.entry(9002).insert_entry(3).get(), *map.entry(9002).insert_entry(4).get()), (3, 4));
        assert_eq!(map.first_entry().unwrap().remove_entry(), (0, 0));
        assert_eq!((*map.last_entry().unwrap().key(), map.last_entry().unwrap().remove()), (9002, 4));
        let mut stds = Std::from([(1, 7)]);
        assert_eq!(format!("{:?}", map.entry(1)), format!("{:?}", stds.entry(1)));
        assert_eq!(format!("{:?}", map.entry(0)), format!("{:?}", stds.entry(0)));
    });
    assert!(BTreeMap::<u8, u8>::new().first_entry().is_none());
}

#[drust::test(nodes = 2)]
fn maps_are_joined_split_and_sifted() {
    wherever_made!(many, look, |mut map: Numbers| {
        let mut rest = map.split_off(&2001);
        assert_eq!((map.len(), rest.len()), (1001, MANY as usize - 1001));
        assert!(map.keys().copied().eq((0..=2000).step_by(2)) && rest.keys().copied().eq((2002..2 * MANY).step_by(2)));
        assert!(map.split_off(&5000).is_empty() && rest.split_off(&0).len() == MANY as usize - 1001 && rest.is_empty());
        let mut odd: BTreeMap<u64, u64> = (0..100).map(|n| (2 * n + 1, n)).chain([(4, 99)]).collect();
        map.append(&mut odd);
        assert!(odd.is_empty() && map.len() == 1101 && map[&4] == 99 && map[&5] == 2);
        map.append(&mut (500..1500).map(|n| (n, 0)).collect());
        assert!(map.range(500..1500).all(|(_, value)| *value == 0) && map.len() == 1601);
        map.retain(|key, value| {
            *value = *key;
            key % 4 == 1
        });
        assert!(map.iter().all(|(key, value)| key == value && key % 4 == 1));
        let taken = map.extract_if(401.., |key, _| key % 8 == 1);
        assert!(taken.map(|(key, _)| key).eq((505..1500).step_by(8)));
        assert!(map.extract_if(0..0, |_, _| true).next().is_none());
        let mut some = map.extract_if(.., |_, _| true);
        assert_eq!((some.next(), some.next()), (Some((1, 1)), Some((5, 5))));
        drop(some);
        assert_eq!(map.first_key_value(), Some((&9, &9)));
    });
}

#[drust::test(nodes = 2)]
fn maps_are_made_from_others_and_compared() {
    let entries = [(3, 30), (1, 0), (2, 20), (1, 10)];
    assert!(BTreeMap::from(entries) == few() && entries.into_iter().collect::<BTreeMap<_, _>>() == few());
    let mut map = BTreeMap::new();
    map.extend(entries);
    map.extend(&few());
    assert_eq!(map, few());
    wherever_made!(many, look, |map: Numbers| {
        let stds: Std<u64, u64> = (0..MANY).map(|n| (2 * n, n)).collect();
        assert_eq!(BTreeMap::from(stds.clone()), map);
        let mut other = map.clone();
        assert_eq!((map.cmp(&other), map.partial_cmp(&other)), (Ordering::Equal, Some(Ordering::Equal)));
        other.insert(4001, 0);
        assert!(map > other);
        other.remove(&4001);
        *other.get_mut(&4000).unwrap() = 0;
        assert!(map > other);
        other.split_off(&4000);
        assert!(map > other && BTreeMap::new() < map);
        let state = RandomState::new();
        assert_eq!(state.hash_one(&map), state.hash_one(&stds));
        assert_eq!((format!("{map:?}"), format!("{map:#?}")), (format!("{stds:?}"), format!("{stds:#?}")));
        assert_eq!(Std::from(map), stds);
    });
    let nan = BTreeMap::from([(1, f64::NAN)]);
    assert!(nan != nan && nan.partial_cmp(&nan).is_none());
}

#[drust::test(nodes = 2)]
fn a_lookup_fetches_the_path_and_nothing_else() {
    let map = from_there!(many);
    let (_, first) = stats::count(|| assert_eq!(map.get(&1000), Some(&500)));
    assert_eq!(fetches(&first), 3, "the root, an inner node and a leaf");
    let (_, again) = stats::count(|| assert_eq!(map.get(&1002), Some(&501)));
    let (_, elsewhere) = stats::count(|| assert_eq!(map.get(&5000), Some(&2500)));
    assert_eq!((fetches(&again), fetches(&elsewhere)), (0, 2));
    let (_, all) = stats::count(|| assert_eq!(map.iter().count(), MANY as usize));
    let leaves = MANY.div_ceil(57);
    assert_eq!(fetches(&all), leaves + 3 - 5, "each other node once");
    let (_, known) = stats::count(|| assert_eq!(map.range(100..5000).count(), 2450));
    assert_eq!(fetches(&known), 0);
    let (_, drop) = stats::count(|| drop(map));
    assert_eq!((fetches(&drop), drop.one_ways), (0, 1));
}

#[drust::test(nodes = 2)]
fn a_range_fetches_what_it_comes_to() {
    let map = from_there!(many);
    let (_, part) = stats::count(|| assert_eq!(map.range(1000..1010).count(), 5));
    assert!(fetches(&part) <= 4, "{part:?}");
    let (_, begun) = stats::count(|| assert_eq!(from_there!(many).iter().take(3).count(), 3));
    assert!(fetches(&begun) <= 14, "{begun:?}");
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_walk_fetches_ahead_each_node_once() {
    let nodes = MANY.div_ceil(57) + 3;
    let walks: [fn(&Numbers) -> u64; 6] = [
        |map| map.values().sum(),
        |map| map.values().rev().sum(),
        |map| map.range(0..).map(|(_, value)| value).sum(),
        |map| map.clone().values().sum(),
        |map| if *map == many() { map.values().sum() } else { 0 },
        |map| {
            let mut both = map.values();
            std::iter::from_fn(|| Some(both.next()? + both.next_back().unwrap_or(&0))).sum()
        },
    ];
    for walk in walks {
        let map = from_there!(many);
        let (sum, counts) = stats::count(|| walk(&map));
        assert_eq!((sum, counts.requests), (MANY * (MANY - 1) / 2, nodes));
    }
    let looks: [fn(&Numbers) -> u64; 4] = [
        |map| map[&3000],
        |map| *map.range(3000..).next().unwrap().1,
        |map| *map.range(..=3000).next_back().unwrap().1,
        |map| *map.range(3000..=3000).next().unwrap().1,
    ];
    for (look, ahead) in looks.into_iter().zip([0, 4, 4, 0]) {
        let map = from_there!(many);
        let (value, counts) = stats::count(|| look(&map));
        assert_eq!(value, 1500);
        assert!((3..=3 + ahead).contains(&counts.requests), "{counts:?}");
    }
}

#[drust::test(nodes = 2)]
fn a_change_moves_the_path_and_leaves_the_rest() {
    let mut map = from_there!(many);
    let (_, put) = stats::count(|| map.insert(1001, 0));
    assert_eq!((put.moves + put.promotions, put.one_ways), (3, 3), "the path: {put:?}");
    let (_, again) = stats::count(|| map.remove(&1001));
    assert_eq!((fetches(&again), again.one_ways), (0, 0));
    let (_, none) = stats::count(|| (map.remove(&1003), map.get_mut(&1005).is_none()));
    assert_eq!((fetches(&none), none.one_ways), (0, 0));
    assert!(map.keys().copied().eq((0..MANY).map(|n| 2 * n)));
}

#[drust::test(nodes = 2)]
fn tasks_elsewhere_see_and_change_a_map() {
    let mut map = many();
    let seen = thread::scope(|s| {
        let sum = |(map,): (Ref<'_, Numbers>,)| map.values().sum::<u64>();
        let tasks: std::vec::Vec<_> = node::all().map(|node| s.spawn_on(node, (Ref::of(&map),), sum)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).sum::<u64>()
    });
    assert_eq!(seen, MANY * (MANY - 1));
    thread::scope(|s| {
        s.spawn_on(there(), (RefMut::new(&mut map),), |(mut map,)| {
            map.insert(1, 1);
            map.retain(|key, _| key % 3 == 1);
        });
    });
    assert!(map.len() == MANY as usize / 3 + 1 && map[&1] == 1 && map.keys().all(|key| key % 3 == 1));
}

#[drust::test(nodes = 2)]
fn each_value_is_dropped_once_and_here() {
    let check = |act: fn(BTreeMap<u32, Counted>)| {
        assert_eq!(drops(|| wherever_made!(counted, look, |map: BTreeMap<u32, Counted>| act(map))), 4 * 500);
    };
    check(drop);
    check(|mut map| map.clear());
    check(|mut map| std::mem::forget(map.insert(7, Counted(0))));
    check(|map| assert_eq!(map.into_iter().take(100).count(), 100));
    check(|map| drop(map.into_iter().rev().nth(100)));
    check(|mut map| map.retain(|key, _| key % 2 == 0));
    check(|mut map| {
        let mut taken = map.extract_if(.., |key, _| key % 2 == 0);
        taken.nth(10);
    });
    check(|mut map| drop((map.pop_first(), map.pop_last(), map.remove(&9))));
    check(|mut map| drop(map.split_off(&77)));
    check(|mut map| assert!(map.iter().next().is_some() && map.iter_mut().next().is_some()));
}

#[drust::test(nodes = 2)]
fn a_panic_in_a_closure_loses_nothing() {
    assert_eq!(
        drops(|| wherever_made!(counted, look, |mut map: BTreeMap<u32, Counted>| {
            let sift = AssertUnwindSafe(|| {
                map.retain(|key, _| {
                    assert!(*key < 300, "no further");
                    key % 2 == 0
                });
            });
            assert!(catch_unwind(sift).is_err());
            assert!(map.keys().copied().eq((0..300).step_by(2).chain(300..500)));
            let fill = AssertUnwindSafe(|| map.entry(1).or_insert_with(|| panic!("nothing to put in")).0);
            assert!(catch_unwind(fill).is_err() && map.len() == 350);
        })),
        4 * 500
    );
}

#[drust::test(nodes = 2)]
fn a_panic_in_a_drop_drops_the_others() {
    // 13 panics.
    let angry = || (0..500).map(|n| (n, Counted(if n == 250 { 13 } else { 1000 + n }))).collect();
    let survives = |act: fn(BTreeMap<u32, Counted>)| {
        let map = angry();
        assert_eq!(drops(|| assert!(catch_unwind(AssertUnwindSafe(|| act(map))).is_err())), 500);
    };
    survives(drop);
    survives(|mut map| map.clear());
    survives(|map| drop(map.into_iter()));
    survives(|mut map| map.retain(|_, _| false));
    survives(|mut map| drop(map.split_off(&100)));
}

#[drust::test(nodes = 2)]
fn a_panic_in_a_comparison_leaves_the_map_as_it_was() {
    let make = || (0..500).map(|n| (Touchy(n), Counted(1000 + n))).collect::<BTreeMap<Touchy, Counted>>();
    let touch = |act: &mut dyn FnMut()| {
        TOUCHED.set(true);
        let touched = panic_of(act);
        TOUCHED.set(false);
        assert_eq!(touched, "touched");
    };
    let mut map = make();
    let count = drops(|| {
        touch(&mut || drop(map.insert(Touchy(7), Counted(0))));
        touch(&mut || drop(map.remove(&Touchy(7))));
        touch(&mut || assert!(matches!(map.entry(Touchy(7)), Entry::Occupied(_))));
        touch(&mut || drop(map.split_off(&Touchy(7))));
        touch(&mut || drop(map.range(Touchy(7)..)));
        touch(&mut || drop(map.range_mut(Touchy(7)..)));
        touch(&mut || drop(map.extract_if(..Touchy(7), |_, _| true).next()));
    });
    assert_eq!((count, map.len()), (1, 500));
    assert!(map.values().map(|value| value.0).eq(1000..1500));
    let count = drops(|| {
        let mut other = make();
        touch(&mut || map.append(&mut other));
        drop((map, other));
    });
    assert_eq!(count, 1000);
    assert_eq!(drops(|| touch(&mut || drop(make()))), 500);
}

#[drust::test(nodes = 2)]
fn keys_without_an_order_break_no_memory() {
    /// Compares by a number that differs each time.
    #[derive(Portable, Clone, Debug, PartialEq, Eq)]
    struct Chaos(u32);
    thread_local! {
        static TURNS: RefCell<Dice> = RefCell::new(Dice::new(1));
    }
    impl PartialOrd for Chaos {
        fn partial_cmp(&self, other: &Chaos) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Chaos {
        fn cmp(&self, other: &Chaos) -> Ordering {
            match TURNS.with_borrow_mut(|dice| dice.below(16)) {
                0..6 => Ordering::Less,
                6..12 => Ordering::Greater,
                _ => self.0.cmp(&other.0),
            }
        }
    }
    let mut made = 0;
    let dropped = drops(|| {
        let mut map = BTreeMap::new();
        for round in 0..20_000_u32 {
            let key = Chaos(round % 700);
            let act = AssertUnwindSafe(|| match round % 11 {
                0..6 => {
                    made += 1;
                    map.insert(key, Counted(1000 + round));
                }
                6..9 => drop(map.remove(&key)),
                9 => drop(map.range_mut(key..).take(10).map(|(_, value)| value.0 += 1).count()),
                _ if round % 1000 == 10 => {
                    let mut rest = map.split_off(&key);
                    map.append(&mut rest);
                }
                _ => drop(map.range(..key).rev().take(10).count()),
            });
            let _ = catch_unwind(act);
            assert_eq!(map.iter().count(), map.len());
        }
        assert!(map.len() > 100);
    });
    assert_eq!(dropped, made);
}

#[drust::test(nodes = 2)]
fn a_forgotten_iterator_leaves_the_map_whole() {
    wherever_made!(many, look, |mut map: Numbers| {
        let mut entries = map.iter_mut();
        entries.next();
        std::mem::forget(entries);
        let mut taken = map.extract_if(.., |_, _| true);
        assert_eq!(taken.by_ref().take(1000).count(), 1000);
        assert!(map.keys().copied().eq((1000..MANY).map(|n| 2 * n)));
    });
}

#[drust::test(nodes = 2)]
fn values_without_bytes_are_entries_too() {
    let mut map: BTreeMap<u32, ()> = (0..1000).map(|n| (n, ())).collect();
    assert_eq!((map.len(), map.remove(&7), map.get(&7), map.get(&8)), (1000, Some(()), None, Some(&())));
    let mut nothing = BTreeMap::from([((), ())]);
    assert_eq!((nothing.insert((), ()), nothing.len(), nothing.iter().count()), (Some(()), 1, 1));
}

#[test]
fn maps_and_their_iterators_go_between_threads_as_stds_do() {
    use drust::collections::{BTreeSet, btree_map as map, btree_set as set};
    fn free<T: Send + Sync + Unpin + std::panic::UnwindSafe>() {}
    free::<BTreeMap<u8, String>>();
    free::<BTreeSet<String>>();
    free::<map::Iter<'_, u8, String>>();
    free::<map::Range<'_, u8, String>>();
    free::<map::IntoIter<u8, String>>();
    free::<set::Iter<'_, String>>();
    free::<set::Union<'_, String>>();
    fn shared<T: Send + Sync + Unpin>() {}
    shared::<map::IterMut<'_, u8, String>>();
    shared::<map::RangeMut<'_, u8, String>>();
    shared::<map::Entry<'_, u8, String>>();
}
