//! What compiled code calls to ask things of running supervisors, and to watch: package `supervision`, and the methods of handles that go
//! beyond [`natives`](super::natives).

use std::sync::Arc;

use super::driver::{Ended, Event, Shared};
use super::machine::{Answer, SHUTDOWN};
use super::natives::{Supervisor, owned_text, shared_of, started_by_hand};
use super::requests::{self, What};
use super::watch::Watched;
use crate::abi::layout::{Closure, Context, Slice, Status, Storage, TypeDesc};
use crate::channel::Channel;
use crate::channel::object::goo_chan_make;
use crate::task::crash::{CrashKind, crash, crash_as};
use crate::task::future::suspend_on;
use crate::task::object::Task;
use crate::task::worker::Worker;
use crate::value::{count, crossing, slice, string};

/// Asks, and waits for the answer: one of [`Answer`], as a number.
unsafe fn ask(ctx: *mut Context, out: *mut i64, shared: &Arc<Shared>, what: What, path: &str) -> Status {
    let answer = requests::ask(shared, what, path);
    // A supervisor that is gone has dropped the question.
    let answer = async move { Ok(answer.await.unwrap_or(Answer::Ended as i64)) };
    // SAFETY: a task runs on this context's worker.
    unsafe { suspend_on(ctx, out, answer) }
}

/// A child more, with a name that no other has. Answers as [`goo_supervision_ask`].
///
/// # Safety
/// `ctx` is this worker's; `supervisor` is a handle; the closure is the caller's to give; the name is lent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_start_as(
    ctx: *mut Context,
    out: *mut i64,
    supervisor: *mut Supervisor,
    closure: *mut Closure,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
    restart: i64,
    shutdown: i64,
    significant: i64,
    start: i64,
) -> Status {
    // SAFETY: by the caller; the closure is marked shared.
    unsafe {
        if let Err(bound) = crossing::publish_object(closure.cast()) {
            count::release(closure.cast());
            return bound.crash(ctx);
        }
        let shutdown = if shutdown < 0 { SHUTDOWN } else { shutdown as u64 };
        let start = (start >= 0).then_some(start as u64);
        let settings = started_by_hand(restart, shutdown, significant != 0, start);
        let path = owned_text(name, name_len);
        ask(ctx, out, &(*supervisor).shared, What::Start { closure, settings, named: true }, &path)
    }
}

/// One more of a kind. Answers as [`goo_supervision_ask`].
///
/// # Safety
/// As for [`goo_supervisor_start_as`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_dynamic(
    ctx: *mut Context,
    out: *mut i64,
    supervisor: *mut Supervisor,
    closure: *mut Closure,
    _kind_owner: *mut Storage,
    kind: *const u8,
    kind_len: i64,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
) -> Status {
    // SAFETY: by the caller; the closure is marked shared.
    unsafe {
        if let Err(bound) = crossing::publish_object(closure.cast()) {
            count::release(closure.cast());
            return bound.crash(ctx);
        }
        let (kind, path) = (owned_text(kind, kind_len), owned_text(name, name_len));
        ask(ctx, out, &(*supervisor).shared, What::Dynamic { kind, closure }, &path)
    }
}

/// What package `supervision` asks for, by number; the answer is an [`Answer`].
///
/// # Safety
/// `ctx` is this worker's; `supervisor` is a handle; the name is lent; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervision_ask(
    ctx: *mut Context,
    out: *mut i64,
    supervisor: *mut Supervisor,
    what: i64,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
    number: i64,
) -> Status {
    if number < 0 {
        return crash(ctx, format!("supervision: workers out of range: {number}"));
    }
    let what = match what {
        0 => What::Stop,
        1 => What::Restart,
        2 => What::Delete,
        3 => What::Kill,
        4 => What::Workers(number as usize),
        _ => What::Shutdown,
    };
    // SAFETY: by the caller.
    unsafe { ask(ctx, out, &(*supervisor).shared, what, &owned_text(name, name_len)) }
}

/// `func Names(s supervisor) []string`: of all children that are not forgotten, in order.
///
/// # Safety
/// `supervisor` is a handle; `out` has room for a slice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervision_Names(
    _ctx: *mut Context,
    out: *mut Slice,
    supervisor: *mut Supervisor,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let state = shared_of(supervisor).state.lock();
        let there = (0..state.children.len()).filter(|&id| state.machine.state_of(id).is_some());
        let names = there.map(|id| slice::from_bytes(state.children[id].name.as_bytes())).collect();
        out.write(string::slice_of(names));
    }
    Status::Returned
}

/// `func State(s supervisor, name string) string`: empty if there is no such child.
///
/// # Safety
/// `supervisor` is a handle; the name is lent; `out` has room for a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervision_State(
    _ctx: *mut Context,
    out: *mut Slice,
    supervisor: *mut Supervisor,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let path = owned_text(name, name_len);
        let state = requests::find(&(*supervisor).shared, &path).map_or("", |(shared, name)| {
            let state = shared.state.lock();
            let mut all = 0..state.children.len();
            let found = all.find_map(|id| {
                if *state.children[id].name == *name { state.machine.state_of(id) } else { None }
            });
            found.unwrap_or("")
        });
        out.write(slice::from_bytes(state.as_bytes()));
    }
    Status::Returned
}

/// `func Active(s supervisor) int`: how many children run.
///
/// # Safety
/// `supervisor` is a handle; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervision_Active(
    _ctx: *mut Context,
    out: *mut i64,
    supervisor: *mut Supervisor,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let state = shared_of(supervisor).state.lock();
        let runs = |id: &usize| state.machine.state_of(*id) == Some("running");
        out.write((0..state.children.len()).filter(runs).count() as i64);
    }
    Status::Returned
}

/// `func Started()`: the running task's start phase is over.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervision_Started(ctx: *mut Context) -> Status {
    // SAFETY: by the caller; the running task is ours.
    unsafe {
        let task = Worker::of(ctx).task();
        if let Some(link) = (*task).extra_if_any().and_then(|extra| extra.child.as_ref()) {
            link.shared.send(Event::HasStarted(link.child));
        }
    }
    Status::Returned
}

/// `func Exit()`: the running task ends as if it had been asked to.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervision_Exit(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe { crash_as(ctx, CrashKind::Cancelled, "ended by itself".into()) }
}

/// A channel for one message: its receiving end is written to `out`, the sending end is given.
unsafe fn channel_of_ends(ctx: *mut Context, elem: *const TypeDesc, out: *mut *mut Channel) -> Watched {
    const SITE: &str = "Watch";
    // SAFETY: by the caller; a channel with both ends.
    unsafe {
        let (site, len) = (SITE.as_ptr(), SITE.len() as i64);
        let none = std::ptr::null_mut();
        let status = goo_chan_make(ctx, elem, out, 1, 0, 0, 0, 0, 0, none, none.cast(), site, len);
        debug_assert_eq!(status, Status::Returned);
        Watched::new(*out)
    }
}

/// `t.Watch()`: a channel that hears of the task's end, at once if that is over.
///
/// # Safety
/// `ctx` is this worker's; `task` is a handle; `elem` is `Ended`; `out` has room for the channel's receiving end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_task_watch(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut *mut Channel,
    task: *mut Task,
) -> Status {
    // SAFETY: by the caller; the task's lock guards its watchers.
    unsafe {
        if task.is_null() {
            return crate::task::crash(ctx, "runtime error: none has no value".into());
        }
        let watched = channel_of_ends(ctx, elem, out);
        (*task).lock.lock();
        if (*task).state.is_finished() {
            tell_end(Worker::of(ctx), task, &watched);
        } else {
            (*task).extra().watchers.push(watched);
        }
        (*task).lock.unlock();
    }
    Status::Returned
}

/// Tells one who watches how the task has ended. Under the task's lock.
///
/// # Safety
/// The caller holds the task, or its lock after its end.
pub unsafe fn tell_end(worker: &Worker, task: *mut Task, watched: &Watched) {
    // SAFETY: by the caller.
    unsafe {
        (*task).flags |= Task::WAITED;
        let killed = (*task).state.is_killed();
        let ended = Ended::of((*task).extra().crash.as_deref(), killed);
        watched.tell(worker, "task", ended.how, &ended.message);
    }
}

/// `s.Watch()`: a channel that hears of the supervisor's end, at once if that is over.
///
/// # Safety
/// As for [`goo_task_watch`]; `supervisor` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_watch_end(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut *mut Channel,
    supervisor: *mut Supervisor,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let watched = channel_of_ends(ctx, elem, out);
        let mut state = shared_of(supervisor).state.lock();
        match &state.end {
            Some((how, message)) => watched.tell(Worker::of(ctx), "supervisor", how, message),
            None => state.watchers.push(watched),
        }
    }
    Status::Returned
}
