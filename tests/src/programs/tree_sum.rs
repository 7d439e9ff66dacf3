//! A tree is built in parallel on all nodes and summed by tasks that borrow its branches.

use super::world::*;

#[derive(Portable)]
struct Tree {
    value: u64,
    children: [Option<Box<Tree>>; 2],
}

fn grow((depth, seed): (u32, u64)) -> Box<Tree> {
    let mut tree = Box::new(Tree { value: seed, children: [None, None] });
    if depth == 0 {
        return tree;
    }
    let left = (depth - 1, seed * 2);
    let right = (depth - 1, seed * 2 + 1);
    tree.children = if depth > 9 {
        let there = thread::spawn_on(nth(seed as usize), left, grow);
        let right = grow(right);
        [Some(there.join().unwrap()), Some(right)]
    } else {
        [Some(grow(left)), Some(grow(right))]
    };
    tree
}

fn sum((tree, depth): (Ref<'_, Tree>, u32)) -> u64 {
    let [Some(left), Some(right)] = &tree.children else { return tree.value };
    if depth == 0 {
        return tree.value + sum((Ref::new(left), 0)) * 3 + sum((Ref::new(right), 0));
    }
    thread::scope(|s| {
        let left = s.spawn_to(left, (Ref::new(left), depth - 1), sum);
        let right = s.spawn((Ref::new(right), depth - 1), sum);
        tree.value + left.join().unwrap() * 3 + right.join().unwrap()
    })
}

pub fn run() -> String {
    let tree = grow((12, 1));
    format!("{}", sum((Ref::new(&tree), 4)))
}
