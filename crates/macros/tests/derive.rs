//! The derives against a stand-in for the `drust` crate: what they generate compiles, visits every field, and writes
//! only paths that exist there.

extern crate self as drust;

/// The part of `drust::__private` that the derives name.
mod __private {
    /// What is known of a type at compile time.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Facts {
        pub handles: bool,
        pub tied: bool,
        pub user_drop: bool,
    }

    impl Facts {
        pub const NONE: Facts = Facts { handles: false, tied: false, user_drop: false };
        pub const HANDLE: Facts = Facts { handles: true, ..Facts::NONE };
        pub const USER_DROP: Facts = Facts { user_drop: true, ..Facts::NONE };

        pub const fn and(self, other: Facts) -> Facts {
            Facts {
                handles: self.handles | other.handles,
                tied: self.tied | other.tied,
                user_drop: self.user_drop | other.user_drop,
            }
        }
    }

    /// Where the stand-in handles were found.
    pub type Found = Vec<*const u32>;
    /// The names of the types pointed to.
    pub type Targets = Vec<&'static str>;

    /// # Safety
    /// `trace` visits every handle in the value.
    pub unsafe trait Carry: Send + Sync {
        const FACTS: Facts;
        /// # Safety
        /// `this` points to a value.
        unsafe fn trace(this: *const Self, found: &mut Found);
        fn targets(list: &mut Targets);
    }

    /// # Safety
    /// All borrows have the lifetime.
    pub unsafe trait Argument<'scope>: Carry {}

    /// # Safety
    /// As `Carry`, and so are its fields.
    pub unsafe trait Portable: for<'scope> Argument<'scope> + 'static {}
}

use __private::{Argument, Carry, Facts, Found, Portable, Targets};
use std::marker::PhantomData;

/// A handle: traced by its place, written through when it lands.
struct Handle<T>(u32, PhantomData<fn() -> T>);

fn handle<T>(value: u32) -> Handle<T> {
    Handle(value, PhantomData)
}

// SAFETY: the only handle in it is itself, and it is visited.
unsafe impl<T: Portable> Carry for Handle<T> {
    const FACTS: Facts = Facts::HANDLE;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.push(this.cast());
    }
    fn targets(list: &mut Targets) {
        list.push(std::any::type_name::<T>());
    }
}
// SAFETY: it holds nothing that is not portable.
unsafe impl<T: Portable> Argument<'_> for Handle<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for Handle<T> {}

macro_rules! plain {
    ($($ty:ty),*) => {$(
        // SAFETY: there is no handle in it.
        unsafe impl Carry for $ty {
            const FACTS: Facts = Facts::NONE;
            unsafe fn trace(_: *const Self, _: &mut Found) {}
            fn targets(_: &mut Targets) {}
        }
        // SAFETY: plain bytes.
        unsafe impl Argument<'_> for $ty {}
        // SAFETY: as above.
        unsafe impl Portable for $ty {}
    )*};
}
plain!(u8, u64);

/// Plain bytes that say so when they are traced for nothing.
struct Untraced;

// SAFETY: there is no handle in it.
unsafe impl Carry for Untraced {
    const FACTS: Facts = Facts::NONE;
    unsafe fn trace(_: *const Self, _: &mut Found) {
        panic!("a type without handles was traced");
    }
    fn targets(_: &mut Targets) {}
}
// SAFETY: it has no bytes.
unsafe impl Argument<'_> for Untraced {}
// SAFETY: as above.
unsafe impl Portable for Untraced {}

// SAFETY: a reference stands for `Ref` here; nothing is behind a handle.
unsafe impl<'scope> Argument<'scope> for &'scope u8 {}
// SAFETY: as above.
unsafe impl Carry for &u8 {
    const FACTS: Facts = Facts::NONE;
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}

// SAFETY: the value inside is traced, and so are its facts.
unsafe impl<T: Carry> Carry for Option<T> {
    const FACTS: Facts = T::FACTS;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller points to a value; the inner one keeps the provenance of the whole.
        unsafe {
            if let Some(inner) = &*this {
                T::trace(this.cast::<T>().with_addr(std::ptr::from_ref(inner).addr()), found);
            }
        }
    }
    fn targets(list: &mut Targets) {
        T::targets(list);
    }
}
// SAFETY: what it holds has the lifetime.
unsafe impl<'scope, T: Argument<'scope>> Argument<'scope> for Option<T> {}
// SAFETY: what it holds is portable.
unsafe impl<T: Portable> Portable for Option<T> {}

#[derive(drust_macros::Portable)]
struct List {
    value: u64,
    next: Option<Handle<List>>,
}

#[derive(drust_macros::Portable)]
enum Shape<T, const N: usize>
where
    T: Clone,
{
    Nothing,
    Pair(Handle<T>, Handle<T>),
    Named { this: Handle<Self>, found: u8 },
}

#[derive(drust_macros::Portable)]
struct Plain(Untraced, u64);

#[derive(drust_macros::Portable)]
#[portable(drop)]
struct Dropped {
    field: Handle<u8>,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.field.0 = 0;
    }
}

#[derive(drust_macros::Carry)]
struct Lent<'a, T> {
    of: &'a u8,
    with: T,
}

#[derive(drust_macros::Portable)]
enum Never {}

#[derive(drust_macros::Portable)]
struct Unit;

/// Traces `value` and writes `to` through every handle found, as landing does.
fn land<T: Carry>(value: &mut T, to: u32) -> usize {
    let mut found = Found::new();
    // SAFETY: the pointer comes from a live exclusive borrow, and what is found lies inside.
    unsafe { T::trace(&raw mut *value, &mut found) };
    for place in &found {
        // SAFETY: as above; trace keeps the provenance it was given.
        unsafe { place.cast_mut().write(to) };
    }
    found.len()
}

fn targets<T: Carry>() -> Vec<&'static str> {
    let mut list = Targets::new();
    T::targets(&mut list);
    list
}

#[test]
fn every_handle_is_found_and_may_be_written() {
    let mut list = List { value: 7, next: Some(handle(1)) };
    assert_eq!(land(&mut list, 9), 1);
    assert_eq!((list.value, list.next.map(|h| h.0)), (7, Some(9)));

    let mut pair = Shape::<u8, 2>::Pair(handle(1), handle(2));
    assert_eq!(land(&mut pair, 5), 2);
    assert!(matches!(pair, Shape::Pair(Handle(5, _), Handle(5, _))));
    let mut named = Shape::<u8, 2>::Named { this: handle(1), found: 3 };
    assert_eq!(land(&mut named, 5), 1);
    assert!(matches!(named, Shape::Named { this: Handle(5, _), found: 3 }));
    assert_eq!(land(&mut Shape::<u8, 2>::Nothing, 5), 0);
}

#[test]
fn facts_are_those_of_the_fields() {
    assert_eq!(List::FACTS, Facts::HANDLE);
    assert_eq!(Plain::FACTS, Facts::NONE);
    assert_eq!(Dropped::FACTS, Facts::HANDLE.and(Facts::USER_DROP));
    assert_eq!((Never::FACTS, Unit::FACTS), (Facts::NONE, Facts::NONE));
    assert_eq!(Lent::<Handle<u8>>::FACTS, Facts::HANDLE);
}

#[test]
fn plain_types_are_not_traced() {
    assert_eq!(land(&mut Plain(Untraced, 2), 5), 0);
    let one = 1;
    let mut lent = Lent { of: &one, with: handle::<u8>(4) };
    assert_eq!((land(&mut lent, 5), *lent.of, lent.with.0), (1, 1, 5));
}

#[test]
fn targets_are_those_of_the_fields() {
    assert_eq!(targets::<List>(), [std::any::type_name::<List>()]);
    assert_eq!(targets::<Shape<u8, 2>>(), ["u8", std::any::type_name::<Shape<u8, 2>>()]);
    assert!(targets::<Plain>().is_empty());
}
