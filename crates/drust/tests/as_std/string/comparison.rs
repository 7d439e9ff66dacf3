//! Equality, order and hashes.

use super::starts::{FULL, LONG, SHORT, on_each};
use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};

/// What a value hashes to.
fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

on_each! { comparing: |s|
    (*s == String::from(LONG), *s == String::new(), *s != s.clone());
    (*s == *LONG, *s == LONG, *LONG == *s, LONG == *s);
    (*s == Cow::Borrowed(FULL), Cow::Borrowed(FULL) == *s, *s == std::string::String::from(SHORT));
    (*s == "", *s != "", s == "b", *s == s.as_str());
    ((*s).cmp(&String::from("b")), (*s).cmp(&String::from(LONG)), (*s).cmp(&s.clone()));
    ((*s).partial_cmp(&String::from("T")), *s < String::from("U"), *s >= String::from("Text"));
    std::mem::take(s).max(String::from("Thirty"));
    std::mem::take(s).min(String::from("Thirty"));
    std::mem::take(s).clamp(String::from("A"), String::from("T"));
    (hash(s), hash(s) == hash(s.as_str()), hash(s) == hash(LONG));
    HashMap::from([(s.clone(), 1), (String::from("b"), 2)]).get(LONG).copied();
    HashMap::from([(String::from(LONG), 1)]).contains_key(s);
    BTreeMap::from([(s.clone(), 1), (String::from("b"), 2)]).first_key_value().map(|(text, _)| text.len());
    match s.as_str() { "" => 0, "aß€𝄞 b" => 1, text if text.len() == 32 => 2, _ => 3 };
}
