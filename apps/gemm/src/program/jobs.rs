//! Whole jobs: from files to a file, and on generated matrices.

use super::super::world::node;
use super::{Product, Value, check, generate, load, multiply, numbers, store};
use crate::job::{Around, Job};
use crate::npy::{Reader, Writer};
use crate::random::at;
use crate::{Check, Result};

/// Multiplies two files to a third; what the test of the product says, if it is wanted. A wrong product is not written.
///
/// # Errors
/// A file cannot be read or written.
///
/// # Panics
/// Where the files are of another type, or do not fit.
pub fn multiply_files<T: Value>(
    (a, b, c): (&mut Reader, &mut Reader, &mut Writer),
    tile: Option<usize>,
    checked: bool,
    around: Around<'_>,
) -> Result<Option<Check>> {
    let (rows, inner, cols) = (a.header().rows, a.header().cols, b.header().cols);
    let product = Product::plan(rows, inner, cols, tile, node::all().len());
    let (a, b) = (load::<T>(product.a(), a)?, load::<T>(product.b(), b)?);
    let mut multiplied = None;
    around(&mut || multiplied = Some(multiply(&a, &b)));
    let multiplied = multiplied.expect("the product was computed");
    let check = checked.then(|| check(&a, &b, &multiplied, at(rows as u64, cols as u64)));
    if check.is_none_or(|check| check.holds()) {
        store(&multiplied, c)?;
    }
    Ok(check)
}

/// Multiplies generated matrices: what the tests of the products say, and the numbers of the last.
pub fn multiply_generated<T: Value>(job: Job, around: Around<'_>) -> (Vec<Check>, Vec<T>) {
    let [rows, inner, cols] = job.sizes;
    let product = Product::plan(rows, inner, cols, job.tile, node::all().len());
    let (a, b) = (generate::<T>(product.a(), job.seed), generate::<T>(product.b(), at(job.seed, 1)));
    let mut multiplied = None;
    let mut checks = Vec::new();
    for round in 0..job.rounds {
        drop(multiplied.take());
        around(&mut || multiplied = Some(multiply(&a, &b)));
        checks.extend(multiplied.iter().map(|c| check(&a, &b, c, at(job.seed, 2 + round as u64))));
    }
    (checks, multiplied.as_ref().map(numbers).unwrap_or_default())
}
