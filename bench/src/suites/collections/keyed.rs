//! Sets and maps at home, beside std's with their default hasher.

use super::local::{cost, figure};
use crate::Plan;
use crate::figure::Figure;
use crate::measure::{Pair, turns};

/// Values of each set and map.
const LEN: u64 = 100_000;

/// What is measured, once for each twin: everything goes in, is looked for beside as much that is not there, walked
/// over, and taken out again.
macro_rules! twins {
    ($twin:ident, $set:path, $map:path, $string:path) => {
        mod $twin {
            use super::{LEN, key};
            use $map as Map;
            use $set as Set;
            use $string as Text;

            pub fn set(times: usize) -> u64 {
                let mut sum = 0;
                for _ in 0..times {
                    let mut set = Set::new();
                    (0..LEN).for_each(|n| assert!(set.insert(key(n))));
                    sum += (0..2 * LEN).filter(|n| set.contains(&key(*n))).count() as u64;
                    sum += set.iter().fold(0, |sum: u64, value| sum.wrapping_add(*value)) % LEN;
                    sum += (0..LEN).filter(|n| set.remove(&key(*n))).count() as u64;
                }
                sum
            }

            pub fn set_of_texts(texts: &[String], times: usize) -> u64 {
                let (there, missing) = texts.split_at(texts.len() / 2);
                let mut sum = 0;
                for _ in 0..times {
                    let mut set = Set::new();
                    there.iter().for_each(|text| assert!(set.insert(Text::from(text.as_str()))));
                    sum += texts.iter().filter(|text| set.contains(text.as_str())).count() as u64;
                    sum += missing.iter().filter(|text| !set.remove(text.as_str())).count() as u64;
                    sum += there.iter().filter(|text| set.remove(text.as_str())).count() as u64;
                }
                sum
            }

            pub fn map(times: usize) -> u64 {
                let mut sum = 0;
                for _ in 0..times {
                    let mut map = Map::new();
                    (0..LEN).for_each(|n| assert_eq!(map.insert(key(n), n), None));
                    sum += (0..2 * LEN).filter_map(|n| map.get(&key(n))).sum::<u64>();
                    sum += map.iter().fold(0, |sum: u64, (key, n)| sum.wrapping_mul(31).wrapping_add(key ^ n)) % LEN;
                    sum += map.range(key(7)..).take(1000).map(|(_, n)| n).sum::<u64>();
                    sum += (0..LEN).filter_map(|n| map.remove(&key(n))).sum::<u64>();
                }
                sum
            }
        }
    };
}

twins!(ours, drust::collections::HashSet, drust::collections::BTreeMap, drust::String);
twins!(stds, std::collections::HashSet, std::collections::BTreeMap, std::string::String);

/// The nth of keys without order, all different.
fn key(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

pub fn keyed(plan: &Plan) -> Vec<Figure> {
    let times = plan.scale(5).max(1);
    let texts: Vec<String> = (0..2 * LEN).map(|n| format!("the text of number {:020}", key(n))).collect();
    let compare = |own: &dyn Fn() -> u64, std: &dyn Fn() -> u64| -> Pair {
        let expected = std();
        let operations = times * 5 * LEN as usize;
        turns(plan.rounds, || cost(expected, own), || cost(expected, std)).per(operations, operations)
    };
    let set = compare(&|| ours::set(times), &|| stds::set(times));
    let of_texts = compare(&|| ours::set_of_texts(&texts, times), &|| stds::set_of_texts(&texts, times));
    let map = compare(&|| ours::map(times), &|| stds::map(times));
    let what = "1e5 inserted, looked for beside as many that are not there, walked over, removed";
    vec![
        figure("hashset_ratio", set, 1.5, &format!("u64: {what}")),
        figure("hashset_string_ratio", of_texts, 1.5, "the same with texts of 40 bytes"),
        figure("btreemap_ratio", map, 1.5, &format!("random u64: {what}")),
    ]
}
