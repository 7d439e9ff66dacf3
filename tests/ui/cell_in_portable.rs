use std::cell::Cell;

#[derive(drust::Portable)]
struct Counter {
    hits: Cell<u64>,
}

fn main() {
    drop(Counter { hits: Cell::new(0) }.hits);
}
