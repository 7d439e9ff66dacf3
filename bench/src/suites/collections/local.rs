//! Vectors and strings at home, beside std's.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{Pair, cpu_of, turns};

/// Values of the vectors that are read and sorted: they fit the second cache.
const LEN: usize = 100_000;
/// Pushes of one measurement, whatever the length of each vector or string.
const PUSHES: usize = 1_000_000;

/// What is measured, once for each twin.
macro_rules! twins {
    ($twin:ident, $vec:path, $string:path) => {
        mod $twin {
            use super::LEN;
            use std::hint::black_box;
            use $string as Text;
            use $vec as List;

            /// Numbers in no order, the same in both twins.
            pub fn numbers() -> List<u64> {
                let mut state = 1_u64;
                let next = |_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    state >> 20
                };
                (0..LEN).map(next).collect()
            }

            pub fn iterate(numbers: &List<u64>, times: usize) -> u64 {
                let mut sum = 0_u64;
                for _ in 0..times {
                    for number in black_box(numbers) {
                        sum = sum.wrapping_add(*number);
                    }
                }
                sum
            }

            /// The handle is looked at again for each value: what the docs advise against.
            pub fn index(numbers: &List<u64>, times: usize) -> u64 {
                let mut sum = 0_u64;
                for _ in 0..times {
                    let numbers = black_box(numbers);
                    for at in 0..numbers.len() {
                        sum = sum.wrapping_add(numbers[at]);
                    }
                }
                sum
            }

            pub fn sort(numbers: &List<u64>, times: usize) -> u64 {
                let mut sum = 0_u64;
                for _ in 0..times {
                    let mut sorted = numbers.clone();
                    sorted.sort();
                    sum = sum.wrapping_add(sorted[LEN / 2]);
                }
                sum
            }

            /// Vectors of so many values each.
            pub fn push(len: usize, times: usize) -> u64 {
                let mut sum = 0;
                for _ in 0..times {
                    let mut list = List::new();
                    for value in 0..len as u64 {
                        list.push(black_box(value));
                    }
                    sum += list[len - 1];
                }
                sum
            }

            /// Texts of so many letters each.
            pub fn push_letters(len: usize, times: usize) -> u64 {
                let mut sum = 0;
                for _ in 0..times {
                    let mut text = Text::new();
                    for _ in 0..len {
                        text.push(black_box('d'));
                    }
                    sum += text.len() as u64;
                }
                sum
            }
        }
    };
}

twins!(ours, drust::Vec, drust::String);
twins!(stds, std::vec::Vec, std::string::String);

/// CPU time of some work whose result is compared with the twin's.
pub fn cost(expected: u64, work: impl FnOnce() -> u64) -> f64 {
    let mut result = 0;
    let nanos = cpu_of(|| result = work());
    assert_eq!(result, expected);
    nanos
}

pub fn slices(plan: &Plan) -> Vec<Figure> {
    let (own, std) = (ours::numbers(), stds::numbers());
    assert_eq!(own, std);
    let times = plan.scale(500);
    let expected = stds::iterate(&std, times);
    let iterate = turns(
        plan.rounds,
        || cost(expected, || ours::iterate(&own, times)),
        || cost(expected, || stds::iterate(&std, times)),
    );
    let index = turns(
        plan.rounds,
        || cost(expected, || ours::index(&own, times)),
        || cost(expected, || stds::index(&std, times)),
    );
    let sorts = plan.scale(20);
    let sorted = stds::sort(&std, sorts);
    let sort =
        turns(plan.rounds, || cost(sorted, || ours::sort(&own, sorts)), || cost(sorted, || stds::sort(&std, sorts)));
    vec![
        figure("vec_iter_ratio", iterate.per(times * LEN, times * LEN), 1.05, "a sum over 1e5 u64"),
        Figure::new("vec_index_ratio", index.ratio)
            .beside("drust ns", index.per(times * LEN, 1).drust)
            .note("the same by index, without binding the slice: shown"),
        figure("vec_sort_ratio", sort.per(sorts * LEN, sorts * LEN), 1.5, "1e5 u64 in no order, cloned and sorted"),
    ]
}

pub fn pushes(plan: &Plan) -> Vec<Figure> {
    let work = plan.scale(PUSHES);
    let vec = |len: usize| {
        let times = (work / len).max(1);
        let expected = (len as u64 - 1) * times as u64;
        let (own, std) = (|| cost(expected, || ours::push(len, times)), || cost(expected, || stds::push(len, times)));
        turns(plan.rounds, own, std).per(len * times, len * times)
    };
    let string = |len: usize| {
        let times = (work / len).max(1);
        let expected = (len * times) as u64;
        let own = || cost(expected, || ours::push_letters(len, times));
        let std = || cost(expected, || stds::push_letters(len, times));
        turns(plan.rounds, own, std).per(len * times, len * times)
    };
    vec![
        figure("vec_push_ratio", vec(1000), 1.5, "vectors of 1000 u64 from empty"),
        figure("vec_push_4_ratio", vec(4), 1.5, "of 4"),
        figure("vec_push_16_ratio", vec(16), 1.5, "of 16"),
        figure("vec_push_1e6_ratio", vec(work), 1.5, "of 1e6"),
        figure("string_push_ratio", string(1000), 1.5, "texts of 1000 letters from empty"),
        figure("string_push_20_ratio", string(20), 1.5, "of 20, which lie in the string itself"),
        figure("string_push_100_ratio", string(100), 1.5, "of 100"),
        figure("string_push_1e6_ratio", string(work), 1.5, "of 1e6"),
    ]
}

/// A cost beside std's.
pub fn figure(key: &str, pair: Pair, goal: f64, note: &str) -> Figure {
    let figure = Figure::new(key, pair.ratio).goal(Goal::AtMost(goal));
    figure.beside("drust ns", pair.drust).beside("std ns", pair.base).note(note)
}
