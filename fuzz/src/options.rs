//! The command line: which targets, from which seed, how many frames.

use crate::targets::{ALL, Row};

/// Frames of a run over all targets, unless somebody says otherwise.
const FRAMES: u64 = 1_000_000;

/// What was asked for.
#[derive(PartialEq, Eq, Debug)]
pub struct Options {
    /// One target's name; all, where there is none.
    pub target: Option<String>,
    /// The first seed.
    pub seed: u64,
    /// Frames in total.
    pub frames: u64,
    /// A file for the seed of the case under way.
    pub trail: Option<String>,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Options, String> {
        let mut options = Options { target: None, seed: 0, frames: FRAMES, trail: None };
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(format!("{name} wants a value"))?;
            let number = || value.parse().map_err(|_| format!("{name} wants a number, not `{value}`"));
            match name.as_str() {
                "--target" if ALL.iter().any(|row| row.name == value) => options.target = Some(value),
                "--target" => return Err(format!("there is no target `{value}`")),
                "--seed" => options.seed = number()?,
                "--frames" => options.frames = number()?,
                "--trail" => options.trail = Some(value),
                _ => return Err(format!("there is no argument `{name}`")),
            }
        }
        Ok(options)
    }

    /// The frames that a target is to be fed; none where it is not asked for.
    pub fn frames_of(&self, row: &Row) -> u64 {
        match &self.target {
            None => (self.frames * row.share).div_ceil(1000),
            Some(name) if name == row.name => self.frames,
            Some(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_by_name() {
        let parse = |text: &str| Options::parse(text.split_whitespace().map(str::to_owned));
        let options = parse("--target law --seed 7 --frames 30").unwrap();
        assert_eq!(options, Options { target: Some("law".into()), seed: 7, frames: 30, trail: None });
        assert_eq!(ALL.iter().map(|row| options.frames_of(row)).sum::<u64>(), 30);
        let all = parse("").unwrap();
        assert!(ALL.iter().map(|row| all.frames_of(row)).sum::<u64>() >= FRAMES);
        assert!(parse("--target lore").is_err() && parse("--seed x").is_err() && parse("--seed").is_err());
    }
}
