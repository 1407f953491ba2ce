//! The task object: 128 bytes, whether it runs, waits in a channel, or has ended and only its handle is left. Two cache lines: a task that
//! never waits at a channel touches the first one only.
//!
//! Who may touch what:
//!
//! - `state`: everybody, by its own rules ([`crate::protocol::state`]).
//! - `frame`, `closure`, `op`, `parity`, `flags`, `extra.unwind`, `extra.pending`…: the worker that holds the task.
//! - `ticket`: everybody, by its own rules ([`crate::protocol::ticket`]).
//! - `waiter`, `slot`, `outcome`: while the task is queued at a channel, who holds the channel's lock; else the worker that holds the task.
//! - `extra.waiters`, `extra.result`, `extra.crash` once the task has ended: who holds `lock`. So `extra` itself may be made by two at a
//!   time, the task and somebody who waits for its end: whoever comes first.

use std::sync::atomic::{AtomicPtr, Ordering};

use smallvec::SmallVec;

use super::crash::Crash;
use super::future::PendingFuture;
use super::value::Stored;
use crate::abi::layout::{Closure, Frame, Header, TypeDesc};
use crate::channel::redeliver::InHand;
use crate::channel::select::SelectBlock;
use crate::channel::waiter::Waiter;
use crate::protocol::lock::SpinLock;
use crate::protocol::state::State;
use crate::protocol::ticket::Ticket;
use crate::supervise::driver::ChildLink;
use crate::supervise::watch::Watched;
use crate::task::group::GroupLink;
use crate::value::crossing::Bound;

/// See the [module](self).
#[repr(C, align(64))]
pub struct Task {
    /// The count is that of handles, and one for the task itself until it has ended.
    pub header: Header,
    pub state: State,
    pub lock: SpinLock,
    /// The innermost frame of a task that waits. Links free tasks of a slab, too.
    pub frame: *mut Frame,
    /// What the task runs; null when the task is free.
    pub closure: *mut Closure,
    /// What few tasks need.
    pub extra: *mut Extra,
    /// Whether a timer will wake the task.
    pub ticket: Ticket,
    pub op: Op,
    /// The value of DONE at which the present operation began.
    pub parity: bool,
    pub flags: u8,
    pub outcome: Outcome,
    /// Its first word is the last of the first line.
    pub waiter: Waiter,
    /// A message on its way, or (more than [`SLOT_SIZE`] bytes) the address of its buffer.
    pub slot: [u64; 3],
}

const _: () = assert!(size_of::<Task>() == TASK_SIZE);
const _: () = assert!(std::mem::offset_of!(Task, waiter) + size_of::<u64>() == 64);

/// Bytes of a task.
pub const TASK_SIZE: usize = 128;

/// Bytes of a message that a task holds itself.
pub const SLOT_SIZE: usize = 24;

impl Task {
    /// It has run at least once.
    pub const STARTED: u8 = 1;
    /// It crashed, and its frames are being unwound: deferred calls are not cancelled again.
    pub const UNWINDING: u8 = 2;
    /// `main`: its end is the program's.
    pub const MAIN: u8 = 4;
    /// Somebody could ask for its end: a handle was given out.
    pub const HANDLE: u8 = 8;
    /// It has a limit in time ([`Extra::deadline`]).
    pub const TIMED: u8 = 16;
    /// Deadlock detection found that nothing would ever wake it: see [`Task::is_deadlocked`].
    pub const DEADLOCKED: u8 = 32;
    /// Somebody learned of its end.
    pub const WAITED: u8 = 64;
    /// A function has returned, and what it deferred is being called: as while unwinding, these calls are not cancelled.
    pub const DEFERRING: u8 = 128;

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// What few tasks need, made when first asked for.
    pub fn extra(&mut self) -> &mut Extra {
        if self.extra.is_null() {
            self.make_extra();
        }
        // SAFETY: it belongs to the task; who may touch which of its fields is said above.
        unsafe { &mut *self.extra }
    }

    /// The task's holder and who holds its lock may both come here at the same time: the first one's stays.
    #[cold]
    fn make_extra(&mut self) {
        let made: *mut Extra = Box::into_raw(Box::default());
        // SAFETY: the field is aligned, and lives as long as the task.
        let place = unsafe { AtomicPtr::from_ptr(&raw mut self.extra) };
        if place.compare_exchange(std::ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: nobody else has seen it.
            drop(unsafe { Box::from_raw(made) });
        }
    }

    /// The same, if it was ever asked for.
    pub fn extra_if_any(&mut self) -> Option<&mut Extra> {
        // SAFETY: as above.
        unsafe { self.extra.as_mut() }
    }

    /// Whether the present operation has been completed.
    #[inline]
    pub fn is_done(&self) -> bool {
        self.state.done() != self.parity
    }

    /// Begins an operation that somebody else will complete. Before anybody can see that it waits.
    #[inline]
    pub fn begin(&mut self, op: Op) {
        self.parity = self.state.done();
        self.op = op;
        // Which of its waits this is, for deadlock detection.
        self.waiter.case = self.waiter.case.wrapping_add(1);
    }

    /// When an event of the task is, for the [trace](crate::trace).
    #[inline]
    pub fn moment(&self) -> u64 {
        self.waiter.moment()
    }

    /// Whether deadlock detection found that nothing will end the present wait. The flag alone does not say so: somebody who was condemned, too,
    /// may have ended that wait first, and the flag is left over.
    pub fn is_deadlocked(&mut self) -> bool {
        let wait = self.waiter.case;
        self.has(Task::DEADLOCKED) && self.extra_if_any().is_some_and(|extra| extra.condemned == wait)
    }

    /// Deadlock detection holds the task, and nothing will end its wait.
    pub fn condemn(&mut self) {
        self.flags |= Task::DEADLOCKED;
        self.extra().condemned = self.waiter.case;
    }

    /// The task is told that a channel has ended.
    #[cold]
    pub fn is_told_of_end(&mut self, channel: *const crate::channel::Channel) {
        if let Some(extra) = self.extra_if_any() {
            extra.ended = channel;
        }
    }

    /// Whether the task is to unwind now: cancelled, unless deferred calls run, which only a kill cuts short.
    pub fn must_unwind(&self) -> bool {
        self.state.is_cancelled()
            && (self.flags & (Task::UNWINDING | Task::DEFERRING) == 0 || self.state.is_killed())
    }

    /// Where a message of `size` bytes is (or goes, if [`Task::make_room`] was called).
    #[inline]
    pub fn message(&mut self, size: usize) -> *mut u8 {
        if size <= SLOT_SIZE { self.slot.as_mut_ptr().cast() } else { self.slot[0] as *mut u8 }
    }

    /// Gets a buffer for a message that does not fit the slot.
    #[inline]
    pub fn make_room(&mut self, size: usize) -> *mut u8 {
        if size > SLOT_SIZE {
            self.slot[0] = super::value::buffer(size) as u64;
        }
        self.message(size)
    }

    /// Gives that buffer back.
    ///
    /// # Safety
    /// `make_room(size)` was called since the last time, and the message was moved out.
    #[inline]
    pub unsafe fn free_room(&mut self, size: usize) {
        if size > SLOT_SIZE {
            // SAFETY: by the caller.
            unsafe { super::value::free_buffer(self.slot[0] as *mut u8, size) }
        }
    }
}

/// What a suspended task waits for; `goo_resume` goes on accordingly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Op {
    None = 0,
    /// Gave way; is queued already.
    Yield,
    /// A `select` that gave way before it waits; is queued already.
    GiveWay,
    /// Gave way at a point of a drawn schedule; is queued already.
    Point,
    Send,
    /// `<-ch`: nobody left to send is a deadlock.
    Recv,
    /// `v, ok := <-ch`, `range`.
    RecvOk,
    RecvWithin,
    SendWithin,
    Batch,
    Select,
    Sleep,
    /// The end of another task.
    Wait,
    /// A Rust future.
    Future,
    /// A place in, or the end of, a `go parallel`.
    Group,
    /// The end of a supervisor, or an event for it.
    Supervise,
    /// The rate of a channel.
    Rate,
    /// The same, of a send with a time limit.
    RateWithin,
    /// The section of a mutex.
    Section,
}

/// How an operation in a channel ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// The message went over.
    Passed = 0,
    /// The channel was closed, or nobody is left to send.
    Closed,
}

/// What few tasks need.
#[derive(Default)]
pub struct Extra {
    pub crash: Option<Box<Crash>>,
    /// While unwinding: the frames that are still to be unwound, innermost first.
    pub unwind: *mut Frame,
    /// While unwinding: the deferred call that is running.
    pub deferred: *mut Closure,
    /// While DEFERRING: the frame of the outermost function whose deferred calls run.
    pub deferring: *mut Frame,
    /// Tasks that wait for this one's end.
    pub waiters: SmallVec<[*mut Task; 2]>,
    /// Channels that are told of it. As `waiters`, under `lock`.
    pub watchers: Vec<Watched>,
    pub result: Option<Stored>,
    /// The result was given to the first who asked: it holds a closure that two tasks cannot have.
    pub gone: Option<Bound>,
    /// The task whose end this one waits for.
    pub awaited: *mut Task,
    /// `T ! Crash`, as the waiting program wants it.
    pub awaited_as: *const TypeDesc,
    /// What the main task runs after package initialisation.
    pub then: *mut Closure,
    pub future: Option<PendingFuture>,
    /// The last wait that deadlock detection found to be without end.
    pub condemned: u32,
    pub select: Option<Box<SelectBlock>>,
    /// The block of its last select, for the next one.
    pub spare_select: Option<Box<SelectBlock>>,
    /// When an operation with a time limit ends, in nanoseconds of the runtime's clock.
    pub deadline: u64,
    /// When a channel that limits its rate lets the task's message in: for a `select` that is to look again then, or a send with a
    /// time limit.
    pub turn: u64,
    pub batch: Option<crate::channel::batch::Batch>,
    pub in_hand: Vec<InHand>,
    /// How often the message that it has just received had been delivered before.
    pub deliveries: i64,
    pub child: Option<ChildLink>,
    /// The channel whose end the task was told of last, if a supervisor is to know.
    pub ended: *const crate::channel::Channel,
    /// It ran a supervisor, whose children are done.
    pub children_done: bool,
    /// The supervisor has been told that the task is unwinding.
    pub told_unwinding: bool,
    pub group: Option<GroupLink>,
    /// The mutexes in whose sections the task is, the innermost last, in programs whose sections may suspend.
    pub sections: Vec<*mut crate::library::sync::Mutex>,
    pub supervise: Option<crate::supervise::driver::Waiting>,
}
