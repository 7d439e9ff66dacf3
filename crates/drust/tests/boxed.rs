//! `Box` as std documents its own, whichever way the value came.

#[path = "ways/each.rs"]
mod each;
mod ways;

use drust::{Box, Portable, String, Vec, node, stats, thread};
use each::each_way;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use ways::{away, there};

thread_local! {
    static DROPS: Cell<usize> = const { Cell::new(0) };
}

#[derive(Portable, Debug, Clone, PartialEq)]
#[portable(drop)]
struct Counted(u32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.set(DROPS.get() + 1);
    }
}

#[drust::test(nodes = 2)]
fn a_value_is_read_written_and_taken_out() {
    each_way(|| Box::new(5_u64), |boxed| assert_eq!(*boxed, 5));
    each_way(
        || Box::new(5_u64),
        |mut boxed| {
            *boxed += 1;
            assert_eq!(*boxed, 6);
            assert_eq!(Box::replace(&mut boxed, 7), 6);
            assert_eq!(Box::take(&mut boxed), 7);
            Box::set(&mut boxed, 9);
            assert_eq!(Box::into_inner(boxed), 9);
        },
    );
    each_way(
        || Box::new(5_u64),
        |mut boxed| {
            Box::set(&mut boxed, 8);
            assert_eq!(*boxed, 8);
        },
    );
    each_way(|| Box::new(()), |boxed| assert_eq!(Box::into_inner(boxed), ()));
}

#[drust::test(nodes = 2)]
fn a_box_is_taken_apart_and_owned_again() {
    each_way(
        || Box::new(5_u64),
        |boxed| {
            let raw = Box::into_raw(boxed);
            // SAFETY: `into_raw` gave it up on this node.
            assert_eq!(*unsafe { Box::from_raw(raw) }, 5);
        },
    );
    each_way(
        || Box::<str>::from("text"),
        |boxed| {
            let raw = Box::into_raw(boxed);
            // SAFETY: as above.
            assert_eq!(&*unsafe { Box::from_raw(raw) }, "text");
        },
    );
}

#[drust::test(nodes = 2)]
fn boxes_compare_and_hash_as_their_values() {
    each_way(
        || Box::new(5_u64),
        |boxed| {
            assert_eq!(boxed, Box::new(5));
            assert!(boxed != Box::new(6) && boxed < Box::new(6) && boxed <= Box::new(5));
            assert!(boxed > Box::new(4) && boxed >= Box::new(5));
            assert_eq!(boxed.cmp(&Box::new(6)), Ordering::Less);
            let state = RandomState::new();
            assert_eq!(state.hash_one(&boxed), state.hash_one(5_u64));
            assert_eq!((format!("{boxed:?}"), format!("{boxed:>3}")), ("5".into(), "  5".into()));
        },
    );
    let nan = Box::new(f64::NAN);
    assert!(nan != nan.clone() && nan.partial_cmp(&nan).is_none());
}

#[drust::test(nodes = 2)]
fn looking_leaves_no_pin() {
    let boxed = away(Box::new([7_u64; 100]));
    assert_eq!(boxed, Box::new([7; 100]));
    assert!(format!("{boxed:p}") == "0x0", "a comparison pinned a copy");
    assert_eq!(boxed.clone()[0], 7);
    let (_, printed) = stats::count(|| format!("{boxed:?}"));
    assert_eq!(printed.direct_reads, 0, "the copy is still here");
    assert!(format!("{boxed:p}") == "0x0");
    assert_eq!(boxed[0], 7);
    assert!(format!("{boxed:p}") != "0x0", "a dereference pins");
    let mut boxed = boxed;
    Box::release(&mut boxed);
    assert!(format!("{boxed:p}") == "0x0");
}

#[drust::test(nodes = 2)]
fn a_value_with_a_drop_of_its_own_drops_once_and_here() {
    let before = DROPS.get();
    each_way(|| Box::new(Counted(1)), drop);
    assert_eq!(DROPS.get() - before, 4);
    each_way(|| Box::new(Counted(1)), |boxed| std::mem::forget(Box::into_inner(boxed)));
    assert_eq!(DROPS.get() - before, 4);
    each_way(|| Box::new(Counted(1)), |mut boxed| Box::set(&mut boxed, Counted(2)));
    assert_eq!(DROPS.get() - before, 12);
    each_way(|| Box::<[Counted]>::from([Counted(1), Counted(2), Counted(3)]), drop);
    assert_eq!(DROPS.get() - before, 24);
}

#[drust::test(nodes = 2)]
fn clones_are_new_objects() {
    each_way(
        || Box::new(Vec::from([1, 2])),
        |boxed| {
            let mut other = boxed.clone();
            other.push(3);
            assert_eq!((&boxed[..], &other[..]), (&[1, 2][..], &[1, 2, 3][..]));
            other.clone_from(&boxed);
            assert_eq!(other, boxed);
        },
    );
    each_way(
        || Box::<[u8]>::from([1, 2]),
        |boxed| {
            let mut same = Box::<[u8]>::from([3, 4]);
            same.clone_from(&boxed);
            let mut shorter = Box::<[u8]>::from([3]);
            shorter.clone_from(&boxed);
            assert!(same == boxed && shorter == boxed);
        },
    );
}

#[drust::test(nodes = 2)]
fn slices_and_text_are_made_from_much_and_turn_into_more() {
    assert_eq!(*Box::<[u8]>::from(&[1, 2][..]), [1, 2]);
    assert_eq!(*Box::<[u8]>::from(std::borrow::Cow::from(&[1, 2][..])), [1, 2]);
    assert_eq!(*(0..3).collect::<Box<[u8]>>(), [0, 1, 2]);
    assert_eq!(&*['a', 'b'].iter().collect::<Box<str>>(), "ab");
    assert_eq!(&*["a", "b"].into_iter().collect::<Box<str>>(), "ab");
    assert_eq!(&*Box::<str>::default(), "");
    assert!(Box::<[u8]>::default().is_empty());
    each_way(
        || Box::<str>::from("text"),
        |text| {
            let bytes = Box::<[u8]>::from(text);
            assert_eq!(*bytes, *b"text");
        },
    );
    each_way(
        || Box::<str>::from("text"),
        |text| {
            let mut text: String = text.into_string();
            text.push('!');
            assert_eq!(text, "text!");
        },
    );
    each_way(
        || Box::<[u8]>::from([1, 2]),
        |boxed| {
            let boxed = Box::<[u8; 3]>::try_from(boxed).unwrap_err();
            assert_eq!(*Box::<[u8; 2]>::try_from(boxed).unwrap(), [1, 2]);
        },
    );
    each_way(
        || Box::<[u8]>::from([1, 2]),
        |boxed| {
            assert_eq!((&boxed).into_iter().count(), 2);
            assert!(boxed.into_iter().rev().eq([2, 1]));
        },
    );
}

#[derive(Portable)]
struct Countdown(u32);

impl Iterator for Countdown {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0 as usize, Some(self.0 as usize))
    }
}

impl ExactSizeIterator for Countdown {}

#[drust::test(nodes = 2)]
fn a_boxed_iterator_goes_on_where_it_was() {
    each_way(
        || Box::new(Countdown(4)),
        |mut boxed| {
            assert_eq!((boxed.len(), boxed.next(), boxed.nth(1)), (4, Some(3), Some(1)));
            let boxed = away(boxed);
            assert!(boxed.eq([0]));
        },
    );
}

/// A growing file in memory, of bytes that cross.
#[derive(Portable, Default)]
struct File {
    bytes: Vec<u8>,
    at: usize,
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BufRead for File {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(&self.bytes[self.at..])
    }
    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        self.at = at as usize;
        Ok(at)
    }
}

#[drust::test(nodes = 2)]
fn a_boxed_file_is_written_and_read() {
    each_way(Box::<File>::default, |mut boxed| {
        write!(boxed, "one\ntwo\n").unwrap();
        let mut boxed = away(boxed);
        let mut line = std::string::String::new();
        assert_eq!((boxed.read_line(&mut line).unwrap(), &*line), (4, "one\n"));
        boxed.seek(SeekFrom::Start(1)).unwrap();
        let mut rest = std::string::String::new();
        boxed.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "ne\ntwo\n");
    });
}

#[derive(Portable, Default)]
struct Sum(u64);

impl Hasher for Sum {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 += bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    }
}

#[derive(Portable, Debug)]
struct Outer(Box<Inner>);

#[derive(Portable, Debug)]
struct Inner;

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("inner")
    }
}

impl Error for Inner {}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Portable)]
struct Later(u32);

impl Future for Later {
    type Output = &'static str;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<&'static str> {
        if self.0 == 0 {
            return Poll::Ready("now");
        }
        self.0 -= 1;
        Poll::Pending
    }
}

#[drust::test(nodes = 2)]
fn boxed_hashers_errors_and_futures_are_such_themselves() {
    each_way(Box::<Sum>::default, |mut boxed| {
        [1_u8, 2].hash(&mut boxed);
        assert_eq!(away(boxed).finish(), 2 + 1 + 2);
    });
    each_way(
        || Box::new(Outer(Box::new(Inner))),
        |boxed| {
            let error: &dyn Error = &boxed;
            assert_eq!((error.to_string(), error.source().unwrap().to_string()), ("outer".into(), "inner".into()));
        },
    );
    each_way(
        || Box::new(Later(1)),
        |boxed| {
            let mut context = Context::from_waker(Waker::noop());
            let mut boxed = boxed;
            assert_eq!(Pin::new(&mut boxed).poll(&mut context), Poll::Pending);
            assert_eq!(Pin::new(&mut away(boxed)).poll(&mut context), Poll::Ready("now"));
        },
    );
    let mut plain = DefaultHasher::new();
    Box::new(3_u8).hash(&mut plain);
    let mut same = DefaultHasher::new();
    3_u8.hash(&mut same);
    assert_eq!(plain.finish(), same.finish());
}

#[drust::test(nodes = 2)]
fn leaked_values_stay() {
    drust::testing::allow_leaks();
    each_way(
        || Box::new(1_u32),
        |boxed| {
            let lasting: &'static mut u32 = Box::leak(boxed);
            *lasting += 1;
            assert_eq!(*lasting, 2);
        },
    );
}

#[drust::test(nodes = 2)]
fn a_box_without_an_object_is_never_fetched() {
    let (boxed, counts) = stats::count(|| {
        let boxed = away(Box::new([0_u64; 0]));
        assert_eq!(*boxed, []);
        boxed
    });
    assert_eq!((counts.direct_reads, counts.moves), (0, 0));
    let boxed = thread::spawn_on(there(), (boxed,), |(boxed,)| boxed.len()).join().unwrap();
    assert_eq!((boxed, node::count()), (0, 2));
}
