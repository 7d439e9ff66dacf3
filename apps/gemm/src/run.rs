//! The commands.

use super::arguments::{Bench, Generate, How, Multiply, Shape};
use super::measure::{Cost, cost_of};
use drust::node;
use drust_gemm::cluster::program as cluster;
use drust_gemm::npy::{Reader, Writer};
use drust_gemm::random::at;
use drust_gemm::twin::program as twin;
use drust_gemm::{Check, Dtype, Element, Error, Job, Result};

/// A number that both twins multiply.
trait Number: cluster::Value + twin::Value {}

impl<T: cluster::Value + twin::Value> Number for T {}

/// Calls a function for the type that a `Dtype` names.
macro_rules! for_type {
    ($dtype:expr, $function:ident($($argument:expr),*)) => {
        match $dtype {
            Dtype::F32 => $function::<f32>($($argument),*),
            Dtype::F64 => $function::<f64>($($argument),*),
            Dtype::I32 => $function::<i32>($($argument),*),
        }
    };
}

/// Sizes up to which the bench computes the product by the twin too.
const SMALL: usize = 1024;

/// Writes a generated matrix.
///
/// # Errors
/// The file cannot be written, or no file is so large.
pub fn generate(command: &Generate) -> Result<String> {
    for_type!(command.dtype, generate_of(command))
}

fn generate_of<T: Number>(command: &Generate) -> Result<String> {
    let Shape { rows, cols } = command.shape;
    fits::<T>(rows, cols)?;
    let mut file = Writer::create::<T>(&command.output, rows, cols)?;
    let mut row = Vec::with_capacity(cols);
    for number in 0..rows {
        row.clear();
        let first = number * cols;
        row.extend((first..first + cols).map(|place| T::random(at(command.seed, place as u64))));
        file.write(&row)?;
    }
    file.finish()?;
    Ok(format!("{}: {rows} by {cols} of {}", command.output.display(), T::DTYPE))
}

/// Multiplies two files.
///
/// # Errors
/// They cannot be read, do not fit, or their product is wrong or cannot be written.
pub fn multiply(command: &Multiply) -> Result<String> {
    let (a, b) = (Reader::open(&command.a)?, Reader::open(&command.b)?);
    let (of_a, of_b) = (a.header(), b.header());
    let (at_a, at_b) = (command.a.display(), command.b.display());
    if of_a.dtype != of_b.dtype {
        let types = format!("{at_a} has numbers of {}, and {at_b} of {}", of_a.dtype, of_b.dtype);
        return Err(Error::new(format!("{types}: `astype` makes them alike")));
    }
    if of_a.cols != of_b.rows {
        let shapes = format!("{at_a} is {} by {}, and {at_b} {} by {}", of_a.rows, of_a.cols, of_b.rows, of_b.cols);
        return Err(Error::new(format!("{shapes}: the first must have as many columns as the second has rows")));
    }
    for_type!(of_a.dtype, multiply_of(command, a, b))
}

fn multiply_of<T: Number>(command: &Multiply, mut a: Reader, mut b: Reader) -> Result<String> {
    let sizes @ [rows, _, cols] = [a.header().rows, a.header().cols, b.header().cols];
    fits::<T>(rows, cols)?;
    let mut file = Writer::create::<T>(&command.output, rows, cols)?;
    let program = if command.how.twin { twin::multiply_files::<T> } else { cluster::multiply_files::<T> };
    let files = (&mut a, &mut b, &mut file);
    let mut costs = Vec::new();
    let mut measured = |work: &mut dyn FnMut()| costs.push(cost_of(work));
    let check = program(files, command.how.tile.map(usize::from), !command.no_check, &mut measured)?;
    let checked = match check {
        None => "not checked".to_owned(),
        Some(Check { rows, wrong: 0, unknown: 0, .. }) => format!("checked: all {rows} rows are right"),
        Some(Check { rows, wrong: 0, unknown, .. }) => {
            format!("checked: of {rows} rows, {unknown} have infinities or no numbers, and the others are right")
        }
        Some(Check { rows, wrong, .. }) => {
            return Err(Error::new(format!("the product is wrong in {wrong} of {rows} rows; nothing was written")));
        }
    };
    file.finish()?;
    let what = format!("{}: {rows} by {cols} of {}", command.output.display(), T::DTYPE);
    Ok(format!("{what}, {}\n{checked}", shown(&command.how, costs[0], sizes)))
}

/// Whether a memory can hold such a matrix.
///
/// # Errors
/// It cannot.
fn fits<T: Element>(rows: usize, cols: usize) -> Result<()> {
    let bytes = rows.checked_mul(cols).and_then(|numbers| numbers.checked_mul(T::DTYPE.bytes()));
    let fits = bytes.filter(|bytes| *bytes <= isize::MAX as usize);
    fits.map(drop).ok_or_else(|| Error::new(format!("a matrix of {rows} by {cols} of {} fits no memory", T::DTYPE)))
}

/// Billions of operations a second.
fn rate(seconds: f64, [rows, inner, cols]: [usize; 3]) -> f64 {
    2.0 * rows as f64 * inner as f64 * cols as f64 / seconds / 1e9
}

fn shown(how: &How, cost: Cost, sizes: [usize; 3]) -> String {
    let on = if how.twin { "with std's types".to_owned() } else { format!("on {} node(s)", node::count()) };
    format!(
        "multiplied {on} in {:.3} s ({:.1} billion operations a second, {:.3} s of processors, {:.1} MB fetched)",
        cost.wall,
        rate(cost.wall, sizes),
        cost.cpu,
        cost.fetched as f64 / 1e6
    )
}

/// Measures a product.
///
/// # Errors
/// It is wrong.
pub fn bench(command: &Bench) -> Result<String> {
    for_type!(command.dtype, bench_of(command))
}

fn bench_of<T: Number>(command: &Bench) -> Result<String> {
    let (size, twin) = (command.size, command.how.twin);
    fits::<T>(size, size)?;
    let (tile, rounds) = (command.how.tile.map(usize::from), command.rounds.get());
    let job = Job { sizes: [size; 3], tile, rounds, seed: 1 };
    let mut costs = Vec::new();
    let mut measured = |work: &mut dyn FnMut()| costs.push(cost_of(work));
    let program = if twin { twin::multiply_generated::<T> } else { cluster::multiply_generated::<T> };
    let (checks, numbers) = program(job, &mut measured);
    if let Some((round, check)) = checks.iter().enumerate().find(|(_, check)| !check.holds()) {
        let wrong = check.wrong;
        return Err(Error::new(format!("in round {round} the product is wrong in {wrong} of {size} rows")));
    }
    let compared = size <= SMALL && !twin;
    if compared {
        let once = Job { rounds: 1, ..job };
        let (_, others) = twin::multiply_generated::<T>(once, &mut |work| work());
        let differ = numbers.iter().zip(&others).filter(|(one, other)| !one.is_like(**other, size)).count();
        if differ > 0 || numbers.len() != others.len() {
            return Err(Error::new(format!("{differ} numbers of the product are not those of the twin")));
        }
    }
    costs.sort_by(|one, other| one.wall.total_cmp(&other.wall));
    let worst = checks.iter().map(|check| check.worst).fold(0.0, f64::max);
    let figures = Figures { cost: costs[costs.len() / 2], worst, compared };
    Ok(if command.json { json(command, figures) } else { text(command, figures) })
}

/// What the bench found out.
struct Figures {
    /// Of the round in the middle.
    cost: Cost,
    /// The largest part of what rounding may do that it did.
    worst: f64,
    /// Whether the twin computed the same.
    compared: bool,
}

fn text(command: &Bench, figures: Figures) -> String {
    let size = command.size;
    let compared = if figures.compared { ", and all numbers are the twin's" } else { "" };
    format!(
        "{size} by {size} of {}, {}\nchecked in each of {} rounds: right, off by {:.1e} of what rounding may do{}",
        command.dtype,
        shown(&command.how, figures.cost, [size; 3]),
        command.rounds,
        figures.worst,
        compared
    )
}

fn json(command: &Bench, Figures { cost, worst, compared }: Figures) -> String {
    let nodes = if command.how.twin { 1 } else { node::count() };
    let figures = serde_json::json!({
        "size": command.size,
        "dtype": command.dtype.to_string(),
        "twin": command.how.twin,
        "nodes": nodes,
        "rounds": command.rounds,
        "wall_s": cost.wall,
        "cpu_s": cost.cpu,
        "gflop_per_s": rate(cost.wall, [command.size; 3]),
        "gflop_per_cpu_s": rate(cost.cpu, [command.size; 3]),
        "fetched_bytes": cost.fetched,
        "fetches": cost.fetches,
        "rounding_part": worst,
        "compared_with_twin": compared,
    });
    figures.to_string()
}
