//! serde on drust's types: what std's are written as, read again, and refused in std's words.

#[path = "ways/each.rs"]
mod each;
mod ways;
mod wherever;

use drust::boxed::TBox;
use drust::collections::{BTreeMap, BTreeSet, ChunkedVec, HashMap, HashSet, VecDeque};
use drust::{Box, Portable, String, Vec, stats, vec};
use each::each_way;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashSet as StdSet;
use std::fmt::Debug;
use wherever::wherever_made;

const LONG: &str = "text of more than 32 bytes, so that it lies on the heap: ßäöü";

/// A record of a program's own.
#[derive(Portable, Serialize, Deserialize, Clone, PartialEq, Debug)]
struct Record {
    id: u32,
    name: String,
    tags: Vec<String>,
    next: Option<Box<Record>>,
    counts: BTreeMap<String, Vec<u8>>,
    queue: VecDeque<f64>,
    ordered: BTreeSet<String>,
    hashed: HashSet<u32>,
}

fn record() -> Record {
    let inner = Record {
        id: 2,
        name: "inner \"quoted\"\n".into(),
        tags: vec![],
        next: None,
        counts: BTreeMap::new(),
        queue: VecDeque::from([0.5]),
        ordered: BTreeSet::new(),
        hashed: HashSet::new(),
    };
    Record {
        id: 1,
        name: LONG.into(),
        tags: vec!["a".into(), LONG.into()],
        next: Some(Box::new(inner)),
        counts: [("b".into(), vec![1, 2]), ("a".into(), vec![])].into_iter().collect(),
        queue: VecDeque::from([1.5, -2.0]),
        ordered: ["b".into(), LONG.into(), "a".into()].into_iter().collect(),
        hashed: [7].into_iter().collect(),
    }
}

const RECORD: &str = concat!(
    r#"{"id":1,"name":"text of more than 32 bytes, so that it lies on the heap: ßäöü","#,
    r#""tags":["a","text of more than 32 bytes, so that it lies on the heap: ßäöü"],"#,
    r#""next":{"id":2,"name":"inner \"quoted\"\n","tags":[],"next":null,"counts":{},"queue":[0.5],"#,
    r#""ordered":[],"hashed":[]},"counts":{"a":[],"b":[1,2]},"queue":[1.5,-2.0],"#,
    r#""ordered":["a","b","text of more than 32 bytes, so that it lies on the heap: ßäöü"],"hashed":[7]}"#
);

#[drust::test(nodes = 2)]
fn records_are_written_wherever_they_lie_and_read_again() {
    assert_eq!(serde_json::from_str::<Record>(RECORD).unwrap(), record());
    let look = |record: &Record| assert_eq!(record.tags.len(), 2);
    wherever_made!(record, look, |record: Record| assert_eq!(serde_json::to_string(&record).unwrap(), RECORD));
}

#[drust::test(nodes = 2)]
fn each_type_is_written_as_stds() {
    each_way(|| vec![1, 2, 3], |v| assert_eq!(serde_json::to_string(&v).unwrap(), "[1,2,3]"));
    each_way(Vec::<u8>::new, |v| assert_eq!(serde_json::to_string(&v).unwrap(), "[]"));
    each_way(|| String::from("ß\""), |s| assert_eq!(serde_json::to_string(&s).unwrap(), r#""ß\"""#));
    each_way(|| String::from(LONG), |s| assert_eq!(serde_json::to_value(&s).unwrap(), LONG));
    each_way(|| Box::new(5_u64), |b| assert_eq!(serde_json::to_string(&b).unwrap(), "5"));
    each_way(|| Box::<[u8]>::from([1, 2]), |b| assert_eq!(serde_json::to_string(&b).unwrap(), "[1,2]"));
    each_way(|| Box::<str>::from(LONG), |b| assert_eq!(serde_json::to_value(&b).unwrap(), LONG));
    each_way(|| Box::new(TBox::new(7_u8)), |b| assert_eq!(serde_json::to_string(&b).unwrap(), "7"));
}

#[drust::test(nodes = 2)]
fn writing_leaves_no_pin() {
    let mut v = ways::away((0..1000_u64).collect::<Vec<_>>());
    let (first, fetched) = stats::count(|| serde_json::to_string(&v).unwrap().len());
    assert_eq!((first, fetched.direct_reads + fetched.requests), (3891, 1));
    let ((), pushed) = stats::count(|| v.push(1));
    assert_eq!(pushed.promotions, 1, "nobody else reads the copy");
}

/// What both sides read `text` as, or what they say it is not.
fn same<Ours, Stds>(text: &str)
where
    Ours: DeserializeOwned + Serialize + Debug,
    Stds: DeserializeOwned + Serialize + Debug,
{
    let (ours, stds) = (serde_json::from_str::<Ours>(text), serde_json::from_str::<Stds>(text));
    match (ours, stds) {
        (Ok(ours), Ok(stds)) => {
            assert_eq!(format!("{ours:?}"), format!("{stds:?}"), "{text}");
            assert_eq!(serde_json::to_string(&ours).unwrap(), serde_json::to_string(&stds).unwrap(), "{text}");
        }
        (ours, stds) => assert_eq!(ours.unwrap_err().to_string(), stds.unwrap_err().to_string(), "{text}"),
    }
}

#[drust::test]
fn what_is_refused_is_refused_in_stds_words() {
    let texts = [
        "",
        "null",
        "true",
        "-1",
        "1.5",
        "\"text\"",
        "\"\\u00e4\\n\"",
        "\"\\ud800\"",
        "[]",
        "[1,2",
        "[1,2]",
        "[1,\"a\"]",
        "[1,2,]",
        "[[1],[2]]",
        "[300]",
        "{}",
        "{\"a\":1}",
        "{\"b\":1,\"a\":2,\"b\":3}",
        "{\"a\":\"b\"}",
        "{\"a\":1",
        "{a:1}",
        "{\"1\":2}",
        "[\"a\",\"b\"]",
        "[null]",
    ];
    for text in texts {
        same::<Vec<u8>, std::vec::Vec<u8>>(text);
        same::<Vec<String>, std::vec::Vec<std::string::String>>(text);
        same::<Vec<Vec<i64>>, std::vec::Vec<std::vec::Vec<i64>>>(text);
        same::<Vec<()>, std::vec::Vec<()>>(text);
        same::<String, std::string::String>(text);
        same::<Box<u8>, std::boxed::Box<u8>>(text);
        same::<Box<[u8]>, std::boxed::Box<[u8]>>(text);
        same::<Box<str>, std::boxed::Box<str>>(text);
        same::<VecDeque<u8>, std::collections::VecDeque<u8>>(text);
        same::<BTreeSet<u8>, std::collections::BTreeSet<u8>>(text);
        let (ours, stds) = (serde_json::from_str::<HashSet<u8>>(text), serde_json::from_str::<StdSet<u8>>(text));
        match (ours, stds) {
            (Ok(ours), Ok(stds)) => assert!(ours.len() == stds.len() && ours.iter().all(|value| stds.contains(value))),
            (ours, stds) => assert_eq!(ours.unwrap_err().to_string(), stds.unwrap_err().to_string(), "{text}"),
        }
        same::<BTreeMap<String, u8>, std::collections::BTreeMap<std::string::String, u8>>(text);
        same::<BTreeMap<u8, String>, std::collections::BTreeMap<u8, std::string::String>>(text);
        same::<Option<Vec<u8>>, Option<std::vec::Vec<u8>>>(text);
    }
}

#[drust::test]
fn bytes_are_text_where_they_are_utf8() {
    use serde::de::value::{BytesDeserializer, Error, SeqDeserializer, StringDeserializer};
    let bytes = BytesDeserializer::<Error>::new(LONG.as_bytes());
    assert_eq!(String::deserialize(bytes).unwrap(), LONG);
    let (ours, stds) = (BytesDeserializer::<Error>::new(&[255]), BytesDeserializer::<Error>::new(&[255]));
    let refused = std::string::String::deserialize(stds).unwrap_err();
    assert_eq!(String::deserialize(ours).unwrap_err(), refused);
    let owned = StringDeserializer::<Error>::new(LONG.into());
    assert_eq!(String::deserialize(owned).unwrap(), LONG);
    let claimed = SeqDeserializer::<_, Error>::new((0..3_u32).chain(std::iter::empty()));
    assert_eq!(Vec::<u32>::deserialize(claimed).unwrap(), [0, 1, 2]);
}

/// A sequence that claims to be longer than any memory.
struct Claims;

impl<'de> serde::Deserializer<'de> for Claims {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_seq(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> serde::de::SeqAccess<'de> for Claims {
    type Error = serde::de::value::Error;

    fn next_element_seed<S: serde::de::DeserializeSeed<'de>>(&mut self, _: S) -> Result<Option<S::Value>, Self::Error> {
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(usize::MAX)
    }
}

#[drust::test]
fn no_claimed_length_is_believed() {
    let read = Vec::<[u64; 8]>::deserialize(Claims).unwrap();
    assert!(read.is_empty() && read.capacity() * size_of::<[u64; 8]>() <= 1 << 20);
    assert!(Vec::<()>::deserialize(Claims).unwrap().is_empty());
    assert!(VecDeque::<u64>::deserialize(Claims).unwrap().is_empty());
    assert!(HashSet::<u64>::deserialize(Claims).unwrap().is_empty());
    assert!(BTreeSet::<u64>::deserialize(Claims).unwrap().is_empty());
}

#[drust::test(nodes = 2)]
fn maps_of_all_nodes_are_written_and_read() {
    let map: HashMap<String, Vec<u32>> = (0..100).map(|n| (String::from(format!("{n}").as_str()), vec![n])).collect();
    let text = serde_json::to_string(&map).unwrap();
    let twin: std::collections::HashMap<std::string::String, std::vec::Vec<u32>> = serde_json::from_str(&text).unwrap();
    assert!(twin.len() == 100 && (0..100).all(|n| twin[&n.to_string()] == [n]));
    let again: HashMap<String, Vec<u32>> = serde_json::from_str(&text).unwrap();
    assert!(again.len() == 100 && (0..100).all(|n: u32| again.get(n.to_string().as_str()) == Some(vec![n])));
    let wrong = serde_json::from_str::<HashMap<String, u8>>("{\"a\":300}").unwrap_err();
    let stds = serde_json::from_str::<std::collections::HashMap<std::string::String, u8>>("{\"a\":300}").unwrap_err();
    assert_eq!(wrong.to_string(), stds.to_string());
}

#[drust::test(nodes = 2)]
fn chunked_vectors_are_written_as_vectors_are() {
    let texts = ChunkedVec::from_fn(100, (), |(), n| String::from(format!("{LONG} {n}").as_str()));
    let written = serde_json::to_string(&texts).unwrap();
    assert_eq!(written, serde_json::to_string(&Vec::from_iter(texts.iter().cloned())).unwrap());
    assert_eq!(serde_json::from_str::<ChunkedVec<String>>(&written).unwrap(), texts);
    assert!(serde_json::from_str::<ChunkedVec<u8>>("[1, 2, 300]").is_err());
    assert!(serde_json::from_str::<ChunkedVec<u8>>("[]").unwrap().is_empty());
}
