//! The controller stormed by random reports, and the queues of tasks in every order of events: driven by the functions
//! that the runtime calls, with faults planted to see that they are found.

mod queue;
mod storm;
