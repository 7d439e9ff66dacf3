//! One call, and the tables of methods that it may name.

use drust::{Lend, Portable};
use proptest::sample::select;
use proptest::strategy::Strategy;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::DerefMut;

/// A call of a method, with what any of them may want: two places, taken in a circle one beyond the value's length,
/// and a number that a new value is made from.
#[derive(Portable, Clone, Copy)]
pub struct Call<M: Portable> {
    pub method: M,
    pub i: usize,
    pub j: usize,
    pub n: u64,
}

impl<M: Portable + Debug> Debug for Call<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Call { method, i, j, n } = self;
        write!(f, "{method:?} (i {i}, j {j}, n {n})")
    }
}

/// The types that are compared, and what is called on them.
pub trait Table: 'static {
    type Method: Portable + Copy + Debug;
    type Ours: Subject;
    type Stds: Default + Debug;
    const METHODS: &'static [Self::Method];

    /// Calls a method of drust's type; what is returned tells what it returned.
    fn ours(call: Call<Self::Method>, v: &mut Self::Ours, w: &mut Self::Ours) -> String;
    /// What can be seen of a value of drust's type.
    fn our_state(v: &Self::Ours) -> String;
    /// Calls the method of std's type.
    fn stds(call: Call<Self::Method>, v: &mut Self::Stds, w: &mut Self::Stds) -> String;
    /// What can be seen of a value of std's type.
    fn stds_state(v: &Self::Stds) -> String;
}

/// A container of drust's.
pub trait Subject: Portable + Default + Debug + Hash + Lend + DerefMut {
    /// What a task prints that was lent the value by address.
    fn shown_on(&self, node: drust::node::NodeId) -> String;
}

/// Any call of a table.
pub fn calls<T: Table>() -> impl Strategy<Value = Call<T::Method>> {
    let fields = (select(T::METHODS), 0..16_usize, 0..16_usize, 0..12_u64);
    fields.prop_map(|(method, i, j, n)| Call { method, i, j, n })
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

        #[allow(non_camel_case_types, reason = "a call is printed under its method's name")]
        #[derive(drust::Portable, Clone, Copy, Debug)]
        pub enum Method { $($method),* }

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
            type Method = Method;
            type Ours = <K::Ours as ours::Side>::Subject;
            type Stds = <K::Stds as stds::Side>::Subject;
            const METHODS: &'static [Method] = &[$(Method::$method),*];

            fn ours(call: crate::methods::Call<Method>, v: &mut Self::Ours, w: &mut Self::Ours) -> String {
                ours::call::<K::Ours>(call, v, w)
            }

            fn our_state(v: &Self::Ours) -> String {
                ours::state::<K::Ours>(v)
            }

            fn stds(call: crate::methods::Call<Method>, v: &mut Self::Stds, w: &mut Self::Stds) -> String {
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
                call: crate::methods::Call<Method>,
                $v: &mut $subject,
                $w: &mut $subject,
            ) -> std::string::String {
                let ends = { let $v = &*$v; $len + 2 };
                let ($i, $j, $n) = (call.i % ends, call.j % ends, call.n);
                let $r = $i.min($j)..$i.max($j);
                match call.method {
                    $(Method::$method => format!("{:?}", $body),)*
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
