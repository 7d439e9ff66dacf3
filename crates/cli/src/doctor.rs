//! `drust doctor`: the settings in effect, what the machine allows, and what is wrong with either.

use crate::reach;
use drust_launch::environment::{
    CARRIER, COORDINATOR, COPIES, ENCRYPT, HEAP, HEARTBEAT, JOB, KNOWN, LAUNCHER, LISTEN, NODES, SEED, WORKERS,
};
use drust_launch::size::Bytes;
use drust_launch::{Limits, Settings};
use std::fmt::{Display, Write};
use std::process::ExitCode;

/// Prints the report; fails where a setting cannot be used, or a node started by hand could not join its job.
pub fn run() -> ExitCode {
    let limits = Limits::detect();
    match Settings::from_env() {
        Ok((settings, warnings)) => {
            print!("{}", report(&settings, &limits));
            for warning in warnings {
                println!("warning: {warning}");
            }
            match settings.membership.as_ref().and_then(|member| reach::check(member, &settings)) {
                None => ExitCode::SUCCESS,
                Some(Ok(found)) => {
                    println!("{found}");
                    ExitCode::SUCCESS
                }
                Some(Err(wrong)) => {
                    println!("error: {wrong}");
                    ExitCode::FAILURE
                }
            }
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
    row(&mut text, ENCRYPT, or_default(settings.encrypt.map(u8::from)));
    row(&mut text, HEARTBEAT, or_default(settings.heartbeat.map(|silence| format!("{} s", silence.as_secs()))));
    if let Some(member) = &settings.membership {
        row(&mut text, "this is node", format!("{} of {}", member.rank, member.size));
        optional(&mut text, COORDINATOR, member.coordinator.as_ref());
        optional(&mut text, LISTEN, settings.listen.as_ref());
        optional(&mut text, JOB, member.job);
        optional(&mut text, LAUNCHER, member.launcher);
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

/// A row where there is something to show.
fn optional(text: &mut String, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        row(text, name, value);
    }
}

fn row(text: &mut String, name: &str, value: impl Display) {
    writeln!(text, "  {name:<17} {value}").expect("a string takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use drust_launch::{Address, Carrier, Listen, Membership, Token};
    use drust_proto::Rank;
    use std::time::Duration;

    const LIMITS: Limits = Limits { machine_memory: Some(16 << 30), cgroup_memory: Some(8 << 30), cores: 2 };

    #[test]
    fn the_report_shows_settings_and_limits() {
        let settings =
            Settings { nodes: Some(4), heap: Some(2 << 30), carrier: Some(Carrier::Sim), ..Settings::default() };
        let expected = "\
settings
  DRUST_NODES       4
  DRUST_HEAP        2 GiB
  DRUST_WORKERS     (default)
  DRUST_COPIES      (default)
  DRUST_CARRIER     sim
  DRUST_SEED        (default)
  DRUST_ENCRYPT     (default)
  DRUST_HEARTBEAT   (default)
limits
  cores             2
  memory            8 GiB
  of the machine    16 GiB
  of the cgroup     8 GiB
";
        assert_eq!(report(&settings, &LIMITS), expected);
    }

    #[test]
    fn the_report_shows_what_a_node_was_told_but_for_its_token() {
        let membership = Membership {
            rank: Rank(1),
            size: 3,
            token: Token([0xAB; 32]),
            job: None,
            launcher: None,
            coordinator: Address::parse("node0.lan:7000"),
        };
        let settings = Settings {
            carrier: Some(Carrier::Tcp),
            encrypt: Some(true),
            heartbeat: Some(Duration::from_secs(5)),
            listen: Listen::parse("[::]:7001"),
            membership: Some(membership),
            ..Settings::default()
        };
        let report = report(&settings, &LIMITS);
        let expected = "\
  DRUST_ENCRYPT     1
  DRUST_HEARTBEAT   5 s
  this is node      1 of 3
  DRUST_COORDINATOR node0.lan:7000
  DRUST_LISTEN      [::]:7001
limits
";
        assert!(report.contains(expected) && !report.contains("abab"), "{report}");
    }
}
