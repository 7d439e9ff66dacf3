//! Whether a product is right, by Freivalds' test: for a random vector `x`, `C x` must be `A (B x)`, which costs far
//! less than the product. Several vectors go at once; a wrong product of integers passes at most once in 65,536 times.
//!
//! Floats are compared within what rounding may do at the very worst, row by row. So errors in single numbers that are
//! smaller than that in their whole row are not seen.

use super::super::world::{Ref, RefMut, Vec, node, thread};
use super::{Layout, Matrix, Value};
use crate::Check;
use crate::element::LANES;
use crate::random::at;

/// Tests whether `c` is the product of `a` and `b`, with vectors that `seed` names.
///
/// # Panics
/// Where `c` does not have as many rows and columns as their product.
#[must_use]
pub fn check<T: Value>(a: &Matrix<T>, b: &Matrix<T>, c: &Matrix<T>, seed: u64) -> Check {
    let (inner, cols) = (a.layout().cols, b.layout().cols);
    assert!((c.layout().rows, c.layout().cols) == (a.layout().rows, cols), "the product's size");
    let place = |place: usize| T::random_factor(at(seed, (place / LANES) as u64), place % LANES);
    let x: Vec<T::Sum> = (0..cols * LANES).map(place).collect();
    let got = times(c, &x);
    let want = times(a, &times(b, &x));
    let rows = got.chunks(LANES).zip(want.chunks(LANES));
    rows.map(|(got, want)| T::judge(got, want, inner, cols)).collect()
}

/// A matrix times the vectors in the lanes of `x`. Each node multiplies its own tiles.
fn times<T: Value>(matrix: &Matrix<T>, x: &Vec<T::Sum>) -> Vec<T::Sum> {
    let layout = matrix.layout();
    let mut sums: Vec<Vec<T::Sum>> = node::all().map(|_| Vec::new()).collect();
    thread::scope(|s| {
        for (node, sums) in node::all().zip(sums.iter_mut()) {
            let factors = (Ref::new(&matrix.tiles), Ref::new(x));
            s.spawn_on(node, (layout, node.index(), factors, RefMut::new(sums)), own_rows::<T>);
        }
    });
    let mut total: Vec<T::Sum> = zeros::<T>(layout.rows);
    for sums in &sums {
        for (total, more) in total.iter_mut().zip(sums.iter()) {
            *total = T::add_sums(*total, *more);
        }
    }
    total
}

fn zeros<T: Value>(rows: usize) -> Vec<T::Sum> {
    std::iter::repeat_n(T::Sum::default(), rows * LANES).collect()
}

/// A list of tiles, and the vectors.
type Factors<'a, T> = (Ref<'a, [Vec<T>]>, Ref<'a, [<T as crate::Element>::Sum]>);
/// A layout, a node, what it multiplies, and where the sums go.
type Task<'a, T, S> = (Layout, usize, Factors<'a, T>, RefMut<'a, S>);

/// What this node's tiles add to the rows, as sums of all rows.
fn own_rows<T: Value>((layout, node, (tiles, x), mut out): Task<'_, T, Vec<T::Sum>>) {
    let mut sums = zeros::<T>(layout.rows);
    let (tiles, x) = (&*tiles, &*x);
    thread::scope(|s| {
        for (row, sums) in sums.chunks_mut(layout.tile * LANES).enumerate() {
            if layout.cols_of(node).next().is_some() && layout.rows_of(node).any(|own| own == row) {
                let factors = (Ref::of(tiles), Ref::of(x));
                s.spawn_on(node::current(), ((layout, node, factors, RefMut::new(sums)), row), row_of_tiles::<T>);
            }
        }
    });
    *out = sums;
}

/// What this node's tiles in one row of tiles add to its rows.
fn row_of_tiles<T: Value>(((layout, node, (tiles, x), mut sums), row): (Task<'_, T, [T::Sum]>, usize)) {
    for col in layout.cols_of(node) {
        let tile: &[T] = &tiles[layout.index(row, col)];
        let x = &x[col * layout.tile * LANES..];
        for (sums, numbers) in sums.chunks_mut(LANES).zip(tile.chunks(layout.width(col))) {
            for (number, x) in numbers.iter().zip(x.chunks(LANES)) {
                number.add_to_lanes(sums, x);
            }
        }
    }
}
