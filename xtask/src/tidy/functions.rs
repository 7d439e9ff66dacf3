//! Functions stop at 70 lines.

use super::files::{Complaint, Tree};
use super::lexer::is_word;

const MAX_FUNCTION: usize = 70;

/// No function, test or not, is longer than [`MAX_FUNCTION`] lines from its `fn` to its closing brace.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, file) in tree.rust() {
        for function in functions(&file.code) {
            if function.lines > MAX_FUNCTION {
                let what = format!("`{}` has {} lines", function.name, function.lines);
                complaints.push(Complaint::new(path, function.line, what, "70 is the most: split it"));
            }
        }
    }
    complaints
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions with a body, in code whose comments and literals are blank.
fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let name: String = code[at + 3..].trim_start().chars().take_while(|c| is_word(*c)).collect();
        if let Some(len) = (!name.is_empty()).then(|| body_end(&code[at..])).flatten() {
            let line = 1 + code[..at].matches('\n').count();
            found.push(Function { name, line, lines: 1 + code[at..at + len].matches('\n').count() });
        }
    }
    found
}

/// The bytes up to the brace that closes the body; `None` for a declaration without one.
fn body_end(code: &str) -> Option<usize> {
    let (mut depth, mut braces) = (0usize, 0usize);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' if braces == 0 => depth += 1,
            ')' | ']' if braces == 0 => depth = depth.checked_sub(1)?,
            ';' if braces == 0 && depth == 0 => return None,
            '{' if depth == 0 => braces += 1,
            '}' if depth == 0 => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::files::said;
    use super::*;

    fn with_lines(lines: usize) -> String {
        format!("impl X {{\n    fn long(&self) -> [u8; 3] {{\n{}    }}\n}}\n", "        a();\n".repeat(lines - 2))
    }

    #[test]
    fn seventy_lines_pass_and_seventy_one_do_not() {
        assert!(said(check, &[("a.rs", &with_lines(70))]).is_empty());
        let said = said(check, &[("a.rs", &with_lines(71))]);
        assert_eq!(said, ["a.rs:2: `long` has 71 lines; 70 is the most: split it"]);
    }

    #[test]
    fn declarations_pointers_and_nested_functions() {
        let code = "trait T { fn a(&self); }\ntype F = fn (u8);\nfn outer() {\n    fn inner() {\n    }\n}\n";
        let found: Vec<(String, usize)> = functions(code).into_iter().map(|f| (f.name, f.lines)).collect();
        assert_eq!(found, [("outer".to_string(), 4), ("inner".to_string(), 2)]);
    }
}
