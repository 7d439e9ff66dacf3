//! What is printed.

use super::values::{LONG, Nothing};
use crate::oracle::cases;

cases! { numbers: |v: Vec<u32>|
    [1, 20, 300] => format!("{v:?}");
    [1, 20, 300] => format!("{v:#?}");
    [1, 20, 300] => format!("{v:x?} {v:X?} {v:#x?}");
    [1, 20, 300] => format!("{v:5?} {v:05?} {v:<5?}|");
    [] => format!("{v:?} {v:#?}");
    [1, 20, 300] => format!("{:?}", &v[1..]);
    [1, 20, 300] => format!("{:?}", Some(&*v));
    [1, 20, 300] => format!("{:?} {:?}", v.iter(), v.chunks(2));
    [1, 20, 300] => format!("{:?}", std::mem::take(v).into_iter());
    [1, 20, 300] => format!("{:?}", v.drain(1..));
    [1, 20, 300] => format!("{:?}", v.splice(1.., [7, 8]));
    [1, 20, 300] => format!("{:?}", v.extract_if(.., |_| true));
    [1, 20, 300] => format!("{:?}", v.extract_if(3.., |_| true));
    [1, 20, 300] => format!("{:?}", v.first_chunk::<2>());
}

cases! { others: |v: Vec<String>|
    ["a", "b\n\"c\"", LONG].map(String::from) => format!("{v:?}");
    ["a", "b\n\"c\"", LONG].map(String::from) => format!("{v:#?}");
    ["a", LONG].map(String::from) => format!("{:?}", v.iter());
    ["a", LONG].map(String::from) => format!("{}", v[1]);
    ["a", LONG].map(String::from) => format!("{:>5}|{:.3}", v[0], v[1]);
}

cases! { nested: |v: Vec<Vec<Option<u8>>>|
    [Vec::from([Some(1), None]), Vec::new()] => format!("{v:?}");
    [Vec::from([Some(1), None]), Vec::new()] => format!("{v:#?}");
}

cases! { nothings: |v: Vec<Nothing>|
    [Nothing; 2] => format!("{v:?}");
}
