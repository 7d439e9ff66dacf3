//! A tied tree below an untied root: read far away, changed far away, and taken apart.

use super::world::*;

#[derive(Portable)]
struct Branch {
    weight: u64,
    children: [Option<TBox<Branch>>; 3],
}

fn grow(depth: u64) -> Branch {
    let child = |_| (depth > 0).then(|| TBox::new(grow(depth - 1)));
    Branch { weight: depth * depth + 1, children: [0, 1, 2].map(child) }
}

fn weigh(branch: &Branch) -> u64 {
    branch.weight + branch.children.iter().flatten().map(|child| weigh(child)).sum::<u64>()
}

fn prune(branch: &mut Branch) {
    branch.weight += 1;
    branch.children[1] = None;
    for child in branch.children.iter_mut().flatten() {
        prune(child);
    }
}

pub fn run() -> String {
    let tree = thread::spawn_on(nth(1), (6,), |(depth,)| Box::new(grow(depth))).join().unwrap();
    let before = weigh(&tree);
    let tree = thread::spawn_on(nth(2), (tree,), |(mut tree,)| {
        prune(&mut tree);
        tree
    })
    .join()
    .unwrap();
    let after = weigh(&tree);
    let mut root = Box::into_inner(tree);
    let twig = root.children[0].take().expect("a child");
    let twig = thread::spawn_on(nth(3), (twig,), |(twig,)| (weigh(&twig), twig)).join().unwrap();
    root.children[2] = Some(twig.1);
    format!("{before} {after} {} {}", twig.0, weigh(&root))
}
