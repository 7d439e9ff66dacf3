//! The pseudo-random numbers of RandomAccess: the powers of x, as polynomials over two elements, modulo one of degree
//! 64.

/// What x^64 is.
const POLYNOMIAL: u64 = 7;

/// The numbers from a place on.
pub struct Stream(u64);

/// `a` times x.
fn doubled(a: u64) -> u64 {
    (a << 1) ^ if a >> 63 == 1 { POLYNOMIAL } else { 0 }
}

/// The product of two polynomials.
fn product(a: u64, b: u64) -> u64 {
    (0..64).rev().fold(0, |sum, bit| doubled(sum) ^ if b >> bit & 1 == 1 { a } else { 0 })
}

impl Stream {
    /// The numbers that follow the first `place`: x^place is where they begin, found by squaring.
    pub fn at(place: u64) -> Stream {
        let squared = |power| product(power, power);
        let begin = (0..64).rev().fold(
            1,
            |power, bit| {
                if place >> bit & 1 == 1 { doubled(squared(power)) } else { squared(power) }
            },
        );
        Stream(begin)
    }
}

impl Iterator for Stream {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 = doubled(self.0);
        Some(self.0)
    }
}
