//! Growing.

use super::values::{LONG, Noted, Nothing};
use crate::oracle::cases;

cases! { numbers: |v: Vec<u32>|
    [] => v.push(1);
    [1] => v.push(2);
    [1, 2, 3] => for n in 4..40 { v.push(n) };
    [1] => *v.push_mut(2) += 5;
    [] => v.push_mut(2).clone();
    [1, 2] => v.insert(0, 9);
    [1, 2] => v.insert(1, 9);
    [1, 2] => v.insert(2, 9);
    [] => v.insert(0, 9);
    [1, 2] => v.insert(3, 9);
    [] => v.insert(1, 9);
    [1, 2] => v.insert(usize::MAX, 9);
    [1, 2] => *v.insert_mut(1, 9) += 1;
    [1, 2] => *v.insert_mut(3, 9) += 1;
    [1, 2] => { let mut other = vec![3, 4]; v.append(&mut other); other };
    [1, 2] => { let mut other = vec![]; v.append(&mut other); other };
    [] => { let mut other = vec![3, 4]; v.append(&mut other); other.push(5); other };
    [1, 2] => v.extend([3, 4, 5]);
    [1, 2] => v.extend(&[3, 4, 5]);
    [1, 2] => v.extend(Vec::from([3, 4]));
    [1, 2] => v.extend(&Vec::from([3, 4]));
    [1, 2] => v.extend(0..100);
    [1, 2] => v.extend((0..100).filter(|n| n % 7 == 0));
    [1, 2] => v.extend((0..10).rev().chain(20..25));
    [1, 2] => v.extend(std::iter::repeat(7).take(3));
    [1, 2] => v.extend(None::<u32>);
    [1, 2] => v.extend(Some(3));
    [1, 2] => v.extend(std::iter::empty::<u32>());
    [1, 2] => v.extend((0..).map(|n| if n == 3 { panic!("no {n}") } else { n }));
    [1, 2] => v.extend((0..5).map(|n| if n == 3 { panic!("no {n}") } else { n }));
    [1, 2] => v.extend_from_slice(&[3, 4]);
    [1, 2] => v.extend_from_slice(&[]);
    [] => v.extend_from_slice(&[3, 4]);
    [1, 2, 3] => v.extend_from_within(..);
    [1, 2, 3] => v.extend_from_within(1..);
    [1, 2, 3] => v.extend_from_within(..2);
    [1, 2, 3] => v.extend_from_within(1..=1);
    [1, 2, 3] => v.extend_from_within(3..);
    [1, 2, 3] => v.extend_from_within(4..);
    [1, 2, 3] => v.extend_from_within(..4);
    [1, 2, 3] => v.extend_from_within(2..1);
    [1, 2, 3] => v.extend_from_within(..=3);
    [1, 2, 3] => v.extend_from_within(..=usize::MAX);
    [1, 2, 3] => v.extend_from_within((std::ops::Bound::Excluded(0), std::ops::Bound::Included(1)));
    [1, 2] => v.resize(5, 9);
    [1, 2] => v.resize(2, 9);
    [1, 2] => v.resize(1, 9);
    [1, 2] => v.resize(0, 9);
    [] => v.resize(3, 9);
    [1, 2] => { let mut n = 0; v.resize_with(5, || { n += 10; n }) };
    [1, 2] => v.resize_with(1, || unreachable!("it shrinks"));
    [1, 2] => v.resize_with(5, Default::default);
    [1, 2] => { let mut n = 0; v.resize_with(6, || { n += 1; assert!(n < 3, "at {n}"); n }) };
    [1, 2] => v.resize(usize::MAX, 9);
    [1, 2] => v.reserve(usize::MAX);
    [1, 2] => v.reserve_exact(usize::MAX);
    [1, 2] => v.reserve(isize::MAX as usize / 4);
    [1, 2] => std::io::Write::write(&mut Vec::new(), &[1, 2]).unwrap();
    [1, 2] => { *v = v.iter().map(|n| n + 1).collect() };
    [1, 2] => { *v = vec![7; 3] };
    [1, 2] => { *v = vec![7; 0] };
    [1, 2] => { *v = vec![] };
    [1, 2] => { *v = vec![1, 2, 3,] };
}

cases! { texts: |v: Vec<String>|
    ["a", LONG].map(String::from) => v.push(String::from(LONG));
    ["a", LONG].map(String::from) => v.push_mut(String::from("b")).push_str(LONG);
    ["a", LONG].map(String::from) => v.insert(1, String::from("b"));
    ["a", LONG].map(String::from) => v.insert_mut(0, String::from("b")).push('c');
    ["a", LONG].map(String::from) => v.extend_from_within(..);
    ["a", LONG].map(String::from) => v.extend_from_slice(&[String::from("b"), String::from(LONG)]);
    ["a", LONG].map(String::from) => { let own = v.clone(); v.extend(own) };
    ["a", LONG].map(String::from) => v.resize(4, String::from(LONG));
    ["a", LONG].map(String::from) => v.resize_with(20, String::new);
    ["a", LONG].map(String::from) => { let mut other = vec![String::from(LONG)]; v.append(&mut other); other };
    ["a", LONG].map(String::from) => v[1].push('!');
    ["a", LONG].map(String::from) => v.iter_mut().for_each(|text| text.insert_str(0, LONG));
}

cases! { noted: |v: Vec<Noted>|
    [Noted(1)] => v.push(Noted(2));
    [Noted(1)] => v.insert(2, Noted(2));
    [Noted(1)] => v.insert(0, Noted(2));
    [Noted(1), Noted(2)] => v.extend_from_within(..);
    [Noted(1), Noted(99), Noted(2)] => v.extend_from_within(..);
    [Noted(1)] => v.extend_from_slice(&[Noted(2), Noted(99), Noted(3)]);
    [Noted(1)] => v.extend((2..6).map(|n| if n == 4 { panic!("no {n}") } else { Noted(n) }));
    [Noted(1)] => v.extend((2..9).filter(|n| n % 2 == 0).map(|n| if n == 6 { panic!("no {n}") } else { Noted(n) }));
    [Noted(1)] => v.resize(4, Noted(2));
    [Noted(1)] => v.resize(4, Noted(99));
    [Noted(1)] => v.resize(2, Noted(99));
    [Noted(1)] => v.resize(1, Noted(2));
    [Noted(1), Noted(2), Noted(3)] => v.resize(1, Noted(4));
    [Noted(1)] => v.resize_with(3, Noted::default);
    [Noted(1)] => { let _ = vec![Noted(2); 3]; };
    [Noted(1)] => { let _ = vec![Noted(99); 1]; };
    [Noted(1)] => { let _ = vec![Noted(99); 3]; };
    [Noted(1)] => { let _ = vec![Noted(2); 0]; };
    [Noted(1)] => { let mut other = vec![Noted(2), Noted(3)]; v.append(&mut other); };
    [Noted(1)] => (0..70).for_each(|n| v.push(Noted(n + 100)));
}

cases! { nothings: |v: Vec<Nothing>|
    [Nothing; 2] => v.push(Nothing);
    [Nothing; 2] => { v.resize(1000, Nothing); v.len() };
    [Nothing; 2] => v.insert(1, Nothing);
    [Nothing; 2] => v.insert(3, Nothing);
    [Nothing; 2] => v.extend_from_within(..);
    [Nothing; 2] => { v.reserve(usize::MAX - 2); v.capacity() };
    [Nothing; 2] => v.reserve(usize::MAX - 1);
    [Nothing; 2] => v.reserve_exact(usize::MAX);
    [Nothing; 0] => v.push(Nothing);
    [Nothing; 2] => { let mut other = vec![Nothing; 5]; v.append(&mut other); other };
}
