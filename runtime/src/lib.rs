//! What compiled Goo programs run on: values, tasks, channels, supervision.

pub mod abi;
