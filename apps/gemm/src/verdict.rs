//! What the test of a product says.

/// What the test says of a row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Verdict {
    /// It is right, and off by such a part of what it may be.
    Right(f64),
    /// It is wrong.
    Wrong,
    /// It has infinities, or what is no number, or such may come of its size.
    Unknown,
}

/// What the test says of a product.
///
/// ```
/// use drust_gemm::{Check, Verdict};
/// let check: Check = [Verdict::Right(0.1), Verdict::Unknown, Verdict::Right(0.2)].into_iter().collect();
/// assert_eq!(check, Check { rows: 3, wrong: 0, unknown: 1, worst: 0.2 });
/// assert!(check.holds());
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Check {
    /// Rows that were looked at.
    pub rows: usize,
    /// Of these, rows that are wrong.
    pub wrong: usize,
    /// Of these, rows of which nothing can be said.
    pub unknown: usize,
    /// The largest part of what a row may be off that one is off; 0 for integers.
    pub worst: f64,
}

impl Check {
    /// Whether no row is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.wrong == 0
    }
}

impl FromIterator<Verdict> for Check {
    fn from_iter<I: IntoIterator<Item = Verdict>>(rows: I) -> Check {
        let mut check = Check::default();
        for row in rows {
            check.rows += 1;
            match row {
                Verdict::Right(worst) => check.worst = check.worst.max(worst),
                Verdict::Wrong => check.wrong += 1,
                Verdict::Unknown => check.unknown += 1,
            }
        }
        check
    }
}
