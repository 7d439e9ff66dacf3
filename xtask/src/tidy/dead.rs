//! Every Rust file is reached from a target: by `mod`, `#[path]`, `include!`, or Cargo's own folders.

use super::files::{Complaint, Tree, is_fixture};
use super::lexer::is_word;
use std::collections::BTreeSet;

/// Finds the files that nothing compiles.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut alive: BTreeSet<String> = BTreeSet::new();
    let mut pending: Vec<(String, bool)> = roots(tree).into_iter().map(|path| (path, true)).collect();
    while let Some((path, root)) = pending.pop() {
        if tree.0.contains_key(&path) && alive.insert(path.clone()) {
            pending.extend(children(tree, &path, root).into_iter().map(|child| (child, false)));
        }
    }
    tree.rust()
        .filter(|(path, _)| !alive.contains(*path) && !is_fixture(path))
        .map(|(path, _)| Complaint::new(path, 1, "nothing compiles this file", "name it by `mod`, or delete it"))
        .collect()
}

/// The roots of all targets of all packages.
fn roots(tree: &Tree) -> Vec<String> {
    let mut roots = Vec::new();
    for (manifest, file) in tree.0.iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let package = manifest.strip_suffix("Cargo.toml").expect("it was chosen by it");
        for path in tree.0.keys().filter_map(|path| path.strip_prefix(package)) {
            if is_target(path) {
                roots.push(format!("{package}{path}"));
            }
        }
        let paths = file.text.lines().filter_map(|line| line.trim().strip_prefix("path"));
        let named = paths.filter_map(|rest| rest.split('"').nth(1)).filter(|path| path.ends_with(".rs"));
        roots.extend(named.map(|path| join(package, path)));
    }
    roots
}

/// Whether Cargo makes a target of this file, by its path in the package.
fn is_target(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["build.rs"] | ["src", "lib.rs" | "main.rs"] => true,
        ["examples" | "tests" | "benches" | "fuzz_targets", file] | ["src", "bin", file] => file.ends_with(".rs"),
        ["examples" | "tests" | "benches", _, "main.rs"] | ["src", "bin", _, "main.rs"] => true,
        _ => false,
    }
}

/// The files that the modules and includes of one file may stand for.
fn children(tree: &Tree, path: &str, root: bool) -> Vec<String> {
    let file = &tree.0[path];
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let beside = if root || name == "mod.rs" {
        folder.to_string()
    } else {
        join(folder, name.strip_suffix(".rs").unwrap_or(name))
    };
    let mut found = Vec::new();
    for module in modules(&file.code) {
        found.push(join(&beside, &format!("{module}.rs")));
        found.push(join(&beside, &format!("{module}/mod.rs")));
    }
    for (line, code) in file.text.lines().zip(file.code.lines()) {
        let names_a_file = code.contains("path =") || code.contains("include!") || code.contains("include_str!");
        let literals = line.split('"').skip(1).step_by(2).filter(|text| text.ends_with(".rs"));
        found.extend(literals.filter(|_| names_a_file).map(|text| join(folder, text)));
    }
    found
}

/// The `mod name;` of the code, as paths below the file's own folder: those inside `mod a { .. }` begin with `a/`.
fn modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut around: Vec<Option<String>> = Vec::new();
    let mut declared: Option<String> = None;
    let mut after_mod = false;
    for token in tokens(code) {
        match token {
            "{" => around.push(declared.take()),
            "}" => drop(around.pop()),
            ";" => {
                if let Some(name) = declared.take() {
                    let outer = around.iter().flatten().map(|name| format!("{name}/"));
                    found.push(outer.collect::<String>() + &name);
                }
            }
            name if after_mod => declared = Some(name.to_string()),
            _ => declared = None,
        }
        after_mod = token == "mod";
    }
    found
}

/// Words and single other characters, blanks left out.
fn tokens(code: &str) -> impl Iterator<Item = &str> {
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (token, tail) = rest.split_at(word.max(if word == 0 { first.len_utf8() } else { 0 }));
        rest = tail;
        Some(token)
    })
}

/// `path` seen from `folder`, with `..` resolved.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::super::files::said;
    use super::*;

    #[test]
    fn files_are_reached_in_every_way() {
        let files = [
            ("p/Cargo.toml", "[[test]]\npath = \"odd/place.rs\"\n"),
            ("p/src/lib.rs", "mod a;\nmod b { mod c; }\n#[path = \"x/y.rs\"]\nmod z;\n"),
            ("p/src/a.rs", "pub(crate) mod d;\ninclude!(\"inc.rs\");\n"),
            ("p/src/a/d.rs", ""),
            ("p/src/inc.rs", ""),
            ("p/src/b/c/mod.rs", "mod e;\n"),
            ("p/src/b/c/e.rs", ""),
            ("p/src/x/y.rs", ""),
            ("p/examples/one.rs", "mod common;"),
            ("p/examples/common/mod.rs", ""),
            ("p/tests/two/main.rs", "mod part;"),
            ("p/tests/two/part.rs", ""),
            ("p/tests/ui/fails.rs", ""),
            ("p/odd/place.rs", ""),
        ];
        assert_eq!(said(check, &files), Vec::<String>::new());
    }

    #[test]
    fn the_others_are_dead() {
        let files = [
            ("p/Cargo.toml", ""),
            ("p/src/lib.rs", "// mod a;\nconst S: &str = \"mod a;\";\nmod b { }\n"),
            ("p/src/a.rs", ""),
            ("p/src/b.rs", ""),
            ("p/stray.rs", ""),
        ];
        let said = said(check, &files);
        assert_eq!(said.len(), 3, "{said:?}");
        assert_eq!(said[0], "p/src/a.rs:1: nothing compiles this file; name it by `mod`, or delete it");
    }
}
