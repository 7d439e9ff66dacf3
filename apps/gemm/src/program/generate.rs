//! Matrices of pseudo-random numbers, which each node makes for itself.

use super::super::world::{RefMut, Vec, node, thread};
use super::matrix::lists;
use super::{Layout, Matrix, Value};
use crate::random::at;

/// A matrix of pseudo-random numbers: the same for the same seed, however it is laid out.
///
/// ```
/// use drust_gemm::cluster::program::{Product, generate};
/// let layout = Product::plan(100, 80, 60, None, drust::node::count()).a();
/// assert_eq!(generate::<f32>(layout, 7).layout().rows, 100);
/// ```
#[must_use]
pub fn generate<T: Value>(layout: Layout, seed: u64) -> Matrix<T> {
    let mut lists = lists();
    thread::scope(|s| {
        for (node, list) in node::all().zip(lists.iter_mut()) {
            s.spawn_on(node, (layout, node.index(), seed, RefMut::new(list)), own_tiles::<T>);
        }
    });
    Matrix::of_lists(layout, lists)
}

fn own_tiles<T: Value>((layout, node, seed, mut out): (Layout, usize, u64, RefMut<'_, Vec<Vec<T>>>)) {
    *out = layout.tiles_of(node).map(|(row, col)| tile(layout, row, col, seed)).collect();
}

fn tile<T: Value>(layout: Layout, row: usize, col: usize, seed: u64) -> Vec<T> {
    let (height, width) = (layout.height(row), layout.width(col));
    let mut tile = Vec::with_capacity(height * width);
    for row in (row * layout.tile..).take(height) {
        let first = row * layout.cols + col * layout.tile;
        tile.extend((first..first + width).map(|place| T::random(at(seed, place as u64))));
    }
    tile
}
