//! Tasks: what they are, who runs them, how they wait, end and crash.
//!
//! A task runs on the stack of a worker thread. When it has to wait, its activations return [`Status::Suspended`] and leave heap
//! frames behind; the worker goes on with another task, and resumes the innermost frame later.
//!
//! - [`object`]: the task itself; [`slab`]: where tasks live; [`frame`]: where frames live, and deferred calls.
//! - [`run`]: running, resuming, unwinding and ending one task; [`crash`]: what is known of a crash, and its report.
//! - [`worker`]: the loop of one thread; [`queues`]: what waits for it; [`park`]: how it sleeps; [`sharing`]: whether it takes tasks from others; [`runtime`]: all of them, `start`; [`monitor`]: looks after those that compute for long.
//! - [`pending`]: what a suspended task waits for; [`timer`] (with its [`wheel`]), [`future`]: two such things.
//! - [`clock`]: the system's time, or virtual time.
//! - [`spawn`], [`group`]: the calls for `go` and `go parallel`; [`polling`]: for cancelled and overdue tasks.
//! - [`deadlock`]: finds tasks that nobody can wake any more.
//!
//! [`Status::Suspended`]: crate::abi::layout::Status::Suspended

pub mod clock;
pub mod crash;
pub mod crash_points;
pub mod deadlock;
pub mod entry;
pub mod frame;
pub mod future;
pub mod group;
mod monitor;
pub mod object;
pub mod park;
pub mod pending;
pub mod polling;
mod queues;
pub mod run;
pub mod runtime;
mod sharing;
pub mod slab;
pub mod spawn;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod timer;
pub mod value;
mod wheel;
pub mod worker;

pub(crate) use crash::crash;
pub use object::Task;
pub use runtime::{Options, start};
pub use worker::Worker;
