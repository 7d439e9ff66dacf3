use drust::{Box, Ref, thread};

fn main() {
    let mut boxed = Box::new(5);
    thread::scope(|s| {
        s.spawn((Ref::new(&boxed),), |(b,)| drop(b));
        *boxed += 1;
    });
}
