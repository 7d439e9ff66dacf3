//! `BTreeSet` as std documents its own, wherever the set was made.

use crate::counted::panic_of;
use crate::wherever::{there, wherever_made};
use drust::collections::BTreeSet;
use drust::{Portable, Ref, String, stats, thread};
use std::cmp::Ordering;
use std::collections::BTreeSet as Std;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::Bound::{Excluded, Included, Unbounded};

const MANY: u64 = 4000;

/// Even numbers, enough for a tree of three levels.
fn many() -> BTreeSet<u64> {
    (0..MANY).map(|n| 2 * n).collect()
}

fn stds() -> Std<u64> {
    (0..MANY).map(|n| 2 * n).collect()
}

fn names() -> BTreeSet<String> {
    (0..200_u32).map(|n| String::from(&*format!("name number {n:03}, which is long"))).collect()
}

fn look<T: Portable>(set: &BTreeSet<T>) {
    assert_eq!(set.iter().count(), set.len());
}

/// Equal by its first number alone.
#[derive(Portable, Clone, Copy, Debug)]
struct Tagged(u32, u32);

impl PartialEq for Tagged {
    fn eq(&self, other: &Tagged) -> bool {
        self.0 == other.0
    }
}

impl Eq for Tagged {}

impl PartialOrd for Tagged {
    fn partial_cmp(&self, other: &Tagged) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tagged {
    fn cmp(&self, other: &Tagged) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[drust::test(nodes = 2)]
fn values_are_found_put_in_and_taken_out() {
    wherever_made!(many, look, |mut set: BTreeSet<u64>| {
        assert!((0..2 * MANY).all(|n| set.contains(&n) == (n % 2 == 0)));
        assert_eq!((set.get(&4), set.get(&5), set.first(), set.last()), (Some(&4), None, Some(&0), Some(&7998)));
        assert_eq!((set.insert(5), set.insert(5), set.insert(4), set.len()), (true, false, false, 4001));
        assert_eq!((set.remove(&5), set.remove(&5), set.take(&4), set.take(&4)), (true, false, Some(4), None));
        assert_eq!((set.pop_first(), set.pop_last(), set.len()), (Some(0), Some(7998), 3997));
        set.clear();
        assert_eq!((set.first(), set.last(), set.is_empty()), (None, None, true));
        assert_eq!((set.pop_first(), set.pop_last()), (None, None));
    });
    wherever_made!(names, look, |mut set: BTreeSet<String>| {
        assert!(set.contains("name number 007, which is long") && !set.contains("name"));
        assert_eq!(set.take("name number 007, which is long").unwrap(), "name number 007, which is long");
        assert_eq!(set.range::<str, _>((Included("name number 198"), Unbounded)).count(), 2);
    });
}

#[drust::test(nodes = 2)]
fn equal_values_stay_or_are_replaced() {
    let mut set = BTreeSet::from([Tagged(1, 1), Tagged(2, 1)]);
    assert!(!set.insert(Tagged(1, 2)));
    assert_eq!(set.get(&Tagged(1, 0)).unwrap().1, 1);
    assert_eq!((set.replace(Tagged(1, 3)).unwrap().1, set.replace(Tagged(3, 3))), (1, None));
    assert_eq!((set.get(&Tagged(1, 0)).unwrap().1, set.len()), (3, 3));
    set.append(&mut BTreeSet::from([Tagged(1, 9), Tagged(2, 9), Tagged(4, 9)]));
    assert!(set.iter().map(|tagged| tagged.1).eq([3, 1, 3, 9]));
}

#[drust::test(nodes = 2)]
fn iterators_and_ranges_go_from_both_ends() {
    wherever_made!(many, look, |set: BTreeSet<u64>| {
        let stds = stds();
        assert!(set.iter().eq(stds.iter()) && set.iter().rev().eq(stds.iter().rev()));
        assert_eq!((set.iter().len(), set.iter().min(), set.iter().max()), (4000, Some(&0), Some(&7998)));
        for range in [(Included(100), Excluded(5000)), (Excluded(100), Included(5001)), (Unbounded, Excluded(0))] {
            assert!(set.range(range).eq(stds.range(range)) && set.range(range).rev().eq(stds.range(range).rev()));
            assert_eq!((set.range(range).min(), set.range(range).last()), {
                (stds.range(range).next(), stds.range(range).next_back())
            });
        }
        assert!((&set).into_iter().zip(set.iter()).all(|(a, b)| a == b));
        let mut both = set.into_iter();
        assert_eq!((both.next(), both.next_back(), both.len()), (Some(0), Some(7998), 3998));
        assert!(both.eq((1..MANY - 1).map(|n| 2 * n)));
    });
    let set = BTreeSet::from([1, 2, 3]);
    let mut iter = set.iter();
    iter.next();
    let mut stds = Std::from([1, 2, 3]);
    let mut stds_iter = stds.iter();
    stds_iter.next();
    assert_eq!(format!("{iter:?}"), format!("{stds_iter:?}"));
    assert_eq!(format!("{:?} {:?}", set.range(2..), set.clone().into_iter().len()), "[2, 3] 3");
    assert!(format!("{:?} {:?}", set.clone().into_iter(), set.clone().extract_if(.., |_| true)).contains('3'));
    assert!(stds.insert(4) && drust::collections::btree_set::Iter::<u8>::default().next().is_none());
}

#[drust::test(nodes = 2)]
fn panics_are_in_stds_words() {
    let (set, stds) = (BTreeSet::from([1, 2, 3]), Std::from([1, 2, 3]));
    for range in [(Included(3), Excluded(1)), (Excluded(2), Excluded(2)), (Excluded(2), Included(1))] {
        let theirs = panic_of(|| drop(stds.range(range)));
        assert_eq!(panic_of(|| drop(set.range(range))), theirs);
    }
}

#[drust::test(nodes = 2)]
fn sets_are_joined_split_and_sifted() {
    wherever_made!(many, look, |mut set: BTreeSet<u64>| {
        let rest = set.split_off(&1001);
        assert!(set.iter().copied().eq((0..=1000).step_by(2)) && rest.iter().copied().eq((1002..8000).step_by(2)));
        set.append(&mut (990..1010).collect());
        set.append(&mut { rest });
        assert_eq!(set.len(), 4010);
        set.retain(|n| n % 4 == 0);
        assert!(set.iter().copied().eq((0..8000).step_by(4)));
        assert!(set.extract_if(100..=108, |n| *n != 104).eq([100, 108]));
        assert!(set.contains(&104) && set.len() == 1998);
        set.extend([1, 2, 3]);
        set.extend(&[3, 5]);
        assert!(set.range(..6).eq(&[0, 1, 2, 3, 4, 5]));
    });
}

#[drust::test(nodes = 2)]
fn operations_do_what_stds_do() {
    let others: [fn() -> Std<u64>; 6] = [
        Std::new,
        || [0, 5, 7998].into(),
        || (0..3000).collect(),
        || (3000..20_000).step_by(3).collect(),
        stds,
        || (0..200_000).collect(),
    ];
    wherever_made!(many, look, |set: BTreeSet<u64>| {
        let stds = stds();
        for other in others {
            let (stds_other, other) = (other(), BTreeSet::from(other()));
            for (a, b, c, d) in [(&set, &other, &stds, &stds_other), (&other, &set, &stds_other, &stds)] {
                assert!(a.union(b).eq(c.union(d)) && a.intersection(b).eq(c.intersection(d)));
                assert!(a.difference(b).eq(c.difference(d)));
                assert!(a.symmetric_difference(b).eq(c.symmetric_difference(d)));
                assert_eq!((a.is_subset(b), a.is_superset(b)), (c.is_subset(d), c.is_superset(d)));
                assert_eq!((a.is_disjoint(b), a == b, a < b), (c.is_disjoint(d), c == d, c < d));
                assert!((a & b).iter().eq(&(c & d)) && (a - b).iter().eq(&(c - d)));
                assert!((a | b).iter().eq(&(c | d)) && (a ^ b).iter().eq(&(c ^ d)));
                let (least, most) = a.difference(b).size_hint();
                assert!((least..=most.unwrap()).contains(&c.difference(d).count()));
                let (least, most) = a.union(b).size_hint();
                assert!((least..=most.unwrap()).contains(&c.union(d).count()));
            }
        }
    });
    let (a, b) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
    assert_eq!(format!("{:?} {:?}", a.union(&b), a.intersection(&b)), "[1, 2, 3] [2]");
    assert_eq!(format!("{:?} {:?}", a.difference(&b), a.symmetric_difference(&b).clone()), "[1] [1, 3]");
}

#[drust::test(nodes = 2)]
fn sets_are_made_from_others_and_compared() {
    wherever_made!(many, look, |set: BTreeSet<u64>| {
        let stds = stds();
        assert_eq!((BTreeSet::from(stds.clone()), set.clone().len()), (set.clone(), 4000));
        let state = RandomState::new();
        assert_eq!(state.hash_one(&set), state.hash_one(&stds));
        assert_eq!((format!("{set:?}"), set.cmp(&set.clone())), (format!("{stds:?}"), Ordering::Equal));
        assert!(set > BTreeSet::new() && set.partial_cmp(&BTreeSet::from([1])) == Some(Ordering::Less));
        assert_eq!(Std::from(set), stds);
    });
    assert_eq!(BTreeSet::<u8>::default(), BTreeSet::new());
}

#[drust::test(nodes = 2)]
fn a_few_values_are_looked_up_in_a_large_remote_set() {
    let large = thread::spawn_on(there(), (), |()| many()).join().unwrap();
    let few = BTreeSet::from([0, 1, 7998]);
    let (common, counts) = stats::count(|| few.intersection(&large).count());
    assert_eq!(common, 2);
    assert!(counts.direct_reads + counts.requests <= 5, "two paths: {counts:?}");
    let seen = thread::scope(|s| {
        let task = s.spawn_on(there(), (Ref::of(&few), Ref::of(&large)), |(few, large)| few.is_subset(&large));
        task.join().unwrap()
    });
    assert!(!seen);
}
