//! The type holds drust's `Vec` of a parameter that might be anything.

#[derive(drust::Portable)]
struct Tree<T> {
    nodes: drust::Vec<T>,
}

fn main() {
    let _ = Tree { nodes: drust::vec![1] };
}
