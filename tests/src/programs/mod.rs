//! The programs, and their list.

use super::world;
use crate::Program;

macro_rules! programs {
    ($($name:ident),* $(,)?) => {
        /// All programs, by name.
        pub const ALL: &[Program] = &[$((stringify!($name), $name::run)),*];
    };
}

pub mod enum_tree;
pub mod graph;
pub mod list_sort;
pub mod list_step;
pub mod list_tied;
pub mod list_untied;
pub mod matrix;
pub mod nested;
pub mod recursion;
pub mod tree_balanced;
pub mod tree_search;
pub mod tree_sum;
pub mod tree_tied;

programs![
    enum_tree, graph, list_sort, list_step, list_tied, list_untied, matrix, nested, recursion, tree_balanced,
    tree_search, tree_sum, tree_tied,
];
