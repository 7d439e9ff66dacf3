//! `String`, and `str` through it, as std's own: the tables of each file run on both, see [`oracle`].

#[path = "../oracle/mod.rs"]
mod oracle;

mod bytes;
mod comparison;
mod conversions;
mod growth;
mod iterators;
mod ranges;
mod removal;
mod search;
mod starts;
mod writing;
