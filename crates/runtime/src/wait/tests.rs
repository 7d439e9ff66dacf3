//! Waits of minutes, in simulated time: each is told of after ten seconds, and again when it has lasted twice as long.

use crate::memory::{self, Shape, allocate_or_end};
use crate::simulation::{End, Fault, Simulation, simulate};
use crate::stub::in_child;
use crate::task::{Options, Scope, spawn};
use drust_fabric::schedule;
use drust_heap::{Described, Handle};
use drust_proto::Rank;
use std::alloc::Layout;
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const MINUTE: Duration = Duration::from_secs(60);

/// Writes the messages of the waits to stdout, and does what else it is to.
struct Listener(fn());

struct Message;

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = writeln!(std::io::stdout(), "told: {value:?}");
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "drust::wait"
    }
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message);
        (self.0)();
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What was told in a child that simulates two nodes which know each other by messages.
fn told(test: &str, faults: Vec<Fault>, main: fn()) -> Vec<String> {
    told_to(Listener(|| ()), test, faults, main)
}

fn told_to(listener: Listener, test: &str, faults: Vec<Fault>, main: fn()) -> Vec<String> {
    let output = in_child(&format!("wait::tests::{test}"), || {
        tracing::subscriber::set_global_default(listener).expect("the child has no other");
        let simulation = Simulation { nodes: 2, direct: Some(false), faults, ..Simulation::default() };
        let run = simulate(&simulation, main);
        let code = if matches!(run.end, End::Returned(())) { 0 } else { 1 };
        leave(code)
    });
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split_once("told: ")).map(|(_, told)| told.to_owned()).collect()
}

#[allow(clippy::disallowed_methods, reason = "the child's own end")]
fn leave(code: i32) -> ! {
    std::process::exit(code)
}

/// Whether the messages are those of one wait of a minute and a bit.
fn lasts_a_minute(told: &[String], what: &str) -> bool {
    let seconds = [10, 20, 40];
    let said = told.iter().map(|line| line.split(", spawned at ").next().unwrap());
    said.eq(seconds.map(|seconds| format!("a thread has waited {seconds} s for {what}")).iter().map(String::as_str))
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_join_that_lasts_is_told_of() {
    let told = told("a_join_that_lasts_is_told_of", Vec::new(), || {
        let options = Options { to: Some(Rank(1)), name: Some("slow".into()), ..Options::default() };
        // SAFETY: the arguments borrow nothing.
        unsafe { spawn((), |()| schedule::sleep(MINUTE), options) }.join().unwrap();
    });
    assert!(lasts_a_minute(&told, "the end of task `slow` on node 1"), "{told:#?}");
    assert!(told.iter().all(|line| line.contains("wait/tests.rs:")), "{told:#?}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_scope_that_lasts_is_told_of() {
    let told = told("a_scope_that_lasts_is_told_of", Vec::new(), || {
        let scope = Arc::new(Scope::new());
        for to in [0, 1] {
            let options = Options { to: Some(Rank(to)), scope: Some(scope.clone()), ..Options::default() };
            // SAFETY: the arguments borrow nothing.
            drop(unsafe { spawn((), |()| schedule::sleep(MINUTE), options) });
        }
        assert!(!scope.wait(crate::node::here()));
    });
    assert_eq!(told.len(), 3, "{told:#?}");
    let what = "s for 2 tasks of a scope, the last of which was spawned at ";
    assert!(told.iter().all(|line| line.contains(what)), "{told:#?}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_fetch_that_lasts_is_told_of_with_its_line() {
    let stop = Fault::Stop { node: 1, at: Duration::from_secs(1), lasts: MINUTE };
    let told = told("a_fetch_that_lasts_is_told_of_with_its_line", vec![stop], || {
        let make = |()| {
            let fresh = allocate_or_end(Layout::new::<u64>(), u64::DESCRIPTOR);
            // SAFETY: the slot is new.
            unsafe { fresh.place.as_ptr().cast::<u64>().write(7) };
            (fresh.address.word(), fresh.stamp.0)
        };
        let options = Options { to: Some(Rank(1)), ..Options::default() };
        // SAFETY: the arguments borrow nothing.
        let (word, stamp) = unsafe { spawn((), make, options) }.join().unwrap();
        schedule::sleep(Duration::from_secs(2));
        let handle = Handle::exposed(drust_proto::Address::from_word(word), drust_proto::Stamp(stamp));
        let place = memory::read(&handle, Shape { descriptor: u64::DESCRIPTOR, elements: 1, capacity: 1 });
        // SAFETY: the copy is pinned by the handle.
        assert_eq!(unsafe { place.cast::<u64>().read() }, 7);
    });
    let line = "s for the value of node 1 at 1:0x";
    assert!(told.len() == 3 && told.iter().all(|told| told.contains(line)), "{told:#?}");
    assert!(told[0].starts_with("a thread has waited 10 s") && told[2].starts_with("a thread has waited 40 s"));
    assert!(told.iter().all(|told| told.contains(", used at ") && told.contains("wait/tests.rs:")), "{told:#?}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn who_listens_and_panics_ends_no_wait() {
    static ENDED: AtomicBool = AtomicBool::new(false);
    let listener = Listener(|| panic!("by who listens"));
    let told = told_to(listener, "who_listens_and_panics_ends_no_wait", Vec::new(), || {
        let scope = Arc::new(Scope::new());
        let options = Options { to: Some(Rank(0)), scope: Some(scope.clone()), ..Options::default() };
        let task = |()| {
            schedule::sleep(MINUTE);
            ENDED.store(true, Ordering::Relaxed);
        };
        // SAFETY: the arguments borrow nothing.
        drop(unsafe { spawn((), task, options) });
        assert!(!scope.wait(crate::node::here()));
        assert!(ENDED.load(Ordering::Relaxed), "what it borrows is its own until it has ended");
    });
    assert_eq!(told.len(), 3, "{told:#?}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_node_that_does_not_agree_to_end_is_told_of() {
    let stop = Fault::Stop { node: 1, at: Duration::from_secs(1), lasts: MINUTE };
    let told = told("a_node_that_does_not_agree_to_end_is_told_of", vec![stop], || {
        schedule::sleep(Duration::from_secs(2));
    });
    assert!(lasts_a_minute(&told, "the other nodes to agree that the job ends"), "{told:#?}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_short_wait_and_a_deadline_are_not_told_of() {
    let told = told("a_short_wait_and_a_deadline_are_not_told_of", Vec::new(), || {
        let options = || Options { to: Some(Rank(1)), ..Options::default() };
        // SAFETY: the arguments borrow nothing.
        let join = unsafe { spawn((), |()| schedule::sleep(MINUTE / 2), options()) };
        let join = join.join_timeout(MINUTE / 10).unwrap_err();
        schedule::sleep(MINUTE / 3);
        join.join().unwrap();
    });
    assert_eq!(told, Vec::<String>::new());
}
