//! `ch.Batch(n, d)`: up to `n` messages, or what has come within `d` of the first. Ends the loop (with an empty slice) when the
//! channel is closed or abandoned, and drained.

use super::object::Channel;
use super::recv::{Received, wait};
use super::redeliver;
use crate::abi::layout::{Context, Slice, Status, TypeDesc};
use crate::task::crash::{cancelled, crash};
use crate::task::object::{Op, Outcome, Task};
use crate::task::timer;
use crate::task::value::{self, Stored};
use crate::task::worker::Worker;
use crate::trace::Kind;

/// A batch that is being filled.
pub struct Batch {
    channel: *mut Channel,
    most: usize,
    ns: u64,
    messages: Vec<Stored>,
}

/// The next batch.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel; `out` has room for a slice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_batch(
    ctx: *mut Context,
    _elem: *const TypeDesc,
    out: *mut Slice,
    channel: *mut Channel,
    most: i64,
    ns: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if channel.is_null() {
            return super::no_channel(ctx);
        }
        if most < 1 {
            return crash(ctx, format!("Batch: size out of range: {most}"));
        }
        let worker = Worker::of(ctx);
        let task = worker.task();
        worker.trace.record(task, Kind::Receive, channel);
        let extra = (*task).extra();
        extra.batch =
            Some(Batch { channel, most: most as usize, ns: ns.max(0) as u64, messages: Vec::new() });
        extra.deadline = u64::MAX;
        if !(*channel).options.is_null() {
            redeliver::finished(task, channel);
        }
        fill(ctx, out)
    }
}

/// Takes what is there; waits if that is not enough.
unsafe fn fill(ctx: *mut Context, out: *mut Slice) -> Status {
    // SAFETY: by the caller; the channel's rules 1 to 3.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let Some(mut batch) = (*task).extra().batch.take() else { return Status::Returned };
        let channel = batch.channel;
        let room = value::buffer((*channel).size);
        let mut closed = false;
        let mut waits = false;
        while batch.messages.len() < batch.most && !closed && !waits {
            (*channel).lock();
            let received = (*channel).try_recv(room);
            match received {
                Received::Message(woken) => {
                    (*channel).unlock();
                    if let Some(woken) = woken {
                        worker.push(woken);
                    }
                    keep(worker, &mut batch, Stored::new((*channel).elem, room));
                }
                Received::Closed => {
                    (*channel).unlock();
                    closed = true;
                }
                Received::Empty => {
                    let over = !batch.messages.is_empty() && worker.runtime.now() >= (*task).extra().deadline;
                    closed = over || !(*channel).has_senders();
                    waits = !closed;
                    if waits {
                        wait(worker, channel, Op::Batch);
                    }
                    (*channel).unlock();
                }
            }
        }
        value::free_buffer(room, (*channel).size);
        super::role::settle(channel);
        if waits {
            start_timer(worker, &batch);
            (*task).extra().batch = Some(batch);
            return Status::Suspended;
        }
        timer::stop(task);
        out.write(batch.end(task));
        Status::Returned
    }
}

unsafe fn keep(worker: &Worker, batch: &mut Batch, message: Stored) {
    // SAFETY: by the caller.
    unsafe {
        let task = worker.task();
        if !(*batch.channel).options.is_null() {
            redeliver::keep(task, batch.channel, message.as_ptr());
        }
        if batch.messages.is_empty() {
            (*task).extra().deadline = worker.runtime.now().saturating_add(batch.ns);
        }
        batch.messages.push(message);
    }
}

unsafe fn start_timer(worker: &Worker, batch: &Batch) {
    // SAFETY: by the caller.
    unsafe {
        let task = worker.task();
        // The time runs from the first message.
        if !batch.messages.is_empty() && !(*task).has(Task::TIMED) {
            let due = (*task).extra().deadline;
            worker.shared().timers.start(task, due);
        }
    }
}

impl Batch {
    /// What it has so far.
    pub fn messages(&self) -> &[Stored] {
        &self.messages
    }

    /// What the task receives; nothing at the channel's end.
    ///
    /// # Safety
    /// The channel is alive, by its rule 3, and `task` is the one that receives.
    unsafe fn end(self, task: *mut Task) -> Slice {
        // SAFETY: by the caller; messages of the channel's type.
        unsafe {
            if self.messages.is_empty() {
                (*task).is_told_of_end(self.channel);
            }
            value::slice_of((*self.channel).elem, self.messages)
        }
    }
}

/// Goes on filling.
///
/// # Safety
/// `ctx` is this worker's; the running task was suspended in [`goo_chan_batch`], whose `out` this is.
pub unsafe fn resume(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller; the channel's rules 1 to 3.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let channel = (*task).waiter.chan;
        let size = (*channel).size;
        if !(*task).is_done() {
            let over = worker.runtime.now() >= (*task).extra().deadline;
            let deadlocked = (*task).is_deadlocked();
            if !over && !deadlocked && !(*task).must_unwind() {
                return Status::Suspended;
            }
            (*channel).lock();
            let waits = (*task).waiter.is_linked();
            (*channel).receivers.remove(&raw mut (*task).waiter);
            (*channel).unlock();
            if waits {
                timer::stop(task);
                (*task).flags &= !Task::DEADLOCKED;
                let batch = (*task).extra().batch.take();
                if (*task).must_unwind() {
                    return cancelled(ctx);
                }
                if let Some(batch) = batch {
                    out.cast::<Slice>().write(batch.end(task));
                }
                return Status::Returned;
            }
        }
        if (*task).outcome == Outcome::Passed {
            let message = Stored::new((*channel).elem, (*task).message(size));
            (*task).free_room(size);
            if let Some(mut batch) = (*task).extra().batch.take() {
                keep(worker, &mut batch, message);
                (*task).extra().batch = Some(batch);
            }
        }
        fill(ctx, out.cast())
    }
}
