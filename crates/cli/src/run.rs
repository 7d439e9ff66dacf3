//! `drust run`: a program as the nodes of one job on this machine.

use crate::{USAGE, fail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use drust_launch::environment::{ENCRYPT, HEARTBEAT, MAX_HEARTBEAT};
use drust_launch::{Carrier, Launch, Settings, exec_bound, exec_simulated, launch_local};
use std::ffi::OsString;
use std::process::ExitCode;

/// The command that `drust run` starts each node by.
pub const BOUND: &str = "bound-node";

/// What `drust run` is asked for; what is absent comes from the environment.
#[derive(Args)]
pub struct Run {
    /// How many nodes (default: DRUST_NODES, else 1).
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..))]
    nodes: Option<u16>,
    /// What connects them: memory that they share, tcp, or nothing, for a simulation in one process
    /// (default: DRUST_CARRIER, else shm).
    #[arg(long, value_parser = carriers())]
    carrier: Option<Carrier>,
    /// Encrypt all that goes over tcp (default: DRUST_ENCRYPT).
    #[arg(long)]
    encrypt: bool,
    /// Seconds of silence after which a node is lost and the job ends (default: DRUST_HEARTBEAT, else 30).
    #[arg(long, value_name = "SECS", value_parser = clap::value_parser!(u64).range(1..=MAX_HEARTBEAT))]
    heartbeat: Option<u64>,
    /// The program, looked up in PATH if its name has no slash, and its arguments; options of `drust` go before it.
    // One list, so that whatever follows the program is the program's, even `-n`.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_names = ["PROGRAM", "ARGS"])]
    command: Vec<OsString>,
}

fn carriers() -> ValueParser {
    let names = [Carrier::Shm, Carrier::Tcp, Carrier::Sim].map(Carrier::name);
    let parser = PossibleValuesParser::new(names);
    parser.try_map(|name| Carrier::parse(&name).ok_or("no carrier")).into()
}

impl Run {
    /// Starts the nodes, waits for them, and exits with the job's code; becomes the program where it simulates them.
    pub fn run(self) -> ExitCode {
        let settings = match Settings::from_env() {
            Ok((settings, warnings)) => {
                warnings.iter().for_each(|warning| eprintln!("drust: {warning}"));
                settings
            }
            Err(error) => return fail(&error),
        };
        if let Some(member) = &settings.membership {
            return misused(&format!(
                "this is node {} of a job already, and nodes start no jobs; run `drust run` outside of it",
                member.rank
            ));
        }
        let launch = match self.launch(&settings) {
            Ok(launch) => launch,
            Err(why) => return misused(&why),
        };
        if launch.carrier == Carrier::Sim {
            return fail(&exec_simulated(&launch));
        }
        match launch_local(launch) {
            Ok(end) => {
                if end.culprit.is_some() {
                    eprintln!("{end}");
                }
                // Codes are a byte wide; what is above it is a failure all the same.
                ExitCode::from(u8::try_from(end.code).unwrap_or(1))
            }
            Err(error) => fail(&error),
        }
    }

    fn launch(self, settings: &Settings) -> Result<Launch, String> {
        let nodes = self.nodes.or(settings.nodes).unwrap_or(1);
        let carrier = self.carrier.or(settings.carrier).unwrap_or(Carrier::Shm);
        if self.encrypt && carrier != Carrier::Tcp {
            return Err(format!("--encrypt goes with --carrier tcp; nothing goes over a network by {carrier}"));
        }
        if self.heartbeat.is_some() && carrier == Carrier::Sim {
            return Err("--heartbeat does not go with --carrier sim; no clock watches simulated nodes".into());
        }
        let mut words = self.command.into_iter();
        let program = words.next().ok_or("there is no program to run")?;
        let mut launch = Launch { carrier, args: words.collect(), ..Launch::new(nodes, program) };
        if carrier != Carrier::Sim {
            // Whatever the program is, its nodes end when this process is killed.
            launch.via = vec!["/proc/self/exe".into(), BOUND.into()];
        }
        launch.env.extend(self.encrypt.then(|| (ENCRYPT.into(), "1".into())));
        launch.env.extend(self.heartbeat.map(|seconds| (HEARTBEAT.into(), seconds.to_string().into())));
        Ok(launch)
    }
}

/// What a node's process does first: it binds itself to the launcher's life, and becomes the program.
pub fn become_bound(command: &[OsString]) -> ExitCode {
    let settings = Settings::from_env().map(|(settings, _)| settings).unwrap_or_default();
    let launcher = settings.membership.and_then(|member| member.launcher);
    let (Some(launcher), Some((program, args))) = (launcher, command.split_first()) else {
        return misused(&format!("`drust {BOUND}` is what `drust run` starts nodes by; use that"));
    };
    fail(&exec_bound(launcher, program, args))
}

/// Says why a command cannot be followed.
fn misused(why: &str) -> ExitCode {
    eprintln!("drust: {why}");
    ExitCode::from(USAGE)
}
