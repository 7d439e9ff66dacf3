//! Products of all shapes on one node: of both twins, and as three nested loops have them.

use drust_gemm::cluster::program as cluster;
use drust_gemm::cluster::program::Product;
use drust_gemm::random::at;
use drust_gemm::twin::program as twin;
use drust_gemm::{Element, Job};
use proptest::prelude::*;

/// Three nested loops.
fn naive<T: Element>(a: &[T], b: &[T], [rows, inner, cols]: [usize; 3], add: impl Fn(T, T, T) -> T) -> Vec<T> {
    let number = |row: usize, col: usize| {
        (0..inner).fold(T::default(), |sum, k| add(sum, a[row * inner + k], b[k * cols + col]))
    };
    (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))).map(|(row, col)| number(row, col)).collect()
}

/// The numbers of a generated matrix.
fn generated<T: Element>(seed: u64, count: usize) -> Vec<T> {
    (0..count as u64).map(|place| T::random(at(seed, place))).collect()
}

fn check<T: cluster::Value + twin::Value>(sizes: [usize; 3], tile: usize, add: impl Fn(T, T, T) -> T) {
    let [rows, inner, cols] = sizes;
    let want = naive(&generated::<T>(5, rows * inner), &generated::<T>(at(5, 1), inner * cols), sizes, add);
    let job = Job { sizes, tile: Some(tile), rounds: 1, seed: 5 };
    let ours = cluster::multiply_generated::<T>(job, &mut |product| product());
    let twins = twin::multiply_generated::<T>(job, &mut |product| product());
    for (checks, numbers) in [ours, twins] {
        assert!(checks.len() == 1 && checks[0].holds(), "{checks:?}");
        assert_eq!(numbers.len(), want.len());
        assert!(numbers.iter().zip(&want).all(|(number, want)| number.is_like(*want, inner)), "{sizes:?}, {tile}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_shape(rows in 0_usize..60, inner in 0_usize..60, cols in 0_usize..60, tile in 1_usize..40) {
        let sizes = [rows, inner, cols];
        check::<i32>(sizes, tile, |sum, a, b| sum.wrapping_add(a.wrapping_mul(b)));
        check::<f64>(sizes, tile, |sum, a, b| sum + a * b);
        check::<f32>(sizes, tile, |sum, a, b| sum + a * b);
    }
}

#[test]
fn of_vectors_and_of_nothing() {
    for sizes in [[1, 300, 1], [300, 1, 300], [1, 1, 1], [0, 0, 0], [0, 5, 3], [3, 0, 5], [3, 5, 0]] {
        check::<i32>(sizes, 64, |sum, a, b| sum.wrapping_add(a.wrapping_mul(b)));
        check::<f64>(sizes, 64, |sum, a, b| sum + a * b);
    }
}

/// A product with one number that another matrix has in its place: the test must see it.
fn spoilt<T: cluster::Value>() -> (drust_gemm::Check, drust_gemm::Check) {
    let product = Product::plan(70, 50, 30, Some(16), 1);
    let (a, b) = (cluster::generate::<T>(product.a(), 1), cluster::generate::<T>(product.b(), 2));
    let c = cluster::multiply(&a, &b);
    let other = cluster::multiply(&cluster::generate::<T>(product.a(), 3), &b);
    (cluster::check(&a, &b, &c, 9), cluster::check(&a, &b, &other, 9))
}

#[test]
fn a_wrong_product_is_found() {
    for (right, wrong) in [spoilt::<f32>(), spoilt::<f64>(), spoilt::<i32>()] {
        assert!(right.holds() && right.rows == 70 && right.unknown == 0, "{right:?}");
        assert_eq!((wrong.wrong, wrong.unknown), (70, 0));
    }
}

#[test]
#[should_panic(expected = "the factors are laid out for one product")]
fn factors_that_do_not_fit_are_refused() {
    let layout = Product::plan(4, 3, 5, Some(2), 1).a();
    let a = cluster::generate::<f32>(layout, 1);
    let _ = cluster::multiply(&a, &a);
}
