//! One storm: the oracle first, then drust.

use crate::book::FOUND;
use crate::on_drust::storm::program::describe_step;
use crate::options::Storm;
use crate::report;
use crate::{on_drust, on_std, plant};
use std::process::ExitCode;
use std::time::Duration;

/// Runs a storm in this process.
pub fn run(storm: Storm) -> ExitCode {
    report::watch(storm.clone());
    storm.plant.clone().into_iter().for_each(plant::set);
    let mut expected = on_std::storm::program::Program::generate(storm.seed, storm.steps);
    expected.retain(|step| storm.keep.has(step));
    if storm.show {
        println!("{expected}");
    }
    on_std::storm::program::set_program(expected);
    on_std::storm::program::run_main();
    let mut program = on_drust::storm::program::Program::generate(storm.seed, storm.steps);
    program.retain(|step| storm.keep.has(step));
    on_drust::storm::program::set_program(program);
    drust::Builder::new().nodes(storm.nodes).workers(storm.workers).run(|| {
        on_drust::storm::program::run_main();
        settle();
    });
    if storm.nodes == 1 {
        if let Err(wrong) = FOUND.missing() {
            report::end_with(&describe_step(wrong.key), &wrong);
        }
    }
    println!("{:x}", FOUND.digest());
    ExitCode::SUCCESS
}

/// Waits until nothing lives but what was forgotten.
fn settle() {
    let mut live = Vec::new();
    for _ in 0..1000 {
        live = drust::stats::live();
        if FOUND.errands() == 0 && live.iter().map(|live| live.count).sum::<u64>() == FOUND.leaked() {
            return;
        }
        drust::thread::sleep(Duration::from_millis(1));
    }
    let lines: Vec<String> = live.iter().map(ToString::to_string).collect();
    report::end(&format!("{} objects were forgotten, but\n{}", FOUND.leaked(), lines.join("\n")));
}
