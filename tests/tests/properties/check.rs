//! Does random steps on both sides, and compares them after each.

use crate::methods::{Call, Table};
use crate::places::{PLACES, Place};
use crate::quiet::hush;
use crate::twins::{self, Twins};
use crate::values::settle;
use drust::{node, stats, thread};
use proptest::collection::vec;
use proptest::prelude::{Strategy, TestCaseError};
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

/// Cases of a test unless the environment asks for others.
const CASES: u32 = 256;
/// Most steps of a case.
const STEPS: usize = 24;
/// The seed unless the environment names another.
const SEED: u64 = 1;

/// Something that is done to the value on drust's side, and to that on std's where it can be.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Puts it somewhere, by way of a node.
    Put(Place, usize),
    /// Calls a method here.
    Do(Call),
    /// Calls a method in a task on a node that is lent the value.
    Lend(usize, Call),
}

/// Steps with calls of so many methods.
fn steps(methods: usize) -> impl Strategy<Value = Vec<Step>> {
    let calls = (0..methods, 0..16_usize, 0..16_usize, 0..12_u64);
    let calls = calls.prop_map(|(method, i, j, n)| Call { method, i, j, n });
    let others = 1..3_usize;
    let step = prop_oneof![
        4 => calls.clone().prop_map(Step::Do),
        3 => (select(&PLACES[..]), others.clone()).prop_map(|(place, other)| Step::Put(place, other)),
        2 => (others, calls).prop_map(|(other, call)| Step::Lend(other, call)),
    ];
    vec(step, 1..STEPS)
}

/// Does all steps on both sides.
fn run(mut twins: Box<dyn Twins>, steps: &[Step]) -> Result<(), TestCaseError> {
    for (at, &step) in steps.iter().enumerate() {
        let (ours, call) = match step {
            Step::Put(place, other) => {
                if let Some((ours, stds)) = twins.put(place, other) {
                    same(&format!("step {at}, on the way"), &ours, &stds)?;
                }
                continue;
            }
            Step::Do(call) => (twins.call(call), call),
            Step::Lend(other, call) => (twins.lend(other, call), call),
        };
        same(&format!("step {at}"), &ours, &twins.call_std(call))?;
    }
    let (ours, stds) = twins.second();
    same("the second value", &ours, &stds)?;
    let (ours, stds) = twins.end();
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

/// One line per step.
fn listed(methods: &[&str], steps: &[Step]) -> String {
    let call = |Call { method, i, j, n }: Call| format!("{} (i {i}, j {j}, n {n})", methods[method]);
    steps.iter().enumerate().fold(String::new(), |mut list, (at, &step)| {
        let step = match step {
            Step::Put(place, other) => format!("{place:?}, by way of node {other}"),
            Step::Do(what) => call(what),
            Step::Lend(other, what) => format!("lent to node {other}: {}", call(what)),
        };
        let _ = write!(list, "\n  {at}. {step}");
        list
    })
}

/// Does random steps, which shrink where they fail; nothing may be left in the heap, nor be dropped but once.
pub fn check<T: Table>() {
    check_with(T::METHODS, twins::new::<T>);
}

fn check_with(methods: &[&str], twins: fn() -> Box<dyn Twins>) {
    for node in node::all() {
        thread::spawn_on(node, (), |()| hush()).join().expect("nothing panics there");
    }
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if matches!(config.rng_seed, RngSeed::Random) {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    let (seed, verbose) = (config.rng_seed, config.verbose > 0);
    let ended = TestRunner::new(config).run(&steps(methods.len()), |steps| {
        if verbose {
            eprintln!("{}", listed(methods, &steps));
        }
        settle();
        let before = live();
        run(twins(), &steps)?;
        same("dropped more or less than once", &settle(), &BTreeMap::new())?;
        same("left in the heap", &live(), &before)
    });
    match ended {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => panic!("PROPTEST_RNG_SEED={seed}: {why}\n{}", listed(methods, &steps)),
        Err(TestError::Abort(why)) => panic!("PROPTEST_RNG_SEED={seed}: {why}"),
    }
}
