//! The schedule of a product: who multiplies what, and how many bytes that fetches.
//!
//! Every node computes the tiles of the product that it owns, and keeps them where they are. It does so in steps, one
//! for each column of tiles of the first factor: it fetches the tiles of that column in its own rows, and of the
//! matching row of the second factor in its own columns, and adds their products to its tiles (the algorithm SUMMA).
//! So it fetches each tile that it needs once, and holds two steps of them: the one that it multiplies, and the next,
//! which is on its way.

use super::super::world::{Portable, Vec};
use super::{Grid, Layout, Value};

/// Tiles' sizes to choose from: the kernel is at its best from 256 on, and small tiles share out small matrices.
const TILES: [usize; 4] = [512, 256, 128, 64];

/// Tiles of the product that a node should have at least, so that none has much more than another.
const SHARE: usize = 4;

/// A product of two matrices of so many rows and columns, over so many nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Portable)]
pub struct Product {
    a: Layout,
    b: Layout,
}

impl Product {
    /// The product of `rows` by `inner` and `inner` by `cols` numbers, in tiles of the size that is asked for, or else
    /// of one that suits them.
    ///
    /// The grid of nodes is that which leaves no node much more to do than another, and of those the one that fetches
    /// least.
    ///
    /// # Panics
    /// Where there are no nodes, or tiles of no rows are asked for.
    ///
    /// ```
    /// use drust_gemm::cluster::program::{Grid, Product};
    /// let wide = Product::plan(512, 4096, 8192, None, 4);
    /// assert_eq!(wide.c().grid, Grid { rows: 1, cols: 4 }, "only the small first factor goes around");
    /// ```
    #[must_use]
    pub fn plan(rows: usize, inner: usize, cols: usize, tile: Option<usize>, nodes: usize) -> Product {
        assert!(nodes > 0 && tile != Some(0), "a product needs nodes and tiles");
        let tile = tile.unwrap_or_else(|| tile_for(rows, cols, nodes));
        let on =
            |grid| Product { a: Layout { rows, cols: inner, tile, grid }, b: Layout { rows: inner, cols, tile, grid } };
        let grids = (1..=nodes).filter(|rows| nodes.is_multiple_of(*rows));
        let plans = grids.map(|rows| on(Grid { rows, cols: nodes / rows }));
        plans.min_by_key(|plan| (plan.most_tiles(), plan.numbers_to_fetch())).expect("one row of nodes is a grid")
    }

    /// The first factor's layout.
    #[must_use]
    pub fn a(&self) -> Layout {
        self.a
    }

    /// The second factor's layout.
    #[must_use]
    pub fn b(&self) -> Layout {
        self.b
    }

    /// The product's layout.
    #[must_use]
    pub fn c(&self) -> Layout {
        Layout { cols: self.b.cols, ..self.a }
    }

    /// The product of matrices that are laid out so.
    ///
    /// # Panics
    /// Where they do not fit.
    pub(super) fn of(a: Layout, b: Layout) -> Product {
        assert!(a.cols == b.rows && a.tile == b.tile && a.grid == b.grid, "the factors are laid out for one product");
        Product { a, b }
    }

    /// Steps of the product: columns of tiles of the first factor.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.a.tile_cols()
    }

    /// The most tiles of the product that a node has.
    fn most_tiles(&self) -> usize {
        let (c, grid) = (self.c(), self.a.grid);
        c.tile_rows().div_ceil(grid.rows) * c.tile_cols().div_ceil(grid.cols)
    }

    /// Nodes that have tiles of the product.
    pub(super) fn busy(&self) -> impl Iterator<Item = usize> + use<> {
        let (c, grid) = (self.c(), self.a.grid);
        (0..grid.rows * grid.cols).filter(move |node| c.tiles_of(*node).next().is_some())
    }

    /// Numbers of both factors that all nodes together fetch: each, once for every node that needs it and has it not.
    ///
    /// Where all nodes have a share, the first factor goes to all other nodes of its row of the grid, and the second to
    /// all of its column:
    ///
    /// ```
    /// use drust_gemm::cluster::program::Product;
    /// let product = Product::plan(1000, 600, 800, Some(100), 4); // 2 by 2 nodes
    /// assert_eq!(product.numbers_to_fetch(), 1000 * 600 * (2 - 1) + 600 * 800 * (2 - 1));
    /// ```
    #[must_use]
    pub fn numbers_to_fetch(&self) -> usize {
        self.busy().map(|node| self.numbers_of(node)).sum()
    }

    fn numbers_of(&self, node: usize) -> usize {
        let (a, b, c) = (self.a, self.b, self.c());
        let heights: usize = c.rows_of(node).map(|row| c.height(row)).sum();
        let widths: usize = c.cols_of(node).map(|col| c.width(col)).sum();
        let own_cols: usize = a.cols_of(node).map(|col| a.width(col)).sum();
        let own_rows: usize = b.rows_of(node).map(|row| b.height(row)).sum();
        heights * (a.cols - own_cols) + widths * (b.rows - own_rows)
    }

    /// Bytes that all nodes together fetch for the product of matrices of `T` that node 0 asks for: the factors'
    /// numbers, and the lists of tiles, by which those are found.
    #[must_use]
    pub fn bytes_to_fetch<T: Value>(&self) -> usize {
        let away = self.busy().filter(|node| *node != 0);
        let lists: usize = away.map(|node| self.a.tiles() + self.b.tiles() + self.c().tiles_of(node).count()).sum();
        self.numbers_to_fetch() * size_of::<T>() + lists * size_of::<Vec<T>>()
    }
}

fn tile_for(rows: usize, cols: usize, nodes: usize) -> usize {
    let enough = |tile: &usize| rows.div_ceil(*tile).saturating_mul(cols.div_ceil(*tile)) >= SHARE * nodes;
    TILES.into_iter().find(enough).unwrap_or(TILES[TILES.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_has_one_owner() {
        for nodes in 1..=8 {
            let c = Product::plan(130, 50, 90, Some(16), nodes).c();
            let mut owners = vec![0; c.tiles()];
            for node in 0..nodes {
                for (row, col) in c.tiles_of(node) {
                    assert_eq!(c.owner(row, col), node);
                    owners[c.index(row, col)] += 1;
                }
            }
            assert!(owners.iter().all(|owners| *owners == 1), "{nodes} nodes");
        }
    }

    #[test]
    fn grids_are_as_square_as_the_matrices() {
        let grid = |rows, cols, nodes| Product::plan(rows, 4096, cols, Some(256), nodes).c().grid;
        assert_eq!(grid(4096, 4096, 4), Grid { rows: 2, cols: 2 });
        assert_eq!(grid(4096, 4096, 1), Grid { rows: 1, cols: 1 });
        assert_eq!(grid(65536, 512, 4), Grid { rows: 4, cols: 1 });
        assert_eq!(grid(256, 8192, 6), Grid { rows: 1, cols: 6 });
        assert_eq!(grid(4096, 4096, 7).rows * grid(4096, 4096, 7).cols, 7);
    }

    #[test]
    fn a_node_without_a_share_fetches_nothing() {
        let small = Product::plan(10, 1000, 10, Some(16), 4);
        assert_eq!(small.busy().collect::<std::vec::Vec<_>>(), [0]);
        // Of its 63 tiles in a row and 63 in a column, those in every second or fourth place are here.
        assert_eq!(small.c().grid, Grid { rows: 1, cols: 4 });
        assert_eq!(small.numbers_to_fetch(), 10 * (1000 - 16 * 16));
    }

    #[test]
    fn small_products_are_shared_out_and_large_ones_have_large_tiles() {
        assert_eq!(Product::plan(8192, 8192, 8192, None, 4).a().tile, 512);
        assert_eq!(Product::plan(1024, 1024, 1024, None, 4).a().tile, 256);
        assert_eq!(Product::plan(3, 3, 3, None, 4).a().tile, 64);
        assert_eq!(Product::plan(0, 3, 0, None, 2).c().tiles(), 0);
    }
}
