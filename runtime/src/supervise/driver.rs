//! Makes the supervisor's decisions happen: starts children as tasks, cancels them, hears of their ends.
//!
//! A supervisor runs in a task of its own, its *driver*: the one that executes the `supervise` statement, or one started for `go supervise`
//! and for each nested supervisor. The driver waits in [`resume`]; whoever has news puts it into `events` and wakes it. So all
//! decisions are made in one place, one at a time, and a supervisor is cancelled as any task is: it then stops its children in
//! order before it unwinds.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::causes::{Failure, Failures};
use super::machine::{Action, Answer, ChildId, ChildSettings, End, Exit, FOREVER, Machine};
use super::parked::{self, Parked};
use super::requests::{Answers, Request};
use super::watch::{self, Watched};
use super::{inputs, natives, requests};
use crate::abi::layout::{Closure, Context, Status};
use crate::task::crash::{Activation, Crash, CrashKind, crash_as};
use crate::task::object::{Op, Task};
use crate::task::slab::runtime_of;
use crate::task::worker::Worker;
use crate::task::{crash, crash_points, spawn, timer};
use crate::trace;
use crate::value::count;

/// What a supervisor, its handles and its children share.
pub struct Shared {
    pub state: Mutex<State>,
}

/// A supervisor. Under its mutex.
pub struct State {
    pub machine: Machine,
    pub children: Vec<Child>,
    pub events: VecDeque<Event>,
    /// The task that runs it, while it does.
    pub driver: *mut Task,
    pub started: bool,
    pub finished: bool,
    /// How, and why, once it has.
    pub end: Option<(&'static str, String)>,
    /// How many children were declared; those after them were started by handle.
    pub declared: usize,
    /// Pools that were declared without workers: what each worker would be.
    pub kinds: Vec<Kind>,
    /// Who asked for something.
    pub answers: Answers,
    /// What children were started with that only come back by hand.
    pub parked: Vec<Parked>,
    /// Gone with the last handle, and with it all that could be asked for by hand.
    pub by_hand: Weak<()>,
    /// Children that somebody asked to forget; they may still be stopping.
    pub forgetting: Vec<ChildId>,
    /// Hears of the ends of children.
    pub watch: Watched,
    /// Hears of the end of the supervisor.
    pub watchers: Vec<Watched>,
    /// Set by the driver when it is asked to unwind.
    stopping: bool,
    /// The supervisor above has been told that the first start is over.
    announced: bool,
    /// Why children failed lately.
    pub failures: Failures,
    /// Where it stands in the tree.
    pub path: Vec<Arc<str>>,
}

/// A child, and the task that it is at present.
pub struct Child {
    pub name: Arc<str>,
    /// What each incarnation runs; this reference is the supervisor's.
    pub closure: *mut Closure,
    pub task: *mut Task,
    /// It was stopped by somebody who may start it again: it keeps what it was started with.
    pub kept: bool,
    /// It is done, and only comes back by hand.
    pub done: bool,
    /// It was stopped for good: not even by hand.
    pub for_good: bool,
    /// The supervisor that it is at present.
    pub nested: Weak<Shared>,
}

impl Child {
    pub fn new(name: Arc<str>, closure: *mut Closure) -> Child {
        Child {
            name,
            closure,
            task: std::ptr::null_mut(),
            kept: false,
            done: false,
            for_good: false,
            nested: Weak::new(),
        }
    }
}

/// A declaration of which there may be children later.
pub struct Kind {
    pub name: String,
    pub closure: *mut Closure,
    pub settings: ChildSettings,
}

/// What happened.
pub enum Event {
    Ended(ChildId, Ended),
    /// A child's start phase is over.
    HasStarted(ChildId),
    /// A child has crashed, and its deferred calls take their time.
    Unwinds(ChildId),
    Request(Request),
}

/// How a child ended.
pub struct Ended {
    pub end: End,
    /// In a word, for those who watch.
    pub how: &'static str,
    pub message: String,
    /// What a report says instead of the message, which names the last cause as well.
    pub limit: Option<String>,
    /// Where, and why, as far as a report would say.
    pub at: Option<Activation>,
    pub causes: Vec<Failure>,
}

// SAFETY: the mutex guards the pointers: to closures that the supervisor holds a shared reference to, and to tasks that hold their own reference
// while they are listed.
unsafe impl Send for State {}

/// A supervised task's place.
pub struct ChildLink {
    pub shared: Arc<Shared>,
    pub child: ChildId,
}

/// The supervisor that a task runs.
pub struct Waiting {
    pub shared: Arc<Shared>,
}

impl Shared {
    pub fn new(machine: Machine) -> Arc<Shared> {
        Arc::new(Shared {
            state: Mutex::new(State {
                machine,
                children: Vec::new(),
                events: VecDeque::new(),
                driver: std::ptr::null_mut(),
                started: false,
                finished: false,
                end: None,
                declared: 0,
                kinds: Vec::new(),
                answers: Answers::default(),
                parked: Vec::new(),
                by_hand: Weak::new(),
                forgetting: Vec::new(),
                watch: Watched::none(),
                watchers: Vec::new(),
                stopping: false,
                announced: false,
                failures: Failures::default(),
                path: Vec::new(),
            }),
        })
    }

    /// The tasks of the children that run.
    pub fn running(&self) -> Vec<*mut Task> {
        let state = self.state.lock();
        state.children.iter().map(|child| child.task).filter(|task| !task.is_null()).collect()
    }

    /// The last handle is gone: drivers that keep something for what could be asked by hand are to look again. One that is deciding just now looks anyway.
    pub fn last_handle_gone(&self) {
        let Some(mut state) = self.state.try_lock() else { return };
        if !state.parked.is_empty() || !state.kinds.is_empty() {
            state.wake_driver();
        }
        for inner in state.children.iter().filter_map(|child| child.nested.upgrade()) {
            inner.last_handle_gone();
        }
    }

    /// Tells the driver.
    pub fn send(&self, event: Event) {
        self.state.lock().hear_of(event);
    }
}

impl State {
    /// Notes what has happened, and wakes the driver.
    fn hear_of(&mut self, event: Event) {
        self.events.push_back(event);
        self.wake_driver();
    }

    fn wake_driver(&mut self) {
        if !self.driver.is_null() {
            // SAFETY: the driver is a task that has not ended; `wake` says whether it is ours to queue.
            unsafe {
                if (*self.driver).state.wake() {
                    runtime_of(self.driver).ready(self.driver);
                }
            }
        }
    }
}

impl State {
    /// A child is done that no sibling's failure brings back. Somebody may restart it by hand, as long as there is a handle: what it was started with
    /// is parked, once all who share it are done. Otherwise what only it would have used is given up: a channel that it alone could send to, say.
    pub fn done(&mut self, child: ChildId) {
        let closure = self.children[child].closure;
        self.children[child].done = true;
        let there = self.machine.state_of(child).is_some() && !self.children[child].for_good;
        if closure.is_null() || there && self.by_hand.strong_count() > 0 && self.park(closure) {
            return;
        }
        self.machine.is_over(child);
        self.give_up(child);
    }

    /// Gives up what a child was started with.
    pub fn give_up(&mut self, child: ChildId) {
        let closure = std::mem::replace(&mut self.children[child].closure, std::ptr::null_mut());
        if closure.is_null() {
            return;
        }
        // SAFETY: the supervisor's own reference.
        unsafe {
            if parked::holders(closure) <= 1 {
                self.unpark(closure);
            }
            count::release(closure.cast());
        }
    }

    /// False: it cannot be.
    fn park(&mut self, closure: *mut Closure) -> bool {
        let sharing = self.children.iter().filter(|child| child.done && child.closure == closure).count();
        // SAFETY: the supervisor refers to the closure, and nobody runs it if only children that are done do.
        unsafe {
            if parked::holders(closure) > sharing || self.parked.iter().any(|parked| parked.is(closure)) {
                return true;
            }
            let parked = Parked::new(closure);
            let can_be = parked.is_some();
            self.parked.extend(parked);
            can_be
        }
    }

    /// The closure is to be run, or freed: it is no longer parked.
    fn unpark(&mut self, closure: *mut Closure) {
        if let Some(at) = self.parked.iter().position(|parked| parked.is(closure)) {
            self.parked.swap_remove(at).restore();
        }
    }

    /// Nobody can ask for anything any more: what only a restart by hand would need is given up.
    fn abandoned(&mut self) {
        if self.parked.is_empty() || self.by_hand.strong_count() > 0 {
            return;
        }
        let done = (0..self.children.len()).filter(|&id| self.children[id].done);
        for id in done.collect::<Vec<_>>() {
            self.done(id);
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.parked.drain(..).for_each(Parked::restore);
        let mut closures: Vec<_> = self.children.iter().map(|child| child.closure).collect();
        closures.extend(self.kinds.iter().map(|kind| kind.closure));
        for event in &self.events {
            if let Event::Request(request) = event {
                closures.push(request.closure());
            }
        }
        for closure in closures.into_iter().filter(|closure| !closure.is_null()) {
            // SAFETY: the supervisor's own references.
            unsafe { count::release(closure.cast()) }
        }
    }
}

/// The supervisor, or one like it if it was started before: a nested supervisor is begun anew by the one above it.
pub fn renew(shared: &Arc<Shared>) -> Arc<Shared> {
    let old = shared.state.lock();
    if !old.started {
        return shared.clone();
    }
    let new = Shared::new(old.machine.anew(old.declared));
    let mut state = new.state.lock();
    for child in &old.children[..old.declared] {
        if !child.closure.is_null() {
            // SAFETY: the old supervisor refers to it.
            unsafe { count::retain(child.closure.cast()) };
        }
        state.children.push(Child::new(child.name.clone(), child.closure));
    }
    for kind in &old.kinds {
        // SAFETY: the old supervisor refers to it.
        unsafe { count::retain(kind.closure.cast()) };
        let (name, settings) = (kind.name.clone(), kind.settings.clone());
        state.kinds.push(Kind { name, closure: kind.closure, settings });
    }
    state.watch = old.watch.clone();
    drop(state);
    new
}

/// Runs the supervisor in this task, until it ends.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
pub unsafe fn run(ctx: *mut Context, shared: &Arc<Shared>) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        {
            let mut state = shared.state.lock();
            if state.started {
                drop(state);
                return crash(ctx, "the supervisor was started before".into());
            }
            state.started = true;
            state.declared = state.children.len();
            state.driver = task;
            state.path = path(task);
            state.machine.start(worker.runtime.now());
        }
        if let Some(link) = &(*task).extra().child {
            let mut above = link.shared.state.lock();
            above.children[link.child].nested = Arc::downgrade(shared);
            let by_hand = above.by_hand.clone();
            drop(above);
            shared.state.lock().by_hand = by_hand;
        }
        (*task).extra().supervise = Some(Waiting { shared: shared.clone() });
        if (*task).extra().child.is_none() && !worker.runtime.signals.add(shared) {
            // It runs, so there is nothing to be queued.
            let _ = (*task).state.cancel();
        }
        resume(ctx)
    }
}

/// Hears what has happened, and goes on waiting until the supervisor has ended.
///
/// # Safety
/// `ctx` is this worker's; the running task is a driver.
pub unsafe fn resume(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        timer::stop(task);
        let Some(waiting) = &(*task).extra().supervise else { return Status::Returned };
        let shared = waiting.shared.clone();
        let mut guard = shared.state.lock();
        let state = &mut *guard;
        let now = worker.runtime.now();
        if (*task).must_unwind() && !state.stopping {
            state.stopping = true;
            state.machine.stop(now);
        }
        if (*task).state.is_killed() {
            // No time is left for an orderly stop.
            for child in state.children.iter().rev().filter(|child| !child.task.is_null()) {
                spawn::kill(child.task);
            }
        }
        while let Some(event) = state.events.pop_front() {
            hear(worker, state, event, now);
        }
        if state.by_hand.strong_count() == 0 {
            // There will be no children of kinds that were declared without.
            state.machine.lasts(false);
        }
        state.machine.tick(now);
        act(worker, &shared, state);
        requests::forget(state);
        state.abandoned();
        if let Some(exit) = state.machine.exit() {
            if !state.watchers.is_empty() {
                // Who watches learns of it: its crash is no longer the program's.
                (*task).flags |= Task::WAITED;
            }
            let message = finish(worker, state, exit);
            let gave_up = matches!(exit, Exit::GaveUp(_)).then(|| limit(state));
            let causes = state.failures.take();
            let (children_done, stopping) = (state.machine.children_done(), state.stopping);
            drop(guard);
            (*task).extra().supervise = None;
            return match exit {
                Exit::Normal => {
                    (*task).extra().children_done = children_done;
                    Status::Returned
                }
                Exit::Shutdown => {
                    // By its own task's end, or because somebody asked for that by hand.
                    let why = if stopping { "cancelled" } else { "stopped" };
                    crash_as(ctx, CrashKind::Cancelled, why.into())
                }
                Exit::GaveUp(_) | Exit::StartFailed(_) => {
                    let status = crash(ctx, message);
                    if let Some(crash) = &mut (*task).extra().crash {
                        (crash.gave_up, crash.causes) = (gave_up, causes);
                    }
                    status
                }
            };
        }
        // A nested supervisor has started when its children have.
        if state.machine.is_started()
            && !std::mem::replace(&mut state.announced, true)
            && let Some(link) = &(*task).extra().child
        {
            link.shared.send(Event::HasStarted(link.child));
        }
        (*task).begin(Op::Supervise);
        let deadline = state.machine.deadline();
        if deadline != FOREVER {
            worker.shared().timers.start(task, deadline);
        }
        Status::Suspended
    }
}

/// The limit of a supervisor that gave up.
fn limit(state: &State) -> String {
    let settings = state.machine.settings();
    format!("more than {} restarts within {}", settings.max, natives::duration(settings.period))
}

/// The supervisor has ended: says so to all who want to know. Gives the message if that is a crash.
unsafe fn finish(worker: &Worker, state: &mut State, exit: Exit) -> String {
    state.finished = true;
    state.driver = std::ptr::null_mut();
    let message = match exit {
        Exit::GaveUp(_) => {
            let last = state.failures.last().map_or(String::new(), Failure::what);
            format!("supervisor gave up: {}; at last {last}", limit(state))
        }
        Exit::StartFailed(child) => {
            let why = state.failures.last().map_or("", |failure| &failure.message);
            format!("child `{}` did not start: {why}", state.children[child].name)
        }
        Exit::Normal | Exit::Shutdown => String::new(),
    };
    let how = match exit {
        Exit::Normal => watch::NORMAL,
        Exit::Shutdown => watch::SHUTDOWN,
        Exit::GaveUp(_) => watch::GAVE_UP,
        Exit::StartFailed(_) => watch::NOT_STARTED,
    };
    let name = state.path.last().map_or("supervisor", |name| &**name);
    for watcher in state.watchers.drain(..) {
        watcher.tell(worker, name, how, &message);
    }
    state.end = Some((how, message.clone()));
    if state.path.is_empty() {
        // A nested supervisor may begin anew, with the same.
        state.watch = Watched::none();
    }
    state.answers.all(Answer::Ended);
    // Nobody can ask for anything any more.
    state.by_hand = Weak::new();
    state.abandoned();
    for event in state.events.drain(..) {
        if let Event::Request(request) = event {
            request.refuse(Answer::Ended);
        }
    }
    message
}

fn hear(worker: &Worker, state: &mut State, event: Event, now: u64) {
    match event {
        Event::Ended(child, Ended { end, how, message, limit, at, causes }) => {
            let before = state.machine.state_of(child);
            let how = if before == Some("starting") { watch::NOT_STARTED } else { how };
            let name = state.children[child].name.clone();
            state.watch.tell(worker, &name, how, &message);
            if before != Some("stopping") && end != End::Finished {
                let message = limit.unwrap_or(message);
                state.failures.note(Failure { name, how, message, at, causes, times: 1 });
            }
            state.machine.ended(child, end, now);
            // A nested supervisor may begin anew with all it was declared with.
            let again = !state.path.is_empty() && child < state.declared;
            if !again && state.machine.is_final(child) && !state.children[child].kept {
                state.done(child);
            }
        }
        Event::HasStarted(child) => state.machine.has_started(child, now),
        Event::Unwinds(child) => state.machine.unwinds(child, now),
        Event::Request(request) => requests::hear(state, request, now),
    }
}

/// Does what the machine says.
unsafe fn act(worker: &Worker, shared: &Arc<Shared>, state: &mut State) {
    let actions = state.machine.take_actions();
    // One child alone runs next, here; several run in their order, and may run elsewhere.
    let alone = actions.iter().filter(|action| matches!(action, Action::Start(_))).count() == 1;
    for action in actions {
        // SAFETY: tasks listed have not ended: they leave the list under the lock when they do.
        unsafe {
            match action {
                Action::Start(child) => {
                    let task = start(worker, shared, state, child);
                    if alone { worker.queue(task) } else { worker.push(task) }
                }
                Action::Stop(child) => {
                    let task = state.children[child].task;
                    if !task.is_null() {
                        spawn::cancel(task);
                    }
                }
                Action::Kill(child) => {
                    let task = state.children[child].task;
                    if !task.is_null() {
                        spawn::kill(task);
                    }
                }
                Action::Answer(token, answer) => state.answers.give(token, answer),
            }
        }
    }
}

/// A task for the child, not queued yet.
unsafe fn start(worker: &Worker, shared: &Arc<Shared>, state: &mut State, child: ChildId) -> *mut Task {
    // SAFETY: the closure is shared from the beginning; each incarnation has its own reference.
    unsafe {
        let closure = state.children[child].closure;
        state.unpark(closure);
        count::retain(closure.cast());
        let task = worker.tasks().allocate(worker.runtime, closure);
        (*task).extra().child = Some(ChildLink { shared: shared.clone(), child });
        crash_points::child(task);
        state.children[child].task = task;
        let fresh = &mut state.children[child];
        (fresh.kept, fresh.done, fresh.for_good) = (false, false, false);
        trace::point(task, trace::Kind::Child);
        task
    }
}

/// A task has crashed, and its deferred calls take their time: if it is a child, its supervisor waits no longer than it would for its stop.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn is_unwinding(task: *mut Task) {
    // SAFETY: by the caller.
    let task = unsafe { &mut *task };
    if !task.has(Task::UNWINDING) {
        return;
    }
    let extra = task.extra();
    if let Some(link) = &extra.child
        && !std::mem::replace(&mut extra.told_unwinding, true)
    {
        link.shared.send(Event::Unwinds(link.child));
    }
}

/// A task has ended: if it is a child, its supervisor hears of it. True: it was, and nobody else need hear of its crash.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn task_ended(_worker: &Worker, task: *mut Task) -> bool {
    // SAFETY: by the caller.
    let (killed, extra) = unsafe { ((*task).state.is_killed(), (*task).extra_if_any()) };
    let Some(extra) = extra else { return false };
    let Some(link) = extra.child.take() else { return false };
    let mut ended = Ended::of(extra.crash.as_deref(), killed);
    // Both under one lock: deadlock detection must not see a driver that waits for no child and has no news.
    let mut state = link.shared.state.lock();
    let child = &mut state.children[link.child];
    child.task = std::ptr::null_mut();
    // SAFETY: the supervisor's own reference.
    if unsafe { inputs::used_up(extra, child.closure) } {
        ended.end = End::Finished;
    }
    state.hear_of(Event::Ended(link.child, ended));
    true
}

impl Ended {
    fn plain(end: End, how: &'static str) -> Ended {
        Ended { end, how, message: String::new(), limit: None, at: None, causes: Vec::new() }
    }

    /// How a task ended, with this crash if any.
    pub fn of(crash: Option<&Crash>, killed: bool) -> Ended {
        let Some(crash) = crash else { return Ended::plain(End::Normal, watch::NORMAL) };
        let cancelled = crash.kind == CrashKind::Cancelled;
        if killed && cancelled {
            return Ended::plain(End::Killed, watch::KILLED);
        }
        if !crash.is_mistake() {
            return Ended::plain(End::Shutdown, watch::SHUTDOWN);
        }
        // Of one that was cancelled, what a deferred call crashed with.
        let (message, at) = match crash.more.first() {
            Some(later) if cancelled => (later.message.clone(), later.at),
            _ => (crash.message.clone(), crash.at),
        };
        let (limit, causes) = (crash.gave_up.clone(), crash.causes.clone());
        // As in OTP, a supervisor that gives up has been shut down, by itself: who is to be restarted after a crash only is not. Another one may have
        // been killed because its deferred calls took too long: what it crashed with says more.
        let (end, how) = match limit {
            Some(_) => (End::Shutdown, watch::GAVE_UP),
            None => (End::Crashed, watch::CRASHED),
        };
        Ended { end, how, message, limit, at, causes }
    }
}

/// The task's place in the supervision tree, outermost first; empty for a task that nobody supervises.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn path(task: *mut Task) -> Vec<Arc<str>> {
    // SAFETY: by the caller.
    let Some(extra) = (unsafe { (*task).extra_if_any() }) else { return Vec::new() };
    let Some(link) = &extra.child else { return Vec::new() };
    let state = link.shared.state.lock();
    let mut path = state.path.clone();
    path.push(state.children[link.child].name.clone());
    path
}
