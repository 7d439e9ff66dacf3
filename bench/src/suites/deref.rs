//! Reading and writing through boxes at home, beside std's boxes.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{cold_bytes, cpu_of, turns};
use crate::part::Part;
use std::hint::black_box;

pub const PARTS: &[Part] = &[
    Part { name: "deref-l1", nodes: 1, workers: 1, copies: None, run: l1 },
    Part { name: "deref-dram", nodes: 1, workers: 1, copies: None, run: dram },
    Part { name: "deref-sum", nodes: 1, workers: 1, copies: None, run: sum },
    Part { name: "deref-tree", nodes: 1, workers: 1, copies: None, run: tree },
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
                    sum += link.value;
                    at = &link.next;
                }
                (sum, at)
            }

            #[inline(never)]
            pub fn bump(mut at: &mut Option<Box<Link>>) -> u64 {
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

fn l1(plan: Plan) -> Vec<Figure> {
    const LEN: usize = 256;
    let times = plan.scale(20_000);
    let (mut own, mut twin) = (ours::list(LEN), stds::list(LEN));
    let expected = (LEN * (LEN - 1) / 2 * times) as u64;
    let pair = turns(
        plan.rounds,
        || cpu_of(|| assert_eq!((0..times).map(|_| ours::walk(black_box(&own), LEN).0).sum::<u64>(), expected)),
        || cpu_of(|| assert_eq!((0..times).map(|_| stds::walk(black_box(&twin), LEN).0).sum::<u64>(), expected)),
    )
    .per(LEN * times, LEN * times);
    let read = beside_std("l1_ratio", pair, 1.05).note("256 nodes of 64 B, a step");
    let updates = (LEN * times) as u64;
    let pair = turns(
        plan.rounds,
        || cpu_of(|| assert_eq!((0..times).map(|_| ours::bump(black_box(&mut own))).sum::<u64>(), updates)),
        || cpu_of(|| assert_eq!((0..times).map(|_| stds::bump(black_box(&mut twin))).sum::<u64>(), updates)),
    )
    .per(LEN * times, LEN * times);
    vec![read, beside_std("mut_ratio", pair, 1.05).note("256 nodes of 64 B, an update")]
}

fn dram(plan: Plan) -> Vec<Figure> {
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
    vec![beside_std("dram_ratio", pair, 1.05).note(note)]
}

fn sum(plan: Plan) -> Vec<Figure> {
    const LEN: usize = 10_000;
    let times = plan.scale(1000);
    let (own, twin) = (ours::boxes(LEN), stds::boxes(LEN));
    let expected = (LEN * (LEN - 1) / 2 * times) as u64;
    let pair = turns(
        plan.rounds,
        || cpu_of(|| assert_eq!((0..times).map(|_| ours::sum(black_box(&own))).sum::<u64>(), expected)),
        || cpu_of(|| assert_eq!((0..times).map(|_| stds::sum(black_box(&twin))).sum::<u64>(), expected)),
    )
    .per(LEN * times, LEN * times);
    vec![beside_std("sum_ratio", pair, 1.4).note("hot: 1e4 boxes of u64, a box")]
}

fn tree(plan: Plan) -> Vec<Figure> {
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
    vec![beside_std("tree_ratio", pair, 1.4).note(note)]
}

fn beside_std(key: &str, pair: crate::measure::Pair, most: f64) -> Figure {
    Figure::new(key, pair.ratio).goal(Goal::AtMost(most)).beside("drust ns", pair.drust).beside("std ns", pair.base)
}
