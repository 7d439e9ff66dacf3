//! `?` in tasks, with an error type of the program's own.

use super::world::*;
use std::num::ParseIntError;

#[derive(Portable)]
enum Failure {
    Empty,
    Bad(Box<str>),
    Far(Box<Failure>, usize),
}

impl From<ParseIntError> for Failure {
    fn from(error: ParseIntError) -> Failure {
        Failure::Bad(Box::from(&*error.to_string()))
    }
}

fn parse((text, hops): (Box<str>, usize)) -> Result<u64, Failure> {
    if hops > 0 {
        let below = thread::spawn_on(nth(hops), (text, hops - 1), parse).join().unwrap();
        return below.map_err(|failure| Failure::Far(Box::new(failure), hops));
    }
    let words: Vec<&str> = text.split(' ').collect();
    let first = words.first().filter(|word| !word.is_empty()).ok_or(Failure::Empty)?;
    Ok(first.parse::<u64>()? + words.len() as u64)
}

fn show(result: &Result<u64, Failure>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(Failure::Empty) => "nothing".into(),
        Err(Failure::Bad(text)) => text.to_string(),
        Err(Failure::Far(inner, hops)) => {
            let inner = match &**inner {
                Failure::Far(_, hops) => format!("far {hops}"),
                Failure::Bad(text) => text.to_string(),
                Failure::Empty => "nothing".into(),
            };
            format!("{hops}>{inner}")
        }
    }
}

pub fn run() -> String {
    let texts = ["12 a b", "", "x", "99999999999999999999999", "7"];
    let tasks: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| thread::spawn_on(nth(i), (Box::<str>::from(*text), i), parse))
        .collect();
    let shown: Vec<_> = tasks.into_iter().map(|task| show(&task.join().unwrap())).collect();
    format!("{shown:?}")
}
