//! Parts of the text.

use super::starts::on_each;
use std::ops::Bound::{Excluded, Included, Unbounded};

on_each! { reading: |s|
    (s.len(), s.is_empty(), s.as_str().len(), s.as_bytes().len());
    s[..].len();
    &s[1..];
    &s[..1];
    &s[1..3];
    &s[2..];
    &s[..2];
    &s[3..1];
    &s[..1000];
    &s[1000..];
    &s[..=0];
    &s[..=1];
    &s[..=usize::MAX];
    &s[(Excluded(0), Unbounded)];
    &s[(Included(1), Excluded(3))];
    &s[s.len()..];
    &s[s.len() + 1..];
    (s.get(..1), s.get(1..3), s.get(2..), s.get(..1000), s.get(1..=2));
    (s.is_char_boundary(0), s.is_char_boundary(2), s.is_char_boundary(s.len()), s.is_char_boundary(1000));
    (s.floor_char_boundary(2), s.ceil_char_boundary(2), s.floor_char_boundary(1000));
    s.split_at(1);
    s.split_at(2);
    s.split_at(1000);
    (s.split_at_checked(1), s.split_at_checked(2), s.split_at_checked(1000));
    (s.chars().next(), s.chars().next_back(), s.chars().nth(2));
    // SAFETY: the whole text lies inside it.
    unsafe { s.get_unchecked(..s.len()).len() };
}

on_each! { writing: |s|
    s[..].make_ascii_uppercase();
    s[1..].make_ascii_uppercase();
    s[..1].make_ascii_lowercase();
    s[2..].make_ascii_uppercase();
    s[..1000].make_ascii_uppercase();
    s.make_ascii_uppercase();
    s.make_ascii_lowercase();
    s.as_mut_str().make_ascii_uppercase();
    s.get_mut(..1).map(|part| part.make_ascii_uppercase());
    s.get_mut(2..).map(|part| part.make_ascii_uppercase());
    s.get_mut(..1000).is_none();
    { let (left, right) = s.split_at_mut(1); left.make_ascii_uppercase(); right.make_ascii_lowercase() };
    s.split_at_mut(2).0.len();
    s.split_at_mut_checked(2).is_some();
    // SAFETY: text stays text where its ASCII letters change.
    unsafe { s.as_bytes_mut() }.iter_mut().filter(|byte| **byte == b'a').for_each(|byte| *byte = b'z');
}
