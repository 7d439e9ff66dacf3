//! The files of the workspace, read once, and the complaints about them.

use super::lexer;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

/// Folders that hold no source of ours.
const SKIPPED: [&str; 3] = ["target", ".git", "corpus-data"];
const TEXT: [&str; 5] = ["rs", "md", "toml", "sh", "yml"];

/// One text file.
pub struct File {
    /// As it stands.
    pub text: String,
    /// Rust only: comments and literals blanked, lines kept.
    pub code: String,
}

/// The text files by path relative to the workspace, with `/` between the parts.
pub struct Tree(pub BTreeMap<String, File>);

impl Tree {
    /// Reads every text file below `workspace`.
    pub fn read(workspace: &Path) -> io::Result<Tree> {
        let mut files = BTreeMap::new();
        let mut folders = vec![workspace.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let (path, name) = (entry.path(), entry.file_name());
                let name = name.to_string_lossy();
                if entry.file_type()?.is_dir() {
                    if !SKIPPED.contains(&name.as_ref()) {
                        folders.push(path);
                    }
                } else if is_text(&name, &path) {
                    let below = path.strip_prefix(workspace).expect("the walk stays below its start");
                    files.insert(below.to_string_lossy().into_owned(), std::fs::read_to_string(&path)?);
                }
            }
        }
        Ok(Tree::of(files))
    }

    /// A tree of these texts.
    pub fn of(texts: impl IntoIterator<Item = (String, String)>) -> Tree {
        let file = |path: &str, text: String| {
            let code = if path.ends_with(".rs") { lexer::blank(&text) } else { String::new() };
            File { text, code }
        };
        Tree(texts.into_iter().map(|(path, text)| (path.clone(), file(&path, text))).collect())
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&String, &File)> {
        self.0.iter().filter(|(path, _)| path.ends_with(".rs"))
    }
}

fn is_text(name: &str, path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    TEXT.contains(&extension) || name == "run"
}

/// Programs that are compiled to see them fail, outside every crate.
pub fn is_fixture(path: &str) -> bool {
    path.split('/').any(|part| part == "ui")
}

/// One broken rule.
#[derive(PartialEq, Eq, Debug)]
pub struct Complaint {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

impl Complaint {
    /// One at `line` of `path`.
    pub fn new(path: &str, line: usize, what: impl Into<String>, remedy: &'static str) -> Complaint {
        Complaint { path: path.to_string(), line, what: what.into(), remedy }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.remedy)
    }
}

/// Runs `rule` on files made up for a test and returns what it says.
#[cfg(test)]
pub fn said(rule: fn(&Tree) -> Vec<Complaint>, files: &[(&str, &str)]) -> Vec<String> {
    let texts = files.iter().map(|(path, text)| (path.to_string(), text.to_string()));
    rule(&Tree::of(texts)).iter().map(ToString::to_string).collect()
}
