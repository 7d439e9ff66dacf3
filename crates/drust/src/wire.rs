//! `Wire`: values of foreign types that cross between nodes by serde.
//!
//! What is written of a value travels; the value itself is made of that where it is looked at, once for each copy, and
//! stays there. It is written as MessagePack with the names of fields, so that types which ask what they are read from
//! (`serde_json::Value`, untagged enums, flattened structs) are read too.
//!
//! Contract: `value` is null, or a std box's value that is this `Wire`'s own: it never leaves with its bytes. Under `&`
//! it changes only from null, by compare-exchange. Of bytes that nobody will use again it is dropped by a thread of the
//! pool, since those who find such bytes run no user code.
//!
//! ```
//! use drust::{Wire, spawn};
//! let names = Wire::new(std::collections::BTreeMap::from([(1, "one".to_owned()), (2, "two".to_owned())]));
//! assert_eq!(spawn!([names] || names[&2].len()).join().unwrap(), 3);
//! ```

use crate::boxed::Box;
use drust_heap::trace::{Forgetting, Found, Kind, Landing, Outgoing, Weights};
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_runtime::task;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that serde can write and read, immutable but by [`Wire::set`] and [`Wire::update`].
///
/// It is written when it is made or changed. On the node where that was it costs no more than std's `Box`; elsewhere
/// the first look at each copy reads it (1 fetch of what was written, and the work), and later looks cost nothing.
/// Sending it sends 40 bytes. What a type's `Serialize` leaves out is not there on other nodes.
///
/// ```
/// use drust::Wire;
/// let mut list = Wire::new(vec!["one".to_owned()]);
/// list.update(|list| list.push("two".to_owned()));
/// assert_eq!(list.len(), 2);
/// ```
pub struct Wire<T: Send + Sync + 'static> {
    value: AtomicPtr<T>,
    owns: PhantomData<T>,
    written: Box<[u8]>,
}

/// Why a value cannot be written, in its serializer's words.
///
/// ```
/// struct Unspeakable;
/// impl serde::Serialize for Unspeakable {
///     fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
///         Err(serde::ser::Error::custom("not that"))
///     }
/// }
/// let error: drust::WireError = drust::Wire::try_new(Unspeakable).err().unwrap();
/// assert!(error.to_string().contains("not that"));
/// ```
#[derive(Debug)]
pub struct WireError(rmp_serde::encode::Error);

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value cannot be written: {}", self.0)
    }
}

impl Error for WireError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl<T: Serialize + Send + Sync + 'static> Wire<T> {
    /// Writes a value, and keeps it.
    ///
    /// # Panics
    /// Where it cannot be written.
    ///
    /// ```
    /// assert_eq!(*drust::Wire::new("text".to_owned()), "text");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(value: T) -> Wire<T> {
        Wire::try_new(value).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Wire::new`], but returns an error where the value cannot be written; it is dropped then.
    ///
    /// # Errors
    /// What its `Serialize` said.
    ///
    /// ```
    /// assert_eq!(*drust::Wire::try_new(5)?, 5);
    /// # Ok::<(), drust::WireError>(())
    /// ```
    pub fn try_new(value: T) -> Result<Wire<T>, WireError> {
        let written = write(&value)?;
        let value = AtomicPtr::new(std::boxed::Box::into_raw(std::boxed::Box::new(value)));
        Ok(Wire { value, owns: PhantomData, written })
    }

    /// Puts another value in the place of this one.
    ///
    /// # Panics
    /// Where it cannot be written; this one stays then.
    ///
    /// ```
    /// let mut number = drust::Wire::new(1);
    /// number.set(2);
    /// assert_eq!(*number, 2);
    /// ```
    #[track_caller]
    pub fn set(&mut self, value: T) {
        *self = Wire::new(value);
    }

    /// Changes the value, and writes it anew.
    ///
    /// # Panics
    /// Where `change` does, or where the changed value cannot be written; the value is as it was before then.
    ///
    /// ```
    /// let mut text = drust::Wire::new("a".to_owned());
    /// let len = text.update(|text| { text.push('b'); text.len() });
    /// assert_eq!((text.as_str(), len), ("ab", 2));
    /// ```
    #[track_caller]
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R
    where
        T: DeserializeOwned,
    {
        let _ = self.look();
        // Until it is written anew what was written is the value.
        let mut value = self.take().expect("a value that was looked at is there");
        let result = change(&mut value);
        self.written = write(&*value).unwrap_or_else(|error| panic!("{error}"));
        self.value = AtomicPtr::new(std::boxed::Box::into_raw(value));
        result
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> Wire<T> {
    #[inline]
    #[track_caller]
    fn look(&self) -> *const T {
        let value = self.value.load(Ordering::Acquire);
        if value.is_null() { self.read() } else { value }
    }

    #[cold]
    #[track_caller]
    fn read(&self) -> *const T {
        let read = self.written.look(|written| rmp_serde::from_slice::<T>(written));
        let read = read.unwrap_or_else(|error| panic!("a value does not read what it has written: {error}"));
        let read = std::boxed::Box::into_raw(std::boxed::Box::new(read));
        match self.value.compare_exchange(std::ptr::null_mut(), read, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => read,
            Err(first) => {
                // SAFETY: it was made above, and nobody else has it.
                drop(unsafe { std::boxed::Box::from_raw(read) });
                first
            }
        }
    }
}

impl<T: Send + Sync + 'static> Wire<T> {
    const KIND: &'static Kind = &Kind {
        size: size_of::<AtomicPtr<T>>(),
        along: false,
        weigh: weighs_nothing,
        send: send::<T>,
        land,
        forget: forget::<T>,
    };

    /// The value, if it is here.
    fn take(&mut self) -> Option<std::boxed::Box<T>> {
        let value = std::mem::replace(self.value.get_mut(), std::ptr::null_mut());
        // SAFETY: what the word held came from a box, and is nobody else's.
        (!value.is_null()).then(|| unsafe { std::boxed::Box::from_raw(value) })
    }
}

fn write<T: Serialize>(value: &T) -> Result<Box<[u8]>, WireError> {
    rmp_serde::to_vec_named(value).map(|bytes| Box::from(bytes.as_slice())).map_err(WireError)
}

/// How long a value is when it is written, nobody knows before that is done.
unsafe fn weighs_nothing(_: *const u8, _: &mut Weights) {}

unsafe fn send<T: Send + Sync + 'static>(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: the target has room for the word, which need not be aligned in an image.
    unsafe { target.cast::<*mut T>().write_unaligned(std::ptr::null_mut()) }
    if out.departs() {
        // SAFETY: a spot of this kind is the word; the bytes it lies in are given up.
        unsafe { abandon::<T>(source) }
    }
}

unsafe fn land(at: *mut u8, _: &mut Landing<'_>) {
    // SAFETY: a spot of this kind is one word, and nobody else sees arrived bytes.
    unsafe { at.cast::<*mut u8>().write(std::ptr::null_mut()) }
}

unsafe fn forget<T: Send + Sync + 'static>(at: *mut u8, _: &mut Forgetting) {
    // SAFETY: a spot of this kind is the word, of bytes that nobody uses any more.
    unsafe { abandon::<T>(at) }
}

/// Has the value of bytes that nobody will use again dropped where user code may run.
///
/// # Safety
/// `at` is the `value` of a `Wire<T>` that nobody uses any more.
unsafe fn abandon<T: Send + Sync + 'static>(at: *mut u8) {
    // SAFETY: the caller's promise.
    let value = unsafe { &*at.cast::<AtomicPtr<T>>() }.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if !value.is_null() {
        // SAFETY: what the word held came from a box, and is nobody else's.
        let value = unsafe { std::boxed::Box::from_raw(value) };
        task::run_detached(move || drop(value));
    }
}

impl<T: Send + Sync + 'static> Drop for Wire<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

// SAFETY: both parts are noted; the value itself never leaves.
unsafe impl<T: Send + Sync + 'static> Carry for Wire<T> {
    // A value ends with its `Wire`, and what that does is the user's.
    const FACTS: Facts = Facts { user_drop: std::mem::needs_drop::<T>(), ..Facts::HANDLE };

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the fields lie inside the value the caller vouches for.
        unsafe {
            found.note((&raw const (*this).value).cast(), Wire::<T>::KIND);
            Box::<[u8]>::trace(&raw const (*this).written, found);
        }
    }

    fn targets(list: &mut Targets) {
        Box::<[u8]>::targets(list);
    }
}
// SAFETY: it borrows nothing.
unsafe impl<T: Send + Sync + 'static> Argument<'_> for Wire<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync + 'static> Portable for Wire<T> {}

impl<T: DeserializeOwned + Send + Sync + 'static> Deref for Wire<T> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        // SAFETY: the value is this `Wire`'s own, and stays as long as that is borrowed.
        unsafe { &*self.look() }
    }
}

impl<T: Send + Sync + 'static> Clone for Wire<T> {
    /// Clones what was written, and not the value, which is read of that where it is looked at.
    #[track_caller]
    fn clone(&self) -> Wire<T> {
        Wire { value: AtomicPtr::new(std::ptr::null_mut()), owns: PhantomData, written: self.written.clone() }
    }
}

impl<T: Serialize + Send + Sync + 'static> From<T> for Wire<T> {
    #[track_caller]
    fn from(value: T) -> Wire<T> {
        Wire::new(value)
    }
}

impl<T: Serialize + Default + Send + Sync + 'static> Default for Wire<T> {
    fn default() -> Wire<T> {
        Wire::new(T::default())
    }
}

impl<T: DeserializeOwned + PartialEq + Send + Sync + 'static> PartialEq for Wire<T> {
    fn eq(&self, other: &Wire<T>) -> bool {
        **self == **other
    }
}

impl<T: DeserializeOwned + Eq + Send + Sync + 'static> Eq for Wire<T> {}

impl<T: DeserializeOwned + fmt::Debug + Send + Sync + 'static> fmt::Debug for Wire<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: DeserializeOwned + Serialize + Send + Sync + 'static> Serialize for Wire<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(self, serializer)
    }
}

impl<'de, T: Deserialize<'de> + Serialize + Send + Sync + 'static> Deserialize<'de> for Wire<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Wire<T>, D::Error> {
        Wire::try_new(T::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
