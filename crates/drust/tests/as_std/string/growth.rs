//! Growing, and room.

use super::starts::{LONG, on_each};
use std::borrow::Cow;

on_each! { pushing: |s|
    s.push('b');
    s.push('ß');
    s.push('€');
    s.push('𝄞');
    s.push('\0');
    for _ in 0..40 { s.push('x') };
    for _ in 0..40 { s.push('ä') };
    s.push_str("");
    s.push_str("bc");
    s.push_str(LONG);
    s.insert(0, 'b');
    s.insert(1, 'ß');
    s.insert(2, 'b');
    s.insert(s.len(), '€');
    s.insert(s.len() + 1, 'b');
    s.insert(usize::MAX, 'b');
    s.insert_str(0, "bc");
    s.insert_str(1, LONG);
    s.insert_str(2, "bc");
    s.insert_str(s.len(), "bc");
    s.insert_str(s.len() + 1, "");
    s.extend_from_within(..);
    s.extend_from_within(..1);
    s.extend_from_within(1..);
    s.extend_from_within(2..);
    s.extend_from_within(3..2);
    s.extend_from_within(..1000);
    s.extend_from_within(..=usize::MAX);
}

on_each! { extending: |s|
    s.extend(['a', 'ß']);
    s.extend(&['a', 'ß']);
    s.extend(["b", "", LONG]);
    s.extend([String::from("b"), String::from(LONG)]);
    s.extend([Box::<str>::from("b"), Box::from(LONG)]);
    s.extend([std::boxed::Box::<str>::from("b")]);
    s.extend([Cow::Borrowed("b"), Cow::Owned("c".into())]);
    s.extend("bcd".chars().rev());
    s.extend(LONG.split(' '));
    s.extend((0..9).map(|n| if n == 3 { panic!("no {n}") } else { 'n' }));
    s.extend((0..9).filter(|n| n % 2 == 0).map(|n| if n == 6 { panic!("no {n}") } else { "n" }));
    *s += "b";
    *s += LONG;
    *s += &String::from("b");
    std::mem::take(s) + "b";
    std::mem::take(s) + LONG + &String::from("b");
    { *s = [s.as_str(), "b"].concat().into() };
    { *s = [s.as_str(), "b"].join("-").into() };
}

on_each! { room: |s|
    { s.reserve(100); s.capacity() >= s.len() + 100 };
    { s.reserve_exact(100); s.capacity() == s.len() + 100 };
    { s.reserve(0); s.capacity() >= s.len() };
    { s.reserve_exact(100); s.shrink_to(90); s.capacity() };
    { s.reserve(200); s.shrink_to_fit(); s.capacity() >= s.len() };
    { s.reserve(200); s.shrink_to_fit(); s.push_str(LONG) };
    { s.shrink_to(1000); s.capacity() >= s.len() };
    { s.try_reserve(100).unwrap(); s.capacity() >= s.len() + 100 };
    { s.try_reserve_exact(100).unwrap(); s.capacity() == s.len() + 100 };
    { s.try_reserve(0).unwrap(); s.try_reserve_exact(0).unwrap() };
    s.try_reserve(usize::MAX).map_err(|error| error.to_string());
    s.try_reserve_exact(usize::MAX).map_err(|error| error.to_string());
    s.try_reserve(isize::MAX as usize).map_err(|error| error.to_string());
    s.try_reserve_exact(1 << 46).map_err(|error| error.to_string());
    { s.push('b'); s.try_reserve(1 << 46).map_err(|error| error.to_string()) };
    s.reserve(usize::MAX);
    s.reserve_exact(usize::MAX);
    s.reserve(isize::MAX as usize + 1);
    { *s = String::with_capacity(100); s.capacity() };
    String::with_capacity(usize::MAX);
    String::with_capacity(0).len();
    { s.clear(); s.shrink_to_fit(); s.push('b') };
}
