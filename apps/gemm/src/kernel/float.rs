//! Floats, by the crate `gemm`: packed panels and a micro-kernel for each set of instructions, chosen as it runs.

use super::Size;
use gemm::Parallelism;

/// Adds the product of `a` and `b` to `sum`; `one` is the type's 1.
///
/// # Panics
/// Where a slice has another length than its tile.
pub(crate) fn add_product<T: Copy + 'static>(sum: &mut [T], a: &[T], b: &[T], size: Size, one: T) {
    size.check(sum, a, b);
    let Size { rows, inner, cols } = size;
    if sum.is_empty() || inner == 0 {
        return;
    }
    // SAFETY: the slices have just the numbers that these sizes and strides reach, as was checked above: by rows, so
    // columns are 1 apart and rows as many as there are columns. A length of a slice is below `isize::MAX`. `sum` is
    // mutably borrowed, so it overlaps neither factor. The function knows `f32` and `f64`, and no others come here.
    unsafe {
        gemm::gemm(
            rows,
            cols,
            inner,
            sum.as_mut_ptr(),
            1,
            cols as isize,
            true,
            a.as_ptr(),
            1,
            inner as isize,
            b.as_ptr(),
            1,
            cols as isize,
            one,
            one,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
