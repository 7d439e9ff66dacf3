//! `Arc` and `Weak` as std documents its own, their handles on one node and on several.

use crate::counted::{self, Counted};
use crate::{live, on};
use drust::boxed::TBox;
use drust::sync::{Arc, Weak};
use drust::{Box, Portable, Ref, String, Vec, node, stats, thread, vec};

#[drust::test(nodes = 3)]
fn one_value_is_read_everywhere() {
    let shared = Arc::new(vec![1_u64, 2, 3]);
    let tasks: std::vec::Vec<_> = (0..3).map(|rank| on(rank, (shared.clone(),), |(shared,)| shared[1])).collect();
    assert_eq!(tasks, [2, 2, 2]);
    assert_eq!(Arc::strong_count(&shared), 1);
    let far = on(2, (), |()| Arc::new(7));
    assert_eq!((*far, Arc::strong_count(&far)), (7, 1));
    let near = on(1, (far.clone(),), |(far,)| (far.clone(), *far));
    assert_eq!(near.1, 7);
    assert_eq!((Arc::strong_count(&far), Arc::strong_count(&near.0)), (2, 2));
    assert!(Arc::ptr_eq(&far, &near.0));
}

#[drust::test(nodes = 3)]
fn counts_are_of_all_nodes() {
    let shared = Arc::new(1);
    let kept: Vec<Arc<i32>> = on(1, (shared.clone(),), |(shared,)| {
        assert_eq!(Arc::strong_count(&shared), 2);
        vec![shared.clone(), shared.clone(), shared]
    });
    assert_eq!(Arc::strong_count(&shared), 4);
    let kept = on(2, (kept, shared.clone()), |(mut kept, shared)| {
        assert_eq!((Arc::strong_count(&shared), Arc::strong_count(&kept[0])), (5, 5));
        kept.pop();
        kept
    });
    assert_eq!(Arc::strong_count(&shared), 3);
    let weak = Arc::downgrade(&shared);
    let far = on(2, (weak.clone(),), |(weak,)| (weak.clone(), weak));
    assert_eq!((Arc::weak_count(&shared), weak.weak_count(), far.0.strong_count()), (3, 3, 3));
    on(1, (kept, far), drop);
    assert_eq!((Arc::strong_count(&shared), Arc::weak_count(&shared)), (1, 1));
}

#[drust::test(nodes = 3)]
fn who_is_alone_writes_and_others_see_it() {
    let mut shared = Arc::new(vec![1_u32]);
    let look = |(shared,): (Arc<Vec<u32>>,)| shared[0];
    assert_eq!(on(1, (shared.clone(),), look), 1);
    Arc::get_mut(&mut shared).expect("the others are gone")[0] = 2;
    assert_eq!(on(1, (shared.clone(),), look), 2);
    // Elsewhere the value moves, and is this node's from then on.
    let mut shared = on(1, (shared,), |(mut shared,)| {
        let seen = shared.len() as u32;
        Arc::get_mut(&mut shared).expect("it is alone").push(seen + 8);
        shared
    });
    assert_eq!(*shared, [2, 9]);
    let other = shared.clone();
    assert!(Arc::get_mut(&mut shared).is_none());
    on(2, (other,), |(mut other,)| {
        assert!(Arc::get_mut(&mut other).is_none());
        Arc::make_mut(&mut other).push(3);
        assert_eq!(*other, [2, 9, 3]);
    });
    assert_eq!((&shared[..], Arc::strong_count(&shared)), (&[2, 9][..], 1));
    let weak = Arc::downgrade(&shared);
    assert!(Arc::get_mut(&mut shared).is_none(), "a weak one is there");
    Arc::make_mut(&mut shared).push(4);
    assert!(weak.upgrade().is_none() && weak.strong_count() == 0);
    assert_eq!(*shared, [2, 9, 4]);
}

#[drust::test(nodes = 3)]
fn the_last_gets_the_value() {
    let (first, second) = (Arc::new(String::from("a")), on(1, (), |()| Arc::new(String::from("b"))));
    let taken = on(2, (first.clone(), second.clone()), |(first, second)| {
        assert!(Arc::try_unwrap(first.clone()).is_err());
        (Arc::into_inner(first), Arc::into_inner(second))
    });
    assert_eq!(taken, (None, None));
    assert_eq!(Arc::try_unwrap(first).as_deref(), Ok("a"));
    assert_eq!(Arc::into_inner(second).as_deref(), Some("b"));
    let third = on(1, (), |()| Arc::new(5));
    assert_eq!(on(2, (third,), |(third,)| Arc::try_unwrap(third).ok()), Some(5));
    assert_eq!(Arc::unwrap_or_clone(on(1, (), |()| Arc::new(6))), 6);
}

#[drust::test(nodes = 3)]
fn a_drop_that_happened_before_is_seen_by_who_unwraps() {
    for round in 0..30 {
        let shared = Arc::new(round);
        let others: std::vec::Vec<_> = (1..3)
            .map(|rank| {
                let node = node::all().nth(rank).unwrap();
                thread::spawn_on(node, (shared.clone(),), |(shared,)| {
                    let more = [shared.clone(), shared.clone()];
                    assert_eq!(*more[0], *shared);
                })
            })
            .collect();
        others.into_iter().for_each(|task| task.join().unwrap());
        assert_eq!(Arc::try_unwrap(shared), Ok(round));
    }
}

#[drust::test(nodes = 3)]
fn a_weak_one_finds_the_value_while_it_has_an_owner() {
    let shared = Arc::new(3);
    let weak = Arc::downgrade(&shared);
    let up = |(weak,): (Weak<i32>,)| weak.upgrade().map(|value| *value);
    assert_eq!((on(1, (weak.clone(),), up), on(2, (weak.clone(),), up)), (Some(3), Some(3)));
    let far = on(1, (weak.clone(),), |(weak,)| weak.upgrade());
    drop(shared);
    assert_eq!((far.as_deref(), on(2, (weak.clone(),), up)), (Some(&3), Some(3)));
    on(2, (far,), |(far,)| drop(far));
    assert_eq!((weak.upgrade(), on(2, (weak.clone(),), up)), (None, None));
    assert!(Weak::<u8>::new().upgrade().is_none());
    assert!(on(1, (Weak::<u8>::new(),), |(none,)| none.clone()).upgrade().is_none());
    let down = on(1, (Arc::new(4),), |(four,)| (Arc::downgrade(&four), four));
    assert_eq!((down.0.upgrade(), Arc::weak_count(&down.1)), (Some(down.1.clone()), 1));
}

#[drust::test(nodes = 3)]
fn what_is_counted_in_a_copy_grants_nothing_but_can_be_cloned() {
    let holder = Box::new((Arc::new(5), 1_u32));
    thread::scope(|s| {
        for node in node::all() {
            s.spawn_on(node, (Ref::new(&holder),), |(holder,)| {
                let own = holder.0.clone();
                let again = holder.0.clone();
                assert_eq!((*own, *holder.0, Arc::strong_count(&again) >= 3), (5, 5, true));
                assert_eq!(Arc::downgrade(&holder.0).upgrade(), Some(own));
            });
        }
    });
    assert_eq!((Arc::strong_count(&holder.0), Arc::weak_count(&holder.0)), (1, 0));
    // A value that moves takes its handles along, whoever has copies of it.
    let mut holder = on(1, (holder,), |(mut holder,)| {
        let _ = holder.1;
        holder.1 += 1;
        holder
    });
    let _ = holder.1;
    holder.1 += 1;
    assert_eq!((holder.1, Arc::strong_count(&holder.0)), (3, 1));
    assert_eq!(Arc::try_unwrap(Box::into_inner(holder).0), Ok(5));
}

#[drust::test(nodes = 3)]
fn values_with_a_drop_of_their_own_end_where_the_last_is_dropped() {
    let shared = Arc::new(Counted(1));
    assert_eq!(counted::drops(|| drop(shared.clone())), 0);
    let far = on(1, (shared,), |(shared,)| shared);
    assert_eq!(counted::drops(|| drop(far)), 1);
    let elsewhere = on(1, (), |()| Arc::<[Counted]>::from([Counted(1), Counted(2)]));
    assert_eq!(counted::drops(|| drop(elsewhere)), 2);
    let dropped = on(2, (Arc::new(Counted(1)),), |(shared,)| counted::drops(|| drop(shared)) as u32);
    assert_eq!(dropped, 1);
    // In an object of another node, of which this node drops the only handle.
    let boxed = on(1, (Arc::new(Counted(1)),), |(shared,)| Box::new(shared));
    assert_eq!(counted::drops(|| drop(boxed)), 1);
}

#[derive(Portable)]
struct Link {
    next: Option<Arc<Link>>,
    name: String,
}

#[drust::test(nodes = 3)]
fn nothing_is_left_when_the_last_is_gone() {
    let before = live();
    let mut list = None;
    for rank in 0..60 {
        list = on(rank % 3, (list,), |(next,)| {
            Some(Arc::new(Link { next, name: String::from("a name that does not fit a handle") }))
        });
    }
    let found = on(2, (list.clone(),), |(mut at,)| {
        let mut found = 0_u32;
        while let Some(link) = at {
            found += u32::from(link.name.len() > 20);
            at = link.next.clone();
        }
        found
    });
    assert_eq!(found, 60);
    drop(list);
    let (_, _) = stats::count(|| ());
    for _ in 0..100 {
        if live() == before {
            return;
        }
        let (_, _) = stats::count(|| ());
    }
    assert_eq!(live(), before);
}

#[drust::test(nodes = 2)]
fn what_it_costs() {
    let shared = Arc::new([1_u8; 100]);
    let (_, cost) = stats::count(|| {
        let more: std::vec::Vec<_> = (0..100).map(|_| shared.clone()).collect();
        assert_eq!((more[7][3], Arc::strong_count(&shared)), (1, 101));
    });
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (0, 0, 0));
    let far = on(1, (), |()| Arc::new([1_u8; 100]));
    let (more, cost) = stats::count(|| (0..100).map(|_| far.clone()).collect::<std::vec::Vec<_>>());
    assert_eq!((cost.requests, cost.one_ways), (0, 0), "clones of what is here");
    let (_, cost) = stats::count(|| drop(more));
    assert_eq!((cost.requests, cost.one_ways), (0, 0), "drops of what is not the last");
    let (_, cost) = stats::count(|| drop(far));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (0, 0, 1), "the last here");
    let far = on(1, (), |()| Arc::new(Counted(1)));
    let (_, cost) = stats::count(|| drop(far));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 0), "the last of all, with a drop of its own");
    let far = on(1, (), |()| Arc::new(5));
    let (_, cost) = stats::count(|| Arc::try_unwrap(far).unwrap());
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 0), "the value comes with the answer");
}

/// Owners that lie on another node than what they own, and are dropped from a third: who is told of that finds the
/// value alone.
fn ends_far_away_are_seen() {
    for round in 0..4 {
        let inner = Arc::new(round);
        let held = on(1, (inner.clone(), inner.clone()), |(first, second)| vec![first, second]);
        on(2, (held,), drop);
        assert_eq!(Arc::strong_count(&inner), 1, "a vector of them");
        let held = on(1, (inner.clone(),), |(inner,)| Arc::new((inner, 1_u8)));
        on(2, (held,), drop);
        assert_eq!(Arc::strong_count(&inner), 1, "in another Arc");
        let held = on(1, (inner.clone(),), |(inner,)| Arc::new((inner, 1_u8)));
        let outer = on(2, (held,), |(held,)| Box::new((held, 2_u8)));
        drop(outer);
        assert_eq!(Arc::try_unwrap(inner), Ok(round), "in another Arc of a Box");
    }
}

#[drust::test(nodes = 3)]
fn ends_far_away_are_seen_in_time() {
    ends_far_away_are_seen();
}

#[drust::test(nodes = 3, seed = 5)]
fn ends_far_away_are_seen_with_messages_late() {
    ends_far_away_are_seen();
}

#[drust::test(nodes = 3, seed = 11)]
fn ends_far_away_are_seen_with_others_late() {
    ends_far_away_are_seen();
}

#[drust::test(nodes = 2)]
fn long_lists_end_without_a_long_stack() {
    const LINKS: usize = if cfg!(miri) { 100 } else { 200_000 };
    fn list(links: usize) -> Option<Arc<Link>> {
        (0..links).fold(None, |next, _| Some(Arc::new(Link { next, name: String::new() })))
    }
    drop(list(LINKS));
    on(1, (LINKS as u64,), |(links,)| drop(list(links as usize)));
    let far = on(1, (500_u64,), |(links,)| list(links as usize));
    drop(far);
}

#[drust::test(nodes = 2)]
fn large_values_move_to_who_is_alone() {
    let mut far = on(1, (), |()| Arc::<[u64]>::from((0..1 << 17).collect::<std::vec::Vec<u64>>()));
    assert_eq!(far.iter().sum::<u64>(), (1 << 16) * ((1 << 17) - 1));
    Arc::get_mut(&mut far).expect("it is alone")[5] = 0;
    assert_eq!(on(1, (far.clone(),), |(far,)| far[..8].iter().sum::<u64>()), 23);
    assert_eq!((far[5], far[6], Arc::strong_count(&far)), (0, 6, 1));
}

#[drust::test(nodes = 3)]
fn an_arc_is_lent_and_cloned_where_it_is_lent_to() {
    let far = on(1, (), |()| Arc::new(7_u32));
    let near = Arc::new(8_u32);
    let kept: std::vec::Vec<_> = thread::scope(|s| {
        let tasks: std::vec::Vec<_> = node::all()
            .map(|node| {
                let lent = (Ref::of(&far), Ref::of(&near));
                s.spawn_on(node, lent, |(far, near)| (Arc::clone(&far), Arc::clone(&near), **far + **near))
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    assert!(kept.iter().all(|(one, other, sum)| Arc::ptr_eq(one, &far) && Arc::ptr_eq(other, &near) && *sum == 15));
    assert_eq!((Arc::strong_count(&far), Arc::strong_count(&near)), (4, 4));
    drop(kept);
    assert_eq!((Arc::try_unwrap(far), Arc::try_unwrap(near)), (Ok(7), Ok(8)));
}

/// Tied values travel with their owners, and so do the counts of their handles.
fn handles_in_tied_values_are_counted() {
    let shared = Arc::new(5);
    let owner = Box::new((TBox::new(shared.clone()), 1));
    on(1, (owner,), |(mut owner,)| {
        assert_eq!(**owner.0, 5);
        owner.1 = 2;
        let more = Arc::clone(&owner.0);
        drop(owner);
        assert_eq!((*more, Arc::strong_count(&more)), (5, 2));
    });
    let owner = on(2, (TBox::new(shared.clone()),), |(tied,)| Box::new(tied));
    assert_eq!(Arc::strong_count(&shared), 2);
    drop(Box::into_inner(owner));
    assert_eq!(Arc::try_unwrap(shared), Ok(5));
}

#[drust::test(nodes = 3)]
fn handles_in_tied_values_are_counted_in_shared_memory() {
    handles_in_tied_values_are_counted();
}

#[drust::test(nodes = 3, seed = 1)]
fn handles_in_tied_values_are_counted_elsewhere() {
    handles_in_tied_values_are_counted();
}
