//! Tables of lines that run on drust's types and on std's own, see [`oracle`].

mod arc;
mod mutex;
mod oracle;
mod string;
mod vec;
#[path = "../ways/mod.rs"]
mod ways;
