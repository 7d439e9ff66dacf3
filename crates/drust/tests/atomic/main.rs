//! Atomics: std's own as oracle, wherever the word is ([`as_std`]), what threads of all nodes see of each other's
//! operations, what they cost, and what becomes of words and of additions that nobody waited for ([`shared`]).

mod as_std;
mod shared;
