//! What an `Arc` may do that has its value alone.

use super::Arc;
use drust_heap::{Pointee, Portable};
use std::mem::{ManuallyDrop, MaybeUninit};

impl<T: Portable> Arc<T> {
    /// The value, if nobody else owns it; the `Arc` is given back if somebody does. [`Weak`](super::Weak)s find nothing
    /// any more. At home that sends nothing; elsewhere 1 request, 1 reply.
    ///
    /// # Errors
    /// It has other owners.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let same = five.clone();
    /// let five = Arc::try_unwrap(five).unwrap_err();
    /// drop(same);
    /// assert_eq!(Arc::try_unwrap(five), Ok(5));
    /// ```
    #[track_caller]
    pub fn try_unwrap(mut this: Arc<T>) -> Result<T, Arc<T>> {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: there is room for the one value; a handle that is used up is forgotten.
        if unsafe { this.handle.take::<T>(1, value.as_mut_ptr().cast()) } {
            std::mem::forget(this);
            // SAFETY: it was moved here.
            return Ok(unsafe { value.assume_init() });
        }
        Err(this)
    }

    /// Ends this `Arc`, and returns the value if that was the last. Of many that are ended so, on whichever nodes, just
    /// one gets the value. Costs what the drop costs, and the answer is waited for.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let same = five.clone();
    /// assert_eq!(Arc::into_inner(five), None);
    /// assert_eq!(Arc::into_inner(same), Some(5));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_inner(this: Arc<T>) -> Option<T> {
        let mut this = ManuallyDrop::new(this);
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: there is room for the one value; the handle is not used again.
        let last = unsafe { this.handle.drop_or_take::<T>(1, value.as_mut_ptr().cast()) };
        // SAFETY: it was moved here, if this was the last.
        last.then(|| unsafe { value.assume_init() })
    }

    /// The value, if nobody else owns it, or a clone of it. Costs what [`Arc::try_unwrap`] costs, and perhaps a fetch.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let same = five.clone();
    /// assert_eq!((Arc::unwrap_or_clone(five), Arc::unwrap_or_clone(same)), (5, 5));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn unwrap_or_clone(this: Arc<T>) -> T
    where
        T: Clone,
    {
        Arc::try_unwrap(this).unwrap_or_else(|shared| shared.look(T::clone))
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Arc<T> {
    /// The value, to be written, if this is its only owner and there is no [`Weak`](super::Weak) of it. At home that
    /// sends nothing; elsewhere 1 request, 1 reply, and the value moves here.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let mut five = Arc::new(5);
    /// *Arc::get_mut(&mut five).unwrap() += 1;
    /// assert_eq!(*five, 6);
    /// let same = five.clone();
    /// assert_eq!(Arc::get_mut(&mut five), None);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get_mut(this: &mut Arc<T>) -> Option<&mut T> {
        let elements = this.elements();
        let place = this.handle.get_mut::<T::Item>(elements)?;
        // SAFETY: the value is at home here, and its only handle is mutably borrowed; whoever holds an old stamp finds
        // only old copies.
        Some(unsafe { &mut *T::from_raw(place, this.len) })
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Shareable> Arc<T> {
    /// The value, to be written: a clone of it, on this node, if it has other owners. [`Weak`](super::Weak)s of a value
    /// without other owners find nothing any more. At home that sends nothing; elsewhere 1 request, 1 reply, the value
    /// included.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let mut five = Arc::new(5);
    /// let same = five.clone();
    /// *Arc::make_mut(&mut five) += 1;
    /// assert_eq!((*five, *same), (6, 5));
    /// let mut text = Arc::<str>::from("ab");
    /// Arc::make_mut(&mut text).make_ascii_uppercase();
    /// assert_eq!(&*text, "AB");
    /// ```
    #[track_caller]
    pub fn make_mut(this: &mut Arc<T>) -> &mut T {
        let elements = this.elements();
        if this.handle.disown_weak::<T::Item>(elements).is_none() {
            *this = this.look(T::share);
        }
        // SAFETY: as in `get_mut`: it is at home here, for this handle alone, or was made so just now.
        unsafe { &mut *T::from_raw(this.handle.peek(), this.len) }
    }
}

/// A value of which an `Arc` can have a clone: `Clone`, for those without a fixed size too.
///
/// ```
/// use drust::sync::Arc;
/// let mut digits = Arc::<[u8]>::from([1, 2]);
/// let same = digits.clone();
/// Arc::make_mut(&mut digits)[0] = 3;
/// assert_eq!((&digits[..], &same[..]), (&[3, 2][..], &[1, 2][..]));
/// ```
pub trait Shareable: Pointee {
    /// An `Arc` of a clone.
    fn share(&self) -> Arc<Self>;
}

impl<T: Portable + Clone> Shareable for T {
    fn share(&self) -> Arc<T> {
        Arc::new(self.clone())
    }
}

impl<T: Portable + Clone> Shareable for [T] {
    fn share(&self) -> Arc<[T]> {
        Arc::from(self)
    }
}

impl Shareable for str {
    fn share(&self) -> Arc<str> {
        Arc::from(self)
    }
}
