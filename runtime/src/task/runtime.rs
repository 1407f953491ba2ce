//! All workers together: `start` makes them, runs the program's `main` on them, and gives its exit status.
//!
//! A runtime is never freed: threads, wakers and tasks refer to it without counting, and a process has one. The caller of [`start`]
//! is expected to end the process soon; workers that compute at that moment are not waited for.

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_deque::Injector;
use parking_lot::{Condvar, Mutex};

use super::clock::Clock;
use super::object::Task;
use super::queues::Queued;
use super::slab::Slabs;
use super::timer::NEVER;
use super::worker::{self, Shared, Spare, Worker};
use super::{deadlock, monitor};
use crate::abi::layout::{Closure, ProgramDesc};
use crate::protocol::sleep::{MAX_WORKERS, Sleepers};
use crate::protocol::sync::prepare_barriers;
use crate::supervise::signals;
use crate::trace::{self, Kind};

/// How to run a program.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads; `GOO_WORKERS` or the number of cores if absent.
    pub workers: Option<usize>,
    /// For random choices: of `select`, of whom to steal from.
    pub seed: u64,
    /// SIGINT and SIGTERM stop the program's supervisors in order.
    pub handle_signals: bool,
    /// The program's name and arguments; the process's own if absent.
    pub arguments: Option<Vec<String>>,
    /// The end of the program is the end of the process, at once: [`start`] does not return.
    pub ends_process: bool,
}

impl Default for Options {
    fn default() -> Options {
        let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
        Options { workers: None, seed, handle_signals: true, arguments: None, ends_process: false }
    }
}

/// See the [module](self).
pub struct Runtime {
    pub program: &'static ProgramDesc,
    pub workers: Vec<Shared>,
    /// So many there are always; the rest is for when all of them compute.
    pub base_workers: usize,
    pub injector: Injector<Queued>,
    pub sleepers: Sleepers,
    pub slabs: Slabs,
    pub deadlock: deadlock::Detector,
    pub signals: signals::Tree,
    pub clock: Clock,
    seed: u64,
    /// Tasks that wait for something that tokio's driver or blocking pool does.
    io: AtomicUsize,
    /// Workers that have no thread, by index; null for those that have one.
    spare: Mutex<Vec<Option<Spare>>>,
    /// There are more workers than needed: the next that finds nothing to do ends.
    surplus: AtomicBool,
    /// Workers that are there, also those that sleep and have no thread yet.
    running: AtomicUsize,
    threads: AtomicUsize,
    ends_process: bool,
    /// In the place of the program's `main` runs the body of a test.
    pub runs_test: bool,
    stopping: AtomicBool,
    status: Mutex<Option<i32>>,
    ended: Condvar,
    next_id: AtomicU64,
}

/// Worker threads beyond one for each core, for when all compute.
const EXTRA_WORKERS: usize = 8;

/// So many may be asked for.
const MOST_WORKERS: usize = MAX_WORKERS - EXTRA_WORKERS;

/// Bytes of a worker's stack, of which a task may use a part: address space only, until it is used.
const STACK_SIZE: usize = 256 << 20;

/// Runs the program: package initialisation, then `main`. Gives the exit status: 0, 2 after a crash, or what `os.Exit` said.
pub fn start(program: &'static ProgramDesc, options: &Options) -> i32 {
    start_closure(program, program.main, options)
}

/// As [`start`], with another closure (a test's body) in the place of `main`.
pub fn start_closure(program: &'static ProgramDesc, main: *const Closure, options: &Options) -> i32 {
    let runtime = Runtime::new(program, main, options, Clock::real());
    if options.handle_signals {
        signals::listen(runtime);
    }
    super::spawn::start_main(runtime, main);
    // The main thread has nothing else to do.
    monitor::watch(runtime);
    runtime.wait()
}

impl Runtime {
    /// For one thread that runs a drawn schedule ([`crate::schedule`]), which is the caller's.
    pub(crate) fn in_virtual_time(
        program: &'static ProgramDesc,
        main: *const Closure,
        options: &Options,
    ) -> &'static Runtime {
        Runtime::new(program, main, options, Clock::at_rest())
    }

    fn new(
        program: &'static ProgramDesc,
        main: *const Closure,
        options: &Options,
        clock: Clock,
    ) -> &'static Runtime {
        prepare_barriers();
        if let Some(arguments) = &options.arguments {
            let arguments = arguments.iter().map(|argument| argument.clone().into_bytes()).collect();
            crate::library::set_program_arguments(arguments);
        }
        let base = options.workers.or_else(workers_from_environment).unwrap_or_else(cores);
        let base_workers = base.clamp(1, MOST_WORKERS);
        let indexes = 0..base_workers + EXTRA_WORKERS;
        let workers = indexes.clone().map(|_| Shared::default()).collect();
        let spare = Mutex::new(indexes.map(|index| Some(Spare::New(index))).collect());
        Box::leak(Box::new(Runtime {
            program,
            workers,
            base_workers,
            injector: Injector::new(),
            sleepers: Sleepers::new(base_workers),
            slabs: Slabs::default(),
            deadlock: deadlock::Detector::default(),
            signals: signals::Tree::default(),
            clock,
            seed: options.seed,
            io: AtomicUsize::new(0),
            spare,
            surplus: AtomicBool::new(false),
            running: AtomicUsize::new(base_workers),
            threads: AtomicUsize::new(0),
            ends_process: options.ends_process,
            runs_test: main != program.main,
            stopping: AtomicBool::new(false),
            status: Mutex::new(None),
            ended: Condvar::new(),
            next_id: AtomicU64::new(1),
        }))
    }

    /// Nanoseconds since the program began.
    #[inline]
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number that no other object of this runtime has.
    pub fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub fn results_size(&self) -> usize {
        self.program.results_size as usize
    }

    /// Queues a task that the caller holds, behind all others.
    pub fn inject(&'static self, task: *mut Task) {
        // SAFETY: the caller holds the task.
        unsafe { trace::point(task, Kind::Ready) };
        self.injector.push(Queued(task));
        self.on_work();
    }

    /// Queues a task that the caller holds: on this thread's worker, if it is one.
    #[inline]
    pub fn ready(&'static self, task: *mut Task) {
        match Worker::current() {
            Some(worker) => worker.queue(task),
            None => self.inject(task),
        }
    }

    /// Work was queued: wakes a worker, if none is looking for work.
    #[inline]
    pub fn on_work(&'static self) {
        if let Some(worker) = self.sleepers.on_work() {
            self.wake(worker);
        }
    }

    /// Whether any queue has a task.
    pub fn has_work(&self) -> bool {
        !self.injector.is_empty() || self.workers.iter().any(Shared::has_tasks)
    }

    /// When the first timer of all workers is due.
    #[inline]
    pub fn next_timer(&self) -> u64 {
        self.workers.iter().map(|worker| worker.timers.next()).min().unwrap_or(NEVER)
    }

    /// A task begins to wait for tokio.
    pub fn io_begins(&self) {
        self.io.fetch_add(1, Ordering::SeqCst);
    }

    pub fn io_ends(&self) {
        self.io.fetch_sub(1, Ordering::SeqCst);
    }

    pub fn waiting_for_io(&self) -> bool {
        self.io.load(Ordering::Relaxed) != 0
    }

    /// Wakes a worker whose bit among the sleepers was taken; it may not have had a thread yet.
    #[cold]
    fn wake(&'static self, index: usize) {
        // What is not there any more has a thread, or had one.
        if self.workers[index].began() {
            self.workers[index].parker.unpark();
        } else {
            self.start_thread(index);
        }
    }

    /// One more worker, if there may be more.
    pub fn add_worker(&'static self) {
        let index = self.spare.lock().iter().skip(self.base_workers).position(Option::is_some);
        if let Some(index) = index {
            self.running.fetch_add(1, Ordering::SeqCst);
            self.sleepers.start_searching();
            self.start_thread(self.base_workers + index);
        }
    }

    /// Starts the thread of a worker that counts as searching.
    fn start_thread(&'static self, index: usize) {
        let Some(spare) = self.spare.lock()[index].take() else { return };
        self.workers[index].begin();
        let threads = self.threads.fetch_add(1, Ordering::SeqCst);
        let thread = std::thread::Builder::new().name(spare.name()).stack_size(STACK_SIZE);
        let body = move || {
            // For those who count how often workers get up.
            self.sleepers.get_up(index);
            let spare = worker::main(self, spare, STACK_SIZE);
            self.spare.lock()[index] = Some(spare);
            self.running.fetch_sub(1, Ordering::SeqCst);
            self.threads.fetch_sub(1, Ordering::SeqCst);
            // It counted as searching until now: who queued something then woke nobody, and who fell asleep did not count as the last.
            if !self.stopping() {
                self.on_work();
            }
        };
        if let Err(error) = thread.spawn(body) {
            let _ = self.sleepers.found();
            self.running.fetch_sub(1, Ordering::SeqCst);
            self.threads.fetch_sub(1, Ordering::SeqCst);
            if threads == 0 {
                eprintln!("goo: cannot start a worker thread: {error}");
                self.exit(2);
            }
        }
    }

    /// There is one worker more than needed: one beyond the base is woken, and ends if it finds nothing to do.
    pub fn retire_one(&self) {
        self.surplus.store(true, Ordering::SeqCst);
        for worker in &self.workers[self.base_workers..] {
            worker.parker.unpark();
        }
    }

    /// Whether the caller, a worker beyond the base with nothing to do, is to end.
    pub fn is_surplus(&self) -> bool {
        self.surplus.swap(false, Ordering::SeqCst)
    }

    /// How many workers there are.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// Whether no worker runs or searches.
    pub fn all_asleep(&self) -> bool {
        self.sleepers.asleep() as usize == self.running() && self.sleepers.searching() == 0
    }

    /// A worker is asleep: true if that was the last one and it found something to do for itself after all.
    pub fn note_idle(&'static self, worker: &Worker) -> bool {
        self.all_asleep() && !self.has_work() && deadlock::on_idle(worker)
    }

    #[inline]
    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The status that the program has ended with.
    pub(crate) fn status(&self) -> i32 {
        self.status.lock().unwrap_or(0)
    }

    /// The first worker, for a thread that is there already; it counts as searching.
    pub(crate) fn take_first(&self) -> Option<Spare> {
        let spare = self.spare.lock()[0].take()?;
        self.workers[0].begin();
        self.sleepers.get_up(0);
        Some(spare)
    }

    /// Ends the program with this status; the first one counts.
    pub fn exit(&self, status: i32) {
        let mut ended = self.status.lock();
        if ended.is_none() {
            if self.ends_process {
                // Without what libraries do at the end of a process, which other threads may still be using.
                // SAFETY: a plain integer.
                unsafe { libc::_exit(status) };
            }
            *ended = Some(status);
            self.stopping.store(true, Ordering::SeqCst);
            self.ended.notify_all();
        }
        drop(ended);
        for worker in &self.workers {
            worker.ask_to_poll();
        }
    }

    /// Waits for the end of the program, at most so long.
    pub fn wait_at_most(&self, time: Duration) {
        let mut ended = self.status.lock();
        if ended.is_none() {
            self.ended.wait_for(&mut ended, time);
        }
    }

    /// The status of the program, which has ended; gives the workers a moment to stop.
    fn wait(&self) -> i32 {
        let status = self.status.lock().unwrap_or(0);
        for worker in &self.workers {
            worker.parker.unpark();
        }
        let patience = Instant::now() + Duration::from_millis(20);
        while self.threads.load(Ordering::SeqCst) > 0 && Instant::now() < patience {
            std::thread::sleep(Duration::from_micros(100));
        }
        status
    }
}

/// What `GOO_WORKERS` asks for. What it cannot mean is said, once: a process may run many tests.
fn workers_from_environment() -> Option<usize> {
    static WORKERS: OnceLock<Option<usize>> = OnceLock::new();
    *WORKERS.get_or_init(|| {
        let value = std::env::var_os("GOO_WORKERS").filter(|value| !value.is_empty())?;
        let asked = value.to_str().and_then(|text| text.parse::<usize>().ok());
        let (taken, told) = match asked {
            Some(1..=MOST_WORKERS) => return asked,
            Some(0) | None => {
                (None, format!("there is one for each core instead, {}", cores().min(MOST_WORKERS)))
            }
            Some(_) => (Some(MOST_WORKERS), format!("there are {MOST_WORKERS} instead")),
        };
        // Standard error may be closed; there is nobody else to tell.
        let _ = writeln!(
            std::io::stderr(),
            "goo: GOO_WORKERS is {value:?}, and not a number of workers from 1 to {MOST_WORKERS}: {told}"
        );
        taken
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}
