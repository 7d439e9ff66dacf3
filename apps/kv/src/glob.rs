//! Patterns of keys, as `user:[0-9]*`.

/// Whether a text matches a pattern of Redis': `*`, `?`, `[abc]`, `[^a-z]`, and `\` before what is meant literally.
///
/// At most the product of both lengths in steps: where what follows a `*` does not match, only that `*` takes more.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Behind the last `*`, and what it has taken up to.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, read));
            continue;
        }
        match text.get(read) {
            None if at == pattern.len() => return true,
            None => return false,
            Some(byte) => {
                if let Some(len) = one(&pattern[at..], *byte) {
                    at += len;
                    read += 1;
                } else if let Some((behind, taken)) = star {
                    star = Some((behind, taken + 1));
                    (at, read) = (behind, taken + 1);
                } else {
                    return false;
                }
            }
        }
    }
}

/// The length of the first part of a pattern, which is no `*`, if it matches a byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', class @ ..] => {
            let (len, holds) = class_of(class, byte);
            holds.then_some(1 + len)
        }
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [literal, ..] => (*literal == byte).then_some(1),
    }
}

/// The length of a class up to behind its `]`, or to the end where it has none, and whether a byte is in it.
fn class_of(class: &[u8], byte: u8) -> (usize, bool) {
    let negated = class.first() == Some(&b'^');
    let (mut at, mut holds) = (usize::from(negated), false);
    loop {
        match &class[at..] {
            [] => return (at, holds != negated),
            [b']', ..] => return (at + 1, holds != negated),
            [b'\\', literal, ..] => {
                holds |= *literal == byte;
                at += 2;
            }
            [from, b'-', to, ..] => {
                holds |= (*from.min(to)..=*from.max(to)).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                holds |= *literal == byte;
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_redis() {
        let cases = [
            ("*", "", true),
            ("*", "anything", true),
            ("h?llo", "hello", true),
            ("h?llo", "hllo", false),
            ("h*llo", "heeeello", true),
            ("h[ae]llo", "hallo", true),
            ("h[ae]llo", "hillo", false),
            ("h[^e]llo", "hello", false),
            ("h[^e]llo", "hallo", true),
            ("h[a-c]llo", "hbllo", true),
            ("h[c-a]llo", "hbllo", true),
            ("h\\*llo", "h*llo", true),
            ("h\\*llo", "hello", false),
            ("[\\]]", "]", true),
            ("[abc", "b", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("\\", "\\", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_more_than_the_product_of_the_lengths() {
        let (pattern, text) = ("*a".repeat(500) + "b", "a".repeat(5000));
        assert!(!matches(pattern.as_bytes(), text.as_bytes()));
    }
}
