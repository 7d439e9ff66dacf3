//! Sizes as people write them: `512M`, `4G`.

use std::fmt;

/// Reads a number of bytes: digits, then an optional suffix `K`, `M`, `G` or `T` (powers of 1024), which `B` or `iB`
/// may follow. Case does not matter. `None` where the text is not of that form or the number does not fit.
///
/// ```
/// assert_eq!(drust_launch::size::parse("4G"), Some(4 << 30));
/// assert_eq!(drust_launch::size::parse("512 MiB"), Some(512 << 20));
/// assert_eq!(drust_launch::size::parse("4 apples"), None);
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit: u64 = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// Writes a number of bytes in the largest unit that leaves at least one, with one decimal where it is not exact.
///
/// ```
/// assert_eq!(drust_launch::size::Bytes(4 << 30).to_string(), "4 GiB");
/// assert_eq!(drust_launch::size::Bytes(1536).to_string(), "1.5 KiB");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        for (shift, unit) in UNITS {
            if self.0 >> shift == 0 {
                continue;
            }
            if self.0.trailing_zeros() >= shift {
                return write!(f, "{} {unit}", self.0 >> shift);
            }
            return write!(f, "{:.1} {unit}", self.0 as f64 / (1u64 << shift) as f64);
        }
        write!(f, "{} B", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_every_suffix() {
        let cases = [
            ("0", 0),
            ("17", 17),
            ("17b", 17),
            (" 3k ", 3 << 10),
            ("3KiB", 3 << 10),
            ("3 mb", 3 << 20),
            ("3G", 3 << 30),
            ("3TiB", 3 << 40),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "G", "-1", "1.5G", "1GG", "1 Gig", "0x10", "99999999999T", "18446744073709551616"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_written_short() {
        let cases = [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (5 << 40, "5 TiB"), (2_147_483_649, "2.0 GiB")];
        for (bytes, text) in cases {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
    }
}
