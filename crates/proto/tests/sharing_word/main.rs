//! Words, explored: every order in which threads and questions can meet, driven by the functions that the runtime
//! calls.
//!
//! [`explore`] goes breadth first and looks for what is wrong in each world, and for worlds in which nothing can go on
//! although somebody waits. [`steps`] is about operations on a word. It breaks the rules, too, one at a time, to see
//! that it is noticed.

mod explore;
mod steps;
