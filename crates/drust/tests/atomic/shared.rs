//! Threads of all nodes on the same words, on every carrier.
#![allow(clippy::disallowed_methods, reason = "one test has threads of its own")]

use crate::{Mapped, cost, last, on_every_carrier};
use drust::sync::Arc;
use drust::sync::atomic::Ordering::{Relaxed, SeqCst};
use drust::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize};
use drust::{Box, Portable, Ref, global, node, stats, thread};
use std::sync::mpsc;
use std::time::Duration;

on_every_carrier! {
    simulated: 3 nodes, seed 5;
    each_sum_is_found_once,
    what_tasks_added_is_there_when_they_are_joined,
    a_thread_sees_what_it_added,
    what_is_handed_on_by_std_is_seen_after_a_release,
    more_additions_than_may_be_under_way,
    words_that_end_with_additions_waiting,
    what_was_added_is_there_when_an_arc_is_sole_again,
    a_word_is_a_lock,
    a_word_of_a_copy_is_the_same_word,
    a_global_word_is_one_for_all,
    operations_cost_what_the_page_says,
    nothing_lives_on,
}

/// Runs two tasks on each node, and gives what they return.
macro_rules! everywhere {
    ($shared:expr, |$word:ident| $body:expr) => {
        thread::scope(|s| {
            let nodes = node::all().chain(node::all());
            let tasks: Vec<_> = nodes.map(|node| s.spawn_on(node, (Ref::new(&$shared),), |($word,)| $body)).collect();
            tasks.into_iter().map(|task| task.join().expect("nothing panics there")).collect::<Vec<_>>()
        })
    };
}

/// A word of the last node.
fn there() -> AtomicU64 {
    thread::spawn_on(last(), (), |()| AtomicU64::new(0)).join().expect("nothing panics there")
}

fn each_sum_is_found_once(_: Mapped) {
    for word in [Box::new(AtomicU64::new(0)), Box::new(there())] {
        let found =
            everywhere!(word, |word| { (0..20).map(|_| word.fetch_add(1, Relaxed)).collect::<drust::Vec<_>>() });
        let mut found: Vec<u64> = found.into_iter().flat_map(|found| found.to_vec()).collect();
        found.sort_unstable();
        assert!(found.into_iter().eq(0..120));
    }
}

fn what_tasks_added_is_there_when_they_are_joined(_: Mapped) {
    let words = Box::new((AtomicU64::new(0), there(), AtomicI32::new(1)));
    everywhere!(words, |words| (0..700).for_each(|_| {
        words.0.add(1);
        words.1.add(u64::MAX);
        words.2.add(-1);
    }));
    let (here, there, signed) = Box::into_inner(words);
    assert_eq!(here.load(Relaxed), 4200);
    assert_eq!(there.load(Relaxed), 0_u64.wrapping_sub(4200));
    assert_eq!(signed.into_inner(), 1 - 4200);
    assert_eq!(there.into_inner(), 0_u64.wrapping_sub(4200));
}

fn a_thread_sees_what_it_added(_: Mapped) {
    let word = there();
    for expected in 1..50 {
        word.add(1);
        assert_eq!(word.load(Relaxed), expected);
    }
}

fn what_is_handed_on_by_std_is_seen_after_a_release(mapped: Mapped) {
    if mapped.is_none() {
        return; // A simulated world does not know that a thread waits for another by std's means.
    }
    let shared = Box::new((there(), AtomicBool::new(false)));
    thread::scope(|s| {
        let reader = s.spawn_on(last(), (Ref::new(&shared),), |(shared,)| {
            while !shared.1.load(Relaxed) {
                thread::yield_now();
            }
            shared.0.load(Relaxed)
        });
        // A thread of this node adds, and says so in a way that drust knows nothing of.
        let (tell, told) = mpsc::channel();
        std::thread::scope(|threads| {
            let word = &shared.0;
            threads.spawn(move || {
                word.add(7);
                tell.send(()).expect("somebody listens");
                std::thread::sleep(Duration::from_millis(20));
            });
            told.recv().expect("it is told");
            shared.1.store(true, Relaxed);
        });
        assert_eq!(reader.join().expect("nothing panics there"), 7);
    });
}

fn more_additions_than_may_be_under_way(_: Mapped) {
    let word = Box::new(there());
    let tasks = everywhere!(word, |word| (0..20_000).for_each(|_| word.add(1))).len() as u64;
    assert_eq!(word.load(SeqCst), tasks * 20_000);
}

fn words_that_end_with_additions_waiting(_: Mapped) {
    for _ in 0..50 {
        let word = there();
        word.add(1);
        drop(word);
        let mut other = there();
        assert_eq!(*other.get_mut(), 0);
        other.add(2);
        assert_eq!(*other.get_mut(), 2, "it has moved here");
    }
}

fn what_was_added_is_there_when_an_arc_is_sole_again(_: Mapped) {
    for _ in 0..20 {
        let mut word = Arc::new(there());
        let nodes: Vec<_> = node::all().collect();
        let tasks = nodes.iter().map(|&node| {
            thread::spawn_on(node, (word.clone(),), |(word,)| {
                word.add(5);
                drop(word);
                // The task's end is one more release; what is seen before it is seen by the drop.
                thread::sleep(Duration::from_micros(300));
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let sum = loop {
            match Arc::try_unwrap(word) {
                Ok(sole) => break sole.into_inner(),
                Err(shared) => word = shared,
            }
            thread::yield_now();
        };
        assert_eq!(sum, 5 * nodes.len() as u64);
        tasks.into_iter().for_each(|task| task.join().expect("nothing panics there"));
    }
}

fn a_word_is_a_lock(_: Mapped) {
    let lock = Box::new((AtomicBool::new(false), there()));
    let tasks = everywhere!(lock, |lock| for _ in 0..5 {
        while lock.0.compare_exchange_weak(false, true, SeqCst, SeqCst).is_err() {
            thread::yield_now();
        }
        let found = lock.1.load(Relaxed);
        lock.1.store(found + 1, Relaxed);
        lock.0.store(false, SeqCst);
    });
    assert_eq!(lock.1.load(Relaxed), 5 * tasks.len() as u64);
}

#[derive(Portable)]
struct Named {
    name: drust::String,
    uses: AtomicUsize,
}

fn a_word_of_a_copy_is_the_same_word(_: Mapped) {
    let named = Box::new(Named { name: drust::String::from("a name"), uses: AtomicUsize::new(0) });
    let lens = everywhere!(named, |named| {
        named.uses.fetch_add(1, Relaxed);
        named.name.len()
    });
    assert_eq!(named.uses.load(Relaxed), lens.len());
    let moved = thread::spawn_on(last(), (named,), |(mut named,)| {
        named.name.push('!');
        named.uses.fetch_add(1, Relaxed);
        named
    });
    let named = moved.join().expect("nothing panics there");
    assert_eq!((named.uses.load(Relaxed), named.name.len()), (lens.len() + 1, 7));
}

global! {
    static HITS: AtomicU64 = AtomicU64::new(0);
}

fn a_global_word_is_one_for_all(_: Mapped) {
    drust::testing::allow_leaks();
    let before = HITS.load(Relaxed);
    let none = Box::new(());
    let tasks = everywhere!(none, |_none| HITS.fetch_add(1, Relaxed)).len() as u64;
    assert_eq!(HITS.load(Relaxed), before + tasks);
}

fn operations_cost_what_the_page_says(mapped: Mapped) {
    let (home, mut word) = (AtomicU64::new(0), there());
    assert_eq!(cost(|| (home.fetch_add(1, Relaxed), home.load(Relaxed), home.add(1))), (0, 0));
    let Some(mapped) = mapped else { return };
    let messages = |requests, one_ways| if mapped { (0, 0) } else { (requests, one_ways) };
    assert_eq!(cost(|| word.fetch_add(1, Relaxed)), messages(1, 0));
    assert_eq!(cost(|| word.compare_exchange(0, 1, Relaxed, Relaxed)), messages(1, 0));
    assert_eq!(cost(|| (0..512).for_each(|_| word.add(1))), messages(0, 1));
    assert_eq!(cost(|| (0..100).for_each(|_| word.add(1))), messages(0, 1));
    assert_eq!(cost(|| *word.get_mut()), (1, 0), "it moves here");
    assert_eq!(cost(|| (word.load(Relaxed), *word.get_mut())), (0, 0));
    assert_eq!(cost(|| word.into_inner()), (0, 0));
    let word = there();
    assert_eq!(cost(|| word.into_inner()), (1, 0));
    let word = there();
    assert_eq!(cost(|| drop(word)), (0, 1));
}

fn nothing_lives_on(_: Mapped) {
    let before = stats::live().iter().map(|live| live.count).sum::<u64>();
    let words: Vec<_> = (0..10).map(|_| (AtomicU64::new(1), there())).collect();
    assert_eq!(stats::live().iter().map(|live| live.count).sum::<u64>(), before + 20);
    drop(words);
    assert_eq!(stats::live().iter().map(|live| live.count).sum::<u64>(), before);
}
