//! `select`: one of several channel operations.
//!
//! First each case is tried, in random order (or as written), one channel's lock at a time. If none can go, all channels are locked, in order of
//! address, tried once more, and the task is queued at each of them. Who completes it takes its claim first ([`crate::protocol::claim`]), so
//! only one case happens; the task itself leaves the other queues when it goes on.
//!
//! What a case received is kept in the task until compiled code fetches it with [`goo_select_received`].

use smallvec::SmallVec;

use super::object::{Channel, Woken};
use super::recv::Received;
use super::redeliver;
use super::send::Sent;
use super::waiter::{SelectWaiter, Waiter};
use crate::abi::layout::{Context, SelectCase, Status, TypeDesc};
use crate::protocol::claim::Claim;
use crate::task::crash::{CrashKind, crash_as};
use crate::task::object::{Op, Outcome, Task};
use crate::task::polling::must_unwind;
use crate::task::value::{self, Stored};
use crate::task::worker::Worker;
use crate::task::{crash, timer};
use crate::trace::Kind;

/// A `select` that waits.
pub struct SelectBlock {
    claim: Claim,
    waiters: Vec<SelectWaiter>,
    /// How many cases the program's select has, and its flags.
    count: usize,
    flags: i64,
}

impl SelectBlock {
    /// The channels it waits at, and whether to send.
    pub fn channels(&self) -> impl Iterator<Item = (*mut Channel, bool)> {
        self.waiters.iter().map(|waiter| (waiter.waiter.chan, !waiter.message.is_null()))
    }

    /// The messages it holds, and their types.
    pub fn messages(&self) -> impl Iterator<Item = (*const TypeDesc, *mut u8)> {
        let sends = self.waiters.iter().filter(|waiter| !waiter.message.is_null());
        // SAFETY: a task that waits keeps its channels.
        sends.map(|waiter| unsafe { ((*waiter.waiter.chan).elem, waiter.message) })
    }
}

/// Bits of `flags`.
const DEFAULT: i64 = 1;
const FIRST: i64 = 2;
const TIMEOUT: i64 = 4;
const ASKS: u32 = 8;

/// The claim for the time-out, for cancelling and for deadlock detection.
const GIVEN_UP: u32 = u32::MAX - 1;

/// What trying one case gave.
enum Tried {
    Done(Option<Woken>),
    /// It happened, but crashes the task.
    Closed,
    NotYet,
    /// It is to be tried again at this time: the channel limits its rate.
    At(u64),
}

/// Waits for one of `count` cases; gives its index, `count` for the time-out, `count + 1` for `default`.
///
/// # Safety
/// `ctx` is this worker's; `cases` are that many; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_select(
    ctx: *mut Context,
    out: *mut i64,
    cases: *const SelectCase,
    count: i64,
    flags: i64,
    timeout_ns: i64,
) -> Status {
    // SAFETY: by the caller; the channels' rules.
    unsafe {
        if must_unwind(ctx) {
            return crash_as(ctx, CrashKind::Cancelled, "cancelled".into());
        }
        let worker = Worker::of(ctx);
        let cases = if count == 0 { &[] } else { std::slice::from_raw_parts(cases, count as usize) };
        for index in order(worker, cases.len(), flags) {
            match try_case(worker, &cases[index], flags, index, false) {
                Tried::Done(woken) => return done(worker, woken, out, index),
                Tried::Closed => return crash(ctx, "send on closed channel".into()),
                Tried::NotYet | Tried::At(_) => {}
            }
        }
        if flags & DEFAULT != 0 {
            out.write(count + 1);
            return Status::Returned;
        }
        if flags & TIMEOUT != 0 && timeout_ns <= 0 {
            out.write(count);
            return Status::Returned;
        }
        let deadline = if flags & TIMEOUT != 0 {
            worker.runtime.now().saturating_add(timeout_ns as u64)
        } else {
            u64::MAX
        };
        wait(ctx, out, cases, flags, deadline)
    }
}

/// The order in which the cases are tried.
fn order(worker: &Worker, count: usize, flags: i64) -> SmallVec<[usize; 8]> {
    let mut order: SmallVec<[usize; 8]> = (0..count).collect();
    if flags & FIRST == 0 {
        for index in (1..count).rev() {
            order.swap(index, worker.random(index as u32 + 1) as usize);
        }
    }
    order
}

unsafe fn done(worker: &Worker, woken: Option<Woken>, out: *mut i64, index: usize) -> Status {
    if let Some(task) = woken {
        worker.queue(task);
    }
    // SAFETY: by the caller.
    unsafe { out.write(index as i64) };
    Status::Returned
}

/// Does the case's operation if it can be done at once. `locked`: the caller holds the lock.
unsafe fn try_case(worker: &Worker, case: &SelectCase, flags: i64, index: usize, locked: bool) -> Tried {
    let channel: *mut Channel = case.chan.cast();
    if channel.is_null() {
        return Tried::NotYet;
    }
    // SAFETY: by the caller.
    unsafe {
        if !locked {
            (*channel).lock();
        }
        let tried = if case.send.is_null() {
            let asks = flags >> (ASKS + index as u32) & 1 != 0;
            try_receive(worker, &mut *channel, asks)
        } else {
            try_send(worker, &mut *channel, case.send)
        };
        if !locked {
            (*channel).unlock();
        }
        if matches!(tried, Tried::Done(_)) {
            let kind = if case.send.is_null() { Kind::Receive } else { Kind::Send };
            worker.trace.record(worker.task(), kind, channel);
        }
        tried
    }
}

unsafe fn try_receive(worker: &Worker, channel: &mut Channel, asks: bool) -> Tried {
    // SAFETY: by the caller.
    unsafe {
        let task = worker.task();
        let room = (*task).make_room(channel.size);
        let tried = match channel.try_recv(room) {
            Received::Message(woken) => {
                received(task, channel);
                Tried::Done(woken)
            }
            Received::Closed => {
                received_nothing(task);
                Tried::Done(None)
            }
            Received::Empty if asks && !channel.has_senders() => {
                received_nothing(task);
                Tried::Done(None)
            }
            Received::Empty => Tried::NotYet,
        };
        (*task).free_room(channel.size);
        tried
    }
}

unsafe fn try_send(worker: &Worker, channel: &mut Channel, message: *const u8) -> Tried {
    // SAFETY: by the caller.
    unsafe {
        let now = if channel.options.is_null() { 0 } else { worker.runtime.now() };
        if let Some(options) = channel.options.as_mut() {
            let turn = options.next_turn(now);
            if turn > now {
                return Tried::At(turn);
            }
        }
        if !channel.closed
            && channel.receivers.is_empty()
            && channel.buffer.is_full()
            && channel.options.is_null()
        {
            return Tried::NotYet;
        }
        let message = copy_of(channel, message);
        match channel.try_send(message.as_ptr()) {
            Sent::Passed(woken) => {
                message.forget();
                if let Some(options) = channel.options.as_mut() {
                    options.take_turn(now);
                }
                Tried::Done(woken)
            }
            Sent::Dropped => {
                message.forget();
                Tried::Done(None)
            }
            Sent::Full => Tried::NotYet,
            Sent::Closed => Tried::Closed,
        }
    }
}

/// A copy of a borrowed message, ready to be sent.
unsafe fn copy_of(channel: &Channel, message: *const u8) -> Stored {
    // SAFETY: by the caller, a message of the channel's type.
    unsafe {
        value::retain(channel.elem, message.cast_mut());
        let copy = Stored::new(channel.elem, message);
        value::share(channel.elem, copy.as_ptr());
        copy
    }
}

/// The message in the task's slot is what the select received.
unsafe fn received(task: *mut Task, channel: &mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        let message = (*task).message(channel.size);
        let stored = Stored::new(channel.elem, message);
        if !channel.options.is_null() {
            redeliver::finished(task, channel);
            redeliver::keep(task, channel, stored.as_ptr());
        }
        let extra = (*task).extra();
        extra.received = Some(stored);
        extra.received_ok = true;
    }
}

unsafe fn received_nothing(task: *mut Task) {
    // SAFETY: by the caller.
    let extra = unsafe { (*task).extra() };
    extra.received = None;
    extra.received_ok = false;
}

/// Moves what the last select received to `to` (nothing if null); all zeros if the channel was closed. Gives `ok`.
///
/// # Safety
/// `ctx` is this worker's; `to` has room for a message, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_select_received(ctx: *mut Context, elem: *const TypeDesc, to: *mut u8) -> i64 {
    // SAFETY: by the caller.
    unsafe {
        let extra = (*Worker::of(ctx).task()).extra();
        match extra.received.take() {
            Some(message) if !to.is_null() => message.take(to),
            Some(message) => drop(message),
            None if !to.is_null() => to.write_bytes(0, value::size_of_value(elem)),
            None => {}
        }
        i64::from(extra.received_ok)
    }
}

/// Locks all channels, tries once more, and queues the task everywhere.
unsafe fn wait(ctx: *mut Context, out: *mut i64, cases: &[SelectCase], flags: i64, deadline: u64) -> Status {
    // SAFETY: by the caller; the channels' rules.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let mut retry = u64::MAX;
        // Cases whose channel does not let a message in yet: the task looks again when it does.
        let mut limited: SmallVec<[usize; 4]> = SmallVec::new();
        let locked = lock_all(cases.iter().map(|case| case.chan.cast()));
        for index in order(worker, cases.len(), flags) {
            match try_case(worker, &cases[index], flags, index, true) {
                Tried::Done(woken) => {
                    unlock_all(&locked);
                    return done(worker, woken, out, index);
                }
                Tried::Closed => {
                    unlock_all(&locked);
                    return crash(ctx, "send on closed channel".into());
                }
                Tried::At(time) => {
                    retry = retry.min(time);
                    limited.push(index);
                }
                Tried::NotYet => {}
            }
        }
        let mut block = Box::new(SelectBlock {
            claim: Claim::new(),
            waiters: Vec::with_capacity(cases.len()),
            count: cases.len(),
            flags,
        });
        for (index, case) in cases.iter().enumerate() {
            let channel: *mut Channel = case.chan.cast();
            if channel.is_null() {
                continue;
            }
            let mut waiter = Waiter::new(task);
            waiter.chan = channel;
            waiter.case = index as u32;
            waiter.is_select = true;
            let message = if case.send.is_null() {
                std::ptr::null_mut()
            } else {
                copy_of(&*channel, case.send).into_raw()
            };
            let asks = flags >> (ASKS + index as u32) & 1 != 0;
            block.waiters.push(SelectWaiter { waiter, claim: &raw const block.claim, message, asks });
        }
        (*task).begin(Op::Select);
        // The vector does not grow any more: its waiters stay where they are.
        for at in 0..block.waiters.len() {
            let waiter = &raw mut block.waiters[at];
            let channel = (*waiter).waiter.chan;
            if (*waiter).message.is_null() {
                (*channel).receivers.push(waiter.cast());
            } else if !limited.contains(&((*waiter).waiter.case as usize)) {
                (*channel).senders.push(waiter.cast());
            }
        }
        let extra = (*task).extra();
        extra.select = Some(block);
        extra.select_retry = retry;
        extra.deadline = deadline;
        let due = deadline.min(retry);
        if due != u64::MAX {
            worker.shared().timers.start(task, due);
        }
        unlock_all(&locked);
    }
    Status::Suspended
}

type Locked = SmallVec<[*mut Channel; 8]>;

/// Locks the channels, each once, in order of address: so two selects over the same ones never wait for each other.
unsafe fn lock_all(channels: impl Iterator<Item = *mut Channel>) -> Locked {
    let mut locked: Locked = channels.filter(|channel| !channel.is_null()).collect();
    locked.sort_unstable();
    locked.dedup();
    for &channel in &locked {
        // SAFETY: by the caller.
        unsafe { (*channel).lock() }
    }
    locked
}

unsafe fn unlock_all(locked: &Locked) {
    for &channel in locked {
        // SAFETY: by the caller.
        unsafe { (*channel).unlock() }
    }
}

/// Goes on with a select that had to wait.
///
/// # Safety
/// `ctx` is this worker's; the running task was suspended by a select, whose `out` this is.
pub unsafe fn resume(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller; the channels' rules; the claim's protocol.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let now = worker.runtime.now();
        if !(*task).is_done() {
            let extra = (*task).extra();
            let (deadline, retry) = (extra.deadline, extra.select_retry);
            let deadlocked = (*task).is_deadlocked();
            let over = now >= deadline;
            if !over && now < retry && !deadlocked && !(*task).must_unwind() {
                return Status::Suspended;
            }
            let Some(block) = &(*task).extra().select else { return Status::Returned };
            if block.claim.take(GIVEN_UP) {
                let count = block.count;
                let channel = block.waiters.first().map(|waiter| waiter.waiter.chan);
                if (*task).must_unwind() {
                    leave(task, GIVEN_UP);
                    return crash_as(ctx, CrashKind::Cancelled, "cancelled".into());
                }
                if deadlocked {
                    leave(task, GIVEN_UP);
                    (*task).flags &= !Task::DEADLOCKED;
                    let channel = channel.unwrap_or(std::ptr::null_mut());
                    return crate::task::deadlock::crash_waiting(ctx, channel);
                }
                if over {
                    leave(task, GIVEN_UP);
                    out.cast::<i64>().write(count as i64);
                    return Status::Returned;
                }
                return begin_again(ctx, out.cast(), deadline);
            }
            // Somebody is completing it, under the lock of the case's channel: wait for that.
            if let Some(case) = block.claim.taken() {
                let waiter = block.waiters.iter().find(|waiter| waiter.waiter.case == case);
                if let Some(waiter) = waiter {
                    let channel = waiter.waiter.chan;
                    (*channel).lock();
                    (*channel).unlock();
                }
            }
        }
        completed(ctx, out)
    }
}

/// A channel that limited its rate lets a message in now: begins anew, with what is left of the time.
unsafe fn begin_again(ctx: *mut Context, out: *mut i64, deadline: u64) -> Status {
    // SAFETY: as in `resume`.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let Some(block) = (*task).extra().select.take() else { return Status::Returned };
        let mut block = block;
        timer::stop(task);
        unlink(&mut block);
        let mut cases: SmallVec<[SelectCase; 8]> = SmallVec::new();
        for _ in 0..block.count {
            cases.push(SelectCase { chan: std::ptr::null_mut(), send: std::ptr::null() });
        }
        for waiter in &block.waiters {
            cases[waiter.waiter.case as usize] =
                SelectCase { chan: waiter.waiter.chan.cast(), send: waiter.message };
        }
        let status = wait(ctx, out, &cases, block.flags, deadline);
        give_up_messages(&block, GIVEN_UP);
        status
    }
}

/// A case has been completed by somebody else.
unsafe fn completed(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: as in `resume`.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let Some(block) = &(*task).extra().select else { return Status::Returned };
        let case = block.claim.taken().unwrap_or(GIVEN_UP);
        let chosen = block.waiters.iter().find(|waiter| waiter.waiter.case == case);
        let (channel, sends) = match chosen {
            Some(waiter) => (waiter.waiter.chan, !waiter.message.is_null()),
            None => (std::ptr::null_mut(), false),
        };
        let passed = (*task).outcome == Outcome::Passed;
        if !sends && passed && !channel.is_null() {
            received(task, &mut *channel);
            (*task).free_room((*channel).size);
        } else if !sends {
            received_nothing(task);
        }
        leave(task, if sends && passed { case } else { GIVEN_UP });
        if sends && !passed {
            return crash(ctx, "send on closed channel".into());
        }
        if !channel.is_null() {
            let kind = if sends { Kind::Send } else { Kind::Receive };
            worker.trace.record(task, kind, channel);
        }
        out.cast::<i64>().write(i64::from(case));
        Status::Returned
    }
}

/// Leaves all queues and gives up all messages but that of `sent`.
unsafe fn leave(task: *mut Task, sent: u32) {
    // SAFETY: the worker holds the task; the claim is taken, so nobody completes it any more.
    unsafe {
        timer::stop(task);
        let Some(mut block) = (*task).extra().select.take() else { return };
        unlink(&mut block);
        give_up_messages(&block, sent);
    }
}

unsafe fn unlink(block: &mut SelectBlock) {
    for waiter in &mut block.waiters {
        let channel = waiter.waiter.chan;
        // SAFETY: as in `leave`; rule 1.
        unsafe {
            (*channel).lock();
            let sends = !waiter.message.is_null();
            let queue = if sends { &mut (*channel).senders } else { &mut (*channel).receivers };
            queue.remove(&raw mut waiter.waiter);
            (*channel).unlock();
        }
    }
}

unsafe fn give_up_messages(block: &SelectBlock, sent: u32) {
    for waiter in block.waiters.iter().filter(|waiter| !waiter.message.is_null()) {
        // SAFETY: the select owned its copies.
        let message = unsafe { Stored::from_raw((*waiter.waiter.chan).elem, waiter.message) };
        if waiter.waiter.case == sent {
            message.forget();
        }
    }
}
