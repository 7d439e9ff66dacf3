//! Characters and bytes, one after the other.

use super::starts::on_each;

on_each! { iterating: |s|
    s.chars().rev().collect::<String>();
    s.chars().map(|c| c.len_utf8()).sum::<usize>();
    s.chars().filter(|c| c.is_uppercase()).collect::<String>();
    { let mut c = s.chars(); (c.next(), c.next_back(), c.as_str().len(), c.size_hint().0 > 0) };
    s.char_indices().nth(2);
    s.char_indices().rev().next();
    s.bytes().map(u32::from).sum::<u32>();
    (s.bytes().len(), s.bytes().nth(3), s.bytes().rposition(|byte| byte == b' '));
    s.encode_utf16().collect::<std::vec::Vec<_>>();
    (s.escape_debug().to_string(), s.escape_default().count(), s.escape_unicode().next());
    s.chars().max();
    s.chars().zip(s.chars().skip(1)).filter(|(a, b)| a < b).count();
    s.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).collect::<Vec<_>>();
    s.split(' ').map(String::from).collect::<Vec<String>>();
    s.chars().flat_map(char::to_uppercase).collect::<String>();
    s.chars().try_for_each(|c| if c == 'e' { Err(c) } else { Ok(()) });
    s.chars().for_each(|c| assert!(c != 't' && c != 'ß', "met {c}"));
    format!("{:?}", s.chars());
}
