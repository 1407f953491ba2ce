//! What compiled Goo programs run on: values, tasks, channels, supervision.

// Every block says why it is sound.
#![warn(clippy::undocumented_unsafe_blocks)]
// The tables of natives are built by a macro that takes one parameter a step.
#![recursion_limit = "512"]
#![allow(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "natives are called by compiled code only, by the convention that `abi` states"
)]

// Under `--cfg loom` only the protocols are there, for their models.
#[cfg(not(loom))]
pub mod abi;
#[cfg(not(loom))]
pub mod channel;
#[cfg(not(loom))]
pub mod io;
#[cfg(not(loom))]
pub mod library;
#[cfg(not(loom))]
pub mod memory;
pub mod pattern;
pub mod protocol;
#[cfg(not(loom))]
pub mod schedule;
#[cfg(not(loom))]
pub mod supervise;
#[cfg(not(loom))]
pub mod task;
#[cfg(not(loom))]
pub mod text;
#[cfg(not(loom))]
pub mod trace;
#[cfg(not(loom))]
pub mod value;
