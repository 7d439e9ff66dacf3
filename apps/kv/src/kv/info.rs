//! INFO, and CONFIG's settings.

use super::node::Node;
use super::server::Settings;
use super::store::{Counter, Store};
use crate::glob;
use crate::resp::number::parse_bytes;
use std::fmt::Write;

/// The version of Redis whose commands these are, for clients that look.
pub const REDIS: &str = "7.0.0";

/// What INFO tells of the sections asked for, all where none is.
pub fn text(store: &Store, node: &Node, settings: &Settings, sections: &[String]) -> String {
    let heard = store.heard();
    let sum = |counter| heard.sum(counter) - heard.of(node.number, counter) + node.own(counter);
    let (hits, misses) = (sum(Counter::Hits), sum(Counter::Misses));
    let mut text = String::new();
    let all = sections.iter().any(|section| matches!(section.as_str(), "all" | "everything" | "default"));
    let mut section = |name: &str, fields: &[(&str, String)]| {
        if !sections.is_empty() && !all && !sections.contains(&name.to_ascii_lowercase()) {
            return;
        }
        let blank = if text.is_empty() { "" } else { "\r\n" };
        write!(text, "{blank}# {name}\r\n").expect("a string takes any text");
        for (field, value) in fields {
            write!(text, "{field}:{value}\r\n").expect("a string takes any text");
        }
    };
    section(
        "Server",
        &[
            ("redis_version", REDIS.to_string()),
            ("redis_mode", "standalone".to_string()),
            ("drust_kv_version", env!("CARGO_PKG_VERSION").to_string()),
            ("process_id", std::process::id().to_string()),
            ("tcp_port", settings.port.to_string()),
            ("drust_node", node.number.to_string()),
            ("drust_nodes", super::nodes().to_string()),
        ],
    );
    section(
        "Clients",
        &[("connected_clients", sum(Counter::Clients).to_string()), ("maxclients", settings.clients.to_string())],
    );
    section(
        "Memory",
        &[
            ("used_memory", node.used().to_string()),
            ("maxmemory", node.limit().to_string()),
            ("maxmemory_policy", "noeviction".to_string()),
        ],
    );
    section("Persistence", &[("loading", "0".to_string())]);
    section(
        "Stats",
        &[
            ("total_connections_received", sum(Counter::Connections).to_string()),
            ("total_commands_processed", sum(Counter::Commands).to_string()),
            ("expired_keys", sum(Counter::Expired).to_string()),
            ("keyspace_hits", hits.to_string()),
            ("keyspace_misses", misses.to_string()),
        ],
    );
    section("Replication", &[("role", "master".to_string()), ("connected_slaves", "0".to_string())]);
    section("Cluster", &[("cluster_enabled", "0".to_string())]);
    let keys = store.len();
    let keyspace = [("db0", format!("keys={keys}"))];
    section("Keyspace", if keys == 0 { &[] } else { &keyspace });
    text
}

/// The settings whose names match one of the patterns.
pub fn settings(node: &Node, settings: &Settings, patterns: &[&[u8]]) -> Vec<(&'static str, String)> {
    let all = [
        ("appendonly", "no".to_string()),
        ("bind", String::from_utf8_lossy(settings.host.as_slice()).into_owned()),
        ("databases", "1".to_string()),
        ("maxclients", settings.clients.to_string()),
        ("maxmemory", node.limit().to_string()),
        ("maxmemory-policy", "noeviction".to_string()),
        ("port", settings.port.to_string()),
        ("proto-max-bulk-len", super::change::LONGEST.to_string()),
        ("save", String::new()),
        ("timeout", "0".to_string()),
    ];
    let wanted =
        |name: &str| patterns.iter().any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes()));
    all.into_iter().filter(|(name, _)| wanted(name)).collect()
}

/// Changes settings, all or none.
///
/// # Errors
/// What the client is told.
pub fn set(store: &Store, node: &Node, pairs: &[(&[u8], &[u8])]) -> Result<(), String> {
    let mut limit = None;
    for (name, value) in pairs {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if name != "maxmemory" {
            return Err(format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'"));
        }
        let bytes = parse_bytes(&String::from_utf8_lossy(value));
        limit = Some(bytes.ok_or_else(|| {
            format!("ERR CONFIG SET failed (possibly related to argument '{name}') - argument must be a memory value")
        })?);
    }
    if let Some(limit) = limit {
        node.set_limit(store, limit);
    }
    Ok(())
}
