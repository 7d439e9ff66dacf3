//! `String` and `Box<str>` beside std's, with text inside the string and outside, of characters of any width.

use crate::check::check;
use crate::values::{Texts, text};
use std::borrow::{Borrow, BorrowMut, Cow};
use std::fmt::Write;
use std::path::Path;

/// A character of one to four bytes.
fn letter(n: u64) -> char {
    ['a', 'ß', '€', '𝄞', 'Z', ' '][n as usize % 6]
}

crate::methods::methods! {
    /// Strings.
    Strings: String, len v.len(), state (v.len(), v.is_empty(), v.capacity() >= v.len());
    |v, w, i, j, r, n|

    // Growing, and room.
    push: v.push(letter(n));
    push_str: v.push_str(&text(n));
    insert: v.insert(i, letter(n));
    insert_str: v.insert_str(i, &text(n));
    append: v.push_str(w);
    extend_chars: v.extend((0..n).map(letter));
    extend_char_refs: v.extend(&[letter(n), 'x']);
    extend_strs: v.extend([text(n).as_str(), "", "b"]);
    extend_std: v.extend([text(n), text(i as u64)]);
    extend_strings: v.extend([w.clone(), String::from("c")]);
    extend_boxes: v.extend([Box::<str>::from(text(n)), Box::from("")]);
    extend_cows: v.extend([Cow::Borrowed("d"), Cow::Owned(text(n))]);
    extend_within: v.extend_from_within(r);
    extend_panics: v.extend((0..n).map(|m| if m == 5 { panic!("at {m}") } else { letter(m) }));
    add: *v = std::mem::take(v) + &text(n);
    add_assign: *v += w;
    write: write!(v, "{:?} {n:>3}", T::make(n));
    with_capacity: { *v = String::with_capacity(i); v.capacity() >= i };
    with_too_much: *v = String::with_capacity(usize::MAX);
    reserve: { v.reserve(3 * i); v.capacity() >= v.len() + 3 * i };
    reserve_too_much: v.reserve(usize::MAX);
    reserve_exact: { v.reserve_exact(4 * i); v.capacity() >= v.len() + 4 * i };
    shrink_to_fit: v.shrink_to_fit();
    shrink_to: { v.shrink_to(i); v.capacity() >= i.min(v.len()) };

    // Taking out.
    pop: v.pop();
    remove: v.remove(i);
    truncate: v.truncate(i);
    clear: v.clear();
    retain: v.retain(|c| c as u64 % 3 != n % 3);
    retain_panics: v.retain(|c| { assert!(c != 'ß', "met {c}"); c != 'e' });
    replace_range: v.replace_range(r, &text(n));
    replace_unsorted: v.replace_range(i..j, "new");
    replace_from: v.replace_range(i.., w);
    replace_inclusive: v.replace_range(..=i, "");
    drain: v.drain(r).collect::<std::string::String>();
    drain_both_ends: {
        let mut drain = v.drain(r);
        (drain.next_back(), drain.next(), drain.size_hint(), drain.as_str().to_owned(), format!("{drain:?}"))
    };
    drain_unsorted: v.drain(i..j).count();
    split_off: *w = v.split_off(i);
    take: std::mem::take(v);
    into_bytes: { let bytes = std::mem::take(v).into_bytes(); *v = String::from_utf8(bytes).unwrap() };
    into_bytes_edited: {
        let mut bytes = std::mem::take(v).into_bytes();
        bytes.push(255);
        String::from_utf8(bytes).map_err(|error| (error.utf8_error(), error.to_string(), error.into_bytes()))
    };
    into_boxed_str: { let boxed = std::mem::take(v).into_boxed_str(); *v = boxed.into_string() };
    into_boxed_and_from: { let boxed: Box<str> = std::mem::take(v).into(); *v = String::from(boxed) };
    into_bytes_vec: Vec::<u8>::from(std::mem::take(v));
    into_std: std::string::String::from(std::mem::take(v));

    // Made from other values.
    from: (*v, *w) = (String::from(text(n).as_str()), String::from(&*w));
    from_char: *v = String::from(letter(n));
    from_std: *v = String::from(text(n));
    from_std_ref: *v = String::from(&text(n));
    from_mut: *v = String::from(text(n).as_mut_str());
    from_cow: *v = String::from(Cow::Borrowed("cow"));
    from_box: *v = String::from(Box::<str>::from(text(n)));
    from_str: *v = text(n).parse().unwrap();
    from_iter: *v = (0..n).map(letter).collect();
    from_strings: *v = [std::mem::take(v), std::mem::take(w)].into_iter().collect();
    from_utf8: *v = String::from_utf8(vec![65, 66, 0x30 + n as u8]).unwrap();
    from_utf8_lossy: String::from_utf8_lossy(&[65, 255 - n as u8, 66]);
    from_utf16: String::from_utf16(&[104, 0xD7F8 + n as u16]).map_err(|error| error.to_string());
    new: *v = String::new();
    default: *v = String::default();
    clone: { let clone = v.clone(); (&clone == v, clone) };
    clone_from: v.clone_from(w);
    clone_into: *w = v.clone();

    // The two values together.
    swap_both: std::mem::swap(v, w);
    eq: (v == w, v != w);
    cmp: (v.cmp(&w), v.partial_cmp(&w), *v < *w, *v >= *w);
    eq_str: (*v == text(n), *v == *text(n), *v == text(n).as_str(), text(n) == *v, *v == Cow::Borrowed("a0"));

    // Reading.
    as_str: (v.as_str().len(), v.as_bytes().first().copied());
    index: v[r].len();
    index_from: v[i..].chars().next();
    get: (v.get(r), v.get(i..), v.is_char_boundary(i));
    chars: (v.chars().rev().collect::<std::string::String>(), v.char_indices().nth(i), v.bytes().nth(j));
    find: (v.find(letter(n)), v.rfind("piece"), v.contains(w.as_str()), v.starts_with('a'), v.matches('e').count());
    split: v.split(' ').map(str::len).collect::<std::vec::Vec<_>>();
    split_at: v.split_at(i).1.len();
    trim: (v.trim().len(), v.trim_start_matches('a').len(), v.strip_prefix("a").map(str::len));
    parse: v.parse::<u64>();
    replace: v.replace('a', "bb");
    cases: (v.to_uppercase(), v.to_ascii_lowercase(), v.repeat(2).len(), v.lines().count());
    display: (format!("{v}|{v:>40}|{v:.3}"), v.to_string());
    read: String::read(v).len() => v.len();
    release: String::release(v) => ();
    as_ref: (AsRef::<str>::as_ref(v).len(), AsRef::<[u8]>::as_ref(v).len(), AsRef::<Path>::as_ref(v).extension());
    borrow: Borrow::<str>::borrow(v).len();

    // Writing in place.
    make_ascii_uppercase: v.make_ascii_uppercase();
    as_mut_str: v.as_mut_str().make_ascii_lowercase();
    as_mut: AsMut::<str>::as_mut(v).make_ascii_lowercase();
    borrow_mut: BorrowMut::<str>::borrow_mut(v).make_ascii_uppercase();
    index_mut: v[r].make_ascii_uppercase();
    split_at_mut: {
        let (left, right) = v.split_at_mut(i);
        left.make_ascii_uppercase();
        right.make_ascii_lowercase();
    };
}

#[drust::test(nodes = 3)]
fn of_any_length() {
    check::<Strings<Texts>>();
}
