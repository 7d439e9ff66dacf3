//! What a ring refuses: every kind of nonsense that the other side could leave in it.

use super::*;
use crate::Part;

const CAPACITY: usize = 1024;

#[repr(C, align(128))]
struct Memory {
    control: Control,
    data: [u128; CAPACITY / 16],
}

struct Keep(NonNull<Memory>);

// SAFETY: it is only ever dropped; see `Drop`.
unsafe impl Send for Keep {}
// SAFETY: it has no method at all.
unsafe impl Sync for Keep {}

impl Drop for Keep {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `ring`, dropped once, after all that points into it.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

fn ring() -> Ring {
    let memory = Box::into_raw(Box::new(Memory { control: Control::default(), data: [0; CAPACITY / 16] }));
    // SAFETY: fresh from `Box::into_raw`; `Keep` owns it, and each test makes one producer and one consumer.
    unsafe {
        let control = NonNull::new_unchecked(&raw mut (*memory).control);
        let data = NonNull::new_unchecked((&raw mut (*memory).data).cast());
        Ring::new(control, data, CAPACITY, Watch, Arc::new(Keep(NonNull::new_unchecked(memory))))
    }
}

/// What a reader makes of records with these headers, each followed by 16 bytes, `tail` bytes being published.
fn read(headers: &[(u32, u32, u64)], tail: u64) -> Result<usize, Broken> {
    let ring = ring();
    let mut producer = Producer::new(ring.clone());
    for &(len, flags, total) in headers {
        producer.put(Header { len, flags, total });
        producer.tail += 32;
    }
    producer.tail = tail;
    producer.publish();
    Consumer::new(ring).drain(&mut |_| (), &|| ())
}

#[test]
fn sound_records_are_read() {
    assert_eq!(read(&[(16, FIRST | LAST, 16), (3, FIRST | LAST, 3)], 64), Ok(2));
    assert_eq!(read(&[(16, FIRST, 40), (16, 0, 40), (8, LAST, 40)], 96), Ok(1));
    assert_eq!(read(&[(16, FIRST, 40)], 32), Ok(0));
}

#[test]
fn indices_are_checked() {
    assert_eq!(read(&[], 8), Err(Broken("index of the writer")));
    assert_eq!(read(&[], CAPACITY as u64 + 16), Err(Broken("index of the writer")));
    let ring = ring();
    let mut producer = Producer::new(ring.clone());
    let parts = [Part::from(&[0; 8])];
    (0..32).for_each(|_| assert_eq!(producer.write(&mut Gather::new(&parts)), Ok(Wrote::All)));
    ring.control().head.0.store(2048, Ordering::Release);
    assert_eq!(producer.write(&mut Gather::new(&parts)), Err(Broken("index of the reader")));
}

#[test]
fn lengths_are_checked() {
    let broken = Err(Broken("length of a record"));
    assert_eq!(read(&[(17, FIRST | LAST, 17)], 32), broken);
    assert_eq!(read(&[(u32::MAX, FIRST | LAST, 0)], 32), broken);
    assert_eq!(read(&[(CAPACITY as u32, PAD, 0)], CAPACITY as u64), broken);
    assert_eq!(read(&[(16, FIRST, 24), (16, LAST, 24)], 64), Err(Broken("length of a fragmented message")));
    assert_eq!(read(&[(16, FIRST, 40), (16, LAST, 40)], 64), Err(Broken("length of a fragmented message")));
    let memory = Err(Broken("a message larger than this node's memory"));
    assert_eq!(read(&[(16, FIRST, u64::MAX)], 32), memory);
}

#[test]
fn flags_are_checked() {
    assert_eq!(read(&[(16, 8, 16)], 32), Err(Broken("flags of a record")));
    assert_eq!(read(&[(16, FIRST | LAST, 17)], 32), Err(Broken("flags of a record")));
    assert_eq!(read(&[(16, FIRST, 64), (16, FIRST, 64)], 64), Err(Broken("flags of a record")));
    assert_eq!(read(&[(16, FIRST, 64), (16, FIRST | LAST, 16)], 64), Err(Broken("flags of a record")));
    assert_eq!(read(&[(16, 0, 64)], 32), Err(Broken("a fragment of no message")));
}
