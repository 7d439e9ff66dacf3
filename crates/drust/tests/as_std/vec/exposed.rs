//! Growth, and all else that writes, of a vector that another node has just seen: it sees what was written, the next
//! time, whether the values stayed in their slot or not.

use crate::ways::there;
use drust::{Ref, thread};

/// The same on drust's vector and on std's.
struct Step {
    line: &'static str,
    ours: fn(&mut drust::Vec<u64>),
    stds: fn(&mut Vec<u64>),
}

macro_rules! steps {
    (|$v:ident| $($body:expr;)*) => {
        [$(Step { line: stringify!($body), ours: |$v| drop($body), stds: |$v| drop($body) }),*]
    };
}

#[drust::test(nodes = 2)]
#[allow(clippy::drop_non_drop, dropping_copy_types, reason = "a line returns what it returns")]
fn what_grew_while_others_knew_it_is_seen_anew() {
    let steps = steps! { |v|
        v.push(1);
        v.extend(0..10);
        v.reserve(1);
        v.reserve_exact(100);
        v.insert(3, 77);
        v.shrink_to_fit();
        v.push(2);
        v.try_reserve(50);
        v.extend_from_within(2..9);
        v.try_reserve_exact(200);
        v.splice(1..4, 500..510).count();
        v.shrink_to(60);
        v.splice(20.., [8; 40]).count();
        v.resize(100, 9);
        v[50] = 5;
        v.dedup();
        v.retain(|n| n % 5 != 3);
        v.drain(2..6).count();
        v.extract_if(.., |n| *n > 505).count();
        v.swap_remove(0);
        v.sort();
        v.rotate_left(3);
        v.split_off(8);
        v.pop();
        v.shrink_to_fit();
        v.extend_from_slice(&[1; 1000]);
        v.truncate(20);
        v.clear();
        v.push(3);
        v.extend(0..20_000);
        v.insert(0, 4);
        v.push(5);
    };
    let (mut ours, mut stds) = (drust::Vec::new(), Vec::new());
    for Step { line, ours: change, stds: twin } in steps {
        change(&mut ours);
        twin(&mut stds);
        let seen = thread::scope(|s| {
            let look = |(seen,): (Ref<'_, [u64]>,)| (seen.len(), drust::Vec::from(&*seen));
            s.spawn_on(there(), (Ref::new(&ours),), look).join().expect("nothing panics there")
        });
        assert!(seen.0 == stds.len() && seen.1 == stds, "after {line}: {:?} is not {stds:?}", seen.1);
    }
}
