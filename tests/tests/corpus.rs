//! Every program of the corpus on one node, on two and on four: what it returns is what its std twin returns.

use drust_tests::{Program, on_drust, on_std, with_deep_stack};

fn find(programs: &[Program], name: &str) -> fn() -> String {
    programs.iter().find(|program| program.0 == name).unwrap_or_else(|| panic!("no program {name}")).1
}

/// What these leave in the heap is in statics.
const LEAVES_SOMETHING: &str = "statics";

fn check(name: &str) {
    if name == LEAVES_SOMETHING {
        drust::testing::allow_leaks();
    }
    let expected = with_deep_stack(find(on_std::programs::ALL, name));
    let found = find(on_drust::programs::ALL, name)();
    assert_eq!(found, expected, "drust's on the left, std's on the right");
}

/// Declares the tests of each program, in a module of its name.
macro_rules! corpus {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            #[drust::test]
            fn on_one_node() {
                super::check(stringify!($name));
            }

            #[drust::test(nodes = 2)]
            fn on_two_nodes() {
                super::check(stringify!($name));
            }

            #[drust::test(nodes = 4)]
            fn on_four_nodes() {
                super::check(stringify!($name));
            }
        })*

        #[test]
        fn no_program_is_left_out() {
            let tested = [$(stringify!($name)),*];
            for (name, _) in on_drust::programs::ALL {
                assert!(tested.contains(name), "{name} is not tested");
            }
        }
    };
}

corpus![
    aligned,
    big_numbers,
    blocked_in_accept,
    box_functions,
    box_slices,
    bulk,
    detached,
    drop_order,
    enum_tree,
    game_of_life,
    generic_types,
    graph,
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
    matrix,
    meet_at_barrier,
    nested,
    panic_while_lending,
    ping_pong,
    priority_queue,
    queens,
    question_mark,
    recursion,
    ref_parts,
    relend,
    scoped_readers,
    statics,
    std_containers,
    storm,
    storm_vectors,
    swaps,
    traits,
    tree_balanced,
    tree_search,
    tree_sum,
    tree_tied,
    trie,
    two_pins,
    zero_sized,
];
