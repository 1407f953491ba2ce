//! Supervision: who starts a child, notices its end, and starts it again.
//!
//! - [`machine`]: what a supervisor decides, without tasks or clocks.
//! - [`window`]: the restarts of the last while.
//! - [`backoff`]: how long a restart waits.
//! - [`causes`]: why a supervisor gave up, as a tree.
//! - [`driver`]: makes these decisions happen; a supervisor runs in the task that waits for it.
//! - [`requests`]: what is asked of a running supervisor: to start, stop, restart or forget children, or to end.
//! - [`inputs`]: what children were started with to receive from: with its end, they are done.
//! - [`parked`]: what children were started with that only come back by hand.
//! - [`watch`]: the messages by which ends are told.
//! - [`natives`] and [`admin`]: what compiled code calls to build and use one.
//! - [`signals`]: SIGINT and SIGTERM stop the tree.

pub mod admin;
pub mod backoff;
pub mod causes;
pub mod driver;
mod inputs;
pub mod machine;
pub mod natives;
pub mod parked;
pub mod requests;
pub mod signals;
#[cfg(test)]
mod tests;
pub mod watch;
pub mod window;
