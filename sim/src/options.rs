//! The command line: which storm to run, and how.

use crate::keep::Keep;
use crate::plant;
use std::fmt;
use std::str::FromStr;

/// What goes wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Faults {
    /// Nothing.
    #[default]
    None,
    /// Nodes stop for a while.
    Stop,
    /// A node dies.
    Kill,
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Faults, String> {
        match text {
            "none" => Ok(Faults::None),
            "stop" => Ok(Faults::Stop),
            "kill" => Ok(Faults::Kill),
            other => Err(format!("there are no faults `{other}`: none, stop or kill")),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Faults::None => "none",
            Faults::Stop => "stop",
            Faults::Kill => "kill",
        })
    }
}

/// One run of one program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Storm {
    /// Which program.
    pub seed: u64,
    /// Which order of events, if not that of the program's seed.
    pub order: Option<u64>,
    /// Nodes of the cluster.
    pub nodes: u16,
    /// Threads that run tasks on each node.
    pub workers: u32,
    /// About how many steps the program has.
    pub steps: usize,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// The steps that are left of the program.
    pub keep: Keep,
    /// A fault planted in how drust's side of the program reports what it sees.
    pub plant: Option<String>,
    /// Run again in another process, which must do the very same.
    pub twice: bool,
    /// Say nothing where nothing is wrong.
    pub quiet: bool,
    /// Print the program first.
    pub show: bool,
}

impl Default for Storm {
    fn default() -> Storm {
        Storm {
            seed: 0,
            order: None,
            nodes: 3,
            workers: 2,
            steps: 120,
            faults: Faults::None,
            keep: Keep::All,
            plant: None,
            twice: false,
            quiet: false,
            show: false,
        }
    }
}

impl Storm {
    /// The storm that the arguments ask for.
    ///
    /// # Errors
    /// An argument that nobody knows, or whose value makes no sense.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Storm, String> {
        let mut storm = Storm::default();
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} wants a value"));
            match name.as_str() {
                "--seed" => storm.seed = number(&name, &value()?)?,
                "--order" => storm.order = Some(number(&name, &value()?)?),
                "--nodes" => storm.nodes = number(&name, &value()?)?,
                "--workers" => storm.workers = number(&name, &value()?)?,
                "--steps" => storm.steps = number(&name, &value()?)?,
                "--faults" => storm.faults = value()?.parse()?,
                "--keep" => storm.keep = value()?.parse()?,
                "--plant" => storm.plant = Some(value()?),
                "--mixed" => storm = Storm::mixed(storm.seed),
                "--twice" => storm.twice = true,
                "--quiet" => storm.quiet = true,
                "--show" => storm.show = true,
                _ => return Err(format!("there is no argument `{name}`")),
            }
        }
        storm.check().map(|()| storm)
    }

    /// The storm of a seed among many: the seed says how many nodes and threads there are and what goes wrong.
    fn mixed(seed: u64) -> Storm {
        let faults = [Faults::None, Faults::Stop, Faults::None, Faults::Kill, Faults::None];
        Storm {
            seed,
            nodes: 1 + (seed % 4) as u16,
            workers: 1 + (seed / 4 % 3) as u32,
            faults: faults[(seed / 12 % 5) as usize],
            steps: [60, 120, 240][(seed / 60 % 3) as usize],
            ..Storm::default()
        }
    }

    fn check(&self) -> Result<(), String> {
        match &self.plant {
            Some(fault) if !plant::is_known(fault) => Err(format!("no fault `{fault}` can be planted")),
            _ if !(1..=64).contains(&self.nodes) => Err("a storm wants 1 to 64 nodes".into()),
            _ if self.workers == 0 => Err("a node wants a worker".into()),
            _ => Ok(()),
        }
    }

    /// The arguments that ask for this storm: all but what only asks for more or less output.
    pub fn arguments(&self) -> Vec<String> {
        let all = [
            ("--seed", self.seed.to_string()),
            ("--order", self.order.map(|order| order.to_string()).unwrap_or_default()),
            ("--nodes", self.nodes.to_string()),
            ("--workers", self.workers.to_string()),
            ("--steps", self.steps.to_string()),
            ("--faults", self.faults.to_string()),
            ("--keep", self.keep.to_string()),
            ("--plant", self.plant.clone().unwrap_or_default()),
        ];
        let said = |(name, value): &(&str, String)| match *name {
            "--keep" => self.keep != Keep::All,
            _ => !value.is_empty(),
        };
        all.into_iter().filter(said).flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// The seed of the order of events.
    pub fn order(&self) -> u64 {
        self.order.unwrap_or(self.seed)
    }

    /// The command that runs this storm.
    pub fn command(&self) -> String {
        format!("drust-sim storm {}", self.arguments().join(" "))
    }
}

fn number<N: FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} wants a number, not `{value}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_can_be_asked_again() {
        let text = "--seed 7 --order 8 --nodes 2 --workers 1 --steps 9 --faults kill --keep 1-3,7 --plant wrong-read";
        let storm = Storm::parse(text.split(' ').map(str::to_owned)).unwrap();
        assert_eq!(storm.arguments().join(" "), text);
        assert_eq!(Storm::parse(Storm::default().arguments()).unwrap(), Storm::default());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["--seed", "--seed x", "--nodes 0", "--faults some", "--keep 3-x", "--plant oak", "--what"] {
            assert!(Storm::parse(text.split(' ').map(str::to_owned)).is_err(), "{text}");
        }
    }
}
