//! Borrows read on other nodes: again, and in parts.

use drust::boxed::TBox;
use drust::{Box, node, thread};

#[derive(drust::Portable)]
struct Pair {
    left: TBox<u64>,
    right: TBox<u64>,
}

/// A tied group is longer than its root: reading it again must find the copy, not fault its length.
#[drust::test(nodes = 2)]
fn tied_group_is_read_twice() {
    let there = node::all().last().unwrap();
    let pair = Box::new(Pair { left: TBox::new(1), right: TBox::new(2) });
    let sum = thread::spawn_on(there, (pair,), |(pair,)| {
        let first = {
            let pair = Box::read(&pair);
            *pair.left + *pair.right
        };
        first + *Box::read(&pair).left
    });
    assert_eq!(sum.join().unwrap(), 4);
}
