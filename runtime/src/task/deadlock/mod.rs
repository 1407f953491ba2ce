//! Deadlocks of any subset of tasks: which waiting tasks can nobody wake any more?
//!
//! Trial deletion over reference counts, as Bacon and Rajan collect cycles. For all tasks that wait at channels (or for other tasks), the
//! references in their frames, closures and messages are counted ([`graph`]). A channel that has more senders than were found is
//! in reach of a task that runs, or will: so the receivers that wait at it are alive, so what *they* hold is, and so on. Those that remain
//! can be woken by nobody. What is not looked into (a mutex, a timer, a task that runs) counts as alive: detection may miss, but it never
//! accuses wrongly.
//!
//! # Why it is right although tasks run meanwhile
//!
//! A first pass looks at each waiting task for a moment and yields suspects, usually none. The second pass holds all suspects
//! parked ([`State::inspect`](crate::protocol::state::State::inspect)) and counts again, only among them:
//!
//! 1. Frames of held tasks do not change, nor do objects that only they hold (a count equal to what was found).
//! 2. Counts of heap objects are read containers first, then the ends of channels. Suppose a running task comes into possession of a
//!    suspected thing after its count was read. It took it from a container, which it held at that moment: not a frame (1), so a heap
//!    object, whose count was read before, or the buffer of a channel. By induction over containers, the first such taking was from a
//!    buffer.
//! 3. Each buffer's number of changes is noted when its messages are counted, and compared after all counts were read: so nothing was
//!    taken from a buffer.
//! 4. A running task may have woken a suspect after it was held, and given up its end of the channel before the ends were counted. So it is
//!    asked, also after all counts were read, whether anybody left a note for one of the held tasks; this also covers messages taken from a
//!    waiting sender.
//!
//! So at the moment when the last count was read no running task had, or could get, anything that could wake a suspect.
//!
//! # When everything stands still
//!
//! When all workers sleep, no work is queued, and no timer and no I/O is under way, nothing can happen any more, so whoever waits does so for
//! ever, even if what it waits for is in reach of something that was not looked into. Stillness cannot be seen at one glance, and the thread that
//! looks may be held up between two of them, for longer than a program sleeps: so it counts only if it was there before all tasks were held
//! and after, and no worker got up between ([`Stillness`]).
//!
//! # What is done about it
//!
//! Tasks that `range`, or ask `v, ok :=`, are told that the channel is closed, those first that wait for nobody who would
//! be revived by that; they may revive others. Only when there are none, the others crash: those first that a supervisor starts again;
//! if there are none, and `main` is among the others, it alone, which ends the program. A search runs when nothing at all can happen any more, and now and then; then a task must have been suspected
//! twice in a row, so that programs that end soon do so in peace. So it is with a plain receive from a channel that nobody can send to any more:
//! Go programs leave such workers behind.

mod graph;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use self::graph::Graph;
use super::crash::{CrashKind, Undone, crash_as};
use super::object::{Op, Task};
use super::runtime::Runtime;
use super::timer::NEVER;
use super::worker::Worker;
use crate::abi::layout::{Context, Status};
use crate::channel::Channel;
use crate::trace::Kind;

/// What detection keeps between searches.
#[derive(Default)]
pub struct Detector {
    /// Suspects of the last search, and which of their waits it was.
    suspects: Mutex<HashMap<usize, u32>>,
    /// No search now and then before this time: a search takes at most a twentieth of a core.
    not_before: AtomicU64,
    /// The last search that found something was made while no task ran.
    all_asleep: AtomicU64,
}

impl Detector {
    /// Wakes tasks from a thread that is no worker, while nobody draws conclusions.
    pub fn without_searches(&self, wake: impl FnOnce()) {
        let _suspects = self.suspects.lock();
        wake();
    }
}

/// That nothing runs, and nothing can make anything run; while the detector's lock is held, so that the monitor does not.
#[derive(Clone, Copy)]
struct Stillness {
    risen: u64,
}

impl Stillness {
    /// None if anything is going on. The worker that asks counts as asleep.
    fn see(runtime: &Runtime) -> Option<Stillness> {
        let risen = runtime.sleepers.risen();
        let still = runtime.all_asleep()
            && !runtime.has_work()
            && runtime.next_timer() == NEVER
            && !runtime.waiting_for_io();
        still.then_some(Stillness { risen })
    }

    /// Whether it lasts, and always has since it was seen.
    fn lasts(self, runtime: &Runtime) -> bool {
        // The first look at the count comes before the first at the workers; the second look at it after the second at them.
        Stillness::see(runtime).is_some() && runtime.sleepers.risen() == self.risen
    }
}

/// So many times as long as a search takes there is none.
const PAUSE: u64 = 20;

/// Nanoseconds that a search takes for each place of a task.
const TIME_PER_PLACE: u64 = 100;

/// All workers are idle, and this one was the last. True: it found something to do.
pub fn on_idle(worker: &Worker) -> bool {
    let runtime = worker.runtime;
    if runtime.next_timer() != NEVER || runtime.waiting_for_io() {
        return false;
    }
    // The monitor may be searching: what it looks at is in no queue meanwhile, though somebody may have woken it. So waiting for this lock
    // may take long, and what was seen before counts no more.
    let mut suspects = runtime.deadlock.suspects.lock();
    let Some(still) = Stillness::see(runtime) else { return runtime.has_work() };
    search_with(runtime, &mut suspects, true);
    if still.lasts(runtime) {
        let mut waiting = Vec::new();
        runtime.slabs.for_each(|task| waiting.push(task));
        second_pass(runtime, &waiting, Some(still));
    }
    runtime.has_work()
}

/// Looks for tasks that nothing can wake while no task runs, nor will before this is over. True: it found some.
pub(crate) fn search_at_rest(runtime: &'static Runtime) -> bool {
    search_with(runtime, &mut runtime.deadlock.suspects.lock(), true);
    runtime.has_work()
}

/// Looks for tasks that nothing can wake; called now and then.
pub fn search(runtime: &'static Runtime) {
    let began = runtime.now();
    // Before the first search, what it will take is estimated.
    let first = runtime.slabs.places() as u64 * TIME_PER_PLACE * PAUSE;
    if began < runtime.deadlock.not_before.load(Ordering::Relaxed).max(first) {
        return;
    }
    // One search at a time.
    let Some(mut suspects) = runtime.deadlock.suspects.try_lock() else { return };
    search_with(runtime, &mut suspects, false);
    drop(suspects);
    let end = runtime.now();
    runtime.deadlock.not_before.store(end + PAUSE * (end - began), Ordering::Relaxed);
}

fn search_with(runtime: &'static Runtime, suspects: &mut HashMap<usize, u32>, at_once: bool) {
    if !at_once && !glance(runtime) {
        suspects.clear();
        return;
    }
    let found = first_pass(runtime);
    let before = std::mem::take(suspects);
    *suspects = found.iter().map(|&(task, wait)| (task as usize, wait)).collect();
    let accused: Vec<*mut Task> = found
        .into_iter()
        .filter(|&(task, wait)| at_once || before.get(&(task as usize)) == Some(&wait))
        .map(|(task, _)| task)
        .collect();
    if !accused.is_empty() {
        second_pass(runtime, &accused, None);
    }
}

/// Whether there is anything to look into. In most programs that do well each channel is in reach of a task that runs.
fn glance(runtime: &Runtime) -> bool {
    let mut graph = Graph::brief();
    look_at_each(&mut graph, runtime);
    graph.is_suspicious()
}

/// Looks at each task for a moment. Gives those that seem to be out of everybody's reach.
fn first_pass(runtime: &Runtime) -> Vec<(*mut Task, u32)> {
    let mut graph = Graph::default();
    look_at_each(&mut graph, runtime);
    graph.dead().into_iter().map(|task| (task, graph.wait_of(task))).collect()
}

fn look_at_each(graph: &mut Graph, runtime: &Runtime) {
    runtime.slabs.for_each(|task| {
        // SAFETY: tasks' memory is never freed; the task is held parked while it is looked at.
        unsafe {
            if (*task).state.inspect() {
                graph.add(task);
                graph.read_new_counts();
                release(task);
            }
        }
    });
}

/// Holds the suspects, makes sure, and acts. All of them are dead if the stillness lasts.
fn second_pass(runtime: &'static Runtime, suspects: &[*mut Task], still: Option<Stillness>) {
    let mut graph = Graph::default();
    let mut held = Vec::new();
    for &task in suspects {
        // SAFETY: the task is held parked until it is released below.
        unsafe {
            if (*task).state.inspect() {
                held.push(task);
                graph.add(task);
            }
        }
    }
    graph.read_counts();
    // SAFETY: held.
    let noted = || held.iter().any(|&task| unsafe { (*task).state.is_noted() });
    let dead = match still {
        Some(still) if still.lasts(runtime) => graph.all(),
        None if graph.buffers_unchanged() && !noted() => graph.dead(),
        _ => Vec::new(),
    };
    let condemned = verdict(&graph, &dead);
    if !condemned.is_empty() {
        runtime.deadlock.all_asleep.store(u64::from(runtime.all_asleep()), Ordering::Relaxed);
    }
    for &task in &condemned {
        // SAFETY: held. The wake-up is noted, and acted upon when the task is released: nothing of it is touched after that.
        unsafe {
            (*task).condemn();
            let queue = (*task).state.wake();
            debug_assert!(!queue, "held");
        }
    }
    for task in held {
        // SAFETY: held since above.
        unsafe { release(task) }
    }
}

unsafe fn release(task: *mut Task) {
    // SAFETY: by the caller, who inspects the task.
    unsafe {
        if (*task).state.release() {
            super::slab::runtime_of(task).inject(task);
        }
    }
}

/// Which of the dead are told so; the others may be revived by that.
fn verdict(graph: &Graph, dead: &[*mut Task]) -> Vec<*mut Task> {
    let closed = graph.closable(dead);
    if !closed.is_empty() {
        return closed;
    }
    // SAFETY: held tasks.
    let has = |task: *mut Task, ops: &[Op]| unsafe { ops.contains(&(*task).op) };
    let waits_at_channel = |task: &&*mut Task| has(**task, &[Op::Send, Op::Recv, Op::Select]);
    let mut condemned: Vec<_> = dead.iter().filter(waits_at_channel).copied().collect();
    if condemned.is_empty() {
        // Tasks that wait for each other's end, or to leave a section. Who waits for them from outside is revived by their crash.
        let waits = |task: &&*mut Task| has(**task, &[Op::Wait, Op::Section]);
        condemned = graph.waited_for(dead.iter().filter(waits).copied().collect());
    }
    // Those that a supervisor starts again may help the others by that.
    // SAFETY: held tasks.
    let heals =
        |task: &&*mut Task| unsafe { (***task).extra_if_any().is_some_and(|extra| extra.child.is_some()) };
    if condemned.iter().any(|task| heals(&task)) {
        condemned.retain(|task| heals(&task));
        return condemned;
    }
    // SAFETY: held tasks.
    let main = condemned.iter().find(|task| unsafe { (***task).has(Task::MAIN) }).copied();
    main.map_or(condemned, |main| vec![main])
}

/// The running task waits at this channel for ever.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel or null.
pub unsafe fn crash_waiting(ctx: *mut Context, channel: *mut Channel) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        (*task).flags &= !Task::DEADLOCKED;
        let what = match ((*task).op, channel.as_ref()) {
            (Op::Select, Some(channel)) => {
                format!("waits in a select, first at the channel made at {}", channel.site())
            }
            (Op::Select, None) => "waits in a select that has no case".into(),
            (Op::Send, Some(channel)) => {
                format!(
                    "waits to send to the channel made at {}, and no task can receive from it",
                    channel.site()
                )
            }
            (Op::Section, _) => "waits for the section of a mutex, and the task in it waits as well".into(),
            (_, Some(channel)) => {
                format!(
                    "waits to receive from the channel made at {}, and no task can send to it",
                    channel.site()
                )
            }
            (_, None) => "waits for tasks that wait for it".into(),
        };
        let asleep = worker.runtime.deadlock.all_asleep.swap(0, Ordering::Relaxed) != 0;
        let message = if (*task).has(Task::MAIN) && asleep {
            format!("all tasks are asleep - deadlock! main {what}")
        } else {
            format!("deadlock: the task {what}")
        };
        let kind = if (*task).op == Op::Send { Kind::Send } else { Kind::Receive };
        // A `select` is recorded when it is done.
        let waits_in = channel.as_ref().filter(|_| (*task).op != Op::Select);
        let undone = waits_in.map(|channel| Undone { kind, site: channel.site(), waits: true });
        // Where somebody could send, but waits as well, a restart may help.
        let lost = (*task).op == Op::Recv && channel.as_ref().is_some_and(|channel| !channel.has_senders());
        if lost {
            (*task).is_told_of_end(channel);
        }
        let status = crash_as(ctx, CrashKind::Deadlock, message);
        if let Some(crash) = &mut (*task).extra().crash {
            crash.undone = undone;
            crash.help =
                lost.then_some("`for v := range ch`, and `v, ok := <-ch`, end when nobody can send any more");
        }
        status
    }
}
