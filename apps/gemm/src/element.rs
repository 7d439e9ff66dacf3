//! The numbers that matrices are made of.

use crate::error::{Error, Result};
use crate::kernel::{self, Size};
use crate::verdict::Verdict;
use std::fmt;
use std::str::FromStr;

/// The type of a matrix's numbers, under NumPy's names.
///
/// ```
/// use drust_gemm::Dtype;
/// let dtype: Dtype = "f32".parse()?;
/// assert_eq!((dtype, dtype.to_string(), dtype.bytes()), (Dtype::F32, "float32".to_owned(), 4));
/// # Ok::<(), drust_gemm::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dtype {
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `i32`, whose sums and products wrap.
    I32,
}

impl Dtype {
    /// Bytes of a number.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Dtype::F32 | Dtype::I32 => 4,
            Dtype::F64 => 8,
        }
    }

    /// The type that a header of NumPy's names without its order of bytes, as `f8`.
    pub(crate) fn of_code(code: &str) -> Option<Dtype> {
        match code {
            "f4" => Some(Dtype::F32),
            "f8" => Some(Dtype::F64),
            "i4" => Some(Dtype::I32),
            _ => None,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dtype::F32 => "float32",
            Dtype::F64 => "float64",
            Dtype::I32 => "int32",
        })
    }
}

impl FromStr for Dtype {
    type Err = Error;

    /// # Errors
    /// It is none of the names.
    fn from_str(name: &str) -> Result<Dtype> {
        match name {
            "f32" | "float32" => Ok(Dtype::F32),
            "f64" | "float64" => Ok(Dtype::F64),
            "i32" | "int32" => Ok(Dtype::I32),
            _ => Err(Error::new(format!("{name} is none of f32, f64 and i32"))),
        }
    }
}

/// Vectors that a product is checked with at once. The last is one of absolute values, for floats: it says how much the
/// product may be off.
pub const LANES: usize = 16;

/// A number that matrices are made of.
///
/// ```
/// use drust_gemm::Element;
/// use drust_gemm::kernel::Size;
/// let mut sum = [1.0_f32];
/// f32::add_product(&mut sum, &[2.0, 3.0], &[4.0, 5.0], Size { rows: 1, inner: 2, cols: 1 });
/// assert_eq!(sum, [24.0]);
/// ```
pub trait Element: Copy + Default + PartialEq + Send + Sync + fmt::Debug + npyz::AutoSerialize + 'static {
    /// The type's name.
    const DTYPE: Dtype;

    /// What sums are checked in: `f64` for floats, `i32` for integers.
    type Sum: Copy + Default + Send + Sync + 'static;

    /// Adds the product of `a` and `b`, tiles by rows, to `sum`, on this thread.
    ///
    /// # Panics
    /// Where a slice has another length than its tile.
    fn add_product(sum: &mut [Self], a: &[Self], b: &[Self], size: Size);

    /// A number of random bits: floats from -1 to 1, integers of all sizes.
    fn random(bits: u64) -> Self;

    /// The number that a file has in these bytes, as many as the type has.
    fn from_bytes(bytes: &[u8], big_endian: bool) -> Self;

    /// Appends the number's bytes, the lowest first.
    fn put_bytes(self, bytes: &mut Vec<u8>);

    /// What one lane of the vectors has in one place: 1 or -1 for floats, any number for integers.
    fn random_factor(bits: u64, lane: usize) -> Self::Sum;

    /// The number as what sums are checked in.
    fn widened(self) -> Self::Sum;

    /// Adds this number times each lane of a vector; its absolute value to the last lane of floats.
    fn add_to_lanes(self, sums: &mut [Self::Sum], factors: &[Self::Sum]);

    /// `a + b`, as sums are.
    fn add_sums(a: Self::Sum, b: Self::Sum) -> Self::Sum;

    /// Whether two numbers of products of as many random factors as `inner` can differ by rounding alone.
    fn is_like(self, other: Self, inner: usize) -> bool;

    /// Whether the sums in the lanes of a row of the product (`got`) are those that its factors give (`want`).
    fn judge(got: &[Self::Sum], want: &[Self::Sum], inner: usize, cols: usize) -> Verdict;
}

/// What all three types do alike.
macro_rules! alike {
    ($type:ident, $dtype:expr) => {
        const DTYPE: Dtype = $dtype;

        fn from_bytes(bytes: &[u8], big_endian: bool) -> $type {
            let bytes = bytes.try_into().expect("as many bytes as the type has");
            if big_endian { $type::from_be_bytes(bytes) } else { $type::from_le_bytes(bytes) }
        }

        fn put_bytes(self, bytes: &mut Vec<u8>) {
            bytes.extend_from_slice(&self.to_le_bytes());
        }
    };
}

macro_rules! float {
    ($type:ident, $dtype:expr) => {
        impl Element for $type {
            alike!($type, $dtype);

            type Sum = f64;

            fn add_product(sum: &mut [$type], a: &[$type], b: &[$type], size: Size) {
                kernel::float(sum, a, b, size, 1.0);
            }

            fn random(bits: u64) -> $type {
                // 52 bits, an even number of steps on both sides of 0.
                ((bits >> 12) as f64 / (1_u64 << 51) as f64 - 1.0) as $type
            }

            fn random_factor(bits: u64, lane: usize) -> f64 {
                if lane + 1 == LANES || bits >> lane & 1 == 1 { 1.0 } else { -1.0 }
            }

            fn widened(self) -> f64 {
                f64::from(self)
            }

            #[inline]
            fn add_to_lanes(self, sums: &mut [f64], factors: &[f64]) {
                let number = f64::from(self);
                for (sum, factor) in sums[..LANES - 1].iter_mut().zip(&factors[..LANES - 1]) {
                    *sum += number * factor;
                }
                sums[LANES - 1] += number.abs() * factors[LANES - 1];
            }

            fn add_sums(a: f64, b: f64) -> f64 {
                a + b
            }

            fn is_like(self, other: $type, inner: usize) -> bool {
                let inner = inner as $type;
                (self - other).abs() <= 4.0 * (inner + 8.0) * inner * $type::EPSILON
            }

            fn judge(got: &[f64], want: &[f64], inner: usize, cols: usize) -> Verdict {
                let limits = [$type::EPSILON, $type::MIN_POSITIVE, $type::MAX];
                judge_floats(got, want, (inner, cols), limits.map(f64::from))
            }
        }
    };
}

float!(f32, Dtype::F32);
float!(f64, Dtype::F64);

/// The last lane of what is wanted is the sum over the row of `|a| |b|`: the most that the product's row can be, and
/// with the type's precision and the number of sums, how far rounding may have moved it.
fn judge_floats(got: &[f64], want: &[f64], (inner, cols): (usize, usize), limits: [f64; 3]) -> Verdict {
    let [precision, least, most] = limits;
    let (inner, cols, bound) = (inner as f64, cols as f64, want[LANES - 1]);
    // The sums for the check are rounded too, as `f64`.
    let part = (inner + 8.0) * precision + 2.0 * (inner + cols + 8.0) * f64::EPSILON;
    let allowed = part * bound + inner * cols * least;
    let mut worst: f64 = 0.0;
    for (got, want) in got[..LANES - 1].iter().zip(want) {
        let off = (got - want).abs();
        if !off.is_finite() || !bound.is_finite() {
            return if bound < most / 2.0 { Verdict::Wrong } else { Verdict::Unknown };
        }
        if off > allowed {
            return Verdict::Wrong;
        }
        worst = worst.max(if allowed > 0.0 { off / allowed } else { 0.0 });
    }
    Verdict::Right(worst)
}

impl Element for i32 {
    alike!(i32, Dtype::I32);

    type Sum = i32;

    fn add_product(sum: &mut [i32], a: &[i32], b: &[i32], size: Size) {
        kernel::int(sum, a, b, size);
    }

    fn random(bits: u64) -> i32 {
        (bits >> 32) as i32
    }

    fn random_factor(bits: u64, lane: usize) -> i32 {
        (crate::random::at(bits, lane as u64) >> 32) as i32
    }

    fn widened(self) -> i32 {
        self
    }

    #[inline]
    fn add_to_lanes(self, sums: &mut [i32], factors: &[i32]) {
        for (sum, factor) in sums[..LANES].iter_mut().zip(&factors[..LANES]) {
            *sum = sum.wrapping_add(self.wrapping_mul(*factor));
        }
    }

    fn add_sums(a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    fn is_like(self, other: i32, _: usize) -> bool {
        self == other
    }

    fn judge(got: &[i32], want: &[i32], _: usize, _: usize) -> Verdict {
        if got == want { Verdict::Right(0.0) } else { Verdict::Wrong }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::at;

    #[test]
    fn bytes_are_read_in_both_orders() {
        let mut bytes = Vec::new();
        (-5_i32).put_bytes(&mut bytes);
        (0.75_f64).put_bytes(&mut bytes);
        assert_eq!((i32::from_bytes(&bytes[..4], false), f64::from_bytes(&bytes[4..], false)), (-5, 0.75));
        bytes[..4].reverse();
        assert_eq!(i32::from_bytes(&bytes[..4], true), -5);
    }

    #[test]
    fn random_floats_fill_the_range() {
        let numbers: Vec<f64> = (0..1000).map(|place| f64::random(at(1, place))).collect();
        assert!(numbers.iter().all(|number| (-1.0..1.0).contains(number)));
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!(mean.abs() < 0.1 && numbers.iter().any(|number| *number > 0.99), "{mean}");
    }

    fn lanes(value: f64, bound: f64) -> [f64; LANES] {
        let mut lanes = [value; LANES];
        lanes[LANES - 1] = bound;
        lanes
    }

    #[test]
    fn a_row_may_be_off_by_rounding_alone() {
        let judge = |got: f64, want: f64, bound: f64| f32::judge(&lanes(got, bound), &lanes(want, bound), 100, 100);
        assert!(matches!(judge(10.0, 10.0, 100.0), Verdict::Right(off) if off == 0.0));
        assert!(matches!(judge(10.0, 10.0 + 1e-4, 100.0), Verdict::Right(_)));
        assert_eq!(judge(10.0, 10.1, 100.0), Verdict::Wrong);
        assert_eq!(judge(f64::NAN, 10.0, 100.0), Verdict::Wrong, "no factor is so large");
        assert_eq!(judge(f64::INFINITY, 1e38, 1e39), Verdict::Unknown);
        assert_eq!(judge(f64::NAN, f64::NAN, f64::NAN), Verdict::Unknown);
    }

    #[test]
    fn integers_are_right_or_wrong() {
        assert_eq!(i32::judge(&[1; LANES], &[1; LANES], 1, 1), Verdict::Right(0.0));
        let mut other = [1; LANES];
        other[LANES - 1] = 2;
        assert_eq!(i32::judge(&[1; LANES], &other, 1, 1), Verdict::Wrong);
    }
}
