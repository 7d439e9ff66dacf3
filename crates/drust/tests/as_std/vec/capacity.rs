//! Room.

use super::values::{LONG, Noted, Nothing};
use crate::oracle::cases;

cases! { numbers: |v: Vec<u32>|
    [1, 2, 3] => v.capacity();
    [] => v.capacity();
    [1, 2, 3] => { v.push(4); v.capacity() };
    [] => { v.push(4); v.capacity() };
    [] => { v.reserve(3); v.capacity() };
    [] => { v.reserve(9); v.capacity() };
    [1, 2, 3] => { v.reserve(1); v.capacity() };
    [1, 2, 3] => { v.reserve(9); v.capacity() };
    [1, 2, 3] => { v.reserve(0); v.capacity() };
    [1, 2, 3] => { v.reserve_exact(4); v.capacity() };
    [1, 2, 3] => { v.reserve_exact(4); v.reserve_exact(2); v.capacity() };
    [1, 2, 3] => { v.reserve(40); v.shrink_to_fit(); v.capacity() };
    [1, 2, 3] => { v.reserve_exact(40); v.shrink_to(10); v.capacity() };
    [1, 2, 3] => { v.reserve_exact(40); v.shrink_to(0); v.capacity() };
    [1, 2, 3] => { v.shrink_to(100); v.capacity() };
    [1, 2, 3] => { v.truncate(1); v.capacity() };
    [1, 2, 3] => { v.pop(); v.capacity() };
    [1, 2, 3] => { v.retain(|n| *n == 2); v.capacity() };
    [1, 2, 3] => { v.drain(..); v.capacity() };
    [1, 2, 3] => { v.clear(); v.shrink_to_fit(); v.capacity() };
    [1, 2, 3] => { let w = Vec::<u32>::with_capacity(10); (w.len(), w.capacity()) };
    [1, 2, 3] => Vec::<u32>::with_capacity(0).capacity();
    [1, 2, 3] => Vec::<u32>::with_capacity(usize::MAX).capacity();
    [1, 2, 3] => Vec::<u32>::with_capacity(isize::MAX as usize / 2).capacity();
    [1, 2, 3] => v.clone().capacity();
    [1, 2, 3] => vec![0_u32; 7].capacity();
    [1, 2, 3] => Vec::from(&[1, 2, 3, 4, 5][..]).capacity();
    [1, 2, 3] => { v.try_reserve(1).unwrap(); v.capacity() };
    [1, 2, 3] => { v.try_reserve_exact(1).unwrap(); v.capacity() };
    [1, 2, 3] => { v.try_reserve(0).unwrap(); v.capacity() };
    [1, 2, 3] => v.try_reserve(usize::MAX).map_err(|error| error.to_string());
    [1, 2, 3] => v.try_reserve_exact(usize::MAX).map_err(|error| error.to_string());
    [1, 2, 3] => v.try_reserve(isize::MAX as usize).map_err(|error| error.to_string());
    [1, 2, 3] => v.try_reserve(usize::MAX - 4) == v.try_reserve_exact(usize::MAX);
    [1, 2, 3] => v.try_reserve_exact(1 << 45).map_err(|error| error.to_string());
    [1, 2, 3] => { v.push(4); v.try_reserve(1 << 45).map_err(|error| error.to_string()) };
    [1, 2, 3] => v.try_reserve_exact(1 << 45) == v.try_reserve(usize::MAX);
    [1, 2, 3] => { v.reserve_exact(5); v.spare_capacity_mut().len() };
    [1, 2, 3] => v.spare_capacity_mut().len();
    [] => v.spare_capacity_mut().len();
    [1, 2, 3] => {
        v.reserve_exact(2);
        v.spare_capacity_mut()[0].write(4);
        // SAFETY: the fourth value was written just now.
        unsafe { v.set_len(4) }
    };
    // SAFETY: numbers need no drop.
    [1, 2, 3] => unsafe { v.set_len(1) };
    [1, 2, 3] => (0..100).map(|n| { v.push(n); v.capacity() }).collect::<Vec<_>>();
    [1, 2, 3] => (0..100).map(|_| { v.extend_from_within(..2); v.capacity() }).max();
}

cases! { bytes: |v: Vec<u8>|
    [] => { v.push(1); v.capacity() };
    [1] => (0..100).map(|n| { v.push(n); v.capacity() }).collect::<Vec<_>>();
    [1] => v.try_reserve(isize::MAX as usize).map_err(|error| error.to_string());
}

cases! { large: |v: Vec<[u64; 200]>|
    [[1; 200]; 0] => { v.push([1; 200]); v.capacity() };
    [[1; 200]] => (0..9).map(|_| { v.push([2; 200]); v.capacity() }).collect::<Vec<_>>();
}

cases! { others: |v: Vec<String>|
    ["a", LONG].map(String::from) => { v.reserve_exact(9); v.capacity() };
    ["a", LONG].map(String::from) => { v.reserve_exact(9); v.shrink_to_fit(); v.capacity() };
    ["a", LONG].map(String::from) => v.try_reserve(7).is_ok();
    ["a", LONG].map(String::from) => { v.reserve(1); v.spare_capacity_mut().len() };
}

cases! { noted: |v: Vec<Noted>|
    [Noted(1), Noted(2)] => v.reserve(100);
    [Noted(1), Noted(2)] => { v.reserve(100); v.shrink_to_fit() };
    [Noted(1), Noted(2)] => v.try_reserve(100).unwrap();
    [Noted(1), Noted(2)] => v.try_reserve(usize::MAX).is_err();
}

cases! { nothings: |v: Vec<Nothing>|
    [Nothing; 2] => v.capacity();
    [Nothing; 2] => { v.shrink_to_fit(); v.capacity() };
    [Nothing; 2] => v.try_reserve(usize::MAX).map_err(|error| error.to_string());
    [Nothing; 2] => v.try_reserve(usize::MAX - 2).is_ok();
    [Nothing; 2] => v.spare_capacity_mut().len();
    [Nothing; 2] => Vec::<Nothing>::with_capacity(9).capacity();
}
