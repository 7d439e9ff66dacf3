//! `String`, and `str` through it, as std's own: the tables of each file run on both, see [`crate::oracle`].

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
