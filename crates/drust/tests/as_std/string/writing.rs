//! What is printed, and what is written to a string.

use super::starts::{LONG, on_each};
use std::fmt::Write;

on_each! { printed: |s|
    format!("{s}");
    format!("{s:?}");
    format!("{s:#?}");
    format!("{s:>90}|{s:<90}|{s:^90}|{s:->5}");
    format!("{s:.3}|{s:>5.2}|{s:.0}");
    format!("{:?}", Some(&*s));
    (s.to_string(), s.to_string().len());
    format!("{:?}", s.lines());
    format_args!("{s}{s}").to_string();
}

on_each! { written: |s|
    s.write_str("b").unwrap();
    s.write_str(LONG).unwrap();
    s.write_char('ß').unwrap();
    s.write_char('b').unwrap();
    write!(s, "{} {:?} {:>4}", 1, "two", 3.5).unwrap();
    writeln!(s, "{LONG}").unwrap();
    write!(s, "").unwrap();
    s.by_ref_write();
    (0..50).for_each(|n| write!(s, "{n},").unwrap());
}

/// Writes by a reference, as functions that take any writer do.
trait ByRefWrite {
    fn by_ref_write(&mut self);
}

impl<W: Write> ByRefWrite for W {
    fn by_ref_write(&mut self) {
        write!(&mut *self, "{:04x}", 0xAB).unwrap();
    }
}
