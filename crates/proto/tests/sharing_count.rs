//! The rules of counted handles, explored: every world of three nodes that a few clones, departures and questions lead
//! to, with messages overtaking each other at will; and rules broken on purpose, each of which must be found.

mod sharing_count {
    pub mod explore;
    pub mod world;
}

use drust_proto::sharing::count::{Account, Event, HomeEvent, Illegal, Ledger, Op};
use sharing_count::explore::{Found, explore};
use sharing_count::world::{Bounds, Fault, World};

/// Handles that pass from node to node, are cloned there, go back and end; in one step and in two.
const PASSING: Bounds = Bounds { clones: 2, sends: 3, copies: 0, upgrades: 0, claims: 1, mint: 3, asks: false };
/// Clones through copies, of which two may be asked for at a time.
const COPIES: Bounds = Bounds { clones: 0, sends: 2, copies: 2, upgrades: 0, claims: 1, mint: 2, asks: false };
/// Upgrades while the last handle goes.
const UPGRADES: Bounds = Bounds { clones: 1, sends: 2, copies: 0, upgrades: 2, claims: 1, mint: 2, asks: false };
/// A value whose end a thread must see: whoever gives weight back waits for the answer.
const ASKED: Bounds = Bounds { clones: 2, sends: 3, copies: 1, upgrades: 0, claims: 0, mint: 2, asks: true };

fn run(bounds: Bounds, fault: Fault) -> Found {
    let found = explore(World::new(bounds, fault));
    println!("{bounds:?} {fault:?}: {} worlds, depth {}, {:?}", found.worlds, found.depth, found.wrong);
    found
}

#[test]
fn the_rules_hold_in_every_world_and_each_is_used() {
    let mut used = std::collections::BTreeSet::new();
    for bounds in [PASSING, COPIES, UPGRADES, ASKED] {
        let found = run(bounds, Fault::None);
        assert_eq!(found.wrong, None, "{:#?}", found.trace);
        assert!(found.worlds > 1000, "{bounds:?}");
        used.extend(found.used);
    }
    let wanted = [
        "Acquired Go",
        "Claim Claim",
        "Claim Refuse",
        "Claimed Go",
        "Clone Ask",
        "Clone Go",
        "Depart Ask",
        "Depart Carry",
        "Depart Carry and report",
        "Drop Give",
        "Drop Go",
        "Kept Go",
        "Land Go",
        "Refilled Go",
        "home Arrived +0",
        "home Arrived +1",
        "home Claim agreed",
        "home Claim refused",
        "home Given +0",
        "home Given -1",
        "home Granted +0",
        "home Granted +1",
        "home Left +0",
        "home Left -1",
        "home Upgrade refused",
    ];
    let used: Vec<_> = used.iter().map(String::as_str).collect();
    assert_eq!(used, wanted);
}

#[test]
fn a_broken_rule_is_found() {
    let faults = [
        (Fault::EndsWithItsOwn, PASSING),
        (Fault::GrantsUnwritten, COPIES),
        (Fault::LastLeavesSome, PASSING),
        (Fault::BalanceIsLost, PASSING),
        (Fault::ClaimsBlindly, PASSING),
        (Fault::UpgradesTheDead, UPGRADES),
        (Fault::ReportsOneWay, ASKED),
        (Fault::CopiesGrant, COPIES),
        (Fault::ClaimLeavesWeight, UPGRADES),
    ];
    for (fault, bounds) in faults {
        let found = run(bounds, fault);
        assert!(found.wrong.is_some(), "{fault:?} was not found");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let none = Account::NONE;
    for event in [Event::Drop, Event::Depart { first: true }, Event::Claim, Event::Refilled { weight: 1 }] {
        assert_eq!(none.step(event), Err(Illegal::NoHandle), "{event:?}");
    }
    for event in [Event::Land { weight: 0 }, Event::Acquired { weight: 0 }, Event::Kept { weight: 0 }] {
        assert_eq!(none.step(event), Err(Illegal::NoWeight), "{event:?}");
    }
    let out = Ledger::NONE.step(HomeEvent::Left { mint: 4 }).unwrap().ledger;
    assert_eq!(out.step(HomeEvent::Given { weight: 5, balance: 0 }), Err(Illegal::NotOut { weight: 5, out: 4 }));
    assert_eq!(out.step(HomeEvent::Given { weight: 4, balance: 0 }), Err(Illegal::Uneven { afar: 1 }));
    assert_eq!(out.step(HomeEvent::Given { weight: 0, balance: 0 }), Err(Illegal::NoWeight));
    assert_eq!(out.step(HomeEvent::Arrived { weight: 5 }), Err(Illegal::NotOut { weight: 5, out: 4 }));
    assert!((0..=6).all(|number| Op::from_u16(number).is_some() == (1..=5).contains(&number)));
}

#[test]
fn weight_lasts_for_thousands_of_departures_and_no_word_overflows() {
    let (mut account, _) = Account::NONE.step(Event::Land { weight: drust_proto::sharing::count::MINT }).unwrap();
    (account, _) = account.step(Event::Clone).unwrap();
    let mut sent = 0;
    while let (next, drust_proto::sharing::count::Action::Carry { weight, report: None }) =
        account.step(Event::Depart { first: true }).unwrap()
    {
        assert!(weight > 0);
        (account, _) = next.step(Event::Clone).unwrap();
        sent += 1;
    }
    assert!(sent > 1000, "{sent} departures, then weight must be asked for");
    for _ in 0..5 {
        (account, _) = account.step(Event::Land { weight: u64::MAX >> 1 }).unwrap();
    }
    assert!(account.weight() > u128::from(u64::MAX));
    for _ in 0..6 {
        (account, _) = account.step(Event::Drop).unwrap();
    }
    let (left, action) = account.step(Event::Depart { first: true }).unwrap();
    assert_eq!(left, Account::NONE);
    let drust_proto::sharing::count::Action::Carry { weight, report: Some(report) } = action else {
        panic!("{action:?} with more than a handle can carry")
    };
    assert_eq!(u128::from(weight) + report.weight, account.weight());
    assert_eq!(report.balance, account.balance());
}
