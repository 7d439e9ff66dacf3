//! How a process learns what it is in its cluster, what it may use, and how the nodes of one machine are started.
//!
//! * [`environment`]: the `DRUST_*` variables, read once into [`Settings`] (pure);
//! * [`limits`]: memory and cores that this process may use, cgroups counted (pure but for reading the files);
//! * [`secret`]: the job's number and the token its nodes prove membership with;
//! * [`spawn`]: the local launcher, which starts the nodes, waits for all of them and names the first culprit;
//! * [`end`]: how nodes and jobs end, and in which words.
//!
//! Nothing here knows what a node does once it runs.
#![forbid(unsafe_code)]

pub mod end;
pub mod environment;
pub mod limits;
pub mod secret;
pub mod size;
pub mod spawn;

pub use end::{Culprit, End, JobEnd};
pub use environment::{Carrier, Membership, SettingError, Settings, UnknownVariable};
pub use limits::Limits;
pub use secret::{Job, Token};
pub use spawn::{Launch, LaunchError, Output, launch_local};
