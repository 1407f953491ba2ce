//! `go f(x)`, handles, `<-t`, `t.Cancel()`, and what a task's end means to others.

use std::ptr;
use std::sync::atomic::{Ordering, fence};

use super::crash::{Crash, CrashKind, cancelled};
use super::object::{Op, Task};
use super::runtime::Runtime;
use super::slab::runtime_of;
use super::value::{self, move_bytes};
use super::worker::Worker;
use crate::abi::layout::{Closure, Context, Header, Slice, Status, TypeDesc, TypeKind};
use crate::supervise::{admin, driver};
use crate::value::count;
use crate::value::crossing::{self, Bound};
use crate::value::slice::from_bytes;

/// Starts the program's main task, which runs `init`, then `main`.
pub fn start_main(runtime: &'static Runtime, main: *const Closure) {
    let mut cache = super::slab::Cache::new();
    let init = runtime.program.init;
    let first = if init.is_null() { main } else { init };
    let task = cache.allocate(runtime, first.cast_mut());
    // SAFETY: a new task is ours.
    unsafe {
        (*task).flags |= Task::MAIN;
        if !init.is_null() {
            (*task).extra().then = main.cast_mut();
        }
    }
    runtime.inject(task);
}

/// A new task that runs the closure, which it takes over; not queued yet. None, if the closure is bound to this task.
///
/// # Safety
/// The closure is the caller's to give, without parameters.
#[inline]
pub unsafe fn new_task(worker: &Worker, closure: *mut Closure) -> Result<*mut Task, Bound> {
    // SAFETY: by the caller.
    unsafe {
        match crossing::move_object(closure.cast()) {
            Ok(()) => Ok(worker.tasks().allocate(worker.runtime, closure)),
            Err(bound) => {
                count::release(closure.cast());
                Err(bound)
            }
        }
    }
}

/// `go f(x)` as a statement.
///
/// # Safety
/// `ctx` is this worker's; the closure is the caller's to give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_task_go(ctx: *mut Context, closure: *mut Closure) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        match new_task(worker, closure) {
            Ok(task) => worker.queue_new(task),
            Err(bound) => return bound.crash(ctx),
        }
    }
    Status::Returned
}

/// `go f(x)` as an expression: a handle.
///
/// # Safety
/// As for [`goo_task_go`]; `out` has room for the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_task_spawn(
    ctx: *mut Context,
    out: *mut *mut Task,
    closure: *mut Closure,
) -> Status {
    // SAFETY: by the caller; a task that is not queued is ours.
    unsafe {
        let worker = Worker::of(ctx);
        let task = match new_task(worker, closure) {
            Ok(task) => task,
            Err(bound) => return bound.crash(ctx),
        };
        (*task).flags |= Task::HANDLE;
        (*task).header.count.store(-2, Ordering::Relaxed);
        out.write(task);
        worker.queue_new(task);
    }
    Status::Returned
}

/// `t.Cancel()`.
///
/// # Safety
/// `task` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_task_cancel(_ctx: *mut Context, task: *mut Task) -> Status {
    if !task.is_null() {
        // SAFETY: the handle keeps it.
        unsafe { cancel(task) };
    }
    Status::Returned
}

/// Asks the task to unwind.
///
/// # Safety
/// The task is kept by a handle, or by its own reference.
pub unsafe fn cancel(task: *mut Task) {
    // SAFETY: by the caller.
    unsafe {
        let queue = (*task).state.cancel();
        interrupt(task, queue);
    }
}

/// Asks the task to unwind, without its deferred calls, even if it is unwinding already.
///
/// # Safety
/// As for [`cancel`].
pub unsafe fn kill(task: *mut Task) {
    // SAFETY: by the caller.
    unsafe {
        let queue = (*task).state.kill();
        interrupt(task, queue);
    }
}

fn interrupt(task: *mut Task, queue: bool) {
    let runtime = runtime_of(task);
    if queue {
        runtime.ready(task);
    } else {
        // It may be computing, on any worker.
        for worker in &runtime.workers {
            worker.ask_to_poll();
        }
    }
}

/// `<-t`: the result of a task, once it has ended. The type is `T ! Crash`.
///
/// # Safety
/// `ctx` is this worker's, `task` a handle, `out` room for the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_task_wait(
    ctx: *mut Context,
    desc: *const TypeDesc,
    out: *mut u8,
    task: *mut Task,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if task.is_null() {
            // A field or element of this type that was never given a value.
            return super::crash(ctx, "runtime error: none has no value".into());
        }
        let waiting = Worker::of(ctx).task();
        (*waiting).extra().awaited = task;
        (*waiting).extra().awaited_as = desc;
        wait_again(ctx, out)
    }
}

/// [`goo_task_wait`], also when the waiting task was woken.
///
/// # Safety
/// As there.
pub unsafe fn wait_again(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller; `awaited` is kept by the handle that waits.
    unsafe {
        let waiting = Worker::of(ctx).task();
        let task = (*waiting).extra().awaited;
        let desc = (*waiting).extra().awaited_as;
        (*task).lock.lock();
        let listed = &mut (*task).extra().waiters;
        if let Some(at) = listed.iter().position(|&other| other == waiting) {
            listed.swap_remove(at);
        }
        if (*task).state.is_finished() {
            if let Some(bound) = (*task).extra().gone.clone() {
                // Somebody else has got the same closure.
                (*task).lock.unlock();
                (*waiting).extra().awaited = ptr::null_mut();
                return bound.crash(ctx);
            }
            write_result(&mut *task, desc, out);
            (*task).lock.unlock();
            (*waiting).extra().awaited = ptr::null_mut();
            return Status::Returned;
        }
        if (*waiting).must_unwind() {
            (*task).lock.unlock();
            (*waiting).extra().awaited = ptr::null_mut();
            return cancelled(ctx);
        }
        if (*waiting).op == Op::Wait && (*waiting).is_deadlocked() {
            (*task).lock.unlock();
            (*waiting).extra().awaited = ptr::null_mut();
            return super::deadlock::crash_waiting(ctx, ptr::null_mut());
        }
        (*task).extra().waiters.push(waiting);
        (*waiting).begin(Op::Wait);
        (*task).lock.unlock();
        Status::Suspended
    }
}

/// Writes a `T ! Crash`: a copy of the result, or what is known of the crash. Under the task's lock.
unsafe fn write_result(task: &mut Task, desc: *const TypeDesc, out: *mut u8) {
    // SAFETY: by the caller; a result type has its offsets in `len` and `other`.
    unsafe {
        let desc = &*desc;
        ptr::write_bytes(out, 0, desc.size as usize);
        task.flags |= Task::WAITED;
        let extra = task.extra();
        if let Some(crash) = &extra.crash {
            out.write(1);
            write_crash(crash, desc.key, out.add(desc.other as usize));
        } else if let Some(result) = &extra.result {
            let size = value::size_of_value(result.desc);
            extra.gone = value::bound_in(result.desc, result.as_ptr());
            move_bytes(result.as_ptr(), out.add(desc.len as usize), size);
            if extra.gone.is_some() {
                // Closures that share variables have one owner.
                extra.result.take().expect("just seen").forget();
            } else {
                // Another task may wait for the same result, and get it, too.
                value::retain(result.desc, result.as_ptr());
                value::share(result.desc, result.as_ptr());
            }
        }
    }
}

/// Fills the fields of a `Crash` that the program's type has, among `Message`, `Stack` and `Task`.
unsafe fn write_crash(crash: &Crash, desc: *const TypeDesc, at: *mut u8) {
    // SAFETY: by the caller; descriptors are static.
    unsafe {
        let desc = &*desc;
        if desc.kind == TypeKind::String {
            at.cast::<Slice>().write(from_bytes(crash.text().as_bytes()));
            return;
        }
        for index in 0..desc.field_count as usize {
            let field = &*desc.fields.add(index);
            let text = match field.name.as_str() {
                "Message" => crash.text(),
                "Stack" => crash.stack_text(),
                "Task" => crash.path.join(" > "),
                _ => continue,
            };
            if (*field.ty).kind == TypeKind::String {
                let text = from_bytes(text.as_bytes());
                at.add(field.offset as usize).cast::<Slice>().write(text);
            }
        }
    }
}

/// The task has ended, its frames and closure are gone: tells those who want to know, and drops its own reference.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn end(worker: &Worker, task: *mut Task, crashed: bool) {
    // SAFETY: the caller holds the task, until its reference is dropped.
    unsafe {
        if (*task).has(Task::MAIN) {
            return main_ended(worker, task, crashed);
        }
        if (*task).extra.is_null() && !(*task).has(Task::HANDLE) {
            // Short tasks that do nothing together may be slower on several workers, as messages are: see `sharing`.
            worker.trace.count_parts(1);
            return worker.tasks().free(worker.runtime, task);
        }
        let told = driver::task_ended(worker, task) | super::group::task_ended(worker, task);
        if told {
            report_deadlock(worker.runtime, &mut *task);
        }
        (*task).lock.lock();
        (*task).state.finish();
        let waiters = (*task).extra_if_any().map(|extra| std::mem::take(&mut extra.waiters));
        for waiter in waiters.into_iter().flatten() {
            (*task).flags |= Task::WAITED;
            // Under the lock: the waiter takes it before it goes on.
            if (*waiter).state.wake() {
                worker.queue(waiter);
            }
        }
        if told {
            (*task).flags |= Task::WAITED;
        }
        let watchers = (*task).extra_if_any().map(|extra| std::mem::take(&mut extra.watchers));
        for watcher in watchers.iter().flatten() {
            admin::tell_end(worker, task, watcher);
        }
        (*task).lock.unlock();
        drop(watchers);
        drop_reference(worker, task);
    }
}

/// A deadlock is a mistake of the program, also when a supervisor heals it: people are always told. Before others can see that
/// the task has ended.
fn report_deadlock(runtime: &Runtime, task: &mut Task) {
    match task.extra_if_any().and_then(|extra| extra.crash.as_ref()) {
        Some(crash) if crash.kind == CrashKind::Deadlock => {
            report(runtime, crash);
        }
        _ => {}
    }
}

unsafe fn main_ended(worker: &Worker, task: *mut Task, crashed: bool) {
    // SAFETY: the caller holds the task.
    unsafe {
        let extra = (*task).extra();
        let signals = &worker.runtime.signals;
        let cancelled = extra.crash.as_ref().is_none_or(|crash| !crash.is_mistake());
        if cancelled && extra.then.is_null() && signals.is_stopping() {
            // The monitor ends the program when all supervisors have stopped.
            return;
        }
        if crashed {
            let status = match &extra.crash {
                Some(crash) if !crash.is_mistake() => signals.status(),
                Some(crash) => report(worker.runtime, crash),
                None => 2,
            };
            return worker.runtime.exit(status);
        }
        let then = std::mem::replace(&mut extra.then, ptr::null_mut());
        if then.is_null() {
            return worker.runtime.exit(0);
        }
        // Package initialisation is over: `main` begins, in the same task.
        (*task).closure = then;
        (*task).flags &= !Task::STARTED;
        worker.queue(task);
    }
}

/// Writes the report of a crash that nobody else hears of. Gives the program's status.
pub fn report(runtime: &Runtime, crash: &Crash) -> i32 {
    use std::io::Write as _;
    let text = crash.report(runtime.program);
    // Standard error may be closed; there is nobody else to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
    2
}

/// One reference to the task less: the task's own, on its end.
unsafe fn drop_reference(worker: &Worker, task: *mut Task) {
    // SAFETY: the caller owns the reference.
    unsafe {
        if (*task).header.count.fetch_add(1, Ordering::Release) == -1 {
            fence(Ordering::Acquire);
            free(worker.runtime, Some(worker), task);
        }
    }
}

/// Frees a task that has ended and has no handle left; what `HandleDesc` of tasks says.
///
/// # Safety
/// Nothing refers to the task any more.
pub unsafe extern "C" fn free_task(task: *mut Header) {
    let task: *mut Task = task.cast();
    // SAFETY: by the caller.
    unsafe { free(runtime_of(task), Worker::current(), task) }
}

unsafe fn free(runtime: &'static Runtime, worker: Option<&Worker>, task: *mut Task) {
    // SAFETY: by the caller.
    unsafe {
        if !(*task).extra.is_null() {
            let extra = Box::from_raw((*task).extra);
            (*task).extra = ptr::null_mut();
            let heard = (*task).has(Task::WAITED);
            match &extra.crash {
                Some(crash) if !heard && crash.is_mistake() => {
                    runtime.exit(report(runtime, crash));
                }
                _ => {}
            }
        }
        match worker {
            Some(worker) => worker.tasks().free(runtime, task),
            // No worker's thread: the place is not used again. Only the end of the program gets here.
            None => (*task).closure = ptr::null_mut(),
        }
    }
}
