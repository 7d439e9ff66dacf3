//! The product, by the schedule of [`Product`].

use super::super::world::*;
use super::matrix::lists;
use super::{Matrix, Product, Value};
use crate::kernel::Size;

/// Pieces of a step for each worker, at least: so that none has long to wait for the last.
const PIECES: usize = 4;

/// Rows of a piece are a multiple of this, since kernels take so many at once.
const ROWS: usize = 16;

/// The product of two matrices that were laid out for it.
///
/// All nodes take part; each computes and keeps its own tiles. They fetch as many bytes as [`Product::bytes_to_fetch`]
/// says, over `shm` in place, without a copy.
///
/// # Panics
/// Where the factors were not laid out for one product.
#[must_use]
pub fn multiply<T: Value>(a: &Matrix<T>, b: &Matrix<T>) -> Matrix<T> {
    let product = Product::of(a.layout(), b.layout());
    let mut lists = lists();
    thread::scope(|s| {
        for (node, list) in node::all().zip(lists.iter_mut()) {
            if product.c().tiles_of(node.index()).next().is_some() {
                let factors = (Ref::new(&a.tiles), Ref::new(&b.tiles));
                s.spawn_on(node, (product, node.index(), factors, RefMut::new(list)), own_tiles::<T>);
            }
        }
    });
    Matrix::of_lists(product.c(), lists)
}

/// The lists of the factors' tiles.
type Factors<'a, T> = (Ref<'a, [Vec<T>]>, Ref<'a, [Vec<T>]>);

/// Computes the tiles that this node owns.
fn own_tiles<T: Value>((product, node, factors, mut out): (Product, usize, Factors<'_, T>, RefMut<'_, Vec<Vec<T>>>)) {
    let c = product.c();
    let zeros = |(row, col)| std::iter::repeat_n(T::default(), c.height(row) * c.width(col)).collect::<Vec<T>>();
    let mut tiles: Vec<Vec<T>> = c.tiles_of(node).map(zeros).collect();
    let panels = Panels { a: &factors.0, b: &factors.1, product, node };
    let mut coming = (product.steps() > 0).then(|| panels.ask(0));
    for step in 0..product.steps() {
        let panel = coming.take().map(Asked::arrived);
        coming = (step + 1 < product.steps()).then(|| panels.ask(step + 1));
        add_products(&panel.expect("a step is asked for before it"), &mut tiles, panels.inner(step));
    }
    *out = tiles;
}

/// The parts of both factors that a node needs, step by step.
struct Panels<'a, T: Value> {
    a: &'a [Vec<T>],
    b: &'a [Vec<T>],
    product: Product,
    node: usize,
}

impl<'a, T: Value> Panels<'a, T> {
    /// Begins to fetch what a step needs.
    fn ask(&self, step: usize) -> Asked<'a, T> {
        let (a, b, c) = (self.product.a(), self.product.b(), self.product.c());
        let ahead = |tile: &'a Vec<T>| tile.ahead(..);
        Asked {
            a: c.rows_of(self.node).map(|row| ahead(&self.a[a.index(row, step)])).collect(),
            b: c.cols_of(self.node).map(|col| ahead(&self.b[b.index(step, col)])).collect(),
        }
    }

    /// Columns of the first factor in a step.
    fn inner(&self, step: usize) -> usize {
        self.product.a().width(step)
    }
}

/// What a step needs, on its way.
struct Asked<'a, T: Value> {
    a: std::vec::Vec<Fetch<'a, [T]>>,
    b: std::vec::Vec<Fetch<'a, [T]>>,
}

/// What a step needs: a tile of the first factor for each row of this node's tiles, one of the second for each column.
struct Panel<'a, T: Value> {
    a: std::vec::Vec<Run<'a, T>>,
    b: std::vec::Vec<Run<'a, T>>,
}

impl<'a, T: Value> Asked<'a, T> {
    fn arrived(self) -> Panel<'a, T> {
        let all = |asked: std::vec::Vec<Fetch<'a, [T]>>| asked.into_iter().map(Fetch::into_run).collect();
        Panel { a: all(self.a), b: all(self.b) }
    }
}

/// Adds a step's products to this node's tiles, in pieces that its workers share.
fn add_products<T: Value>(panel: &Panel<'_, T>, tiles: &mut [Vec<T>], inner: usize) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let parts = (PIECES * workers).div_ceil(tiles.len());
    thread::scope(|s| {
        for (place, tile) in tiles.iter_mut().enumerate() {
            let (a, b): (&[T], &[T]) = (&panel.a[place / panel.b.len()], &panel.b[place % panel.b.len()]);
            let (rows, cols) = (a.len() / inner, b.len() / inner);
            let rows = if workers == 1 { rows } else { rows.div_ceil(parts).next_multiple_of(ROWS) };
            for (part, a) in tile.chunks_mut(rows * cols).zip(a.chunks(rows * inner)) {
                let size = (a.len() / inner, inner, cols);
                s.spawn_on(node::current(), (RefMut::new(part), Ref::of(a), Ref::of(b), size), add_product::<T>);
            }
        }
    });
}

/// A piece: rows of a tile of the product, what they are multiplied from, and the sizes.
type Piece<'a, T> = (RefMut<'a, [T]>, Ref<'a, [T]>, Ref<'a, [T]>, (usize, usize, usize));

fn add_product<T: Value>((mut sum, a, b, (rows, inner, cols)): Piece<'_, T>) {
    T::add_product(&mut sum, &a, &b, Size { rows, inner, cols });
}
