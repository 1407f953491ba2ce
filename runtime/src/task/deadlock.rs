//! Deadlocks of any subset of tasks.

use super::crash::{CrashKind, crash_as};
use super::runtime::Runtime;
use super::worker::Worker;
use crate::abi::layout::{Context, Status};
use crate::channel::Channel;

/// What detection keeps between searches.
#[derive(Default)]
pub struct Detector {}

/// All workers are idle.
pub fn on_idle(_worker: &Worker) -> bool {
    false
}

/// Looks for tasks that nothing can wake.
pub fn search(_runtime: &'static Runtime) {}

/// The running task waits at this channel for ever.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel or null.
pub unsafe fn crash_waiting(ctx: *mut Context, channel: *mut Channel) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let site = channel.as_ref().map_or("", |channel| channel.site());
        crash_as(ctx, CrashKind::Deadlock, format!("deadlock: waits at the channel made at {site}"))
    }
}
