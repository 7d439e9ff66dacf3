//! Reading and writing through boxes at home, beside std's boxes.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{Pair, cold_bytes, cpu_of, turns};
use crate::part::Part;
use crate::wire::Wire;
use std::hint::black_box;

pub const PARTS: &[Part] = &[
    Part { name: "deref-l1", nodes: 1, wire: Wire::Shm, workers: 1, copies: None, run: |plan, _| l1(plan) },
    Part { name: "deref-dram", nodes: 1, wire: Wire::Shm, workers: 1, copies: None, run: |plan, _| dram(plan) },
    Part { name: "deref-sum", nodes: 1, wire: Wire::Shm, workers: 1, copies: None, run: |plan, _| sum(plan) },
    Part { name: "deref-tree", nodes: 1, wire: Wire::Shm, workers: 1, copies: None, run: |plan, _| tree(plan) },
];

/// The structures of one twin. Links are padded to 64 bytes, so that both walk equal memory.
macro_rules! structures {
    ($twin:ident, $padding:literal, $import:path $(, #[$derive:meta])?) => {
        mod $twin {
            use crate::shuffle::shuffle;
            use $import;

            $(#[$derive])?
            pub struct Link {
                pub value: u64,
                pub next: Option<Box<Link>>,
                _padding: [u64; $padding],
            }

            const _: () = assert!(size_of::<Link>() == 64);

            /// A list whose order is not that of memory.
            pub fn list(len: usize) -> Option<Box<Link>> {
                let link = |value| Box::new(Link { value: value as u64, next: None, _padding: [0; $padding] });
                let mut links: Vec<_> = (0..len).map(link).collect();
                shuffle(&mut links, 1);
                let mut head = None;
                for mut link in links {
                    link.next = head;
                    head = Some(link);
                }
                head
            }

            /// Ends a list without recursion.
            pub fn end(mut head: Option<Box<Link>>) {
                while let Some(mut link) = head {
                    head = link.next.take();
                }
            }

            /// The sum of at most `steps` links from `at` on, and where it ended.
            #[inline(never)]
            pub fn walk(mut at: &Option<Box<Link>>, steps: usize) -> (u64, &Option<Box<Link>>) {
                let mut sum = 0;
                for _ in 0..steps {
                    let Some(link) = at else { break };
                    let link: &Link = link;
                    sum += link.value;
                    at = &link.next;
                }
                (sum, at)
            }

            /// As `walk` of the whole, with each field reached through the box anew.
            #[inline(never)]
            pub fn walk_loosely(mut at: &Option<Box<Link>>) -> u64 {
                let mut sum = 0;
                while let Some(link) = at {
                    sum += link.value;
                    at = &link.next;
                }
                sum
            }

            /// Adds one to at most `steps` links from `at` on; how many there were, and where it ended.
            #[inline(never)]
            pub fn bump(mut at: &mut Option<Box<Link>>, steps: usize) -> (u64, &mut Option<Box<Link>>) {
                let mut updates = 0;
                for _ in 0..steps {
                    let Some(link) = at else { break };
                    let link: &mut Link = link;
                    link.value += 1;
                    updates += 1;
                    at = &mut link.next;
                }
                (updates, at)
            }

            /// As `bump` of the whole, with each field reached through the box anew.
            #[inline(never)]
            pub fn bump_loosely(mut at: &mut Option<Box<Link>>) -> u64 {
                let mut updates = 0;
                while let Some(link) = at {
                    link.value += 1;
                    updates += 1;
                    at = &mut link.next;
                }
                updates
            }

            pub fn boxes(len: usize) -> Vec<Box<u64>> {
                (0..len as u64).map(Box::new).collect()
            }

            #[inline(never)]
            pub fn sum(boxes: &[Box<u64>]) -> u64 {
                boxes.iter().map(|value| **value).sum()
            }

            $(#[$derive])?
            pub struct Tree {
                key: u64,
                left: Option<Box<Tree>>,
                right: Option<Box<Tree>>,
            }

            /// A search tree of the keys in an order of their own: about twice as deep as a balanced one.
            pub fn tree(len: usize) -> Tree {
                let mut keys: Vec<u64> = (0..len as u64).collect();
                shuffle(&mut keys, 2);
                let mut root = Tree { key: keys[0], left: None, right: None };
                for &key in &keys[1..] {
                    root.insert(key);
                }
                root
            }

            impl Tree {
                fn insert(&mut self, key: u64) {
                    let mut at = self;
                    loop {
                        let side = if key < at.key { &mut at.left } else { &mut at.right };
                        match side {
                            Some(child) => at = child,
                            None => {
                                *side = Some(Box::new(Tree { key, left: None, right: None }));
                                return;
                            }
                        }
                    }
                }

                pub fn sum(&self) -> u64 {
                    let below = |side: &Option<Box<Tree>>| side.as_ref().map_or(0, |tree| tree.sum());
                    self.key + below(&self.left) + below(&self.right)
                }
            }
        }
    };
}

structures!(ours, 4, drust::Box, #[derive(drust::Portable)]);
structures!(stds, 6, std::boxed::Box);

/// A list that fits the first-level cache.
const SHORT: usize = 256;

fn l1(plan: &Plan) -> Vec<Figure> {
    let times = plan.scale(20_000);
    let (mut own, mut twin) = (ours::list(SHORT), stds::list(SHORT));
    let sum = (SHORT * (SHORT - 1) / 2) as u64;
    let read = turns(
        plan.rounds,
        || again(times, sum, || ours::walk(black_box(&own), SHORT).0),
        || again(times, sum, || stds::walk(black_box(&twin), SHORT).0),
    );
    let loose = turns(
        plan.rounds,
        || again(times, sum, || ours::walk_loosely(black_box(&own))),
        || again(times, sum, || stds::walk_loosely(black_box(&twin))),
    );
    let count = SHORT as u64;
    let write = turns(
        plan.rounds,
        || again(times, count, || ours::bump(black_box(&mut own), SHORT).0),
        || again(times, count, || stds::bump(black_box(&mut twin), SHORT).0),
    );
    let loose_write = turns(
        plan.rounds,
        || again(times, count, || ours::bump_loosely(black_box(&mut own))),
        || again(times, count, || stds::bump_loosely(black_box(&mut twin))),
    );
    let each = SHORT * times;
    vec![
        beside_std("l1_ratio", read.per(each, each)).goal(Goal::AtMost(1.05)).note("256 nodes of 64 B, a step"),
        beside_std("mut_ratio", write.per(each, each)).goal(Goal::AtMost(1.05)).note("256 nodes of 64 B, an update"),
        beside_std("l1_loose_ratio", loose.per(each, each)).note("the same, each of two fields through the box anew"),
        beside_std("mut_loose_ratio", loose_write.per(each, each)).note("the same"),
    ]
}

/// CPU time of doing something so many times, which returns `expected` each time.
fn again(times: usize, expected: u64, mut run: impl FnMut() -> u64) -> f64 {
    cpu_of(|| assert_eq!((0..times).map(|_| run()).sum::<u64>(), expected * times as u64))
}

fn dram(plan: &Plan) -> Vec<Figure> {
    let len = plan.scale(cold_bytes() / 64);
    let steps = len / (plan.rounds + 2);
    let (own, twin) = (ours::list(len), stds::list(len));
    let (mut at, mut twin_at) = (&own, &twin);
    let (mut sum, mut twin_sum) = (0, 0);
    let pair = turns(
        plan.rounds,
        || {
            cpu_of(|| {
                let (part, next) = ours::walk(at, steps);
                (sum, at) = (sum + part, next);
            })
        },
        || {
            cpu_of(|| {
                let (part, next) = stds::walk(twin_at, steps);
                (twin_sum, twin_at) = (twin_sum + part, next);
            })
        },
    )
    .per(steps, steps);
    assert_eq!(sum, twin_sum, "both lists have the same order");
    let note = format!("cold: {} MiB of 64 B nodes, each seen once; a step", (len * 64) >> 20);
    ours::end(own);
    stds::end(twin);
    vec![beside_std("dram_ratio", pair).goal(Goal::AtMost(1.05)).note(note)]
}

fn sum(plan: &Plan) -> Vec<Figure> {
    const LEN: usize = 10_000;
    let times = plan.scale(1000);
    let (own, twin) = (ours::boxes(LEN), stds::boxes(LEN));
    let expected = (LEN * (LEN - 1) / 2) as u64;
    let pair = turns(
        plan.rounds,
        || again(times, expected, || ours::sum(black_box(&own))),
        || again(times, expected, || stds::sum(black_box(&twin))),
    )
    .per(LEN * times, LEN * times);
    vec![beside_std("sum_ratio", pair).goal(Goal::AtMost(1.4)).note("hot: 1e4 boxes of u64, a box")]
}

fn tree(plan: &Plan) -> Vec<Figure> {
    let len = plan.scale(1_000_000);
    let (own, twin) = (ours::tree(len), stds::tree(len));
    let expected = (len * (len - 1) / 2) as u64;
    let pair = turns(
        plan.rounds,
        || cpu_of(|| assert_eq!(black_box(&own).sum(), expected)),
        || cpu_of(|| assert_eq!(black_box(&twin).sum(), expected)),
    )
    .per(len, len);
    let note = format!("{len} nodes of {} B, std's of {} B; a node", size_of::<ours::Tree>(), size_of::<stds::Tree>());
    vec![beside_std("tree_ratio", pair).goal(Goal::AtMost(1.4)).note(note)]
}

fn beside_std(key: &str, pair: Pair) -> Figure {
    Figure::new(key, pair.ratio).beside("drust ns", pair.drust).beside("std ns", pair.base)
}
