//! The bell: tickets, arming, dozing, waking, and deferred messages that move on by it.

use crate::harness::{Cluster, a_while, receive};
use drust_fabric::{Fabric, Lane, Mode, Part, Role, schedule};
use drust_proto::Rank;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ZERO: Rank = Rank(0);
const ONE: Rank = Rank(1);

on_every_carrier! {
    3 nodes: no_arrival_is_slept_through,
    2 nodes: overflow_moves_on_without_further_sends,
}

on_one_node! {
    what_is_there_already_is_said_when_arming,
    a_wake_after_the_ticket_ends_the_doze,
    a_doze_ends_by_its_timeout,
    the_last_role_armed_is_woken_and_no_other,
}

/// Sleeps on the bell as whoever polls does, until an arrival or a wake.
fn sleep(node: &dyn Fabric, role: Role, ticket: u32) {
    if node.arm(role) {
        node.doze(role, ticket, None);
    }
}

fn no_arrival_is_slept_through(cluster: &mut Cluster) {
    let count = 400_u32;
    let senders: Vec<_> = (1..3)
        .map(|rank| {
            cluster.start(rank, move |node| {
                for at in 0..count {
                    let mode = if at % 3 == 0 { Mode::Defer } else { Mode::Block };
                    node.send(ZERO, Lane::ALL[at as usize % 2], &[], mode).unwrap();
                    // Of what is deferred this thread takes care, as if woken all the time.
                    node.poll(&mut |_, _, _| ());
                    (0..at % 5).for_each(|_| schedule::yield_now());
                }
            })
        })
        .collect();
    let receiver = cluster.start(0, move |node| {
        let mut got = 0;
        while got < 2 * count as usize {
            let ticket = node.ticket(Role::Leader);
            got += node.poll(&mut |_, _, _| ());
            if got < 2 * count as usize {
                sleep(node, Role::Leader, ticket);
            }
        }
    });
    senders.into_iter().chain([receiver]).for_each(|thread| thread.join());
}

fn overflow_moves_on_without_further_sends(cluster: &mut Cluster) {
    let stop = Arc::new(AtomicBool::new(false));
    let sender = cluster.node(0);
    for at in 0..500_u32 {
        sender.send(ONE, Lane::Small, &[Part::from(&at.to_le_bytes()), Part::from(&[0; 60])], Mode::Defer).unwrap();
    }
    let stopped = stop.clone();
    let server = cluster.start(0, move |node| {
        loop {
            let ticket = node.ticket(Role::Background);
            if stopped.load(Ordering::SeqCst) {
                return;
            }
            node.poll(&mut |_, _, _| ());
            sleep(node, Role::Background, ticket);
        }
    });
    let receiver = cluster.start(1, |node| {
        let got = receive(node, 500);
        assert!(got.iter().zip(0_u32..).all(|(got, at)| got.2[..4] == at.to_le_bytes()));
    });
    receiver.join();
    stop.store(true, Ordering::SeqCst);
    sender.wake(Role::Background);
    server.join();
}

fn what_is_there_already_is_said_when_arming(cluster: &mut Cluster) {
    let node = cluster.node(0);
    assert!(node.arm(Role::Leader), "nothing has been sent");
    node.send(ZERO, Lane::Bulk, &[], Mode::Block).unwrap();
    // A carrier may take its time with it; what has arrived stays until it is polled.
    while node.arm(Role::Leader) {
        schedule::yield_now();
    }
    assert!(!node.arm(Role::Background));
    assert_eq!(receive(&*node, 1), [(ZERO, Lane::Bulk, Vec::new())]);
    assert!(node.arm(Role::Leader), "all has been polled");
}

fn a_wake_after_the_ticket_ends_the_doze(cluster: &mut Cluster) {
    let node = cluster.node(0);
    for role in [Role::Background, Role::Leader] {
        let ticket = node.ticket(role);
        node.wake(role);
        node.doze(role, ticket, None);
        assert_ne!(node.ticket(role), ticket);
        let ticket = node.ticket(role);
        let dozer = cluster.start(0, move |node| node.doze(role, ticket, None));
        a_while();
        node.wake(role);
        dozer.join();
    }
}

fn a_doze_ends_by_its_timeout(cluster: &mut Cluster) {
    let node = cluster.node(0);
    let ticket = node.ticket(Role::Leader);
    let begun = schedule::now();
    let until = begun + Duration::from_millis(2);
    while schedule::now() < until {
        assert!(node.arm(Role::Leader));
        node.doze(Role::Leader, ticket, Some(until.saturating_duration_since(schedule::now())));
    }
    assert_eq!(node.ticket(Role::Leader), ticket, "nobody woke it");
}

fn the_last_role_armed_is_woken_and_no_other(cluster: &mut Cluster) {
    let node = cluster.node(0);
    for (first, last) in [(Role::Leader, Role::Background), (Role::Background, Role::Leader)] {
        let tickets = [node.ticket(first), node.ticket(last)];
        assert!(node.arm(first));
        assert!(node.arm(last));
        node.send(ZERO, Lane::Small, &[], Mode::Block).unwrap();
        node.doze(last, tickets[1], None);
        assert_eq!(node.ticket(first), tickets[0]);
        assert_eq!(receive(&*node, 1).len(), 1);
    }
}
