//! One worker thread: its context, its queues, and the loop that runs tasks.
//!
//! A worker takes tasks from, in this order: its one-place slot (what it woke last, whose data is still warm), its own [`queues`](super::queues),
//! the common injector, the queues of others. Every [`TURNS`] turns it looks around: who has waited longest in its queues and the injector take
//! turns to come before the slot then, so that two tasks that wake each other leave room for the rest.
//!
//! The slot keeps tasks that wake each other on one core, which is right while their turns are short: a rendezvous within a core
//! costs less than the way of one cache line to another. When turns take long on average ([`COARSE`]), and not for many messages, what is
//! woken goes to the queue instead, where other workers find it.
//!
//! While somebody waits for I/O, what has come in is looked at every [`DRIVER_TURNS`] turns, and when there is nothing to do ([`super::park`]).
//!
//! Worker threads are made when there is first work for them. Until then a worker counts as asleep, and to wake it is to make its thread.

use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use super::object::Task;
use super::park::{Driver, Parker};
use super::queues::{Queued, Queues, Stealers};
use super::runtime::Runtime;
use super::sharing::{Sharing, is_talk};
use super::timer::{NEVER, Timers};
use super::{run, slab};
use crate::abi::layout::Context;
use crate::channel::Channel;
use crate::memory::pool;
use crate::protocol::bias::{Owner, note_crossings};
use crate::schedule::{self, Choice};
use crate::trace::ring::Ring;
use crate::trace::{self, Kind};

const TURNS: u32 = 61;
const DRIVER_TURNS: u32 = 128;
/// A task that has made so many others ready in one turn is asked to let them run: what they work on is then still in the caches.
const RUN_AHEAD: u32 = 240;
/// One that it has started counts as so many: it has memory of its own, and a million that end soon then need that of some hundred. The queue has
/// room for sixty without becoming larger.
const STARTED: u32 = 4;
/// A turn that takes so many nanoseconds on average is worth a way to another core, which costs about a microsecond for the first
/// cache lines, and more for the rest.
const COARSE: u64 = 5_000;
/// So many tasks are given up at most, or taken from the injector at a time.
const GATHERED: usize = 16;
/// How many nanoseconds a worker looks for work before it sleeps: half of what being woken costs.
const SEARCH_TIME: u64 = 20_000;
/// Pauses between two looks: how long one takes differs much among processors, 10 to 50 ns.
const SEARCH_PAUSE: u32 = 20;
/// Bytes of stack that a task may use. What a worker's thread has beyond that is for runtime functions, which do not check.
const TASK_STACK: usize = 64 << 20;
/// Bytes of stack that stay in memory when a task has overflowed it.
const STACK_KEPT: usize = 64 << 10;

/// One worker. Its context comes first, so that the context's address is its own.
#[repr(C)]
pub struct Worker {
    ctx: UnsafeCell<Context>,
    pub runtime: &'static Runtime,
    pub index: usize,
    /// What locks know it by.
    pub owner: Owner,
    shared: &'static Shared,
    slot: Cell<*mut Task>,
    /// What the running task has queued, see [`RUN_AHEAD`].
    pushed: Cell<u32>,
    /// So many turns until it looks around.
    turns: Cell<u32>,
    /// Who has waited longest here or in the injector, in turn, comes before the slot.
    oldest_first: Cell<bool>,
    /// Turns take long, and not because of messages.
    coarse: Cell<bool>,
    /// Channel operations until it looked around last.
    operations: Cell<u64>,
    /// When it looked around last, plus the time that it has had nothing to do since.
    looked: Cell<u64>,
    /// Since when it has nothing to do.
    idle_since: Cell<Option<u64>>,
    queues: Queues,
    tasks: UnsafeCell<slab::Cache>,
    random: Cell<u64>,
    sharing: Sharing,
    /// A channel for one reply that nobody refers to; see [`reply`](crate::channel::reply).
    pub spare_reply: Cell<*mut Channel>,
    /// What its tasks wait in for I/O.
    pub driver: Driver,
    pub trace: Ring,
    /// A task has overflowed its stack, see [`Worker::after_crash`].
    overflowed: Cell<bool>,
}

/// What others may see of a worker.
pub struct Shared {
    /// Its queues, from when its thread first began.
    queues: OnceLock<Stealers>,
    pub timers: Timers,
    /// Counts the tasks it has run; stands still while one computes.
    pub turns: AtomicU32,
    /// It has a task running.
    pub busy: AtomicBool,
    /// Its context, while its thread is there.
    pub context: AtomicUsize,
    /// What to set the stack limit back to.
    pub stack_limit: AtomicUsize,
    /// Its events, from when its thread first began.
    ring: AtomicPtr<Ring>,
    pub parker: Parker,
    /// It has, or had, a thread.
    began: AtomicBool,
}

thread_local! {
    static CURRENT: Cell<*const Worker> = const { Cell::new(ptr::null()) };
}

impl Default for Shared {
    fn default() -> Shared {
        Shared {
            queues: OnceLock::new(),
            timers: Timers::new(),
            turns: AtomicU32::new(0),
            busy: AtomicBool::new(false),
            context: AtomicUsize::new(0),
            stack_limit: AtomicUsize::new(0),
            ring: AtomicPtr::new(ptr::null_mut()),
            parker: Parker::new(),
            began: AtomicBool::new(false),
        }
    }
}

impl Shared {
    /// Whether it has, or had, a thread.
    pub fn began(&self) -> bool {
        self.began.load(Ordering::Acquire)
    }

    /// It gets a thread.
    pub fn begin(&self) {
        self.began.store(true, Ordering::Release);
    }

    /// Its queues, if anything waits in them.
    #[inline]
    fn waiting(&self) -> Option<&Stealers> {
        self.queues.get().filter(|queues| !queues.is_empty())
    }

    /// Whether tasks wait in its queues.
    #[inline]
    pub fn has_tasks(&self) -> bool {
        self.waiting().is_some()
    }

    /// Its events, if it ever had a thread.
    pub fn ring(&self) -> Option<&Ring> {
        // SAFETY: workers are never freed, nor their rings.
        unsafe { self.ring.load(Ordering::Acquire).as_ref() }
    }

    /// How many channel operations its tasks have done.
    pub fn operations(&self) -> u64 {
        self.ring().map_or(0, Ring::operations)
    }

    /// Asks what runs there to look up: at its next loop turn or call.
    pub fn ask_to_poll(&self) {
        let ctx = self.context.load(Ordering::Acquire) as *const Context;
        if !ctx.is_null() {
            // SAFETY: contexts live as long as the runtime, which is never freed.
            unsafe {
                (*ctx).poll.store(1, Ordering::Relaxed);
                (*ctx).stack_limit.store(usize::MAX, Ordering::Relaxed);
            }
        }
    }
}

impl Worker {
    /// The worker whose context this is.
    ///
    /// # Safety
    /// It is a worker's context, on its own thread.
    #[inline]
    pub unsafe fn of<'a>(ctx: *mut Context) -> &'a Worker {
        // SAFETY: the context is the first field; workers are never freed.
        unsafe { &*ctx.cast() }
    }

    /// The worker of this thread.
    #[inline]
    pub fn current() -> Option<&'static Worker> {
        // SAFETY: set while the worker's thread runs; workers are never freed.
        unsafe { CURRENT.get().as_ref() }
    }

    #[inline]
    pub fn context(&self) -> *mut Context {
        self.ctx.get()
    }

    /// The task that runs.
    #[inline]
    pub fn task(&self) -> *mut Task {
        // SAFETY: only this thread writes the field.
        unsafe { (*self.ctx.get()).task.cast() }
    }

    /// Its free places for tasks. Not to be kept over a call of anything that may use them, too.
    #[expect(clippy::mut_from_ref, reason = "one thread, and never two at a time")]
    #[inline]
    pub fn tasks(&self) -> &mut slab::Cache {
        // SAFETY: see above.
        unsafe { &mut *self.tasks.get() }
    }

    #[inline]
    pub fn shared(&self) -> &Shared {
        self.shared
    }

    /// One of the `n` cases of a `select` that are left to look at.
    #[inline]
    pub fn draw_case(&self, n: u32) -> u32 {
        if schedule::on() { schedule::choose(Choice::Case, n as usize) as u32 } else { self.random(n) }
    }

    /// A random number below `n`.
    pub fn random(&self, n: u32) -> u32 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        (((x >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Puts a task that was just made ready where it runs next on this worker.
    #[inline]
    pub fn queue(&self, task: *mut Task) {
        // SAFETY: the caller holds the task.
        unsafe { trace::point(task, Kind::Ready) };
        if self.coarse.get() {
            return self.queue_behind(task);
        }
        let before = self.slot.replace(task);
        if !before.is_null() {
            self.queue_behind(before);
        }
    }

    /// [`Worker::queue`] for a task that has just been made.
    #[inline]
    pub fn queue_new(&self, task: *mut Task) {
        // SAFETY: the caller holds the task.
        unsafe { trace::point(task, Kind::Ready) };
        let behind = if self.coarse.get() { task } else { self.slot.replace(task) };
        if !behind.is_null() {
            self.queues.push_new(behind);
            self.queued_one(STARTED);
        }
    }

    /// Puts a task behind the others of this worker.
    #[inline(never)]
    pub fn push(&self, task: *mut Task) {
        // SAFETY: the caller holds the task.
        unsafe { trace::point(task, Kind::Ready) };
        self.queue_behind(task);
    }

    /// Puts a task that was ready before behind the others.
    #[inline]
    fn queue_behind(&self, task: *mut Task) {
        self.queues.push(task);
        self.queued_one(1);
    }

    /// One was queued that counts as so many.
    #[inline]
    fn queued_one(&self, weight: u32) {
        self.runtime.on_work();
        let pushed = self.pushed.get() + weight;
        self.pushed.set(pushed);
        if pushed >= RUN_AHEAD && pushed - weight < RUN_AHEAD {
            // SAFETY: this thread's context.
            unsafe { (*self.ctx.get()).poll.store(1, Ordering::Relaxed) };
        }
    }

    /// Puts a task that gave way behind others: those that it has made ready, if they were many, or else all.
    pub fn put_behind(&self, task: *mut Task) {
        if self.pushed.get() >= RUN_AHEAD {
            self.push(task);
        } else {
            self.runtime.inject(task);
        }
    }

    /// The running task goes on, although it has queued many.
    #[inline]
    pub fn runs_on(&self) {
        self.pushed.set(0);
    }

    /// The running task has made so much for those to do who are ready that it is asked to let them: what it works on is still in the caches.
    #[inline]
    pub fn run_ahead(&self) {
        if !self.slot.get().is_null() {
            self.pushed.set(RUN_AHEAD);
            // SAFETY: this thread's context.
            unsafe { (*self.ctx.get()).poll.store(1, Ordering::Relaxed) };
        }
    }

    /// Whether other tasks are ready here.
    #[inline]
    pub fn has_ready(&self) -> bool {
        !self.slot.get().is_null() || !self.queues.is_empty()
    }

    /// Lets others have what waits in the slot: what runs here does so for long.
    pub fn offer_slot(&self) {
        let task = self.slot.replace(ptr::null_mut());
        if !task.is_null() {
            self.queue_behind(task);
        }
    }

    /// A task starts to run.
    #[inline]
    pub fn begin(&self, task: *mut Task) {
        // SAFETY: only this thread writes the field.
        unsafe { (*self.ctx.get()).task = task.cast() };
        self.pushed.set(0);
        let turns = &self.shared.turns;
        turns.store(turns.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// The running task is about to go.
    pub fn end(&self, _task: *mut Task) {
        // SAFETY: only this thread writes the field.
        unsafe { (*self.ctx.get()).task = ptr::null_mut() };
    }

    /// Wakes tasks whose time has come, here or at a worker that is late.
    pub fn fire_timers(&self) {
        let now = self.runtime.now();
        for shared in &self.runtime.workers {
            if shared.timers.next() <= now {
                // SAFETY: tasks' memory is never freed; `wake` says whether the task is ours to queue.
                shared.timers.fire(now, |task| unsafe {
                    if (*task).state.wake() {
                        self.push(task);
                    }
                });
            }
        }
    }

    /// The next task of those that are queued here, or now and then of the injector.
    #[inline]
    fn next_task(&self) -> Option<*mut Task> {
        let turns = self.turns.get();
        if turns == 0 {
            if let Some(task) = self.look_around() {
                return Some(task);
            }
        } else {
            self.turns.set(turns - 1);
        }
        let slot = self.slot.get();
        if !slot.is_null() {
            self.slot.set(ptr::null_mut());
            return Some(slot);
        }
        self.pop()
    }

    #[inline]
    fn pop(&self) -> Option<*mut Task> {
        self.queues.pop()
    }

    /// Sees to timers, to how long turns take, and to tasks that wait while others wake each other in the slot.
    #[cold]
    fn look_around(&self) -> Option<*mut Task> {
        self.turns.set(TURNS);
        let now = self.runtime.now();
        let since = now.saturating_sub(self.looked.replace(now));
        let operations = self.trace.operations();
        let operations = operations - self.operations.replace(operations);
        self.coarse.set(since > u64::from(TURNS) * COARSE && !is_talk(since, operations));
        // One of two stays where it is. Where many are ready, each is better off waiting here than for somebody to take it.
        if self.index > 0 && self.queues.len() <= GATHERED && self.sharing.gathers(self, now) {
            self.give_up_all();
            return None;
        }
        if self.runtime.next_timer() != NEVER {
            self.fire_timers();
        }
        let oldest = || self.queues.pop_oldest(self.shared.queues.get()?);
        let oldest_first = !self.oldest_first.get();
        self.oldest_first.set(oldest_first);
        if oldest_first {
            return oldest().or_else(|| self.injected());
        }
        self.injected().or_else(oldest)
    }

    /// Leaves all that is queued here to others.
    fn give_up_all(&self) {
        let slot = self.slot.replace(ptr::null_mut());
        let queued = std::iter::from_fn(|| self.pop());
        for task in (!slot.is_null()).then_some(slot).into_iter().chain(queued) {
            self.runtime.injector.push(Queued(task));
        }
        self.runtime.on_work();
    }

    fn injected(&self) -> Option<*mut Task> {
        self.queues.take_injected(&self.runtime.injector, GATHERED)
    }

    /// Takes tasks that wait elsewhere, but for those that are better off there ([`super::sharing`]).
    fn steal(&self, now: u64) -> Option<*mut Task> {
        let runtime = self.runtime;
        let holds = self.sharing.holds(now);
        if (!holds || self.sharing.is_neglected(runtime, now))
            && let Some(task) = self.queues.steal_injected(&runtime.injector)
        {
            self.sharing.begins(self, now);
            return Some(task);
        }
        let count = runtime.workers.len();
        let from = self.random(count as u32) as usize;
        for offset in 0..count {
            let victim = (from + offset) % count;
            if victim == self.index {
                continue;
            }
            let Some(queues) = runtime.workers[victim].waiting() else { continue };
            if holds && !self.sharing.is_stuck(runtime, victim, now) {
                continue;
            }
            if let Some(task) = self.queues.steal(queues) {
                // SAFETY: it came from a queue, so this worker holds it.
                if unsafe { !(*task).has(Task::STARTED) } {
                    note_crossings(self.queues.len() as u64 + 1);
                }
                self.sharing.begins(self, now);
                return Some(task);
            }
        }
        None
    }

    /// Searches, counting as a searcher; then does not count any more if it found something.
    fn search(&self) -> Option<*mut Task> {
        let runtime = self.runtime;
        let began = runtime.now();
        if self.idle_since.get().is_none() {
            self.idle_since.set(Some(began));
        }
        self.sharing.ends(self, began);
        loop {
            let now = runtime.now();
            if let Some(task) = self.steal(now) {
                if runtime.sleepers.found() && runtime.has_work() {
                    runtime.on_work();
                }
                return Some(task);
            }
            if runtime.next_timer() <= now {
                self.fire_timers();
                if let Some(task) = self.next_task() {
                    let _ = runtime.sleepers.found();
                    return Some(task);
                }
            }
            if now > began + SEARCH_TIME {
                // To sleep would be refused while work is queued.
                if !self.sharing.holds(now) || runtime.stopping() {
                    return None;
                }
                let alone = runtime.sleepers.searching() == 1;
                self.shared.parker.nap(Duration::from_nanos(self.sharing.nap(now, alone)));
                if runtime.waiting_for_io() {
                    self.driver.turn();
                }
                continue;
            }
            for _ in 0..SEARCH_PAUSE {
                std::hint::spin_loop();
            }
        }
    }

    /// It has something to do again: the time since it began to search does not count as the turns' own.
    fn ends_idling(&self, since: u64) {
        self.idle_since.set(None);
        self.looked.set(self.looked.get() + (self.runtime.now() - since));
    }

    /// Runs the task and those that follow it here: all that are queued, or so many that the driver is to have a turn.
    fn run_ready(&self, mut task: *mut Task) {
        for _ in 1..DRIVER_TURNS {
            // SAFETY: it came from a queue.
            unsafe { run::run(self, task) }
            // Tasks that are ended because the program ends must not be seen to end by others.
            if self.runtime.stopping() {
                return;
            }
            match self.next_task() {
                Some(next) => task = next,
                None => return,
            }
        }
        // SAFETY: as above.
        unsafe { run::run(self, task) }
    }

    /// Runs tasks until the program ends, or this worker is not needed any more. It counts as searching.
    fn work(&self) {
        let runtime = self.runtime;
        let shared = self.shared();
        let mut searching = true;
        while !runtime.stopping() {
            let found = match self.next_task() {
                Some(task) => {
                    if searching {
                        searching = false;
                        let _ = runtime.sleepers.found();
                    }
                    Some(task)
                }
                None => {
                    shared.busy.store(false, Ordering::Relaxed);
                    if !searching {
                        runtime.sleepers.start_searching();
                    }
                    let found = self.search();
                    searching = found.is_none();
                    found
                }
            };
            if let Some(task) = found {
                shared.busy.store(true, Ordering::Relaxed);
                if let Some(since) = self.idle_since.get() {
                    self.ends_idling(since);
                }
                self.run_ready(task);
                if runtime.waiting_for_io() {
                    self.driver.turn();
                }
                continue;
            }
            if self.retires() {
                let _ = runtime.sleepers.found();
                return;
            }
            self.sleep();
        }
    }

    /// Sleeps until somebody has work for it or a timer is due; counts as searching before and after.
    fn sleep(&self) {
        let runtime = self.runtime;
        runtime.sleepers.fall_asleep(self.index);
        let idle = runtime.note_idle(self);
        if !runtime.has_work() && !runtime.stopping() && !idle {
            let most = match runtime.next_timer() {
                NEVER => None,
                due => Some(Duration::from_nanos(due.saturating_sub(runtime.now()))),
            };
            self.shared.parker.park(&self.driver, most);
        }
        runtime.sleepers.get_up(self.index);
    }

    /// Whether this worker was only there for others that compute, and is not needed now. Tasks may wait for what its driver does.
    fn retires(&self) -> bool {
        self.index >= self.runtime.base_workers && !self.driver.is_there() && self.runtime.is_surplus()
    }
}

/// A worker without a thread: one that was never used, or one that retired, with what it keeps.
pub enum Spare {
    New(usize),
    Retired(&'static Worker),
}

// SAFETY: a worker is used by one thread at a time; its queues are empty when it retires.
unsafe impl Send for Spare {}

impl Spare {
    fn index(&self) -> usize {
        match self {
            Spare::New(index) => *index,
            Spare::Retired(worker) => worker.index,
        }
    }

    /// The name of its thread.
    pub fn name(&self) -> String {
        format!("goo-{}", self.index())
    }

    fn into_worker(self, runtime: &'static Runtime) -> &'static Worker {
        match self {
            Spare::New(index) => Worker::new(runtime, index),
            Spare::Retired(worker) => worker,
        }
    }
}

impl Worker {
    fn new(runtime: &'static Runtime, index: usize) -> &'static Worker {
        let queues = Queues::new();
        let shared = &runtime.workers[index];
        assert!(shared.queues.set(queues.stealers()).is_ok(), "a worker is made once");
        let results = vec![0u128; runtime.results_size().div_ceil(16) + 4].leak();
        let seed = runtime.seed().wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(index as u64 + 1);
        Box::leak(Box::new(Worker {
            ctx: UnsafeCell::new(Context {
                poll: AtomicU32::new(0),
                stack_limit: AtomicUsize::new(0),
                last_frame: ptr::null_mut(),
                first_frame: ptr::null_mut(),
                results: results.as_mut_ptr().cast(),
                task: ptr::null_mut(),
                this: ptr::null_mut(),
                arguments: [0; Context::ARGUMENT_COUNT],
            }),
            runtime,
            index,
            owner: Owner::new(),
            shared,
            slot: Cell::new(ptr::null_mut()),
            pushed: Cell::new(0),
            turns: Cell::new(TURNS),
            oldest_first: Cell::new(false),
            coarse: Cell::new(false),
            operations: Cell::new(0),
            looked: Cell::new(0),
            idle_since: Cell::new(None),
            queues,
            tasks: UnsafeCell::new(slab::Cache::new()),
            random: Cell::new(seed | 1),
            sharing: Sharing::new(runtime.workers.len()),
            spare_reply: Cell::new(ptr::null_mut()),
            driver: Driver::default(),
            trace: Ring::new(),
            overflowed: Cell::new(false),
        }))
    }
}

impl Worker {
    /// Makes this thread the worker's.
    fn enter(&'static self, stack_size: usize) {
        debug_assert!(stack_size > TASK_STACK);
        let here = 0u8;
        let stack_limit = (&raw const here as usize) - TASK_STACK;
        let shared = self.shared();
        shared.stack_limit.store(stack_limit, Ordering::Relaxed);
        // SAFETY: this thread's context.
        unsafe {
            (*self.context()).stack_limit.store(stack_limit, Ordering::Relaxed);
            (*self.context()).this = self.context();
        }
        shared.context.store(self.context() as usize, Ordering::Release);
        shared.ring.store((&raw const self.trace).cast_mut(), Ordering::Release);
        shared.parker.begin();
        CURRENT.set(self);
        pool::enter();
    }

    /// A task has overflowed its stack: when its calls are gone, the memory goes back to the system.
    pub(crate) fn overflowed(&self) {
        self.overflowed.set(true);
    }

    /// A task has crashed, and its calls are gone from the stack.
    pub(crate) fn after_crash(&self) {
        if self.overflowed.replace(false) {
            let here = 0u8;
            let top = (&raw const here as usize).saturating_sub(STACK_KEPT);
            clear_stack(self.shared().stack_limit.load(Ordering::Relaxed), top);
        }
    }

    /// A worker whose thread is the calling one, which has a stack of so many bytes and runs tasks by itself: see
    /// [`crate::schedule`].
    ///
    /// # Panics
    /// When all workers have threads.
    pub(crate) fn on_this_thread(runtime: &'static Runtime, stack_size: usize) -> &'static Worker {
        let spare = runtime.take_first().expect("a runtime that has just been made has no threads");
        let worker = spare.into_worker(runtime);
        worker.enter(stack_size);
        worker
    }

    /// Makes each loop turn of compiled code on this worker call `goo_poll`, from now on.
    pub(crate) fn always_poll(&self) {
        // SAFETY: this thread's context.
        unsafe { (*self.ctx.get()).poll.store(1, Ordering::Relaxed) };
    }

    /// Takes out all tasks that are queued here or for everybody, in a fixed order.
    pub(crate) fn take_queued(&self, into: &mut Vec<*mut Task>) {
        while let Some(task) = self.pop() {
            into.push(task);
        }
        let slot = self.slot.replace(ptr::null_mut());
        if !slot.is_null() {
            into.push(slot);
        }
        while let Some(task) = self.injected() {
            into.push(task);
        }
    }
}

/// The body of a worker's thread, which counts as searching. Gives the worker back when it retires.
pub fn main(runtime: &'static Runtime, spare: Spare, stack_size: usize) -> Spare {
    let worker = spare.into_worker(runtime);
    worker.enter(stack_size);
    let shared = worker.shared();
    worker.work();
    CURRENT.set(ptr::null());
    pool::leave();
    shared.context.store(0, Ordering::Release);
    shared.busy.store(false, Ordering::Relaxed);
    shared.parker.end();
    Spare::Retired(worker)
}

/// Nothing that lies between these addresses, of the stack of the calling thread, is used any more.
fn clear_stack(from: usize, to: usize) {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: asks for a constant.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(1) as usize;
        let (from, to) = (from.next_multiple_of(page), to / page * page);
        if from < to {
            let start = ptr::with_exposed_provenance_mut(from);
            // SAFETY: below everything that this thread's stack has at present, and above where it ends: memory that reads as zero from then on.
            unsafe { libc::madvise(start, to - from, libc::MADV_DONTNEED) };
        }
    }
    let _ = (from, to);
}

/// The context of this thread's worker, for functions that compiled code calls without it.
#[unsafe(no_mangle)]
pub extern "C" fn goo_context() -> *mut Context {
    Worker::current().map_or(ptr::null_mut(), Worker::context)
}
