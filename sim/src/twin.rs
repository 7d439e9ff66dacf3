//! std's types in drust's shape. A task runs where it is spawned and is over when `spawn` returns: since tasks that
//! run at the same time share nothing that one of them writes, that is one of their orders, and they see the same in
//! all of them.

/// The associated functions that drust's `Box`, `Vec` and `String` have and std's have not.
pub mod boxed {
    use super::reference::{Fetch, Ref};
    use std::fmt;
    use std::ops::{Deref, DerefMut};

    /// `read`, `release` and their like on std's types.
    pub trait BoxedExt: Deref {
        /// A borrow.
        fn read(this: &Self) -> Ref<'_, Self::Target> {
            Ref::of(this)
        }
        /// A borrow, to be waited for.
        fn fetch(this: &Self) -> Fetch<'_, Self::Target> {
            Fetch(Ref::of(this))
        }
        /// Nothing is pinned here.
        fn release(_: &mut Self) {}
        /// Stores a value.
        fn set(this: &mut Self, value: Self::Target)
        where
            Self: DerefMut,
            Self::Target: Sized,
        {
            **this = value;
        }
    }

    impl<T: ?Sized> BoxedExt for Box<T> {}
    impl<T> BoxedExt for Vec<T> {}
    impl BoxedExt for String {}

    /// `Box::into_inner`.
    pub trait IntoInner: Deref {
        /// The value.
        fn into_inner(this: Self) -> Self::Target;
    }

    impl<T> IntoInner for Box<T> {
        fn into_inner(this: Self) -> T {
            *this
        }
    }

    /// `Box::take`, under a name that `Iterator` has not taken.
    pub fn take_from<T: Default>(boxed: &mut Box<T>) -> T {
        std::mem::take(&mut **boxed)
    }

    /// A tied pointer: a box of a type of its own.
    #[derive(Clone, Default, Hash)]
    pub struct TBox<T>(Box<T>);

    impl<T> TBox<T> {
        /// A box.
        pub fn new(value: T) -> TBox<T> {
            TBox(Box::new(value))
        }

        /// The value.
        pub fn into_inner(this: TBox<T>) -> T {
            *this.0
        }
    }

    impl<T> Deref for TBox<T> {
        type Target = T;
        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T> DerefMut for TBox<T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.0
        }
    }

    impl<T: fmt::Debug> fmt::Debug for TBox<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }
}

pub mod chunked;

/// The corpus has the same walks.
#[path = "../../tests/src/twin/stream.rs"]
pub mod stream;

/// `Ref` is a `&`, `RefMut` a `&mut`.
pub mod reference {
    use std::ops::{Deref, DerefMut, Range};

    /// Anything.
    pub trait Pointee {
        /// Itself.
        type Item: ?Sized;
    }

    impl<T: ?Sized> Pointee for T {
        type Item = T;
    }

    /// Any argument.
    pub trait Argument<'scope> {}

    impl<T> Argument<'_> for T {}

    /// A shared borrow.
    pub struct Ref<'a, T: ?Sized>(&'a T);

    /// A borrow that is waited for.
    pub struct Fetch<'a, T: ?Sized>(pub Ref<'a, T>);

    impl<'a, T: ?Sized> Fetch<'a, T> {
        /// The borrow.
        pub fn wait(self) -> Ref<'a, T> {
            self.0
        }
    }

    impl<T: ?Sized> Clone for Ref<'_, T> {
        fn clone(&self) -> Self {
            Ref(self.0)
        }
    }

    impl<'a, T: ?Sized> Ref<'a, T> {
        /// Borrows what an owner owns.
        pub fn new<S: Deref<Target = T> + ?Sized>(owner: &'a S) -> Ref<'a, T> {
            Ref(owner)
        }

        /// Borrows a value.
        pub fn of(value: &'a T) -> Ref<'a, T> {
            Ref(value)
        }

        /// Borrows a part.
        pub fn map<U: ?Sized>(this: Ref<'a, T>, part: impl FnOnce(&T) -> &U) -> Ref<'a, U> {
            Ref(part(this.0))
        }

        /// Goes on to what a box inside owns, if there is one.
        pub fn try_step<U: ?Sized>(this: Ref<'a, T>, next: impl FnOnce(&T) -> Option<&Box<U>>) -> Option<Ref<'a, U>> {
            next(this.0).map(|next| Ref(&**next))
        }
    }

    impl<'a, T> Ref<'a, [T]> {
        /// Borrows a range.
        pub fn part(&self, range: Range<usize>) -> Ref<'a, [T]> {
            Ref(&self.0[range])
        }
    }

    impl<T: ?Sized> Deref for Ref<'_, T> {
        type Target = T;
        fn deref(&self) -> &T {
            self.0
        }
    }

    /// A mutable borrow.
    pub struct RefMut<'a, T: ?Sized>(&'a mut T);

    impl<'a, T: ?Sized> RefMut<'a, T> {
        /// Borrows a value mutably.
        pub fn new(value: &'a mut T) -> RefMut<'a, T> {
            RefMut(value)
        }
    }

    impl<T: ?Sized> Deref for RefMut<'_, T> {
        type Target = T;
        fn deref(&self) -> &T {
            self.0
        }
    }

    impl<T: ?Sized> DerefMut for RefMut<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0
        }
    }
}

/// Tasks, over when they are spawned.
pub mod thread {
    use std::cell::Cell;
    use std::marker::PhantomData;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::time::Duration;

    /// Nobody else waits for a turn.
    pub fn yield_now() {}

    /// Nor for time to pass.
    pub fn sleep(_: Duration) {}

    /// The only node there is.
    #[derive(Clone, Copy)]
    pub struct NodeId;

    /// Every number is this node's.
    pub fn nth(_: usize) -> NodeId {
        NodeId
    }

    /// The task panicked.
    pub struct JoinError;

    /// What a join returns.
    pub type Result<T> = std::result::Result<T, JoinError>;

    /// A task's result.
    pub struct JoinHandle<T>(Result<T>);

    impl<T> JoinHandle<T> {
        /// The result.
        pub fn join(self) -> Result<T> {
            self.0
        }

        /// The result; the task is over.
        pub fn join_timeout(self, _: Duration) -> std::result::Result<Result<T>, Self> {
            Ok(self.0)
        }

        /// It is.
        pub fn is_finished(&self) -> bool {
            true
        }
    }

    /// Runs the function.
    pub fn spawn<A, R>(args: A, function: fn(A) -> R) -> JoinHandle<R> {
        JoinHandle(catch_unwind(AssertUnwindSafe(|| function(args))).map_err(|_| JoinError))
    }

    /// As `spawn`; there is one place only.
    pub fn spawn_on<A, R>(_: NodeId, args: A, function: fn(A) -> R) -> JoinHandle<R> {
        spawn(args, function)
    }

    /// As `spawn`; there is one place only.
    pub fn spawn_to<N, A, R>(_: &N, args: A, function: fn(A) -> R) -> JoinHandle<R> {
        spawn(args, function)
    }

    /// What comes after a step.
    pub enum Step<R> {
        /// Another one.
        Continue,
        /// Another one, there.
        To(NodeId),
        /// Nothing.
        Done(R),
    }

    /// Takes all steps.
    pub fn spawn_migratable<S, R>(state: S, step: fn(&mut S) -> Step<R>) -> JoinHandle<R> {
        spawn((state, step), |(mut state, step)| {
            loop {
                if let Step::Done(result) = step(&mut state) {
                    return result;
                }
            }
        })
    }

    /// As `spawn_migratable`; there is one place only.
    pub fn spawn_migratable_on<S, R>(_: NodeId, state: S, step: fn(&mut S) -> Step<R>) -> JoinHandle<R> {
        spawn_migratable(state, step)
    }

    /// Calls the function.
    pub fn hop<A, R>(_: NodeId, args: A, function: fn(A) -> R) -> R {
        function(args)
    }

    /// There is nowhere to go.
    pub fn order_about(_: NodeId, _: u32, _: &mut crate::dice::Dice) {}

    /// Where scoped tasks are spawned.
    pub struct Scope<'scope, 'env: 'scope> {
        /// Panics that no join has told of.
        panics: Cell<usize>,
        scope: PhantomData<&'scope mut &'scope ()>,
        env: PhantomData<&'env mut &'env ()>,
    }

    /// A scoped task's result.
    pub struct ScopedJoinHandle<'scope, T>(Result<T>, &'scope Cell<usize>);

    /// Runs `body`; panics where it does, or a task did that was not joined.
    pub fn scope<'env, T>(body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T) -> T {
        let scope = Scope { panics: Cell::new(0), scope: PhantomData, env: PhantomData };
        let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
        match result {
            Err(panic) => resume_unwind(panic),
            Ok(_) if scope.panics.get() > 0 => panic!("a scoped task panicked"),
            Ok(value) => value,
        }
    }

    impl<'scope> Scope<'scope, '_> {
        /// Runs the function.
        pub fn spawn<A, R>(&'scope self, args: A, function: fn(A) -> R) -> ScopedJoinHandle<'scope, R> {
            let result = spawn(args, function).0;
            self.panics.set(self.panics.get() + usize::from(result.is_err()));
            ScopedJoinHandle(result, &self.panics)
        }

        /// As `spawn`; there is one place only.
        pub fn spawn_on<A, R>(&'scope self, _: NodeId, args: A, function: fn(A) -> R) -> ScopedJoinHandle<'scope, R> {
            self.spawn(args, function)
        }
    }

    impl<T> ScopedJoinHandle<'_, T> {
        /// The result; the scope does not panic for it any more.
        pub fn join(self) -> Result<T> {
            self.1.set(self.1.get() - usize::from(self.0.is_err()));
            self.0
        }
    }
}

/// What is shared, with the methods that drust's have and std's have not. None has a hash: only derives ask for one.
pub mod sync {
    use std::hash::{Hash, Hasher};
    pub use std::sync::Arc;
    use std::sync::{LockResult, MutexGuard, RwLockReadGuard, RwLockWriteGuard};

    /// A word.
    #[derive(Default)]
    pub struct AtomicU64(std::sync::atomic::AtomicU64);

    /// A lock.
    #[derive(Default)]
    pub struct Mutex<T>(std::sync::Mutex<T>);

    /// A lock that many may hold to read.
    #[derive(Default)]
    pub struct RwLock<T>(std::sync::RwLock<T>);

    impl AtomicU64 {
        /// A word.
        pub fn new(value: u64) -> AtomicU64 {
            AtomicU64(std::sync::atomic::AtomicU64::new(value))
        }
        /// Adds.
        pub fn add(&self, value: u64) {
            self.fetch_add(value, std::sync::atomic::Ordering::SeqCst);
        }
        /// Adds.
        pub fn fetch_add(&self, value: u64, order: std::sync::atomic::Ordering) -> u64 {
            self.0.fetch_add(value, order)
        }
        /// The value.
        pub fn load(&self, order: std::sync::atomic::Ordering) -> u64 {
            self.0.load(order)
        }
        /// The value.
        pub fn get_mut(&mut self) -> &mut u64 {
            self.0.get_mut()
        }
    }

    impl<T> Mutex<T> {
        /// A lock.
        pub fn new(value: T) -> Mutex<T> {
            Mutex(std::sync::Mutex::new(value))
        }
        /// Locks.
        pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            self.0.lock()
        }
        /// Runs the function under the lock.
        pub fn with<A, R>(&self, args: A, function: fn(&mut T, A) -> R) -> LockResult<R> {
            Ok(function(&mut *self.0.lock().expect("no panic under it"), args))
        }
        /// The value.
        pub fn get_mut(&mut self) -> LockResult<&mut T> {
            self.0.get_mut()
        }
    }

    impl<T> RwLock<T> {
        /// A lock.
        pub fn new(value: T) -> RwLock<T> {
            RwLock(std::sync::RwLock::new(value))
        }
        /// Locks to read.
        pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
            self.0.read()
        }
        /// Locks to write.
        pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
            self.0.write()
        }
        /// The value.
        pub fn get_mut(&mut self) -> LockResult<&mut T> {
            self.0.get_mut()
        }
    }

    impl Hash for AtomicU64 {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    impl<T> Hash for Mutex<T> {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    impl<T> Hash for RwLock<T> {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    /// Channels. A task that sends is over before one receives, so none has a bound.
    pub mod mpsc {
        pub use std::sync::mpsc::{Receiver, Sender, channel};

        /// A sender of its own name.
        pub struct SyncSender<T>(Sender<T>);

        /// A channel.
        pub fn sync_channel<T>(_: usize) -> (SyncSender<T>, Receiver<T>) {
            let (sender, receiver) = channel();
            (SyncSender(sender), receiver)
        }

        impl<T> Clone for SyncSender<T> {
            fn clone(&self) -> SyncSender<T> {
                SyncSender(self.0.clone())
            }
        }

        impl<T> SyncSender<T> {
            /// Sends.
            pub fn send(&self, value: T) -> Result<(), std::sync::mpsc::SendError<T>> {
                self.0.send(value)
            }
        }
    }
}
