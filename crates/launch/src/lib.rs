//! How a process learns what it is in its cluster, what it may use, and how the nodes of one machine are started.
//!
//! * [`environment`]: the `DRUST_*` variables, read once into [`Settings`] (pure but for reading a token file);
//! * [`limits`]: memory and cores that this process may use, cgroups counted (pure but for reading the files);
//! * [`secret`]: the job's number and the token its nodes prove membership with;
//! * [`token_file`]: the file that a token lies in, for nodes that are started by hand;
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
pub mod token_file;

pub use end::{Culprit, End, JobEnd};
pub use environment::{Address, Carrier, Listen, Membership, SettingError, Settings, Warning};
pub use limits::Limits;
pub use secret::{Job, Token};
pub use spawn::{Bond, Launch, LaunchError, Output, exec_bound, exec_simulated, launch_local};
pub use token_file::{TokenFault, TokenFileError};
