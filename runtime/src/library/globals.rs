//! May the running task use a package variable? Compiled code asks where the compiler cannot tell (`mir/passes/owners.rs`).

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::abi::layout::{Context, Status, TypeDesc};
use crate::natives;
use crate::task::Task;
use crate::task::worker::Worker;
use crate::value::crossing;

/// Whether [`BOUND`] holds anything, which is seldom.
static ANY: AtomicBool = AtomicBool::new(false);

/// The variables that were given a closure over shared variables when they were initialised: the name of each, and the closure's.
static BOUND: Mutex<Vec<(Vec<u8>, &'static str)>> = Mutex::new(Vec::new());

/// A package variable has its value, and every task can read it from now on.
///
/// # Safety
/// `at` holds a value of type `desc`.
unsafe fn publish(desc: &TypeDesc, at: *mut u8, name: &[u8]) {
    // SAFETY: as the caller owes.
    let Some(bound) = (unsafe { crossing::publish_value(desc, at) }) else { return };
    let mut list = BOUND.lock();
    list.retain(|(known, _)| known != name);
    list.push((name.to_vec(), bound.name()));
    // Release: who sees it finds the entry; but the lock alone would do, as a task is started after this.
    ANY.store(true, Ordering::Release);
}

/// The name without its package.
fn short(name: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(name.rsplit(|byte| *byte == b'.').next().unwrap_or(name))
}

/// # Safety
/// `ctx` is this worker's, and a task runs.
unsafe fn is_main(ctx: *mut Context) -> bool {
    // SAFETY: as the caller owes.
    unsafe { (*Worker::of(ctx).task()).has(Task::MAIN) }
}

natives! { pub static GLOBALS;
    /// The value of a package variable, which every task can read from now on.
    Pure fn goo_value_publish[desc](at: Address, name: Bytes) {
        // SAFETY: the value is the variable's.
        unsafe { publish(desc, at, name) }
    }
    /// Crashes a task that is not the main one: the variable of this name belongs to that.
    Raw fn goo_global_main(ctx, name: Bytes) {
        // SAFETY: the context is the running task's.
        match unsafe { is_main(ctx) } {
            true => Status::Returned,
            false => {
                let message = format!(
                    "`{}` is assigned after its initialisation, so it belongs to the main task: other tasks cannot use it",
                    short(name)
                );
                crate::task::crash(ctx, message)
            }
        }
    }
    /// The same, if the variable was given a closure over shared variables.
    Raw fn goo_global_closures(ctx, name: Bytes) {
        // SAFETY: the context is the running task's.
        if !ANY.load(Ordering::Acquire) || unsafe { is_main(ctx) } {
            return Status::Returned;
        }
        let closure = BOUND.lock().iter().find(|(known, _)| known == name).map(|(_, name)| *name);
        closure.map_or(Status::Returned, |closure| {
            let message = format!(
                "`{}` holds the closure {closure}, which has variables of its own, so it belongs to the main task: other tasks cannot use it",
                short(name)
            );
            crate::task::crash(ctx, message)
        })
    }
}
