use drust::{Box, Ref};

fn main() {
    let boxed = Box::new(5);
    let stored = Box::new(Ref::new(&boxed));
    drop(stored);
}
