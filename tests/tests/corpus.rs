//! Every program of the corpus on one node, on two, on four, on three over tcp and on three simulated ones: what it
//! returns is what its std twin returns.

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

/// A seed of the program's own, so that they are not all simulated at the same pace.
fn seed(name: &str) -> u64 {
    name.bytes().fold(0, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

/// Declares the tests of each program, in a module of its name. The list is the one that the programs are compiled by.
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

            #[drust::test(nodes = 3, carrier = "tcp")]
            fn over_tcp() {
                super::check(stringify!($name));
            }

            #[drust::test(nodes = 3, seed = super::seed(stringify!($name)))]
            fn simulated() {
                super::check(stringify!($name));
            }
        })*
    };
}

drust_tests::for_each_program!(corpus);
