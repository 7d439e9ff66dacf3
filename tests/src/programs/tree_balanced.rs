//! An AVL tree whose rotations relink boxes that live on several nodes.

use super::world::*;

#[derive(Portable)]
struct Node {
    key: u32,
    height: u32,
    left: Tree,
    right: Tree,
}

type Tree = Option<Box<Node>>;

fn height(tree: &Tree) -> u32 {
    tree.as_ref().map_or(0, |node| node.height)
}

fn settle(mut node: Box<Node>) -> Box<Node> {
    node.height = 1 + height(&node.left).max(height(&node.right));
    node
}

fn rotate_right(mut node: Box<Node>) -> Box<Node> {
    let mut left = node.left.take().expect("the left side is higher");
    node.left = left.right.take();
    left.right = Some(settle(node));
    settle(left)
}

fn rotate_left(mut node: Box<Node>) -> Box<Node> {
    let mut right = node.right.take().expect("the right side is higher");
    node.right = right.left.take();
    right.left = Some(settle(node));
    settle(right)
}

fn balance(mut node: Box<Node>) -> Box<Node> {
    let (left, right) = (height(&node.left), height(&node.right));
    if left > right + 1 {
        if node.left.as_ref().is_some_and(|left| height(&left.right) > height(&left.left)) {
            node.left = node.left.take().map(rotate_left);
        }
        return rotate_right(node);
    }
    if right > left + 1 {
        if node.right.as_ref().is_some_and(|right| height(&right.left) > height(&right.right)) {
            node.right = node.right.take().map(rotate_right);
        }
        return rotate_left(node);
    }
    settle(node)
}

fn insert(tree: Tree, key: u32) -> Tree {
    let Some(mut node) = tree else {
        return Some(Box::new(Node { key, height: 1, left: None, right: None }));
    };
    if key < node.key {
        node.left = insert(node.left.take(), key);
    } else if key > node.key {
        node.right = insert(node.right.take(), key);
    }
    Some(balance(node))
}

fn keys(tree: &Tree, found: &mut Vec<u32>) {
    if let Some(node) = tree {
        keys(&node.left, found);
        found.push(node.key);
        keys(&node.right, found);
    }
}

pub fn run() -> String {
    let mut tree = None;
    for round in 0..6_u32 {
        tree = thread::spawn_on(nth(round as usize), (tree, round), |(mut tree, round)| {
            for i in 0..150 {
                tree = insert(tree, (i * 7 + round * 131) % 997);
            }
            tree
        })
        .join()
        .unwrap();
    }
    let mut found = Vec::new();
    keys(&tree, &mut found);
    assert!(found.is_sorted());
    format!("{} keys, height {}, last {:?}", found.len(), height(&tree), found.last())
}
