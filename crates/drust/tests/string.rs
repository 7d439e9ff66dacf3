//! `String` as std documents its own, inside and on the heap, whichever way the text came.

#[path = "ways/each.rs"]
mod each;
mod ways;

use drust::{Box, Ref, RefMut, String, Vec, node, stats, thread, vec};
use each::each_way;
use std::collections::HashMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use ways::{away, there};

const LONG: &str = "text of more than 32 bytes, so that it lies on the heap: ßäöü";

/// Runs `check` on a short and a long text, each way; the text is given along.
fn each_length(mut check: impl FnMut(String, &'static str)) {
    each_way(String::new, |text| check(text, ""));
    each_way(|| String::from("shört"), |text| check(text, "shört"));
    each_way(|| String::from(&LONG[..32]), |text| check(text, &LONG[..32]));
    each_way(|| String::from(LONG), |text| check(text, LONG));
}

fn panics(body: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(body)).is_err()
}

#[drust::test(nodes = 2)]
fn text_is_read_compared_hashed_and_printed() {
    each_length(|text, same| {
        assert_eq!((text.len(), text.is_empty(), text.as_bytes()), (same.len(), same.is_empty(), same.as_bytes()));
        let twin = std::string::String::from(same);
        assert!(text == *same && text == same && text == twin);
        assert!(*same == text && same == text && twin == text);
        assert_eq!((text.to_string(), format!("{text:?}")), (same.into(), format!("{same:?}")));
        assert_eq!(text, text.clone());
        assert!(text.cmp(&String::from("z")).is_lt());
        assert_eq!(AsRef::<Path>::as_ref(&text), Path::new(same));
        assert_eq!(std::string::String::from(text), same);
    });
    let counts: HashMap<String, u32> = [(String::from(LONG), 1), (String::from("a"), 2)].into();
    assert_eq!((counts.get(LONG), counts.get("a"), counts.get("b")), (Some(&1), Some(&2), None));
}

#[drust::test(nodes = 2)]
fn text_is_changed_as_std_does() {
    each_length(|mut text, same| {
        let mut twin = std::string::String::from(same);
        text.insert(0, 'a');
        twin.insert(0, 'a');
        text.push('ß');
        twin.push('ß');
        text.push_str(&LONG[..20]);
        twin.push_str(&LONG[..20]);
        text.insert(1, '-');
        twin.insert(1, '-');
        text.insert_str(0, "front");
        twin.insert_str(0, "front");
        assert_eq!((text.pop(), text.remove(2), &*text), (twin.pop(), twin.remove(2), &*twin));
        text.replace_range(1..3, "many more than two");
        twin.replace_range(1..3, "many more than two");
        text.retain(|c| c != 'm');
        twin.retain(|c| c != 'm');
        let until = |c| {
            assert!(c != 'x', "on purpose");
            c != 't'
        };
        assert!(panics(|| text.retain(until)) && panics(|| twin.retain(until)));
        assert_eq!(text, twin);
        assert_eq!(text, twin);
        assert_eq!(text.split_off(4), twin.split_off(4));
        text += "+";
        twin += "+";
        assert_eq!(
            text.drain(1..3).rev().collect::<std::string::String>(),
            twin.drain(1..3).rev().collect::<std::string::String>()
        );
        assert_eq!(text + "!", twin + "!");
    });
}

#[drust::test(nodes = 2)]
fn text_is_cut_cleared_and_shrunk() {
    each_length(|mut text, same| {
        text.truncate(100);
        assert_eq!(text, same);
        text.reserve(100);
        assert!(text.capacity() >= same.len() + 100);
        text.shrink_to_fit();
        assert_eq!((text.capacity(), &*text), (same.len().max(32), same));
        text.truncate(2);
        assert_eq!(text, same[..same.len().min(2)]);
        text.clear();
        assert_eq!((text.len(), text.pop()), (0, None));
        write!(text, "{}", 5).unwrap();
        assert_eq!(text, "5");
    });
}

#[drust::test(nodes = 2)]
fn split_characters_panic_and_change_nothing() {
    each_way(
        || String::from("aß"),
        |mut text| {
            assert!(
                panics(|| text.insert(2, 'b')) && panics(|| text.truncate(2)) && panics(|| drop(text.split_off(2)))
            );
            assert!(panics(|| _ = text.remove(3)) && panics(|| _ = text.remove(2)) && panics(|| drop(text.drain(..2))));
            assert!(panics(|| text.replace_range(2.., "")) && panics(|| text.insert(4, 'b')));
            assert_eq!(text, "aß");
        },
    );
}

#[drust::test(nodes = 2)]
fn text_turns_into_bytes_and_boxes_and_back() {
    each_length(|text, same| {
        let text = String::from_utf8(text.into_bytes()).unwrap();
        let text = String::from(Box::<str>::from(text));
        let bytes = Vec::<u8>::from(text);
        assert_eq!(bytes, same.as_bytes());
        let mut boxed: Box<[u8]> = Box::<str>::from(String::from_utf8(away(bytes)).unwrap()).into();
        assert!(boxed.iter_mut().all(|byte| *byte != 0));
        assert_eq!(*boxed, *same.as_bytes());
    });
    each_way(
        || vec![b'a', 255],
        |bytes| {
            let error = String::from_utf8(bytes).unwrap_err();
            assert_eq!((error.utf8_error().valid_up_to(), error.into_bytes()), (1, vec![b'a', 255]));
        },
    );
}

#[drust::test(nodes = 2)]
fn text_is_collected() {
    assert_eq!(['a', 'b'].into_iter().collect::<String>(), "ab");
    assert_eq!(["a", LONG].into_iter().collect::<String>(), format!("a{LONG}"));
    assert_eq!([String::from("a"), String::from("b")].into_iter().collect::<String>(), "ab");
    let mut text = String::from("1");
    text.extend(&['2', '3']);
    assert_eq!((text.parse::<u32>().unwrap(), "4".parse::<String>().unwrap()), (123, String::from("4")));
}

#[drust::test(nodes = 2)]
fn text_is_lent() {
    each_length(|mut text, same| {
        thread::scope(|s| {
            let seen = s.spawn_on(there(), (Ref::new(&text),), |(text,)| text.len());
            assert_eq!(seen.join().unwrap(), same.len());
        });
        thread::scope(|s| {
            s.spawn_on(there(), (RefMut::new(&mut text),), |(mut text,)| text.push_str(LONG));
        });
        assert_eq!(text, format!("{same}{LONG}"));
        thread::scope(|s| {
            s.spawn_on(there(), (RefMut::new(&mut text[..1]),), |(mut part,)| part.make_ascii_uppercase());
        });
        let mut twin = format!("{same}{LONG}");
        twin[..1].make_ascii_uppercase();
        assert_eq!(text, twin);
    });
}

#[drust::test(nodes = 3)]
#[cfg_attr(miri, ignore = "the tests of a process share a cluster of 2 nodes there")]
fn long_texts_are_fetched_along_with_the_vector_that_holds_them() {
    let texts: Vec<String> = (0..50).map(|n| String::from(&*format!("{n} {LONG}"))).collect();
    let short: Vec<String> = (0..50).map(|n| String::from(&*n.to_string())).collect();
    let texts = away(texts);
    let short = away(short);
    // The vector moved; its texts are still at home here, and come along where a third node looks.
    let read = |texts: &Vec<String>| texts.iter().map(|text| String::read(text).len()).sum::<usize>();
    let (_, counts) = stats::count(|| assert_eq!(read(&short), 90));
    assert_eq!((counts.direct_reads, counts.requests), (1, 0));
    let (_, counts) = stats::count(|| assert_eq!(read(&texts), 50 * (LONG.len() + 1) + 90));
    assert_eq!(counts.direct_reads, 1, "the texts are at home here");

    let made = thread::spawn_on(there(), (), |()| (0..50).map(|n| String::from(&*format!("{n} {LONG}"))).collect());
    let made: Vec<String> = made.join().unwrap();
    let (_, first) = stats::count(|| assert_eq!(made.len() + usize::from(made[0].is_empty()), 50));
    assert_eq!((first.direct_reads, first.requests), (51, 0));
    let (_, then) = stats::count(|| assert!(made.iter().all(|text| text.ends_with(LONG))));
    assert_eq!((then.direct_reads, then.requests), (0, 0));
    let middle = node::all().nth(1).unwrap();
    thread::scope(|s| {
        let seen = s.spawn_on(middle, (Ref::new(&made),), |(made,)| {
            let reads = || stats::by_node().into_iter().find(|(id, _)| *id == node::current()).unwrap().1.direct_reads;
            let before = reads();
            assert_eq!((made.len(), reads() - before), (50, 0), "its length is known");
            assert!(!made[0].is_empty());
            let fetched = reads();
            assert!(made.iter().all(|text| text.ends_with(LONG)));
            (fetched - before, reads() - fetched)
        });
        assert_eq!(seen.join().unwrap(), (51, 0), "a Ref fetches once, when it is looked at");
    });
}
