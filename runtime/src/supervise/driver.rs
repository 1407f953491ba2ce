//! Makes the supervisor's decisions happen.

use crate::abi::layout::{Context, Status};
use crate::task::object::Task;
use crate::task::worker::Worker;

/// A supervised task's place.
pub struct ChildLink {}

/// What a task that waits for a supervisor waits for.
pub struct Waiting {}

/// The task's place in the supervision tree, outermost first.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn path(_task: *mut Task) -> Vec<String> {
    Vec::new()
}

/// # Safety
/// The caller holds the task.
pub unsafe fn task_ended(_worker: &Worker, _task: *mut Task) -> bool {
    false
}

/// # Safety
/// `ctx` is this worker's.
pub unsafe fn resume(_ctx: *mut Context) -> Status {
    Status::Returned
}
