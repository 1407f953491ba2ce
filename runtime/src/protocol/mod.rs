//! The protocols between threads: small words and locks that everything else in the runtime rests on, each with its
//! states and rules written down, and each with a model, in `models.rs` or in its own file, that loom explores
//! (`RUSTFLAGS="--cfg loom" cargo test -p goo-runtime --release loom`).
//!
//! Nothing here knows of compiled code. Atomics come through [`sync`], so that loom can replace them.

pub mod bias;
pub mod claim;
pub mod ends;
pub mod lock;
#[cfg(all(test, loom))]
pub(crate) mod models;
pub mod sleep;
pub mod state;
pub mod sync;
pub mod ticket;
