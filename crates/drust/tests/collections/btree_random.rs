//! A drust `BTreeMap<u64, String>` and std's, through the same random operations, while the map wanders over nodes.

use crate::dice::Dice;
use drust::collections::BTreeMap;
use drust::{Ref, RefMut, String, node, thread};

type Ours = BTreeMap<u64, String>;
type Twins = (Ours, std::collections::BTreeMap<u64, std::string::String>);

/// Keys are below this.
const KEYS: u64 = 1500;

fn text(number: u64) -> std::string::String {
    format!("the value with the number {number}").repeat((number % 3) as usize)
}

fn edit((ours, stds): &mut Twins, dice: &mut Dice) {
    let (key, number) = (dice.below(KEYS), dice.below(1000));
    let shown = |value: Option<String>| value.map(std::string::String::from);
    match dice.below(20) {
        0..9 => assert_eq!(shown(ours.insert(key, String::from(text(number)))), stds.insert(key, text(number))),
        9..15 => assert_eq!(shown(ours.remove(&key)), stds.remove(&key)),
        15 => {
            ours.entry(key).or_default().push('x');
            stds.entry(key).or_default().push('x');
        }
        16 => {
            ours.range_mut(key..key + 100).for_each(|(_, value)| value.truncate(30));
            stds.range_mut(key..key + 100).for_each(|(_, value)| value.truncate(30));
        }
        17 if number < 100 => {
            let (mut rest, mut stds_rest) = (ours.split_off(&key), stds.split_off(&key));
            assert_eq!((rest.len(), ours.len()), (stds_rest.len(), stds.len()));
            ours.append(&mut rest);
            stds.append(&mut stds_rest);
        }
        18 if number < 100 => {
            ours.retain(|key, value| key % 7 != 3 || value.is_empty());
            stds.retain(|key, value| key % 7 != 3 || value.is_empty());
        }
        _ => assert_eq!(ours.get(&key).map(|value| &value[..]), stds.get(&key).map(|value| &value[..])),
    }
}

fn wander(twins: Twins, dice: &mut Dice) -> Twins {
    let (mut ours, mut stds) = twins;
    let to = node::all().nth(dice.below(node::count())).expect("there are as many");
    match dice.below(4) {
        0 => ours = thread::spawn_on(to, (ours,), |(ours,)| ours).join().unwrap(),
        1 => thread::scope(|s| {
            let lengths = |(ours,): (Ref<'_, Ours>,)| ours.values().map(|value| value.len()).sum::<usize>();
            let seen = s.spawn_on(to, (Ref::of(&ours),), lengths);
            assert_eq!(seen.join().unwrap(), stds.values().map(|value| value.len()).sum::<usize>());
        }),
        2 => {
            let from = dice.below(KEYS);
            thread::scope(|s| {
                s.spawn_on(to, (RefMut::new(&mut ours), from), |(mut ours, from)| {
                    for key in from..from + 200 {
                        ours.insert(key, String::from(text(key)));
                    }
                    ours.retain(|key, _| key % 5 != 0);
                });
            });
            stds.extend((from..from + 200).map(|key| (key, text(key))));
            stds.retain(|key, _| key % 5 != 0);
        }
        _ => assert!(ours == ours.clone()),
    }
    (ours, stds)
}

fn wander_long(seeds: std::ops::RangeInclusive<u64>) {
    for seed in seeds {
        let mut dice = Dice::new(seed);
        let mut twins = Twins::default();
        for step in 0..60 {
            for _ in 0..dice.below(200) {
                edit(&mut twins, &mut dice);
            }
            twins = wander(twins, &mut dice);
            let stds = twins.1.iter().map(|(key, value)| (*key, &value[..]));
            let same = twins.0.iter().map(|(key, value)| (*key, &value[..])).eq(stds);
            assert!(same && twins.0.len() == twins.1.len(), "seed {seed}, step {step}");
        }
    }
}

#[drust::test(nodes = 3)]
fn random_operations_do_what_stds_do() {
    wander_long(1..=6);
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn random_operations_do_what_stds_do_over_a_network() {
    wander_long(7..=8);
}

#[drust::test(nodes = 3, seed = 7)]
fn random_operations_do_what_stds_do_on_simulated_nodes() {
    wander_long(9..=10);
}

#[drust::test(nodes = 3, seed = 8)]
fn random_operations_do_what_stds_do_on_other_simulated_nodes() {
    wander_long(11..=12);
}
