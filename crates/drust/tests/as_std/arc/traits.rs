//! What an Arc has because its value has it, and what it is made of and becomes.

use super::cases;
use std::borrow::{Borrow, Cow};
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

fn hash(value: impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

cases! { comparisons: |v: Arc<u32>|
    5 => (*v == Arc::new(5), *v != Arc::new(5), *v == Arc::new(6), *v == v.clone());
    5 => (*v < Arc::new(6), *v <= Arc::new(5), *v > Arc::new(4), *v >= Arc::new(6));
    5 => (v.cmp(&&mut Arc::new(6)), v.partial_cmp(&&mut Arc::new(5)), (*v).clone().max(Arc::new(9)));
    5 => (hash(&*v) == hash(5_u32), hash(&*v) == hash(6_u32));
    5 => (format!("{v:?} {v} {v:>3} {v:<3}| {:#x?}", v.clone()), format!("{v:p}").starts_with("0x"));
    5 => { let w: &u32 = (*v).borrow(); let x: &u32 = (*v).as_ref(); (*w, *x, **v + 1, v.pow(2)) };
    5 => { let of = HashMap::from([(v.clone(), 1)]); (of.get(&5).copied(), of.get(v).copied(), of.get(&6).copied()) };
    5 => (Arc::<u32>::default(), Arc::<[u32]>::default(), Arc::<str>::default());
}

cases! { floats: |v: Arc<f64>|
    f64::NAN => (*v == *v, *v != v.clone(), v.partial_cmp(&&mut Arc::new(1.0)));
    1.5 => (*v < Arc::new(f64::NAN), *v >= Arc::new(1.5));
}

cases! { errors: |v: Arc<std::net::IpAddr>|
    std::net::IpAddr::from([127, 0, 0, 1]) => (v.is_loopback(), v.to_string(), format!("{v:?}"));
}

cases! { slices: |v: Arc<[u32]>|
    [1, 2, 3] => (v.len(), v.iter().sum::<u32>(), &v[1..], v.first(), v.contains(&3));
    vec![1, 2, 3] => (*v == Arc::from([1, 2, 3]), *v < Arc::from([1, 3]), v.cmp(&&mut Arc::from([1, 2])));
    std::vec::Vec::from([1, 2]) => format!("{v:?} {:?}", Arc::<[u8]>::from([1, 2]));
    Box::<[u32]>::from([1, 2]) => { let w: &[u32] = (*v).borrow(); w.len() };
    &[1, 2][..] => v.iter().rev().collect::<std::vec::Vec<_>>();
    &mut [1, 2][..] => v.to_vec();
    Cow::Borrowed(&[1, 2][..]) => v.len();
    Cow::<[u32]>::Owned(std::vec::Vec::from([3])) => v.len();
    [1, 2, 3] => (<Arc<[u32; 3]>>::try_from(v.clone()).map(|w| w[2]), <Arc<[u32; 2]>>::try_from(v.clone()));
    [1, 2, 3] => { *v = (5..9).collect(); v.len() };
    [1, 2, 3] => { *v = (0..).take_while(|n| *n < 4).chain([7]).collect(); v.clone() };
    [] => (v.len(), v.is_empty(), v.first());
}

cases! { texts: |v: Arc<str>|
    "abc" => (v.len(), &v[1..], v.to_uppercase(), *v == Arc::from("abc"), *v < Arc::from("abd"));
    String::from("abc") => format!("{v} {v:?} {v:>5}");
    std::string::String::from("abc") => { let w: &str = (*v).borrow(); w.len() };
    Box::<str>::from("abc") => v.chars().rev().collect::<std::string::String>();
    Cow::Borrowed("abc") => Arc::<[u8]>::from(v.clone());
    "abc" => { let w = Arc::<[u8]>::from(v.clone()); (w.len(), w[0], Arc::strong_count(v)) };
    "" => (v.len(), v.is_empty(), Arc::<[u8]>::from(v.clone()));
    "a".repeat(300).as_mut_str() => v.len();
}
