//! The life of a job: joining, running, leaving in order, and every loss on the way.

use super::*;
use JobAction::{Blame, Exit, Run, SendLeave, SendLeaveAck, Wait};
use JobEvent::{LauncherLost, LeaveAcked, LeaveAsked, MainReturned, OutOfMemory, PeerJoined, PeerLost, Refused};

const LOST: LossCause = LossCause::Closed;

fn running(rank: u16, size: u16) -> Job {
    let mut job = Job::new(Rank(rank), size);
    for peer in (0..size).filter(|peer| *peer != rank) {
        job.step(PeerJoined(Rank(peer))).unwrap();
    }
    assert_eq!(job.state(), NodeState::Running);
    job
}

fn leaving(rank: u16, size: u16, code: i32) -> Job {
    let mut job = running(rank, size);
    job.step(if rank == 0 { MainReturned(code) } else { LeaveAsked(code) }).unwrap();
    assert_eq!(job.state(), NodeState::Leaving { code });
    job
}

fn refuses(job: &mut Job, event: JobEvent) {
    let before = job.clone();
    assert_eq!(job.step(event), Err(UnexpectedEvent { state: before.state, event }));
    assert_eq!(*job, before, "a refused event changes nothing");
}

#[test]
fn a_node_runs_when_the_last_peer_has_joined() {
    let mut job = Job::new(Rank(1), 3);
    assert_eq!(job.state(), NodeState::Joining);
    assert_eq!(job.step(PeerJoined(Rank(2))), Ok(Wait));
    assert_eq!(job.step(PeerJoined(Rank(0))), Ok(Run));
    assert_eq!(job.state(), NodeState::Running);
}

#[test]
fn a_cluster_of_one_runs_at_once_and_exits_with_its_main() {
    let mut job = Job::new(Rank(0), 1);
    assert_eq!(job.state(), NodeState::Running);
    assert_eq!(job.step(MainReturned(7)), Ok(Exit(7)));
    assert_eq!(job.state(), NodeState::Ended { code: 7 });
}

#[test]
fn rank_0_exits_when_all_have_agreed_to_leave() {
    let mut job = running(0, 3);
    assert_eq!(job.step(MainReturned(3)), Ok(SendLeave(3)));
    assert_eq!(job.step(LeaveAcked(Rank(2))), Ok(Wait));
    assert_eq!(job.step(PeerLost(Rank(2), LOST)), Ok(Wait), "it has left; its end is no loss");
    assert_eq!(job.step(LeaveAcked(Rank(1))), Ok(Exit(3)));
}

#[test]
fn the_others_agree_stay_and_go_with_rank_0() {
    let mut job = running(2, 3);
    assert_eq!(job.step(LeaveAsked(3)), Ok(SendLeaveAck));
    assert_eq!(job.step(PeerLost(Rank(1), LOST)), Ok(Wait), "it saw rank 0 go first");
    let mut failed = job.clone();
    assert_eq!(job.step(PeerLost(Rank(0), LOST)), Ok(Exit(3)));
    let died = LossCause::Died;
    assert_eq!(failed.step(PeerLost(Rank(0), died)), Ok(Blame(Rank(0), died)), "it said that it failed");
}

#[test]
fn a_node_still_joining_may_be_asked_to_leave() {
    let mut job = Job::new(Rank(1), 3);
    job.step(PeerJoined(Rank(0))).unwrap();
    assert_eq!(job.step(LeaveAsked(0)), Ok(SendLeaveAck));
    assert_eq!(job.step(PeerJoined(Rank(2))), Ok(Wait));
    assert_eq!(job.step(PeerLost(Rank(0), LOST)), Ok(Exit(0)));
}

#[test]
fn the_first_loss_is_blamed_and_later_ones_are_not() {
    for mut job in [running(0, 3), running(2, 3), Job::new(Rank(0), 3), leaving(0, 3, 0)] {
        assert_eq!(job.step(PeerLost(Rank(1), LossCause::Died)), Ok(Blame(Rank(1), LossCause::Died)));
        assert_eq!(job.state(), NodeState::Ended { code: exit::PEER_LOST });
        for later in [PeerLost(Rank(2), LOST), LauncherLost, OutOfMemory, MainReturned(0), LeaveAsked(0)] {
            assert_eq!(job.step(later), Ok(Wait));
            assert_eq!(job.state(), NodeState::Ended { code: exit::PEER_LOST });
        }
    }
}

#[test]
fn a_node_that_the_others_gave_up_ends_in_any_state() {
    for job in [Job::new(Rank(1), 3), running(1, 3), leaving(1, 3, 0)] {
        for (cause, code) in [(LossCause::Silent, exit::PEER_LOST), (LossCause::Garbled, exit::BROKEN_RULE)] {
            let mut job = job.clone();
            assert_eq!(job.step(PeerLost(Rank(1), cause)), Ok(Blame(Rank(1), cause)));
            assert_eq!(job.state(), NodeState::Ended { code });
        }
    }
}

#[test]
fn the_launcher_and_the_memory_end_a_node_in_any_state() {
    for job in [Job::new(Rank(0), 2), running(1, 2), leaving(0, 2, 0), leaving(1, 2, 0)] {
        assert_eq!(job.clone().step(LauncherLost), Ok(Exit(114)));
        assert_eq!(job.clone().step(OutOfMemory), Ok(Exit(116)));
    }
}

#[test]
fn a_refused_handshake_ends_a_node_that_joins() {
    assert_eq!(Job::new(Rank(0), 2).step(Refused), Ok(Exit(115)));
    refuses(&mut running(0, 2), Refused);
}

#[test]
fn what_cannot_happen_is_refused() {
    for event in [MainReturned(0), LeaveAcked(Rank(1)), PeerJoined(Rank(0)), PeerJoined(Rank(3))] {
        refuses(&mut Job::new(Rank(0), 3), event);
    }
    let mut twice = Job::new(Rank(0), 3);
    twice.step(PeerJoined(Rank(1))).unwrap();
    refuses(&mut twice, PeerJoined(Rank(1)));
    for event in [LeaveAsked(0), LeaveAcked(Rank(1)), PeerJoined(Rank(1)), PeerLost(Rank(3), LOST)] {
        refuses(&mut running(0, 3), event);
    }
    for event in [MainReturned(0), LeaveAcked(Rank(1)), PeerLost(Rank(7), LOST)] {
        refuses(&mut running(2, 3), event);
    }
    for event in [MainReturned(0), LeaveAcked(Rank(0)), LeaveAcked(Rank(9))] {
        refuses(&mut leaving(0, 3, 0), event);
    }
    for event in [LeaveAsked(0), LeaveAcked(Rank(0))] {
        refuses(&mut leaving(1, 3, 0), event);
    }
    let mut job = leaving(0, 3, 0);
    job.step(LeaveAcked(Rank(1))).unwrap();
    refuses(&mut job, LeaveAcked(Rank(1)));
}

/// Every interleaving of an orderly end: nobody blames anybody, everybody exits with `main`'s code.
#[test]
fn an_orderly_end_is_orderly_in_every_order() {
    const SIZE: u16 = 3;
    let start: Vec<Job> = (0..SIZE).map(|rank| running(rank, SIZE)).collect();
    let mut first = start.clone();
    first[0].step(MainReturned(5)).unwrap();
    let posted: Vec<(u16, JobEvent)> = (1..SIZE).map(|peer| (peer, LeaveAsked(5))).collect();
    let mut open = vec![(first, posted)];
    let mut ends = 0;
    while let Some((jobs, posted)) = open.pop() {
        if posted.is_empty() {
            assert!(jobs.iter().all(|job| job.state() == NodeState::Ended { code: 5 }), "{jobs:?}");
            ends += 1;
        }
        for next in 0..posted.len() {
            let (mut jobs, mut posted) = (jobs.clone(), posted.clone());
            let (to, event) = posted.remove(next);
            match jobs[usize::from(to)].step(event).unwrap() {
                SendLeaveAck => posted.push((0, LeaveAcked(Rank(to)))),
                Exit(5) => posted.extend((0..SIZE).filter(|p| *p != to).map(|p| (p, PeerLost(Rank(to), LOST)))),
                Wait => {}
                other => panic!("node {to} did {other:?} on {event:?}"),
            }
            open.push((jobs, posted));
        }
    }
    assert!(ends > 100, "only {ends} orders were tried");
}
