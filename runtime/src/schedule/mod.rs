//! Repeatable schedules: a program run by one thread, in virtual time, where a seed decides whatever the system would decide otherwise.
//!
//! The same program, input and seed give the same events, byte for byte, on any machine. Nothing that costs anything is there otherwise: the
//! compiler puts a call of [`point`] before each operation that other tasks may notice, but only in programs that are to be run so;
//! what the rest of the runtime asks for while this is [`on`] are the choices below, all in cold paths.
//!
//! | choice | where it is asked for | default |
//! |---|---|---|
//! | whether another task runs now, and which | [`point`], and when a task waits or ends | the same task; else who became ready first |
//! | which ready case of a `select` is tried first | `channel/select` | as written |
//! | which of the tasks that wait at a channel or a mutex | [`waiter`] | who came first |
//! | whether the next timer fires although tasks are ready | [`point`] | no |
//! | whether a supervised task crashes here | [`point`], with `--crashes` | no |
//!
//! - [`choices`]: where all of them are made, and noted; [`strategy`]: random, PCT, sweep.
//! - [`run`]: the loop, and what happens when nothing is ready; [`point`]: in the middle of tasks; [`tasks`]: who is who, without addresses.
//! - [`events`]: the log. [`explore`]: many schedules, each in a process of its own ([`process`]); [`shrink`]: the shortest that fails.
//!
//! A schedule is a list of [`Deviation`]s from the default one, each named by the task that was running and how many choices it had
//! met before: so a part of a schedule means nearly the same when other parts are left out, which is what shrinking needs.

pub mod choices;
pub mod events;
pub mod explore;
pub mod point;
pub mod process;
pub mod run;
pub mod shrink;
pub mod strategy;
mod tasks;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::choices::{Choice, Deviation};
pub use self::strategy::Strategy;

use self::choices::Choices;
use self::events::Log;
use self::strategy::Candidate;
use self::tasks::Tasks;
use crate::task::object::Task;

/// What decides a schedule.
#[derive(Clone, Debug)]
pub struct Settings {
    pub seed: u64,
    pub strategy: Strategy,
    /// At most so many crashes of supervised tasks are injected.
    pub crashes: u32,
    /// By so much in all, in nanoseconds, timers may fire before those who are ready have run.
    pub delay: u64,
    /// Only these, whatever the strategy says.
    pub replay: Option<Vec<Deviation>>,
    /// A program that meets more points than this is taken for one that never ends, and so is one that computes for longer than
    /// [`TURNS_OF_A_STEP`] turns of loops for each of them, between two.
    pub most_points: u64,
    /// Notes what happens.
    pub log: bool,
}

/// Points after which a schedule is given up: some seconds of a program that does nothing but channel operations.
pub const MOST_POINTS: u64 = 5_000_000;

/// The same for a program that is run once, by a user who can stop it.
pub const MOST_POINTS_OF_A_RUN: u64 = 4 * MOST_POINTS;

/// A task that computes between two points may take so many turns of loops for each point that a program may meet: some seconds for all of them.
pub const TURNS_OF_A_STEP: u64 = 50;

/// How much earlier than those who are ready timers may fire, in all: less than what programs allow themselves as a last resort, more
/// than most of what they expect to be answered in.
pub const DELAY: u64 = 500_000_000;

impl Settings {
    pub fn new(seed: u64, strategy: Strategy) -> Settings {
        Settings {
            seed,
            strategy,
            crashes: 0,
            delay: DELAY,
            replay: None,
            most_points: MOST_POINTS,
            log: false,
        }
    }
}

/// The schedule that this thread runs.
struct Schedule {
    choices: Choices,
    tasks: Tasks,
    /// Tasks that could run, by when they became ready.
    ready: Vec<Candidate>,
    /// What was just taken from the queues; and what is chosen among. Kept for their memory.
    fresh: Vec<*mut Task>,
    candidates: Vec<Candidate>,
    /// Chosen at a point to be the next.
    next: Option<*mut Task>,
    /// Who runs, or ran last, by its place in the tree of who started whom.
    last: u64,
    /// The same. It may have ended.
    runner: *mut Task,
    /// The number of who runs; none while timers fire.
    running: Option<u32>,
    /// Virtual time at the last event.
    now: u64,
    /// Points met in all, and by the running task since another one ran.
    points: u64,
    streak: u64,
    most_points: u64,
    /// Loop turns of tasks that compute; and of the running one since its last operation.
    turns: u64,
    computed: u64,
    log: Option<Log>,
    /// When deadlocks were looked for last, and the number of points then.
    searched: u64,
    searched_at: u64,
}

static ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CURRENT: RefCell<Option<Box<Schedule>>> = const { RefCell::new(None) };
}

/// Whether this process runs a program under a drawn schedule.
#[inline(always)]
pub fn on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// From now on it does.
fn switch_on() {
    ON.store(true, Ordering::Relaxed);
}

/// Does something with the schedule of this thread, which must not be in use already.
fn with<T>(f: impl FnOnce(&mut Schedule) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|current| current.as_deref_mut().map(f))
}

/// Which of `n` possibilities, of a choice that the running task has to make; the first one by default.
#[cold]
pub fn choose(choice: Choice, n: usize) -> usize {
    with(|schedule| schedule.choices.index(schedule.last, choice, n)).unwrap_or(0)
}

/// Which of `n` tasks that wait, in the order they came.
#[cold]
pub fn waiter(n: usize) -> usize {
    choose(Choice::Waiter, n)
}
