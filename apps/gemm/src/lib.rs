//! Products of dense matrices whose tiles lie in the memory of all nodes.
//!
//! The program stands in [`program`](cluster::program), once, and is compiled twice: as [`cluster`] on drust's types,
//! and as [`twin`] on std's. What knows no memory but its own thread's lies beside it: the kernels that multiply two
//! tiles, NumPy's files, pseudo-random numbers.
//!
//! ```
//! use drust_gemm::cluster::program::{Product, check, generate, multiply};
//! let product = Product::plan(100, 80, 60, None, drust::node::count());
//! let (a, b) = (generate::<f64>(product.a(), 1), generate::<f64>(product.b(), 2));
//! let c = multiply(&a, &b);
//! assert!(check(&a, &b, &c, 3).holds());
//! ```

pub mod cluster;
pub mod element;
pub mod error;
pub mod job;
pub mod kernel;
pub mod npy;
pub mod random;
pub mod twin;
pub mod verdict;

pub use element::{Dtype, Element};
pub use error::{Error, Result};
pub use job::Job;
pub use verdict::{Check, Verdict};
