//! In which order values are dropped, and what a panic leaves: 13 panics when it is dropped.

use super::values::Noted;
use crate::oracle::cases;

cases! { whole: |v: Vec<Noted>|
    [Noted(1), Noted(2), Noted(3)] => ();
    [Noted(1), Noted(13), Noted(3)] => ();
    [Noted(1), Noted(2), Noted(3)] => drop(std::mem::take(v));
    [Noted(1), Noted(13), Noted(3)] => drop(std::mem::take(v));
    [Noted(13)] => v.clear();
    [Noted(1), Noted(13), Noted(3)] => v.clear();
    [Noted(1), Noted(13), Noted(3)] => *v = Vec::new();
    [Noted(1), Noted(13), Noted(3)] => v.truncate(1);
    [Noted(1), Noted(13), Noted(3)] => v.resize(0, Noted(4));
    [Noted(1), Noted(13), Noted(3)] => drop(v.pop());
    [Noted(1), Noted(13), Noted(3)] => drop(v.remove(1));
    [Noted(1), Noted(13), Noted(3)] => drop(v.split_off(1));
    [Noted(1), Noted(13), Noted(3)] => drop(std::mem::take(v).into_boxed_slice());
}

cases! { iterators: |v: Vec<Noted>|
    [Noted(1), Noted(2), Noted(3)] => drop(std::mem::take(v).into_iter());
    [Noted(1), Noted(13), Noted(3)] => drop(std::mem::take(v).into_iter());
    [Noted(1), Noted(2), Noted(3)] => drop(std::mem::take(v).into_iter().next_back());
    [Noted(1), Noted(13), Noted(3)] => drop(std::mem::take(v).into_iter().nth(2));
    [Noted(1), Noted(2), Noted(3)] => std::mem::take(v).into_iter().for_each(|value| assert!(value.0 != 2, "two"));
    [Noted(1), Noted(2), Noted(3)] => std::mem::take(v).into_iter().map(|value| value.0).sum::<u32>();
    [Noted(1), Noted(2), Noted(3)] => std::mem::take(v).into_iter().rev().last();
    [Noted(1), Noted(13), Noted(3)] => drop(v.drain(..2));
    [Noted(1), Noted(13), Noted(3), Noted(4)] => drop(v.drain(1..3));
    [Noted(1), Noted(13), Noted(3), Noted(4)] => v.drain(..).for_each(drop);
    [Noted(1), Noted(13), Noted(3), Noted(4)] => drop(v.splice(..3, [Noted(7), Noted(8)]));
    [Noted(1), Noted(13), Noted(3), Noted(4)] => drop(v.splice(1..2, [Noted(7), Noted(8), Noted(9)]));
    [Noted(1), Noted(2)] => drop(v.splice(1.., (0..9).map(|n| if n == 3 { panic!("no {n}") } else { Noted(n) })));
    [Noted(1), Noted(2)] => drop(v.splice(..1, (0..9).map(|n| if n == 3 { panic!("no {n}") } else { Noted(n) })));
    [Noted(1), Noted(13), Noted(3), Noted(4)] => v.extract_if(.., |n| n.0 > 1).for_each(drop);
    [Noted(1), Noted(2), Noted(3)] => v.extract_if(.., |n| { assert!(n.0 != 2, "two"); true }).for_each(drop);
}

cases! { sieves: |v: Vec<Noted>|
    [Noted(1), Noted(13), Noted(3)] => v.retain(|n| n.0 != 13);
    [Noted(1), Noted(13), Noted(3), Noted(4)] => v.retain(|n| n.0 == 4);
    [Noted(1), Noted(2), Noted(3)] => v.retain(|n| { assert!(n.0 != 3, "three"); n.0 == 2 });
    [Noted(1), Noted(2), Noted(3)] => v.retain_mut(|n| { assert!(n.0 != 1, "one"); true });
    [Noted(1), Noted(13), Noted(13), Noted(4)] => v.dedup();
    [Noted(1), Noted(1), Noted(2), Noted(2)] => v.dedup();
    [Noted(1), Noted(2), Noted(3)] => v.dedup_by(|next, _| { assert!(next.0 != 3, "three"); true });
    [Noted(1), Noted(2), Noted(3)] => v.dedup_by_key(|n| { assert!(n.0 != 3, "three"); 0 });
}

cases! { clones: |v: Vec<Noted>|
    [Noted(1), Noted(2)] => v.clone();
    [Noted(1), Noted(99), Noted(3)] => v.clone();
    [Noted(1), Noted(2), Noted(3)] => v[..2].clone_from_slice(&[Noted(5), Noted(6)]);
    [Noted(1), Noted(2), Noted(3)] => v[..2].clone_from_slice(&[Noted(5)]);
    [Noted(1), Noted(2), Noted(3)] => v.fill(Noted(5));
    [Noted(1), Noted(2), Noted(3)] => v.fill(Noted(99));
    [Noted(1), Noted(2), Noted(3)] => v.fill_with(Noted::default);
    [Noted(1), Noted(2), Noted(3)] => v.sort_by(|a, b| b.cmp(a));
    [Noted(3), Noted(2), Noted(1)] => v.sort_by(|a, b| { assert!(a.0 + b.0 != 3, "three"); a.cmp(b) });
    [Noted(1), Noted(2), Noted(3)] => { let [a, b, c] = <[Noted; 3]>::try_from(std::mem::take(v)).unwrap(); drop(b) };
    [Noted(1), Noted(2), Noted(3)] => drop(<[Noted; 2]>::try_from(std::mem::take(v)));
    [Noted(1), Noted(2), Noted(3)] => std::vec::Vec::from(std::mem::take(v)).len();
    [Noted(1), Noted(2), Noted(3)] => { let _ = std::mem::take(v).into_iter().clone(); };
    [Noted(1), Noted(99), Noted(3)] => { let _ = std::mem::take(v).into_iter().clone(); };
}
