//! What may cross from node to node: `Carry` and `Portable`, for the types of the language and of `std`.

use crate::descriptor::Targets;
use crate::trace::Found;
use std::cmp::{Ordering, Reverse};
use std::marker::PhantomData;
use std::num::{NonZero, Saturating, Wrapping};
use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use std::time::Duration;

/// What a value of a type holds inline (what it owns through handles is not counted here).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Some drust handle.
    pub handles: bool,
    /// Some handle whose pointee travels with these bytes.
    pub tied: bool,
    /// A user's `Drop`.
    pub user_drop: bool,
    /// Some handle of which there may be many, each counted: bytes that hold one leave only on threads that may wait.
    pub counted: bool,
    /// The state of something shared: bytes that stay where they are, and are neither fetched nor freed by a peer's
    /// word alone.
    pub cell: bool,
    /// A cell that has a value in it which peers may fetch.
    pub open: bool,
}

impl Facts {
    /// Plain bytes only.
    pub const NONE: Facts =
        Facts { handles: false, tied: false, user_drop: false, counted: false, cell: false, open: false };
    /// A handle that owns an object of its own.
    pub const HANDLE: Facts = Facts { handles: true, ..Facts::NONE };
    /// A tied pointer.
    pub const TIED: Facts = Facts { tied: true, ..Facts::HANDLE };
    /// A type with a user's `Drop`.
    pub const USER_DROP: Facts = Facts { user_drop: true, ..Facts::NONE };
    /// A handle that is counted.
    pub const COUNTED: Facts = Facts { counted: true, ..Facts::HANDLE };
    /// The state of something shared.
    pub const CELL: Facts = Facts { cell: true, ..Facts::NONE };
    /// The state of something shared, and a value that is read elsewhere.
    pub const OPEN_CELL: Facts = Facts { open: true, ..Facts::CELL };

    /// What a value that holds both holds.
    #[must_use]
    pub const fn and(self, other: Facts) -> Facts {
        Facts {
            handles: self.handles || other.handles,
            tied: self.tied || other.tied,
            user_drop: self.user_drop || other.user_drop,
            counted: self.counted || other.counted,
            cell: self.cell || other.cell,
            open: self.open || other.open,
        }
    }
}

/// A value whose bytes, traced, mean the same on every node of the cluster.
///
/// Derive it, together with [`Portable`], with `#[derive(Portable)]`; structs with lifetimes that hold `Ref` or
/// `RefMut` derive only `Carry`.
///
/// # Safety
/// `trace` notes every drust handle inside the value, `FACTS` says at least what is there, and nothing else in the
/// value refers to this process: no pointers, no references, no thread-bound or file-bound state, no interior
/// mutability outside drust's handles. Which handles there are depends only on bytes that nobody writes while the value
/// is shared.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross to another node",
    label = "this would leave its node",
    note = "derive it: `#[derive(drust::Portable)]` on your own struct or enum, and use drust's `Box`, `Vec`, `String` \
            in place of std's inside it",
    note = "references, `Rc`, `Cell`, raw pointers, std's collections and std's locks stay on one node: lend with \
            `Ref` or `RefMut`, and share with drust's types",
    note = "a type parameter wants the bound `T: drust::Portable`, on the type and on its `impl`s; a collection of \
            what never leaves its node may stay std's"
)]
pub unsafe trait Carry: Send + Sync {
    /// What values of this type hold inline.
    const FACTS: Facts;

    /// Notes each drust handle inside the value.
    ///
    /// # Safety
    /// `this` points to a readable value whose non-atomic bytes nobody writes meanwhile.
    unsafe fn trace(this: *const Self, found: &mut Found);

    /// Notes the types that this type's handles own.
    fn targets(list: &mut Targets);
}

/// A [`Carry`] value whose borrows all last exactly `'scope`: what a scoped task may be given.
///
/// A value lent to a task lies, on another node, in memory that ends with the task. A task typed for a `Ref<'static,
/// T>` could keep what it looked at; one typed for the scope's own lifetime cannot, since nothing is known to outlive
/// that. Longer borrows shorten themselves where arguments are made.
///
/// # Safety
/// Each `Ref` and `RefMut` inside the value, and inside what they borrow, has the lifetime `'scope`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a scoped task",
    label = "not an argument for a task of this scope",
    note = "derive it with `#[derive(drust::Portable)]` or, for a struct of `Ref`s and `RefMut`s of one lifetime, \
            with `#[derive(drust::Carry)]`"
)]
pub unsafe trait Argument<'scope>: Carry {}

/// A [`Carry`] value that borrows nothing: it may be stored in the heap, sent and returned.
///
/// # Safety
/// A marker: `Ref`, `RefMut` and structs that hold them never have it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Portable`: it cannot be stored in the global heap or sent to another node",
    label = "not `Portable`",
    note = "derive it: `#[derive(drust::Portable)]` on your own struct or enum, and use drust's `Box`, `Vec`, `String` \
            in place of std's inside it",
    note = "references, `Rc`, `Cell`, raw pointers, std's collections and std's locks stay on one node: lend with \
            `Ref` or `RefMut` in a scope, and share with drust's types",
    note = "a type parameter wants the bound `T: drust::Portable`, on the type and on its `impl`s; a collection of \
            what never leaves its node may stay std's"
)]
pub unsafe trait Portable: for<'scope> Argument<'scope> + 'static {}

/// Implements both traits for types that are plain bytes.
macro_rules! plain {
    ($($([$($generic:tt)*])? $type:ty),* $(,)?) => {$(
        // SAFETY: the type has no handle, pointer or interior mutability; its bytes mean the same everywhere.
        unsafe impl $(<$($generic)*>)? Carry for $type {
            const FACTS: Facts = Facts::NONE;
            unsafe fn trace(_: *const Self, _: &mut Found) {}
            fn targets(_: &mut Targets) {}
        }
        // SAFETY: it borrows nothing.
        unsafe impl<$($($generic)*)?> Argument<'_> for $type {}
        // SAFETY: as above.
        unsafe impl $(<$($generic)*>)? Portable for $type {}
    )*};
}

plain!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    Duration,
    Ordering,
    NonZero<u8>,
    NonZero<u16>,
    NonZero<u32>,
    NonZero<u64>,
    NonZero<u128>,
    NonZero<usize>,
    NonZero<i8>,
    NonZero<i16>,
    NonZero<i32>,
    NonZero<i64>,
    NonZero<i128>,
    NonZero<isize>,
    std::net::IpAddr,
    std::net::Ipv4Addr,
    std::net::Ipv6Addr,
    std::net::SocketAddr,
    RecvError,
    RecvTimeoutError,
    TryRecvError,
);

// SAFETY: no bytes at all.
unsafe impl<T: ?Sized + Send + Sync> Carry for PhantomData<T> {
    const FACTS: Facts = Facts::NONE;
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}
// SAFETY: there is nothing in it.
unsafe impl<T: ?Sized + Send + Sync> Argument<'_> for PhantomData<T> {}
// SAFETY: it borrows nothing.
unsafe impl<T: ?Sized + Send + Sync + 'static> Portable for PhantomData<T> {}

// SAFETY: every element is traced.
unsafe impl<T: Carry, const N: usize> Carry for [T; N] {
    const FACTS: Facts = T::FACTS;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        if T::FACTS.handles {
            for index in 0..N {
                // SAFETY: the element lies inside the array the caller vouches for.
                unsafe { T::trace(this.cast::<T>().add(index), found) }
            }
        }
    }
    fn targets(list: &mut Targets) {
        T::targets(list);
    }
}
// SAFETY: its elements' borrows are its own.
unsafe impl<'scope, T: Argument<'scope>, const N: usize> Argument<'scope> for [T; N] {}
// SAFETY: its elements borrow nothing.
unsafe impl<T: Portable, const N: usize> Portable for [T; N] {}

// SAFETY: the value inside, if there is one, is traced. Which variant it is, is told by bytes of `T` that are not
// atomic (handles keep their niche in the stamp) or by a tag.
unsafe impl<T: Carry> Carry for Option<T> {
    const FACTS: Facts = T::FACTS;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        if T::FACTS.handles {
            // SAFETY: the caller vouches for the value.
            if let Some(value) = unsafe { &*this } {
                // SAFETY: as above.
                unsafe { T::trace(value, found) }
            }
        }
    }
    fn targets(list: &mut Targets) {
        T::targets(list);
    }
}
// SAFETY: its value's borrows are its own.
unsafe impl<'scope, T: Argument<'scope>> Argument<'scope> for Option<T> {}
// SAFETY: its value borrows nothing.
unsafe impl<T: Portable> Portable for Option<T> {}

// SAFETY: as for `Option`.
unsafe impl<T: Carry, E: Carry> Carry for Result<T, E> {
    const FACTS: Facts = T::FACTS.and(E::FACTS);
    unsafe fn trace(this: *const Self, found: &mut Found) {
        if Self::FACTS.handles {
            // SAFETY: the caller vouches for the value, and so for what is inside it.
            match unsafe { &*this } {
                // SAFETY: as above.
                Ok(value) => unsafe { T::trace(value, found) },
                // SAFETY: as above.
                Err(error) => unsafe { E::trace(error, found) },
            }
        }
    }
    fn targets(list: &mut Targets) {
        T::targets(list);
        E::targets(list);
    }
}
// SAFETY: its values' borrows are its own.
unsafe impl<'scope, T: Argument<'scope>, E: Argument<'scope>> Argument<'scope> for Result<T, E> {}
// SAFETY: its values borrow nothing.
unsafe impl<T: Portable, E: Portable> Portable for Result<T, E> {}

// SAFETY: as for `Option`.
unsafe impl<T: Carry> Carry for TrySendError<T> {
    const FACTS: Facts = T::FACTS;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        if T::FACTS.handles {
            // SAFETY: the caller vouches for the value, and so for what is inside it.
            let (TrySendError::Full(value) | TrySendError::Disconnected(value)) = unsafe { &*this };
            // SAFETY: as above.
            unsafe { T::trace(value, found) }
        }
    }
    fn targets(list: &mut Targets) {
        T::targets(list);
    }
}
// SAFETY: its value's borrows are its own.
unsafe impl<'scope, T: Argument<'scope>> Argument<'scope> for TrySendError<T> {}
// SAFETY: its value borrows nothing.
unsafe impl<T: Portable> Portable for TrySendError<T> {}

/// Implements both traits for transparent wrappers of one public field.
macro_rules! wrapper {
    ($($name:ident),*) => {$(
        // SAFETY: the wrapped value is traced, and there is nothing else.
        unsafe impl<T: Carry> Carry for $name<T> {
            const FACTS: Facts = T::FACTS;
            unsafe fn trace(this: *const Self, found: &mut Found) {
                // SAFETY: the field lies inside the value the caller vouches for.
                unsafe { T::trace(&raw const (*this).0, found) }
            }
            fn targets(list: &mut Targets) {
                T::targets(list);
            }
        }
        // SAFETY: the wrapped value's borrows are its own.
        unsafe impl<'scope, T: Argument<'scope>> Argument<'scope> for $name<T> {}
        // SAFETY: the wrapped value borrows nothing.
        unsafe impl<T: Portable> Portable for $name<T> {}
    )*};
}

wrapper!(Reverse, Wrapping, Saturating, SendError);

/// Implements both traits for tuples.
macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        // SAFETY: every field is traced.
        unsafe impl<$($name: Carry),*> Carry for ($($name,)*) {
            const FACTS: Facts = Facts::NONE$(.and($name::FACTS))*;
            unsafe fn trace(this: *const Self, found: &mut Found) {
                if Self::FACTS.handles {
                    // SAFETY: the fields lie inside the value the caller vouches for.
                    unsafe { $($name::trace(&raw const (*this).$index, found);)* }
                }
            }
            fn targets(list: &mut Targets) {
                $($name::targets(list);)*
            }
        }
        // SAFETY: its fields' borrows are its own.
        unsafe impl<'scope, $($name: Argument<'scope>),*> Argument<'scope> for ($($name,)*) {}
        // SAFETY: its fields borrow nothing.
        unsafe impl<$($name: Portable),*> Portable for ($($name,)*) {}
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
