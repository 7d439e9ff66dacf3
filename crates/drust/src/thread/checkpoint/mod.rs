//! Tasks that outlive their job: between two steps the state goes to a file, and another job begins with it.
//!
//! The state is written by serde, as MessagePack with the names of fields, and is written and read where it is: boxes
//! in it are followed. A file is whole or not there ([`file`]).

mod error;
mod file;

pub use error::CheckpointError;

use super::{Builder, JoinHandle, Step, hop};
use crate::node::{self, NodeId};
use crate::string::String;
use crate::vec::Vec;
use drust_heap::{Carry, Portable};
use drust_macros::Portable;
use drust_runtime::task;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where a migratable task is saved, and how often. A task with a name, a place or a token is started by
/// [`Builder::spawn_saved`].
///
/// The file is that of the node which starts the task, wherever the task goes: so a save costs what the state takes to
/// write and, where the task is elsewhere, 1 request and 1 reply, and the bytes. It is written anew beside the old one,
/// reaches the disk, and then takes the old one's place: whenever the job ends, the file is whole. One that cannot be
/// written is told of by an event of the target `drust::checkpoint`, and the task goes on.
///
/// The file stays when the task has ended.
///
/// ```
/// use drust::thread::{Checkpoint, Step, restart_from};
/// fn add(state: &mut (u64, u64)) -> Step<u64> {
///     *state = (state.0 + 1, state.1 + state.0);
///     if state.0 < 1000 { Step::Continue } else { Step::Done(state.1) }
/// }
/// let path = std::env::temp_dir().join(format!("drust-checkpoint-{}", std::process::id()));
/// let sum = Checkpoint::to(&path).every(300).spawn((0, 0), add).join().unwrap();
/// assert_eq!(sum, 499_500);
/// // A later job goes on after step 900.
/// let again = restart_from(&path, add)?;
/// assert_eq!(again.join().unwrap(), 499_500);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), drust::thread::CheckpointError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "a checkpoint does nothing until it spawns"]
pub struct Checkpoint {
    path: PathBuf,
    every: u64,
}

impl Checkpoint {
    /// Saves to this file, after each step.
    ///
    /// ```
    /// let checkpoint = drust::thread::Checkpoint::to("progress");
    /// assert_eq!(checkpoint, drust::thread::Checkpoint::to("progress").every(1));
    /// ```
    pub fn to(path: impl Into<PathBuf>) -> Checkpoint {
        Checkpoint { path: path.into(), every: 1 }
    }

    /// Saves after each so many steps.
    ///
    /// # Panics
    /// Where that is none.
    ///
    /// ```
    /// let checkpoint = drust::thread::Checkpoint::to("progress").every(1000);
    /// assert!(format!("{checkpoint:?}").contains("1000"));
    /// ```
    pub fn every(mut self, steps: u64) -> Checkpoint {
        assert!(steps > 0, "a task is saved after some steps, not after none");
        self.every = steps;
        self
    }

    /// Starts a task as [`spawn_migratable`](super::spawn_migratable) does, and saves it.
    ///
    /// ```
    /// use drust::thread::{Checkpoint, Step};
    /// let path = std::env::temp_dir().join(format!("drust-once-{}", std::process::id()));
    /// let task = Checkpoint::to(&path).spawn(1, |n: &mut u32| match *n {
    ///     1000.. => Step::Done(*n),
    ///     _ => {
    ///         *n *= 10;
    ///         Step::Continue
    ///     }
    /// });
    /// assert_eq!(task.join().unwrap(), 1000);
    /// assert!(path.exists());
    /// # std::fs::remove_file(path).unwrap();
    /// ```
    #[track_caller]
    pub fn spawn<S: Portable + Serialize, R: Portable>(self, state: S, step: fn(&mut S) -> Step<R>) -> JoinHandle<R> {
        match Builder::new().spawn_saved(self, state, step) {
            Ok(handle) => handle,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Tasks that are saved.
impl Builder {
    /// Starts a migratable task that is saved; see [`Checkpoint`]. Where it is cancelled, the file stays as the last
    /// save has left it, and another task can go on with it.
    ///
    /// # Errors
    /// As [`Builder::spawn`].
    ///
    /// ```
    /// use drust::thread::{Builder, CancellationToken, Checkpoint, Step, restart_from, sleep};
    /// use std::time::Duration;
    /// let path = std::env::temp_dir().join(format!("drust-ended-{}", std::process::id()));
    /// let token = CancellationToken::new();
    /// let counts = Builder::new().name("count".into()).cancelled_by(&token).spawn_saved(
    ///     Checkpoint::to(&path),
    ///     0,
    ///     |n: &mut u32| {
    ///         *n += 1;
    ///         sleep(Duration::from_micros(10));
    ///         Step::<()>::Continue
    ///     },
    /// )?;
    /// assert_eq!(counts.name(), Some("count"));
    /// while !path.exists() {
    ///     sleep(Duration::from_millis(1));
    /// }
    /// token.cancel();
    /// assert!(counts.join().is_err());
    /// let reached = restart_from(&path, |n: &mut u32| Step::Done(*n)).unwrap().join().unwrap();
    /// assert!(reached > 0);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_saved<S: Portable + Serialize, R: Portable>(
        self,
        checkpoint: Checkpoint,
        state: S,
        step: fn(&mut S) -> Step<R>,
    ) -> io::Result<JoinHandle<R>> {
        let saved = Saved::new(&checkpoint.path, file::Progress { every: checkpoint.every, steps: 0 }, state, step);
        self.spawn_migratable(saved, step_and_save::<S, R>)
    }

    /// As [`restart_from`], with this builder's name, place and token.
    ///
    /// # Errors
    /// As [`restart_from`]; and where the task cannot be started, [`CheckpointError::Start`].
    ///
    /// ```
    /// use drust::thread::{Builder, Checkpoint, Step};
    /// let path = std::env::temp_dir().join(format!("drust-named-{}", std::process::id()));
    /// let count = |n: &mut u32| {
    ///     *n += 1;
    ///     if *n < 10 { Step::Continue } else { Step::Done(*n) }
    /// };
    /// Checkpoint::to(&path).every(4).spawn(0, count).join().unwrap();
    /// let again = Builder::new().name("again".into()).restart_from(&path, count)?;
    /// assert_eq!(again.name(), Some("again"));
    /// assert_eq!(again.join().unwrap(), 10);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), drust::thread::CheckpointError>(())
    /// ```
    #[track_caller]
    pub fn restart_from<S: Portable + Serialize + DeserializeOwned, R: Portable>(
        self,
        path: impl AsRef<Path>,
        step: fn(&mut S) -> Step<R>,
    ) -> Result<JoinHandle<R>, CheckpointError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(CheckpointError::Io)?;
        let (progress, written) = file::decode(&bytes, std::any::type_name::<S>())?;
        let state = rmp_serde::from_slice(written).map_err(|error| CheckpointError::State(error.into()))?;
        let saved = Saved::new(path, progress, state, step);
        self.spawn_migratable(saved, step_and_save::<S, R>).map_err(CheckpointError::Start)
    }
}

/// Goes on with a task that [`Checkpoint::spawn`] has saved, after its last saved step, in a job of whichever size. It
/// is saved on, to the same file and as often. [`Builder::restart_from`] gives it a name, a place or a token.
///
/// Steps since the last save are taken again; what they did to the world outside is done twice.
///
/// # Errors
/// The file cannot be read, is none of these, is of another version or type, or is not as it was written; the error
/// says which.
///
/// ```
/// use drust::thread::{CheckpointError, Step, restart_from};
/// let missing = restart_from("/no/such/file", |n: &mut u32| Step::Done(*n)).unwrap_err();
/// assert!(matches!(missing, CheckpointError::Io(_)));
/// ```
#[track_caller]
pub fn restart_from<S: Portable + Serialize + DeserializeOwned, R: Portable>(
    path: impl AsRef<Path>,
    step: fn(&mut S) -> Step<R>,
) -> Result<JoinHandle<R>, CheckpointError> {
    Builder::new().restart_from(path, step)
}

/// A task's state, and how it is saved.
#[derive(Portable)]
struct Saved<S: Carry> {
    state: S,
    /// The function that takes its steps, as it can cross.
    step: u64,
    home: NodeId,
    path: Vec<u8>,
    every: u64,
    steps: u64,
}

fn step_and_save<S: Portable + Serialize, R: Portable>(saved: &mut Saved<S>) -> Step<R> {
    // SAFETY: the code is that of a function of this type, in a program of the same build.
    let step = unsafe { std::mem::transmute::<*const (), fn(&mut S) -> Step<R>>(task::code_at(saved.step)) };
    let said = step(&mut saved.state);
    saved.steps += 1;
    if !matches!(said, Step::Done(_)) && saved.steps.is_multiple_of(saved.every) {
        saved.save();
    }
    said
}

impl<S: Portable + Serialize> Saved<S> {
    /// A state to be saved to a file of this node.
    fn new<R>(path: &Path, progress: file::Progress, state: S, step: fn(&mut S) -> Step<R>) -> Saved<S> {
        let (path, step) = (Vec::from(path.as_os_str().as_bytes()), task::code_of(step as usize));
        Saved { state, step, home: node::current(), path, every: progress.every, steps: progress.steps }
    }

    fn save(&self) {
        let (path, steps) = (Path::new(OsStr::from_bytes(&self.path)), self.steps);
        match self.try_save() {
            Ok(bytes) => {
                tracing::debug!(target: "drust::checkpoint", ?path, steps, bytes, "a task was saved");
            }
            Err(error) => {
                tracing::error!(target: "drust::checkpoint", ?path, steps, %error, "a task cannot be saved");
            }
        }
    }

    /// Bytes that were written.
    fn try_save(&self) -> Result<usize, String> {
        let written = rmp_serde::to_vec_named(&self.state).map_err(told)?;
        let progress = file::Progress { every: self.every, steps: self.steps };
        let bytes = file::encode(progress, std::any::type_name::<S>(), &written);
        let len = bytes.len();
        if self.home == node::current() {
            write(&self.path, &bytes)?;
        } else {
            let parts = (self.path.clone(), Vec::from(bytes));
            hop(self.home, parts, |(path, bytes)| write(&path, &bytes))?;
        }
        Ok(len)
    }
}

fn write(path: &[u8], bytes: &[u8]) -> Result<(), String> {
    file::write(Path::new(OsStr::from_bytes(path)), bytes).map_err(told)
}

fn told(error: impl std::error::Error) -> String {
    String::from(error.to_string())
}
