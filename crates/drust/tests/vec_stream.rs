//! Parts of vectors of other nodes, and streams over them: the same values on every carrier, in bounded memory, at the
//! cost that the docs tell, and safe whatever becomes of a stream that was not read to its end.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]

use drust::node::NodeId;
use drust::{Box, Portable, Ref, RefMut, String, Vec, node, stats, thread, vec};

/// Makes a test of each function on every carrier.
macro_rules! on_every_carrier {
    ($($name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 2, carrier = "shm")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 2, carrier = "tcp")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod alone {
            $(
                #[drust::test(nodes = 1)]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = 2, seed = 4)]
                fn $name() {
                    super::$name();
                }
            )*
        }
    };
}

on_every_carrier! {
    a_part_is_fetched_alone,
    parts_are_parts_of_parts,
    a_part_travels_unseen,
    a_stream_gives_every_value_once,
    values_with_pointers_stream_too,
    streams_of_nothing,
    a_stream_left_early_ends_nothing,
    a_forgotten_stream_is_awaited_by_the_next_write,
    a_forgotten_stream_of_a_task_is_awaited,
    streams_of_several_threads,
    many_nodes_fill_parts_of_one_vector,
    a_fetch_may_leave_values_where_they_are,
}

/// The last node.
fn there() -> NodeId {
    node::all().last().expect("a cluster has nodes")
}

/// `0..count`, on the last node.
fn remote(count: u64) -> Vec<u64> {
    thread::spawn_on(there(), (count,), |(count,)| (0..count).collect()).join().expect("nothing panics there")
}

fn a_part_is_fetched_alone() {
    let mut far = remote(10_000);
    assert_eq!(*far.fetch(9_990..), [9990, 9991, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999]);
    assert_eq!(*far.fetch(..=1), [0, 1]);
    assert!(far.fetch(5..5).is_empty());
    let held = far.fetch(3..6);
    assert_eq!((held[1], held.len()), (4, 3));
    drop(held);
    far[4] = 44;
    assert_eq!(*far.fetch(3..6), [3, 44, 5], "a part is not found under an old stamp");
    let texts: Vec<String> = thread::spawn_on(there(), (), |()| {
        (0..100).map(|n| String::from(format!("a text that is long enough to have an object, {n}"))).collect()
    })
    .join()
    .unwrap();
    let part = texts.fetch(98..);
    assert!(part[1].ends_with("99") && part.iter().all(|text| text.len() > 32));
}

fn parts_are_parts_of_parts() {
    let far = remote(1000);
    let whole = Ref::new(&far);
    assert_eq!(whole.len(), 1000);
    let part = whole.part(100..900);
    let inner = part.part(10..).fetch(..2);
    assert_eq!(*inner, [110, 111]);
    assert_eq!(part[0], 100);
    let of_read = part.part(5..6);
    drop(part);
    assert_eq!(*of_read, [105]);
    let pinned = Vec::read(&far);
    let within = pinned.part(1..3);
    drop(pinned);
    assert_eq!(*within, [1, 2]);
    let by_value = [1_u64, 2, 3];
    assert_eq!(*Ref::of(&by_value[..]).part(1..), [2, 3]);
    for (start, end) in [(2, 1001), (1001, 1001)] {
        std::panic::catch_unwind(|| drop(whole.part(start..end))).expect_err("it lies outside");
    }
}

fn a_part_travels_unseen() {
    let numbers: Vec<u64> = (0..1000).collect();
    let values = [10_u64, 20, 30];
    let sum = thread::scope(|s| {
        let part = Ref::new(&numbers).part(10..20);
        let own = Ref::of(&values[..]).part(1..);
        let task = s.spawn_on(there(), (part, own), |(part, own)| {
            let again = part.part(1..2);
            assert_eq!((again[0], again.len()), (11, 1));
            part.iter().chain(&*own).sum::<u64>()
        });
        task.join().unwrap()
    });
    assert_eq!(sum, (10..20).sum::<u64>() + 50);
}

fn a_stream_gives_every_value_once() {
    for count in [1, 99, 100, 101, 1000] {
        let far = remote(count);
        for ahead in [0, 1, 7] {
            let stream = far.stream().with_run_len(100).with_ahead(ahead);
            assert_eq!(stream.len() as u64, count.div_ceil(100));
            let mut next = 0;
            for run in stream {
                assert!(run.len() == 100 || run[run.len() - 1] == count - 1);
                assert!(run.iter().all(|value| {
                    next += 1;
                    *value == next - 1
                }));
            }
            assert_eq!(next, count);
        }
        let mut values = far.stream().with_run_len(7).values();
        assert_eq!(values.len() as u64, count);
        assert_eq!(values.next(), Some(0));
        assert_eq!(values.len() as u64, count - 1);
        assert_eq!(values.sum::<u64>(), (0..count).sum());
        assert!(far.stream().values().eq(0..count));
        let looked = far[0];
        assert!(far.stream().with_run_len(3).values().eq(looked..count), "also where all are here");
    }
}

fn values_with_pointers_stream_too() {
    let far: Vec<(Box<u64>, String)> = thread::spawn_on(there(), (), |()| {
        (0..500_u64).map(|n| (Box::new(n), String::from(format!("{n:>50}")))).collect()
    })
    .join()
    .unwrap();
    let mut next = 0;
    for run in far.stream().with_run_len(30) {
        for (number, text) in &*run {
            assert_eq!((**number, text.trim_start().parse()), (next, Ok(next)));
            next += 1;
        }
    }
    assert_eq!(next, 500);
}

fn streams_of_nothing() {
    assert_eq!(Vec::<u64>::new().stream().count(), 0);
    assert_eq!(vec![(); 10].stream().map(|run| run.len()).sum::<usize>(), 10);
    let mut emptied = remote(10);
    emptied.clear();
    assert_eq!(emptied.stream().values().next(), None);
}

fn a_stream_left_early_ends_nothing() {
    let mut far = remote(1000);
    for taken in 0..4 {
        let mut stream = far.stream().with_run_len(50);
        assert_eq!(stream.by_ref().take(taken).map(|run| run.len()).sum::<usize>(), 50 * taken);
        drop(stream);
        far[taken * 50] = 7;
        assert_eq!(far.stream().with_run_len(10).values().filter(|value| *value == 7).count(), taken + 2);
        far = away(far);
    }
}

/// Moves the values to the last node.
fn away(vec: Vec<u64>) -> Vec<u64> {
    let moved = thread::spawn_on(there(), (vec,), |(mut vec,)| {
        let _ = vec.as_mut_slice();
        vec
    });
    moved.join().expect("nothing panics there")
}

fn a_forgotten_stream_is_awaited_by_the_next_write() {
    for round in 0..10_u64 {
        let mut far = remote(2000);
        let mut stream = far.stream().with_run_len(100);
        let first = stream.next().map(|run| run[3]);
        std::mem::forget(stream);
        assert_eq!(first, Some(3));
        match round % 3 {
            0 => far.fill(round),
            1 => far = away(far),
            _ => drop(far),
        }
    }
}

fn a_forgotten_stream_of_a_task_is_awaited() {
    let mut numbers: Vec<u64> = (0..5000).collect();
    for round in 0..5 {
        thread::scope(|s| {
            let task = s.spawn_on(there(), (Ref::new(&numbers),), |(numbers,)| {
                let mut stream = numbers.stream().with_run_len(100).with_ahead(8);
                let first = stream.next().map(|run| run[0]);
                std::mem::forget(stream);
                first
            });
            assert_eq!(task.join().unwrap(), Some(round));
        });
        numbers.iter_mut().for_each(|number| *number += 1);
    }
    assert!(numbers.iter().copied().eq(5..5005));
}

fn streams_of_several_threads() {
    let far = remote(3000);
    let sums: u64 = thread::scope(|s| {
        let tasks: std::vec::Vec<_> = (0..4_usize)
            .map(|task| {
                let part = Ref::new(&far).part(task * 700..);
                s.spawn((part,), |(part,)| part.stream().with_run_len(64).values().sum::<u64>())
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).sum()
    });
    assert_eq!(sums, (0..4).map(|task| (task * 700..3000).sum::<u64>()).sum());
}

fn many_nodes_fill_parts_of_one_vector() {
    let mut squares = vec![0_u64; 1000];
    thread::scope(|s| {
        for (part, node) in squares.chunks_mut(300).zip(node::all().cycle()) {
            s.spawn_on(node, (RefMut::new(part),), |(mut part,)| part.fill(7));
        }
    });
    assert_eq!(squares.stream().values().filter(|square| *square == 7).count(), 1000);
    let (left, right) = squares.split_at_mut(500);
    thread::scope(|s| {
        for (start, part) in [(0_u64, left), (500, right)] {
            s.spawn_on(there(), (start, RefMut::new(part)), |(start, mut part)| {
                part.iter_mut().zip(start..).for_each(|(square, n)| *square = n * n);
            });
        }
    });
    assert!(squares.iter().copied().eq((0..1000).map(|n| n * n)));
}

fn a_fetch_may_leave_values_where_they_are() {
    let mut far = remote(1000);
    let fetches = [far.ahead(..400), far.ahead(400..), far.ahead(7..7)];
    let [low, high, none] = fetches.map(drust::Fetch::into_run);
    assert!(low.iter().chain(&high[..]).copied().eq(0..1000) && none.is_empty());
    drop((low, high, none));
    std::mem::forget(far.ahead(10..20).into_run());
    far[15] = 7;
    assert_eq!(far.ahead(14..17).into_run()[..], [14, 7, 16], "a write ends what was borrowed before");
    let texts: Vec<String> =
        thread::spawn_on(there(), (), |()| (0..9).map(|n| String::from(n.to_string())).collect()).join().unwrap();
    assert_eq!(texts.ahead(8..).into_run()[0], "8");
}

/// What a piece of program costs: direct reads and requests.
fn cost(body: impl FnOnce()) -> (u64, u64) {
    let ((), counts) = stats::count(body);
    (counts.direct_reads, counts.requests)
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_run_is_a_request() {
    let far = remote(1000);
    assert_eq!(cost(|| assert_eq!(far.fetch(5..6)[0], 5)), (0, 1));
    assert_eq!(cost(|| assert_eq!(far.fetch(5..6)[0], 5)), (0, 0), "the copy is still here");
    assert_eq!(cost(|| assert_eq!(far.stream().with_run_len(100).values().count(), 1000)), (0, 10));
    assert_eq!(cost(|| assert_eq!(far.stream().with_run_len(100).take(1).count(), 1)), (0, 5));
    let _ = far[0];
    assert_eq!(cost(|| assert_eq!(far.stream().with_run_len(100).values().count(), 1000)), (0, 0));
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_run_by_itself_is_a_request_and_no_copy() {
    let far = remote(1000);
    for _ in 0..2 {
        assert_eq!(cost(|| assert_eq!(far.ahead(..).into_run()[999], 999)), (0, 1));
    }
    let _ = far[0];
    assert_eq!(cost(|| assert_eq!(far.ahead(..).into_run()[999], 999)), (0, 0), "the vector pins a copy");
}

#[drust::test(nodes = 2, carrier = "shm")]
fn a_run_by_itself_is_a_direct_read_and_no_copy() {
    let far = remote(1000);
    for _ in 0..2 {
        let ((), counts) = stats::count(|| assert_eq!(far.ahead(..).into_run()[999], 999));
        assert_eq!((counts.direct_reads, counts.requests, counts.bytes_read), (1, 0, 8000));
    }
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_vector_does_not_move_for_nothing() {
    let mut far = remote(1000);
    let nothing = || {
        far.extend([0_u64; 0]);
        far.extend_from_slice(&[]);
        far.extend(std::iter::empty::<u64>());
        far.append(&mut Vec::new());
    };
    assert_eq!(cost(nothing), (0, 0));
}

#[drust::test(nodes = 2, carrier = "shm")]
fn a_run_is_read_where_it_lies() {
    let far = remote(1000);
    assert_eq!(cost(|| assert_eq!(far.fetch(5..6)[0], 5)), (1, 0));
    assert_eq!(cost(|| assert_eq!(far.stream().with_run_len(100).values().count(), 1000)), (10, 0));
}

#[derive(Portable, Clone, Copy, PartialEq, Debug)]
#[repr(align(64))]
struct Wide(u64);

#[drust::test(nodes = 2, carrier = "tcp")]
fn values_of_wide_alignment_are_filed_where_they_fit() {
    let far: Vec<Wide> = thread::spawn_on(there(), (), |()| (0..100).map(Wide).collect()).join().unwrap();
    for run in far.stream().with_run_len(7) {
        assert!(run.as_ptr().is_aligned());
    }
    assert!(far.stream().with_run_len(9).values().eq((0..100).map(Wide)));
}
