//! Scheduling points: what compiled code calls before an operation that other tasks may notice.

use std::sync::atomic::Ordering;

use super::{Schedule, TURNS_OF_A_STEP, with};
use crate::abi::layout::{Context, Status, Text};
use crate::supervise::driver;
use crate::task::crash;
use crate::task::crash::{cancelled, crash_for_good};
use crate::task::object::{Op, Task};
use crate::task::timer::NEVER;
use crate::task::worker::Worker;

/// What a point costs in virtual time: about what an operation does. So a program that waits for time to pass by looking at the clock,
/// or at a channel, over and over, gets there.
pub const COST: u64 = 100;

/// So many turns of a loop that computes count as an operation.
const TURNS: u64 = 1000;

/// A task that has met so many points while nobody else was ready waits for something that only time brings: it polls.
const POLLS: u64 = 100_000;

/// The running task is at an operation: it goes on with it, now or after others.
///
/// # Safety
/// `ctx` is this worker's, and a task runs. The text is static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_schedule_point(
    ctx: *mut Context,
    _owner: *mut u8,
    ptr: *const u8,
    len: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if !super::on() {
            return Status::Returned;
        }
        let operation = Text { ptr, len: len as u64 }.as_str();
        let worker = Worker::of(ctx);
        let task = worker.task();
        // Whether a cancelled task unwinds here is the operation's business.
        if worker.runtime.stopping() {
            return cancelled(ctx);
        }
        worker.runtime.clock.advance(COST);
        let Some(at) = with(|schedule| schedule.arrive(worker, task, operation)) else {
            return Status::Returned;
        };
        match at {
            Arrival::GoesOn => {}
            Arrival::NeverEnds(most) => {
                let message = format!(
                    "the program did not end within {most} scheduling points; one that needs more gets them by `--steps N`, and a loop \
                     that waits for something waits at a channel, or sleeps"
                );
                return crash_for_good(ctx, message);
            }
            Arrival::Crashes => return crash(ctx, "injected crash".into()),
        }
        give_way(worker, task)
    }
}

/// A task that computes is at a loop turn, or at a call: every [`TURNS`] of them are a point. `may_wait` says whether it can give way.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
pub unsafe fn turn(ctx: *mut Context, may_wait: bool) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let limit = worker.shared().stack_limit.load(Ordering::Relaxed);
        (*ctx).stack_limit.store(limit, Ordering::Relaxed);
        driver::is_unwinding(task);
        if (*task).must_unwind() || worker.runtime.stopping() {
            return cancelled(ctx);
        }
        worker.runtime.clock.advance(1);
        let turn = with(|schedule| {
            schedule.turns += 1;
            schedule.computed += 1;
            schedule.now = worker.runtime.now();
            let most = schedule.most_points.saturating_mul(TURNS_OF_A_STEP);
            match may_wait && schedule.turns.is_multiple_of(TURNS) {
                _ if schedule.computed > most => Turn::NeverEnds(most),
                true => Turn::Point,
                false => Turn::Plain,
            }
        });
        match turn {
            Some(Turn::Point) => give_way(worker, task),
            Some(Turn::NeverEnds(most)) => {
                let message = format!(
                    "this loop, or the calls in it, took more than {most} turns without an operation that others could notice: if it is to end, \
                     say `--steps N` for more; if it waits for another task, it needs a channel, since no other task runs meanwhile"
                );
                crash_for_good(ctx, message)
            }
            _ => Status::Returned,
        }
    }
}

/// Lets time pass, and others run, if it is to be so.
unsafe fn give_way(worker: &Worker, task: *mut Task) -> Status {
    // SAFETY: the running task.
    unsafe {
        let next = worker.runtime.next_timer();
        let now = worker.runtime.now();
        if next != NEVER {
            let due = next <= now || with(|schedule| schedule.lets_time_pass(task, next - now)) == Some(true);
            if due {
                worker.runtime.clock.reach(next);
                with(|schedule| schedule.begin_timers(next.max(now)));
                worker.fire_timers();
                with(|schedule| schedule.end_timers(task));
            }
        }
        let goes_on = with(|schedule| {
            schedule.collect(worker, task);
            schedule.goes_on(task)
        });
        if goes_on == Some(false) {
            (*task).op = Op::Point;
            return Status::Suspended;
        }
    }
    Status::Returned
}

/// What came of a turn of a loop.
enum Turn {
    Plain,
    Point,
    /// After so many.
    NeverEnds(u64),
}

/// What came of arriving at a point.
enum Arrival {
    GoesOn,
    Crashes,
    /// After so many.
    NeverEnds(u64),
}

impl Schedule {
    unsafe fn arrive(&mut self, worker: &Worker, task: *mut Task, operation: &'static str) -> Arrival {
        self.points += 1;
        self.streak += 1;
        self.computed = 0;
        self.now = worker.runtime.now();
        self.tasks.operation = operation;
        if let (Some(log), Some(number)) = (&mut self.log, self.tasks.number(task)) {
            log.does(self.now, number, operation);
        }
        if self.points > self.most_points {
            return Arrival::NeverEnds(self.most_points);
        }
        // A supervisor's own task, which stands in the same place, is not to crash: that would be its own mistake.
        // SAFETY: the running task.
        let supervised = unsafe {
            !(*task).has(Task::UNWINDING)
                && (*task)
                    .extra_if_any()
                    .is_some_and(|extra| extra.child.is_some() && extra.supervise.is_none())
        };
        if supervised && self.choices.crash(self.last) {
            if let (Some(log), Some(number)) = (&mut self.log, self.tasks.number(task)) {
                log.injects(self.now, number);
            }
            return Arrival::Crashes;
        }
        Arrival::GoesOn
    }

    /// Whether the next timer, in so many nanoseconds, fires now.
    fn lets_time_pass(&mut self, task: *mut Task, ahead: u64) -> bool {
        let polls = self.ready.is_empty() && self.streak >= POLLS;
        let passes = polls || self.choices.timer(self.last, ahead);
        if passes && let (Some(log), Some(number)) = (&mut self.log, self.tasks.number(task)) {
            log.time_passes(self.now, number);
        }
        passes
    }

    /// What becomes ready now does so by its timer.
    pub(super) fn begin_timers(&mut self, now: u64) {
        self.now = now;
        self.running = None;
    }

    pub(super) fn end_timers(&mut self, running: *mut Task) {
        self.running = self.tasks.number(running);
    }

    /// Whether the running task goes on; if not, who comes next is settled.
    fn goes_on(&mut self, task: *mut Task) -> bool {
        if self.ready.is_empty() {
            return true;
        }
        let candidates = &mut self.candidates;
        candidates.clear();
        candidates.push((self.last, task));
        candidates.extend_from_slice(&self.ready);
        // Who is first is the default; a task that polls lets the others come by default, too.
        if self.streak.is_multiple_of(FAIR) {
            candidates.rotate_left(1);
        }
        let chosen = self.choices.task(self.last, candidates, self.streak);
        let next = candidates[chosen].1;
        if next == task {
            return true;
        }
        self.next = Some(next);
        if let (Some(number), Some(to)) = (self.tasks.number(task), self.tasks.number(next))
            && let Some(log) = &mut self.log
        {
            log.gives_way(self.now, number, to);
        }
        false
    }
}

/// A task that has met so many points gives way by default.
const FAIR: u64 = 1000;

crate::runtime_functions! { pub static POINTS;
    Suspends goo_schedule_point[0](Slice);
}
