//! `Once`, `OnceLock`, `LazyLock` and `Barrier` as std documents its own, their users on one node and on several.

use crate::counted::{self, Counted, panic_of};
use crate::{live, messages, on, start};
use drust::sync::{Arc, Barrier, LazyLock, Mutex, Once, OnceLock, RwLock};
use drust::{Box, Portable, String, Vec, node, stats, vec};

/// So many tasks on all nodes, and what they return.
fn everywhere<A: Portable + Clone, R: Portable>(tasks: usize, args: A, body: fn(A) -> R) -> std::vec::Vec<R> {
    let begun: std::vec::Vec<_> = (0..tasks).map(|at| start(at % node::count(), args.clone(), body)).collect();
    begun.into_iter().map(|task| task.join().expect("nothing panics there")).collect()
}

/// Tasks on all nodes call one once; what the one that runs has done, all see.
fn stampede() {
    let (once, calls) = (Arc::new(Once::new()), Arc::new(RwLock::new(0)));
    let seen = everywhere(9, (once.clone(), calls.clone()), |(once, calls): (Arc<Once>, Arc<RwLock<u32>>)| {
        once.call_once(|| *calls.write().unwrap() += 1);
        assert!(once.is_completed());
        *calls.read().unwrap()
    });
    assert_eq!(seen, [1; 9]);
    let value = Arc::new(OnceLock::<Vec<String>>::new());
    let seen = everywhere(9, (value.clone(), calls.clone()), |(value, calls)| {
        let made = value.get_or_init(|| {
            *calls.write().unwrap() += 1;
            vec![String::from("a value that"), String::from("is made once, somewhere")]
        });
        made.iter().map(|part| part.len()).sum::<usize>()
    });
    assert_eq!((seen, *calls.read().unwrap()), (std::vec![35; 9], 2));
}

#[drust::test(nodes = 3)]
fn it_happens_once_whoever_calls() {
    stampede();
}

/// A barrier is used again and again, and nobody is ahead.
fn rounds(rounds: u32) {
    let (barrier, arrived) = (Arc::new(Barrier::new(6)), Arc::new(RwLock::new(0)));
    let leaders = everywhere(
        6,
        (barrier, arrived.clone(), rounds),
        |(barrier, arrived, rounds): (Arc<Barrier>, Arc<RwLock<u32>>, u32)| {
            let mut leads = 0;
            for round in 1..=rounds {
                *arrived.write().unwrap() += 1;
                leads += u32::from(barrier.wait().is_leader());
                assert_eq!(*arrived.read().unwrap(), 6 * round);
                barrier.wait();
            }
            leads
        },
    );
    assert_eq!(leaders.into_iter().sum::<u32>(), rounds);
}

#[drust::test(nodes = 3)]
fn nobody_passes_a_barrier_alone() {
    rounds(10);
    let far = on(2, (), |()| Barrier::new(0));
    assert!(far.wait().is_leader());
    let ((), waited) = stats::count(|| assert!(far.wait().is_leader()));
    assert_eq!((waited.requests, waited.replies, waited.one_ways), (1, 1, 0), "{waited:?}");
    assert_eq!(format!("{far:?} {:?}", far.wait()), "Barrier { .. } BarrierWaitResult { is_leader: true }");
}

/// Under so many orders of all events.
macro_rules! in_any_order {
    ($($name:ident $seed:literal),*) => {$(
        #[drust::test(nodes = 3, seed = $seed)]
        fn $name() {
            stampede();
            rounds(2);
        }
    )*};
}

in_any_order!(order_1 1, order_2 2, order_3 3, order_4 4, order_5 5);

/// What std says of a once that panics.
fn poisoned(once: &Once) {
    assert!(!once.is_completed());
    assert_eq!(panic_of(|| once.call_once(|| panic!("the first fails"))), "the first fails");
    assert!(!once.is_completed());
    assert_eq!(panic_of(|| once.call_once(|| ())), "Once instance has previously been poisoned");
    assert_eq!(panic_of(|| once.wait()), "Once instance has previously been poisoned");
    let mut called = false;
    assert_eq!(panic_of(|| once.call_once_force(|state| panic!("{}", state.is_poisoned()))), "true");
    once.call_once_force(|state| called = state.is_poisoned());
    assert!(called && once.is_completed());
    once.call_once(|| panic!("not again"));
    once.call_once_force(|_| panic!("not again"));
    once.wait();
    once.wait_force();
}

#[drust::test(nodes = 3)]
fn a_panic_stays_until_it_is_forgiven() {
    poisoned(&Once::new());
    for rank in 0..3 {
        let once = on(rank, (), |()| Arc::new(Once::new()));
        poisoned(&once);
        assert!(on((rank + 1) % 3, (once,), |(once,)| once.is_completed()));
    }
    let once = Arc::new(Once::new());
    on(1, (once.clone(),), |(once,)| drop(panic_of(|| once.call_once(|| panic!("there")))));
    assert_eq!(on(2, (once,), |(once,)| panic_of(|| once.call_once(|| ())).len()), 42);
}

/// What std says of a value that is made once.
fn made(mut once: OnceLock<String>) {
    assert!(once.get().is_none() && once.get_mut().is_none() && once.take().is_none());
    assert_eq!(format!("{once:?}"), "OnceLock(<uninit>)");
    assert_eq!(panic_of(|| assert!(once.get_or_init(|| panic!("no value")).is_empty())), "no value");
    assert_eq!(once.get_or_init(|| String::from("first")), "first");
    assert_eq!(once.get_or_init(|| panic!("it is made")), "first");
    assert_eq!(once.set(String::from("second")), Err(String::from("second")));
    assert_eq!((once.get().unwrap().as_str(), once.wait().as_str()), ("first", "first"));
    once.get_mut().unwrap().push_str(" and more");
    assert_eq!(once.get().unwrap(), "first and more");
    assert_eq!(format!("{once:?}"), "OnceLock(\"first and more\")");
    let clone = once.clone();
    assert!(clone == once && clone != OnceLock::new());
    assert_eq!(once.take().as_deref(), Some("first and more"));
    assert_eq!((once.get(), once.set(String::from("third"))), (None, Ok(())));
    assert_eq!((once.into_inner().as_deref(), clone.into_inner().as_deref()), (Some("third"), Some("first and more")));
}

#[drust::test(nodes = 3)]
fn a_value_is_made_read_changed_and_taken_on_whichever_node() {
    made(OnceLock::new());
    for (made_on, used_on) in [(1, 0), (0, 1), (1, 1), (1, 2)] {
        let once = on(made_on, (), |()| OnceLock::new());
        on(used_on, (once,), |(once,)| made(once));
    }
    // Each change on another node, while copies of what was before are about.
    let mut once = OnceLock::from(vec![0]);
    for round in 1..7 {
        let shared = Arc::new(once);
        let lens = everywhere(6, (shared.clone(),), |(once,): (Arc<OnceLock<Vec<usize>>>,)| once.get().unwrap().len());
        assert_eq!(lens, [round; 6]);
        let alone = Arc::try_unwrap(shared).expect("the others are gone");
        once = on(round % 3, (alone, round), |(mut once, round): (OnceLock<Vec<usize>>, usize)| {
            once.get_mut().unwrap().push(round);
            if round % 2 == 0 {
                let value = once.take().unwrap();
                assert_eq!(once.get(), None);
                once.set(value).unwrap();
            }
            once
        });
    }
    assert_eq!(once.into_inner().unwrap(), [0, 1, 2, 3, 4, 5, 6]);
}

#[drust::test(nodes = 3)]
fn who_waits_is_told_when_it_is_done() {
    let (once, value) = (Arc::new(Once::new()), Arc::new(OnceLock::new()));
    let waiting: std::vec::Vec<_> = (0..6)
        .map(|at| {
            start(at % 3, (once.clone(), value.clone()), |(once, value): (Arc<Once>, Arc<OnceLock<u64>>)| {
                once.wait_force();
                *value.wait()
            })
        })
        .collect();
    on(1, (once.clone(),), |(once,)| drop(panic_of(|| once.call_once(|| panic!("who forgives waits on")))));
    on(2, (once,), |(once,)| once.call_once_force(|_| ()));
    on(1, (value,), |(value,)| value.set(8).unwrap());
    assert!(waiting.into_iter().all(|task| task.join().unwrap() == 8));
}

#[drust::test(nodes = 3)]
fn what_is_known_costs_nothing() {
    let value = Arc::new(on(1, (), |()| OnceLock::from(vec![1_u64, 2])));
    let once = Arc::new(Once::new());
    once.call_once(|| ());
    on(2, (value, once), |(value, once): (Arc<OnceLock<Vec<u64>>>, Arc<Once>)| {
        assert!(value.get().unwrap()[1] == 2 && once.is_completed());
        let ((), again) = stats::count(|| {
            for _ in 0..100 {
                assert!(value.get().unwrap()[1] == 2 && once.is_completed());
                once.call_once(|| panic!("it is done"));
                value.get_or_init(|| panic!("it is made"));
            }
        });
        assert_eq!(messages(&again), 0, "{again:?}");
    });
}

#[drust::test(nodes = 3)]
fn all_that_was_made_ends_with_it() {
    let before = live();
    for (made, used, dropped) in [(0, 0, 0), (0, 1, 0), (0, 1, 2), (1, 0, 2), (1, 1, 0), (2, 1, 1)] {
        let once = on(made, (), |()| OnceLock::<Vec<Box<u64>>>::new());
        let once = on(used, (once,), |(once,)| {
            once.get_or_init(|| vec![Box::new(1), Box::new(2)]);
            once
        });
        let once = on(2, (once,), |(once,)| {
            assert_eq!(*once.get().unwrap()[1], 2);
            once
        });
        on(dropped, (once, Barrier::new(2), Once::new()), drop);
        let counted = on(made, (), |()| OnceLock::new());
        let counted = on(used, (counted,), |(once,)| {
            once.set(Box::new(Counted(1))).unwrap();
            once
        });
        let drops = on(dropped, (counted,), |(once,)| counted::drops(|| drop(once)));
        assert_eq!(drops, 1, "made on {made}, used on {used}, dropped on {dropped}");
    }
    assert_eq!(counted::drops(|| drop(OnceLock::<Counted>::new())), 0);
    assert_eq!(live(), before, "what was made is freed");
}

#[derive(Portable)]
struct Settings {
    name: LazyLock<String>,
    nothing: LazyLock<()>,
    fails: LazyLock<u8>,
}

#[drust::test(nodes = 3)]
fn a_lazy_value_is_made_by_its_first_reader() {
    let settings = Arc::new(Settings {
        name: LazyLock::new(|| String::from("a name of some length")),
        nothing: LazyLock::default(),
        fails: LazyLock::new(|| panic!("it cannot be made")),
    });
    assert_eq!(format!("{:?}", settings.name), "LazyLock(<uninit>)");
    let lens = everywhere(6, (settings.clone(),), |(settings,): (Arc<Settings>,)| {
        let () = *settings.nothing;
        LazyLock::force(&settings.name).len()
    });
    assert_eq!(lens, [21; 6]);
    assert_eq!(format!("{:?}", settings.name), "LazyLock(\"a name of some length\")");
    let fails = |(settings,): (Arc<Settings>,)| String::from(panic_of(|| assert_eq!(*settings.fails, 1)).as_str());
    assert_eq!(on(1, (settings.clone(),), fails), "it cannot be made");
    for rank in 0..3 {
        assert_eq!(on(rank, (settings.clone(),), fails), "LazyLock instance has previously been poisoned");
    }
}

drust::global! {
    static START: Once = Once::new();
    static NAME: OnceLock<String> = OnceLock::new();
    static MEETING: Barrier = Barrier::new(6);
}

#[drust::test(nodes = 3)]
fn globals_are_the_same_on_all_nodes() {
    drust::testing::allow_leaks();
    let ran = everywhere(6, (), |()| {
        let mut ran = false;
        MEETING.wait();
        START.call_once(|| ran = true);
        (ran, NAME.get_or_init(|| String::from("the first")).len())
    });
    assert_eq!(ran.iter().filter(|(ran, len)| *ran && *len == 9).count(), 1);
    assert_eq!(NAME.get().unwrap(), "the first");
}

#[drust::test(nodes = 3)]
fn counted_handles_are_given_back_when_what_was_made_ends() {
    let inner = Arc::new(5_u64);
    let once = OnceLock::from(vec![inner.clone(), inner.clone()]);
    let once = on(1, (once,), |(once,): (OnceLock<Vec<Arc<u64>>>,)| {
        assert_eq!(Arc::strong_count(&once.get().unwrap()[0]), 3);
        once
    });
    on(2, (once,), drop);
    assert_eq!(Arc::strong_count(&inner), 1);
}

/// What was made holds a lock whose token is elsewhere when it ends, by a message: that must not hold its server up.
fn ends_with_a_lock_that_is_away() {
    let lock = on(1, (), |()| {
        let lock = OnceLock::<Mutex<u64>>::new();
        lock.get_or_init(|| Mutex::new(1));
        lock
    });
    *lock.get().expect("it was made").lock().unwrap() += 1;
    let once = Arc::new(Once::new());
    drop(lock);
    on(1, once.clone(), |once| once.call_once(|| ()));
    assert!(once.is_completed());
}

#[drust::test(nodes = 2)]
fn it_ends_with_a_lock_that_is_away() {
    ends_with_a_lock_that_is_away();
}

#[drust::test(nodes = 2, seed = 3)]
fn it_ends_with_a_lock_that_is_away_when_simulated() {
    ends_with_a_lock_that_is_away();
}
