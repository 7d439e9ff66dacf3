//! Chunked vectors: what is in them and where, wherever it is, and that what runs on all nodes gives what one loop
//! would give.

/// Makes a test of each function on every carrier, and on one node.
macro_rules! everywhere {
    ($($name:ident,)*) => {
        mod alone {
            $(
                #[drust::test(nodes = 1)]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod shm {
            $(
                #[drust::test(nodes = 2, carrier = "shm")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 3, carrier = "tcp")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = 4, seed = 7)]
                fn $name() {
                    super::$name();
                }
            )*
        }
    };
}

mod edit;
mod events;
mod exchange;
mod parallel;
mod vector;

/// Text that is an object of its own.
fn text(number: usize) -> drust::String {
    format!("a text that is long enough for an object of its own, number {number}").into()
}
