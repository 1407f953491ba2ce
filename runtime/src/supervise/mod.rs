//! Supervision: who starts a child, notices its end, and starts it again.
//!
//! - [`machine`]: what a supervisor decides, without tasks or clocks; its tests are in `machine_tests.rs`.
//! - [`window`]: the restarts of the last while.
//! - [`driver`]: makes these decisions happen; a supervisor runs in the task that waits for it.
//! - [`natives`]: what compiled code calls to build and use one.
//! - [`signals`]: SIGINT and SIGTERM stop the tree.

pub mod driver;
pub mod machine;
#[cfg(test)]
mod machine_tests;
pub mod natives;
pub mod signals;
#[cfg(test)]
mod tests;
pub mod window;
