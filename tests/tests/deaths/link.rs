//! A link that is cut: nodes in two network namespaces, of which nothing reaches the other any more.

use crate::hand::{Hand, Place};
use crate::process::tool;
use drust_tests::kill::HEARTBEAT;
use std::process::Command;

const PEER_LOST: i32 = 113;

/// Two namespaces with a link between them; removed when dropped, and the link with them.
struct Spaces([String; 2]);

impl Spaces {
    fn new() -> Result<Spaces, String> {
        let pid = std::process::id();
        let spaces = Spaces(["a", "b"].map(|side| format!("drust-{pid}-{side}")));
        let [a, b] = &spaces.0;
        tool("ip", &["netns", "add", a])?;
        tool("ip", &["netns", "add", b])?;
        tool("ip", &["-n", a, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", b])?;
        for (space, address) in [(a, "10.203.7.1/24"), (b, "10.203.7.2/24")] {
            tool("ip", &["-n", space, "address", "add", address, "dev", "cable"])?;
            tool("ip", &["-n", space, "link", "set", "cable", "up"])?;
            tool("ip", &["-n", space, "link", "set", "lo", "up"])?;
        }
        Ok(spaces)
    }

    fn cut(&self) {
        tool("ip", &["-n", &self.0[1], "link", "set", "cable", "down"]).expect("it was permitted before");
    }
}

impl Drop for Spaces {
    fn drop(&mut self) {
        for space in &self.0 {
            // It may never have been made.
            let _ = tool("ip", &["netns", "delete", space]);
        }
    }
}

#[test]
fn nodes_on_both_sides_of_a_cut_link_lose_the_other_side() {
    let spaces = match Spaces::new() {
        Ok(spaces) => spaces,
        Err(why) => return println!("skipped: no network namespaces can be made here: {why}"),
    };
    let mut hand = Hand::start("cut", 3, Place::Tcp("10.203.7.1:7411"), |rank| {
        let mut command = Command::new("ip");
        let side = &spaces.0[usize::from(rank == 2)];
        command.args(["netns", "exec", side, env!("CARGO_BIN_EXE_doomed"), "busy"]);
        command
    });
    spaces.cut();
    let silent = format!("was lost: nothing was heard of it for {HEARTBEAT}s");
    for rank in [0, 1] {
        let (code, line) = hand.end(rank);
        assert!(code == PEER_LOST && line.contains(": node 2 (") && line.contains(&silent), "{rank}: {code} {line}");
    }
    let (code, line) = hand.end(2);
    let other_side = line.contains(": node 0 (") || line.contains(": node 1 (");
    assert!(code == PEER_LOST && other_side && line.contains(&silent), "2: {code} {line}");
}
