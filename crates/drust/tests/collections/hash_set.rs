//! `HashSet` as std documents its own, whichever way the values came, whatever their hashes do.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own, and std's sets as twins")]
#![allow(clippy::mutable_key_type, reason = "what a long text's handle points to changes, the text does not")]

use crate::counted::{Counted, drops, panic_of};
use crate::dice::Dice;
use crate::wherever::{there, wherever_made};
use crate::{Program, text};
use drust::collections::{HashSet, RandomState};
use drust::stats::{self, Counts};
use drust::{Portable, Ref, RefMut, String, node, thread};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet as Std};
use std::error::Error;
use std::hash::{BuildHasher, Hash, Hasher};

/// The values in order.
fn sorted<T: Portable + Ord + Clone, S>(set: &HashSet<T, S>) -> std::vec::Vec<T> {
    let mut values: std::vec::Vec<T> = set.iter().cloned().collect();
    values.sort();
    values
}

fn numbers() -> HashSet<u32> {
    HashSet::from([1, 2, 3, 4])
}

fn look<T: Portable + Eq + Hash>(set: &HashSet<T>) {
    assert!(set.iter().all(|value| set.contains(value)));
}

/// Runs `check` on 1 to 4, wherever they are made.
fn each_way(check: impl FnMut(HashSet<u32>)) {
    wherever_made!(numbers, look, check);
}

fn texts() -> HashSet<String> {
    (0..30_usize).map(|n| String::from(&*format!("{n}{}", "-".repeat(2 * n)))).collect()
}

#[drust::test(nodes = 2)]
fn values_are_added_found_and_taken() {
    each_way(|mut set| {
        assert!(set.contains(&1) && set.contains(&4) && !set.contains(&5));
        assert_eq!((set.get(&2), set.get(&7)), (Some(&2), None));
        assert!(set.insert(5) && !set.insert(5) && !set.insert(1));
        assert_eq!((set.replace(1), set.replace(6), set.len()), (Some(1), None, 6));
        assert!(set.remove(&1) && !set.remove(&1) && !set.contains(&1));
        assert_eq!((set.take(&6), set.take(&6), set.len()), (Some(6), None, 4));
        assert_eq!(sorted(&set), [2, 3, 4, 5]);
    });
    each_way(|mut set| {
        for n in 0..1000 {
            assert_eq!(set.insert(n), !(1..5).contains(&n));
        }
        assert!((0..1000).all(|n| set.contains(&n)) && !set.contains(&1000));
        for n in 0..1000 {
            assert!(set.remove(&n) && !set.contains(&n) && (n == 999 || set.contains(&999)));
        }
        assert!(set.is_empty() && set.iter().next().is_none());
        assert!(set.insert(7) && set.contains(&7));
    });
    let mut none = HashSet::<u32>::new();
    assert!(!none.contains(&1) && none.get(&1).is_none() && !none.remove(&1) && none.take(&1).is_none());
    assert_eq!((none.len(), none.capacity(), HashSet::<u32>::default().len()), (0, 0, 0));
}

#[drust::test(nodes = 2)]
fn texts_are_found_by_what_they_borrow() {
    wherever_made!(texts, look, |mut set: HashSet<String>| {
        assert!(set.contains("0") && set.contains(&*format!("29{}", "-".repeat(58))) && !set.contains("29"));
        assert_eq!(set.get("1--").map(String::len), Some(3));
        assert_eq!((set.take("2----").as_deref(), set.remove("2----")), (Some("2----"), false));
        assert_eq!(set.len(), 29);
    });
}

#[drust::test(nodes = 2)]
fn sets_are_iterated_sifted_and_drained() {
    each_way(|mut set| {
        let mut iter = set.iter();
        assert_eq!((iter.len(), iter.clone().sum::<u32>(), iter.next().is_some(), iter.len()), (4, 10, true, 3));
        let mut sum = 0;
        for n in &set {
            sum += n;
        }
        assert_eq!(sum, 10);
        set.retain(|n| n % 2 == 0);
        assert_eq!((sorted(&set), set.contains(&3)), (std::vec![2, 4], false));
        let mut drain = set.drain();
        assert_eq!((drain.len(), drain.next().is_some(), drain.len()), (2, true, 1));
        drop(drain);
        assert!(set.is_empty() && !set.contains(&2) && set.insert(2));
    });
    each_way(|mut set| {
        set.extend(5..100);
        let seen = Cell::new(0);
        let mut extracted = set.extract_if(|n| {
            seen.set(seen.get() + 1);
            n % 3 == 0
        });
        assert_eq!((extracted.size_hint(), extracted.next().map(|n| n % 3)), ((0, Some(99)), Some(0)));
        assert_eq!((set.len(), seen.get() < 99), (98, true), "those not asked for stay");
        assert_eq!((set.extract_if(|n| n % 3 == 0).count(), set.len()), (32, 66));
        assert!((1..100).all(|n| set.contains(&n) == (n % 3 != 0)));
    });
    each_way(|set| {
        let mut values = set.into_iter();
        assert_eq!((values.len(), values.next().is_some(), values.size_hint()), (4, true, (3, Some(3))));
        assert_eq!(values.map(|n| n.min(1)).sum::<u32>(), 3);
    });
}

#[drust::test(nodes = 2)]
fn room_is_made_and_given_back() {
    each_way(|mut set| {
        set.reserve(1000);
        let room = set.capacity();
        assert!(room >= 1004);
        set.extend(&[5, 6]);
        set.extend(5..1004);
        assert_eq!((set.len(), set.capacity()), (1003, room));
        set.retain(|n| *n <= 10);
        set.shrink_to(100);
        assert!((100..room).contains(&set.capacity()));
        set.shrink_to_fit();
        assert!((10..100).contains(&set.capacity()) && sorted(&set).into_iter().eq(1..=10));
        set.clear();
        assert!(set.is_empty() && set.capacity() >= 10);
        set.shrink_to_fit();
        assert_eq!((set.capacity(), set.insert(1), set.contains(&1)), (0, true, true));
    });
    each_way(|mut set| {
        set.clear();
        assert!(set.is_empty() && !set.contains(&1) && set.insert(1) && set.len() == 1);
        assert!((2..100).all(|n| !set.contains(&n) && set.insert(n)) && set.len() == 99);
    });
    let mut set = HashSet::<u64>::with_capacity(100);
    let room = set.capacity();
    set.extend(0..100);
    assert_eq!((room >= 100, set.capacity()), (true, room));
    assert_eq!(panic_of(|| set.reserve(usize::MAX)), "capacity overflow");
    let overflow = Std::<u64>::new().try_reserve(usize::MAX).unwrap_err().to_string();
    assert_eq!(set.try_reserve(usize::MAX).unwrap_err().to_string(), overflow);
    assert_eq!(set.try_reserve(1 << 32).unwrap_err().to_string(), overflow);
    let refused = HashSet::<[u64; 1000]>::new().try_reserve(1 << 31).unwrap_err();
    assert!(refused.source().is_some(), "no node has 17 TB");
    assert!(set.try_reserve(500).is_ok() && set.capacity() >= 600 && (0..100).all(|n| set.contains(&n)));
    assert_eq!(panic_of(|| set.reserve(1 << 32)), "a set, or a shard of a map, holds at most 4294967295 values");
    assert_eq!(
        panic_of(|| drop(HashSet::<u8>::with_capacity(1 << 32))),
        "a set, or a shard of a map, holds at most 4294967295 values"
    );
    assert_eq!(set.len(), 100);
}

#[drust::test(nodes = 2)]
fn two_sets_make_others() {
    each_way(|ours| {
        let twin = Std::from([1, 2, 3, 4]);
        for other in [&[][..], &[1], &[3, 4, 5], &[1, 2, 3, 4], &[0, 1, 2, 3, 4, 5], &[7, 8]] {
            let (a, b) = (HashSet::from_iter(other.iter().copied()), Std::from_iter(other.iter().copied()));
            assert_eq!(Std::from(&ours | &a), &twin | &b);
            assert_eq!(Std::from(&ours & &a), &twin & &b);
            assert_eq!(Std::from(&ours ^ &a), &twin ^ &b);
            assert_eq!(Std::from(&ours - &a), &twin - &b);
            assert_eq!(ours.union(&a).count(), twin.union(&b).count());
            assert_eq!(a.intersection(&ours).collect::<BTreeSet<_>>(), b.intersection(&twin).collect());
            assert_eq!(a.difference(&ours).collect::<BTreeSet<_>>(), b.difference(&twin).collect());
            assert_eq!(a.symmetric_difference(&ours).clone().collect::<BTreeSet<_>>().len(), (&b ^ &twin).len());
            assert_eq!(ours.is_disjoint(&a), twin.is_disjoint(&b));
            assert_eq!((ours.is_subset(&a), a.is_subset(&ours)), (twin.is_subset(&b), b.is_subset(&twin)));
            assert_eq!((ours.is_superset(&a), a.is_superset(&ours)), (twin.is_superset(&b), b.is_superset(&twin)));
            assert_eq!((ours == a, a == ours), (twin == b, b == twin));
        }
        let (_, upper) = ours.intersection(&HashSet::from([1])).size_hint();
        assert_eq!((upper, ours.difference(&HashSet::from([1])).size_hint()), (Some(1), (3, Some(4))));
    });
}

#[drust::test(nodes = 2)]
fn sets_are_cloned_compared_printed_and_converted() {
    each_way(|set| {
        let mut clone = set.clone();
        assert!(clone == set && clone.contains(&3));
        assert!(clone.remove(&3) && clone != set && set.contains(&3));
        assert_eq!(format!("{:?}", HashSet::from([7])), "{7}");
        assert_eq!(format!("{:?} {:?}", HashSet::from([7]).iter(), HashSet::from([7]).drain()), "[7] [7]");
        assert_eq!(format!("{:?}", HashSet::from([7]).union(&HashSet::new())), "[7]");
        assert_eq!(format!("{set:?}").len(), "{1, 2, 3, 4}".len());
        assert_eq!(HashSet::from(Std::from([1, 2, 3, 4])), set);
        assert_eq!(set.hasher().hash_one(3), set.clone().hasher().hash_one(3), "the keys are cloned");
        assert_eq!(Std::from(set), Std::from([1, 2, 3, 4]));
    });
    let keys = format!("{:?} {:?}", RandomState::new(), RandomState::new().build_hasher());
    assert_eq!(keys, "RandomState { .. } DefaultHasher { .. }");
}

#[drust::test(nodes = 2)]
fn the_order_does_not_depend_on_the_keys() {
    fn made() -> std::vec::Vec<u32> {
        let mut set: HashSet<u32> = (0..100).map(|n| n * 77 % 101).collect();
        (0..50).for_each(|n| assert!(set.remove(&(n * 77 % 101))));
        set.extend(200..300);
        set.into_iter().collect()
    }
    assert_eq!(made(), made());
}

#[drust::test(nodes = 2)]
fn all_nodes_hash_alike() {
    let state = RandomState::new();
    let value = ("text", 7_u8, [1_u64, 2], 'c', -1_i128, true);
    let there = thread::spawn_on(there(), (state.clone(),), |(state,)| {
        state.hash_one(("text", 7_u8, [1_u64, 2], 'c', -1_i128, true))
    });
    assert_eq!(there.join().unwrap(), state.hash_one(value));
    assert_ne!(RandomState::new().hash_one(value), state.hash_one(value));
}

/// Fetches, on whichever carrier.
fn fetches(counts: &Counts) -> u64 {
    counts.direct_reads + counts.requests
}

#[drust::test(nodes = 2)]
#[cfg_attr(miri, ignore = "the tests of a process share their counts there")]
fn costs_are_those_of_two_vectors() {
    fn far() -> HashSet<u32> {
        thread::spawn_on(there(), (), |()| numbers()).join().unwrap()
    }
    let mut set = far();
    let (_, first) = stats::count(|| assert!(set.contains(&1)));
    let (_, again) = stats::count(|| assert!(set.contains(&2) && !set.contains(&5) && set.iter().count() == 4));
    assert_eq!((fetches(&first), fetches(&again)), (2, 0));
    let (_, insert) = stats::count(|| assert!(set.insert(5)));
    assert_eq!((fetches(&insert), insert.one_ways), (0, 2));
    let (_, more) = stats::count(|| assert!(set.insert(6) && set.remove(&1)));
    assert_eq!((fetches(&more), more.one_ways), (0, 0));
    let set = far();
    let (_, iterated) = stats::count(|| assert_eq!((set.len(), set.iter().count()), (4, 4)));
    assert_eq!(fetches(&iterated), 1);
    let (_, dropped) = stats::count(|| drop(set));
    assert_eq!((fetches(&dropped), dropped.one_ways), (0, 2));
    let mut set = far();
    let (_, looked) = stats::count(|| assert!(set == numbers() && numbers().is_subset(&set) && set.clone() == set));
    let (_, written) = stats::count(|| set.retain(|n| *n != 1));
    assert_eq!((fetches(&looked), fetches(&written), written.promotions), (2, 0, 2), "no pin was left");
}

thread_local! {
    /// What hashing, comparing and cloning a `Fickle` does: nothing special, panic at the n-th time from now, or lie.
    static MOOD: Cell<Mood> = const { Cell::new(Mood::Honest) };
}

#[derive(Clone, Copy)]
enum Mood {
    Honest,
    PanicsIn(usize),
    Lies(u64),
}

/// A bit that is right, or whatever, or a panic.
fn moody(honest: u64) -> u64 {
    match MOOD.get() {
        Mood::Honest => honest,
        Mood::PanicsIn(0) => panic!("not now"),
        Mood::PanicsIn(more) => {
            MOOD.set(Mood::PanicsIn(more - 1));
            honest
        }
        Mood::Lies(seed) => {
            let next = seed.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            MOOD.set(Mood::Lies(next));
            next >> 60
        }
    }
}

/// Runs `body` in a mood.
fn while_in<R>(mood: Mood, body: impl FnOnce() -> R) -> R {
    MOOD.set(mood);
    let result = body();
    MOOD.set(Mood::Honest);
    result
}

/// Counts its drops, as what it holds does; how it hashes and compares is a matter of mood.
#[derive(Portable, Debug)]
struct Fickle(Counted);

impl Clone for Fickle {
    fn clone(&self) -> Fickle {
        moody(0);
        Fickle(self.0.clone())
    }
}

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(moody(u64::from(self.0.0)));
    }
}

impl PartialEq for Fickle {
    fn eq(&self, other: &Fickle) -> bool {
        moody(u64::from(self.0 == other.0)) & 1 == 1
    }
}

impl Eq for Fickle {}

/// Hashes as they are written, so that few numbers and all liars collide.
#[derive(Portable, Clone, Default, Debug)]
struct Plainly;

struct PlainHasher(u64);

impl Hasher for PlainHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed")
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n / 8;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl BuildHasher for Plainly {
    type Hasher = PlainHasher;

    fn build_hasher(&self) -> PlainHasher {
        PlainHasher(0)
    }
}

type FickleSet = HashSet<Fickle, Plainly>;

fn fickle() -> FickleSet {
    (100..140).map(|n| Fickle(Counted(n))).collect()
}

/// Runs `check` on 40 values, which drop once each, wherever they are made; returns how many more dropped.
fn fickle_each_way(check: impl FnMut(FickleSet)) -> usize {
    let look = |set: &FickleSet| assert!(set.iter().all(|value| set.contains(value)));
    drops(|| wherever_made!(fickle, look, check)) - 4 * 40
}

#[drust::test(nodes = 2)]
fn each_value_drops_once() {
    let one = |n| Fickle(Counted(n));
    assert_eq!(fickle_each_way(drop), 0);
    assert_eq!(fickle_each_way(|mut set| set.clear()), 0);
    assert_eq!(fickle_each_way(|mut set| set.retain(|value| value.0.0 % 3 == 0)), 0);
    assert_eq!(fickle_each_way(|mut set| drop(set.drain().next())), 0);
    assert_eq!(fickle_each_way(|mut set| drop(set.extract_if(|value| value.0.0 > 120).nth(3))), 0);
    assert_eq!(fickle_each_way(|set| drop(set.into_iter().nth(3))), 0);
    assert_eq!(fickle_each_way(|mut set| assert!(!set.insert(one(101)) && set.insert(one(1)))), 4 * 2);
    assert_eq!(fickle_each_way(|mut set| drop(set.replace(one(101)))), 4);
    assert_eq!(fickle_each_way(|mut set| assert!(set.remove(&one(101)) && set.take(&one(102)).is_some())), 4 * 2);
    assert_eq!(fickle_each_way(|mut set| set.shrink_to_fit()), 0);
    assert_eq!(fickle_each_way(|set| drop(set.clone())), 4 * 40);
}

#[drust::test(nodes = 2)]
fn what_is_forgotten_is_lost_and_nothing_else() {
    drust::testing::allow_leaks();
    let look = |_: &FickleSet| {};
    wherever_made!(fickle, look, |mut set: FickleSet| {
        let mut drain = set.drain();
        drop(drain.next());
        std::mem::forget(drain);
        assert!(set.len() <= 40 && set.iter().all(|value| set.contains(value)));
        assert!(set.insert(Fickle(Counted(1))) && set.contains(&Fickle(Counted(1))));
    });
    wherever_made!(fickle, look, |mut set: FickleSet| {
        let mut extracted = set.extract_if(|value| value.0.0 < 120);
        assert!(extracted.next().is_some());
        assert!(set.len() == 39 && set.iter().all(|value| set.contains(value)));
    });
    wherever_made!(fickle, look, |set| std::mem::forget(set.into_iter()));
}

#[drust::test(nodes = 2)]
fn a_panic_leaves_the_set_as_it_was() {
    /// The set still has these many values and works.
    fn whole(set: &mut FickleSet, count: usize) {
        assert!(set.len() == count && set.iter().count() == count && set.iter().all(|value| set.contains(value)));
        assert!(set.insert(Fickle(Counted(1))) && set.remove(&Fickle(Counted(1))));
    }
    let one = |n| Fickle(Counted(n));
    for calls in 0..2 {
        let in_time = |body: &mut dyn FnMut()| while_in(Mood::PanicsIn(calls), || panic_of(body));
        fickle_each_way(|mut set| {
            assert_eq!(in_time(&mut || _ = set.insert(one(101))), "not now");
            assert_eq!(in_time(&mut || _ = set.insert(one(107))), "not now");
            assert_eq!(in_time(&mut || _ = set.replace(one(103))), "not now");
            assert_eq!(in_time(&mut || _ = set.remove(&one(104))), "not now");
            assert_eq!(in_time(&mut || _ = set.take(&one(105))), "not now");
            assert_eq!(in_time(&mut || _ = set.contains(&one(106))), "not now");
            assert_eq!(in_time(&mut || drop(set.clone())), "not now");
            whole(&mut set, 40);
        });
    }
    fickle_each_way(|mut set| {
        assert_eq!(while_in(Mood::PanicsIn(50), || panic_of(|| set.extend((200..240).map(one)))), "not now");
        let added = set.len();
        assert!((40..80).contains(&added));
        whole(&mut set, added);
    });
    fickle_each_way(|mut set| {
        let keep = |value: &Fickle| {
            assert_ne!(value.0.0, 120, "at 120");
            value.0.0.is_multiple_of(2)
        };
        assert!(panic_of(|| set.retain(keep)).contains("at 120"));
        let left = set.len();
        assert!((20..40).contains(&left) && set.contains(&one(120)));
        whole(&mut set, left);
    });
    let with_thirteen = || {
        let mut set = fickle();
        set.insert(one(13));
        set
    };
    assert_eq!(drops(|| assert_eq!(panic_of(|| drop(with_thirteen())), "thirteen")), 41);
    let mut set = with_thirteen();
    assert_eq!(drops(|| assert_eq!(panic_of(|| set.clear()), "thirteen")), 41);
    whole(&mut set, 0);
    let mut set = with_thirteen();
    assert_eq!(drops(|| assert_eq!(panic_of(|| drop(set.drain())), "thirteen")), 41);
    whole(&mut set, 0);
    let mut set = with_thirteen();
    assert_eq!(drops(|| assert_eq!(panic_of(|| set.retain(|value| value.0.0 != 13)), "thirteen")), 1);
    whole(&mut set, 40);
}

#[drust::test(nodes = 2)]
fn liars_spoil_nothing_but_their_set() {
    let one = |n| Fickle(Counted(n));
    for seed in 0..20 {
        let mut taken = 0;
        let dropped = fickle_each_way(|mut set| {
            while_in(Mood::Lies(seed), || {
                for n in 0..200 {
                    set.insert(one(200 + n));
                    taken += usize::from(set.remove(&one(100 + n)));
                    let _ = set.contains(&one(500 + n));
                    drop(set.replace(one(300 + n)));
                }
                set.retain(|value| value.0.0 % 3 != 0);
                set.shrink_to_fit();
                drop((&set | &set, set == set.clone(), set.is_subset(&fickle())));
            });
            let values = set.len();
            assert_eq!((set.iter().count(), set.drain().count(), set.len()), (values, values, 0));
            assert!(set.insert(one(1)) && set.contains(&one(1)));
        });
        assert!(taken > 0 && dropped > 4 * 800);
    }
}

#[drust::test(nodes = 2)]
fn colliding_hashes_cost_time_only() {
    fn colliding() -> FickleSet {
        (0..300).map(|n| Fickle(Counted(100 + n % 250))).collect()
    }
    let one = |n| Fickle(Counted(n));
    wherever_made!(colliding, |set| assert_eq!(set.len(), 250), |mut set: FickleSet| {
        assert!(set.len() == 250 && (100..350).all(|n| set.contains(&one(n))) && !set.contains(&one(99)));
        assert!((100..350).filter(|n| n % 7 != 0).all(|n| set.remove(&one(n))));
        assert!(set.iter().all(|value| value.0.0 % 7 == 0 && set.contains(value)) && set.len() == 35);
    });
}

/// A group of groups: sets may own sets.
#[derive(Portable, Debug, Clone)]
struct Group {
    id: u64,
    members: HashSet<Group, Plainly>,
}

impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Group) -> bool {
        self.id == other.id
    }
}

impl Eq for Group {}

#[drust::test(nodes = 2)]
fn sets_own_sets_and_values_without_size() {
    fn groups() -> Group {
        let inner = (0..5).map(|id| Group { id, members: HashSet::default() }).collect();
        Group { id: 7, members: [Group { id: 8, members: inner }].into_iter().collect() }
    }
    wherever_made!(groups, |group| assert_eq!(group.members.len(), 1), |mut group: Group| {
        let mut inner = group.members.drain().next().expect("there is one");
        inner.members.retain(|group| group.id % 2 == 0);
        assert_eq!((inner.id, inner.members.len(), group.members.len()), (8, 3, 0));
        assert!(group.members.insert(inner));
    });
    let mut units = HashSet::from([(), ()]);
    assert_eq!((units.len(), units.insert(()), units.take(&()), units.len()), (1, false, Some(()), 0));
}

type Twins = (HashSet<String>, Std<std::string::String>);

fn edit((ours, stds): &mut Twins, dice: &mut Dice) {
    let text = text(dice);
    let short = &text[..text.len().min(3)];
    match dice.below(12) {
        0..=3 => assert_eq!(ours.insert(String::from(short)), stds.insert(short.into())),
        4 | 5 => assert_eq!(ours.insert(String::from(&*text)), stds.insert(text)),
        6 | 7 => assert_eq!(ours.remove(short), stds.remove(short)),
        8 => assert_eq!(ours.take(short).map(std::string::String::from), stds.take(short)),
        9 => assert_eq!(ours.replace(String::from(short)).is_some(), stds.replace(short.into()).is_some()),
        10 => assert_eq!(ours.get(short).map(|text| &**text), stds.get(short).map(|text| &**text)),
        _ => match dice.below(8) {
            0 => {
                ours.retain(|text| text.len() % 5 != 0);
                stds.retain(|text| text.len() % 5 != 0);
            }
            1 => {
                let ours = ours.extract_if(|text| text.len() == 7).count();
                assert_eq!(ours, stds.extract_if(|text| text.len() == 7).count());
            }
            2 => ours.shrink_to_fit(),
            3 => ours.reserve(dice.below(100)),
            _ => assert_eq!(ours.contains(short), stds.contains(short)),
        },
    }
}

fn wander((mut ours, stds): Twins, dice: &mut Dice) -> Twins {
    let to = node::all().nth(dice.below(node::count())).expect("there are as many");
    match dice.below(6) {
        0 => ours = thread::spawn_on(to, (ours,), |(ours,)| ours).join().unwrap(),
        1 => ours = thread::spawn_on(to, (ours,), |(ours,)| ours.clone()).join().unwrap(),
        2 => thread::scope(|s| {
            let seen = s.spawn_on(to, (Ref::of(&ours),), |(ours,)| {
                ours.iter().filter(|text| ours.contains(&text[..])).map(|text| text.len()).sum::<usize>()
            });
            assert_eq!(seen.join().unwrap(), stds.iter().map(|text| text.len()).sum::<usize>());
        }),
        3 => thread::scope(|s| {
            s.spawn_on(to, (RefMut::new(&mut ours),), |(mut ours,)| {
                assert!(!ours.contains("new") && ours.insert(String::from("new")) && ours.remove("new"));
            });
        }),
        4 => ours = ours.into_iter().collect(),
        _ => HashSet::release(&mut ours),
    }
    (ours, stds)
}

#[drust::test(nodes = 3)]
fn random_operations_do_what_stds_do() {
    let program: Program<HashSet<String>, Std<std::string::String>> = Program {
        edits: 30,
        edit,
        wander,
        same: |ours, stds| stds.iter().all(|text| ours.contains(&**text)),
        lengths: |ours, stds| [ours.len(), stds.len()],
    };
    program.run();
}
