//! The programs, and their list.

use super::world;
use crate::Program;

macro_rules! programs {
    ($($name:ident),* $(,)?) => {
        /// All programs, by name.
        pub const ALL: &[Program] = &[$((stringify!($name), $name::run)),*];
    };
}

pub mod aligned;
pub mod big_numbers;
pub mod blocked_in_accept;
pub mod bounded_buffer;
pub mod box_functions;
pub mod box_slices;
pub mod bulk;
pub mod counted_pointers;
pub mod detached;
pub mod drop_order;
pub mod enum_tree;
pub mod game_of_life;
pub mod generic_types;
pub mod graph;
pub mod handed_over;
pub mod hash_table;
pub mod histogram;
pub mod join_errors;
pub mod join_timeout;
pub mod lend_boxes;
pub mod lend_corners;
pub mod lend_ranges;
pub mod lend_structs;
pub mod list_sort;
pub mod list_step;
pub mod list_tied;
pub mod list_untied;
pub mod local_threads;
pub mod many_readers;
pub mod matrix;
pub mod meet_at_barrier;
pub mod nested;
pub mod panic_while_lending;
pub mod phases;
pub mod philosophers;
pub mod ping_pong;
pub mod pipes;
pub mod poisoned;
pub mod priority_queue;
pub mod queens;
pub mod question_mark;
pub mod recursion;
pub mod ref_parts;
pub mod relend;
pub mod scoped_readers;
pub mod sets_and_queues;
pub mod shared_counts;
pub mod statics;
pub mod std_containers;
pub mod storm;
pub mod storm_vectors;
pub mod streams;
pub mod swaps;
pub mod traits;
pub mod tree_balanced;
pub mod tree_search;
pub mod tree_sum;
pub mod tree_tied;
pub mod trie;
pub mod two_pins;
pub mod word_index;
pub mod words_of_memory;
pub mod zero_sized;

crate::for_each_program!(programs);
