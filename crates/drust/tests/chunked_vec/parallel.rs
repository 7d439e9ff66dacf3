//! Parallel iterators: what they give, what they change, what they cost, and panics in them.

use crate::text;
use drust::collections::ChunkedVec;
use drust::collections::chunked_vec::Progress;
use drust::{Portable, Ref, node, stats, thread};
use std::num::Wrapping;
use std::panic::{AssertUnwindSafe, catch_unwind};

everywhere! {
    adapters_give_what_those_of_a_slice_give,
    results_are_in_order,
    arguments_go_along,
    changes_are_made_where_the_values_live,
    panics_come_home_and_leave_nothing,
    messages_are_as_the_page_says,
    progress_is_counted,
}

fn adapters_give_what_those_of_a_slice_give() {
    for len in [0, 1, 7, 1000] {
        let (chunked, plain) = (ChunkedVec::from_fn(len, (), |(), n| (n * 7919) % 1009), Vec::from_iter(0..len));
        let plain: Vec<usize> = plain.into_iter().map(|n| (n * 7919) % 1009).collect();
        let (all, slice) = (|| chunked.par_iter(), plain.as_slice());
        assert_eq!(all().sum::<usize>(), slice.iter().sum());
        let odd = |n: &usize| Wrapping(*n as u64 | 1);
        assert_eq!(all().map(odd).product::<Wrapping<u64>>(), slice.iter().map(odd).product());
        assert_eq!(all().filter(|n| **n % 3 == 0).count(), slice.iter().filter(|n| **n % 3 == 0).count());
        assert_eq!(
            (all().copied().min(), all().cloned().max()),
            (slice.iter().copied().min(), slice.iter().copied().max())
        );
        let least = |n: &usize| n % 10;
        assert_eq!(
            (all().copied().min_by_key(least), all().copied().max_by_key(least)),
            (slice.iter().copied().min_by_key(least), slice.iter().copied().max_by_key(least)),
            "of equal ones the first, and the last"
        );
        let back = |a: &usize, b: &usize| (b / 100).cmp(&(a / 100));
        assert_eq!(
            (all().copied().min_by(back), all().copied().max_by(back)),
            (slice.iter().copied().min_by(back), slice.iter().copied().max_by(back))
        );
        assert_eq!(all().any(|n| *n == 1008), slice.contains(&1008));
        assert_eq!(all().all(|n| *n < 1008), slice.iter().all(|n| *n < 1008));
        let numbered = |(index, n): (usize, &usize)| (index % 4 == 1).then_some(index * n);
        let some: Vec<usize> = all().enumerate().filter_map(numbered).collect();
        assert_eq!(some, slice.iter().enumerate().filter_map(numbered).collect::<Vec<_>>());
        let many: ChunkedVec<usize> = all().flat_map_iter(|n| 0..n % 4).collect();
        assert_eq!(many, slice.iter().flat_map(|n| 0..n % 4).collect::<Vec<_>>());
        let folded = all().fold(|| 0, |sum, n| sum + n * n).map(|sum| sum as u64).sum::<u64>();
        assert_eq!(folded, slice.iter().map(|n| (n * n) as u64).sum());
        assert_eq!(all().copied().reduce_with(|a, b| a ^ b), slice.iter().copied().reduce(|a, b| a ^ b));
        let far = thread::scope(|s| {
            let on = |node| s.spawn_on(node, (Ref::of(&chunked),), |(chunked,)| chunked.par_iter().sum::<usize>());
            node::all().map(on).map(|task| task.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(far.into_iter().all(|sum| sum == slice.iter().sum()), "any node may ask");
    }
}

fn results_are_in_order() {
    let mut letters = ChunkedVec::from_fn(300, (), |(), n| char::from(b'a' + (n % 26) as u8));
    // Chunks of one node that do not follow each other.
    letters.extend(['-'; 3]);
    letters.append(&mut ChunkedVec::from_fn(100, (), |(), n| char::from(b'A' + (n % 26) as u8)));
    let expected: String = letters.iter().collect();
    let texts = || letters.par_iter().map(|letter| drust::String::from(letter.to_string().as_str()));
    let join = |mut left: drust::String, right: drust::String| {
        left.push_str(&right);
        left
    };
    assert_eq!(texts().reduce(drust::String::new, join), expected);
    assert_eq!(texts().reduce_with(join).unwrap(), expected);
    let folded = letters.par_iter().fold(drust::String::new, |mut text, letter| {
        text.push(*letter);
        text
    });
    assert_eq!(folded.reduce_with(join).unwrap(), expected);
    let pairs: Vec<(usize, char)> = letters.par_iter().enumerate().map(|(index, letter)| (index, *letter)).collect();
    assert!(pairs.into_iter().eq(expected.chars().enumerate()));
}

fn arguments_go_along() {
    let words = ChunkedVec::from_fn(200, (), |(), n| text(n));
    let table: drust::Vec<drust::String> = (0..10).map(text).collect();
    let found = words.par_iter().filter_with(table.clone(), |table, word| table.iter().any(|text| text == *word));
    assert_eq!(found.count(), 10);
    let both = words.par_iter().map_with((table, 3), |(table, at), word| (table[*at] == *word, word.len()));
    assert_eq!(both.filter(|(same, _)| *same).count(), 1);
    let shared = drust::sync::Arc::new(drust::collections::AtomicVec::<u64>::new(8));
    words.par_iter().for_each_with(shared.clone(), |counts, word| counts.add(word.len() % 8, 1));
    assert_eq!(shared.iter().sum::<u64>(), 200);
    let longest = words.par_iter().fold_with(drust::String::new(), |longest, word| longest.max(word.clone()));
    assert_eq!(longest.max().unwrap(), text(99));
}

fn changes_are_made_where_the_values_live() {
    let mut words = ChunkedVec::from_fn(100, (), |(), n| text(n));
    words.push(text(100));
    let homes: Vec<_> = (0..words.len()).map(|at| words.home_of(at)).collect();
    // Copies on another node must be of no use afterwards.
    let look = |words: &ChunkedVec<drust::String>| {
        thread::scope(|s| {
            let lengths = |(words,): (Ref<'_, ChunkedVec<drust::String>>,)| words.iter().map(|word| word.len()).sum();
            s.spawn_on(node::all().last().unwrap(), (Ref::of(words),), lengths).join().unwrap()
        })
    };
    let before: usize = look(&words);
    words.par_iter_mut().for_each(|word| word.push('!'));
    words.par_iter_mut().enumerate().for_each_with(text(7), |other, (index, word)| {
        if index % 2 == 0 {
            word.push_str(other);
        }
    });
    let added = words.len() + words.len().div_ceil(2) * text(7).len();
    assert_eq!(look(&words), before + added);
    assert!((0..words.len()).map(|at| words.home_of(at)).eq(homes));
    assert!(words.iter().enumerate().all(|(n, word)| word.starts_with(&*text(n)) && word.contains('!')));
}

/// Panics where it is looked at.
#[derive(Portable, Clone, Debug, PartialEq)]
struct Touchy(drust::String, bool);

fn panics_come_home_and_leave_nothing() {
    let mut values = ChunkedVec::from_fn(100, (), |(), n| Touchy(text(n), n == 77));
    let message = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().expect("a message");
    let looked = catch_unwind(AssertUnwindSafe(|| {
        let looked = values.par_iter().map(|value| {
            assert!(!value.1, "touched");
            value.0.clone()
        });
        looked.collect::<ChunkedVec<_>>()
    }));
    let said = message(looked.unwrap_err());
    assert!(said.contains("a task panicked on node ") && said.ends_with("touched"), "{said}");
    assert_eq!(said.matches("panicked").count(), 1, "{said}");
    let changed = catch_unwind(AssertUnwindSafe(|| {
        values.par_iter_mut().for_each(|value| {
            value.0.push('!');
            assert!(!value.1, "changed");
        });
    }));
    assert!(message(changed.unwrap_err()).ends_with("changed"));
    assert_eq!(values.len(), 100);
    assert!(values.iter().enumerate().all(|(n, value)| value.0.starts_with(&*text(n))) && values[77].0.ends_with('!'));
    let made = catch_unwind(|| {
        ChunkedVec::from_fn(100, (), |(), n| {
            assert!(n != 33, "made");
            text(n)
        })
    });
    assert!(message(made.unwrap_err()).ends_with("made"));
}

fn messages_are_as_the_page_says() {
    let others = node::count() as u64 - 1;
    let (mut numbers, counts) = stats::count(|| ChunkedVec::from_fn(1000, (), |(), n| n as u64));
    assert_eq!(counts.requests, others);
    let (sum, counts) = stats::count(|| numbers.par_iter().map(|n| n * 2).sum::<u64>());
    assert_eq!((sum, counts.requests, counts.direct_reads), (999_000, others, 0));
    let ((), counts) = stats::count(|| numbers.par_iter_mut().for_each(|n| *n += 1));
    assert_eq!((counts.requests, counts.direct_reads), (others, 0));
    let (doubled, counts) = stats::count(|| numbers.par_iter().map(|n| n * 2).collect::<ChunkedVec<u64>>());
    assert_eq!((doubled[0], counts.requests, counts.direct_reads), (2, others, 0));
}

fn progress_is_counted() {
    let progress = Progress::new();
    let numbers = progress.watch(|| ChunkedVec::from_fn(1000, (), |(), n| n as u64));
    assert_eq!((progress.done(), progress.total()), (1000, 1000));
    assert_eq!(numbers.par_iter().sum::<u64>(), 499_500);
    assert_eq!(progress.done(), 1000, "only what is begun under its watch is counted");
    progress.watch(|| numbers.par_iter().filter(|n| **n > 5).count());
    let stopped = catch_unwind(AssertUnwindSafe(|| {
        progress.watch(|| numbers.par_iter().for_each(|n| assert!(*n != 999, "the last")))
    }));
    assert!(stopped.is_err());
    assert!((2000..3000).contains(&progress.done()) && progress.total() == 3000);
}
