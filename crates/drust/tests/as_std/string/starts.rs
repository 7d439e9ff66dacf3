//! The texts that most tables begin with: none, short, of just as many bytes as fit inside a string, and on the heap.

/// Short, with characters of one to four bytes.
pub const SHORT: &str = "aß€𝄞 b";

/// As long as fits inside.
pub const FULL: &str = "Thirty-two bytes lie inside, no ";

/// Text that does not fit inside.
pub const LONG: &str = "Text of more than 32 bytes, so that it lies on the heap: ßäöü.\nAnd a line.";

const _: () = assert!(FULL.len() == 32);

/// Makes a table of lines that each run on each start.
macro_rules! on_each {
    ($test:ident: |$s:ident| $($body:expr;)*) => {
        crate::oracle::cases! {
            $test,
            &["", crate::string::starts::SHORT, crate::string::starts::FULL, crate::string::starts::LONG],
            |start, $s: String| $(start => $body;)*
        }
    };
}
pub(crate) use on_each;
