//! One world for all that differ only in the names of their stamps and in the order of what has none.

use crate::world::{Link, Post, World};
use drust_proto::{CopyKey, Stamp};

/// New names, in the order of the first use.
#[derive(Default)]
struct Names(Vec<u64>);

impl Names {
    fn known(&self, stamp: Stamp) -> Option<u64> {
        self.0.iter().position(|known| *known == stamp.word()).map(|at| at as u64 + 1)
    }

    fn rename(&mut self, stamp: &mut Stamp) {
        if *stamp == Stamp::RESERVED {
            return;
        }
        let name = self.known(*stamp).unwrap_or_else(|| {
            self.0.push(stamp.word());
            self.0.len() as u64
        });
        *stamp = Stamp::from_word(name).expect("names begin at 1");
    }

    fn links<'a>(&mut self, links: impl IntoIterator<Item = &'a mut Option<Link>>) {
        links.into_iter().flatten().for_each(|link| self.rename(&mut link.handle.stamp));
    }
}

impl World {
    /// Sorts what has no order, and renames the stamps.
    pub fn settle(&mut self) {
        let mut names = Names::default();
        for hold in self.tasks.iter_mut().flatten().flat_map(|task| task.holds.iter_mut().flatten()) {
            names.rename(&mut hold.link.handle.stamp);
            names.links(&mut hold.guest.kids);
        }
        self.slots.iter_mut().for_each(|cell| names.links(&mut cell.value.kids));
        self.posts.sort_unstable_by_key(order_of_post);
        for post in &mut self.posts {
            match post {
                Post::Ask { key, value, .. } | Post::Reply { key, value, .. } => {
                    names.rename(&mut key.stamp);
                    names.links(&mut value.kids);
                }
                Post::Moved { value, .. } => names.links(&mut value.kids),
                Post::Free { .. } | Post::Move { .. } => {}
            }
        }
        let order =
            |key: &CopyKey| (names.known(key.stamp).unwrap_or(u64::MAX), key.address, key.len, key.extent as u8);
        self.copies.sort_by_key(|filed| (filed.node, order(&filed.key), filed.value.tag == crate::world::Tag::Stale));
        for filed in &mut self.copies {
            names.rename(&mut filed.key.stamp);
            names.links(&mut filed.value.kids);
        }
        self.next = names.0.len() as u64 + 1;
    }
}

fn order_of_post(post: &Post) -> (u8, u8, u8, u64) {
    match *post {
        Post::Free { from, address, kind } => (0, from, kind as u8, address.word()),
        Post::Ask { task, node, key, .. } => (1, task, node, key.address.word()),
        Post::Reply { task, node, key, .. } => (2, task, node, key.address.word()),
        Post::Move { task, node, address, .. } => (3, task, node, address.word()),
        Post::Moved { task, node, from, .. } => (4, task, node, u64::from(from)),
    }
}
