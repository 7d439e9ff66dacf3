//! The tree keeps its shape, and holds what std's holds, through random changes.

#[path = "../../../tests/dice/mod.rs"]
mod dice;

use super::BTreeMap;
use super::node::Node;
use dice::Dice;
use drust_heap::Portable;
use std::collections::BTreeMap as Std;
use std::fmt::Debug;
use std::ops::Bound;

/// A value so large that nodes hold a dozen of them.
#[derive(Clone, Copy, Debug, PartialEq, drust_macros::Portable)]
struct Wide([u64; 40]);

impl From<u64> for Wide {
    fn from(value: u64) -> Wide {
        Wide([value; 40])
    }
}

trait Value: Portable + From<u64> + Copy + Debug + PartialEq {}
impl<V: Portable + From<u64> + Copy + Debug + PartialEq> Value for V {}

/// The height of the tree below a node, which keeps the contract.
fn height<V: Value>(node: &Node<u64, V>, is_root: bool, last: &mut Option<u64>, count: &mut usize) -> usize {
    assert!(node.items() <= node.most(), "too full");
    assert!(is_root || node.items() >= node.least(), "too empty: {} of {}", node.items(), node.most());
    let pass = |key: u64, last: &mut Option<u64>, count: &mut usize| {
        assert!(last.is_none_or(|last| last < key), "{last:?} stands before {key}");
        *last = Some(key);
        *count += 1;
    };
    match node {
        Node::Leaf(entries) => {
            assert!(entries.capacity() <= node.most());
            entries.iter().for_each(|entry| pass(entry.0, last, count));
            1
        }
        Node::Inner(branches) => {
            assert!(branches.len() > 1 && branches.capacity() <= node.most());
            let mut heights = std::vec::Vec::new();
            for (at, branch) in branches.iter().enumerate() {
                heights.push(height(&branch.child, false, last, count));
                assert_eq!(branch.entry.is_none(), at + 1 == branches.len());
                if let Some((key, _)) = branch.entry {
                    pass(key, last, count);
                }
            }
            assert!(heights.iter().all(|height| *height == heights[0]), "leaves lie at {heights:?}");
            heights[0] + 1
        }
    }
}

fn check<V: Value>(map: &BTreeMap<u64, V>) -> usize {
    let mut count = 0;
    let height = height(&map.root, true, &mut None, &mut count);
    assert_eq!(map.len(), count);
    height
}

fn same<V: Value>(ours: &BTreeMap<u64, V>, stds: &Std<u64, V>) {
    check(ours);
    assert!(ours.iter().eq(stds.iter()));
    assert!(ours.iter().rev().eq(stds.iter().rev()));
}

fn bound(dice: &mut Dice, keys: u64) -> Bound<u64> {
    match dice.below(5) {
        0 => Bound::Unbounded,
        1 | 2 => Bound::Included(dice.below(keys)),
        _ => Bound::Excluded(dice.below(keys)),
    }
}

/// Changes both maps in the same way.
fn change<V: Value>(ours: &mut BTreeMap<u64, V>, stds: &mut Std<u64, V>, dice: &mut Dice, keys: u64) {
    let (key, value) = (dice.below(keys), V::from(dice.below(1000)));
    match dice.below(400) {
        0..180 => assert_eq!(ours.insert(key, value), stds.insert(key, value)),
        180..340 => assert_eq!(ours.remove_entry(&key), stds.remove_entry(&key)),
        340..360 => assert_eq!(ours.pop_first(), stds.pop_first()),
        360..380 => assert_eq!(ours.pop_last(), stds.pop_last()),
        380..390 => {
            *ours.entry(key).or_insert(value) = value;
            *stds.entry(key).or_insert(value) = value;
        }
        390..393 => {
            let (from, to) = (bound(dice, keys), bound(dice, keys));
            let third = dice.below(3);
            let wanted = |key: &u64, _: &mut V| key % 3 == third || third == 0;
            assert!(ours.extract_if((from, to), wanted).eq(stds.extract_if((from, to), wanted)));
        }
        393 => {
            let third = dice.below(3);
            ours.retain(|key, _| key % 3 != third);
            stds.retain(|key, _| key % 3 != third);
        }
        394..397 => {
            let (rest, stds_rest) = (ours.split_off(&key), stds.split_off(&key));
            same(&rest, &stds_rest);
            if dice.below(2) == 0 {
                (*ours, *stds) = (rest, stds_rest);
            }
        }
        _ => {
            let most = if dice.below(2) == 0 { 20 } else { keys };
            let more = dice.below(most);
            let entries: std::vec::Vec<(u64, V)> =
                (0..more).map(|_| (dice.below(keys), V::from(dice.below(1000)))).collect();
            let mut other: BTreeMap<u64, V> = entries.iter().copied().collect();
            check(&other);
            ours.append(&mut other);
            stds.append(&mut entries.into_iter().collect());
        }
    }
}

fn ranges<V: Value>(ours: &mut BTreeMap<u64, V>, stds: &Std<u64, V>, dice: &mut Dice, keys: u64) {
    let range = (bound(dice, keys), bound(dice, keys));
    let sound = match range {
        (Bound::Excluded(from), Bound::Excluded(to)) => from < to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from <= to,
        _ => true,
    };
    if !sound {
        return;
    }
    assert!(ours.range(range).eq(stds.range(range)));
    assert!(ours.range(range).rev().eq(stds.range(range).rev()));
    let (mut mixed, mut stds_mixed) = (ours.range_mut(range), stds.range(range));
    loop {
        let (a, b) = if dice.below(2) == 0 {
            (mixed.next(), stds_mixed.next())
        } else {
            (mixed.next_back(), stds_mixed.next_back())
        };
        assert_eq!(a.map(|(key, value)| (*key, *value)), b.map(|(key, value)| (*key, *value)));
        if b.is_none() {
            break;
        }
    }
    assert!(mixed.next().is_none() && mixed.next_back().is_none());
}

fn storm<V: Value>(seed: u64, keys: u64, steps: usize) -> usize {
    let mut dice = Dice::new(seed);
    let (mut ours, mut stds) = (BTreeMap::new(), Std::new());
    let mut highest = 0;
    for step in 0..steps {
        change::<V>(&mut ours, &mut stds, &mut dice, keys);
        highest = highest.max(check(&ours));
        if step % 16 == 0 {
            same(&ours, &stds);
            ranges(&mut ours, &stds, &mut dice, keys);
        }
    }
    same(&ours, &stds);
    assert!(ours.into_iter().eq(stds));
    highest
}

#[test]
fn small_nodes_keep_their_shape_in_high_trees() {
    let highest = (1..=6).map(|seed| storm::<Wide>(seed, 40 << seed, 10_000)).max();
    assert!(highest >= Some(4), "the trees were only {highest:?} high");
}

#[test]
fn large_nodes_keep_their_shape() {
    let highest = (1..=4).map(|seed| storm::<u64>(seed, 100 << (2 * seed), 12_000)).max();
    assert!(highest >= Some(3), "the trees were only {highest:?} high");
}

#[test]
fn trees_of_any_size_are_built_balanced() {
    for len in (0..200).chain([700, 5000, 40_000]) {
        let built: BTreeMap<u64, u64> = (0..len).rev().map(|key| (key, key)).collect();
        check(&built);
        assert!(built.into_iter().eq((0..len).map(|key| (key, key))));
        let built: BTreeMap<u64, Wide> = (0..len.min(5000)).map(|key| (key, Wide::from(key))).collect();
        check(&built);
    }
}

#[test]
fn trees_that_are_filled_and_emptied_in_order_stay_balanced() {
    let mut map = BTreeMap::new();
    for key in 0..3000 {
        map.insert(key, Wide::from(key));
    }
    let filled = check(&map);
    for key in 0..1500 {
        assert_eq!(map.pop_first(), Some((key, Wide::from(key))));
        check(&map);
    }
    for key in (1500..3000).rev() {
        assert_eq!(map.pop_last(), Some((key, Wide::from(key))));
        check(&map);
    }
    assert!(filled >= 4 && check(&map) == 1);
}

#[test]
fn a_panic_while_sifting_leaves_the_tree_in_shape() {
    for end in (0..600).step_by(7) {
        let mut map: BTreeMap<u64, Wide> = (0..600).map(|key| (key, Wide::from(key))).collect();
        let sift = std::panic::AssertUnwindSafe(|| {
            map.retain(|key, _| {
                assert!(*key < end, "far enough");
                key % 50 == 0
            });
        });
        assert!(std::panic::catch_unwind(sift).is_err());
        check(&map);
        assert!(map.keys().copied().eq((0..end).filter(|key| key % 50 == 0).chain(end..600)));
    }
}
