//! A figure with what stands beside it, and how figures are shown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Write;

/// What a figure should reach.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Goal {
    /// It is a cost.
    AtMost(f64),
    /// It is a rate.
    AtLeast(f64),
}

/// One measured number; the unit is in its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Its name in the contract of the benches.
    pub key: String,
    /// The median over the rounds.
    pub value: f64,
    /// What it should reach, if anything.
    pub goal: Option<Goal>,
    /// Numbers that belong to it: what drust took, its std twin, its floor; each under a name with its unit.
    pub beside: Vec<(String, f64)>,
    /// How it was measured, where that is not plain.
    pub note: String,
}

impl Figure {
    /// A figure without a goal.
    pub fn new(key: impl Into<String>, value: f64) -> Figure {
        Figure { key: key.into(), value, goal: None, beside: Vec::new(), note: String::new() }
    }

    /// With a goal.
    pub fn goal(mut self, goal: Goal) -> Figure {
        self.goal = Some(goal);
        self
    }

    /// With a number beside it.
    pub fn beside(mut self, name: impl Into<String>, value: f64) -> Figure {
        self.beside.push((name.into(), value));
        self
    }

    /// With a remark.
    pub fn note(mut self, note: impl Into<String>) -> Figure {
        self.note = note.into();
        self
    }

    fn verdict(&self) -> String {
        match self.goal {
            None => "shown".to_owned(),
            Some(Goal::AtMost(most)) => format!("{} <= {}", hit(self.value <= most), number(most)),
            Some(Goal::AtLeast(least)) => format!("{} >= {}", hit(self.value >= least), number(least)),
        }
    }
}

fn hit(hit: bool) -> &'static str {
    if hit { "hit" } else { "MISS" }
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 => format!("{:.2}e6", value / 1e6),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// The figures of a suite, one a line, in columns.
#[must_use]
pub fn table(suite: &str, figures: &[Figure]) -> String {
    let rows: Vec<[String; 5]> = figures.iter().map(row).collect();
    let mut text = format!("{suite}\n");
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            let _ = if column == 1 { write!(text, "  {cell:>width$}") } else { write!(text, "  {cell:width$}") };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn row(figure: &Figure) -> [String; 5] {
    let beside: Vec<String> = figure.beside.iter().map(|(name, value)| format!("{name} {}", number(*value))).collect();
    [figure.key.clone(), number(figure.value), figure.verdict(), beside.join(", "), figure.note.clone()]
}

/// All figures as one flat object of numbers; what stands beside a figure gets its key in front.
#[must_use]
pub fn json(figures: &[Figure]) -> String {
    let mut object = Map::new();
    for figure in figures {
        object.insert(figure.key.clone(), Value::from(figure.value));
        for (name, value) in &figure.beside {
            object.insert(format!("{}.{}", figure.key, name.replace(' ', "_")), Value::from(*value));
        }
    }
    let mut text = serde_json::to_string_pretty(&object).expect("numbers and texts can be written");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_beside_its_goal_and_written_flat() {
        let figures = [
            Figure::new("a_ratio", 1.2).goal(Goal::AtMost(1.05)).beside("drust ns", 12.0).beside("std ns", 10.0),
            Figure::new("b_per_s", 3e6).goal(Goal::AtLeast(2e6)).note("two nodes"),
        ];
        let table = table("some", &figures);
        assert!(table.contains("a_ratio   1.200  MISS <= 1.050"), "{table}");
        assert!(table.contains("b_per_s  3.00e6  hit >= 2.00e6"), "{table}");
        let object: Map<String, Value> = serde_json::from_str(&json(&figures)).unwrap();
        assert_eq!((object["a_ratio"].as_f64(), object["a_ratio.drust_ns"].as_f64()), (Some(1.2), Some(12.0)));
    }
}
