//! `Vec`, and slices through it, as std's own: the tables of each file run on both, see [`oracle`].

#[path = "../oracle/mod.rs"]
mod oracle;

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
