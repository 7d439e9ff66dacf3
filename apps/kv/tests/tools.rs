//! The real `redis-cli` and `redis-benchmark`, and Redis itself beside us. `cargo xtask redis` runs this, and installs
//! them where they are missing.

mod common;

use common::{Servers, WAYS};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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

/// Commands whose replies are the same to the byte: one after the other, on one connection, `|` between them. None asks
/// what depends on how long those before it took.
const COMMANDS: &str = r#"
set k v | get k | set k w nx | set k w xx get | set k x get | set n 1 nx get | get n | set k v ex 0
set k v ex abc | set k v px 100000 ex 3 | set k v keepttl | set k v foo | set k v ex
set k v exat 99999999999 | set | get | get a b | getset k z | setnx k 1 | setnx newk 1
setex k 10 v | setex k 0 v | setex k x v | psetex k 10000 v | getdel k | getdel k | getex newk
getex newk ex 10 | getex newk persist | getex newk ex 0 | getex newk foo | append newk abc
strlen newk | getrange newk 0 2 | getrange newk -3 -1 | getrange newk x 1 | substr newk 0 0
incr newk | incr c | incrby c 10 | incrby c abc | decr c | decrby c 3
decrby c -9223372036854775808 | incrby c 9223372036854775807 | set big 9223372036854775807
incr big | incrbyfloat c 0.5 | incrbyfloat c abc | incrbyfloat newk 1 | incrbyfloat c 5e3
incrbyfloat c nan | incrbyfloat c inf | mget k c newk | mset a 1 b 2 | mset a | mset a 1 b
mget a b | del a b zz | unlink c | exists newk newk q | touch newk q | type newk | type q
hset h f v | hset h f v g w | hset h f | hset h f v g | hmset h a 1 b 2 | hget h f | hget h q
hget q f | hmget h f q a | hmget q f | hmget h | hlen h | hexists h f | hexists h q | hstrlen h f
hsetnx h f 1 | hsetnx h new 1 | hincrby h a 5 | hincrby h f 5 | hincrby h a abc
hincrby h a 9223372036854775807 | hincrbyfloat h a 1.5 | hincrbyfloat h f 1 | hincrbyfloat h a abc
hdel h f q | hdel h | hgetall q | hkeys q | hvals q | type h | get h | incr h | append h x
strlen h | getdel h | getset h x | set h v get | getrange h 0 1 | hget newk f | hset newk f v
hlen newk | hincrby newk a 1 | hscan newk 0 | hscan h x | hscan h 0 count 0 | hscan h 0 foo bar
hscan q 0 | mget h newk | expire newk 100 | expire newk 100 nx | expire newk 50 gt
expire newk 200 gt | expire newk 300 lt | expire newk 10 xx | expire newk 10 foo
expire newk 10 nx xx | expire newk 10 gt lt | expire newk 10 nx gt | expire newk 10 xx lt
expire newk 400 xx gt | expire newk abc | expire q 10 | expire newk 9223372036854775807 | persist newk
persist newk | persist newk | persist q | ttl newk | pttl q | ttl q | expiretime newk
expireat newk 99999999999 | expiretime newk | pexpireat newk 99999999999000 | pexpiretime newk
pexpire newk -1 | exists newk | set e v | expire e -5 | exists e | set e v | expire e 0 | exists e
select 0 | select 1000 | select abc | echo hello | echo | ping | ping hi | ping a b | keys | scan x
scan 0 count 0 | scan 0 foo | scan 0 count abc | scan 0 match | scan 0 type | nonsense
nonsense a b c | NoNsEnSe | auth x | auth u p | client getname | client setname a | client getname
client setname "a b" | client foo | client id 3 | config get save | config get appendonly
config get maxmemory-policy | config get | config set | config set foo bar
config set maxmemory abc | config set maxmemory 100mb | config get maxmemory
config set maxmemory 0 | command count x | command foo | flushall foo | flushdb a b | reset
hello 4 | hello abc | hello 2 foo | hello 2 auth a | hello 2 auth a b | shutdown foo | dbsize
flushall | dbsize | randomkey | keys * | scan 0 | client getname | get q | hset h a 1 | hgetall h
hgetall q | hmget h a b | hscan h 0 | mget h q | config get save | type h | exists h
incrbyfloat f 1.5 | hincrbyfloat h a 1.25
"#;

/// Redis itself, which Debian has in its tools, under another name.
struct Redis {
    child: Child,
    address: SocketAddr,
}

impl Redis {
    fn start() -> Redis {
        // Another may take the port before Redis does; then it ends, and is started on another one.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = Command::new("redis-check-rdb")
                .arg0("redis-server")
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
                .stdout(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| panic!("redis-check-rdb: {error}; see `cargo xtask redis`"));
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            for _ in 0..2000 {
                if TcpStream::connect(address).is_ok() {
                    return Redis { child, address };
                }
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            drop(child.kill());
            drop(child.wait());
        }
        panic!("Redis does not start");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The bytes with which each command is answered, told apart by an ECHO after each.
fn replies(address: SocketAddr, commands: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let ask = |(number, command): (usize, &&str)| {
        let end = format!("end-of-{number}");
        stream.write_all(format!("{command}\r\necho {end}\r\n").as_bytes()).unwrap();
        let (mut reply, end) = (Vec::new(), format!("${}\r\n{end}\r\n", end.len()));
        while !reply.ends_with(end.as_bytes()) {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).unwrap();
            assert!(count > 0, "{command} ended the connection");
            reply.extend_from_slice(&piece[..count]);
        }
        reply[..reply.len() - end.len()].escape_ascii().to_string()
    };
    commands.iter().enumerate().map(ask).collect()
}

#[test]
#[ignore = "wants Debian's redis-tools: cargo xtask redis"]
fn replies_are_those_of_redis() {
    let commands: Vec<&str> = COMMANDS.split(['|', '\n']).map(str::trim).filter(|text| !text.is_empty()).collect();
    let redis = Redis::start();
    for (name, way) in WAYS {
        let servers = Servers::start(&[way, &["--memory", "0"]].concat());
        // Once in each version of the protocol; what tells of the server itself is not compared, and RESET goes back.
        for (begin, left_out) in [("HELLO 2", ""), ("HELLO 3", "reset")] {
            let commands: Vec<&str> = commands.iter().copied().filter(|command| *command != left_out).collect();
            let commands = [&[begin, "FLUSHALL"], &commands[..]].concat();
            let expected = replies(redis.address, &commands);
            let given = replies(*servers.addresses.last().unwrap(), &commands);
            for ((command, given), expected) in commands.iter().zip(given).zip(expected).skip(1) {
                assert_eq!(given, expected, "{name}, {begin}: {command}");
            }
        }
        assert!(servers.shut_down().success(), "{name}");
    }
}
