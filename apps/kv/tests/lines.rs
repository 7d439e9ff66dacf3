//! How much of the program knows of which memory it uses.

use std::path::{Path, PathBuf};

/// Lines that are code: neither blank, nor a comment, nor in a module of tests.
fn code(text: &str) -> usize {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the sources are there").map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

/// What is drust's own is the price of many nodes. What is the twin's own is mostly the map that std does not have.
#[test]
fn few_lines_differ() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let lines = |path: &PathBuf| code(&std::fs::read_to_string(path).expect("it is text"));
    let of = |name: &str| sources.iter().filter(|path| path.ends_with(name)).map(lines).sum::<usize>();
    let all: usize = sources.iter().map(lines).sum();
    let (ours, twin) = (of("src/ours.rs"), of("src/twin.rs"));
    let percent = |lines: usize| 100.0 * lines as f64 / (all - ours - twin + lines) as f64;
    println!("{} lines are the same", all - ours - twin);
    println!("{ours} are drust's alone: {:.1} %; {twin} are std's alone: {:.1} %", percent(ours), percent(twin));
    assert!(ours > 0 && twin > 0 && percent(ours) < 5.0 && percent(twin) < 10.0);
}
