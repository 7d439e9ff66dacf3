//! A walk over a tree of another node that names its next steps, and one that does not.

use super::there;
use crate::Plan;
use crate::figure::Figure;
use crate::measure::{turns, wall_of};
use drust::{Box, prefetch, stats, thread};

/// Children of a node, and levels below the root.
const WIDTH: usize = 4;
const DEPTH: u32 = 6;

#[derive(drust::Portable)]
struct Branch {
    value: u64,
    rest: [u64; 7],
    children: [Option<Box<Branch>>; WIDTH],
}

fn grow(depth: u32) -> Branch {
    let child = |_| (depth > 0).then(|| Box::new(grow(depth - 1)));
    Branch { value: u64::from(depth) + 1, rest: [1; 7], children: [(); WIDTH].map(child) }
}

/// The sum over what hangs below a node.
fn walk(branch: &Branch, ahead: bool) -> u64 {
    let children = branch.children.iter().flatten();
    if ahead {
        prefetch(children.clone());
    }
    branch.value + branch.rest[6] + children.map(|child| walk(&Box::read(child), ahead)).sum::<u64>()
}

pub fn gain(plan: &Plan) -> Vec<Figure> {
    let tree = thread::spawn_on(there(), (DEPTH,), |(depth,)| Box::new(grow(depth))).join().expect("no panic");
    let nodes = (WIDTH.pow(DEPTH + 1) - 1) / (WIDTH - 1);
    let sum = walk(&Box::read(&tree), false);
    let look = |ahead| assert_eq!(walk(&Box::read(&tree), ahead), sum);
    let fetched = stats::count(|| look(true)).1.requests;
    let pair = turns(plan.rounds, || wall_of(|| look(true)), || wall_of(|| look(false))).per(nodes, nodes);
    let figure = Figure::new("prefetch_gain", 1.0 / pair.ratio)
        .beside("with ns a node", pair.drust)
        .beside("without ns a node", pair.base)
        .note(format!(
            "{nodes} nodes of {WIDTH} children, over tcp; requests a node {:.2}",
            fetched as f64 / nodes as f64
        ));
    vec![figure]
}
