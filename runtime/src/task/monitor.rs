//! What the main thread does: it looks after workers whose tasks compute for long.
//!
//! When a worker has run the same task since the last look, that task is asked to look up at its next loop turn or call; there it
//! lets others have what its worker has queued, and gives way if it can. When all workers compute so and tasks wait, one worker is added;
//! when it has not been needed for a while, it goes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::deadlock;
use super::runtime::Runtime;
use crate::supervise::signals;

/// Between two looks while tasks run. A task has computed for one to two of these when it is asked to look up.
const BUSY: Duration = Duration::from_millis(8);
/// Between two looks while nothing runs.
const IDLE: Duration = Duration::from_millis(25);
/// So many looks between two searches for deadlocked tasks: less than half a second even when nothing runs.
const LOOKS_PER_SEARCH: u32 = 16;

/// So many looks must find that no added worker is needed before one goes: threads are not made and ended all the time.
const LOOKS_PER_RETIREMENT: u32 = 32;

/// Until the program ends.
pub fn watch(runtime: &'static Runtime) {
    let mut seen = vec![0; runtime.workers.len()];
    let mut looks = 0;
    // For how many looks the base workers have been enough.
    let mut enough = 0;
    while !runtime.stopping() {
        let any_busy = runtime.workers.iter().any(|worker| worker.busy.load(Ordering::Relaxed));
        runtime.wait_at_most(if any_busy { BUSY } else { IDLE });
        if runtime.stopping() {
            return;
        }
        let mut computing = 0;
        for (worker, seen) in runtime.workers.iter().zip(&mut seen) {
            let turns = worker.turns.load(Ordering::Relaxed);
            if worker.busy.load(Ordering::Relaxed) && turns == *seen {
                computing += 1;
                worker.ask_to_poll();
            }
            *seen = turns;
        }
        if computing > 0 && computing >= runtime.running() && waits(runtime) {
            runtime.add_worker();
        }
        enough = if computing < runtime.base_workers { enough + 1 } else { 0 };
        if runtime.running() > runtime.base_workers && enough >= LOOKS_PER_RETIREMENT {
            enough = 0;
            runtime.retire_one();
        }
        // A worker that falls asleep last concludes from the queues that nothing can happen: it must not look between the moment
        // that a task is woken here and the moment that it is in a queue.
        runtime.deadlock.without_searches(|| {
            fire_late_timers(runtime);
            signals::check(runtime);
        });
        looks += 1;
        if looks % LOOKS_PER_SEARCH == 0 {
            deadlock::search(runtime);
        }
    }
}

/// Wakes tasks whose time has come while all workers were busy with other things.
fn fire_late_timers(runtime: &'static Runtime) {
    let now = runtime.now();
    for worker in runtime.workers.iter().filter(|worker| worker.timers.next() <= now) {
        // SAFETY: tasks' memory is never freed; `wake` says whether the task is ours to queue.
        worker.timers.fire(now, |task| unsafe {
            if (*task).state.wake() {
                runtime.inject(task);
            }
        });
    }
}

/// Whether anybody would be glad of another worker.
fn waits(runtime: &Runtime) -> bool {
    runtime.has_work() || runtime.next_timer() <= runtime.now() || runtime.waiting_for_io()
}
