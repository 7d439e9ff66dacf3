//! Parts of a suite, each run as a job of its own.

use crate::Plan;
use crate::figure::Figure;
use crate::suites;
use crate::wire::Wire;
use std::process::{Command, ExitCode, Stdio};

/// Figures that are measured in one job.
pub struct Part {
    /// Its name on the command line.
    pub name: &'static str,
    /// Nodes of the job; none for a part that starts jobs itself.
    pub nodes: u16,
    /// What carries messages between its nodes.
    pub wire: Wire,
    /// Threads that each node runs tasks on.
    pub workers: u32,
    /// Bytes of copies that each node keeps though nobody reads them.
    pub copies: Option<u64>,
    /// Measures, as `main` of the job, which goes over this wire.
    pub run: fn(&Plan, Wire) -> Vec<Figure>,
}

/// Runs a part as another process, whose output is its figures.
pub fn run_apart(part: &Part, plan: &Plan) -> Result<Vec<Figure>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["part", part.name, "--rounds", &plan.rounds.to_string()]).stdout(Stdio::piped());
    part.wire.choose(&mut command);
    if plan.quick {
        command.arg("--quick");
    }
    if let Some(corpus) = &plan.corpus {
        command.arg("--corpus").arg(corpus);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{}; {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("its output: {error}"))
}

/// Runs a part in this process, and in those that the job adds.
pub fn run_here(name: &str, plan: &Plan) -> ExitCode {
    let parts = suites::all();
    let Some(part) =
        parts.iter().flat_map(|(_, parts, inner)| parts.iter().chain(*inner)).find(|part| part.name == name)
    else {
        eprintln!("there is no part {name}");
        return ExitCode::from(2);
    };
    let run = || {
        let figures = (part.run)(plan, part.wire);
        println!("{}", serde_json::to_string(&figures).expect("figures can be written"));
    };
    if part.nodes == 0 {
        run();
        return ExitCode::SUCCESS;
    }
    let mut builder = drust::Builder::new().nodes(part.nodes).workers(part.workers);
    if let Some(copies) = part.copies {
        builder = builder.copies(copies);
    }
    builder.run(run);
    ExitCode::SUCCESS
}
