//! Equality, order and hashes.

use super::values::LONG;
use crate::oracle::cases;
use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::{Hash, Hasher};

/// What a value hashes to.
fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

cases! { equality: |v: Vec<u32>|
    [1, 2, 3] => (*v == vec![1, 2, 3], *v == vec![1, 2], *v == vec![1, 2, 4], *v != vec![1, 2, 3]);
    [1, 2, 3] => (*v == [1, 2, 3], *v == [1, 2], *v != [1, 2, 4]);
    [1, 2, 3] => (*v == &[1, 2, 3], *v == &[1, 2]);
    [1, 2, 3] => (*v == &[1, 2, 3][..], *v == &mut [1, 2][..], *v == [1, 2, 3][..]);
    [1, 2, 3] => (&[1, 2, 3][..] == *v, &mut [1, 2, 3][..] == *v, [1, 2, 4][..] == *v);
    [1, 2, 3] => (Cow::Borrowed(&[1, 2, 3][..]) == *v, Cow::<[u32]>::Owned(std::vec![1]) == *v);
    [1, 2, 3] => (VecDeque::from([1, 2, 3]) == *v, VecDeque::from([1, 2]) == *v, VecDeque::from([1, 2, 4]) == *v);
    [1, 2, 3] => v == &v.clone();
    [] => (*v == vec![], *v == [], vec![0] == *v);
    [1, 2, 3] => (v[..2] == [1, 2], v[1..] == vec![2, 3][..]);
}

cases! { floats: |v: Vec<f64>|
    [1.0, f64::NAN] => (*v == *v, *v != *v, (*v).partial_cmp(v), *v < vec![2.0]);
    [1.0, 2.0] => ((*v).partial_cmp(&vec![1.0, f64::NAN]), *v <= vec![1.0, 2.0], *v >= vec![0.0]);
    [-0.0] => *v == [0.0];
    [2.5, -1.0, 0.0] => v.sort_by(f64::total_cmp);
    [2.5, -1.0, 0.0] => v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
}

cases! { order: |v: Vec<u32>|
    [1, 2, 3] => ((*v).cmp(&vec![1, 2]), (*v).cmp(&vec![1, 2, 3]), (*v).cmp(&vec![1, 3]));
    [1, 2, 3] => (*v < vec![1, 2, 3, 0], *v > vec![1, 2], *v <= vec![1, 2, 3], *v >= vec![2]);
    [1, 2, 3] => (*v).partial_cmp(&vec![0, 9, 9]);
    [1, 2, 3] => std::mem::take(v).max(vec![1, 2, 4]);
    [1, 2, 3] => std::mem::take(v).min(vec![1, 2, 4]);
    [1, 2, 3] => std::mem::take(v).clamp(vec![2], vec![3]);
    [] => (*v < vec![0], (*v).cmp(&vec![]));
}

cases! { hashes: |v: Vec<u32>|
    [1, 2, 3] => (hash(v), hash(v) == hash(&v[..]), hash(v) == hash(&[1, 2, 3]));
    [] => hash(v);
    [1, 2, 3] => hash(&(v.clone(), 7));
    [1, 2, 3] => HashSet::from([v.clone()]).contains(&[1, 2, 3][..]);
    [1, 2, 3] => HashSet::from([vec![1], vec![1, 2]]).contains(v);
    [1, 2, 3] => BTreeSet::from([v.clone(), vec![0]]).first().cloned();
}

cases! { texts: |v: Vec<String>|
    ["a", LONG].map(String::from) => (*v == ["a", LONG], *v == ["a", "b"], *v == [String::from("a")]);
    ["a", LONG].map(String::from) => (*v == [String::from("a"), String::from(LONG)], *v != v.clone());
    ["a", LONG].map(String::from) => ((*v).cmp(&vec![String::from("b")]), *v < vec![String::from("a")]);
    ["a", LONG].map(String::from) => (hash(v), hash(&["a", LONG]) == hash(v));
    ["a", LONG].map(String::from) => v.iter().eq(&["a", LONG]);
    ["a", LONG].map(String::from) => HashSet::<String>::from_iter(std::mem::take(v)).contains(LONG);
}
