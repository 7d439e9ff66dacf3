//! The product of two tiles, on one thread.

mod float;
mod int;

pub(crate) use float::add_product as float;
pub(crate) use int::add_product as int;

/// The sizes of a product: a tile of `rows` by `inner` numbers times one of `inner` by `cols`, all by rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Rows of the first and of the product.
    pub rows: usize,
    /// Columns of the first, rows of the second.
    pub inner: usize,
    /// Columns of the second and of the product.
    pub cols: usize,
}

impl Size {
    /// # Panics
    /// Where a slice has another length than its tile.
    fn check<T>(self, sum: &[T], a: &[T], b: &[T]) {
        let of = |rows: usize, cols: usize| rows.checked_mul(cols).expect("a tile that fits a memory");
        assert_eq!(sum.len(), of(self.rows, self.cols), "the product's numbers");
        assert_eq!(a.len(), of(self.rows, self.inner), "the first factor's numbers");
        assert_eq!(b.len(), of(self.inner, self.cols), "the second factor's numbers");
    }
}

#[cfg(test)]
mod tests {
    use super::Size;
    use crate::Element;
    use crate::random::at;
    use proptest::prelude::*;

    fn naive<T: Element>(a: &[T], b: &[T], size: Size, add: impl Fn(T, T, T) -> T) -> Vec<T> {
        let mut sums = vec![T::default(); size.rows * size.cols];
        for (row, sums) in sums.chunks_mut(size.cols.max(1)).enumerate() {
            for (col, sum) in sums.iter_mut().enumerate() {
                for k in 0..size.inner {
                    *sum = add(*sum, a[row * size.inner + k], b[k * size.cols + col]);
                }
            }
        }
        sums
    }

    fn numbers<T: Element>(seed: u64, count: usize) -> Vec<T> {
        (0..count as u64).map(|place| T::random(at(seed, place))).collect()
    }

    /// Adds a product to a matrix that is none yet and once more to itself.
    fn twice<T: Element>(size: Size) -> (Vec<T>, Vec<T>, Vec<T>) {
        let (a, b) = (numbers(1, size.rows * size.inner), numbers(2, size.inner * size.cols));
        let mut sum = vec![T::default(); size.rows * size.cols];
        T::add_product(&mut sum, &a, &b, size);
        T::add_product(&mut sum, &a, &b, size);
        (sum, a, b)
    }

    fn sizes() -> impl Strategy<Value = Size> {
        (0_usize..70, 0_usize..600, 0_usize..70).prop_map(|(rows, inner, cols)| Size { rows, inner, cols })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn integers_are_exact_and_wrap(size in sizes()) {
            let (sum, a, b) = twice::<i32>(size);
            let once = naive(&a, &b, size, |sum, a, b| sum.wrapping_add(a.wrapping_mul(b)));
            prop_assert!(sum.iter().zip(&once).all(|(sum, once)| *sum == once.wrapping_mul(2)));
        }

        #[test]
        fn doubles_are_close(size in sizes()) {
            let (sum, a, b) = twice::<f64>(size);
            let once = naive(&a, &b, size, |sum, a, b| sum + a * b);
            let bound = 4.0 * (size.inner as f64 + 1.0) * size.inner as f64 * f64::EPSILON;
            prop_assert!(sum.iter().zip(&once).all(|(sum, once)| (sum - 2.0 * once).abs() <= bound));
        }

        #[test]
        fn floats_are_close(size in sizes()) {
            let (sum, a, b) = twice::<f32>(size);
            let once = naive(&a, &b, size, |sum, a, b| sum + a * b);
            let bound = 4.0 * (size.inner as f32 + 1.0) * size.inner as f32 * f32::EPSILON;
            prop_assert!(sum.iter().zip(&once).all(|(sum, once)| (sum - 2.0 * once).abs() <= bound));
        }
    }

    #[test]
    #[should_panic(expected = "the second factor's numbers")]
    fn a_slice_of_another_length_is_refused() {
        f64::add_product(&mut [0.0], &[1.0, 2.0], &[1.0], Size { rows: 1, inner: 2, cols: 1 });
    }
}
