//! Numbers as Redis reads and writes them.

/// A whole number in its only form: no sign but `-`, no zeros before it, no blanks.
pub fn parse_integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = match digits {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let sign = if digits.len() < text.len() { -1 } else { 1 };
    if !canonical {
        return None;
    }
    // Downwards, since there is one number more below zero.
    digits.iter().try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(sign * i64::from(digit - b'0')))
}

/// A number that need not be whole; infinity is one.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let number: f64 = text.parse().ok()?;
    (!number.is_nan()).then_some(number)
}

/// The shortest text that is read as this number, without exponent.
pub fn float_text(number: f64) -> String {
    if number == 0.0 { "0".to_string() } else { format!("{number}") }
}

/// A number of bytes, as `100mb`: kb, mb and gb count in 1024s, k, m and g in 1000s.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let unit = match &lower[end..] {
        "" | "b" => 1,
        "k" => 1000,
        "kb" | "kib" => 1 << 10,
        "m" => 1_000_000,
        "mb" | "mib" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" | "gib" => 1 << 30,
        _ => return None,
    };
    lower[..end].parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_form() {
        for number in [0, 1, -1, 10, i64::MAX, i64::MIN, 1_000_000_007] {
            assert_eq!(parse_integer(number.to_string().as_bytes()), Some(number));
        }
        let others = ["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1.0", "1e3", "9223372036854775808"];
        for text in others.into_iter().chain(["-9223372036854775809", "92233720368547758070", "x", "0x1"]) {
            assert_eq!(parse_integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn floats_are_short() {
        assert_eq!(parse_float(b"3.0e3"), Some(3000.0));
        assert_eq!([b"nan".as_slice(), b"", b" 1", b"1,5"].map(parse_float), [None; 4]);
        assert_eq!([10.6, 5000.0, -0.0, 1e21].map(float_text), ["10.6", "5000", "0", "1000000000000000000000"]);
    }

    #[test]
    fn bytes_have_units() {
        let expected = [("64MiB", 64 << 20), ("1k", 1000), ("1Kb", 1024), ("0", 0), ("7b", 7), ("2gb", 2 << 30)];
        for (text, bytes) in expected {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
        assert_eq!(["", "-1", "1tb", "mb", "99999999999999999gb"].map(parse_bytes), [None; 5]);
    }
}
