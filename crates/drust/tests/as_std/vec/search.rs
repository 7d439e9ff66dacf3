//! Sorting and searching.

use super::values::LONG;
use crate::oracle::cases;
use std::cmp::Ordering;

cases! { sorting: |v: Vec<u32>|
    [3, 1, 2] => v.sort();
    [] => v.sort();
    [5, 4, 3, 2, 1, 9, 8, 7, 6, 0, 5, 4, 3, 2, 1, 9, 8, 7, 6, 0, 11, 13, 12] => v.sort();
    [3, 1, 2] => v.sort_by(|a, b| b.cmp(a));
    [31, 12, 33, 14, 35] => v.sort_by_key(|n| *n % 2);
    [31, 12, 33, 14, 35] => v.sort_by_key(|n| std::cmp::Reverse(*n / 10));
    [31, 12, 33, 14, 35] => v.sort_by_cached_key(|n| n.to_string().chars().rev().collect::<std::string::String>());
    [3, 1, 2] => v.sort_unstable();
    [3, 1, 2] => v.sort_unstable_by(|a, b| b.cmp(a));
    [3, 1, 2] => v.sort_unstable_by_key(|n| std::cmp::Reverse(*n));
    [3, 1, 2] => v[1..].sort();
    [5, 1, 4, 2, 3] => *v.select_nth_unstable(2).1;
    [5, 1, 4, 2, 3] => v.select_nth_unstable(5).1.clone();
    [5, 1, 4, 2, 3] => *v.select_nth_unstable_by(0, |a, b| b.cmp(a)).1;
    [5, 1, 4, 2, 3] => *v.select_nth_unstable_by_key(4, |n| *n).1;
    [3, 1, 2] => v.sort_by(|_, _| panic!("compared"));
    [1] => v.sort_by(|_, _| panic!("compared"));
    [1, 2, 2] => (v.is_sorted(), v.is_sorted_by(|a, b| a < b), v.is_sorted_by_key(|n| 9 - n));
    [] => v.is_sorted();
}

cases! { searching: |v: Vec<u32>|
    [1, 3, 5, 7] => v.binary_search(&5);
    [1, 3, 5, 7] => v.binary_search(&4);
    [1, 3, 5, 7] => v.binary_search(&0);
    [1, 3, 5, 7] => v.binary_search(&9);
    [] => v.binary_search(&1);
    [1, 2, 2, 2, 3] => v.binary_search(&2).map(|at| (1..4).contains(&at));
    [1, 3, 5, 7] => v.binary_search_by(|n| n.cmp(&3));
    [1, 3, 5, 7] => v.binary_search_by(|_| Ordering::Greater);
    [1, 3, 5, 7] => v.binary_search_by_key(&10, |n| n * 2);
    [1, 3, 5, 7] => v.partition_point(|n| *n < 5);
    [1, 3, 5, 7] => v.partition_point(|_| true);
    [1, 3, 5, 7] => (v.contains(&5), v.contains(&4));
    [1, 3, 5, 7] => (v.starts_with(&[1, 3]), v.starts_with(&[]), v.starts_with(&[3]));
    [1, 3, 5, 7] => (v.ends_with(&[5, 7]), v.ends_with(&[]), v.ends_with(&[1, 3, 5, 7, 9]));
    [1, 3, 5, 7] => (v.strip_prefix(&[1]), v.strip_prefix(&[3]), v.strip_suffix(&[5, 7]));
    [1, 3, 5, 7] => (v.iter().position(|n| *n == 5), v.iter().rposition(|n| *n == 9));
    [1, 3, 5, 7] => (v.iter().max(), v.iter().min_by_key(|n| n.abs_diff(4)), v.iter().find(|n| **n > 3));
    [1, 3, 5, 7] => { let at = v.binary_search(&4).unwrap_or_else(|at| at); v.insert(at, 4) };
}

cases! { texts: |v: Vec<String>|
    ["b", LONG, "a"].map(String::from) => v.sort();
    ["b", LONG, "a"].map(String::from) => v.sort_by_key(|text| text.len());
    ["b", LONG, "a"].map(String::from) => v.sort_by_cached_key(|text| text.len());
    ["b", LONG, "a"].map(String::from) => v.sort_unstable_by(|a, b| b.cmp(a));
    ["a", "b", LONG].map(String::from) => v.binary_search(&String::from("b"));
    ["a", "b", LONG].map(String::from) => v.binary_search_by(|text| text.as_str().cmp("bb"));
    ["a", "b", LONG].map(String::from) => (v.contains(&String::from(LONG)), v.iter().any(|text| text == "c"));
    ["a", "b", LONG].map(String::from) => v.iter().max_by_key(|text| text.len());
    ["a", "b", LONG].map(String::from) => v.select_nth_unstable(1).1.len();
    ["a", "b", LONG].map(String::from) => v.is_sorted_by_key(|text| text.len());
}
