//! Every public error is named in a test that asks the compiler whether any thread may keep it.

use super::files::{Complaint, Tree};
use super::lexer::is_word;

/// What the tests that ask are called, or end in.
const TEST: &str = "any_thread_may_keep()";

/// Each public type of our crates that implements `Error` stands in a file with such a test.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let asking: Vec<&str> =
        tree.rust().map(|(_, file)| file.code.as_str()).filter(|code| code.contains(TEST)).collect();
    let mut complaints = Vec::new();
    for (path, file) in tree.rust().filter(|(path, _)| path.starts_with("crates/") && path.contains("/src/")) {
        for (number, line) in (1..).zip(file.code.lines()) {
            let Some(name) = implements_error(line).filter(|name| is_public(&file.code, name)) else { continue };
            if !asking.iter().any(|code| code.contains(&format!("{name}>();")) || code.contains(&format!("{name}<"))) {
                let what = format!("`{name}` is an error that no test asks whether any thread may keep it");
                complaints.push(Complaint::new(path, number, what, "name it in one, as crates/drust/tests/public.rs"));
            }
        }
    }
    complaints
}

/// The type that `line` begins to implement `Error` for.
fn implements_error(line: &str) -> Option<&str> {
    let (trait_, type_) = line.strip_prefix("impl")?.split_once(" for ")?;
    let trait_ = trait_.rsplit([' ', ':', '>']).next()?;
    let end = type_.find(|c| !is_word(c)).unwrap_or(type_.len());
    (trait_ == "Error" || trait_ == "StdError").then_some(&type_[..end])
}

fn is_public(code: &str, name: &str) -> bool {
    ["struct", "enum"].iter().any(|kind| {
        code.match_indices(&format!("pub {kind} {name}")).any(|(at, found)| {
            let after = code[at + found.len()..].chars().next();
            !after.is_some_and(is_word)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::files::said;
    use super::*;

    const ERROR: (&str, &str) =
        ("crates/heap/src/a.rs", "pub struct Full {}\nimpl<E: error::Error> error::Error for Full<E> {\n}\n");

    #[test]
    fn public_errors_are_asked_for() {
        assert_eq!(said(check, &[ERROR]).len(), 1);
        let test = "fn errors_are_ones_that_any_thread_may_keep() {\n    error::<copies::Full<u8>>();\n}\n";
        assert!(said(check, &[ERROR, ("crates/drust/tests/public.rs", test)]).is_empty());
        let other = test.replace("Full<u8>", "Fuller");
        assert_eq!(said(check, &[ERROR, ("crates/drust/tests/public.rs", &other)]).len(), 1);
    }

    #[test]
    fn private_ones_and_other_traits_are_not() {
        let private = ERROR.1.replace("pub ", "");
        assert!(said(check, &[("crates/heap/src/a.rs", &private)]).is_empty());
        let other = ERROR.1.replace("error::Error for", "Display for");
        assert!(said(check, &[("crates/heap/src/a.rs", &other)]).is_empty());
        assert!(said(check, &[("tests/src/a.rs", ERROR.1)]).is_empty());
    }
}
