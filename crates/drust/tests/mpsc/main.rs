//! Channels: std's behaviour, whichever nodes the ends are on, and on every carrier.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]

mod blocking;
mod costs;
#[path = "../dice/mod.rs"]
mod dice;
mod ends;
mod random;

use drust::node::NodeId;
use drust::{Portable, node, thread};

/// Makes a test of each function on every carrier.
macro_rules! on_every_carrier {
    ($($module:ident::$name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 3, carrier = "shm")]
                fn $name() {
                    super::$module::$name();
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 3, carrier = "tcp")]
                fn $name() {
                    super::$module::$name();
                }
            )*
        }

        mod alone {
            $(
                #[drust::test(nodes = 1)]
                fn $name() {
                    super::$module::$name();
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = 3, seed = 11)]
                fn $name() {
                    super::$module::$name();
                }
            )*
        }
    };
}

on_every_carrier! {
    blocking::a_full_channel_has_its_senders_wait,
    blocking::a_rendezvous_lets_nobody_go_on_alone,
    blocking::all_values_of_all_nodes_come_in_their_senders_order,
    blocking::large_values_wait_for_the_network_and_come,
    blocking::threads_share_a_receiver,
    blocking::time_is_up_on_either_side,
    blocking::who_waits_hears_of_the_end,
    ends::a_channel_goes_through_a_channel,
    ends::a_copy_of_a_sender_sends_and_is_cloned,
    ends::arcs_in_a_channel_are_counted,
    ends::a_receiver_goes_on_with_what_it_has_not_received,
    ends::ends_live_in_the_heap_and_end_there,
    ends::errors_come_back_with_their_values,
    ends::every_send_fails_after_the_receivers_drop,
    ends::values_left_are_dropped_by_who_drops_the_receiver,
    ends::what_one_channel_tells_of_is_in_the_other,
    ends::what_was_sent_is_there_when_an_arc_is_sole_again,
    random::channels_do_what_stds_do,
    random::rendezvous_do_what_stds_do,
    random::small_channels_do_what_stds_do,
}

fn on(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("a node")
}

/// Does something on a node.
#[track_caller]
fn at<A: Portable, R: Portable>(index: usize, args: A, function: fn(A) -> R) -> R {
    thread::spawn_on(on(index), args, function).join().expect("it returns")
}
