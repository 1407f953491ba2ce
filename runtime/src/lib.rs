//! What compiled Goo programs run on: values, tasks, channels, supervision.

// The tables of natives are built by a macro that takes one parameter a step.
#![recursion_limit = "512"]

pub mod abi;
pub mod library;
pub mod task;
pub mod text;
pub mod value;
