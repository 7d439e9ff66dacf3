//! `Resident`: a value that stays on its node, and the functions that are sent to it.

use super::mutex::deadline;
use crate::node::{self, NodeId};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Fixed, Portable, Targets};
use drust_proto::Address;
use drust_runtime::sharing::grant::{self, Call, Landed, Parcel};
use drust_runtime::task::{self, Options};
use drust_runtime::{cancel, node as engine};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::with_exposed_provenance;
use std::time::Duration;

/// Any value, also one that never leaves its node, used from all nodes by functions sent to it.
///
/// It may be a file, a connection, a model of another library: whatever std's threads may be given. Functions use it
/// one at a time, in the order in which they came; those of its own node's threads run where they are called, those of
/// other nodes as tasks do. While one runs nobody holds a lock: who waits gives up his thread's place meanwhile. The
/// value is dropped at its home, by whichever thread drops the `Resident`, which waits for it.
///
/// | operation | messages from another node |
/// |---|---|
/// | [`Resident::with`] | 1 request, 1 reply |
/// | drop | 1 request, 1 reply |
///
/// A function that panics leaves the value as it is then, to the next one, and the panic goes to who sent it. A
/// function that uses the value it is given through its `Resident` again panics: it would wait for itself. One that
/// waits for what another thread does with the value waits for ever, and is told of as all long waits are.
///
/// ```
/// use drust::sync::Resident;
/// use drust::{Ref, node, thread};
/// let names = Resident::new(std::collections::BTreeSet::new());
/// thread::scope(|s| {
///     for node in node::all() {
///         s.spawn_on(node, (Ref::of(&names),), |(names,)| {
///             let index = node::current().index();
///             names.with(index, |names, index| names.insert(format!("node {index}")))
///         });
///     }
/// });
/// assert_eq!(names.with((), |names, ()| names.len()), node::count());
/// ```
pub struct Resident<T: Send + 'static> {
    name: Fixed,
    of: PhantomData<fn() -> T>,
}

impl<T: Send + 'static> Resident<T> {
    /// Puts a value in this node's partition, to stay there. Sends nothing.
    ///
    /// ```
    /// let counter = drust::sync::Resident::new(0);
    /// assert_eq!(counter.with(2, |counter, more| { *counter += more; *counter }), 2);
    /// ```
    #[must_use]
    pub fn new(value: T) -> Resident<T> {
        Resident { name: grant::Resident::new(value).name(), of: PhantomData }
    }

    /// Makes a value on the node that is named, to stay there. On another node 1 request, 1 reply.
    ///
    /// # Panics
    /// Where `make` does.
    ///
    /// ```
    /// use drust::{node, sync::Resident};
    /// let last = node::all().last().unwrap();
    /// let pid = Resident::new_on(last, (), |()| std::process::id());
    /// assert_eq!(pid.home(), last);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new_on<A: Portable>(node: NodeId, args: A, make: fn(A) -> T) -> Resident<T> {
        if node == node::current() {
            return Resident::new(make(args));
        }
        let mut parcel = Parcel::new();
        parcel.function(make as usize);
        parcel.put(args);
        let answer = Call::run(node.rank(), serve_new::<T, A>, &parcel).wait(&"a resident value to be made");
        // SAFETY: `serve_new` put it there.
        unsafe { answer.landed().take::<Resident<T>>() }
    }

    /// The node where the value lives.
    ///
    /// ```
    /// use drust::{node, sync::Resident};
    /// assert_eq!(Resident::new(1).home(), node::current());
    /// ```
    #[must_use]
    pub fn home(&self) -> NodeId {
        NodeId::of(self.name.address().home())
    }

    /// Calls `function` with the value and `args` where the value lives, and returns what it returns.
    ///
    /// # Panics
    /// Where `function` does, and where the calling thread is in the middle of a function that uses this value.
    ///
    /// ```
    /// use drust::sync::Resident;
    /// let lines = Resident::new(Vec::new());
    /// lines.with(drust::String::from("one"), |lines, line| lines.push(line.to_string()));
    /// assert_eq!(lines.with((), |lines, ()| lines.len()), 1);
    /// ```
    #[track_caller]
    pub fn with<A: Portable, R: Portable>(&self, args: A, function: fn(&mut T, A) -> R) -> R {
        let this = self.named();
        if let Some(mut turn) = this.enter() {
            return function(&mut turn, args);
        }
        let mut parcel = Parcel::new();
        parcel.function(function as usize);
        parcel.put(args);
        let answer = Call::using(self.name, serve_with::<T, A, R>, &parcel).wait(&"a function sent to its value");
        // SAFETY: `serve_with` put it there.
        unsafe { answer.landed().take::<R>() }
    }

    /// As [`Resident::with`], if it is the turn of `function` within so long; it then runs to its end. Costs as that.
    ///
    /// # Errors
    /// It was not: `args` come back.
    ///
    /// # Panics
    /// As [`Resident::with`].
    ///
    /// ```
    /// let counter = drust::sync::Resident::new(0);
    /// let minute = std::time::Duration::from_secs(60);
    /// assert_eq!(counter.with_timeout(minute, 2, |counter, more| { *counter += more; *counter }), Ok(2));
    /// ```
    #[track_caller]
    pub fn with_timeout<A, R>(&self, timeout: Duration, args: A, function: fn(&mut T, A) -> R) -> Result<R, A>
    where
        A: Portable,
        R: Portable,
    {
        let (this, home) = (self.named(), self.name.address().home());
        if home == engine::here().rank() {
            return use_in_time(this, timeout, args, function);
        }
        let sent = |(word, code, timeout, args): (u64, u64, Duration, A)| {
            // SAFETY: the code is that of a function of this type, in a program of the same build; who waits for this
            // task borrows the value.
            let (this, function) = unsafe {
                let function = std::mem::transmute::<*const (), fn(&mut T, A) -> R>(task::code_at(code));
                (grant::Resident::<T>::named(Fixed::new(Address::from_word(word))), function)
            };
            use_in_time(this, timeout, args, function)
        };
        cancel::check();
        grant::expect_outside(self.name);
        let args = (self.name.address().word(), task::code_of(function as usize), timeout, args);
        // SAFETY: the arguments borrow nothing.
        let join = unsafe { task::spawn(args, sent, Options { to: Some(home), ..Options::default() }) };
        join.outlast().unwrap_or_else(|error| panic!("{error}"))
    }

    fn named(&self) -> grant::Resident<T> {
        // SAFETY: the name is that of a `T`, which lives as long as this.
        unsafe { grant::Resident::named(self.name) }
    }
}

/// Uses a value at its home.
#[track_caller]
fn use_in_time<T: Send + 'static, A, R>(
    this: grant::Resident<T>,
    timeout: Duration,
    args: A,
    function: fn(&mut T, A) -> R,
) -> Result<R, A> {
    match this.enter_until(deadline(timeout)) {
        Some(mut turn) => Ok(function(&mut turn, args)),
        None => Err(args),
    }
}

fn serve_new<T: Send + 'static, A: Portable>(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    let make = landed.function();
    // SAFETY: `new_on` sent a function of this type, and its argument.
    let (make, args) =
        unsafe { (std::mem::transmute::<*const (), fn(A) -> T>(with_exposed_provenance(make)), landed.take::<A>()) };
    parcel.put(Resident::new(make(args)));
}

fn serve_with<T, A, R>(landed: &mut Landed<'_>, parcel: &mut Parcel)
where
    T: Send + 'static,
    A: Portable,
    R: Portable,
{
    let function = landed.function();
    // SAFETY: `with` sent a function of this type and its argument to a resident `T`, whose turn this is.
    let (function, args, mut turn) = unsafe {
        let function = std::mem::transmute::<*const (), fn(&mut T, A) -> R>(with_exposed_provenance(function));
        (function, landed.take::<A>(), grant::Resident::<T>::entered(landed))
    };
    parcel.put(function(&mut turn, args));
}

impl<T: Send + 'static> Drop for Resident<T> {
    #[track_caller]
    fn drop(&mut self) {
        // SAFETY: the owner gives the value up, and whoever used it borrowed it from the owner.
        unsafe { self.named().end() }
    }
}

impl<T: Send + 'static> fmt::Debug for Resident<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resident").field("home", &self.home()).finish_non_exhaustive()
    }
}

// SAFETY: the name is noted; the value is used by one thread at a time, at its home.
unsafe impl<T: Send + 'static> Carry for Resident<T> {
    // Its drop waits for another node, so it runs where user code may.
    const FACTS: Facts = Facts::HANDLE.and(Facts::USER_DROP);

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).name }.cast(), &Fixed::KIND);
    }

    fn targets(_: &mut Targets) {}
}
// SAFETY: it borrows nothing.
unsafe impl<T: Send + 'static> Argument<'_> for Resident<T> {}
// SAFETY: as above.
unsafe impl<T: Send + 'static> Portable for Resident<T> {}
