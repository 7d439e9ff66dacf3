//! How much of the program is not the same for drust and for std.

/// Lines of a file that are neither empty nor comments, nor tests.
fn lines(text: &str) -> usize {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// The files that are compiled for both, once or twice.
const SHARED: [&str; 20] = [
    include_str!("../../src/arguments.rs"),
    include_str!("../../src/element.rs"),
    include_str!("../../src/error.rs"),
    include_str!("../../src/job.rs"),
    include_str!("../../src/kernel/float.rs"),
    include_str!("../../src/kernel/int.rs"),
    include_str!("../../src/kernel/mod.rs"),
    include_str!("../../src/lib.rs"),
    include_str!("../../src/npy.rs"),
    include_str!("../../src/program/check.rs"),
    include_str!("../../src/program/files.rs"),
    include_str!("../../src/program/generate.rs"),
    include_str!("../../src/program/jobs.rs"),
    include_str!("../../src/program/layout.rs"),
    include_str!("../../src/program/matrix.rs"),
    include_str!("../../src/program/mod.rs"),
    include_str!("../../src/program/multiply.rs"),
    include_str!("../../src/program/plan.rs"),
    include_str!("../../src/random.rs"),
    include_str!("../../src/verdict.rs"),
];

/// Those that only the program on drust has: its imports, and what the nodes did.
const OURS: [&str; 2] = [include_str!("../../src/cluster.rs"), include_str!("../../src/measure.rs")];

/// Those that have lines which start drust or ask it for the number of nodes, among others.
const MIXED: [&str; 2] = [include_str!("../../src/main.rs"), include_str!("../../src/run.rs")];

/// What is in each of these lines, and in no other.
const DRUSTS: [&str; 4] = ["drust::", "builder", "node::", "arguments.nodes"];

/// The twin's imports.
const TWINS: &str = include_str!("../../src/twin/mod.rs");

/// What std has not in drust's shape, and the twin makes up for: `Ref`, nodes, a scope that has no more threads than
/// there are processors.
const SHAPES: [&str; 3] = [
    include_str!("../../src/twin/node.rs"),
    include_str!("../../src/twin/reference.rs"),
    include_str!("../../src/twin/thread.rs"),
];

#[test]
fn few_lines_differ() {
    let sum = |files: &[&str]| files.iter().map(|file| lines(file)).sum::<usize>();
    let of_drust = |line: &&str| DRUSTS.iter().any(|word| line.contains(word));
    let mixed: usize = MIXED.iter().map(|file| file.lines().filter(of_drust).count()).sum();
    let (shared, ours) = (sum(&SHARED) + sum(&MIXED) - mixed, sum(&OURS) + mixed);
    let (twins, shapes) = (lines(TWINS), sum(&SHAPES));
    let part = |lines: usize| lines as f64 * 100.0 / (shared + lines) as f64;
    println!("{shared} lines are the same; {ours} are drust's alone ({:.1} %), {twins} std's", part(ours));
    println!("{shapes} lines more give std's types drust's shape");
    assert!(part(ours + twins) < 5.0, "{ours} and {twins} lines beside {shared} differ");
}
