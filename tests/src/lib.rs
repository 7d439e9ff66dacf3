//! One corpus of small programs, each compiled twice: against drust ([`on_drust`]) and against std's own types in
//! drust's shape ([`on_std`]). The tests run the first on clusters of several sizes and want what the second returns.
//!
//! A program is a file of `programs/` with a `run` that returns what it found out. It imports its `world`, which is
//! drust's or the twin's, and gets no other hint of where it runs: what it returns must not depend on the number of
//! nodes.

#![allow(clippy::duplicate_mod, reason = "each program is compiled once for each world")]
#![allow(clippy::type_complexity, reason = "what a task takes and returns is a tuple, written out where it is used")]
#![allow(missing_docs, reason = "a program says at its top what it tries; its `run` is run")]

pub mod clock;
pub mod kill;
pub mod on_drust;
pub mod on_std;
pub mod twin;

/// Hands the names of all programs to another macro.
#[macro_export]
macro_rules! for_each_program {
    ($then:ident) => {
        $then![
            aligned,
            big_numbers,
            blocked_in_accept,
            bounded_buffer,
            box_functions,
            box_slices,
            bulk,
            counted_pointers,
            detached,
            drop_order,
            enum_tree,
            game_of_life,
            generic_types,
            graph,
            handed_over,
            hash_table,
            histogram,
            join_errors,
            join_timeout,
            lend_boxes,
            lend_corners,
            lend_ranges,
            lend_structs,
            list_sort,
            list_step,
            list_tied,
            list_untied,
            local_threads,
            many_readers,
            matrix,
            meet_at_barrier,
            nested,
            panic_while_lending,
            phases,
            philosophers,
            ping_pong,
            pipes,
            poisoned,
            priority_queue,
            queens,
            question_mark,
            recursion,
            ref_parts,
            relend,
            scoped_readers,
            sets_and_queues,
            shared_counts,
            statics,
            std_containers,
            storm,
            storm_vectors,
            streams,
            swaps,
            traits,
            tree_balanced,
            tree_search,
            tree_sum,
            tree_tied,
            trie,
            two_pins,
            word_index,
            words_of_memory,
            zero_sized,
        ];
    };
}

/// The name of a program, and its `run`.
pub type Program = (&'static str, fn() -> String);

/// Runs a function with a stack that a list of 10^6 std boxes can be dropped on.
///
/// # Panics
/// Where the function does.
pub fn with_deep_stack<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    let thread = std::thread::Builder::new().stack_size(1 << 30).spawn(run).expect("address space for a deep stack");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
