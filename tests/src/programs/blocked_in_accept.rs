//! Two tasks are blocked in `accept`, where no runtime can see it, while others of the same node must run.

use super::world::*;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Mutex;

static PORTS: Mutex<Vec<u16>> = Mutex::new(Vec::new());

fn accept((): ()) -> u64 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    PORTS.lock().unwrap().push(listener.local_addr().unwrap().port());
    let (mut stream, _) = listener.accept().unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes.iter().map(|&byte| u64::from(byte)).sum()
}

fn connect((): ()) -> bool {
    match PORTS.lock().unwrap().pop() {
        Some(port) => {
            use std::io::Write;
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap().write_all(&[1, 2, 3]).unwrap();
            true
        }
        None => false,
    }
}

pub fn run() -> String {
    let mut sums = Vec::new();
    for node in 0..2 {
        let blocked = [0, 1].map(|_| thread::spawn_on(nth(node), (), accept));
        let others: Vec<_> = (0..20_u64).map(|i| thread::spawn_on(nth(node), (i,), |(i,)| i * i)).collect();
        sums.push(others.into_iter().map(|task| task.join().unwrap()).sum::<u64>());
        let mut connected = 0;
        while connected < 2 {
            connected += u32::from(thread::spawn_on(nth(node), (), connect).join().unwrap());
        }
        sums.extend(blocked.map(|task| task.join().unwrap()));
    }
    format!("{sums:?}")
}
