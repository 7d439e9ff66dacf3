//! A matrix as a list of tiles, each by rows, in the memory of the node that owns it.

use super::super::world::{Portable, RefMut, Vec, node, thread};
use super::{Layout, Value};

/// A matrix; see [`Layout`] for where its tiles lie.
#[derive(Portable)]
pub struct Matrix<T: Value> {
    layout: Layout,
    /// By rows of tiles.
    pub(super) tiles: Vec<Vec<T>>,
}

impl<T: Value> Matrix<T> {
    /// Where its tiles lie, and how large it is.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// A matrix without tiles yet.
    pub(super) fn empty(layout: Layout) -> Matrix<T> {
        Matrix { layout, tiles: (0..layout.tiles()).map(|_| Vec::new()).collect() }
    }

    /// A matrix of the lists that the nodes have made of their own tiles.
    ///
    /// # Panics
    /// Where a list has more or fewer tiles than its node should have.
    pub(super) fn of_lists(layout: Layout, lists: Vec<Vec<Vec<T>>>) -> Matrix<T> {
        let mut matrix = Matrix::empty(layout);
        for (node, list) in lists.into_iter().enumerate() {
            assert_eq!(list.len(), layout.tiles_of(node).count(), "tiles of node {node}");
            for ((row, col), tile) in layout.tiles_of(node).zip(list) {
                matrix.tiles[layout.index(row, col)] = tile;
            }
        }
        matrix
    }

    /// Puts tiles that this node has made where they are to lie, all nodes at once.
    pub(super) fn put(&mut self, tiles: impl Iterator<Item = (usize, usize, Vec<T>)>) {
        let mut lists = lists::<T>();
        let mut places = lists.iter().map(|_| Vec::new()).collect::<Vec<Vec<usize>>>();
        for (row, col, tile) in tiles {
            let owner = self.layout.owner(row, col);
            lists[owner].push(tile);
            places[owner].push(self.layout.index(row, col));
        }
        thread::scope(|s| {
            for (node, list) in node::all().zip(lists.iter_mut()).filter(|(_, list)| !list.is_empty()) {
                s.spawn_on(node, (RefMut::new(list),), move_here::<T>);
            }
        });
        for (list, places) in lists.into_iter().zip(places) {
            for (tile, place) in list.into_iter().zip(places) {
                self.tiles[place] = tile;
            }
        }
    }
}

impl<T: Value> std::fmt::Debug for Matrix<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matrix").field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// A list of tiles for each node, none of which has any yet.
pub(super) fn lists<T: Value>() -> Vec<Vec<Vec<T>>> {
    node::all().map(|_| Vec::new()).collect()
}

/// What is to be written moves to who writes it.
fn move_here<T: Value>((mut tiles,): (RefMut<'_, Vec<Vec<T>>>,)) {
    for tile in tiles.iter_mut() {
        let _ = tile.as_mut_slice();
    }
}
