//! `go parallel for`: a group of tasks with a limit on how many run at once, whose results come in order, and of which a crash
//! cancels the others and crashes who waits.
//!
//! A group is a handle. Giving it up (the waiting task crashed, say) cancels what still runs.

use std::sync::Arc;
use std::sync::atomic::AtomicI32;

use parking_lot::Mutex;

use super::crash::{Crash, cancelled, crash};
use super::object::{Op, Task};
use super::spawn;
use super::value::{self, Stored};
use super::worker::Worker;
use crate::abi::layout::{
    Closure, ClosureDesc, Context, HandleDesc, Header, ObjectKind, Slice, Status, TypeDesc,
};

/// The handle.
#[repr(C)]
pub struct Group {
    header: Header,
    inner: Arc<Mutex<Inner>>,
}

/// What the group and its tasks share.
struct Inner {
    limit: usize,
    running: Running,
    /// Of turns that give one, in order.
    results: Vec<Option<Stored>>,
    crash: Option<Box<Crash>>,
    /// The task that waits for a place or for the end.
    waiter: *mut Task,
}

// SAFETY: the mutex guards the pointers, which are to tasks that are kept by their own references while they are listed.
unsafe impl Send for Inner {}

/// The tasks that have not ended, each in a place of its own: a group may have a million of them.
#[derive(Default)]
struct Running {
    /// Null where there is none.
    places: Vec<*mut Task>,
    free: Vec<usize>,
}

impl Running {
    fn count(&self) -> usize {
        self.places.len() - self.free.len()
    }

    fn add(&mut self, task: *mut Task) -> usize {
        if let Some(place) = self.free.pop() {
            self.places[place] = task;
            return place;
        }
        self.places.push(task);
        self.places.len() - 1
    }

    fn remove(&mut self, place: usize) {
        self.places[place] = std::ptr::null_mut();
        self.free.push(place);
    }

    fn tasks(&self) -> impl Iterator<Item = *mut Task> {
        self.places.iter().copied().filter(|task| !task.is_null())
    }
}

/// A task's place in its group.
pub struct GroupLink {
    inner: Arc<Mutex<Inner>>,
    place: usize,
    /// Which of the results is its own, if it gives one.
    result: usize,
}

static GROUP_HANDLE: HandleDesc = HandleDesc { free };

/// A new group: at most `limit` tasks at once.
///
/// # Safety
/// `ctx` is this worker's; `out` has room for the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_group_new(ctx: *mut Context, out: *mut *mut Group, limit: i64) -> Status {
    if limit < 1 {
        return crash(ctx, format!("go parallel: workers out of range: {limit}"));
    }
    let group = Box::new(Group {
        header: Header {
            count: AtomicI32::new(-1),
            kind: ObjectKind::Handle,
            desc: (&raw const GROUP_HANDLE).cast(),
        },
        inner: Arc::new(Mutex::new(Inner {
            limit: limit as usize,
            running: Running::default(),
            results: Vec::new(),
            crash: None,
            waiter: std::ptr::null_mut(),
        })),
    });
    // SAFETY: by the caller.
    unsafe { out.write(Box::into_raw(group)) };
    Status::Returned
}

/// Starts one turn of the loop, then waits until another may start.
///
/// # Safety
/// `ctx` is this worker's; `group` is a group; the closure is the caller's to give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_group_go(ctx: *mut Context, group: *mut Group, closure: *mut Closure) -> Status {
    // SAFETY: by the caller; a task that is not queued is ours.
    unsafe {
        let worker = Worker::of(ctx);
        let gives_result = !(*(*closure).header.desc.cast::<ClosureDesc>()).result.is_null();
        let task = match spawn::new_task(worker, closure) {
            Ok(task) => task,
            Err(bound) => return bound.crash(ctx),
        };
        // Its result is kept.
        (*task).flags |= Task::HANDLE;
        let inner = &(*group).inner;
        let mut guard = inner.lock();
        let result = guard.results.len();
        if gives_result {
            guard.results.push(None);
        }
        let place = guard.running.add(task);
        (*task).extra().group = Some(GroupLink { inner: inner.clone(), place, result });
        let full = guard.running.count() >= guard.limit;
        drop(guard);
        // Behind the others: the loop goes on, and idle workers take the turns.
        worker.push(task);
        if full { wait(ctx, group, false) } else { Status::Returned }
    }
}

/// Waits until all turns have ended; crashes if one of them did.
///
/// # Safety
/// `ctx` is this worker's; `group` is a group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_group_wait(ctx: *mut Context, group: *mut Group) -> Status {
    // SAFETY: by the caller.
    unsafe { wait(ctx, group, true) }
}

/// Waits for a place, or for the end.
unsafe fn wait(ctx: *mut Context, group: *mut Group, end: bool) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let task = Worker::of(ctx).task();
        // The group stays alive while its handle's holder waits; nothing else uses the slot meanwhile.
        (*task).slot[0] = group as u64;
        (*task).slot[1] = u64::from(end);
        resume(ctx)
    }
}

/// Goes on waiting.
///
/// # Safety
/// `ctx` is this worker's; the running task waits for a group.
pub unsafe fn resume(ctx: *mut Context) -> Status {
    // SAFETY: by the caller; see `wait`.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let group = (*task).slot[0] as *mut Group;
        let end = (*task).slot[1] != 0;
        let mut inner = (*group).inner.lock();
        inner.waiter = std::ptr::null_mut();
        if (*task).must_unwind() {
            drop(inner);
            return cancelled(ctx);
        }
        let crashed = inner.crash.is_some();
        let running = inner.running.count();
        let free = if end || crashed { running == 0 } else { running < inner.limit };
        if !free {
            inner.waiter = task;
            (*task).begin(Op::Group);
            return Status::Suspended;
        }
        match inner.crash.take() {
            Some(crash) => {
                drop(inner);
                (*task).extra().crash = Some(crash);
                Status::Crashed
            }
            None => Status::Returned,
        }
    }
}

/// The results of all turns, in order.
///
/// # Safety
/// `group` is a group that was waited for; each turn gave an `elem`; `out` has room for a slice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_group_results(
    _ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut Slice,
    group: *mut Group,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let results = std::mem::take(&mut (*group).inner.lock().results);
        out.write(value::slice_of(elem, results.into_iter().flatten().collect()));
    }
    Status::Returned
}

/// The tasks of the group that have not ended.
///
/// # Safety
/// `group` is a group.
pub unsafe fn running(group: *mut Group) -> Vec<*mut Task> {
    // SAFETY: by the caller.
    let inner = unsafe { &(*group).inner };
    inner.lock().running.tasks().collect()
}

/// A task has ended: if it belongs to a group, its result goes there. True: it did, and nobody else need hear of its crash.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn task_ended(worker: &Worker, task: *mut Task) -> bool {
    // SAFETY: by the caller; tasks listed in a group hold their own reference until they get here.
    unsafe {
        let Some(extra) = (*task).extra_if_any() else { return false };
        let Some(link) = extra.group.take() else { return false };
        let mut inner = link.inner.lock();
        inner.running.remove(link.place);
        if let Some(result) = extra.result.take() {
            inner.results[link.result] = Some(result);
        }
        if let Some(crash) = extra.crash.take()
            && crash.is_mistake()
            && inner.crash.is_none()
        {
            inner.crash = Some(crash);
            for other in inner.running.tasks() {
                spawn::cancel(other);
            }
        }
        if !inner.waiter.is_null() && (*inner.waiter).state.wake() {
            worker.queue(inner.waiter);
        }
        true
    }
}

unsafe extern "C" fn free(group: *mut Header) {
    // SAFETY: the last reference is gone; tasks listed hold their own reference.
    unsafe {
        let group = Box::from_raw(group.cast::<Group>());
        let running = group.inner.lock();
        for task in running.running.tasks() {
            spawn::cancel(task);
        }
    }
}
