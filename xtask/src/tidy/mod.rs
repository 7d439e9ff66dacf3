//! `cargo xtask tidy`: the rules of the sources that neither the compiler nor clippy knows.
//!
//! Each rule is a function from the files to complaints; a complaint says where, what, and what to do about it.

mod dead;
mod edges;
mod errors;
mod examples;
mod files;
mod functions;
mod lexer;
mod text;

use files::{Complaint, Tree};
use std::path::Path;

/// Checks the whole workspace.
pub fn run(workspace: &Path) -> Result<(), String> {
    let tree = Tree::read(workspace).map_err(|error| format!("cannot read the workspace: {error}"))?;
    let mut complaints = check(&tree);
    complaints.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    if complaints.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    Err(format!("{}\n{} complaint(s)", lines.join("\n"), lines.len()))
}

fn check(tree: &Tree) -> Vec<Complaint> {
    let rules: [fn(&Tree) -> Vec<Complaint>; 11] = [
        edges::check,
        edges::forbid_unsafe,
        errors::check,
        examples::check,
        functions::check,
        text::lengths,
        text::module_docs,
        text::banned_words,
        text::machine_paths,
        text::changelog,
        dead::check,
    ];
    rules.iter().flat_map(|rule| rule(tree)).collect()
}
