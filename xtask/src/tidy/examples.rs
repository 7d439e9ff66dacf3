//! What users of `drust` can name has an example.
//!
//! Functions, types, traits, macros and modules of the crate, and what it exports of the engine, whose own examples
//! could not name `drust`. Implementations of traits are known by the trait, aliases by what they stand for.

use super::files::{Complaint, File, Tree};

const SOURCES: &str = "crates/drust/src/";
const FENCE: &str = "```";

/// Every public item of `drust` that is not hidden shows how it is used.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, file) in tree.rust().filter(|(path, _)| path.starts_with(SOURCES)) {
        let text: Vec<&str> = file.text.lines().collect();
        for (at, code) in library(file).enumerate() {
            let Some(item) = item(code) else { continue };
            let docs = Docs::above(&text[..at]);
            let shown = match item {
                Item::Module(name) => docs.example || module(tree, path, name).is_none_or(has_example),
                Item::Macro => docs.example || !docs.exported,
                Item::Other => docs.example,
            };
            if !shown && !docs.hidden {
                let name = code.trim().split(['<', '(', '{', ';']).next().unwrap_or_default().trim_end();
                let what = format!("`{name}` has no example");
                complaints.push(Complaint::new(path, at + 1, what, "show in its docs one use, and what comes of it"));
            }
        }
    }
    complaints
}

/// The lines of code above the tests.
fn library(file: &File) -> impl Iterator<Item = &str> {
    let tests = file.code.find("#[cfg(test)]\nmod ").unwrap_or(file.code.len());
    file.code[..tests].lines()
}

enum Item<'a> {
    Module(&'a str),
    Macro,
    Other,
}

/// What a line begins to declare, if it is for others.
fn item(code: &str) -> Option<Item<'_>> {
    if code.starts_with("macro_rules!") {
        return Some(Item::Macro);
    }
    if code.starts_with("pub use drust_") {
        return Some(Item::Other);
    }
    let mut rest = code.trim_start().strip_prefix("pub ")?;
    if let Some(name) = rest.strip_prefix("mod ") {
        return Some(Item::Module(name.trim_end().trim_end_matches(';')));
    }
    while let Some(next) = ["const ", "unsafe ", "async "].iter().find_map(|word| rest.strip_prefix(word)) {
        rest = next;
    }
    let kinds = ["fn ", "struct ", "enum ", "union ", "trait "];
    kinds.iter().any(|kind| rest.starts_with(kind)).then_some(Item::Other)
}

/// What stands in the comments and attributes right above an item.
#[derive(Default)]
struct Docs {
    example: bool,
    hidden: bool,
    exported: bool,
}

impl Docs {
    fn above(lines: &[&str]) -> Docs {
        let mut docs = Docs::default();
        let mut inside = false;
        for line in lines.iter().rev().map(|line| line.trim()) {
            let attribute = line.starts_with("#[");
            // An attribute of several lines is met by its end.
            inside = !attribute && (inside || line.ends_with(")]"));
            if !attribute && !inside && !line.starts_with("///") {
                break;
            }
            docs.example |= line.starts_with("///") && line.contains(FENCE);
            docs.hidden |= line.starts_with("#[doc(hidden)]");
            docs.exported |= line.starts_with("#[macro_export]");
        }
        docs
    }
}

/// The file of the module `name` that `path` declares; none where its body stands in `path`.
fn module<'a>(tree: &'a Tree, path: &str, name: &str) -> Option<&'a File> {
    let (folder, file) = path.rsplit_once('/')?;
    let folder = match file {
        "lib.rs" | "mod.rs" => folder.to_string(),
        file => format!("{folder}/{}", file.trim_end_matches(".rs")),
    };
    let files = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
    files.iter().find_map(|file| tree.0.get(file))
}

fn has_example(file: &File) -> bool {
    file.text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains(FENCE))
}

#[cfg(test)]
mod tests {
    use super::super::files::said;
    use super::*;

    fn complaints(text: &str) -> usize {
        said(check, &[("crates/drust/src/a.rs", text)]).len()
    }

    #[test]
    fn public_items_want_an_example() {
        for item in ["pub fn a() {}", "pub const unsafe fn a() {}", "pub struct A;", "pub trait A {}", "pub enum A {}"]
        {
            assert_eq!(complaints(&format!("/// It is.\n{item}\n")), 1, "{item}");
            assert_eq!(complaints(&format!("/// ```\n/// a();\n/// ```\n#[must_use]\n{item}\n")), 0, "{item}");
            assert_eq!(complaints(&format!("#[doc(hidden)]\n{item}\n")), 0, "{item}");
        }
        assert_eq!(complaints("    /// ```\n    #[expect(\n        a,\n        b\n    )]\n    pub fn a() {}\n"), 0);
        assert_eq!(complaints("/// ```\nfn a() {}\npub fn b() {}\n"), 1);
        assert_eq!(complaints("fn a() {}\npub(crate) fn b() {}\npub use a::b;\npub type A = B;\n"), 0);
        assert_eq!(complaints("#[cfg(test)]\nmod tests {\n    pub fn a() {}\n}\n"), 0);
        assert!(said(check, &[("crates/heap/src/a.rs", "pub fn a() {}\n")]).is_empty());
    }

    #[test]
    fn so_do_macros_and_what_is_exported_of_the_engine() {
        assert_eq!(complaints("#[macro_export]\nmacro_rules! a {\n"), 1);
        assert_eq!(complaints("macro_rules! a {\n"), 0);
        assert_eq!(complaints("pub use drust_heap::A;\n"), 1);
        assert_eq!(complaints("/// ```\n/// ```\npub use drust_heap::A;\n"), 0);
    }

    #[test]
    fn modules_have_theirs_in_their_own_files() {
        let root = ("crates/drust/src/lib.rs", "pub mod a;\n");
        assert_eq!(said(check, &[root, ("crates/drust/src/a.rs", "//! It is.\n")]).len(), 1);
        assert_eq!(said(check, &[root, ("crates/drust/src/a/mod.rs", "//! It is.\n")]).len(), 1);
        assert!(said(check, &[root, ("crates/drust/src/a.rs", "//! ```\n//! a();\n//! ```\n")]).is_empty());
    }
}
