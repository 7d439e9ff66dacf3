//! A drust `Vec<String>` and std's, through the same random operations, while the values wander over three nodes.

mod dice;

use dice::Dice;
use drust::{Ref, RefMut, String, Vec, node, thread};

type Twins = (Vec<String>, std::vec::Vec<std::string::String>);

fn text(dice: &mut Dice) -> std::string::String {
    let len = dice.below(60);
    (0..len).map(|_| char::from(b'a' + dice.below(26_u8))).collect()
}

fn edit((ours, stds): &mut Twins, dice: &mut Dice) {
    let len = stds.len();
    match dice.below(9) {
        0 | 1 => {
            let text = text(dice);
            ours.push(String::from(&*text));
            stds.push(text);
        }
        2 => assert_eq!(ours.pop().map(std::string::String::from), stds.pop()),
        3 => {
            let (at, text) = (dice.below(len + 1), text(dice));
            ours.insert(at, String::from(&*text));
            stds.insert(at, text);
        }
        4 if len > 0 => {
            let at = dice.below(len);
            assert_eq!(ours.swap_remove(at), stds.swap_remove(at));
        }
        5 if len > 0 => {
            let (at, text) = (dice.below(len), text(dice));
            ours[at].push_str(&text);
            stds[at].push_str(&text);
        }
        6 if len > 0 => {
            let at = dice.below(len);
            ours[at].truncate(5);
            stds[at].truncate(5);
        }
        7 if len > 8 => {
            let range = dice.below(4)..len - dice.below(4);
            assert!(ours.drain(range.clone()).eq(stds.drain(range)));
        }
        _ => {
            ours.shrink_to_fit();
            ours.retain(|text| text.len() != 7);
            stds.retain(|text| text.len() != 7);
        }
    }
}

fn wander(twins: Twins, dice: &mut Dice) -> Twins {
    let (mut ours, stds) = twins;
    let to = node::all().nth(dice.below(node::count())).expect("there are as many");
    match dice.below(6) {
        0 => ours = thread::spawn_on(to, (ours,), |(ours,)| ours).join().unwrap(),
        1 => {
            let moved = thread::spawn_on(to, (ours,), |(mut ours,)| {
                for text in &mut ours {
                    let _ = &mut **text;
                }
                ours
            });
            ours = moved.join().unwrap();
        }
        2 => thread::scope(|s| {
            let seen = s.spawn_on(to, (Ref::new(&ours),), |(ours,)| ours.iter().map(|text| text.len()).sum::<usize>());
            assert_eq!(seen.join().unwrap(), stds.iter().map(|text| text.len()).sum::<usize>());
        }),
        3 => thread::scope(|s| {
            s.spawn_on(to, (RefMut::new(&mut ours),), |(mut ours,)| {
                ours.reserve(1);
                ours.shrink_to_fit();
            });
        }),
        4 => {
            let middle = dice.below(ours.len() + 1);
            let (left, right) = ours.split_at_mut(middle);
            thread::scope(|s| {
                let turn = |(mut part,): (RefMut<'_, [String]>,)| part.reverse();
                s.spawn_on(to, (RefMut::new(left),), turn);
                s.spawn((RefMut::new(right),), turn);
            });
            let (left, right) = ours.split_at_mut(middle);
            left.reverse();
            right.reverse();
        }
        _ => assert_eq!(ours, ours.clone()),
    }
    (ours, stds)
}

#[drust::test(nodes = 3)]
fn random_operations_do_what_stds_do() {
    for seed in 1..=20 {
        let mut dice = Dice::new(seed);
        let mut twins = Twins::default();
        for step in 0..100 {
            for _ in 0..dice.below(8) {
                edit(&mut twins, &mut dice);
            }
            twins = wander(twins, &mut dice);
            assert!(twins.0 == twins.1, "seed {seed}, step {step}: {:?} is not {:?}", twins.0, twins.1);
        }
    }
}
