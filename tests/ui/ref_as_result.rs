use drust::{Box, Ref, thread};

fn main() {
    let boxed = Box::new(5);
    thread::scope(|s| {
        let task = s.spawn((Ref::new(&boxed),), |(b,)| b);
        drop(task.join());
    });
}
