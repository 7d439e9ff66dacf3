//! Groups of 10^6 tied values: vectors, trees and lists of them, fetched as one, moved, split and tied again. Nothing
//! that drust does with them recurses: lists are as deep as they are long.

use drust::boxed::TBox;
use drust::node::{self, NodeId};
use drust::{Box, Portable, Ref, Vec, stats, thread};

/// Makes a test of each function on several carriers; simulated nodes play with fewer values.
macro_rules! on_carriers {
    ($($name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 3, carrier = "shm")]
                fn $name() {
                    super::$name(1_000_000);
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 3, carrier = "tcp")]
                fn $name() {
                    super::$name(1_000_000);
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = 3, seed = 9)]
                fn $name() {
                    super::$name(1000);
                }
            )*
        }
    };
}

on_carriers! {
    a_vector_of_tied_values,
    a_tied_tree,
    a_tied_list,
}

fn nth(index: usize) -> NodeId {
    node::all().nth(index).expect("a cluster of three")
}

/// Runs `body` and sees that it fetched so many times: by a direct read each over shared memory, else by a request, and
/// that what it fetched it never asked for again.
fn fetching<R>(times: u64, body: impl FnOnce() -> R) -> R {
    let (result, counts) = stats::count(body);
    assert_eq!(counts.direct_reads + counts.requests - counts.tasks_sent, times);
    result
}

/// The sum of the values, and of their numbers in the group, so that no two can change places.
fn weigh<'a>(values: impl Iterator<Item = &'a u64>) -> u64 {
    values.zip(1..).fold(0, |sum: u64, (value, at)| sum.wrapping_add(value * at))
}

type Tied = Vec<TBox<u64>>;

fn a_vector_of_tied_values(count: u64) {
    let make = |(count,)| (0..count).map(TBox::new).collect::<Tied>();
    let values = thread::spawn_on(nth(1), (count,), make).join().unwrap();
    let expected = (0..count).zip(1..).map(|(value, at): (u64, u64)| value * at).fold(0, u64::wrapping_add);
    let sum = fetching(1, || weigh(Vec::read(&values).iter().map(|value| &**value)));
    assert_eq!(sum, expected, "read as one");
    let runs = values.stream().with_run_len(count as usize / 7);
    let seen = runs.fold(std::vec::Vec::new(), |mut seen, run| {
        seen.extend(run.iter().map(|value| **value));
        seen
    });
    assert_eq!(weigh(seen.iter()), expected, "streamed, runs of some as groups of their own");
    let sum = thread::scope(|s| {
        let sum = |(values,): (Ref<'_, [TBox<u64>]>,)| weigh(values.iter().map(|value| &**value));
        s.spawn_on(nth(2), (Ref::new(&values),), sum).join().unwrap()
    });
    assert_eq!(sum, expected, "read as one elsewhere");
    let add = |(mut values,): (Tied,)| {
        values.iter_mut().for_each(|value| **value += 1);
        values
    };
    // Moved by a write, split, and the parts moved on.
    let mut low = thread::spawn_on(nth(2), (values,), add).join().unwrap();
    let high = low.split_off(count as usize / 2);
    assert_eq!((low.len() + high.len(), *low[0], *high[0]), (count as usize, 1, count / 2 + 1));
    let (low, high) = (thread::spawn_on(nth(1), (low,), add), thread::spawn_on(nth(2), (high,), add));
    let (mut whole, mut high) = (low.join().unwrap(), high.join().unwrap());
    // Tied again: what lay on two nodes is one group.
    whole.append(&mut high);
    let whole = thread::spawn_on(nth(1), (whole,), add).join().unwrap();
    let sum = fetching(1, || weigh(Vec::read(&whole).iter().map(|value| &**value)));
    assert_eq!(sum, (0..count).zip(1..).map(|(value, at): (u64, u64)| (value + 3) * at).fold(0, u64::wrapping_add));
}

#[derive(Portable)]
struct Branch {
    value: u64,
    left: Option<TBox<Branch>>,
    right: Option<TBox<Branch>>,
}

/// A balanced tree of `count` nodes, whose values count them in order.
fn grow(from: u64, count: u64) -> Option<TBox<Branch>> {
    let half = count.checked_sub(1)? / 2;
    let (left, right) = (grow(from, half), grow(from + half + 1, count - 1 - half));
    Some(TBox::new(Branch { value: from + half, left, right }))
}

fn in_order(at: Option<&Branch>, see: &mut impl FnMut(u64)) {
    if let Some(branch) = at {
        in_order(branch.left.as_deref(), see);
        see(branch.value);
        in_order(branch.right.as_deref(), see);
    }
}

/// The number of nodes of a tree whose values count on.
fn counted(root: &Branch, from: u64) -> u64 {
    let mut next = from;
    in_order(Some(root), &mut |value| {
        assert_eq!(value, next);
        next += 1;
    });
    next - from
}

fn a_tied_tree(count: u64) {
    let make = |(count,)| Box::new(TBox::into_inner(grow(0, count).expect("a tree")));
    let tree = thread::spawn_on(nth(1), (count,), make).join().unwrap();
    assert_eq!(fetching(1, || counted(&Box::read(&tree), 0)), count);
    let moved = |(mut tree,): (Box<Branch>,)| {
        tree.value += 1;
        tree.value -= 1;
        tree
    };
    let mut tree = thread::spawn_on(nth(2), (tree,), moved).join().unwrap();
    // A bough is taken off, goes elsewhere by itself, and is tied on again.
    let bough = tree.right.take().expect("a right half");
    let left = counted(&tree, 0);
    let beside = |(bough, from): (TBox<Branch>, u64)| (counted(&bough, from), bough);
    let (right, bough) = thread::spawn_on(nth(1), (bough, left), beside).join().unwrap();
    assert_eq!(left + right, count);
    tree.right = Some(bough);
    let seen = thread::scope(|s| s.spawn_on(nth(2), (Ref::new(&tree),), |(tree,)| counted(&tree, 0)).join().unwrap());
    assert_eq!(seen, count);
    // A bough of a box of its own is no part of the group.
    let bough = tree.left.take().map(|bough| Box::new(TBox::into_inner(bough))).expect("a left half");
    let bough = thread::spawn_on(nth(2), (bough,), moved).join().unwrap();
    assert_eq!(counted(&bough, 0), left - 1);
}

#[derive(Portable)]
struct Link {
    value: u64,
    next: Option<TBox<Link>>,
}

#[derive(Portable, Default)]
struct List {
    head: Option<TBox<Link>>,
}

impl List {
    fn values(&self) -> impl Iterator<Item = &u64> {
        let mut at = &self.head;
        std::iter::from_fn(move || {
            let link = at.as_ref()?;
            at = &link.next;
            Some(&link.value)
        })
    }

    /// The link so far down.
    fn at(&mut self, index: u64) -> &mut Option<TBox<Link>> {
        (0..index).fold(&mut self.head, |at, _| &mut at.as_mut().expect("it is longer").next)
    }
}

fn a_tied_list(count: u64) {
    let make = |(count,)| {
        let add = |next, value| Some(TBox::new(Link { value, next }));
        Box::new(List { head: (0..count).rev().fold(None, add) })
    };
    let mut list = thread::spawn_on(nth(1), (count,), make).join().unwrap();
    let expected = (0..count).zip(1..).map(|(value, at): (u64, u64)| value * at).fold(0, u64::wrapping_add);
    assert_eq!(fetching(1, || weigh(Box::read(&list).values())), expected);
    // Cut in the middle; the tail goes to another node, in a list of its own, and comes back.
    let tail = List { head: list.at(count / 2).take() };
    assert_eq!(list.values().count() as u64, count / 2);
    let reverse = |(mut list,): (List,)| {
        let mut reversed = List::default();
        while let Some(mut link) = list.head.take() {
            list.head = link.next.take();
            link.next = reversed.head.take();
            reversed.head = Some(link);
        }
        reversed
    };
    let tail = thread::spawn_on(nth(2), (tail,), reverse).join().unwrap();
    let tail = thread::spawn_on(nth(1), (tail,), reverse).join().unwrap();
    *list.at(count / 2) = tail.head;
    assert_eq!(weigh(list.values()), expected);
    // Dropped as one, by a node that never saw it.
    thread::spawn_on(nth(2), (list,), drop).join().unwrap();
}
