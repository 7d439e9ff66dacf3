//! std's types in drust's shape: what a program computes with them is what it must compute with drust's.

pub mod boxed;
pub mod node;
pub mod reference;
pub mod stream;
pub mod thread;
