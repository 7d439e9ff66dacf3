//! Which steps of a program are kept: all, or those of a list like `1-4,9`.

use std::fmt;
use std::str::FromStr;

/// A set of steps by their numbers.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Keep {
    /// Every step there is.
    #[default]
    All,
    /// These, in their order.
    Some(Vec<u32>),
}

impl Keep {
    /// Whether this step is one of them.
    pub fn has(&self, step: u32) -> bool {
        match self {
            Keep::All => true,
            Keep::Some(steps) => steps.binary_search(&step).is_ok(),
        }
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Keep, String> {
        let mut steps = Vec::new();
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<u32>().map_err(|_| format!("`{range}` names no steps"));
            steps.extend(number(first)?..=number(last)?);
        }
        steps.sort_unstable();
        steps.dedup();
        Ok(Keep::Some(steps))
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Keep::Some(steps) = self else { return f.write_str("all") };
        let runs = steps.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
            [one] => one.to_string(),
            run => format!("{}-{}", run[0], run[run.len() - 1]),
        });
        f.write_str(&runs.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_are_written() {
        for text in ["", "3", "1-4,9", "2,4,6-7"] {
            assert_eq!(text.parse::<Keep>().unwrap().to_string(), text);
        }
        assert_eq!("9,1-4,2".parse::<Keep>().unwrap().to_string(), "1-4,9");
        assert!(Keep::All.has(5) && !"1-4".parse::<Keep>().unwrap().has(5));
    }
}
