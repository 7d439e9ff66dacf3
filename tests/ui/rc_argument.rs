use drust::thread;
use std::rc::Rc;

fn main() {
    thread::spawn((Rc::new(5),), |(n,)| *n);
}
