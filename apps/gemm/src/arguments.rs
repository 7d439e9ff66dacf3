//! The command line.

use clap::{Args, Parser, Subcommand};
use drust_gemm::{Dtype, Error};
use std::num::{NonZero, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;

/// Multiplies dense matrices of float32, float64 or int32 whose tiles lie in the memory of all nodes.
#[derive(Parser, Debug)]
#[command(name = "gemm", version)]
pub struct Arguments {
    /// As many processes on this host (else what the launcher or DRUST_NODES says).
    #[arg(long, global = true)]
    pub nodes: Option<NonZero<u16>>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Multiply two matrices in NumPy's files, and check the product.
    Multiply(Multiply),
    /// Write a file of a matrix of pseudo-random numbers.
    Generate(Generate),
    /// Measure the product of two generated matrices, and check it.
    Bench(Bench),
}

/// The command `multiply`.
#[derive(Args, Debug)]
pub struct Multiply {
    /// The first factor.
    pub a: PathBuf,
    /// The second factor.
    pub b: PathBuf,
    /// Where the product goes.
    #[arg(short, long)]
    pub output: PathBuf,
    /// How.
    #[command(flatten)]
    pub how: How,
    /// Do not check the product, which takes a few passes over all three matrices.
    #[arg(long)]
    pub no_check: bool,
}

/// How to multiply.
#[derive(Args, Debug)]
pub struct How {
    /// Rows and columns of a tile (else 64 to 512, as suits the matrices).
    #[arg(long)]
    pub tile: Option<NonZeroUsize>,
    /// Multiply with std's types and threads instead of drust's, in this process.
    #[arg(long)]
    pub twin: bool,
}

/// The command `generate`.
#[derive(Args, Debug)]
pub struct Generate {
    /// Rows and columns, as 1000x500.
    pub shape: Shape,
    /// The numbers: f32, f64 or i32.
    #[arg(long, default_value = "f64")]
    pub dtype: Dtype,
    /// Which numbers.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where the matrix goes.
    #[arg(short, long)]
    pub output: PathBuf,
}

/// The command `bench`.
#[derive(Args, Debug)]
pub struct Bench {
    /// Rows and columns of all matrices.
    #[arg(long, default_value_t = 2048)]
    pub size: usize,
    /// The numbers: f32, f64 or i32.
    #[arg(long, default_value = "f64")]
    pub dtype: Dtype,
    /// How.
    #[command(flatten)]
    pub how: How,
    /// Times to multiply; the median counts.
    #[arg(long, default_value = "3")]
    pub rounds: NonZeroUsize,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Rows and columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}

impl FromStr for Shape {
    type Err = Error;

    fn from_str(text: &str) -> Result<Shape, Error> {
        let wrong = || Error::new(format!("{text} is no shape: it is to be like 1000x500"));
        let (rows, cols) = text.split_once('x').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        Ok(Shape { rows: number(rows)?, cols: number(cols)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_two_numbers() {
        assert_eq!("10x0".parse(), Ok(Shape { rows: 10, cols: 0 }));
        for wrong in ["10", "x", "10x", "-1x2", "1x2x3", "1.5x2"] {
            assert!(wrong.parse::<Shape>().unwrap_err().to_string().starts_with(wrong));
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
