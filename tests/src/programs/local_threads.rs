//! Threads of this node that capture, beside tasks: `spawn_local`, std's threads and std's channels.

use super::world::*;
use std::rc::Rc;
use std::sync::mpsc;

fn work((boxed,): (Box<u64>,)) -> (Box<u64>, u64) {
    let (send, receive) = mpsc::channel::<Box<u64>>();
    let thread = thread::spawn_local(move || {
        let local = Rc::new(3);
        receive.iter().map(|boxed| *boxed * *local).sum::<u64>()
    });
    for i in 0..10 {
        send.send(Box::new(*boxed + i)).unwrap();
    }
    drop(send);
    (boxed, thread.join().unwrap())
}

pub fn run() -> String {
    let far = thread::spawn_on(nth(1), (5,), |(value,)| Box::new(value)).join().unwrap();
    let text = String::from("captured");
    let local = thread::spawn_local(move || (*far + text.len() as u64, far));
    let (sum, far) = local.join().unwrap();
    let mut sums = vec![sum];
    let mut boxed = far;
    for node in 0..3 {
        let (back, sum) = thread::spawn_on(nth(node), (boxed,), work).join().unwrap();
        sums.push(sum);
        boxed = back;
    }
    let here = node::current();
    let plain = std::thread::spawn(move || {
        node::enter(here);
        *boxed += 1;
        boxed
    });
    format!("{sums:?} {}", plain.join().unwrap())
}
