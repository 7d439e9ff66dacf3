//! Runs random steps on both sides, and compares them after each.

use crate::methods::{Call, Table, calls};
use crate::places::{Held, PLACES, Place, nth};
use crate::values::{settle, tally};
use drust::{RefMut, node, stats, thread};
use proptest::collection::vec;
use proptest::prelude::{Strategy, TestCaseError};
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Cases of a test unless the environment asks for others.
const CASES: u32 = 256;
/// Most steps of a case.
const STEPS: usize = 24;
/// The seed unless the environment names another.
const SEED: u64 = 1;

/// Something that is done to the value on drust's side, and to that on std's where it can be.
#[derive(Clone, Copy)]
enum Step<M: drust::Portable> {
    /// Puts it somewhere, by way of a node.
    Put(Place, usize),
    /// Calls a method here.
    Do(Call<M>),
    /// Calls a method in a task on a node that is lent the value.
    Lend(usize, Call<M>),
}

impl<M: drust::Portable + Debug> Debug for Step<M> {
    /// One line, also where a failure prints them with `{:#?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Put(place, other) => write!(f, "{place:?} by way of node {other}"),
            Step::Do(call) => write!(f, "{call:?}"),
            Step::Lend(other, call) => write!(f, "lent to node {other}: {call:?}"),
        }
    }
}

fn steps<T: Table>() -> impl Strategy<Value = Vec<Step<T::Method>>> {
    let others = 1..3_usize;
    let step = prop_oneof![
        4 => calls::<T>().prop_map(Step::Do),
        3 => (select(&PLACES[..]), others.clone()).prop_map(|(place, other)| Step::Put(place, other)),
        2 => (others, calls::<T>()).prop_map(|(other, call)| Step::Lend(other, call)),
    ];
    vec(step, 1..STEPS)
}

/// What a call ended in, and what can be seen of the value then.
struct Seen {
    /// What it returned, made and dropped; a panic's message.
    end: Result<String, String>,
    state: String,
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Holds this thread's panics back from the log while it lives: those of the calls are expected.
struct Quiet;

impl Quiet {
    fn new() -> Quiet {
        QUIET.set(true);
        Quiet
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(false);
    }
}

fn hush() {
    for node in node::all() {
        let hushed = thread::spawn_on(node, (), |()| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if !QUIET.get() {
                    before(info);
                }
            }));
        });
        hushed.join().expect("nothing panics there");
    }
}

/// What `call` returned, and what it made and dropped.
fn counted(call: impl FnOnce() -> String) -> String {
    let before = tally();
    let returned = call();
    let after = tally();
    format!("{returned}, made {}, dropped {}", after.0 - before.0, after.1 - before.1)
}

fn caught(call: impl FnOnce() -> String) -> Result<String, String> {
    let _quiet = Quiet::new();
    catch_unwind(AssertUnwindSafe(|| counted(call))).map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => worded(*message),
        Err(panic) => worded(panic.downcast_ref::<&str>().map_or(String::new(), |message| (*message).to_owned())),
    })
}

/// What a panic says: that a character would be split std words in one way in each method, and newly now and then.
fn worded(message: String) -> String {
    if message.contains("boundary") { "a character would be split".to_owned() } else { message }
}

/// Calls a method in a task on another node; what it left is looked at in a second task there where it panicked.
fn lend<T: Table>(held: &mut Held<T::Ours>, other: usize, call: Call<T::Method>) -> Seen {
    let (v, w) = held.both();
    let end = thread::scope(|s| {
        let task = s.spawn_on(nth(other), (RefMut::new(v), RefMut::new(w), call), |(mut v, mut w, call)| {
            let _quiet = Quiet::new();
            let returned = counted(|| T::ours(call, &mut v, &mut w));
            (drust::String::from(returned), drust::String::from(T::our_state(&v)))
        });
        task.join()
    });
    match end {
        Ok((returned, state)) => Seen { end: Ok(returned.into()), state: state.into() },
        Err(thread::JoinError::Panicked { message, .. }) => {
            Seen { end: Err(worded(message)), state: T::our_state(held.both().0) }
        }
        Err(other) => panic!("{other}"),
    }
}

/// Does all steps on both sides.
fn run<T: Table>(steps: Vec<Step<T::Method>>) -> Result<(), TestCaseError> {
    let mut held = Held::Loose(T::Ours::default(), T::Ours::default());
    let (mut v, mut w) = (T::Stds::default(), T::Stds::default());
    for (at, step) in steps.into_iter().enumerate() {
        let (ours, call) = match step {
            Step::Put(place, other) => {
                let (put, seen) = held.put(place, other);
                held = put;
                if let Some(seen) = seen {
                    same(&format!("step {at}, on the way"), &seen, &format!("{v:?}"))?;
                }
                continue;
            }
            Step::Do(call) => {
                let (v, w) = held.both();
                let end = caught(|| T::ours(call, v, w));
                (Seen { end, state: T::our_state(v) }, call)
            }
            Step::Lend(other, call) => (lend::<T>(&mut held, other, call), call),
        };
        let end = caught(|| T::stds(call, &mut v, &mut w));
        same(&format!("step {at}, end"), &ours.end, &end)?;
        same(&format!("step {at}, state"), &ours.state, &T::stds_state(&v))?;
    }
    same("the second value", &T::our_state(held.both().1), &T::stds_state(&w))?;
    let ours = counted(|| {
        drop(held);
        String::new()
    });
    let stds = counted(|| {
        drop((v, w));
        String::new()
    });
    same("the last drops", &ours, &stds)
}

fn same<S: PartialEq + Debug>(what: &str, ours: &S, stds: &S) -> Result<(), TestCaseError> {
    if ours == stds {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("{what}:\n  drust {ours:?}\n  std   {stds:?}")))
}

/// What lives in the cluster's heap, printed: its own type has no `==`.
fn live() -> Vec<String> {
    stats::live().iter().map(ToString::to_string).collect()
}

/// Does random steps, which shrink where they fail; nothing may be left in the heap, nor be dropped but once.
pub fn check<T: Table>() {
    hush();
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if matches!(config.rng_seed, RngSeed::Random) {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    let seed = config.rng_seed;
    let mut runner = TestRunner::new(config);
    let ended = runner.run(&steps::<T>(), |steps| {
        settle();
        let before = live();
        run::<T>(steps)?;
        same("dropped more or less than once", &settle(), &BTreeMap::new())?;
        same("left in the heap", &live(), &before)
    });
    if let Err(error) = ended {
        panic!("PROPTEST_RNG_SEED={seed}: {error}");
    }
}
