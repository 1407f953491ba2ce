//! Running a program under a schedule, on the calling thread.

use super::choices::Choices;
use super::events::Log;
use super::tasks::Tasks;
use super::{CURRENT, Deviation, Schedule, Settings, switch_on, with};
use crate::abi::layout::{Closure, ProgramDesc};
use crate::task::object::Task;
use crate::task::runtime::{Options, Runtime};
use crate::task::timer::NEVER;
use crate::task::worker::Worker;
use crate::task::{deadlock, run as task_run, spawn};
use crate::trace;

/// How a run went.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// 0, 2 after a crash, or what `os.Exit` said.
    pub status: i32,
    /// Where it differed from the default schedule.
    pub deviations: Vec<Deviation>,
    /// Scheduling points that it met, and those at which a crash could have been injected.
    pub points: u64,
    pub crash_points: u64,
    /// The events, if they were asked for.
    pub log: String,
}

/// Tasks that wait for nothing are looked for when so much time passes.
const SEARCH: u64 = 500_000_000;

/// Or when so many points have been met: it takes as long as some thousand of them.
const SEARCH_POINTS: u64 = 20_000;

/// Runs the program on this thread, with another closure in the place of `main` if there is one. A process does so once.
///
/// `stack_size` is that of the thread.
pub fn run(
    program: &'static ProgramDesc,
    main: *const Closure,
    settings: &Settings,
    arguments: Option<Vec<String>>,
    stack_size: usize,
) -> Outcome {
    switch_on();
    crate::library::rand::seed_random(settings.seed);
    let options = Options {
        workers: Some(1),
        seed: settings.seed,
        handle_signals: false,
        arguments,
        ..Options::default()
    };
    let runtime = Runtime::in_virtual_time(program, main, &options);
    let worker = Worker::on_this_thread(runtime, stack_size);
    let schedule = Schedule {
        choices: Choices::new(settings),
        tasks: Tasks::new(settings.log),
        ready: Vec::new(),
        fresh: Vec::new(),
        candidates: Vec::new(),
        next: None,
        last: 0,
        runner: std::ptr::null_mut(),
        running: None,
        now: 0,
        points: 0,
        streak: 0,
        most_points: settings.most_points,
        turns: 0,
        computed: 0,
        log: settings.log.then(Log::default),
        searched: 0,
        searched_at: 0,
    };
    CURRENT.set(Some(Box::new(schedule)));
    // Loop turns are counted: each calls `turn`.
    worker.always_poll();
    trace::switch(settings.log);
    spawn::start_main(runtime, main);
    while !runtime.stopping() {
        if runtime.next_timer() <= runtime.now() {
            fire(worker);
        }
        if with(Schedule::is_search_due) == Some(true) {
            deadlock::search_at_rest(runtime);
        }
        let next = with(|schedule| {
            schedule.collect(worker, std::ptr::null_mut());
            schedule.choose_next()
        });
        if let Some(task) = next.flatten() {
            // SAFETY: it came from a queue.
            unsafe { task_run::run(worker, task) }
        } else if !wait(worker) && !runtime.stopping() {
            eprintln!("crash: nothing can happen any more, unless it comes from outside of the program");
            runtime.exit(2);
        }
    }
    trace::switch(false);
    let status = runtime.status();
    let Some(schedule) = CURRENT.take() else { return Outcome { status, ..Outcome::default() } };
    Outcome {
        status,
        points: schedule.points,
        crash_points: schedule.choices.crash_points,
        log: schedule.log.map(|log| log.render(schedule.tasks.names())).unwrap_or_default(),
        deviations: schedule.choices.deviations,
    }
}

/// Wakes those whose time has come.
fn fire(worker: &Worker) {
    with(|schedule| schedule.begin_timers(worker.runtime.now()));
    worker.fire_timers();
}

/// Nothing is ready: time passes until something is. False: it never will be.
fn wait(worker: &Worker) -> bool {
    let runtime = worker.runtime;
    loop {
        let next = runtime.next_timer();
        if next == NEVER {
            // To whoever asks, the worker sleeps meanwhile.
            runtime.sleepers.fall_asleep(worker.index);
            let found = deadlock::on_idle(worker);
            runtime.sleepers.get_up(worker.index);
            return found || deadlock::search_at_rest(runtime);
        }
        // As the monitor does: not only when nothing else will ever happen.
        let search = with(|schedule| schedule.searched + SEARCH).unwrap_or(NEVER);
        if next >= search {
            runtime.clock.reach(search);
            // Nothing new will be found before something has run.
            with(|schedule| schedule.searched = next);
            if deadlock::search_at_rest(runtime) {
                return true;
            }
        }
        runtime.clock.reach(next);
        fire(worker);
        if runtime.has_work() || worker.has_ready() {
            return true;
        }
    }
}

impl Schedule {
    /// Whether tasks that wait for nothing are to be looked for although others run.
    fn is_search_due(&mut self) -> bool {
        let due = self.points >= self.searched_at + SEARCH_POINTS;
        if due {
            self.searched_at = self.points;
        }
        due
    }

    /// Takes what the runtime has queued to those who are ready.
    pub(super) fn collect(&mut self, worker: &Worker, running: *mut Task) {
        worker.take_queued(&mut self.fresh);
        let parent = if running.is_null() { self.runner } else { running };
        for task in self.fresh.drain(..) {
            // SAFETY: it came from a queue.
            let key = unsafe { self.tasks.identify(task, parent) };
            self.ready.push((key, task));
        }
    }

    /// Who runs now, taken out of those who are ready.
    fn choose_next(&mut self) -> Option<*mut Task> {
        let task = match self.next.take() {
            Some(task) => task,
            None => {
                if self.ready.is_empty() {
                    return None;
                }
                self.ready[self.choices.task(self.last, &self.ready, 0)].1
            }
        };
        let at = self.ready.iter().position(|&(_, ready)| ready == task)?;
        let (key, _) = self.ready.remove(at);
        if key != self.last {
            self.streak = 0;
            self.computed = 0;
        }
        self.last = key;
        self.runner = task;
        self.running = self.tasks.number(task);
        Some(task)
    }
}
