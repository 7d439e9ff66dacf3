//! Runs every program of the corpus on one cluster, of the size and with the limits that the environment asks for, and
//! prints what each returns.

use drust_tests::{on_drust, with_deep_stack};

#[drust::main]
fn main() {
    for (name, run) in on_drust::programs::ALL {
        println!("{name} {:?}", with_deep_stack(run));
    }
}
