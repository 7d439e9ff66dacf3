//! Searching, splitting and trimming.

use super::starts::on_each;

on_each! { finding: |s|
    (s.contains('b'), s.contains("that"), s.contains(""), s.contains(char::is_numeric), s.contains(['x', '€']));
    (s.starts_with('a'), s.starts_with("Text"), s.starts_with(s.as_str()), s.starts_with(char::is_uppercase));
    (s.ends_with('b'), s.ends_with(".\nAnd a line."), s.ends_with(""), s.ends_with(s.as_str()));
    (s.find('b'), s.find("on"), s.find(""), s.find(char::is_whitespace), s.find(&['€', '3'][..]));
    (s.rfind('b'), s.rfind("on"), s.rfind(""), s.rfind(char::is_whitespace));
    (s.matches('e').count(), s.matches("is").collect::<std::vec::Vec<_>>(), s.rmatches(' ').count());
    s.match_indices(' ').collect::<std::vec::Vec<_>>();
    s.rmatch_indices("e").next();
    (s.strip_prefix('a'), s.strip_prefix("Text"), s.strip_suffix('b'), s.strip_suffix("no "));
    (s.is_ascii(), s.eq_ignore_ascii_case(s), s.eq_ignore_ascii_case("b"));
}

on_each! { splitting: |s|
    s.split(' ').collect::<std::vec::Vec<_>>();
    s.split('e').rev().collect::<std::string::String>();
    s.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).count();
    s.split("").count();
    s.split_inclusive(' ').collect::<std::vec::Vec<_>>();
    s.split_terminator('.').collect::<std::vec::Vec<_>>();
    s.rsplit(' ').next();
    s.rsplit_terminator(' ').next();
    s.splitn(2, ' ').collect::<std::vec::Vec<_>>();
    s.rsplitn(2, ' ').collect::<std::vec::Vec<_>>();
    (s.split_once(' '), s.rsplit_once(' '), s.split_once("none"));
    s.split_whitespace().collect::<std::vec::Vec<_>>();
    s.split_ascii_whitespace().rev().next();
    s.lines().collect::<std::vec::Vec<_>>();
}

on_each! { trimming: |s|
    (s.trim(), s.trim_start(), s.trim_end());
    (s.trim_matches('a'), s.trim_start_matches("T"), s.trim_end_matches(['b', '.', ' ']));
    (s.trim_ascii(), s.trim_ascii_start(), s.trim_ascii_end());
    { *s = s.trim().into() };
    { *s = s.trim_start_matches(|c: char| c.is_ascii()).into() };
}
