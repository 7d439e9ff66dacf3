//! `drust doctor`: the settings in effect, what the machine allows, and what is wrong with either.

use drust_launch::environment::{CARRIER, COPIES, HEAP, KNOWN, LAUNCHER, NODES, SEED, WORKERS};
use drust_launch::size::Bytes;
use drust_launch::{Limits, Settings};
use std::fmt::{Display, Write};
use std::process::ExitCode;

/// Prints the report; fails where a setting cannot be used.
pub fn run() -> ExitCode {
    let limits = Limits::detect();
    match Settings::from_env() {
        Ok((settings, unknown)) => {
            print!("{}", report(&settings, &limits));
            for variable in unknown {
                println!("warning: {variable}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            print!("{}", report_limits(&limits));
            println!("error: {error}");
            println!("the settings are {}", KNOWN.join(", "));
            ExitCode::FAILURE
        }
    }
}

fn report(settings: &Settings, limits: &Limits) -> String {
    let mut text = String::from("settings\n");
    row(&mut text, NODES, or_default(settings.nodes));
    row(&mut text, HEAP, or_default(settings.heap.map(Bytes)));
    row(&mut text, WORKERS, or_default(settings.workers));
    row(&mut text, COPIES, or_default(settings.copies.map(Bytes)));
    row(&mut text, CARRIER, or_default(settings.carrier));
    row(&mut text, SEED, or_default(settings.seed));
    if let Some(member) = &settings.membership {
        let node = format!("{} of {}, job {}", member.rank, member.size, member.job);
        row(&mut text, "this is node", node);
        row(&mut text, LAUNCHER, member.launcher);
    }
    text + &report_limits(limits)
}

fn report_limits(limits: &Limits) -> String {
    let known = |bytes: Option<u64>, none: &str| match bytes {
        Some(bytes) => Bytes(bytes).to_string(),
        None => none.to_string(),
    };
    let mut text = String::from("limits\n");
    row(&mut text, "cores", limits.cores);
    row(&mut text, "memory", known(limits.memory(), "unknown"));
    row(&mut text, "of the machine", known(limits.machine_memory, "unknown"));
    row(&mut text, "of the cgroup", known(limits.cgroup_memory, "no limit"));
    text
}

fn or_default(value: Option<impl Display>) -> String {
    value.map_or_else(|| "(default)".to_string(), |value| value.to_string())
}

fn row(text: &mut String, name: &str, value: impl Display) {
    writeln!(text, "  {name:<15} {value}").expect("a string takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use drust_launch::Carrier;

    #[test]
    fn the_report_shows_settings_and_limits() {
        let settings =
            Settings { nodes: Some(4), heap: Some(2 << 30), carrier: Some(Carrier::Sim), ..Settings::default() };
        let limits = Limits { machine_memory: Some(16 << 30), cgroup_memory: Some(8 << 30), cores: 2 };
        let expected = "\
settings
  DRUST_NODES     4
  DRUST_HEAP      2 GiB
  DRUST_WORKERS   (default)
  DRUST_COPIES    (default)
  DRUST_CARRIER   sim
  DRUST_SEED      (default)
limits
  cores           2
  memory          8 GiB
  of the machine  16 GiB
  of the cgroup   8 GiB
";
        assert_eq!(report(&settings, &limits), expected);
    }
}
