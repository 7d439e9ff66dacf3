//! Iterating.

use super::values::{LONG, Nothing};
use crate::oracle::cases;

cases! { borrowed: |v: Vec<u32>|
    [1, 2, 3] => v.iter().collect::<std::vec::Vec<_>>().len();
    [1, 2, 3] => v.iter().rev().copied().collect::<Vec<_>>();
    [1, 2, 3] => {
        let mut i = v.iter();
        (i.next(), i.as_slice().len(), i.next_back(), i.size_hint(), i.next(), i.next())
    };
    [1, 2, 3] => (v.iter().nth(1), v.iter().nth(3), v.iter().nth_back(0), v.iter().last(), v.iter().count());
    [1, 2, 3] => v.iter().sum::<u32>() + v.iter().product::<u32>();
    [1, 2, 3] => v.iter().fold(0, |sum, n| sum * 10 + n);
    [1, 2, 3] => v.iter().try_fold(0_u8, |sum, n| sum.checked_add(*n as u8 * 100));
    [1, 2, 3] => v.iter().zip(v.iter().skip(1)).map(|(a, b)| a * b).collect::<Vec<_>>();
    [1, 2, 3] => v.iter().enumerate().filter(|(at, _)| at % 2 == 0).map(|(_, n)| *n).collect::<Vec<_>>();
    [1, 2, 3] => v.iter().flat_map(|n| std::iter::repeat_n(*n, *n as usize)).collect::<Vec<_>>();
    [1, 2, 3] => v.iter().partition::<std::vec::Vec<u32>, _>(|n| **n > 1);
    [1, 2, 3] => v.iter().map(|n| (*n, n * n)).unzip::<u32, u32, std::vec::Vec<_>, std::vec::Vec<_>>();
    [1, 2, 3] => v.iter().scan(0, |sum, n| { *sum += n; Some(*sum) }).collect::<Vec<_>>();
    [1, 2, 3] => v.iter().step_by(2).copied().collect::<Vec<_>>();
    [1, 2, 3] => v.iter().peekable().next_if(|n| **n == 1);
    [1, 2, 3] => v.iter().cycle().take(7).copied().collect::<Vec<_>>();
    [1, 2, 3] => (v.iter().min(), v.iter().max(), v.iter().all(|n| *n > 0), v.iter().any(|n| *n > 3));
    [1, 2, 3] => (v.iter().cmp(&[1, 3]), v.iter().eq(&[1, 2, 3]), v.iter().lt(&[1, 2]));
    [1, 2, 3] => v.iter().skip_while(|n| **n < 2).chain(&[9]).copied().collect::<Vec<_>>();
    [1, 2, 3] => format!("{:?}", v.iter());
    [1, 2, 3] => { let mut sum = 0; for n in &*v { sum += n } sum };
    [1, 2, 3] => { for n in &mut *v { *n += 1 } };
    [1, 2, 3] => v.iter_mut().rev().enumerate().for_each(|(at, n)| *n += at as u32);
    [1, 2, 3] => { let mut i = v.iter_mut(); *i.next().unwrap() = 7; i.into_slice().fill(8) };
    [1, 2, 3] => v.iter_mut().for_each(|n| { *n *= 2; assert!(*n < 4, "at {n}") });
    [] => (v.iter().next(), v.iter().sum::<u32>(), v.iter().max());
    [] => v.iter_mut().next();
    [1, 2, 3] => v.iter().map(|n| n.to_string()).collect::<String>();
    [1, 2, 3] => v.iter().map(|n| n.checked_sub(2)).collect::<Option<Vec<_>>>();
    [1, 2, 3] => v.iter().map(|n| if *n < 3 { Ok(*n) } else { Err(*n) }).collect::<Result<Vec<_>, _>>();
    [1, 2, 3] => {
        let below = v.iter().map_while(|n| (*n < 3).then_some(*n)).sum::<u32>();
        (v.iter().reduce(|a, b| a.max(b)), v.iter().is_sorted(), below)
    };
}

cases! { owned: |v: Vec<u32>|
    [1, 2, 3] => std::mem::take(v).into_iter().collect::<Vec<_>>();
    [1, 2, 3] => std::mem::take(v).into_iter().rev().map(|n| n + 1).collect::<Vec<_>>();
    [1, 2, 3] => {
        let mut i = std::mem::take(v).into_iter();
        (i.next(), i.len(), i.next_back(), i.size_hint(), i.next(), i.next(), i.next_back())
    };
    [1, 2, 3] => { let mut i = std::mem::take(v).into_iter(); (i.nth(1), i.as_slice().len(), i.nth(1), i.len()) };
    [1, 2, 3] => {
        let mut i = std::mem::take(v).into_iter();
        i.as_mut_slice()[1] = 9;
        (i.as_ref().len(), i.collect::<Vec<_>>())
    };
    [1, 2, 3] => {
        let i = std::mem::take(v).into_iter();
        (format!("{i:?}"), i.clone().rev().collect::<Vec<_>>(), i.count())
    };
    [1, 2, 3] => (std::mem::take(v).into_iter().last(), v.capacity() == 0);
    [1, 2, 3] => { let mut sum = 0; for n in std::mem::take(v) { sum += n } sum };
    [1, 2, 3] => { for n in std::mem::take(v) { assert!(n != 2, "met {n}") } };
    [1, 2, 3] => std::mem::take(v).into_iter().filter(|n| n % 2 == 1).collect::<Vec<_>>();
    [1, 2, 3] => std::mem::take(v).into_iter().map(u64::from).collect::<Vec<_>>();
    [1, 2, 3] => std::mem::take(v).into_iter().fold(0, |sum, n| sum * 10 + n);
    [1, 2, 3] => { let mut i = std::mem::take(v).into_iter(); i.next(); *v = i.collect() };
    [] => std::mem::take(v).into_iter().next();
    [1] => <Vec<u32> as IntoIterator>::IntoIter::default().next();
}

cases! { others: |v: Vec<String>|
    ["a", LONG].map(String::from) => std::mem::take(v).into_iter().rev().collect::<Vec<_>>();
    ["a", LONG].map(String::from) => std::mem::take(v).into_iter().nth(1);
    ["a", LONG].map(String::from) => std::mem::take(v).into_iter().collect::<String>();
    ["a", LONG].map(String::from) => std::mem::take(v).into_iter().map(|text| text.len()).collect::<Vec<_>>();
    ["a", LONG].map(String::from) => v.iter().map(|text| text.as_str()).collect::<String>();
    ["a", LONG].map(String::from) => v.iter().cloned().rev().collect::<Vec<_>>();
    ["a", LONG].map(String::from) => v.iter().flat_map(|text| text.chars().next()).collect::<String>();
    ["a", LONG].map(String::from) => v.iter_mut().for_each(|text| text.make_ascii_uppercase());
    ["a", LONG].map(String::from) => {
        let mut i = std::mem::take(v).into_iter();
        i.as_mut_slice()[0].push('!');
        i.next()
    };
}

cases! { nothings: |v: Vec<Nothing>|
    [Nothing; 3] => v.iter().count();
    [Nothing; 3] => { let mut i = std::mem::take(v).into_iter(); (i.next(), i.next_back(), i.len(), i.nth(1)) };
    [Nothing; 3] => (v.iter().nth(2), v.iter().nth(3), v.windows(2).count(), v.chunks(2).len());
    [Nothing; 3] => std::mem::take(v).into_iter().map(|_| 1).sum::<u32>();
}
