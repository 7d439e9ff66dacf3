//! The real `redis-cli` and `redis-benchmark`. `cargo xtask redis` runs this, and installs them where they are missing.

mod common;

use common::{Servers, WAYS};
use std::net::SocketAddr;
use std::process::Command;

/// What a tool says to one of the servers.
fn output(tool: &str, address: SocketAddr, arguments: &[&str]) -> String {
    let run = Command::new(tool)
        .args(["-h", &address.ip().to_string(), "-p", &address.port().to_string()])
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{tool}: {error}; install Debian's redis-tools, as `cargo xtask redis` does"));
    let text = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{tool} {arguments:?}: {text}");
    text
}

/// Like [`output`], line by line.
fn said(address: SocketAddr, arguments: &[&str]) -> Vec<String> {
    output("redis-cli", address, arguments).lines().map(str::to_string).collect()
}

#[test]
#[ignore = "wants Debian's redis-tools: cargo xtask redis"]
fn redis_cli_is_understood() {
    for (name, way) in WAYS {
        let mut servers = Servers::start(way);
        let (first, last) = (servers.addresses[0], *servers.addresses.last().unwrap());
        for protocol in ["-2", "-3"] {
            let ask = |address, command: &str| {
                said(address, &[&[protocol][..], &command.split(' ').collect::<Vec<_>>()].concat())
            };
            assert_eq!(ask(first, "set greeting hello EX 100"), ["OK"], "{name}");
            assert_eq!(ask(last, "get greeting"), ["hello"], "{name}");
            assert_eq!(ask(last, "hset h a 1 b 2"), ["2"], "{name}");
            assert_eq!(ask(first, "hmget h b c a").join(" "), "2  1", "{name}");
            assert_eq!(ask(last, "get h")[0], "WRONGTYPE Operation against a key holding the wrong kind of value");
            assert_eq!(ask(first, "config get maxmemory").join(" "), "maxmemory 67108864", "{name}");
            assert!(ask(first, "info server").iter().any(|line| line.starts_with("redis_version:")));
            assert!(ask(first, "command docs get").iter().any(|line| line.contains("value of a key")));
            (0..100).for_each(|n| assert_eq!(ask(first, &format!("set scanned:{n} {n}")), ["OK"]));
            assert_eq!(said(last, &[protocol, "--scan", "--pattern", "scanned:*"]).len(), 100, "{name}");
            assert_eq!(ask(last, "flushall"), ["OK"], "{name}");
        }
        output("redis-cli", first, &["shutdown"]);
        assert!(servers.wait().success(), "{name}");
    }
}

#[test]
#[ignore = "wants Debian's redis-tools: cargo xtask redis"]
fn redis_benchmark_runs() {
    for (name, way) in WAYS {
        let servers = Servers::start(way);
        for address in &servers.addresses {
            for pipeline in ["1", "32"] {
                let tests = "ping_inline,ping_mbulk,set,get,incr,hset,mset";
                let run = ["-t", tests, "-n", "2000", "-c", "10", "-r", "1000", "-P", pipeline, "--csv"];
                let text = output("redis-benchmark", *address, &run);
                for test in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "HSET", "MSET (10 keys)"] {
                    assert!(text.contains(&format!("\"{test}\"")), "{name}: {text}");
                }
                assert!(!text.to_lowercase().contains("error"), "{name}: {text}");
            }
        }
        let keys: usize = said(servers.addresses[0], &["dbsize"])[0].trim_start_matches("(integer) ").parse().unwrap();
        assert!((900..4000).contains(&keys), "{name}: {keys}");
        assert!(servers.shut_down().success(), "{name}");
    }
}
