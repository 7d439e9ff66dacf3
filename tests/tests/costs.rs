//! The table "What an operation may cost" of the design, row by row, as counts over the whole cluster. Where the
//! partitions are mapped a fetch is one direct read of the home's memory, and a move that and a one-way free; over a
//! network each is one request and one reply.

use drust::boxed::TBox;
use drust::node::NodeId;
use drust::{Box, Portable, Ref, RefMut, node, stats, thread};
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes a test of each function on every carrier.
macro_rules! on_every_carrier {
    ($($nodes:literal $name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = $nodes, carrier = "shm")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = $nodes, carrier = "tcp")]
                fn $name() {
                    super::NETWORKED.store(true, super::Ordering::Relaxed);
                    super::$name();
                }
            )*
        }
    };
}

on_every_carrier! {
    2 at_home_everything_is_free,
    2 a_remote_value_is_read_once,
    2 moving_a_pointer_is_free,
    2 a_tied_group_is_one_read_and_its_write_too,
    2 a_write_takes_the_copy_that_is_here,
    2 a_write_without_a_copy_fetches_and_frees,
    2 a_write_while_others_read_the_copy_fetches,
    2 setting_and_exchanging_fetch_no_more_than_they_return,
    2 a_drop_is_one_one_way,
    2 a_users_drop_brings_the_value_here_first,
    2 a_task_is_a_request_and_a_reply_whatever_it_borrows,
    2 what_is_lent_mutably_rides_along,
    2 guards_leave_no_pin_and_find_the_copy_again,
    2 comparing_and_showing_leave_no_pin,
    2 a_walk_with_steps_holds_one_pin,
    3 a_pass_through_a_third_node_costs_two_tasks,
}

/// Whether the partitions are not mapped.
static NETWORKED: AtomicBool = AtomicBool::new(false);

/// What an operation cost: direct reads, one-ways, requests and replies.
#[derive(Debug)]
struct Counted(u64, u64, u64, u64);

/// What an operation may cost, on whatever carrier.
#[derive(Clone, Copy, Debug)]
struct Cost {
    fetches: u64,
    moves: u64,
    one_ways: u64,
    tasks: u64,
}

const NOTHING: Cost = Cost { fetches: 0, moves: 0, one_ways: 0, tasks: 0 };
const ONE_READ: Cost = Cost { fetches: 1, ..NOTHING };
const ONE_WAY: Cost = Cost { one_ways: 1, ..NOTHING };
const READ_AND_FREE: Cost = Cost { moves: 1, ..NOTHING };
const A_TASK: Cost = Cost { tasks: 1, ..NOTHING };

impl PartialEq<Cost> for Counted {
    fn eq(&self, cost: &Cost) -> bool {
        let Cost { fetches, moves, one_ways, tasks } = *cost;
        let read = fetches + moves;
        let expected = if NETWORKED.load(Ordering::Relaxed) {
            (0, one_ways, read + tasks, read + tasks)
        } else {
            (read, one_ways + moves, tasks, tasks)
        };
        (self.0, self.1, self.2, self.3) == expected
    }
}

fn cost<R>(body: impl FnOnce() -> R) -> Counted {
    of(body).1
}

fn of<R>(body: impl FnOnce() -> R) -> (R, Counted) {
    let (result, counts) = stats::count(body);
    (result, counted(&counts))
}

fn counted(counts: &stats::Counts) -> Counted {
    Counted(counts.direct_reads, counts.one_ways, counts.requests, counts.replies)
}

fn far() -> NodeId {
    node::all().last().expect("a node")
}

fn remote<T: Portable + Copy>(value: T) -> Box<T> {
    thread::spawn_on(far(), (value,), |(value,)| Box::new(value)).join().unwrap()
}

#[derive(Portable)]
struct Link {
    value: u64,
    next: Option<Box<Link>>,
}

#[derive(Portable)]
struct Group {
    value: u64,
    next: Option<TBox<Group>>,
}

#[derive(Portable)]
#[portable(drop)]
struct Noisy(u64);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.0 = 0;
    }
}

fn at_home_everything_is_free() {
    let used = cost(|| {
        let mut boxed = Box::new([1_u64; 100]);
        boxed[3] = 7;
        let sum: u64 = boxed.iter().sum();
        let moved = boxed;
        let borrowed = Ref::new(&moved);
        assert_eq!(borrowed[3] + sum, 113);
        drop(borrowed);
        assert_eq!(thread::scope(|s| s.spawn_on(node::current(), (Ref::new(&moved),), |(b,)| b[3]).join().unwrap()), 7);
    });
    assert_eq!(used, NOTHING);
}

fn a_remote_value_is_read_once() {
    let boxed = remote([5_u64; 200]);
    assert_eq!(cost(|| assert_eq!(boxed[7], 5)), ONE_READ);
    assert_eq!(cost(|| assert_eq!(boxed.iter().sum::<u64>(), 1000)), NOTHING);
    let moved = boxed;
    assert_eq!(cost(|| assert_eq!(moved[8] + Ref::new(&moved)[9], 10)), NOTHING);
}

fn moving_a_pointer_is_free() {
    let mut slots = [Some(remote(1_u64)), None, Some(remote(2_u64))];
    let used = cost(|| {
        slots.swap(0, 1);
        let taken = slots[2].take();
        let pair = (taken, slots);
        std::hint::black_box(pair)
    });
    assert_eq!(used, NOTHING);
}

fn a_tied_group_is_one_read_and_its_write_too() {
    let build = |(len,): (u64,)| {
        let none = Box::new(Group { value: 0, next: None });
        (0..len).fold(none, |mut root, value| {
            root.next = Some(TBox::new(Group { value, next: root.next.take() }));
            root
        })
    };
    let sum = |root: &Group| {
        let (mut sum, mut at) = (root.value, &root.next);
        while let Some(group) = at {
            sum += group.value;
            at = &group.next;
        }
        sum
    };
    let group = thread::spawn_on(far(), (1000,), build).join().unwrap();
    assert_eq!(cost(|| assert_eq!(sum(&group), 499_500)), ONE_READ);
    assert_eq!(cost(|| assert_eq!(sum(&group), 499_500)), NOTHING);
    let group = thread::spawn_on(far(), (10,), build).join().unwrap();
    assert_eq!(cost(|| assert_eq!(sum(&Box::read(&group)), 45)), ONE_READ);
    assert_eq!(cost(|| assert_eq!(sum(&Box::read(&group)), 45)), NOTHING, "the group is found again, whole");
    let mut group = thread::spawn_on(far(), (10,), build).join().unwrap();
    assert_eq!(cost(|| group.next.as_mut().unwrap().value += 1), READ_AND_FREE);
    assert_eq!(cost(|| assert_eq!(sum(&group), 46)), NOTHING);
    let group = thread::spawn_on(far(), (10,), build).join().unwrap();
    assert_eq!(cost(|| drop(group)), ONE_WAY);
}

fn a_write_takes_the_copy_that_is_here() {
    let mut boxed = remote(5_u64);
    assert_eq!(*boxed, 5);
    let ((), counts) = stats::count(|| *boxed += 1);
    assert_eq!(counted(&counts), ONE_WAY);
    assert_eq!(counts.promotions, 1);
    assert_eq!(cost(|| *boxed += 1), NOTHING);
    assert_eq!(*boxed, 7);
}

fn a_write_without_a_copy_fetches_and_frees() {
    let mut boxed = remote(5_u64);
    let ((), counts) = stats::count(|| *boxed += 1);
    assert_eq!(counted(&counts), READ_AND_FREE);
    assert_eq!(counts.moves, 1);
    assert_eq!(cost(|| *boxed += 1), NOTHING);
}

fn a_write_while_others_read_the_copy_fetches() {
    let list = thread::spawn_on(far(), (), |()| Box::new((Box::new(3_u64), 4_u64))).join().unwrap();
    let mut first = list;
    let used = cost(|| {
        // The copy of the pair pins a copy of its first; a write through the pair moves both.
        assert_eq!(*first.0 + first.1, 7);
        *first.0 += 1;
    });
    assert_eq!(used, Cost { fetches: 2, one_ways: 2, ..NOTHING });
}

fn setting_and_exchanging_fetch_no_more_than_they_return() {
    let mut boxed = remote([1_u64; 64]);
    assert_eq!(cost(|| Box::set(&mut boxed, [2; 64])), ONE_WAY);
    assert_eq!(cost(|| assert_eq!(boxed[1], 2)), NOTHING);
    let mut boxed = remote([1_u64; 32]);
    assert_eq!(cost(|| assert_eq!(Box::replace(&mut boxed, [2; 32])[0], 1)), READ_AND_FREE);
    let boxed = remote(9_u64);
    assert_eq!(cost(|| assert_eq!(Box::into_inner(boxed), 9)), READ_AND_FREE);
}

fn a_drop_is_one_one_way() {
    let boxed = remote([5_u64; 200]);
    assert_eq!(cost(|| drop(boxed)), ONE_WAY);
    let boxed = remote(5_u64);
    assert_eq!(*boxed, 5);
    assert_eq!(cost(|| drop(boxed)), ONE_WAY);
    let list = thread::spawn_on(far(), (), |()| {
        (0..100).fold(None, |next, value| Some(Box::new(Link { value, next }))).expect("a hundred")
    });
    let list = list.join().unwrap();
    assert_eq!(list.value, 99);
    assert_eq!(cost(|| drop(list)), ONE_WAY);
}

fn a_users_drop_brings_the_value_here_first() {
    let boxed = thread::spawn_on(far(), (), |()| Box::new(Noisy(5))).join().unwrap();
    assert_eq!(cost(|| drop(boxed)), READ_AND_FREE);
    let boxed = thread::spawn_on(far(), (), |()| Box::new(Noisy(5))).join().unwrap();
    assert_eq!(boxed.0, 5);
    assert_eq!(cost(|| drop(boxed)), READ_AND_FREE);
}

fn a_task_is_a_request_and_a_reply_whatever_it_borrows() {
    assert_eq!(cost(|| thread::spawn_on(far(), (1_u64,), |(n,)| n).join().unwrap()), A_TASK);
    let boxed = Box::new([7_u64; 50]);
    let here = cost(|| thread::scope(|s| s.spawn_on(far(), (Ref::new(&boxed),), |(_,)| ()).join().unwrap()));
    assert_eq!(here, A_TASK);
    let own = [3_u64; 20];
    let by_value = cost(|| thread::scope(|s| s.spawn_on(far(), (Ref::of(&own),), |(own,)| own[19]).join().unwrap()));
    assert_eq!(by_value, A_TASK);
    let read = cost(|| thread::scope(|s| s.spawn_on(far(), (Ref::new(&boxed),), |(b,)| b[1] + b[2]).join().unwrap()));
    assert_eq!(read, Cost { fetches: 1, tasks: 1, ..NOTHING });
    let given = cost(|| thread::spawn_on(far(), (boxed,), |(boxed,)| boxed).join().unwrap());
    assert_eq!(given, A_TASK);
}

fn what_is_lent_mutably_rides_along() {
    let mut own = [3_u64; 20];
    let used = cost(|| {
        thread::scope(|s| {
            s.spawn_on(far(), (RefMut::new(&mut own),), |(mut own,)| own[0] = 9);
        });
    });
    assert_eq!(used, A_TASK);
    assert_eq!(own[0], 9);
    let mut boxed = Box::new([1_u64; 10]);
    let used = cost(|| {
        thread::scope(|s| {
            s.spawn_on(far(), (RefMut::new(&mut *boxed),), |(mut boxed,)| boxed[0] = 9);
        });
    });
    assert_eq!(used, A_TASK);
    assert_eq!(boxed[0], 9);
    let mut pointer = Box::new(1_u64);
    let used = cost(|| {
        thread::scope(|s| {
            s.spawn_on(far(), (RefMut::new(&mut pointer),), |(mut pointer,)| **pointer += 1);
        });
    });
    assert_eq!(used, Cost { moves: 1, tasks: 1, ..NOTHING }, "the box rides along, and its object moves to the writer");
    assert_eq!(cost(|| assert_eq!(*pointer, 2)), ONE_READ);
}

fn guards_leave_no_pin_and_find_the_copy_again() {
    let mut boxed = remote([5_u64; 30]);
    assert_eq!(cost(|| assert_eq!(Box::read(&boxed)[3], 5)), ONE_READ);
    assert_eq!(cost(|| assert_eq!(Box::read(&boxed)[4], 5)), NOTHING);
    assert_eq!(format!("{boxed:p}"), "0x0", "the box holds no pin");
    assert_eq!(cost(|| assert_eq!(boxed[5], 5)), NOTHING);
    assert_ne!(format!("{boxed:p}"), "0x0", "plain borrows pin");
    Box::release(&mut boxed);
    assert_eq!(format!("{boxed:p}"), "0x0");
    let ((), counts) = stats::count(|| boxed[0] = 1);
    assert_eq!(counted(&counts), ONE_WAY);
    assert_eq!(counts.promotions, 1);
}

fn comparing_and_showing_leave_no_pin() {
    let (a, b) = (remote(5_u64), remote(6_u64));
    let used = cost(|| {
        assert!(a < b && a != b);
        assert_eq!(format!("{a} {b:?}"), "5 6");
        assert_eq!(*a.clone(), 5);
        std::hash::Hash::hash(&a, &mut std::hash::DefaultHasher::new());
    });
    assert_eq!(used, Cost { fetches: 2, ..NOTHING });
    assert_eq!(format!("{a:p} {b:p}"), "0x0 0x0");
}

fn a_walk_with_steps_holds_one_pin() {
    let list = thread::spawn_on(far(), (), |()| {
        (0..50).fold(None, |next, value| Some(Box::new(Link { value, next }))).expect("fifty")
    });
    let list = list.join().unwrap();
    let walk = || {
        let (mut sum, mut at) = (0, Some(Box::read(&list)));
        while let Some(link) = at {
            sum += link.value;
            at = Ref::try_step(link, |link| link.next.as_ref());
        }
        assert_eq!(sum, 1225);
    };
    assert_eq!(cost(walk), Cost { fetches: 50, ..NOTHING });
    assert_eq!(cost(walk), NOTHING);
    assert_eq!(format!("{list:p}"), "0x0");
}

fn a_pass_through_a_third_node_costs_two_tasks() {
    let boxed = remote(1_u64);
    let middle = node::all().nth(1).expect("three nodes");
    let (boxed, used) = of(|| thread::spawn_on(middle, (boxed,), |(boxed,)| boxed).join().unwrap());
    assert_eq!(used, A_TASK);
    assert_eq!(cost(|| assert_eq!(*boxed, 1)), ONE_READ);
    assert_eq!(cost(|| drop(boxed)), ONE_WAY);
}
