use drust::{RefMut, thread};

fn main() {
    let mut number = 5;
    thread::spawn((RefMut::new(&mut number),), |(mut n,)| *n += 1);
}
