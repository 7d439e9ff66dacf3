//! The contract of [`drust_fabric::Fabric`], tried on every carrier by the same functions. A carrier is one
//! implementation of [`harness::Carrier`] and one line of `on_every_carrier`; what is its own has tests of its own.
#![cfg(not(loom))]

/// Makes a test of each function, named after the carrier.
macro_rules! on_carrier {
    ($name:ident $carrier:ident: $($size:literal $test:ident,)*) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    <crate::harness::$carrier as crate::harness::Carrier>::run($size, super::$test);
                }
            )*
        }
    };
}

/// Makes a test of each function for every carrier of several nodes, with so many of them.
macro_rules! on_every_carrier {
    ($($size:literal nodes: $test:ident,)*) => {
        on_carrier! { shm Shm: $($size $test,)* }
        on_carrier! { tcp Tcp: $($size $test,)* }
        on_carrier! { tcp_encrypted TcpEncrypted: $($size $test,)* }
        on_carrier! { sim Sim: $($size $test,)* }
    };
}

/// As `on_every_carrier`, with one node, and so also for the carrier that has no other.
macro_rules! on_one_node {
    ($($test:ident,)*) => {
        mod alone {
            use super::*;
            on_every_carrier! { $(1 nodes: $test,)* }
            on_carrier! { solo Solo: $(1 $test,)* }
        }
    };
}

mod bell;
mod client;
mod harness;
mod losses;
mod messages;
#[path = "../shm/support.rs"]
mod shm_support;
#[path = "../tcp/support.rs"]
mod tcp_support;
mod waiting;

#[test]
fn errors_are_ones_that_any_thread_may_keep() {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<drust_fabric::JoinError>();
    error::<drust_fabric::Lost>();
    error::<drust_fabric::Mismatch>();
}
