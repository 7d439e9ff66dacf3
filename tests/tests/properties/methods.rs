//! One call, and the tables of methods that it may name.

use drust::{Lend, Portable};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::DerefMut;

/// A call of a method, by its place in the table, with what any of them may want: two places, taken in a circle one
/// beyond the value's length, and a number that a new value is made from.
#[derive(Portable, Clone, Copy, Debug)]
pub struct Call {
    pub method: usize,
    pub i: usize,
    pub j: usize,
    pub n: u64,
}

/// The types that are compared, and what is called on them.
pub trait Table: 'static {
    type Ours: Subject;
    type Stds: Default + Debug;
    /// The names of the methods.
    const METHODS: &'static [&'static str];

    /// Calls a method of drust's type; what is returned tells what it returned.
    fn ours(call: Call, v: &mut Self::Ours, w: &mut Self::Ours) -> String;
    /// What can be seen of a value of drust's type.
    fn our_state(v: &Self::Ours) -> String;
    /// Calls the method of std's type.
    fn stds(call: Call, v: &mut Self::Stds, w: &mut Self::Stds) -> String;
    /// What can be seen of a value of std's type.
    fn stds_state(v: &Self::Stds) -> String;
}

/// A container of drust's.
pub trait Subject: Portable + Default + Debug + Hash + Lend + DerefMut {
    /// What a task prints that was lent the value by address.
    fn shown_on(&self, node: drust::node::NodeId) -> String;
}

/// What a method returned.
pub fn said(returned: impl Debug) -> String {
    format!("{returned:?}")
}

/// What `value` hashes to.
pub fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Makes a [`Table`] of one line per method: what is called on `v`, beside a second value `w`, with places `i` and `j`,
/// the range `r` between them, and the number `n`. Where std's method has another name, it stands behind `=>`.
macro_rules! methods {
    (
        $(#[$doc:meta])*
        $table:ident: $subject:ty, len $len:expr, state $state:expr;
        |$v:ident, $w:ident, $i:ident, $j:ident, $r:ident, $n:ident|
        $($method:ident: $ours:expr $(=> $stds:expr)?;)*
    ) => {
        $(#[$doc])*
        pub struct $table<K>(std::marker::PhantomData<K>);

        #[allow(non_camel_case_types, reason = "they are the methods' names")]
        enum Method { $($method),* }

        const METHODS: &[Method] = &[$(Method::$method),*];

        crate::methods::side! {
            ours, drust::Portable, (use drust::{Box, String, Vec, boxed::TBox, vec};)
            $subject, len $len, state $state; |$v, $w, $i, $j, $r, $n| $($method: $ours;)*
        }
        crate::methods::side! {
            stds, Sized, (use std::{boxed::Box, boxed::Box as TBox, string::String, vec, vec::Vec};)
            $subject, len $len, state $state; |$v, $w, $i, $j, $r, $n|
            $($method: crate::methods::last!($ours $(, $stds)?);)*
        }

        impl<K: crate::values::Kind> crate::methods::Table for $table<K> {
            type Ours = <K::Ours as ours::Side>::Subject;
            type Stds = <K::Stds as stds::Side>::Subject;
            const METHODS: &'static [&'static str] = &[$(stringify!($method)),*];

            fn ours(call: crate::methods::Call, v: &mut Self::Ours, w: &mut Self::Ours) -> String {
                ours::call::<K::Ours>(call, v, w)
            }

            fn our_state(v: &Self::Ours) -> String {
                ours::state::<K::Ours>(v)
            }

            fn stds(call: crate::methods::Call, v: &mut Self::Stds, w: &mut Self::Stds) -> String {
                stds::call::<K::Stds>(call, v, w)
            }

            fn stds_state(v: &Self::Stds) -> String {
                stds::state::<K::Stds>(v)
            }
        }
    };
}

/// The module of one side of a table.
macro_rules! side {
    (
        $side:ident, $bound:path, ($($import:tt)*)
        $subject:ty, len $len:expr, state $state:expr; |$v:ident, $w:ident, $i:ident, $j:ident, $r:ident, $n:ident|
        $($method:ident: $body:expr;)*
    ) => {
        #[allow(unused, clippy::all, reason = "a line of the table serves all types")]
        mod $side {
            use super::*;
            $($import)*

            /// Names the type that a kind of value makes of the table's.
            pub trait Side {
                type Subject;
            }

            impl<T: crate::values::Value + $bound> Side for T {
                type Subject = $subject;
            }

            pub fn state<T: crate::values::Value + $bound>($v: &$subject) -> std::string::String {
                let state = $state;
                format!("{:?} {state:?} hash {:x}", $v, crate::methods::hash($v))
            }

            pub fn call<T: crate::values::Value + $bound>(
                call: crate::methods::Call,
                $v: &mut $subject,
                $w: &mut $subject,
            ) -> std::string::String {
                let ends = { let $v = &*$v; $len + 2 };
                let ($i, $j, $n) = (call.i % ends, call.j % ends, call.n);
                let $r = $i.min($j)..$i.max($j);
                match METHODS[call.method] {
                    $(Method::$method => crate::methods::said($body),)*
                }
            }
        }
    };
}

/// The last of one or two.
macro_rules! last {
    ($only:expr) => {
        $only
    };
    ($first:expr, $last:expr) => {
        $last
    };
}

/// Implements [`Subject`].
macro_rules! subjects {
    ($([$($generic:tt)*] $subject:ty;)*) => {$(
        impl<$($generic)*> Subject for $subject {
            fn shown_on(&self, node: drust::node::NodeId) -> String {
                drust::thread::scope(|s| {
                    let show = |(seen,): (drust::Ref<'_, _>,)| drust::String::from(format!("{seen:?}"));
                    let task = s.spawn_on(node, (drust::Ref::new(self),), show);
                    task.join().expect("nothing panics there").into()
                })
            }
        }
    )*};
}

subjects! {
    [T: Portable + Debug + Hash + Default] drust::Box<T>;
    [T: Portable + Debug + Hash] drust::Vec<T>;
    [T: Portable + Debug + Hash] drust::Box<[T]>;
    [] drust::Box<str>;
    [] drust::String;
}

pub(crate) use {last, methods, side};
