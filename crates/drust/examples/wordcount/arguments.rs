//! The command line.

use std::path::PathBuf;

/// How to call the program.
pub const USAGE: &str = "usage: wordcount [PATH] [--nodes N] [--top N] [--check | --no-check]

Counts the words of all text files below PATH (default: the sources that cargo has downloaded).
  --nodes N    so many nodes, as processes of this host (default: DRUST_NODES, or 1)
  --top N      print so many words (default: 10)
  --check      count with std's types too and compare (default where there are at most 64 MiB)
  --no-check   do not";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub path: Option<PathBuf>,
    pub nodes: Option<u16>,
    pub top: Option<usize>,
    pub check: Option<bool>,
    pub help: bool,
}

impl Arguments {
    /// Reads the arguments that follow the program's name; a message where they make no sense.
    pub fn parse(given: impl IntoIterator<Item = String>) -> Result<Arguments, String> {
        let mut arguments = Arguments::default();
        let mut given = given.into_iter();
        while let Some(argument) = given.next() {
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (&argument[..], None),
            };
            let mut value = || inline.clone().or_else(|| given.next()).ok_or(format!("{name} needs a number"));
            match name {
                "--nodes" => arguments.nodes = Some(at_least_one(name, &value()?)?),
                "--top" => arguments.top = Some(number(name, &value()?)?),
                "--check" => arguments.check = Some(true),
                "--no-check" => arguments.check = Some(false),
                "-h" | "--help" => arguments.help = true,
                _ if name.starts_with('-') => return Err(format!("there is no option {name}")),
                _ if arguments.path.is_some() => return Err(format!("one PATH is enough: {argument}")),
                _ => arguments.path = Some(argument.clone().into()),
            }
        }
        Ok(arguments)
    }
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} needs a number, not {value}"))
}

fn at_least_one(name: &str, value: &str) -> Result<u16, String> {
    match number(name, value)? {
        0 => Err(format!("{name} must be at least 1")),
        number => Ok(number),
    }
}
