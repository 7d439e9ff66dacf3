//! The end of nodes: losses are reported once to each other node, farewells as such, blocked senders go on, and what a
//! node says of its end is believed.

use crate::harness::{Cluster, a_while};
use drust_fabric::{Cause, Fabric, Lane, Lost, Mode, Part, schedule};
use drust_proto::Rank;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ZERO: Rank = Rank(0);
const ONE: Rank = Rank(1);
const TWO: Rank = Rank(2);

on_every_carrier! {
    3 nodes: each_loss_is_reported_once,
    2 nodes: a_loss_before_anybody_asked_is_reported_too,
    2 nodes: sends_to_the_lost_fail,
    2 nodes: a_blocked_sender_learns_of_its_peers_death,
    3 nodes: a_farewell_is_told_from_a_death,
    2 nodes: what_was_sent_before_a_farewell_arrives,
}

/// On the carriers that announce losses.
mod announced {
    use super::*;
    /// Makes a test of each function for every such carrier.
    macro_rules! on_announcing_carriers {
        ($($test:ident,)*) => {
            on_carrier! { shm Shm: $(3 $test,)* }
            on_carrier! { tcp Tcp: $(3 $test,)* }
            on_carrier! { tcp_encrypted TcpEncrypted: $(3 $test,)* }
        };
    }

    on_announcing_carriers! {
        an_announced_culprit_is_reported_before_who_announced_it,
        an_own_failure_is_reported_in_its_own_words,
        a_node_that_others_have_lost_hears_of_it_once,
        an_announcement_after_a_farewell_is_heard,
    }
}

fn closed(rank: Rank) -> Lost {
    Lost::seen(rank, Cause::Closed)
}

/// Where a node's losses are written down as they are reported.
fn watch(node: &dyn Fabric) -> Arc<Mutex<Vec<Lost>>> {
    let reports: Arc<Mutex<Vec<Lost>>> = Arc::default();
    let log = reports.clone();
    node.on_lost(Box::new(move |lost| log.lock().unwrap().push(lost)));
    reports
}

fn wait_for(cluster: &Cluster, reports: &Mutex<Vec<Lost>>, count: usize) {
    while reports.lock().unwrap().len() < count {
        cluster.stir();
    }
}

fn each_loss_is_reported_once(cluster: &mut Cluster) {
    let reports = watch(&*cluster.node(0));
    let others: Arc<Mutex<Option<Arc<_>>>> = Arc::default();
    let place = others.clone();
    cluster.start(1, move |node| *place.lock().unwrap() = Some(watch(node))).join();
    let others = others.lock().unwrap().take().unwrap();
    cluster.kill(2);
    wait_for(cluster, &reports, 1);
    wait_for(cluster, &others, 1);
    assert_eq!(*others.lock().unwrap(), [closed(TWO)]);
    cluster.kill(1);
    wait_for(cluster, &reports, 2);
    a_while();
    assert_eq!(*reports.lock().unwrap(), [closed(TWO), closed(ONE)]);
    assert_eq!(cluster.node(0).lost(), [closed(TWO), closed(ONE)]);
}

fn a_loss_before_anybody_asked_is_reported_too(cluster: &mut Cluster) {
    let node = cluster.node(0);
    assert_eq!(node.lost(), []);
    cluster.kill(1);
    while node.lost().is_empty() {
        cluster.stir();
    }
    let reports = watch(&*node);
    wait_for(cluster, &reports, 1);
    assert_eq!(*reports.lock().unwrap(), [closed(ONE)]);
}

fn sends_to_the_lost_fail(cluster: &mut Cluster) {
    let node = cluster.node(0);
    node.send(ONE, Lane::Small, &[Part::from(b"alive")], Mode::Block).unwrap();
    cluster.kill(1);
    let error = loop {
        match node.send(ONE, Lane::Small, &[], Mode::Defer) {
            Ok(()) => cluster.stir(),
            Err(error) => break error,
        }
    };
    assert_eq!(error, closed(ONE));
    assert_eq!(node.send(ONE, Lane::Bulk, &[], Mode::Block), Err(closed(ONE)));
    node.send(ZERO, Lane::Bulk, &[], Mode::Block).unwrap();
}

fn a_blocked_sender_learns_of_its_peers_death(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let sender = cluster.start(0, |node| {
        let error = loop {
            if let Err(error) = node.send(ONE, Lane::Small, &[Part::from(&[1; 100])], Mode::Block) {
                break error;
            }
        };
        assert_eq!(error, closed(ONE));
    });
    while node.sent(ONE).messages < 30 {
        schedule::yield_now();
    }
    a_while();
    assert!(!sender.is_over());
    cluster.kill(1);
    while !sender.is_over() {
        cluster.stir();
    }
    sender.join();
}

fn a_farewell_is_told_from_a_death(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let reports = watch(&*node);
    cluster.start(1, |node| node.farewell()).join();
    cluster.kill(1);
    let gone = loop {
        match node.send(ONE, Lane::Small, &[], Mode::Defer) {
            Ok(()) => cluster.stir(),
            Err(gone) => break gone,
        }
    };
    assert_eq!(gone, Lost::seen(ONE, Cause::Departed));
    wait_for(cluster, &reports, 1);
    cluster.kill(2);
    wait_for(cluster, &reports, 2);
    let expected = [Lost::seen(ONE, Cause::Departed), closed(TWO)];
    assert_eq!(*reports.lock().unwrap(), expected);
    assert_eq!(node.lost(), expected);
}

fn what_was_sent_before_a_farewell_arrives(cluster: &mut Cluster) {
    let sender = cluster.start(1, |node| {
        (0..20_u8).for_each(|at| node.send(ZERO, Lane::Small, &[Part::from(&[at])], Mode::Block).unwrap());
        node.farewell();
    });
    sender.join();
    cluster.kill(1);
    let got = crate::harness::receive(&*cluster.node(0), 20);
    assert!(got.iter().zip(0_u8..).all(|(got, at)| got.2 == [at]));
}

fn announce(cluster: &Cluster, rank: u16, lost: Lost) {
    cluster.start(rank, move |node| node.announce(&lost)).join();
}

fn an_announced_culprit_is_reported_before_who_announced_it(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let reports = watch(&*node);
    let silent = Cause::Silent(Duration::from_secs(3));
    announce(cluster, 1, Lost::seen(TWO, silent.clone()));
    cluster.kill(1);
    wait_for(cluster, &reports, 2);
    assert_eq!(node.send(TWO, Lane::Small, &[], Mode::Block), Err(Lost::seen(TWO, silent.clone())));
    // Its own end is no news any more.
    cluster.kill(2);
    a_while();
    assert_eq!(*reports.lock().unwrap(), [Lost { rank: TWO, cause: silent, by: Some(ONE) }, closed(ONE)]);
}

fn an_own_failure_is_reported_in_its_own_words(cluster: &mut Cluster) {
    let reports = watch(&*cluster.node(0));
    let cause = Cause::Ended { code: 116, why: "no room for a Node".to_owned() };
    announce(cluster, 1, Lost::seen(ONE, cause.clone()));
    cluster.kill(1);
    wait_for(cluster, &reports, 1);
    a_while();
    assert_eq!(*reports.lock().unwrap(), [Lost { rank: ONE, cause, by: Some(ONE) }]);
}

fn a_node_that_others_have_lost_hears_of_it_once(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let reports = watch(&*node);
    let lost = Lost::seen(ZERO, Cause::Silent(Duration::from_secs(1)));
    announce(cluster, 1, lost.clone());
    wait_for(cluster, &reports, 1);
    announce(cluster, 2, lost.clone());
    a_while();
    // Whoever believes that this node is lost may close its connections to it.
    let of_itself: Vec<Lost> = reports.lock().unwrap().iter().filter(|lost| lost.rank == ZERO).cloned().collect();
    assert_eq!(of_itself, [Lost { by: Some(ONE), ..lost }]);
    node.send(ZERO, Lane::Small, &[], Mode::Block).unwrap();
}

fn an_announcement_after_a_farewell_is_heard(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let reports = watch(&*node);
    cluster.start(1, |node| node.farewell()).join();
    announce(cluster, 1, closed(TWO));
    wait_for(cluster, &reports, 1);
    cluster.kill(1);
    wait_for(cluster, &reports, 2);
    let expected = [Lost { by: Some(ONE), ..closed(TWO) }, Lost::seen(ONE, Cause::Departed)];
    assert_eq!(*reports.lock().unwrap(), expected);
}
