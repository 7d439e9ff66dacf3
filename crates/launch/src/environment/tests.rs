//! What environments are read as, and in which words they are refused.

use super::*;
use crate::token_file::TokenFault;
use drust_proto::Rank;

type Read = Result<(Settings, Vec<Warning>), SettingError>;

const TOKEN_HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Reads settings where there is one token file, `/token`.
fn read(vars: &[(&str, &str)]) -> Read {
    let read_token = |path: &Path| match path.to_str() {
        Some("/token") => Ok(Token::from_hex(TOKEN_HEX).expect("it is one")),
        _ => Err(TokenFileError { path: path.to_path_buf(), fault: TokenFault::Exposed(0o644) }),
    };
    Settings::from_vars(vars.iter().map(|(name, value)| (name.into(), value.into())), &read_token)
}

fn refusal(vars: &[(&str, &str)]) -> String {
    read(vars).expect_err("it is refused").to_string()
}

fn warnings(vars: &[(&str, &str)]) -> Vec<String> {
    read(vars).expect("it is a warning only").1.iter().map(ToString::to_string).collect()
}

const BY_LAUNCHER: [(&str, &str); 5] =
    [(RANK, "2"), (SIZE, "3"), (JOB, "0123456789abcdef"), (TOKEN, TOKEN_HEX), (LAUNCHER, "77")];
const BY_HAND: [(&str, &str); 4] = [(RANK, "2"), (SIZE, "3"), (COORDINATOR, "[fd00::1]:7000"), (TOKEN_FILE, "/token")];

/// `vars` and more.
fn with<'a>(vars: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [vars, more].concat()
}

/// `vars` without one of them.
fn without<'a>(vars: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    vars.iter().copied().filter(|(other, _)| *other != name).collect()
}

#[test]
fn nothing_set_is_all_defaults() {
    let (settings, warnings) = read(&[("PATH", "/bin"), ("DRUSTY", "x"), (NODES, "")]).unwrap();
    assert_eq!((settings, warnings), (Settings::default(), vec![]));
}

#[test]
fn the_users_settings_are_read() {
    let memory = [(NODES, " 4 "), (HEAP, "4G"), (WORKERS, "2"), (COPIES, "0")];
    let simulated = [(CARRIER, "sim"), (SEED, "18446744073709551615")];
    let expected = Settings {
        nodes: Some(4),
        heap: Some(4 << 30),
        workers: Some(2),
        copies: Some(0),
        carrier: Some(Carrier::Sim),
        seed: Some(u64::MAX),
        ..Settings::default()
    };
    assert_eq!(read(&with(&memory, &simulated)), Ok((expected, vec![])));
    let network = [(CARRIER, "tcp"), (ENCRYPT, "1"), (HEARTBEAT, "5")];
    let expected = Settings {
        carrier: Some(Carrier::Tcp),
        encrypt: Some(true),
        heartbeat: Some(Duration::from_secs(5)),
        ..Settings::default()
    };
    assert_eq!(read(&network), Ok((expected, vec![])));
    assert!(refusal(&[(CARRIER, "ib")]).contains("`shm`, `tcp` or `sim`"));
    assert!(refusal(&[(SEED, "-1")]).contains("a number from 0"));
}

#[test]
fn a_launchers_node_learns_its_place() {
    let membership = read(&BY_LAUNCHER).unwrap().0.membership.expect("it is a node");
    assert_eq!((membership.rank, membership.size), (Rank(2), 3));
    assert_eq!(
        (membership.job.map(|job| job.to_string()), membership.launcher),
        (Some(BY_LAUNCHER[2].1.into()), Some(77))
    );
    assert_eq!((membership.token.to_hex(), membership.coordinator.clone()), (TOKEN_HEX.into(), None));
    assert!(!membership.is_by_hand());
    let over_tcp = read(&with(&BY_LAUNCHER, &[(CARRIER, "tcp"), (COORDINATOR, "127.0.0.1:40000")])).unwrap().0;
    assert_eq!(over_tcp.membership.and_then(|member| member.coordinator), Some(Address::loopback(40000)));
}

#[test]
fn a_node_started_by_hand_learns_its_place() {
    let (settings, warnings) = read(&with(&BY_HAND, &[(LISTEN, "0.0.0.0"), (NODES, "3")])).unwrap();
    assert_eq!((settings.carrier, settings.listen, warnings), (Some(Carrier::Tcp), Listen::parse("0.0.0.0"), vec![]));
    let membership = settings.membership.expect("it is a node");
    assert_eq!((membership.rank, membership.size), (Rank(2), 3));
    assert_eq!(membership.coordinator, Address::parse("[fd00::1]:7000"));
    assert_eq!((membership.token.to_hex(), membership.job, membership.launcher), (TOKEN_HEX.into(), None, None));
    assert!(membership.is_by_hand());
}

#[test]
fn a_rank_is_below_the_size() {
    for vars in [&BY_LAUNCHER[..], &BY_HAND[..]] {
        let beyond = with(&without(vars, RANK), &[(RANK, "3")]);
        assert!(refusal(&beyond).starts_with("DRUST_RANK is set to `3`, but must be a rank below DRUST_SIZE"));
    }
}

#[test]
fn whatever_a_node_started_by_hand_lacks_is_named() {
    assert_eq!(
        refusal(&[(RANK, "0"), (SIZE, "2")]),
        "DRUST_RANK, DRUST_SIZE are set without DRUST_COORDINATOR, DRUST_TOKEN_FILE: a node started by hand needs all \
         of them; set DRUST_COORDINATOR to where node 0 listens, such as 10.0.0.1:7000, DRUST_TOKEN_FILE to a file \
         that `drust token` has made, the same on every machine; or unset all, and ask for nodes on this machine by \
         DRUST_NODES"
    );
    for (name, _) in BY_HAND {
        let message = refusal(&without(&BY_HAND, name));
        assert!(message.contains(&format!("are set without {name}: ")), "{message}");
        assert!(message.contains(&format!("set {name} to ")), "{message}");
    }
    assert!(refusal(&[(TOKEN_FILE, "/token")]).starts_with("DRUST_TOKEN_FILE is set without DRUST_RANK, DRUST_SIZE,"));
}

#[test]
fn half_of_what_a_launcher_sets_is_refused() {
    for (name, _) in BY_LAUNCHER {
        let message = refusal(&without(&BY_LAUNCHER, name));
        assert!(message.contains(&format!("are set without {name}: a launcher sets all of them")), "{message}");
        assert!(!message.contains(TOKEN_HEX));
    }
    let message = refusal(&with(&BY_LAUNCHER, &[(CARRIER, "tcp")]));
    assert!(message.contains("are set without DRUST_COORDINATOR: a launcher sets all"), "{message}");
    let token_by_hand = refusal(&with(&without(&BY_HAND, TOKEN_FILE), &[(TOKEN, TOKEN_HEX)]));
    assert!(token_by_hand.ends_with("a node started by hand has its token in a file (DRUST_TOKEN_FILE)"));
}

#[test]
fn contradictions_are_refused_with_both_sides() {
    let shm = refusal(&with(&BY_HAND, &[(CARRIER, "shm")]));
    assert_eq!(
        shm,
        "DRUST_CARRIER is set to `shm`, and DRUST_COORDINATOR to `[fd00::1]:7000`: only tcp connects nodes that are \
         started by hand; unset one of them"
    );
    let others = [
        (&BY_HAND[..], (CARRIER, "sim"), COORDINATOR),
        (&BY_HAND[..], (NODES, "4"), SIZE),
        (&BY_LAUNCHER[..], (CARRIER, "sim"), LAUNCHER),
        (&BY_LAUNCHER[..], (COORDINATOR, "127.0.0.1:1"), LAUNCHER),
    ];
    for (vars, (name, value), other) in others {
        let message = refusal(&with(vars, &[(name, value)]));
        assert!(message.starts_with(&format!("{name} is set to `{value}`, and {other} to `")), "{message}");
    }
    // The launcher's own settings are in its nodes' environment too.
    assert!(read(&with(&BY_LAUNCHER, &[(NODES, "7"), (CARRIER, "shm")])).is_ok());
}

#[test]
fn what_has_no_effect_is_told() {
    let cases = [
        (&[][..], (SEED, "7")),
        (&[][..], (ENCRYPT, "1")),
        (&[][..], (LISTEN, "10.0.0.1")),
        (&[(CARRIER, "shm")][..], (ENCRYPT, "1")),
        (&[(CARRIER, "sim")][..], (HEARTBEAT, "5")),
        (&BY_LAUNCHER[..], (LISTEN, "10.0.0.1")),
        (&BY_LAUNCHER[..], (TOKEN_FILE, "/token")),
        (&BY_HAND[..], (SEED, "7")),
    ];
    for (vars, (name, value)) in cases {
        let warnings = warnings(&with(vars, &[(name, value)]));
        assert!(warnings.len() == 1 && warnings[0].starts_with(&format!("{name} is ignored: ")), "{warnings:?}");
    }
    assert_eq!(read(&[(LISTEN, "10.0.0.1")]).unwrap().0.listen, None);
    assert!(warnings(&[(ENCRYPT, "0"), (HEARTBEAT, "5")]).is_empty());
}

#[test]
fn a_token_file_that_cannot_be_used_is_told() {
    let message = refusal(&with(&without(&BY_HAND, TOKEN_FILE), &[(TOKEN_FILE, "/open")]));
    assert!(
        message.starts_with("DRUST_TOKEN_FILE: the token file /open is open to other users (mode 644)"),
        "{message}"
    );
}

#[test]
fn bad_values_say_what_is_expected_and_what_to_do() {
    assert_eq!(
        refusal(&[(NODES, "four")]),
        "DRUST_NODES is set to `four`, but must be a number of nodes from 1 to 65535; \
         correct it, or unset it for the default"
    );
    for (name, value) in [
        (NODES, "0"),
        (NODES, "65536"),
        (HEAP, "12Q"),
        (HEAP, "1K"),
        (WORKERS, "0"),
        (WORKERS, "4097"),
        (COPIES, "-1"),
        (ENCRYPT, "yes"),
        (HEARTBEAT, "0"),
        (HEARTBEAT, "1.5"),
        (HEARTBEAT, "86401"),
        (LISTEN, "::"),
        (RANK, "-1"),
        (SIZE, "0"),
        (COORDINATOR, "10.0.0.1"),
        (JOB, "12"),
        (LAUNCHER, "0"),
    ] {
        assert!(refusal(&[(name, value)]).contains(&format!("`{value}`")), "{name}={value}");
    }
}

#[test]
fn a_bad_token_is_not_shown() {
    let message = refusal(&[(TOKEN, "hunter2")]);
    assert!(message.contains("(7 characters, not shown)") && !message.contains("hunter2"));
}

#[test]
fn unknown_variables_are_told_with_the_nearest_name() {
    assert_eq!(
        warnings(&[("DRUST_WORKER", "2"), ("DRUST_COLOUR", "x"), ("DRUST_NODE", "2"), ("DRUST_COORDINATER", "x")]),
        [
            "DRUST_COLOUR is not a setting of drust and is ignored",
            "DRUST_COORDINATER is not a setting of drust and is ignored; did you mean DRUST_COORDINATOR?",
            "DRUST_NODE is not a setting of drust and is ignored; did you mean DRUST_NODES?",
            "DRUST_WORKER is not a setting of drust and is ignored; did you mean DRUST_WORKERS?",
        ]
    );
}
