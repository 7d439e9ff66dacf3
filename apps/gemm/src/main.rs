//! Products of dense matrices on all nodes: `gemm multiply A.npy B.npy -o C.npy`.
#![allow(clippy::disallowed_methods, reason = "a rule for drust itself, not for its users")]

mod arguments;
mod measure;
mod run;

use arguments::{Arguments, Command};
use clap::Parser;
use drust_gemm::Result;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Needs no cluster, so none is started.
    if let Command::Generate(generate) = &arguments.command {
        return told(run::generate(generate));
    }
    let mut builder = drust::Builder::new();
    if let Some(nodes) = arguments.nodes {
        builder = builder.nodes(nodes.get());
    }
    builder.run(|| match &arguments.command {
        Command::Multiply(multiply) => told(run::multiply(multiply)),
        Command::Bench(bench) => told(run::bench(bench)),
        Command::Generate(_) => unreachable!("it was done before"),
    })
}

fn told(result: Result<String>) -> ExitCode {
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("gemm: {error}");
            ExitCode::FAILURE
        }
    }
}
