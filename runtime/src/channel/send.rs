//! `ch <- v`, `TrySend`, `SendWithin`.

use super::object::{Channel, Woken};
use super::options::{Admission, Options};
use super::role::{self, Kind};
use super::straight::{self, Blocks};
use crate::abi::layout::{Context, Slice, Status, TypeDesc, TypeKind};
use crate::task::crash::{Undone, cancelled};
use crate::task::object::{Op, Outcome, SLOT_SIZE, Task};
use crate::task::polling::must_unwind;
use crate::task::worker::Worker;
use crate::task::{crash, timer, value};
use crate::trace::Kind as Trace;

/// What became of a message.
#[must_use]
pub enum Sent {
    /// It is a receiver's, which may have to be queued, or in the buffer.
    Passed(Option<Woken>),
    /// The channel's policy dropped it (or one before it).
    Dropped,
    /// There is no place for it; it is still the caller's.
    Full,
    /// The channel is closed; the message is still the caller's.
    Closed,
}

impl Channel {
    /// Sends if that is possible at once. Under the lock.
    ///
    /// # Safety
    /// `message` is an owned, shared message of the channel's type; moved away unless `Full` or `Closed`.
    #[inline]
    pub unsafe fn try_send(&mut self, message: *mut u8) -> Sent {
        // SAFETY: by the caller; rules 1 and 2.
        unsafe {
            if self.closed {
                return Sent::Closed;
            }
            if self.kind == Kind::Hub {
                return role::hub::send(self, message);
            }
            if !self.receivers.is_empty()
                && let Some(waiter) = self.receivers.take()
            {
                return Sent::Passed(self.hand_to(waiter, message));
            }
            if !self.buffer.is_full() {
                self.buffer.put(message);
                return Sent::Passed(None);
            }
            if self.options.is_null() { Sent::Full } else { Options::overflow(self, message) }
        }
    }

    /// The time, and when the channel's `rate` lets the next message in; the clock is read only if it may have one. Under the lock.
    ///
    /// # Safety
    /// The caller has the lock.
    pub unsafe fn next_turn(&self, worker: &Worker) -> (u64, u64) {
        // SAFETY: by the caller, who alone uses the options.
        let Some(options) = (unsafe { self.options.as_ref() }) else { return (0, 0) };
        let now = worker.runtime.now();
        (now, options.next_turn(now))
    }

    /// Sends if that is possible at once, when the next turn of the channel's `rate` has come. What is refused uses up no turn. Under
    /// the lock.
    ///
    /// # Safety
    /// As for [`Channel::try_send`].
    pub unsafe fn try_send_in_turn(&mut self, message: *mut u8, now: u64) -> Sent {
        // SAFETY: by the caller.
        unsafe {
            let sent = self.try_send(message);
            if let Some(options) = self.options.as_mut()
                && matches!(sent, Sent::Passed(_) | Sent::Dropped)
            {
                options.take_turn(now);
            }
            sent
        }
    }
}

/// `ch <- v`.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel; `message` is the caller's to give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_send(
    ctx: *mut Context,
    elem: *const TypeDesc,
    channel: *mut Channel,
    message: *mut u8,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if must_unwind(ctx) {
            value::release(elem, message);
            return cancelled(ctx);
        }
        if let Err(status) = make_ready(ctx, elem, channel, message) {
            return status;
        }
        let is_large = is_large(elem, message);
        let status = match straight::send(ctx, channel, message, (*channel).size, Blocks::Yes) {
            Some(status) => status,
            None => send_in_turn(ctx, channel, message),
        };
        if is_large && status == Status::Returned {
            // Who receives it finds it in the cache, and what it gives back is there for the next one.
            Worker::of(ctx).run_ahead();
        }
        status
    }
}

/// Bytes of a slice or text with which a cache has little room for another.
const LARGE: u64 = 256 << 10;

/// Whether the message is a large slice or text.
#[inline(always)]
unsafe fn is_large(elem: *const TypeDesc, message: *const u8) -> bool {
    // SAFETY: by the caller, a message of this type, if it is one with a descriptor.
    unsafe {
        let Some(elem) = elem.as_ref() else { return false };
        let each = match elem.kind {
            TypeKind::String => 1,
            TypeKind::Slice => (*elem.elem).size,
            _ => return false,
        };
        (*message.cast::<Slice>()).len as u64 * each >= LARGE
    }
}

/// Makes a message ready for another task. If it may not go there, or there is no channel, it is given up: what the operation gives.
///
/// # Safety
/// As for [`goo_chan_send`]; the channel may be null.
#[inline(always)]
unsafe fn make_ready(
    ctx: *mut Context,
    elem: *const TypeDesc,
    channel: *mut Channel,
    message: *mut u8,
) -> Result<(), Status> {
    // SAFETY: by the caller.
    unsafe {
        if channel.is_null() {
            value::release(elem, message);
            return Err(super::no_channel(ctx));
        }
        value::move_out(elem, message).map_err(|bound| {
            value::release(elem, message);
            bound.crash(ctx)
        })
    }
}

/// Sends a message that is ready for it, when the channel's rate lets it in.
#[inline(never)]
unsafe fn send_in_turn(ctx: *mut Context, channel: *mut Channel, message: *mut u8) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let channel = role::target(channel);
        if !(*channel).options.is_null()
            && let Admission::At(turn) = Options::admit(ctx, channel, u64::MAX)
        {
            return super::options::wait_for_rate(ctx, channel, message, turn, Op::Rate);
        }
        send_now(ctx, channel, message)
    }
}

/// Sends a message that is ready for it, or waits.
///
/// # Safety
/// As for [`goo_chan_send`].
#[inline]
pub unsafe fn send_now(ctx: *mut Context, channel: *mut Channel, message: *mut u8) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let worker = Worker::of(ctx);
        worker.trace.record(worker.task(), Trace::Send, channel);
        (*channel).lock();
        match (*channel).try_send(message) {
            Sent::Passed(woken) => {
                let heavy = (*channel).buffer.is_heavy();
                (*channel).unlock();
                if let Some(task) = woken {
                    worker.queue(task);
                } else if heavy {
                    worker.run_ahead();
                }
                role::settle(channel);
                Status::Returned
            }
            Sent::Dropped => {
                (*channel).unlock();
                Status::Returned
            }
            Sent::Full if Options::refuses(channel) => {
                (*channel).unlock();
                value::release((*channel).elem, message);
                let why = "send to a full channel: its `overflow: fail` refuses it, and nothing handles that";
                crash_unsent(ctx, channel, why)
            }
            Sent::Full => {
                wait(worker, channel, message, Op::Send);
                (*channel).unlock();
                Status::Suspended
            }
            Sent::Closed => {
                (*channel).unlock();
                value::release((*channel).elem, message);
                crash_unsent(ctx, channel, "send on closed channel")
            }
        }
    }
}

/// The send that was recorded last crashes.
#[cold]
unsafe fn crash_unsent(ctx: *mut Context, channel: *mut Channel, why: &str) -> Status {
    let status = crash(ctx, why.into());
    // SAFETY: by the caller, in a send of the running task.
    unsafe {
        let undone = Undone { kind: Trace::Send, site: (*channel).site(), waits: false };
        if let Some(crash) = &mut (*Worker::of(ctx).task()).extra().crash {
            crash.undone = Some(undone);
        }
    }
    status
}

/// Queues the running task with its message. Under the lock.
unsafe fn wait(worker: &Worker, channel: *mut Channel, message: *mut u8, op: Op) {
    // SAFETY: by the caller; the running task is in no queue.
    unsafe {
        let task = worker.task();
        let size = (*channel).size;
        let room = (*task).make_room(size);
        value::move_bytes(message, room, size);
        queue(task, channel, op);
    }
}

/// Queues the running task, which holds its message.
///
/// # Safety
/// The caller holds the lock; the running task is in no queue.
#[inline(always)]
pub unsafe fn queue(task: *mut Task, channel: *mut Channel, op: Op) {
    // SAFETY: by the caller.
    unsafe {
        (*task).begin(op);
        (*task).waiter.come_to(task, channel);
        (*channel).senders.push(&raw mut (*task).waiter);
    }
}

/// `ch.TrySend(v)`: 1 if it was sent. Also a handled send to a channel whose overflow is `fail`.
///
/// # Safety
/// As for [`goo_chan_send`]; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_try_send(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut i64,
    channel: *mut Channel,
    message: *mut u8,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if let Err(status) = make_ready(ctx, elem, channel, message) {
            return status;
        }
        match straight::send(ctx, channel, message, (*channel).size, Blocks::No) {
            Some(_) => {
                out.write(1);
                Status::Returned
            }
            None => try_send_in_turn(ctx, elem, out, channel, message),
        }
    }
}

#[inline(never)]
unsafe fn try_send_in_turn(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut i64,
    channel: *mut Channel,
    message: *mut u8,
) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let worker = Worker::of(ctx);
        let channel = role::target(channel);
        worker.trace.record(worker.task(), Trace::Send, channel);
        (*channel).lock();
        let (now, turn) = (*channel).next_turn(worker);
        let sent = if turn > now { Sent::Full } else { (*channel).try_send_in_turn(message, now) };
        (*channel).note_answer();
        (*channel).unlock();
        role::settle(channel);
        let done = matches!(sent, Sent::Passed(_) | Sent::Dropped) && !Options::is_gone(channel);
        out.write(i64::from(done));
        match sent {
            Sent::Passed(Some(task)) => worker.queue(task),
            Sent::Passed(None) | Sent::Dropped => {}
            Sent::Full => value::release(elem, message),
            Sent::Closed => {
                value::release(elem, message);
                return crash_unsent(ctx, channel, "send on closed channel");
            }
        }
    }
    Status::Returned
}

/// `ch.SendWithin(v, d)`: 1 if it was sent in that time.
///
/// # Safety
/// As for [`goo_chan_try_send`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_send_within(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut i64,
    channel: *mut Channel,
    message: *mut u8,
    ns: i64,
) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let worker = Worker::of(ctx);
        if ns <= 0 || channel.is_null() {
            return goo_chan_try_send(ctx, elem, out, channel, message);
        }
        if must_unwind(ctx) {
            value::release(elem, message);
            return cancelled(ctx);
        }
        if let Err(status) = make_ready(ctx, elem, channel, message) {
            return status;
        }
        let channel = role::target(channel);
        let due = worker.runtime.now().saturating_add(ns as u64);
        if !(*channel).options.is_null()
            && let Admission::At(turn) = Options::admit(ctx, channel, due)
        {
            (*worker.task()).extra().deadline = due;
            return super::options::wait_for_rate(ctx, channel, message, turn, Op::RateWithin);
        }
        send_by(ctx, out, channel, message, due)
    }
}

/// Sends a message that is ready for it, or waits, at most until then.
///
/// # Safety
/// As for [`goo_chan_send_within`].
pub unsafe fn send_by(
    ctx: *mut Context,
    out: *mut i64,
    channel: *mut Channel,
    message: *mut u8,
    due: u64,
) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let worker = Worker::of(ctx);
        worker.trace.record(worker.task(), Trace::Send, channel);
        (*channel).lock();
        let sent = (*channel).try_send(message);
        if matches!(sent, Sent::Full) {
            let task = worker.task();
            (*task).extra().deadline = due;
            wait(worker, channel, message, Op::SendWithin);
            (*channel).unlock();
            worker.shared().timers.start(task, due);
            return Status::Suspended;
        }
        (*channel).unlock();
        role::settle(channel);
        out.write(i64::from(!Options::is_gone(channel)));
        match sent {
            Sent::Passed(Some(task)) => worker.queue(task),
            Sent::Closed => {
                value::release((*channel).elem, message);
                return crash_unsent(ctx, channel, "send on closed channel");
            }
            _ => {}
        }
    }
    Status::Returned
}

/// Goes on with a send that had to wait.
///
/// # Safety
/// `ctx` is this worker's; the running task was suspended by a send, whose `out` this is.
#[inline]
pub unsafe fn resume(ctx: *mut Context, out: *mut u8, op: Op) -> Status {
    // SAFETY: by the caller; rules 2 and 3.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let channel = (*task).waiter.chan;
        if !(*task).is_done() {
            let timed_out = op == Op::SendWithin && worker.runtime.now() >= (*task).extra().deadline;
            let deadlocked = (*task).is_deadlocked();
            if !timed_out && !deadlocked && !(*task).must_unwind() {
                return Status::Suspended;
            }
            (*channel).lock();
            let waits = (*task).waiter.is_linked();
            (*channel).senders.remove(&raw mut (*task).waiter);
            (*channel).unlock();
            if waits {
                timer::stop(task);
                role::withdrawn(channel);
                let size = (*channel).size;
                value::release((*channel).elem, (*task).message(size));
                (*task).free_room(size);
                if deadlocked {
                    return crate::task::deadlock::crash_waiting(ctx, channel);
                }
                if (*task).must_unwind() {
                    return cancelled(ctx);
                }
                out.cast::<i64>().write(0);
                return Status::Returned;
            }
        }
        timer::stop(task);
        match (*task).outcome {
            Outcome::Passed => {
                if op == Op::SendWithin {
                    out.cast::<i64>().write(1);
                }
                Status::Returned
            }
            // The message is still in the task.
            Outcome::Closed => {
                let size = (*channel).size;
                value::release((*channel).elem, (*task).message(size));
                (*task).free_room(size);
                crash_unsent(ctx, channel, "send on closed channel")
            }
        }
    }
}

const _: () = assert!(SLOT_SIZE >= 24, "strings and slices pass without a buffer");
