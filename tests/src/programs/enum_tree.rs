//! Expressions as an enum tree: built, simplified and evaluated on different nodes.

use super::world::*;

#[derive(Portable)]
enum Expr {
    Number(i64),
    Variable { index: usize },
    Sum(Box<Expr>, Box<Expr>),
    Product(Box<[Expr]>),
    Negated(Box<Expr>),
    Nothing,
}

use Expr::{Negated, Nothing, Number, Product, Sum, Variable};

fn build(depth: i64) -> Expr {
    if depth == 0 {
        return Variable { index: 1 };
    }
    match depth % 4 {
        0 => Sum(Box::new(build(depth - 1)), Box::new(Number(depth))),
        1 => Product([Number(0), build(depth - 1)].into()),
        2 => Product([Number(1), build(depth - 1), Variable { index: 0 }].into()),
        _ => Negated(Box::new(Sum(Box::new(build(depth - 1)), Box::new(Nothing)))),
    }
}

fn simplify(expr: Expr) -> Expr {
    match expr {
        Sum(a, b) => match (simplify(Box::into_inner(a)), simplify(Box::into_inner(b))) {
            (Nothing | Number(0), other) | (other, Nothing | Number(0)) => other,
            (Number(a), Number(b)) => Number(a + b),
            (a, b) => Sum(Box::new(a), Box::new(b)),
        },
        Negated(inner) => match simplify(Box::into_inner(inner)) {
            Number(n) => Number(-n),
            Negated(inner) => Box::into_inner(inner),
            other => Negated(Box::new(other)),
        },
        Product(mut factors) => {
            for factor in factors.iter_mut() {
                *factor = simplify(std::mem::replace(factor, Nothing));
            }
            if factors.iter().any(|factor| matches!(factor, Number(0))) { Number(0) } else { Product(factors) }
        }
        Number(_) | Variable { .. } | Nothing => expr,
    }
}

fn evaluate(expr: &Expr, variables: &[i64]) -> i64 {
    match expr {
        Number(n) => *n,
        Variable { index } => variables[*index],
        Sum(a, b) => evaluate(a, variables).wrapping_add(evaluate(b, variables)),
        Product(factors) => factors.iter().map(|f| evaluate(f, variables)).fold(1, i64::wrapping_mul),
        Negated(inner) => evaluate(inner, variables).wrapping_neg(),
        Nothing => 0,
    }
}

fn size(expr: &Expr) -> usize {
    1 + match expr {
        Sum(a, b) => size(a) + size(b),
        Product(factors) => factors.iter().map(size).sum(),
        Negated(inner) => size(inner),
        Number(_) | Variable { .. } | Nothing => 0,
    }
}

pub fn run() -> String {
    let mut lines = Vec::new();
    for depth in [0, 1, 6, 40, 43] {
        let expr = thread::spawn_on(nth(1), (depth,), |(depth,)| build(depth)).join().unwrap();
        let before = (size(&expr), evaluate(&expr, &[3, 5]));
        let expr = thread::spawn_on(nth(2), (expr,), |(expr,)| simplify(expr)).join().unwrap();
        let after = (size(&expr), evaluate(&expr, &[3, 5]));
        assert_eq!(before.1, after.1);
        lines.push(format!("{before:?} {after:?}"));
    }
    lines.join(" ")
}
