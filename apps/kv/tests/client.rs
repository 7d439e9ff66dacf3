//! The servers under a client that others wrote, on one node, on three, and on the twin: each command on any node.

mod common;

use common::{Servers, WAYS};
use redis::{Connection, FromRedisValue, Value, cmd};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

fn connect(address: SocketAddr, resp3: bool) -> Connection {
    let protocol = if resp3 { "?protocol=resp3" } else { "" };
    let client = redis::Client::open(format!("redis://{address}/{protocol}")).unwrap();
    client.get_connection().unwrap()
}

/// Connections to all nodes, which take turns.
struct Nodes {
    connections: Vec<Connection>,
    turn: usize,
}

impl Nodes {
    fn of(servers: &Servers, resp3: bool) -> Nodes {
        Nodes { connections: servers.addresses.iter().map(|a| connect(*a, resp3)).collect(), turn: 0 }
    }

    fn next(&mut self) -> &mut Connection {
        self.turn = (self.turn + 1) % self.connections.len();
        &mut self.connections[self.turn]
    }

    fn ask<T: FromRedisValue>(&mut self, command: &str) -> T {
        self.try_ask(command).unwrap_or_else(|error| panic!("{command:.100}: {error}"))
    }

    fn try_ask<T: FromRedisValue>(&mut self, command: &str) -> redis::RedisResult<T> {
        let mut words = command.split(' ');
        let mut request = cmd(words.next().unwrap());
        for word in words {
            request.arg(word);
        }
        request.query(self.next())
    }

    /// Waits until it is so at each node.
    fn each_comes_to(&mut self, is_so: impl Fn(&mut Connection) -> bool) {
        for (node, connection) in self.connections.iter_mut().enumerate() {
            let came = (0..4000).any(|_| {
                std::thread::sleep(Duration::from_millis(5));
                is_so(connection)
            });
            assert!(came, "node {node} does not come to it");
        }
    }

    /// The error that a command ends in, as it was sent.
    fn error(&mut self, command: &str) -> String {
        let error = self.try_ask::<Value>(command).expect_err(command);
        format!("{} {}", error.code().unwrap_or_default(), error.detail().unwrap_or_default())
    }
}

fn each_way(arguments: &[&str], test: fn(&mut Nodes)) {
    for (name, way) in WAYS {
        let servers = Servers::start(&[way, arguments].concat());
        println!("{name}");
        for resp3 in [false, true] {
            let mut nodes = Nodes::of(&servers, resp3);
            test(&mut nodes);
            let () = nodes.ask("FLUSHALL");
            assert_eq!(nodes.ask::<u64>("DBSIZE"), 0);
        }
        assert!(servers.shut_down().success(), "{name}");
    }
}

type Text = Option<String>;

fn text(text: &str) -> Text {
    Some(text.to_string())
}

#[test]
fn strings() {
    each_way(&[], |nodes| {
        assert_eq!(nodes.ask::<Text>("GET k"), None);
        assert_eq!(nodes.ask::<Text>("SET k v"), text("OK"));
        assert_eq!(nodes.ask::<Text>("GET k"), text("v"));
        assert_eq!(nodes.ask::<Text>("SET k w NX"), None);
        assert_eq!(nodes.ask::<Text>("SET k w XX GET"), text("v"));
        assert_eq!(nodes.ask::<Text>("GETSET k x"), text("w"));
        assert_eq!((nodes.ask::<u32>("SETNX k y"), nodes.ask::<u32>("SETNX l y")), (0, 1));
        assert_eq!((nodes.ask::<u32>("APPEND k yz"), nodes.ask::<u32>("STRLEN k")), (3, 3));
        assert_eq!(nodes.ask::<Text>("GETRANGE k 1 -1"), text("yz"));
        assert_eq!(nodes.ask::<Text>("GETDEL k"), text("xyz"));
        assert_eq!(nodes.ask::<u32>("EXISTS k l l"), 2);
        assert_eq!(nodes.ask::<u32>("DEL k l"), 1);
        assert_eq!(nodes.ask::<i64>("INCR n"), 1);
        assert_eq!((nodes.ask::<i64>("INCRBY n 41"), nodes.ask::<i64>("DECRBY n 2")), (42, 40));
        assert_eq!(nodes.ask::<Text>("INCRBYFLOAT n 0.5"), text("40.5"));
        assert_eq!(nodes.ask::<Text>("TYPE n"), text("string"));
        let () = nodes.ask("MSET a 1 b 2 c 3");
        assert_eq!(nodes.ask::<Vec<Text>>("MGET a x c b"), [text("1"), None, text("3"), text("2")]);
        assert_eq!(nodes.ask::<u32>("DBSIZE"), 4);
        assert!(nodes.ask::<Text>("RANDOMKEY").is_some());
    });
}

#[test]
fn large_values_and_any_bytes() {
    each_way(&[], |nodes| {
        for len in [0, 1, 46, 47, 96, 97, 1000, 4096, 4097, 100_000, 3 << 20] {
            let value: Vec<u8> = (0..len).map(|n| (n * 7) as u8).collect();
            let key = [b"key\r\n\0".as_slice(), &value[..len.min(300)]].concat();
            let () = cmd("SET").arg(&key).arg(&value).query(nodes.next()).unwrap();
            for _ in 0..3 {
                let got: Vec<u8> = cmd("GET").arg(&key).query(nodes.next()).unwrap();
                assert!(got == value, "{len}");
            }
            let grown: usize = cmd("APPEND").arg(&key).arg("more").query(nodes.next()).unwrap();
            assert_eq!(grown, len + 4);
        }
    });
}

#[test]
fn hashes() {
    each_way(&[], |nodes| {
        assert_eq!(nodes.ask::<u32>("HSET h a 1 b 2 a 3"), 2);
        assert_eq!((nodes.ask::<Text>("HGET h a"), nodes.ask::<Text>("HGET h c")), (text("3"), None));
        assert_eq!(nodes.ask::<Vec<Text>>("HMGET h b x a"), [text("2"), None, text("3")]);
        let all: BTreeMap<String, String> = nodes.ask("HGETALL h");
        assert_eq!(all, BTreeMap::from([("a".into(), "3".into()), ("b".into(), "2".into())]));
        assert_eq!((nodes.ask::<u32>("HLEN h"), nodes.ask::<u32>("HEXISTS h b")), (2, 1));
        assert_eq!((nodes.ask::<i64>("HINCRBY h b 5"), nodes.ask::<u32>("HSETNX h b 1")), (7, 0));
        assert_eq!(nodes.ask::<BTreeSet<String>>("HKEYS h"), BTreeSet::from(["a".into(), "b".into()]));
        assert_eq!(nodes.ask::<BTreeSet<String>>("HVALS h"), BTreeSet::from(["3".into(), "7".into()]));
        assert_eq!(nodes.ask::<Text>("TYPE h"), text("hash"));
        let mut fields = cmd("HSET");
        fields.arg("big");
        for number in 0..500 {
            fields.arg(format!("field{number}")).arg(number);
        }
        assert_eq!(fields.query::<u32>(nodes.next()).unwrap(), 500);
        let (mut cursor, mut seen) = (0_u64, BTreeSet::new());
        loop {
            let (next, page): (u64, Vec<String>) = nodes.ask(&format!("HSCAN big {cursor} MATCH *7 COUNT 20"));
            seen.extend(page.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())));
            cursor = next;
            if next == 0 {
                break;
            }
        }
        assert!(seen.len() == 50 && seen.iter().all(|(field, value)| *field == format!("field{value}")));
        assert_eq!((nodes.ask::<u32>("HDEL h a b c"), nodes.ask::<u32>("EXISTS h")), (2, 0));
    });
}

#[test]
fn expiry() {
    each_way(&[], |nodes| {
        let () = nodes.ask("SET k v EX 100");
        assert!((99..=100).contains(&nodes.ask::<i64>("TTL k")));
        assert!((90_000..=100_000).contains(&nodes.ask::<i64>("PTTL k")));
        let () = nodes.ask("SET k w KEEPTTL");
        assert!(nodes.ask::<i64>("TTL k") > 0);
        assert_eq!((nodes.ask::<u32>("PERSIST k"), nodes.ask::<i64>("TTL k")), (1, -1));
        assert_eq!((nodes.ask::<u32>("EXPIRE k 50 XX"), nodes.ask::<u32>("EXPIRE k 50 NX")), (0, 1));
        assert_eq!((nodes.ask::<u32>("EXPIRE k 10 GT"), nodes.ask::<u32>("EXPIREAT k 1")), (0, 1));
        assert_eq!((nodes.ask::<i64>("TTL k"), nodes.ask::<Text>("GET k")), (-2, None));
        for number in 0..500 {
            let () = nodes.ask(&format!("SET gone{number} v PX 1"));
        }
        let () = nodes.ask("SET stays v EX 1000");
        // They go though nobody asks for them; how soon is not said.
        for _ in 0..2000 {
            if nodes.ask::<u32>("DBSIZE") == 1 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!((nodes.ask::<u32>("DBSIZE"), nodes.ask::<Text>("GET gone1")), (1, None));
    });
}

#[test]
fn scans_see_every_key() {
    each_way(&[], |nodes| {
        let expected: BTreeSet<String> = (0..1000).map(|n| format!("key:{n}")).collect();
        expected.iter().for_each(|key| nodes.ask(&format!("SET {key} 1")));
        let () = nodes.ask("HSET other a 1");
        for count in [1, 10, 5000] {
            let (mut cursor, mut seen) = (0_u64, BTreeSet::new());
            loop {
                let (next, keys): (u64, Vec<String>) =
                    nodes.ask(&format!("SCAN {cursor} MATCH key:* COUNT {count} TYPE string"));
                seen.extend(keys);
                cursor = next;
                if next == 0 {
                    break;
                }
            }
            assert_eq!(seen, expected, "{count}");
        }
        let keys: BTreeSet<String> = nodes.ask("KEYS *");
        assert_eq!(keys.len(), 1001);
        assert_eq!(nodes.ask::<Vec<String>>("KEYS key:99[89]").len(), 2);
    });
}

#[test]
fn pipelines_are_answered_in_order() {
    each_way(&[], |nodes| {
        let mut pipeline = redis::pipe();
        for number in 0..3000_u32 {
            match number % 5 {
                0 => pipeline.cmd("SET").arg(number / 100).arg(number),
                1 | 2 => pipeline.cmd("GET").arg(number / 100),
                3 => pipeline.cmd("INCR").arg("count"),
                _ => pipeline.cmd("MGET").arg("count").arg("nothing"),
            };
        }
        let answers: Vec<Value> = pipeline.query(nodes.next()).unwrap();
        assert_eq!(answers.len(), 3000);
        let (mut count, mut last) = (0, 0);
        for (number, answer) in answers.into_iter().enumerate() {
            match number % 5 {
                0 => last = number,
                1 | 2 => assert_eq!(usize::from_redis_value(answer).unwrap(), last),
                3 => {
                    count += 1;
                    assert_eq!(u32::from_redis_value(answer).unwrap(), count);
                }
                _ => assert_eq!(<Vec<Option<u32>>>::from_redis_value(answer).unwrap(), [Some(count), None]),
            }
        }
    });
}

#[test]
fn errors_are_those_of_redis() {
    each_way(&[], |nodes| {
        let () = nodes.ask("MSET text abc max 9223372036854775807");
        let () = nodes.ask("HMSET hash field abc");
        let wrong_type = "WRONGTYPE Operation against a key holding the wrong kind of value";
        for (command, error) in [
            ("GET hash", wrong_type),
            ("HGET text a", wrong_type),
            ("HSET text a b", wrong_type),
            ("INCR hash", wrong_type),
            ("INCR text", "ERR value is not an integer or out of range"),
            ("INCR max", "ERR increment or decrement would overflow"),
            ("INCRBY max x", "ERR value is not an integer or out of range"),
            ("DECRBY max -9223372036854775808", "ERR decrement would overflow"),
            ("INCRBYFLOAT text 1", "ERR value is not a valid float"),
            ("HINCRBY hash field 1", "ERR hash value is not an integer"),
            ("GET", "ERR wrong number of arguments for 'get' command"),
            ("MSET a b c", "ERR wrong number of arguments for 'mset' command"),
            ("SET k v EX 0", "ERR invalid expire time in 'set' command"),
            ("SET k v NX XX", "ERR syntax error"),
            ("SELECT 1", "ERR DB index is out of range"),
            ("SCAN x", "ERR invalid cursor"),
            ("SCAN 0 COUNT 0", "ERR syntax error"),
            ("NONSENSE a b", "ERR unknown command 'NONSENSE', with args beginning with: 'a' 'b' "),
            ("HELLO 4", "NOPROTO unsupported protocol version"),
            ("CONFIG SET save x", "ERR Unknown option or number of arguments for CONFIG SET - 'save'"),
        ] {
            assert_eq!(nodes.error(command), error, "{command}");
        }
        assert_eq!(nodes.ask::<Vec<Text>>("MGET hash text"), [None, text("abc")]);
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    each_way(&["--memory", "1MiB"], |nodes| {
        let value = "x".repeat(10_000);
        let is_full = |connection: &mut Connection, key: usize| {
            let result: redis::RedisResult<()> = cmd("SET").arg(format!("key{key}")).arg(&value).query(connection);
            result.is_err_and(|error| {
                let detail = "command not allowed when used memory > 'maxmemory'.";
                assert_eq!((error.code(), error.detail()), (Some("OOM"), Some(detail)));
                true
            })
        };
        let stored = (0..2000).take_while(|key| !is_full(nodes.next(), *key)).count();
        assert!((20..2000).contains(&stored), "{stored}");
        assert_eq!(nodes.ask::<String>("GET key0").len(), 10_000);
        // Each node hears within a moment of what the others have stored, and of what was removed.
        nodes.each_comes_to(|connection| is_full(connection, 3000));
        let () = nodes.ask("FLUSHALL");
        nodes.each_comes_to(|connection| !is_full(connection, 3000));
    });
}

#[test]
fn the_server_tells_of_itself() {
    each_way(&[], |nodes| {
        let info: String = nodes.ask("INFO");
        assert!(info.contains("redis_version:") && info.contains("# Stats\r\n"), "{info}");
        let limit: BTreeMap<String, String> = nodes.ask("CONFIG GET maxmem*");
        assert_eq!(limit["maxmemory"], (64 << 20).to_string());
        let () = nodes.ask("CONFIG SET maxmemory 32mb");
        let limit: BTreeMap<String, String> = nodes.ask("CONFIG GET *");
        assert!(limit.contains_key("maxmemory") && limit.len() > 5);
        let () = nodes.ask("CONFIG SET maxmemory 64mb");
        assert!(nodes.ask::<u32>("COMMAND COUNT") > 50);
        let listed: Vec<Value> = nodes.ask("COMMAND");
        assert_eq!(listed.len(), nodes.ask::<usize>("COMMAND COUNT"));
        assert!(nodes.ask::<u64>("CLIENT ID") > 0);
        assert_eq!(nodes.ask::<Vec<u64>>("TIME").len(), 2);
        assert_eq!((nodes.ask::<String>("PING"), nodes.ask::<String>("ECHO x")), ("PONG".into(), "x".into()));
    });
}
