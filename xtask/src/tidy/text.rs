//! Rules on lines and words: lengths, module docs, marks of unfinished work, paths of one machine, the changelog.

use super::files::{Complaint, File, Tree, is_fixture};
use super::lexer::is_word;

const MAX_LINE: usize = 120;
const MAX_FILE: usize = 1000;

/// No file has more than [`MAX_FILE`] lines and no line more than [`MAX_LINE`] characters; prose and links are free.
pub fn lengths(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, file) in tree.0.iter().filter(|(path, _)| !path.ends_with(".md")) {
        let lines = file.text.lines().count();
        if lines > MAX_FILE {
            let what = format!("the file has {lines} lines");
            complaints.push(Complaint::new(path, MAX_FILE + 1, what, "1000 is the most: split it by subject"));
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let length = line.chars().count();
            if length > MAX_LINE && !line.contains("://") {
                let what = format!("the line has {length} characters");
                complaints.push(Complaint::new(path, number, what, "120 is the most: wrap it"));
            }
        }
    }
    complaints
}

/// Every module opens with what it is for.
pub fn module_docs(tree: &Tree) -> Vec<Complaint> {
    tree.rust()
        .filter(|(path, file)| !is_fixture(path) && !file.text.trim_start().starts_with("//!"))
        .map(|(path, _)| Complaint::new(path, 1, "the module does not say what it is for", "open it with //!"))
        .collect()
}

/// Macros that mark unfinished work, wherever they stand in code.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];
/// Words that do so in comments; written in two halves, since this file is checked as well.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const PRINTING: [&str; 4] = ["println!", "eprintln!", "print!", "eprint!"];

/// Where a node ends, and says on standard error why: there may be nobody to receive an event.
const LAST_WORDS: &str = "crates/runtime/src/failure.rs";

/// No word that marks unfinished work, and no printing from a library.
pub fn banned_words(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, file) in tree.rust() {
        let library = library_lines(path, file);
        for (number, (line, code)) in (1..).zip(file.text.lines().zip(file.code.lines())) {
            let unfinished = UNFINISHED.iter().find(|word| has_word(code, word));
            if let Some(word) = unfinished.or(MARKS.iter().find(|word| has_word(line, word))) {
                let what = format!("`{word}` marks unfinished work");
                complaints.push(Complaint::new(path, number, what, "finish it, or say in prose what is absent"));
            }
            let printing = PRINTING.iter().find(|word| has_word(code, word));
            if let Some(word) = printing.filter(|_| number <= library) {
                let what = format!("a library does not print (`{word}`)");
                complaints.push(Complaint::new(path, number, what, "return it, or make it a tracing event"));
            }
        }
    }
    complaints
}

/// How many lines from the top are library code: none of a program or a test, and of a module those above its tests.
fn library_lines(path: &str, file: &File) -> usize {
    let library = path.starts_with("crates/") && path.contains("/src/");
    let program = path.ends_with("/main.rs") || path.contains("/src/bin/") || path.starts_with("crates/cli/");
    if !library || program || path == LAST_WORDS || path.ends_with("/tests.rs") || path.contains("/tests/") {
        return 0;
    }
    match file.code.find("#[cfg(test)]\nmod ") {
        Some(at) => file.code[..at].lines().count(),
        None => usize::MAX,
    }
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joined = word.ends_with(is_word) && after.is_some_and(is_word);
        !before.is_some_and(is_word) && !joined
    })
}

/// Folders that exist on somebody's machine only; in two halves as above.
const MACHINE: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// No path of the machine that a file was written on.
pub fn machine_paths(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, file) in &tree.0 {
        for (number, line) in (1..).zip(file.text.lines()) {
            let starts = |at: usize| !line[..at].ends_with(|c: char| is_word(c) || "./-}".contains(c));
            let found = MACHINE.iter().find(|p| line.match_indices(**p).any(|(at, _)| starts(at)));
            if let Some(prefix) = found {
                let what = format!("`{prefix}` is a path of one machine");
                complaints.push(Complaint::new(path, number, what, "use a relative path or a variable"));
            }
        }
    }
    complaints
}

/// The changelog has an entry for what is not released yet, or for the version there is.
pub fn changelog(tree: &Tree) -> Vec<Complaint> {
    let path = "CHANGELOG.md";
    let text = tree.0.get(path).map(|file| file.text.as_str()).unwrap_or_default();
    let newest = text.split("\n## ").nth(1).unwrap_or_default();
    if newest.lines().any(|line| line.starts_with("- ")) {
        return Vec::new();
    }
    vec![Complaint::new(path, 1, "the newest section has no entry", "say what users get, under ## [Unreleased]")]
}

#[cfg(test)]
mod tests {
    use super::super::files::said;
    use super::*;

    #[test]
    fn lengths_have_their_limits() {
        let long = format!("//! {}\n", "é".repeat(117));
        assert_eq!(said(lengths, &[("a.rs", &long)]).len(), 1);
        let link = format!("//! https://example.org/{long}");
        assert!(said(lengths, &[("a.md", &long), ("b.rs", &link), ("c.rs", &long.replacen('é', "", 1))]).is_empty());
        assert!(said(lengths, &[("a.rs", &"x\n".repeat(1000))]).is_empty());
        assert_eq!(said(lengths, &[("a.rs", &"x\n".repeat(1001))]).len(), 1);
    }

    #[test]
    fn modules_say_what_they_are_for() {
        assert_eq!(said(module_docs, &[("a.rs", "use x;\n")]).len(), 1);
        assert!(said(module_docs, &[("a.rs", "//! It is.\n"), ("t/ui/b.rs", "fn main() {}\n")]).is_empty());
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_comments() {
        let marked = format!("//! x\nfn f() {{ todo!() }}\n// {}: later\n", MARKS[0]);
        let said = said(banned_words, &[("a.rs", &marked), ("b.rs", "//! todo! is a macro\nfn my_todo() {}\n")]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("a.rs:2: `todo!`") && said[1].starts_with("a.rs:3:"));
    }

    #[test]
    fn libraries_do_not_print_but_their_tests_and_programs_may() {
        let prints = "//! x\n/// println!(1)\nfn f() { eprintln!(); }\n\
                      #[cfg(test)]\nmod tests { fn g() { print!(); } }\n";
        let files = [
            ("crates/a/src/lib.rs", prints),
            ("crates/a/src/main.rs", prints),
            ("crates/a/tests/t.rs", prints),
            ("bench/src/lib.rs", prints),
            (LAST_WORDS, prints),
        ];
        let said = said(banned_words, &files);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("crates/a/src/lib.rs:3: a library does not print (`eprintln!`)"));
    }

    #[test]
    fn machine_paths_are_found_and_relative_ones_are_not() {
        let text = format!("see {}me\n", MACHINE[0]);
        assert_eq!(said(machine_paths, &[("a.md", &text)]).len(), 1);
        assert!(said(machine_paths, &[("a.md", &format!("see my{0} and .{0}\n", MACHINE[0]))]).is_empty());
    }

    #[test]
    fn the_changelog_has_an_entry() {
        assert_eq!(said(changelog, &[]).len(), 1);
        assert_eq!(said(changelog, &[("CHANGELOG.md", "# C\n\n## [Unreleased]\n\n## [0.1.0]\n- a\n")]).len(), 1);
        assert!(said(changelog, &[("CHANGELOG.md", "# C\n\n## [Unreleased]\n### Added\n- a\n")]).is_empty());
    }
}
