//! Made from other values, and what is made from them.

use super::values::{LONG, Noted};
use crate::oracle::cases;
use std::borrow::{Borrow, BorrowMut, Cow};
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::ffi::CString;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

cases! { into: |v: Vec<u32>|
    [1, 2, 3] => std::mem::take(v).into_boxed_slice();
    [1, 2, 3] => Box::<[u32]>::from(std::mem::take(v)).len();
    [1, 2, 3] => { let boxed = std::mem::take(v).into_boxed_slice(); *v = boxed.into_vec(); v.push(4) };
    [1, 2, 3] => { let boxed: Box<[u32]> = std::mem::take(v).into(); *v = Vec::from(boxed) };
    [1, 2, 3] => <[u32; 3]>::try_from(std::mem::take(v));
    [1, 2, 3] => <[u32; 2]>::try_from(std::mem::take(v));
    [1, 2, 3] => Box::<[u32; 3]>::try_from(std::mem::take(v));
    [1, 2, 3] => Box::<[u32; 4]>::try_from(std::mem::take(v));
    [1, 2, 3] => <[u32; 3]>::try_from(&v[..]).map_err(|error| error.to_string());
    [1, 2, 3] => <&[u32; 2]>::try_from(&v[..]).map_err(|error| error.to_string());
    [1, 2, 3] => <&mut [u32; 2]>::try_from(&mut v[1..]).map(|two| two.swap(0, 1)).is_ok();
    [1, 2, 3] => Rc::<[u32]>::from(std::mem::take(v));
    [1, 2, 3] => Arc::<[u32]>::from(std::mem::take(v));
    [1, 2, 3] => std::boxed::Box::<[u32]>::from(std::mem::take(v));
    [1, 2, 3] => VecDeque::from(std::mem::take(v));
    [1, 3, 2] => BinaryHeap::from(std::mem::take(v)).into_sorted_vec();
    [1, 3, 2] => std::mem::take(v).into_iter().collect::<BTreeSet<_>>();
    [1, 2, 3] => std::vec::Vec::from(std::mem::take(v));
    [1, 2, 3] => Cow::from(std::mem::take(v));
    [1, 2, 3] => matches!(Cow::from(&*v), Cow::Borrowed([1, 2, 3]));
    [1, 2, 3] => (AsRef::<[u32]>::as_ref(v).len(), AsRef::<Vec<u32>>::as_ref(v).len());
    [1, 2, 3] => { AsMut::<[u32]>::as_mut(v)[0] = 9; AsMut::<Vec<u32>>::as_mut(v).push(4) };
    [1, 2, 3] => { BorrowMut::<[u32]>::borrow_mut(v)[0] = 9; Borrow::<[u32]>::borrow(v).len() };
    [1, 2, 3] => v.to_vec();
    [1, 2, 3] => v[1..].to_owned();
    [1, 2, 3] => v.repeat(2);
    [1, 2, 3] => v.clone();
    [1, 2, 3] => v.clone_from(&vec![7, 8]);
    [1, 2, 3] => v.clone_from(&vec![7, 8, 9, 10]);
    [1, 2, 3] => v.clone_from(&vec![]);
    [] => v.clone_from(&vec![7, 8]);
}

cases! { from: |v: Vec<u32>|
    [] => *v = Vec::from([1, 2]);
    [] => *v = Vec::from(&[1, 2]);
    [] => *v = Vec::from(&mut [1, 2]);
    [] => *v = Vec::from(&[1, 2][..]);
    [] => *v = Vec::from(&mut [1, 2][..]);
    [] => *v = Vec::from(std::boxed::Box::<[u32]>::from([1, 2]));
    [] => *v = Vec::from(VecDeque::from([1, 2]));
    [] => { *v = Vec::from(BinaryHeap::from([1, 3, 2])); v.sort() };
    [] => *v = Vec::from(Cow::Borrowed(&[1, 2][..]));
    [] => *v = Cow::<[u32]>::Owned(std::vec![1, 2]).into();
    [] => *v = Vec::from(std::vec![1, 2]);
    [] => *v = (1..4).collect();
    [] => *v = Vec::from_iter([1, 2]);
    [] => *v = [1, 2].into_iter().rev().collect();
    [] => *v = Vec::default();
    [] => *v = [1, 2].into();
    [] => *v = [[1, 2], [3, 4]].concat().into();
    [] => *v = std::iter::successors(Some(1), |n| (*n < 50).then_some(n * 3)).collect();
    [] => *v = (0..9).map(|n| if n == 7 { panic!("no {n}") } else { n }).collect();
}

cases! { leaks: |v: Vec<u32>|
    [1, 2] => drust::testing::allow_leaks();
    [1, 2, 3] => { let lasting: &'static mut [u32] = std::mem::take(v).leak(); lasting[0] = 6; lasting };
    [] => std::mem::take(v).leak().len();
}

cases! { bytes: |v: Vec<u8>|
    [104, 105] => String::from_utf8(std::mem::take(v)).unwrap();
    [104, 255] => {
        let error = String::from_utf8(std::mem::take(v)).unwrap_err();
        (error.to_string(), error.utf8_error(), error.as_bytes().len(), error.into_bytes())
    };
    [104, 105] => String::try_from(std::mem::take(v)).unwrap();
    [104, 255] => String::try_from(std::mem::take(v)).is_err();
    [104, 255] => String::from_utf8_lossy(v).into_owned();
    [104, 105] => std::str::from_utf8(v).unwrap().len();
    [] => *v = Vec::from("hé");
    [] => *v = Vec::from(String::from("hé"));
    [] => *v = Vec::from(String::from(LONG));
    [] => *v = Vec::from(CString::new("text").unwrap());
    [104, 105] => CString::new(&v[..]).unwrap();
    [104, 0, 105] => CString::new(&v[..]).map_err(|error| error.to_string());
    [104, 105] => (v.is_ascii(), v.eq_ignore_ascii_case(b"HI"), v.to_ascii_uppercase(), v.escape_ascii().to_string());
    [104, 105] => v.make_ascii_uppercase();
    [32, 104, 105, 10] => v.trim_ascii();
    [104, 105, 255] => v.utf8_chunks().map(|chunk| chunk.valid().len()).collect::<Vec<_>>();
}

cases! { others: |v: Vec<NonZero<u8>>|
    [1, 2, 3].map(|n| NonZero::new(n).unwrap()) => CString::from(std::mem::take(v));
    [1, 2, 3].map(|n| NonZero::new(n).unwrap()) => v.iter().map(|n| n.get()).sum::<u8>();
}

cases! { arrays: |v: Vec<[u32; 2]>|
    [[1, 2], [3, 4]] => std::mem::take(v).into_flattened();
    [[1, 2]; 0] => std::mem::take(v).into_flattened();
    [[1, 2], [3, 4]] => v.as_flattened().iter().sum::<u32>();
    [[1, 2], [3, 4]] => v.as_flattened_mut().reverse();
    [[1, 2], [3, 4]] => v.concat();
    [[1, 2], [3, 4]] => v[1][0];
    [[1, 2], [3, 4]] => v[1][2 + v.len() - v.len()];
    [[1, 2], [3, 4]] => v.iter().map(|[a, b]| a * b).collect::<Vec<_>>();
    [[1, 2], [3, 4]] => { let mut flat = std::mem::take(v).into_flattened(); flat.push(5); flat.capacity() >= 5 };
}

cases! { empty_arrays: |v: Vec<[u32; 0]>|
    [[]; 3] => std::mem::take(v).into_flattened();
    [[]; 3] => v.iter().map(|array| array.len()).sum::<usize>();
}

cases! { arrays_of_nothing: |v: Vec<[(); 4]>|
    [[(); 4]; 3] => std::mem::take(v).into_flattened().len();
    [[(); 4]; 3] => { let v = vec![[(); usize::MAX]; 2]; v.into_flattened().len() };
}

cases! { noted: |v: Vec<[Noted; 2]>|
    [[Noted(1), Noted(2)], [Noted(3), Noted(4)]] => std::mem::take(v).into_flattened().pop();
    [[Noted(1), Noted(2)], [Noted(3), Noted(4)]] => v.pop();
}
