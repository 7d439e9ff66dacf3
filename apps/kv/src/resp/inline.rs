//! Requests as people type them: words, with quotes and escapes as Redis has them.

use std::ops::Range;

/// The words of a line, unquoted where they stand; `None` where a quote is not closed, or is closed within a word.
pub fn words(line: &mut [u8]) -> Option<Vec<Range<usize>>> {
    let (mut words, mut at, mut written) = (Vec::new(), 0, 0);
    loop {
        while line.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if at >= line.len() {
            return Some(words);
        }
        // What is unquoted is never longer, so it is written over what has been read.
        let start = written;
        while let Some(byte) = line.get(at).copied().filter(|byte| !byte.is_ascii_whitespace()) {
            match byte {
                b'"' => at = quoted(line, at + 1, &mut written)?,
                b'\'' => at = verbatim(line, at + 1, &mut written)?,
                byte => {
                    put(line, &mut written, byte);
                    at += 1;
                }
            }
        }
        words.push(start..written);
    }
}

fn put(line: &mut [u8], written: &mut usize, byte: u8) {
    line[*written] = byte;
    *written += 1;
}

/// Up to behind the closing `"`, which a blank or the end must follow.
fn quoted(line: &mut [u8], mut at: usize, written: &mut usize) -> Option<usize> {
    loop {
        match *line.get(at)? {
            b'"' => return ends(line, at + 1),
            b'\\' => {
                let (byte, len) = escaped(line.get(at + 1..)?)?;
                put(line, written, byte);
                at += 1 + len;
            }
            byte => {
                put(line, written, byte);
                at += 1;
            }
        }
    }
}

/// Up to behind the closing `'`.
fn verbatim(line: &mut [u8], mut at: usize, written: &mut usize) -> Option<usize> {
    loop {
        match (*line.get(at)?, line.get(at + 1).copied()) {
            (b'\'', _) => return ends(line, at + 1),
            (b'\\', Some(b'\'')) => {
                put(line, written, b'\'');
                at += 2;
            }
            (byte, _) => {
                put(line, written, byte);
                at += 1;
            }
        }
    }
}

fn ends(line: &[u8], at: usize) -> Option<usize> {
    line.get(at).is_none_or(u8::is_ascii_whitespace).then_some(at)
}

/// What follows a backslash stands for, and how long it is.
fn escaped(rest: &[u8]) -> Option<(u8, usize)> {
    let hex = |at: usize| rest.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    if let (Some(b'x'), Some(high), Some(low)) = (rest.first(), hex(1), hex(2)) {
        return Some(((high * 16 + low) as u8, 3));
    }
    let byte = match *rest.first()? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    };
    Some((byte, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Option<Vec<String>> {
        let mut bytes = line.as_bytes().to_vec();
        let words = words(&mut bytes)?;
        Some(words.into_iter().map(|word| bytes[word].escape_ascii().to_string()).collect())
    }

    #[test]
    fn words_are_split_and_unquoted() {
        assert_eq!(split("  set  a b\r").unwrap(), ["set", "a", "b"]);
        assert_eq!(split(r#"set "a b" 'c "d\n' "#).unwrap(), ["set", "a b", r#"c \"d\\n"#]);
        assert_eq!(split(r#""\x00\xfF\n\"" 'it\'s' """#).unwrap(), [r#"\x00\xff\n\""#, r"it\'s", ""]);
        assert_eq!(split(r#"a"b c""#).unwrap(), ["ab c"]);
        assert_eq!(split("").unwrap(), [""; 0]);
    }

    #[test]
    fn quotes_are_closed_and_followed_by_a_blank() {
        for line in ["\"a", "'a", "\"a\"b", "'a'b", "\"a\\", "\"a\\\"", "'a\\'"] {
            assert_eq!(split(line), None, "{line}");
        }
    }
}
