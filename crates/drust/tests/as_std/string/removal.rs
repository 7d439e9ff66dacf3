//! Taking text out.

use super::starts::{LONG, on_each};

on_each! { cutting: |s|
    s.pop();
    (s.pop(), s.pop(), s.pop(), s.pop(), s.pop(), s.pop(), s.pop());
    s.remove(0);
    s.remove(1);
    s.remove(2);
    s.remove(s.len());
    s.remove(s.len() + 1);
    s.truncate(0);
    s.truncate(1);
    s.truncate(2);
    s.truncate(s.len());
    s.truncate(s.len() + 1);
    s.clear();
    { s.clear(); s.push_str("bc"); s.len() };
    s.split_off(0);
    s.split_off(1);
    s.split_off(2);
    s.split_off(s.len());
    s.split_off(s.len() + 1);
    { let rest = s.split_off(1); s.push_str("--"); s.push_str(&rest) };
    s.retain(|c| c.is_ascii());
    s.retain(|c| !c.is_ascii());
    s.retain(|_| true);
    s.retain(|_| false);
    s.retain(|c| { assert!(c != '€' && c != 'w' && c != 'h', "met {c}"); c != 'a' && c != 'T' });
    { let mut n = 0; s.retain(|_| { n += 1; n % 3 != 0 }) };
    std::mem::take(s);
    std::mem::replace(s, String::from("b"));
    { let mut other = String::from(LONG); std::mem::swap(s, &mut other); other };
}

on_each! { draining: |s|
    s.drain(..).collect::<String>();
    s.drain(..1).collect::<String>();
    s.drain(1..).rev().collect::<String>();
    s.drain(1..3).count();
    s.drain(1..3).next_back();
    s.drain(2..).count();
    s.drain(..2).count();
    s.drain(3..1).count();
    s.drain(..1000).count();
    s.drain(1000..).count();
    s.drain(..=usize::MAX).count();
    drop(s.drain(..));
    { let mut d = s.drain(1..); (d.next(), d.next_back(), d.as_str().len(), d.size_hint()) };
    { let mut d = s.drain(..); d.next(); (format!("{d:?}"), AsRef::<str>::as_ref(&d).len()) };
    AsRef::<[u8]>::as_ref(&s.drain(..)).len();
    { let mut d = s.drain(..); (d.nth(1), d.nth_back(1), d.last()) };
}

on_each! { replacing: |s|
    s.replace_range(.., "b");
    s.replace_range(..0, "b");
    s.replace_range(..1, LONG);
    s.replace_range(1.., "b");
    s.replace_range(1..1, "ß");
    s.replace_range(1..3, "ß");
    s.replace_range(1..3, "");
    s.replace_range(2.., "b");
    s.replace_range(..2, "b");
    s.replace_range(3..1, "b");
    s.replace_range(..1000, "b");
    s.replace_range(1000.., "b");
    s.replace_range(..=0, "b");
    s.replace_range(..=1, "b");
    s.replace_range(..=usize::MAX, "b");
    s.replace_range((std::ops::Bound::Excluded(0), std::ops::Bound::Unbounded), "b");
    { *s = s.replace('a', LONG).into() };
    s.replacen(' ', "_", 2);
    s.replace("", "-");
}
