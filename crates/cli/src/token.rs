//! `drust token`: a new token for nodes that are started by hand, in a file of its own.

use drust_launch::{environment, token_file};
use std::path::Path;
use std::process::ExitCode;

/// Writes the file and says what to do with it; never what is in it.
pub fn run(file: &Path) -> ExitCode {
    if let Err(error) = token_file::create(file) {
        return crate::fail(&error);
    }
    let (file, variable) = (file.display(), environment::TOKEN_FILE);
    println!("{file} holds a new token; copy it to the machine of every node, where only you can read it (chmod 600),");
    println!("and set {variable} to its path there");
    ExitCode::SUCCESS
}
