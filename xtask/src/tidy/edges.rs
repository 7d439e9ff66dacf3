//! Which crate may use which: the table of the floors, checked against the manifests.

use super::files::{Complaint, Tree};

/// What each crate of ours may use of ours; `ARCHITECTURE.md` says why.
const FLOORS: [(&str, &[&str]); 8] = [
    ("proto", &[]),
    ("heap", &["drust-proto"]),
    ("fabric", &["drust-proto"]),
    ("launch", &["drust-proto"]),
    ("runtime", &["drust-proto", "drust-heap", "drust-fabric", "drust-launch"]),
    ("macros", &[]),
    ("drust", &["drust-runtime", "drust-heap", "drust-proto", "drust-macros"]),
    ("cli", &["drust-proto", "drust-launch"]),
];

/// What each application may use of ours: what its users' programs may.
const APPS: &[&str] = &["drust"];

/// Crates whose root forbids `unsafe`.
const SAFE: [&str; 4] = ["proto", "launch", "macros", "cli"];

/// Every dependency between our crates is in the table.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, file) in &tree.0 {
        let named = |folder| path.strip_prefix(folder).and_then(|rest| rest.strip_suffix("/Cargo.toml"));
        if let Some(name) = named("apps/") {
            let remedy = "an application uses what every program may: move the code, or add to `drust` what is missing";
            complaints.extend(beyond(path, name, &file.text, APPS, remedy));
        }
        let Some(name) = named("crates/") else { continue };
        let Some((_, allowed)) = FLOORS.iter().find(|(floor, _)| *floor == name) else {
            let what = format!("the crate `{name}` has no row in the table of floors");
            let remedy = "add one to xtask/src/tidy/edges.rs and to ARCHITECTURE.md";
            complaints.push(Complaint::new(path, 1, what, remedy));
            continue;
        };
        let remedy = "imports point down only: move the code to the floor that may, or pass a trait";
        complaints.extend(beyond(path, name, &file.text, allowed, remedy));
    }
    complaints
}

/// A complaint about each crate of ours that a manifest names and may not.
fn beyond(path: &str, name: &str, manifest: &str, allowed: &[&str], remedy: &'static str) -> Vec<Complaint> {
    dependencies(manifest)
        .into_iter()
        .filter(|(_, used)| !allowed.contains(&used.as_str()))
        .map(|(line, used)| Complaint::new(path, line, format!("`{name}` may not use `{used}`"), remedy))
        .collect()
}

/// The safe crates say so to the compiler.
pub fn forbid_unsafe(tree: &Tree) -> Vec<Complaint> {
    let roots = SAFE.iter().flat_map(|name| ["lib", "main"].map(|root| format!("crates/{name}/src/{root}.rs")));
    roots
        .filter(|root| tree.0.get(root).is_some_and(|file| !file.code.contains("#![forbid(unsafe_code)]")))
        .map(|root| Complaint::new(&root, 1, "`unsafe` is not forbidden here", "add #![forbid(unsafe_code)]"))
        .collect()
}

/// Lines and names of the dependencies on crates of ours, of every kind and for every target.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(manifest.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_matches(['[', ']']);
            let (head, last) = section.rsplit_once('.').unwrap_or(("", section));
            inside = last.ends_with("dependencies");
            if head.ends_with("dependencies") {
                found.push((number, last.trim_matches('"').to_string()));
            }
        } else if inside && let Some((key, value)) = line.split_once('=') {
            let key = key.trim().split('.').next().unwrap_or_default().trim_matches('"');
            let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
            found.push((number, renamed.unwrap_or(key).to_string()));
        }
    }
    found.retain(|(_, name)| name == "drust" || name.starts_with("drust-"));
    found
}

#[cfg(test)]
mod tests {
    use super::super::files::said;
    use super::*;

    #[test]
    fn what_the_table_allows_passes() {
        let manifest = "[dependencies]\ndrust-proto.workspace = true\nrustix = \"1\"\n";
        assert!(said(check, &[("crates/heap/Cargo.toml", manifest)]).is_empty());
        assert!(said(check, &[("bench/Cargo.toml", "[dependencies]\ndrust = \"1\"\n")]).is_empty());
    }

    #[test]
    fn upward_and_sideways_edges_are_found_in_every_form() {
        let manifest = "\
[package]
name = \"drust-heap\"
[dependencies]
drust-fabric.workspace = true
other = { package = \"drust-runtime\", version = \"1\" }
[dev-dependencies]
drust = { path = \"../drust\" } # for tests
[target.'cfg(loom)'.dependencies]
drust-launch = \"1\"
[dependencies.drust-macros]
version = \"1\"
";
        let said = said(check, &[("crates/heap/Cargo.toml", manifest)]);
        let starts: Vec<&str> = said.iter().map(|s| s.split(';').next().unwrap()).collect();
        assert_eq!(
            starts,
            [
                "crates/heap/Cargo.toml:4: `heap` may not use `drust-fabric`",
                "crates/heap/Cargo.toml:5: `heap` may not use `drust-runtime`",
                "crates/heap/Cargo.toml:7: `heap` may not use `drust`",
                "crates/heap/Cargo.toml:9: `heap` may not use `drust-launch`",
                "crates/heap/Cargo.toml:10: `heap` may not use `drust-macros`",
            ]
        );
    }

    #[test]
    fn applications_use_what_every_program_may() {
        let manifest = "[dependencies]\nclap = \"4\"\ndrust.workspace = true\ndrust-runtime.workspace = true\n";
        let said = said(check, &[("apps/kv/Cargo.toml", manifest)]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("apps/kv/Cargo.toml:4: `kv` may not use `drust-runtime`"), "{said:?}");
    }

    #[test]
    fn a_crate_without_a_row_is_told() {
        assert!(said(check, &[("crates/new/Cargo.toml", "")])[0].contains("no row in the table"));
    }

    #[test]
    fn safe_crates_forbid_unsafe() {
        let silent = [("crates/proto/src/lib.rs", "//! x\n// #![forbid(unsafe_code)]\n")];
        assert_eq!(said(forbid_unsafe, &silent).len(), 1);
        let forbidden = [("crates/proto/src/lib.rs", "//! x\n#![forbid(unsafe_code)]\n")];
        assert!(said(forbid_unsafe, &forbidden).is_empty());
    }
}
