//! `Error`: any error, as it crosses between nodes.

use crate::boxed::Box;
use crate::node::{self, NodeId};
use drust_macros::Portable;
use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;

/// Any error with its sources, and the node and the line where it was first turned into one of these.
///
/// It makes `?` work in tasks: whatever implements [`std::error::Error`] converts into it, keeping its message and
/// those of its sources (the values themselves stay on their node). Like anyhow's it is not an `Error` itself but
/// dereferences to one.
///
/// ```
/// use drust::thread;
/// fn parse(text: &str) -> Result<u32, drust::Error> {
///     Ok(text.parse::<u32>()?)
/// }
/// let error = thread::spawn((), |()| parse("x")).join().unwrap().unwrap_err();
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// assert_eq!(error.node().index(), 0);
/// ```
#[derive(Portable)]
pub struct Error {
    inner: Box<Inner>,
}

/// A result whose error is [`Error`], unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Portable)]
struct Inner {
    first: Link,
    node: NodeId,
    file: Box<str>,
    line: u32,
}

/// One error of the chain.
#[derive(Portable)]
struct Link {
    message: Box<str>,
    source: Option<Box<Link>>,
}

impl Error {
    /// An error with a message of its own.
    ///
    /// ```
    /// assert_eq!(drust::Error::msg("no more").to_string(), "no more");
    /// ```
    #[track_caller]
    #[must_use]
    pub fn msg(message: impl fmt::Display) -> Error {
        Error::new(Link { message: Box::from(&*message.to_string()), source: None })
    }

    #[track_caller]
    fn new(first: Link) -> Error {
        let place = Location::caller();
        let inner = Inner { first, node: node::current(), file: Box::from(place.file()), line: place.line() };
        Error { inner: Box::new(inner) }
    }

    /// The node where the error was first turned into this.
    ///
    /// ```
    /// let last = drust::node::all().last().unwrap();
    /// let error = drust::spawn!(on last; [] || drust::Error::msg("no more")).join().unwrap();
    /// assert_eq!(error.node(), last);
    /// ```
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.inner.node
    }

    /// The file and line of the source where that happened.
    ///
    /// ```
    /// let error = drust::Error::msg("no more"); let line = line!();
    /// assert_eq!(error.place(), (file!(), line));
    /// ```
    #[must_use]
    pub fn place(&self) -> (&str, u32) {
        (&self.inner.file, self.inner.line)
    }
}

impl Link {
    fn of(error: &dyn StdError) -> Link {
        // A chain is short, but built from its end all the same: no recursion.
        let mut messages = vec![error.to_string()];
        let mut next = error.source();
        while let Some(source) = next {
            messages.push(source.to_string());
            next = source.source();
        }
        let mut chain = None;
        for message in messages.into_iter().rev() {
            chain = Some(Link { message: Box::from(&*message), source: chain.map(Box::new) });
        }
        chain.expect("there is the error itself")
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Error {
        Error::new(Link::of(&error))
    }
}

/// An [`Error`] as one of std's, showing what it shows.
struct Boxed(Error);

impl StdError for Boxed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// For functions that return any error boxed by std, as anyhow's converts; what [`Error`] shows, node and line
/// included, this shows.
impl From<Error> for std::boxed::Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        std::boxed::Box::new(Boxed(error))
    }
}

/// As above.
impl From<Error> for std::boxed::Box<dyn StdError> {
    fn from(error: Error) -> Self {
        std::boxed::Box::new(Boxed(error))
    }
}

impl Deref for Error {
    type Target = dyn StdError + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &self.inner.first
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner.first, f)
    }
}

impl fmt::Debug for Error {
    /// What a `main` that returns the error shows: the message, where, and each source on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = self.place();
        write!(f, "{self} (on node {} at {file}:{line})", self.node())?;
        let mut next = self.inner.first.source();
        while let Some(source) = next {
            write!(f, "\n  caused by: {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Link {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|link| link as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug)]
    struct Outer(io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the outer failed")
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn becomes_any_boxed_error() {
        fn fails() -> std::result::Result<(), std::boxed::Box<dyn StdError>> {
            Err(Error::msg("no more"))?
        }
        let boxed = fails().unwrap_err();
        assert_eq!(boxed.to_string(), "no more");
        assert!(format!("{boxed:?}").starts_with("no more (on node 0 at "), "{boxed:?}");
        let outer: Error = Outer(io::Error::other("the inner failed")).into();
        let boxed: std::boxed::Box<dyn StdError + Send + Sync> = outer.into();
        assert_eq!(boxed.source().unwrap().to_string(), "the inner failed");
    }

    #[test]
    fn keeps_the_chain_and_the_line() {
        let line = line!() + 1;
        let error = (|| -> Result<()> { Err(Outer(io::Error::other("the inner failed")))? })().unwrap_err();
        assert_eq!(error.to_string(), "the outer failed");
        assert_eq!(error.source().unwrap().to_string(), "the inner failed");
        assert!(error.source().unwrap().source().is_none());
        assert_eq!(error.place(), (file!(), line));
        assert_eq!(
            format!("{error:?}"),
            format!("the outer failed (on node 0 at {}:{line})\n  caused by: the inner failed", file!())
        );
    }
}
