//! The program's files and products beside NumPy's own, by the script `against_numpy.py` beside this folder.

use std::process::Command;

/// Needs Python 3 with `venv`, and NumPy from the package index: the script says what is missing, and fails.
#[test]
#[ignore = "it installs NumPy into a virtual environment"]
fn as_numpys() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/against_numpy.py");
    let folder = env!("CARGO_TARGET_TMPDIR");
    let mut command = Command::new("python3");
    let status = command.args([script, env!("CARGO_BIN_EXE_gemm"), folder]).status();
    assert!(status.expect("python3 is installed").success(), "the script has said why");
}
