//! Words and the release fence, explored: every order in which threads, batches, fences and answers can meet, in worlds
//! of two threads and two homes, driven by the functions that the runtime calls.
//!
//! [`explore`] goes breadth first and looks for what is wrong in each world, and for worlds in which nothing can go on
//! although somebody waits. [`fence`] is about additions that nobody waits for, [`steps`] about operations on a word.
//! Each breaks the rules, too, one at a time, to see that it is noticed.

mod explore;
mod fence;
mod steps;
