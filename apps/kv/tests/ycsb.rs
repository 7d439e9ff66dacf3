//! The workloads: what was counted is what was asked for, and what was read is what was written.

use std::collections::BTreeMap;
use std::process::Command;

const WORKLOADS: [&str; 7] = ["A", "B", "C", "D", "E", "F", "paper"];

/// The figures of a run, by name.
fn figures(workload: &str, arguments: &[&str]) -> BTreeMap<String, f64> {
    let output = Command::new(env!("CARGO_BIN_EXE_kv"))
        .args(["ycsb", "--json", "--workload", workload, "--threads", "2", "--records", "500", "--value-size", "100"])
        .args(arguments)
        .env("DRUST_HEAP", "256M")
        .output()
        .expect("the program was built");
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{workload} {arguments:?}: {text} {error}");
    let prefix = format!("{}_", workload.to_lowercase());
    let figure = |line: &str| {
        let (name, value) = line.trim().trim_end_matches(',').split_once(": ")?;
        Some((name.trim_matches('"').strip_prefix(&prefix)?.to_string(), value.parse().ok()?))
    };
    text.lines().filter_map(figure).collect()
}

fn check(arguments: &[&str], workers: f64, ops: &str) {
    let asked = [
        [50.0, 50.0, 0.0, 0.0, 0.0],
        [95.0, 5.0, 0.0, 0.0, 0.0],
        [100.0, 0.0, 0.0, 0.0, 0.0],
        [95.0, 0.0, 5.0, 0.0, 0.0],
        [0.0, 0.0, 5.0, 95.0, 0.0],
        [50.0, 0.0, 0.0, 0.0, 50.0],
        [90.0, 10.0, 0.0, 0.0, 0.0],
    ];
    for (workload, asked) in WORKLOADS.iter().zip(asked) {
        let figures = figures(workload, &[arguments, &["--ops", ops]].concat());
        assert_eq!(figures["ops"], workers * ops.parse::<f64>().unwrap());
        assert_eq!((figures["records_wrong"], figures["records_lost"]), (0.0, 0.0), "{workload}");
        let kinds = ["read", "update", "insert", "scan", "read_modify_write"];
        for (kind, asked) in kinds.iter().zip(asked) {
            let counted = figures[&format!("{kind}_percent")];
            assert!((counted - asked).abs() < 4.0, "{workload}: {counted} % {kind}, {asked} % asked for");
        }
        // Of 500 records that come by a zipf of 0.99 the first has one of the sum of rank^-0.99, about 6.9.
        let top = figures["top_record_percent"] / (100.0 - figures["insert_percent"]);
        assert!((0.1..0.19).contains(&top), "{workload}: {top}");
        assert!(figures["p50_us"] > 0.0 && figures["p99_us"] >= figures["p50_us"]);
    }
}

#[test]
fn on_one_node() {
    check(&["--nodes", "1"], 2.0, "3000");
}

#[test]
fn on_three_nodes() {
    check(&["--nodes", "3"], 6.0, "800");
}

#[test]
fn on_the_twin() {
    check(&["--twin"], 2.0, "3000");
}

#[test]
fn time_ends_it_too() {
    let figures = figures("paper", &["--twin", "--seconds", "1"]);
    assert!(figures["ops"] > 0.0 && figures["ops_per_s"] > 0.0);
}
