//! What both twins are asked to do.

/// Called with a product, to compute it once; so its caller can measure it.
pub type Around<'a> = &'a mut dyn FnMut(&mut dyn FnMut());

/// How to multiply generated matrices.
///
/// ```
/// use drust_gemm::Job;
/// use drust_gemm::twin::program::multiply_generated;
/// let job = Job { sizes: [30, 20, 10], tile: Some(8), rounds: 2, seed: 1 };
/// let (checks, numbers) = multiply_generated::<i32>(job, &mut |product| product());
/// assert_eq!((checks.len(), numbers.len()), (2, 300));
/// assert!(checks.iter().all(|check| check.holds()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Job {
    /// Rows of the first factor, its columns, and columns of the second.
    pub sizes: [usize; 3],
    /// Rows and columns of a tile, where that is asked for.
    pub tile: Option<usize>,
    /// Times to multiply, and to check.
    pub rounds: usize,
    /// Which numbers.
    pub seed: u64,
}
