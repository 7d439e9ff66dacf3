//! Matrices from NumPy's files and to them, a band of tiles at a time, so that no node ever holds a whole one.

use super::super::world::*;
use super::{Layout, Matrix, Value};
use crate::error::Result;
use crate::npy::{Order, Reader, Writer};

/// Reads a matrix, which this node spreads over all.
///
/// # Errors
/// The file ends early, or cannot be read.
///
/// # Panics
/// Where the layout is of another size than the file's matrix, or `T` another type than its numbers'.
pub fn load<T: Value>(layout: Layout, file: &mut Reader) -> Result<Matrix<T>> {
    let header = file.header();
    assert!((header.rows, header.cols) == (layout.rows, layout.cols), "the layout is the file's");
    let mut matrix = Matrix::empty(layout);
    match header.order {
        Order::ByRows => {
            for row in 0..layout.tile_rows() {
                let band = file.read::<T>(layout.height(row) * layout.cols)?;
                let tile = |col| (row, col, cut(&band, layout, col));
                matrix.put((0..layout.tile_cols()).map(tile));
            }
        }
        Order::ByColumns => {
            for col in 0..layout.tile_cols() {
                let band = file.read::<T>(layout.rows * layout.width(col))?;
                let tile = |row| (row, col, cut_across(&band, layout, row));
                matrix.put((0..layout.tile_rows()).map(tile));
            }
        }
    }
    Ok(matrix)
}

/// A tile out of a band of rows.
fn cut<T: Value>(band: &[T], layout: Layout, col: usize) -> Vec<T> {
    let first = col * layout.tile;
    let rows = band.chunks(layout.cols).map(|row| &row[first..first + layout.width(col)]);
    rows.flatten().copied().collect()
}

/// A tile out of a band of columns.
fn cut_across<T: Value>(band: &[T], layout: Layout, row: usize) -> Vec<T> {
    let rows = row * layout.tile..row * layout.tile + layout.height(row);
    rows.flat_map(|row| band.iter().skip(row).step_by(layout.rows).copied()).collect()
}

/// Writes a matrix, whose tiles this node fetches, by rows.
///
/// # Errors
/// The file cannot be written.
pub fn store<T: Value>(matrix: &Matrix<T>, file: &mut Writer) -> Result<()> {
    for_bands(matrix, |band| file.write(band))
}

/// All numbers of a matrix, by rows, in this node's own memory.
#[must_use]
pub fn numbers<T: Value>(matrix: &Matrix<T>) -> std::vec::Vec<T> {
    let mut numbers = std::vec::Vec::new();
    let all = for_bands(matrix, |band| {
        numbers.extend_from_slice(band);
        Ok(())
    });
    all.expect("taking numbers fails not");
    numbers
}

/// Fetches one row of tiles after the other, and gives each as rows of numbers.
fn for_bands<T: Value>(matrix: &Matrix<T>, mut take: impl FnMut(&[T]) -> Result<()>) -> Result<()> {
    let layout = matrix.layout();
    let mut band = std::vec::Vec::new();
    for row in 0..layout.tile_rows() {
        let asked = |col| matrix.tiles[layout.index(row, col)].ahead(..);
        let asked: std::vec::Vec<Fetch<'_, [T]>> = (0..layout.tile_cols()).map(asked).collect();
        let tiles: std::vec::Vec<_> = asked.into_iter().map(Fetch::into_run).collect();
        band.clear();
        for line in 0..layout.height(row) {
            for (col, tile) in tiles.iter().enumerate() {
                let width = layout.width(col);
                band.extend_from_slice(&tile[line * width..(line + 1) * width]);
            }
        }
        take(&band)?;
    }
    Ok(())
}
