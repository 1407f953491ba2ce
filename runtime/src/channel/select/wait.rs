//! A `select` none of whose cases can go: how it waits, and how it goes on.
//!
//! Its block stands in the task while it gives way or waits; a task keeps one for its next select. The waiters in a block that waits are in
//! the queues of their channels, but for those whose channel does not let a message in yet.

use smallvec::SmallVec;

use super::{GIVEN_UP, Tried, asks, copy_of, done, may_go, poll, received, received_nothing, try_locked};
use crate::abi::layout::{Context, SelectCase, Status};
use crate::channel::object::Channel;
use crate::channel::role;
use crate::channel::waiter::{SelectWaiter, Waiter};
use crate::protocol::claim::Claim;
use crate::task::crash::cancelled;
use crate::task::object::{Op, Outcome, Task};
use crate::task::value::Stored;
use crate::task::worker::Worker;
use crate::task::{crash, deadlock, timer};
use crate::trace::Kind;

/// A `select` that waits.
#[derive(Default)]
pub struct SelectBlock {
    claim: Claim,
    /// One for each case with a channel.
    waiters: Vec<SelectWaiter>,
    /// Their channels, each lock once, in its order.
    channels: Vec<*mut Channel>,
    /// What they were sorted from.
    sorted: Vec<*mut Channel>,
    /// How many cases the program's select has, and its flags.
    count: usize,
    flags: i64,
}

impl SelectBlock {
    /// The channels it waits at, and whether to send.
    pub fn channels(&self) -> impl Iterator<Item = (*mut Channel, bool)> {
        self.waiters.iter().map(|waiter| (waiter.waiter.chan, !waiter.message.is_null()))
    }

    /// The messages it would send, and the waiters that they wait with.
    pub fn messages(&self) -> impl Iterator<Item = (*const Waiter, *mut u8)> {
        let sends = self.waiters.iter().filter(|waiter| !waiter.message.is_null());
        sends.map(|waiter| (&raw const waiter.waiter, waiter.message))
    }

    /// Puts in what this select is about, with copies of the messages to send.
    unsafe fn fill(&mut self, task: *mut Task, cases: &[SelectCase], flags: i64) {
        self.claim = Claim::new();
        self.count = cases.len();
        self.flags = flags;
        // The waiters refer to the claim, and later to each other's queues: they stay where they are from here on.
        self.waiters.reserve(cases.len());
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
                // SAFETY: by the caller.
                unsafe { copy_of(&*channel, case.send).into_raw() }
            };
            let asks = asks(flags, index);
            self.waiters.push(SelectWaiter { waiter, claim: &raw const self.claim, message, asks });
        }
        self.sort_channels();
    }

    /// A loop mostly selects among the same channels again, whose order is known then.
    fn sort_channels(&mut self) {
        let channels = self.waiters.iter().map(|waiter| waiter.waiter.chan);
        if !channels.clone().eq(self.sorted.iter().copied()) {
            self.sorted.clear();
            self.sorted.extend(channels.clone());
            self.channels.clear();
            self.channels.extend(channels);
            // Those that share a lock count as one.
            // SAFETY: the task keeps its channels.
            let lock = |channel: &mut *mut Channel| unsafe { (**channel).lock_address() };
            self.channels.sort_unstable_by_key(|channel| lock(&mut channel.clone()));
            self.channels.dedup_by_key(lock);
        }
    }

    /// The cases again, which borrow from this block.
    fn cases(&self) -> SmallVec<[SelectCase; 16]> {
        let nothing = || SelectCase { chan: std::ptr::null_mut(), send: std::ptr::null() };
        let mut cases: SmallVec<[SelectCase; 16]> = (0..self.count).map(|_| nothing()).collect();
        for waiter in &self.waiters {
            cases[waiter.waiter.case as usize] =
                SelectCase { chan: waiter.waiter.chan.cast(), send: waiter.message };
        }
        cases
    }

    /// Locks the channels, each lock once, in order of address: so two selects over the same ones never wait for each other.
    unsafe fn lock(&self) {
        for &channel in &self.channels {
            // SAFETY: the task keeps its channels.
            unsafe { (*channel).lock() }
        }
    }

    unsafe fn unlock(&self) {
        // SAFETY: as above.
        unsafe {
            self.channels.iter().for_each(|&channel| (*channel).unlock());
            self.channels.iter().for_each(|&channel| role::settle(channel));
        }
    }

    /// Leaves all queues but that of `chosen`, whose waiter was taken out by who completed it.
    unsafe fn leave_queues(&mut self, chosen: u32) {
        for waiter in &mut self.waiters {
            if waiter.waiter.case == chosen {
                continue;
            }
            let channel = waiter.waiter.chan;
            // SAFETY: the claim is taken, so nobody completes it any more; rule 1.
            unsafe {
                (*channel).lock();
                let sends = !waiter.message.is_null();
                let queue = if sends { &mut (*channel).senders } else { &mut (*channel).receivers };
                queue.remove(&raw mut waiter.waiter);
                (*channel).unlock();
                if sends {
                    role::withdrawn(channel);
                }
            }
        }
    }

    /// Gives up all messages but that of `sent`, and all else that it is about.
    fn clear(&mut self, sent: u32) {
        for waiter in self.waiters.drain(..) {
            if waiter.message.is_null() {
                continue;
            }
            // SAFETY: the select owned its copies.
            let message = unsafe { Stored::from_raw((*waiter.waiter.chan).elem, waiter.message) };
            if waiter.waiter.case == sent {
                message.forget();
            }
        }
    }
}

/// None of the cases can go: gives way once if others are ready here, else waits.
///
/// # Safety
/// `ctx` is this worker's; `out` has room for a word; the cases are the program's.
pub(super) unsafe fn begin(
    ctx: *mut Context,
    out: *mut i64,
    cases: &[SelectCase],
    flags: i64,
    deadline: u64,
) -> Status {
    // SAFETY: by the caller; the channels' rules.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let extra = (*task).extra();
        let mut block = extra.spare_select.take().unwrap_or_default();
        block.fill(task, cases, flags);
        extra.deadline = deadline;
        extra.select = Some(block);
        if worker.has_ready() {
            // They may be about to send: to look again costs less than to wait everywhere.
            (*task).op = Op::GiveWay;
            return Status::Suspended;
        }
        register(ctx, out)
    }
}

/// Goes on with a select that gave way.
///
/// # Safety
/// As for [`resume`].
pub unsafe fn look_again(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller; the block is the task's.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let Some(block) = &(*task).extra().select else { return Status::Returned };
        if (*task).must_unwind() {
            end(task, GIVEN_UP);
            return cancelled(ctx);
        }
        let (cases, flags, count) = (block.cases(), block.flags, block.count);
        match poll(worker, &cases, flags) {
            Tried::Done(index, woken) => {
                end(task, GIVEN_UP);
                return done(worker, woken, out.cast(), index);
            }
            Tried::Closed => {
                end(task, GIVEN_UP);
                return crash(ctx, "send on closed channel".into());
            }
            Tried::NotYet | Tried::At(_) => {}
        }
        let deadline = (*task).extra().deadline;
        if deadline != u64::MAX && worker.runtime.now() >= deadline {
            end(task, GIVEN_UP);
            out.cast::<i64>().write(count as i64);
            return Status::Returned;
        }
        register(ctx, out.cast())
    }
}

/// Locks all channels, tries once more, and queues the task everywhere.
unsafe fn register(ctx: *mut Context, out: *mut i64) -> Status {
    // SAFETY: by the caller; the channels' rules.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let Some(block) = &mut (*task).extra().select else { return Status::Returned };
        // The block stays where it is when its task's other data are looked at.
        let block: *mut SelectBlock = &raw mut **block;
        let block = &mut *block;
        block.lock();
        let mut retry = u64::MAX;
        // Cases whose channel does not let a message in yet: the task looks again when it does.
        let mut limited: SmallVec<[u32; 4]> = SmallVec::new();
        for at in 0..block.waiters.len() {
            let waiter = &block.waiters[at];
            let case = SelectCase { chan: waiter.waiter.chan.cast(), send: waiter.message };
            let index = waiter.waiter.case;
            if !may_go(&case, waiter.asks) {
                continue;
            }
            match try_locked(worker, &case, block.flags, index as usize) {
                Tried::Done(index, woken) => {
                    block.unlock();
                    end(task, GIVEN_UP);
                    return done(worker, woken, out, index);
                }
                Tried::Closed => {
                    block.unlock();
                    end(task, GIVEN_UP);
                    return crash(ctx, "send on closed channel".into());
                }
                Tried::At(time) => {
                    retry = retry.min(time);
                    limited.push(index);
                }
                Tried::NotYet => {}
            }
        }
        (*task).begin(Op::Select);
        for waiter in &mut block.waiters {
            let channel = waiter.waiter.chan;
            let at = &raw mut *waiter;
            if waiter.message.is_null() {
                (*channel).receivers.push(at.cast());
            } else if !limited.contains(&waiter.waiter.case) {
                (*channel).senders.push(at.cast());
            }
        }
        let extra = (*task).extra();
        extra.turn = retry;
        let due = extra.deadline.min(retry);
        if due != u64::MAX {
            worker.shared().timers.start(task, due);
        }
        block.unlock();
    }
    Status::Suspended
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
        if (*task).is_done() {
            return completed(ctx, out);
        }
        let now = worker.runtime.now();
        let extra = (*task).extra();
        let (deadline, retry) = (extra.deadline, extra.turn);
        let deadlocked = (*task).is_deadlocked();
        let over = now >= deadline;
        if !over && now < retry && !deadlocked && !(*task).must_unwind() {
            return Status::Suspended;
        }
        let Some(block) = &(*task).extra().select else { return Status::Returned };
        if block.claim.take(GIVEN_UP) {
            let count = block.count;
            let channel = block.waiters.first().map(|waiter| waiter.waiter.chan);
            leave(task, GIVEN_UP);
            if (*task).must_unwind() {
                end(task, GIVEN_UP);
                return cancelled(ctx);
            }
            if deadlocked {
                end(task, GIVEN_UP);
                (*task).flags &= !Task::DEADLOCKED;
                return deadlock::crash_waiting(ctx, channel.unwrap_or(std::ptr::null_mut()));
            }
            if over {
                end(task, GIVEN_UP);
                out.cast::<i64>().write(count as i64);
                return Status::Returned;
            }
            // A channel that limited its rate lets a message in now.
            if let Some(block) = &mut (*task).extra().select {
                block.claim = Claim::new();
            }
            return register(ctx, out.cast());
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
        completed(ctx, out)
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
        } else if !sends {
            received_nothing(task, channel);
        } else if passed && !channel.is_null() && !(*channel).options.is_null() {
            let now = worker.runtime.now();
            (*channel).lock();
            (*(*channel).options).take_turn(now);
            (*channel).unlock();
        }
        leave(task, case);
        end(task, if sends && passed { case } else { GIVEN_UP });
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

/// Leaves all queues; the claim is taken, for `chosen`.
unsafe fn leave(task: *mut Task, chosen: u32) {
    timer::stop(task);
    // SAFETY: the worker holds the task.
    if let Some(block) = unsafe { &mut (*task).extra().select } {
        // SAFETY: the claim is taken.
        unsafe { block.leave_queues(chosen) }
    }
}

/// The select is over, in no queue: keeps its block for the next one.
unsafe fn end(task: *mut Task, sent: u32) {
    // SAFETY: the worker holds the task.
    let extra = unsafe { (*task).extra() };
    if let Some(mut block) = extra.select.take() {
        block.clear(sent);
        extra.spare_select = Some(block);
    }
}
