//! Taking values out.

use super::values::{LONG, Noted, Nothing};
use crate::oracle::cases;

cases! { numbers: |v: Vec<u32>|
    [1, 2, 3] => v.pop();
    [1] => (v.pop(), v.pop());
    [] => v.pop();
    [1, 2, 3] => v.pop_if(|n| *n > 2);
    [1, 2, 3] => v.pop_if(|n| *n > 3);
    [1, 2, 3] => v.pop_if(|n| { *n += 1; false });
    [] => v.pop_if(|_| unreachable!("there is none"));
    [1, 2, 3] => v.pop_if(|_| panic!("asked"));
    [1, 2, 3] => v.remove(0);
    [1, 2, 3] => v.remove(1);
    [1, 2, 3] => v.remove(2);
    [1, 2, 3] => v.remove(3);
    [] => v.remove(0);
    [1] => v.remove(usize::MAX);
    [1, 2, 3] => v.swap_remove(0);
    [1, 2, 3] => v.swap_remove(2);
    [1, 2, 3] => v.swap_remove(3);
    [] => v.swap_remove(0);
    [1, 2, 3] => v.truncate(2);
    [1, 2, 3] => v.truncate(0);
    [1, 2, 3] => v.truncate(3);
    [1, 2, 3] => v.truncate(9);
    [1, 2, 3] => v.clear();
    [] => v.clear();
    [1, 2, 3] => { v.clear(); v.push(4); v.len() };
    [1, 2, 3, 4] => v.split_off(0);
    [1, 2, 3, 4] => v.split_off(2);
    [1, 2, 3, 4] => v.split_off(4);
    [1, 2, 3, 4] => v.split_off(5);
    [] => v.split_off(0);
    [] => v.split_off(1);
    [1, 2, 3, 4] => { let mut rest = v.split_off(2); v.append(&mut rest); v.push(5); rest };
    [1, 2, 3, 4] => v.retain(|n| n % 2 == 0);
    [1, 2, 3, 4] => v.retain(|_| true);
    [1, 2, 3, 4] => v.retain(|_| false);
    [] => v.retain(|_| unreachable!("there is none"));
    [1, 2, 3, 4] => { let mut seen = vec![]; v.retain(|n| { seen.push(*n); *n != 2 }); seen };
    [1, 2, 3, 4] => v.retain(|n| { assert!(*n < 3, "met {n}"); *n != 1 });
    [1, 2, 3, 4] => v.retain_mut(|n| { *n *= 10; *n > 15 });
    [1, 2, 3, 4] => {
        let keep = [true, false, false, true];
        let mut at = keep.iter();
        v.retain(|_| *at.next().unwrap())
    };
    [1, 1, 2, 2, 2, 1] => v.dedup();
    [1, 2, 3] => v.dedup();
    [1, 1, 1] => v.dedup();
    [] => v.dedup();
    [1] => v.dedup();
    [10, 11, 20, 21, 22, 10] => v.dedup_by_key(|n| *n / 10);
    [10, 11, 20, 30, 31] => v.dedup_by(|next, kept| { *kept += 1; *next / 10 == (*kept - 1) / 10 });
    [1, 2, 3, 4] => v.dedup_by(|next, kept| { assert!(*next < 4, "met {kept}, {next}"); *next == *kept + 1 });
    [1, 2, 3, 4] => {
        let mut seen = vec![];
        v.dedup_by(|next, kept| { seen.push((*next, *kept)); *next % 2 == 0 });
        seen
    };
    [1, 2, 3, 4] => std::mem::take(v);
    [1, 2, 3, 4] => std::mem::replace(v, vec![5]);
    [1, 2, 3, 4] => { let mut other = vec![9]; std::mem::swap(v, &mut other); other };
    [1, 2, 3, 4] => v.drain(..).collect::<Vec<_>>();
    [1, 2, 3, 4] => v.drain(1..3).rev().collect::<Vec<_>>();
    [1, 2, 3, 4] => v.drain(1..).len();
    [1, 2, 3, 4] => { let mut d = v.drain(1..); (d.next(), d.next_back(), d.next(), d.next(), d.next_back()) };
    [1, 2, 3, 4] => {
        let mut d = v.drain(..3);
        d.next();
        (d.as_slice().len(), d.as_ref().first().copied(), format!("{d:?}"))
    };
    [1, 2, 3, 4] => { let mut d = v.drain(..); (d.nth(1), d.size_hint(), d.nth_back(0), d.size_hint()) };
    [1, 2, 3, 4] => v.drain(2..2).next();
    [1, 2, 3, 4] => v.drain(4..).next();
    [1, 2, 3, 4] => v.drain(5..).next();
    [1, 2, 3, 4] => v.drain(..5).next();
    [1, 2, 3, 4] => v.drain(3..2).next();
    [1, 2, 3, 4] => v.drain(..=4).next();
    [1, 2, 3, 4] => v.drain(..=usize::MAX).next();
    [1, 2, 3, 4] => v.drain((std::ops::Bound::Excluded(usize::MAX), std::ops::Bound::Unbounded)).next();
    [1, 2, 3, 4] => v.extract_if(.., |n| *n % 2 == 0).collect::<Vec<_>>();
    [1, 2, 3, 4] => v.extract_if(1..3, |_| true).collect::<Vec<_>>();
    [1, 2, 3, 4] => v.extract_if(.., |_| true).next();
    [1, 2, 3, 4] => v.extract_if(.., |_| false).next();
    [1, 2, 3, 4] => v.extract_if(.., |n| { *n += 1; *n == 3 }).collect::<Vec<_>>();
    [1, 2, 3, 4] => drop(v.extract_if(.., |_| unreachable!("it is lazy")));
    [1, 2, 3, 4] => {
        let mut e = v.extract_if(1.., |n| *n != 3);
        (e.size_hint(), e.next(), format!("{e:?}"), e.size_hint())
    };
    [1, 2, 3, 4] => v.extract_if(..5, |_| true).next();
    [1, 2, 3, 4] => v.extract_if(3..2, |_| true).next();
    [1, 2, 3, 4] => v.extract_if(.., |n| { assert!(*n < 3, "met {n}"); true }).count();
    [] => v.extract_if(.., |_| true).next();
}

cases! { splicing: |v: Vec<u32>|
    [1, 2, 3, 4] => v.splice(1..3, [7, 8, 9]).collect::<Vec<_>>();
    [1, 2, 3, 4] => v.splice(1..3, [7]).collect::<Vec<_>>();
    [1, 2, 3, 4] => v.splice(1..3, []).collect::<Vec<_>>();
    [1, 2, 3, 4] => v.splice(.., [7, 8]).collect::<Vec<_>>();
    [1, 2, 3, 4] => drop(v.splice(2..2, [7, 8, 9]));
    [1, 2, 3, 4] => drop(v.splice(4.., [7, 8, 9]));
    [1, 2, 3, 4] => drop(v.splice(..0, 10..40));
    [1, 2, 3, 4] => drop(v.splice(1..2, (0..9).filter(|n| n % 2 == 1)));
    [1, 2, 3, 4] => drop(v.splice(3.., (0..9).filter(|n| n % 2 == 1)));
    [1, 2, 3, 4] => { let mut s = v.splice(1.., [7]); (s.next_back(), s.next(), s.len(), s.size_hint()) };
    [1, 2, 3, 4] => format!("{:?}", v.splice(1..3, [7]));
    [1, 2, 3, 4] => drop(v.splice(1..3, (0..9).map(|n| if n == 5 { panic!("no {n}") } else { n })));
    [1, 2, 3, 4] => drop(v.splice(1..3, (0..9).map(|n| if n == 1 { panic!("no {n}") } else { n })));
    [1, 2, 3, 4] => drop(v.splice(3.., (0..9).map(|n| if n == 5 { panic!("no {n}") } else { n })));
    [1, 2, 3, 4] => drop(v.splice(1..2, (0..9).filter(|n| { assert!(*n != 5, "no {n}"); true })));
    [1, 2, 3, 4] => drop(v.splice(5.., [7]));
    [1, 2, 3, 4] => drop(v.splice(2..1, [7]));
    [] => drop(v.splice(.., [7, 8]));
    [] => drop(v.splice(.., []));
}

cases! { texts: |v: Vec<String>|
    ["a", LONG, "b"].map(String::from) => v.pop();
    ["a", LONG, "b"].map(String::from) => v.remove(1);
    ["a", LONG, "b"].map(String::from) => v.swap_remove(0);
    ["a", LONG, "b"].map(String::from) => v.split_off(1);
    ["a", LONG, "b"].map(String::from) => v.drain(1..).collect::<Vec<_>>();
    ["a", LONG, "b"].map(String::from) => v.drain(..1).map(|text| text + LONG).collect::<Vec<_>>();
    ["a", LONG, "b"].map(String::from) => v.splice(1..2, [String::from("c"), String::from(LONG)]).collect::<Vec<_>>();
    ["a", LONG, "b"].map(String::from) => v.extract_if(.., |text| text.len() == 1).collect::<Vec<_>>();
    ["a", LONG, "b"].map(String::from) => v.retain(|text| text.len() > 1);
    ["a", LONG, "b"].map(String::from) => v.retain_mut(|text| { text.push('!'); text.len() == 2 });
    ["a", "a", LONG, LONG].map(String::from) => v.dedup();
    ["a", LONG, "b"].map(String::from) => v.truncate(1);
    ["a", LONG, "b"].map(String::from) => { v.clear(); v.push(String::from(LONG)) };
    ["a", LONG, "b"].map(String::from) => std::mem::take(&mut v[1]);
    ["a", LONG, "b"].map(String::from) => std::mem::take(v).into_iter().nth(1);
}

cases! { nothings: |v: Vec<Nothing>|
    [Nothing; 3] => (v.pop(), v.remove(1), v.swap_remove(0), v.pop());
    [Nothing; 3] => v.remove(3);
    [Nothing; 3] => v.split_off(1);
    [Nothing; 3] => v.drain(1..).count();
    [Nothing; 3] => v.splice(1..2, [Nothing; 5]).count();
    [Nothing; 3] => v.extract_if(1.., |_| true).count();
    [Nothing; 3] => v.dedup();
    [Nothing; 3] => { let mut n = 0; v.retain(|_| { n += 1; n != 2 }) };
    [Nothing; 3] => v.truncate(1);
    [Nothing; 3] => std::mem::take(v).into_iter().rev().len();
}

cases! { noted: |v: Vec<Noted>|
    [Noted(1), Noted(2), Noted(3)] => v.remove(1);
    [Noted(1), Noted(2), Noted(3)] => v.swap_remove(0);
    [Noted(1), Noted(2), Noted(3)] => v.split_off(1);
    [Noted(1), Noted(2), Noted(3)] => v.truncate(1);
    [Noted(1), Noted(2), Noted(3)] => v.clear();
    [Noted(1), Noted(2), Noted(3)] => drop(v.drain(..2));
    [Noted(1), Noted(2), Noted(3)] => { let mut d = v.drain(..); drop(d.next()); drop(d.next_back()) };
    [Noted(1), Noted(2), Noted(3)] => drop(v.splice(1..2, [Noted(7), Noted(8)]));
    [Noted(1), Noted(2), Noted(3)] => drop(v.splice(1.., [Noted(7)]));
    [Noted(1), Noted(2), Noted(3)] => drop(v.splice(..1, [Noted(7), Noted(8), Noted(9)]).next());
    [Noted(1), Noted(2), Noted(3)] => v.extract_if(.., |n| n.0 != 2).for_each(drop);
    [Noted(1), Noted(2), Noted(3)] => drop(v.extract_if(.., |n| n.0 != 2).next());
    [Noted(1), Noted(2), Noted(3)] => v.retain(|n| n.0 == 2);
    [Noted(1), Noted(2), Noted(3)] => v.dedup_by_key(|n| n.0 / 2);
    [Noted(1), Noted(2), Noted(3)] => v.pop_if(|n| n.0 == 3);
    [Noted(1), Noted(2), Noted(3)] => v[1] = Noted(5);
    [Noted(1), Noted(2), Noted(3)] => *v = vec![Noted(5)];
}
