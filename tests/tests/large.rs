//! An object of 5 GB: made, fetched whole by another node, written in place, dropped. It takes the memory of two such
//! objects, over a network of three, and is passed over where there is less.

use drust::{Ref, Vec, node, stats, thread};

const SIZE: usize = 5 << 30;
/// The object, its copy, and room for whoever else is on this machine.
const NEEDED: u64 = 16 << 30;
/// The message with the copy beside them.
const NEEDED_OVER_TCP: u64 = 20 << 30;

fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}

fn look((bytes,): (Ref<'_, [u8]>,)) -> (usize, u8, u8, u8) {
    (bytes.len(), bytes[0], bytes[SIZE / 2], bytes[SIZE - 1])
}

#[drust::test(nodes = 2, carrier = "shm")]
fn five_gigabytes_are_one_object() {
    one_object(NEEDED, (1, 0));
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn five_gigabytes_are_one_message() {
    one_object(NEEDED_OVER_TCP, (0, 1));
}

/// Makes, reads, writes and drops the object; a fetch takes so many direct reads and requests.
fn one_object(needed: u64, (reads, requests): (u64, u64)) {
    // There is memory for one of these tests at a time.
    let this_program = std::fs::File::open("/proc/self/exe").expect("this program");
    this_program.lock().expect("a lock");
    let available = available().unwrap_or(0);
    if available < needed {
        eprintln!("passed over: {available} bytes of memory are free, and {needed} are needed");
        return;
    }
    let mut bytes = Vec::repeated(7_u8, SIZE);
    bytes[SIZE / 2] = 8;
    let far = node::all().last().expect("two nodes");
    let (seen, counts) = stats::count(|| thread::scope(|s| s.spawn_on(far, (Ref::new(&bytes),), look).join().unwrap()));
    assert_eq!((seen, counts.bytes_read), ((SIZE, 7, 8, 7), SIZE as u64));
    // The task itself is a request too.
    assert_eq!((counts.direct_reads, counts.requests), (reads, requests + 1));
    bytes[SIZE - 1] = 9;
    let bytes = thread::spawn_on(far, (bytes,), |(bytes,)| bytes).join().unwrap();
    assert_eq!(bytes.len(), SIZE);
    let ((), counts) = stats::count(|| drop(bytes));
    assert_eq!((counts.direct_reads, counts.requests), (0, 0));
}
