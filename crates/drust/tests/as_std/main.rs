//! Tables of lines that run on drust's types and on std's own, see [`oracle`].

mod arc;
mod mutex;
mod oracle;
#[path = "../quiet/mod.rs"]
mod quiet;
mod string;
mod vec;
#[path = "../ways/mod.rs"]
mod ways;
