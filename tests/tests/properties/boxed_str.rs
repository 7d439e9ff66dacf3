//! `Box<str>` beside std's.

use crate::check::check;
use crate::values::{Texts, text};
use std::borrow::{Borrow, BorrowMut, Cow};

crate::methods::methods! {
    /// Boxes of text.
    Slices: Box<str>, len v.len(), state (v.len(), v.is_empty());
    |v, w, i, j, r, n|

    from: *v = Box::from(text(n).as_str());
    from_mut: *v = Box::from(text(n).as_mut_str());
    from_std: *v = Box::from(text(n));
    from_cow: *v = Box::from(Cow::<str>::Owned(text(n)));
    from_string: *v = Box::from(String::from(text(n)));
    from_chars: *v = "piece".chars().chain(text(n).chars()).collect();
    from_char_refs: *v = [&'a', &'ß'].into_iter().collect();
    from_strs: *v = [text(n).as_str(), "b"].into_iter().collect();
    from_stds: *v = [text(n), text(n + 1)].into_iter().collect();
    from_strings: *v = [String::from(text(n)), String::from("c")].into_iter().collect();
    from_boxes: *v = [std::mem::take(v), w.clone()].into_iter().collect();
    from_cows: *v = [Cow::Borrowed("d"), Cow::Owned(text(n))].into_iter().collect();
    default: *v = Box::default();
    clone: { let clone = v.clone(); (&clone == v, clone) };
    clone_from: v.clone_from(w);
    clone_into: *w = v.clone();
    take: std::mem::take(v);
    into_string: { let mut string = std::mem::take(v).into_string(); string.push('x'); *v = string.into() };
    into_boxed_bytes: std::mem::take(v).into_boxed_bytes();
    bytes_from: Box::<[u8]>::from(std::mem::take(v));
    swap_both: std::mem::swap(v, w);
    eq: (v == w, v != w);
    cmp: (v.cmp(&w), v.partial_cmp(&w), *v < *w, *v <= *w, *v > *w, *v >= *w);
    index: v[r].len();
    index_from: &v[i..];
    chars: (v.chars().rev().collect::<std::string::String>(), v.char_indices().nth(i), v.bytes().nth(j));
    display: (format!("{v}|{v:>40}|{v:.3}"), v.to_string(), T::make(n));
    read: Box::read(v).len() => v.len();
    release: Box::release(v) => ();
    as_ref: (v.as_ref().len(), Borrow::<str>::borrow(v).len());
    make_ascii_uppercase: v.make_ascii_uppercase();
    as_mut: v.as_mut().make_ascii_lowercase();
    borrow_mut: BorrowMut::<str>::borrow_mut(v).make_ascii_uppercase();
    index_mut: v[r].make_ascii_uppercase();
    // SAFETY: the raw pointer was given up just before, on this node.
    raw: *v = unsafe { Box::from_raw(Box::into_raw(std::mem::take(v))) };
    // SAFETY: the leaked text is owned by nobody else.
    leak: *v = unsafe { Box::from_raw(std::ptr::from_mut(Box::leak(std::mem::take(v)))) };
}

#[drust::test(nodes = 3)]
fn of_any_length() {
    check::<Slices<Texts>>();
}
