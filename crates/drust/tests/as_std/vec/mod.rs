//! `Vec`, and slices through it, as std's own: the tables of each file run on both, see [`crate::oracle`].

mod capacity;
mod chunks;
mod comparison;
mod conversions;
mod drops;
mod exposed;
mod formatting;
mod growth;
mod io;
mod iterators;
mod ranges;
mod removal;
mod search;
mod values;
