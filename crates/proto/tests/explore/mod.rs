//! Goes through all worlds that one can become.

use std::collections::HashSet;
use std::hash::Hash;

/// A world that can go on in several ways.
pub trait World: Clone + Eq + Hash {
    /// What can come next, or what is wrong with it.
    fn next(&self) -> Result<Vec<Self>, String>;
    /// What is wrong where nothing comes next.
    fn over(&self) -> Result<(), String>;
}

/// Goes through all worlds; how many there are, or what is wrong in one.
pub fn explore<W: World>(first: W) -> Result<usize, String> {
    let mut known = HashSet::from([first.clone()]);
    let mut open = vec![first];
    while let Some(world) = open.pop() {
        let next = world.next()?;
        if next.is_empty() {
            world.over()?;
        }
        open.extend(next.into_iter().filter(|after| known.insert(after.clone())));
        assert!(known.len() < 1_000_000, "no end of worlds");
    }
    Ok(known.len())
}
