//! Places and ranges of them.

use super::values::LONG;
use crate::oracle::cases;
use std::ops::Bound::{Excluded, Included, Unbounded};

cases! { reading: |v: Vec<u32>|
    [1, 2, 3] => v[0];
    [1, 2, 3] => v[3];
    [] => v[0];
    [1, 2, 3] => v[usize::MAX];
    [1, 2, 3] => &v[..];
    [1, 2, 3] => &v[1..2];
    [1, 2, 3] => &v[1..];
    [1, 2, 3] => &v[..2];
    [1, 2, 3] => &v[1..=2];
    [1, 2, 3] => &v[..=0];
    [1, 2, 3] => &v[3..];
    [1, 2, 3] => &v[3..3];
    [1, 2, 3] => &v[4..];
    [1, 2, 3] => &v[..4];
    [1, 2, 3] => &v[2..4];
    [1, 2, 3] => &v[2..1];
    [1, 2, 3] => &v[9..8];
    [1, 2, 3] => &v[..=3];
    [1, 2, 3] => &v[0..=usize::MAX];
    [1, 2, 3] => &v[(Excluded(0), Included(2))];
    [1, 2, 3] => &v[(Included(1), Unbounded)];
    [1, 2, 3] => &v[(Unbounded, Excluded(4))];
    [1, 2, 3] => (v.get(0), v.get(2), v.get(3));
    [1, 2, 3] => (v.get(..2), v.get(1..9), v.get(2..1), v.get(3..));
    [1, 2, 3] => (v.first(), v.last(), v.split_first(), v.split_last());
    [] => (v.first(), v.last(), v.split_first().is_none(), v.split_last().is_none());
    [1, 2, 3] => (v.first_chunk::<2>(), v.last_chunk::<2>(), v.first_chunk::<4>());
    [1, 2, 3] => (v.split_first_chunk::<2>(), v.split_last_chunk::<2>());
    [1, 2, 3] => (v.as_array::<3>(), v.as_array::<2>());
    [1, 2, 3] => v.split_at(1);
    [1, 2, 3] => v.split_at(3);
    [1, 2, 3] => v.split_at(4);
    [1, 2, 3] => (v.split_at_checked(2), v.split_at_checked(4));
    [1, 2, 3] => (v.as_slice().len(), v.as_ptr_range().end as usize - v.as_ptr_range().start as usize);
    [1, 2, 3] => { let v = &**v; v.element_offset(&v[1]) };
    // SAFETY: there is a second value.
    [1, 2, 3] => unsafe { *v.get_unchecked(1) };
    [1, 2, 3] => match &v[..] { [first, .., last] => (*first, *last), _ => unreachable!("there are three") };
    [1, 2, 3] => { let mut rest = &v[..]; (rest.split_off_first(), rest.split_off(1..), rest) };
}

cases! { writing: |v: Vec<u32>|
    [1, 2, 3] => v[1] = 9;
    [1, 2, 3] => v[3] = 9;
    [1, 2, 3] => v[1] += 9;
    [1, 2, 3] => v[1..].fill(9);
    [1, 2, 3] => v[..5].fill(9);
    [1, 2, 3] => v[..=1].reverse();
    [1, 2, 3] => *v.get_mut(2).unwrap() = 9;
    [1, 2, 3] => v.get_mut(3).is_none();
    [1, 2, 3] => v.get_mut(1..).map(|part| part.fill(0));
    [1, 2, 3] => *v.first_mut().unwrap() += *v.last_mut().unwrap();
    [1, 2, 3] => { let last = *v.last().unwrap(); *v.first_mut().unwrap() = last };
    [1, 2, 3] => v.split_first_mut().map(|(first, rest)| *first = rest[0]);
    [1, 2, 3] => v.split_last_mut().map(|(last, rest)| *last = rest[0]);
    [1, 2, 3] => v.first_chunk_mut::<2>().map(|two| two.swap(0, 1));
    [1, 2, 3] => v.as_mut_array::<3>().map(|all| *all = [7; 3]);
    [1, 2, 3] => { let (left, right) = v.split_at_mut(1); left.swap_with_slice(&mut right[1..]) };
    [1, 2, 3] => v.split_at_mut(4).0.len();
    [1, 2, 3] => v.split_at_mut_checked(4).is_none();
    [1, 2, 3] => v.swap(0, 2);
    [1, 2, 3] => v.swap(1, 1);
    [1, 2, 3] => v.swap(0, 3);
    [1, 2, 3] => v.reverse();
    [1, 2, 3, 4, 5] => v.rotate_left(2);
    [1, 2, 3, 4, 5] => v.rotate_right(2);
    [1, 2, 3, 4, 5] => v.rotate_left(5);
    [1, 2, 3, 4, 5] => v.rotate_left(6);
    [1, 2, 3, 4, 5] => v.rotate_right(6);
    [1, 2, 3] => v.fill(0);
    [1, 2, 3] => { let mut n = 0; v.fill_with(|| { n += 2; n }) };
    [1, 2, 3] => v.copy_from_slice(&[7, 8, 9]);
    [1, 2, 3] => v.copy_from_slice(&[7, 8]);
    [1, 2, 3] => v.clone_from_slice(&[7, 8, 9]);
    [1, 2, 3] => v.clone_from_slice(&[7, 8, 9, 10]);
    [1, 2, 3, 4] => v.copy_within(1..3, 0);
    [1, 2, 3, 4] => v.copy_within(..2, 2);
    [1, 2, 3, 4] => v.copy_within(..2, 3);
    [1, 2, 3, 4] => v.copy_within(3..5, 0);
    [1, 2, 3, 4] => v.copy_within(3..2, 0);
    [1, 2, 3] => { let mut other = [7, 8, 9]; v.swap_with_slice(&mut other); other };
    [1, 2, 3] => v.swap_with_slice(&mut [7, 8]);
    [1, 2, 3] => v.get_disjoint_mut([0, 2]).map(|[a, b]| std::mem::swap(a, b));
    [1, 2, 3] => v.get_disjoint_mut([0, 0]).map(|_| ());
    [1, 2, 3] => v.get_disjoint_mut([0, 3]).map(|_| ());
    [1, 2, 3] => v.get_disjoint_mut([0..1, 1..3]).map(|[a, b]| a[0] = b[1]);
    // SAFETY: there is a second value.
    [1, 2, 3] => unsafe { *v.get_unchecked_mut(1) = 5 };
    [1, 2, 3] => v.as_mut_slice().iter_mut().for_each(|n| *n += 1);
    [1, 2, 3] => {
        let first = v.as_mut_ptr();
        // SAFETY: there is a first value.
        unsafe { *first = 9 }
    };
    [1, 2, 3] => { let mut rest = &mut v[..]; *rest.split_off_last_mut().unwrap() = rest.len() as u32 };
    [1, 2, 3] => { if let [first, .., last] = &mut v[..] { std::mem::swap(first, last) } };
}

cases! { nested: |v: Vec<Vec<u32>>|
    [Vec::from([1, 2]), Vec::from([3])] => v[0][1];
    [Vec::from([1, 2]), Vec::from([3])] => v[1][1];
    [Vec::from([1, 2]), Vec::from([3])] => v[0].push(9);
    [Vec::from([1, 2]), Vec::from([3])] => { let moved = v[0].pop().unwrap(); v[1].push(moved) };
    [Vec::from([1, 2]), Vec::from([3])] => v.concat();
    [Vec::from([1, 2]), Vec::from([3])] => v.join(&0);
    [Vec::from([1, 2]), Vec::from([3])] => v.join(&[8, 9][..]);
    [Vec::from([1, 2]), Vec::from([3])] => v.iter().flatten().copied().collect::<Vec<_>>();
    [Vec::from([1, 2]), Vec::from([3])] => std::mem::take(v).into_iter().flatten().collect::<Vec<_>>();
    [Vec::from([1, 2]), Vec::from([3])] => v.swap(0, 1);
    [Vec::from([1, 2]), Vec::from([3])] => v.sort_by_key(Vec::len);
    [Vec::from([1, 2]), Vec::from([3])] => v.iter_mut().for_each(Vec::clear);
    [Vec::from([1, 2]), Vec::from([3])] => { let (a, b) = v.split_at_mut(1); std::mem::swap(&mut a[0], &mut b[0]) };
    [Vec::from([1, 2]), Vec::from([3])] => v.contains(&Vec::from([3]));
}

cases! { texts: |v: Vec<String>|
    ["a", LONG].map(String::from) => v[1].len();
    ["a", LONG].map(String::from) => &v[1][..5];
    ["a", LONG].map(String::from) => &v[2];
    ["a", LONG].map(String::from) => v.concat();
    ["a", LONG].map(String::from) => v.join(", ");
    ["a", LONG].map(String::from) => v.swap(0, 1);
    ["a", LONG].map(String::from) => v.fill(String::from("c"));
    ["a", LONG].map(String::from) => v.first_mut().map(|text| text.push_str(LONG));
    ["a", LONG].map(String::from) => v[..].reverse();
    ["a", LONG].map(String::from) => v.rotate_left(1);
    ["a", LONG].map(String::from) => v.iter().map(|text| text.chars().count()).collect::<Vec<_>>();
}
