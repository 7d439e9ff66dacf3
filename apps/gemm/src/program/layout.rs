//! Where a matrix's tiles lie: block-cyclic in two dimensions, over a grid of nodes.

use super::super::world::Portable;

/// The nodes as a grid: the node of row `r` and column `c` is number `r * cols + c`.
///
/// ```
/// use drust_gemm::cluster::program::Grid;
/// let grid = Grid { rows: 2, cols: 3 };
/// assert_eq!((grid.place_of(4), grid.node_at(1, 1)), ((1, 1), 4));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Portable)]
pub struct Grid {
    /// Rows of nodes.
    pub rows: usize,
    /// Columns of nodes.
    pub cols: usize,
}

impl Grid {
    /// The row and the column of a node.
    #[must_use]
    pub fn place_of(self, node: usize) -> (usize, usize) {
        (node / self.cols, node % self.cols)
    }

    /// The node at a row and a column.
    #[must_use]
    pub fn node_at(self, row: usize, col: usize) -> usize {
        row * self.cols + col
    }
}

/// A matrix's size, its tiles' and the grid of nodes that they lie on. Tiles at the lower and right edge may be
/// smaller.
///
/// ```
/// use drust_gemm::cluster::program::{Grid, Layout};
/// let layout = Layout { rows: 5, cols: 7, tile: 3, grid: Grid { rows: 2, cols: 2 } };
/// assert_eq!((layout.tile_rows(), layout.tile_cols()), (2, 3));
/// assert_eq!((layout.height(1), layout.width(2)), (2, 1));
/// assert_eq!(layout.owner(1, 2), 2);
/// assert_eq!(layout.tiles_of(0).collect::<Vec<_>>(), [(0, 0), (0, 2)]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Portable)]
pub struct Layout {
    /// Rows of numbers.
    pub rows: usize,
    /// Columns of numbers.
    pub cols: usize,
    /// Rows and columns of a tile.
    pub tile: usize,
    /// The nodes.
    pub grid: Grid,
}

impl Layout {
    /// Rows of tiles.
    #[must_use]
    pub fn tile_rows(&self) -> usize {
        self.rows.div_ceil(self.tile)
    }

    /// Columns of tiles.
    #[must_use]
    pub fn tile_cols(&self) -> usize {
        self.cols.div_ceil(self.tile)
    }

    /// Tiles in all.
    #[must_use]
    pub fn tiles(&self) -> usize {
        self.tile_rows() * self.tile_cols()
    }

    /// Rows of the tiles of a row of tiles.
    #[must_use]
    pub fn height(&self, row: usize) -> usize {
        self.tile.min(self.rows - row * self.tile)
    }

    /// Columns of the tiles of a column of tiles.
    #[must_use]
    pub fn width(&self, col: usize) -> usize {
        self.tile.min(self.cols - col * self.tile)
    }

    /// The place of a tile in the list of all.
    #[must_use]
    pub fn index(&self, row: usize, col: usize) -> usize {
        row * self.tile_cols() + col
    }

    /// The node that a tile lies on.
    #[must_use]
    pub fn owner(&self, row: usize, col: usize) -> usize {
        self.grid.node_at(row % self.grid.rows, col % self.grid.cols)
    }

    /// The rows of tiles that a node has tiles of.
    pub fn rows_of(&self, node: usize) -> impl ExactSizeIterator<Item = usize> + Clone + use<> {
        (self.grid.place_of(node).0..self.tile_rows()).step_by(self.grid.rows)
    }

    /// The columns of tiles that a node has tiles of.
    pub fn cols_of(&self, node: usize) -> impl ExactSizeIterator<Item = usize> + Clone + use<> {
        (self.grid.place_of(node).1..self.tile_cols()).step_by(self.grid.cols)
    }

    /// Rows and columns of a node's tiles, in the order in which it keeps them.
    pub fn tiles_of(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let cols = self.cols_of(node);
        self.rows_of(node).flat_map(move |row| cols.clone().map(move |col| (row, col)))
    }
}
