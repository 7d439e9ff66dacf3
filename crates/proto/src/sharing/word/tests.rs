//! Every operation beside std's own, on values at the corners.

use super::{Kind, Op};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32, AtomicU64};

/// Those that change one word, or look at it: the others are about many, or end it.
const CHANGES: &[Op] = Op::ALL.split_at(12).0;

/// What std's type holds after the operation, and what its method returned.
macro_rules! std_does {
    ($atomic:ty, $word:expr, $op:expr, $a:expr, $b:expr) => {{
        let (word, a, b) = (<$atomic>::new($word), $a, $b);
        let old = match $op {
            Op::Load => word.load(SeqCst),
            Op::Store => {
                word.store(a, SeqCst);
                $word
            }
            Op::Swap => word.swap(a, SeqCst),
            Op::CompareExchange => word.compare_exchange(a, b, SeqCst, SeqCst).unwrap_or_else(|found| found),
            Op::Add => word.fetch_add(a, SeqCst),
            Op::Sub => word.fetch_sub(a, SeqCst),
            Op::And => word.fetch_and(a, SeqCst),
            Op::Nand => word.fetch_nand(a, SeqCst),
            Op::Or => word.fetch_or(a, SeqCst),
            Op::Xor => word.fetch_xor(a, SeqCst),
            Op::Max => word.fetch_max(a, SeqCst),
            Op::Min => word.fetch_min(a, SeqCst),
            other => unreachable!("{other:?} changes no word"),
        };
        (word.into_inner(), old)
    }};
}

macro_rules! like_std {
    ($($name:ident: $kind:ident, $atomic:ty, $int:ty, $bits:ty;)*) => {$(
        #[test]
        fn $name() {
            let corners = [0, 1, 2, <$int>::MAX, <$int>::MIN, <$int>::MAX - 1, <$int>::MIN + 1, 77];
            let bits = |value: $int| u64::from(value as $bits);
            for op in CHANGES.iter().copied() {
                for (word, a, b) in triples(&corners) {
                    let (after, old) = std_does!($atomic, word, op, a, b);
                    assert_eq!(old, word);
                    let stored = Kind::$kind.step(bits(word), op, bits(a), bits(b)).expect("a value of the type");
                    assert_eq!(stored.unwrap_or(bits(word)), bits(after), "{op:?} of {a} and {b} on {word}");
                }
            }
        }
    )*};
}

like_std! {
    words_of_32_bits_with_a_sign: I32, AtomicI32, i32, u32;
    words_of_32_bits: U32, AtomicU32, u32, u32;
    words_of_64_bits_with_a_sign: I64, AtomicI64, i64, u64;
    words_of_64_bits: U64, AtomicU64, u64, u64;
}

fn triples<T: Copy>(values: &[T]) -> impl Iterator<Item = (T, T, T)> {
    let pairs = move |word: T| values.iter().flat_map(move |&a| values.iter().map(move |&b| (word, a, b)));
    values.iter().flat_map(move |&word| pairs(word))
}

#[test]
fn bools_are_as_stds_and_do_not_count() {
    for (word, a, b) in triples(&[false, true]) {
        let cell = || AtomicBool::new(word);
        let after = |op| {
            let bool = cell();
            let old = match op {
                Op::Load => bool.load(SeqCst),
                Op::Store | Op::Swap => bool.swap(a, SeqCst),
                Op::CompareExchange => bool.compare_exchange(a, b, SeqCst, SeqCst).unwrap_or_else(|found| found),
                Op::And => bool.fetch_and(a, SeqCst),
                Op::Nand => bool.fetch_nand(a, SeqCst),
                Op::Or => bool.fetch_or(a, SeqCst),
                Op::Xor => bool.fetch_xor(a, SeqCst),
                _ => return None,
            };
            assert_eq!(old, word);
            Some(bool.into_inner())
        };
        for op in CHANGES.iter().copied() {
            let step = Kind::Bool.step(u64::from(word), op, u64::from(a), u64::from(b));
            let stored = step.ok().map(|stored| stored.unwrap_or(u64::from(word)));
            assert_eq!(stored, after(op).map(u64::from), "{op:?} of {a} and {b} on {word}");
        }
    }
}

#[test]
fn operands_of_another_type_are_refused() {
    for op in CHANGES.iter().copied() {
        assert!(Kind::Bool.step(0, op, 2, 0).is_err() && Kind::Bool.step(0, op, 0, 2).is_err());
        for kind in [Kind::I32, Kind::U32] {
            let error = kind.step(0, op, 1 << 32, 0).unwrap_err();
            assert_eq!(error.operands, (1 << 32, 0));
            assert!(kind.step(0, op, 0, 1 << 32).is_err());
        }
    }
}

#[test]
fn what_is_about_many_words_is_no_step_of_one() {
    for op in [Op::AddMany, Op::Read, Op::Take, Op::End] {
        let error = Kind::U64.step(5, op, 1, 0).unwrap_err();
        assert!(error.to_string().contains("U64"), "{error}");
    }
}

#[test]
fn numbers_name_operations_and_nothing_else() {
    let known: Vec<u16> = (0..=u16::MAX).filter(|&number| Op::from_u16(number).is_some()).collect();
    assert!(known.iter().copied().eq(Op::ALL.iter().map(|&op| op as u16)));
    assert!(Op::ALL.iter().all(|&op| Op::from_u16(op as u16) == Some(op)));
}
