//! A search tree with insert and delete, each batch of changes made by a task on the next node.

use super::world::*;

#[derive(Portable)]
struct Node {
    key: u32,
    left: Tree,
    right: Tree,
}

type Tree = Option<Box<Node>>;

fn insert(mut at: &mut Tree, key: u32) {
    while let Some(node) = at {
        if key == node.key {
            return;
        }
        let node = &mut **node;
        at = if key < node.key { &mut node.left } else { &mut node.right };
    }
    *at = Some(Box::new(Node { key, left: None, right: None }));
}

fn pop_first(tree: &mut Tree) -> Option<u32> {
    let node = &mut **tree.as_mut()?;
    if node.left.is_some() {
        return pop_first(&mut node.left);
    }
    let key = node.key;
    let right = node.right.take();
    *tree = right;
    Some(key)
}

fn remove(mut at: &mut Tree, key: u32) -> bool {
    while at.as_ref().is_some_and(|node| node.key != key) {
        let node = &mut **at.as_mut().expect("just seen");
        at = if key < node.key { &mut node.left } else { &mut node.right };
    }
    let Some(found) = at else { return false };
    let found = &mut **found;
    match pop_first(&mut found.right) {
        Some(next) => found.key = next,
        None => {
            let left = found.left.take();
            *at = left;
        }
    }
    true
}

fn visit(tree: &Tree, depth: u64, hash: &mut u64, count: &mut u64) {
    if let Some(node) = tree {
        visit(&node.left, depth + 1, hash, count);
        *hash = hash.wrapping_mul(131).wrapping_add(u64::from(node.key) * 8 + depth);
        *count += 1;
        visit(&node.right, depth + 1, hash, count);
    }
}

fn batch((mut tree, start): (Tree, u32)) -> (Tree, u32) {
    let mut x = start;
    let mut removed = 0;
    for _ in 0..300 {
        x = x.wrapping_mul(1_103_515_245).wrapping_add(12345);
        insert(&mut tree, (x >> 16) % 1000);
        x = x.wrapping_mul(1_103_515_245).wrapping_add(12345);
        removed += u32::from(remove(&mut tree, (x >> 16) % 1000));
    }
    (tree, removed)
}

pub fn run() -> String {
    let mut tree = None;
    let mut removed = 0;
    for round in 0..8 {
        let (next, gone) = thread::spawn_on(nth(round), (tree, round as u32), batch).join().unwrap();
        tree = next;
        removed += gone;
    }
    let (mut hash, mut count) = (0, 0);
    visit(&tree, 0, &mut hash, &mut count);
    format!("{removed} {count} {hash}")
}
