//! `<-ch`, `v, ok := <-ch`, `TryRecv`, `RecvWithin`.

use super::object::{Channel, Woken};
use super::options::Options;
use super::redeliver;
use super::role;
use super::straight;
use crate::abi::layout::{Context, ObjectKind, Status, TypeDesc};
use crate::task::crash::cancelled;
use crate::task::deadlock;
use crate::task::object::{Op, Outcome, Task};
use crate::task::polling::must_unwind;
use crate::task::worker::Worker;
use crate::task::{timer, value};
use crate::trace::Kind;

/// What came of looking for a message.
#[must_use]
pub enum Received {
    /// It is where the caller wanted it; a sender may have to be queued.
    Message(Option<Woken>),
    Empty,
    /// Closed and drained.
    Closed,
}

impl Channel {
    /// Receives if that is possible at once. Under the lock.
    ///
    /// # Safety
    /// `to` has room for a message.
    #[inline]
    pub unsafe fn try_recv(&mut self, to: *mut u8) -> Received {
        // SAFETY: by the caller; rules 1 and 2.
        unsafe {
            if self.kind == role::Kind::Subscriber {
                return role::hub::receive::receive(self, to);
            }
            if !self.options.is_null() && Options::take_returned(self, to) {
                return Received::Message(None);
            }
            if !self.buffer.is_empty() {
                return Received::Message(self.take_and_refill(to));
            }
            if !self.senders.is_empty()
                && let Some(waiter) = self.senders.take()
            {
                self.buffer.pass();
                return Received::Message(self.take_from(waiter, to));
            }
            if self.closed { Received::Closed } else { Received::Empty }
        }
    }
}

/// `<-ch`: the zero value when closed; a deadlock if nobody could ever send.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel; `out` has room for a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_recv(
    ctx: *mut Context,
    _elem: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe { receive_some_way(ctx, out, channel, Op::Recv) }
}

/// `v, ok := <-ch` and `range ch`: the tuple.
///
/// # Safety
/// As for [`goo_chan_recv`]; `out` has room for the tuple.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_recv_ok(
    ctx: *mut Context,
    _tuple: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe { receive_some_way(ctx, out, channel, Op::RecvOk) }
}

/// The straight path, if there is one.
#[inline(always)]
unsafe fn receive_some_way(ctx: *mut Context, out: *mut u8, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if !channel.is_null() {
            if (*channel).straight {
                let receive = if op == Op::RecvOk {
                    role::hub::receive::goo_sub_recv_ok
                } else {
                    role::hub::receive::goo_sub_recv
                };
                return receive(ctx, std::ptr::null(), out, channel);
            }
            return receive_small(ctx, out, channel, op);
        }
        receive(ctx, out, channel, op)
    }
}

/// The straight path of a small message.
#[inline(never)]
unsafe fn receive_small(ctx: *mut Context, out: *mut u8, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller.
    unsafe {
        match straight::receive(ctx, channel, out, (*channel).size, op) {
            Some(status) => status,
            None => receive(ctx, out, channel, op),
        }
    }
}

/// The general way.
///
/// # Safety
/// As for [`goo_chan_recv`] or, by `op`, [`goo_chan_recv_ok`].
#[inline(never)]
pub unsafe fn receive(ctx: *mut Context, out: *mut u8, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        if must_unwind(ctx) {
            return cancelled(ctx);
        }
        if channel.is_null() {
            return super::no_channel(ctx);
        }
        let worker = Worker::of(ctx);
        begin_receive(worker, channel);
        (*channel).lock();
        match (*channel).try_recv(out) {
            Received::Message(woken) => {
                (*channel).unlock();
                if let Some(task) = woken {
                    worker.queue(task);
                }
                finish_message(worker, channel, out, op);
                Status::Returned
            }
            Received::Empty => {
                // A plain receive waits, for detection to find: the program may well end before.
                if op != Op::Recv && !(*channel).has_senders() {
                    (*channel).unlock();
                    return finish_closed(ctx, channel, out, op);
                }
                wait(worker, channel, op);
                (*channel).unlock();
                Status::Suspended
            }
            Received::Closed => {
                (*channel).unlock();
                finish_closed(ctx, channel, out, op)
            }
        }
    }
}

/// Notes that the running task asks for a message: it has finished with the one before, which then is not delivered again.
///
/// # Safety
/// `channel` is alive; `worker` runs the task.
#[inline]
unsafe fn begin_receive(worker: &Worker, channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        worker.trace.record(worker.task(), Kind::Receive, channel);
        if !(*channel).options.is_null() {
            redeliver::finished(worker.task(), channel);
        }
    }
}

/// Queues the running task. Under the lock.
///
/// # Safety
/// The caller holds the lock; the running task is in no queue.
#[inline]
pub unsafe fn wait(worker: &Worker, channel: *mut Channel, op: Op) {
    // SAFETY: by the caller; the running task is in no queue.
    unsafe {
        let task = worker.task();
        (*task).begin(op);
        (*task).waiter.come_to(task, channel);
        (*channel).receivers.push(&raw mut (*task).waiter);
    }
}

/// The message is at `out`: completes what the operation gives.
#[inline]
unsafe fn finish_message(worker: &Worker, channel: *mut Channel, out: *mut u8, op: Op) {
    // SAFETY: by the caller; a tuple's `ok` lies behind the message.
    unsafe {
        role::settle(channel);
        if !(*channel).options.is_null() {
            redeliver::keep(worker.task(), channel, out);
        }
        if op == Op::RecvOk {
            out.add((*channel).size).write(1);
        }
    }
}

/// There will be no message.
unsafe fn finish_closed(ctx: *mut Context, channel: *mut Channel, out: *mut u8, op: Op) -> Status {
    // SAFETY: by the caller; a tuple's `ok` lies behind the message.
    unsafe {
        let size = (*channel).size;
        if op == Op::RecvOk {
            (*Worker::of(ctx).task()).is_told_of_end(channel);
            out.write_bytes(0, size + 1);
        } else {
            out.write_bytes(0, size);
        }
        Status::Returned
    }
}

/// `ch.TryRecv()`: a `T?`.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel; `out` has room for the optional.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_try_recv(
    ctx: *mut Context,
    optional: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        if channel.is_null() {
            return super::no_channel(ctx);
        }
        let worker = Worker::of(ctx);
        begin_receive(worker, channel);
        out.write_bytes(0, (*optional).size as usize);
        let place = some_place(optional, out);
        (*channel).lock();
        let received = (*channel).try_recv(place);
        (*channel).unlock();
        if let Received::Message(woken) = received {
            finish_some(optional, out);
            if let Some(task) = woken {
                worker.queue(task);
            }
            finish_message(worker, channel, place, Op::RecvWithin);
        } else {
            clear_some(optional, out);
        }
    }
    Status::Returned
}

/// `ch.RecvWithin(d)`: a `T?`.
///
/// # Safety
/// As for [`goo_chan_try_recv`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_recv_within(
    ctx: *mut Context,
    optional: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
    ns: i64,
) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        if must_unwind(ctx) {
            return cancelled(ctx);
        }
        if channel.is_null() {
            return super::no_channel(ctx);
        }
        let worker = Worker::of(ctx);
        begin_receive(worker, channel);
        out.write_bytes(0, (*optional).size as usize);
        let place = some_place(optional, out);
        (*channel).lock();
        let received = (*channel).try_recv(place);
        match received {
            Received::Message(woken) => {
                (*channel).unlock();
                finish_some(optional, out);
                if let Some(task) = woken {
                    worker.queue(task);
                }
                finish_message(worker, channel, place, Op::RecvWithin);
                return Status::Returned;
            }
            Received::Empty if ns > 0 => {}
            _ => {
                (*channel).unlock();
                clear_some(optional, out);
                return Status::Returned;
            }
        }
        clear_some(optional, out);
        let task = worker.task();
        let due = worker.runtime.now().saturating_add(ns as u64);
        (*task).extra().deadline = due;
        (*task).extra().awaited_as = optional;
        wait(worker, channel, Op::RecvWithin);
        (*channel).unlock();
        worker.shared().timers.start(task, due);
    }
    Status::Suspended
}

/// Where the value of an optional goes. A boxed one gets its box.
pub(super) unsafe fn some_place(optional: *const TypeDesc, out: *mut u8) -> *mut u8 {
    // SAFETY: by the caller; descriptors are static.
    unsafe {
        let desc = &*optional;
        if desc.flags & TypeDesc::BOXED != 0 {
            let elem = &*desc.elem;
            let size = crate::value::heap::box_size(elem);
            let object = crate::value::heap::new_object(ObjectKind::Box, elem, size);
            out.cast::<*mut u8>().write(object.cast());
            object.cast::<u8>().add(crate::abi::layout::Header::SIZE)
        } else if desc.flags & TypeDesc::NICHE != 0 {
            out
        } else {
            out.add(desc.len as usize)
        }
    }
}

/// The value is in its place: says so.
pub(super) unsafe fn finish_some(optional: *const TypeDesc, out: *mut u8) {
    // SAFETY: by the caller; descriptors are static.
    unsafe {
        if (*optional).flags & (TypeDesc::BOXED | TypeDesc::NICHE) == 0 {
            out.write(1);
        }
    }
}

/// There is no value: frees the box that was made for it.
unsafe fn clear_some(optional: *const TypeDesc, out: *mut u8) {
    // SAFETY: by the caller; an all-zero value holds nothing.
    unsafe {
        if (*optional).flags & TypeDesc::BOXED != 0 {
            let object = out.cast::<*mut crate::abi::layout::Header>().read();
            let size = value::size_of_value((*optional).elem);
            object.cast::<u8>().add(crate::abi::layout::Header::SIZE).write_bytes(0, size);
            crate::value::count::release(object);
        }
        out.write_bytes(0, (*optional).size as usize);
    }
}

/// Goes on with what most tasks wait for: a send, or a receive from a channel without options. None: it is something else.
///
/// # Safety
/// As for [`resume`]; the operation is done.
#[inline]
pub unsafe fn resume_plain(task: *mut Task, out: *mut u8, op: Op) -> Option<Status> {
    // SAFETY: by the caller; rule 3.
    unsafe {
        if (*task).outcome != Outcome::Passed {
            return None;
        }
        if op == Op::Send {
            return Some(Status::Returned);
        }
        if op != Op::Recv && op != Op::RecvOk {
            return None;
        }
        let channel = (*task).waiter.chan;
        let size = (*channel).size;
        if !straight::is_small(size) || !(*channel).options.is_null() {
            return None;
        }
        straight::move_words((&raw const (*task).slot).cast(), out, size);
        straight::received(out, size, op);
        Some(Status::Returned)
    }
}

/// Goes on with a receive that had to wait.
///
/// # Safety
/// `ctx` is this worker's; the running task was suspended by a receive, whose `out` this is.
#[inline]
pub unsafe fn resume(ctx: *mut Context, out: *mut u8, op: Op) -> Status {
    // SAFETY: by the caller; rules 2 and 3.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let channel = (*task).waiter.chan;
        if !(*task).is_done()
            && let Some(status) = not_done(ctx, task, channel, out, op)
        {
            return status;
        }
        timer::stop(task);
        if (*task).outcome != Outcome::Passed {
            return match op {
                Op::RecvWithin => {
                    out.write_bytes(0, (*(*task).extra().awaited_as).size as usize);
                    Status::Returned
                }
                _ => finish_closed(ctx, channel, out, op),
            };
        }
        let size = (*channel).size;
        let place = if op == Op::RecvWithin {
            let optional = (*task).extra().awaited_as;
            out.write_bytes(0, (*optional).size as usize);
            let place = some_place(optional, out);
            finish_some(optional, out);
            place
        } else {
            out
        };
        value::move_bytes((*task).message(size), place, size);
        (*task).free_room(size);
        finish_message(worker, channel, place, op);
        Status::Returned
    }
}

/// The task was woken, but not by the channel. None: it is done after all.
#[cold]
unsafe fn not_done(
    ctx: *mut Context,
    task: *mut Task,
    channel: *mut Channel,
    out: *mut u8,
    op: Op,
) -> Option<Status> {
    // SAFETY: by the caller; rule 2.
    unsafe {
        let worker = Worker::of(ctx);
        let timed_out = op == Op::RecvWithin && worker.runtime.now() >= (*task).extra().deadline;
        let deadlocked = (*task).is_deadlocked();
        if !timed_out && !deadlocked && !(*task).must_unwind() {
            return Some(Status::Suspended);
        }
        (*channel).lock();
        let waits = (*task).waiter.is_linked();
        (*channel).receivers.remove(&raw mut (*task).waiter);
        (*channel).unlock();
        if !waits {
            return None;
        }
        timer::stop(task);
        if (*task).must_unwind() {
            return Some(cancelled(ctx));
        }
        if deadlocked {
            (*task).flags &= !Task::DEADLOCKED;
            if op != Op::Recv {
                return Some(finish_closed(ctx, channel, out, op));
            }
            return Some(deadlock::crash_waiting(ctx, channel));
        }
        out.write_bytes(0, (*(*task).extra().awaited_as).size as usize);
        Some(Status::Returned)
    }
}
