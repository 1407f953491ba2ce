//! What a supervisor decides, without tasks or clocks: events in, actions out.
//!
//! A child is
//!
//! ```text
//!          start                    end, restart due            due
//!  Idle ---------> Running --------------------------> Waiting -----> Running
//!   ^                |  | stop          (after the job that stops its siblings)
//!   |   end, no restart |
//!   +----------------+  v      end
//!   +---------------- Stopping ------> Idle, Waiting or Gone
//! ```
//!
//! At most one *job* runs at a time: a list of children to be stopped, one after the other and in reverse order, and what comes then
//! (start some again, or end). What else happens meanwhile waits in `work`. Meanings are OTP's, with these deliberate
//! differences: the window of restarts slides in real time, a restart may wait (`backoff`), `after` adds the dependents of a failed
//! child to those that are replaced, and starting a child cannot fail.

use std::collections::{BTreeSet, VecDeque};

use super::window::Window;

/// A child's number: its place in the order of starting.
pub type ChildId = usize;

/// Who is replaced when a child fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Strategy {
    #[default]
    OneForOne,
    OneForAll,
    RestForOne,
}

/// When a child is started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Restart {
    #[default]
    Permanent,
    /// Not after a normal end, or when it was asked to end.
    Transient,
    /// Never.
    Temporary,
}

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Normal,
    /// It was asked to.
    Shutdown,
    Crashed,
    Killed,
}

/// No limit in time.
pub const FOREVER: u64 = u64::MAX;

/// A supervisor's own settings; times in nanoseconds.
#[derive(Clone, Debug)]
pub struct Settings {
    pub strategy: Strategy,
    /// More restarts than this within `period` end the supervisor.
    pub max: u32,
    pub period: u64,
    /// The first pause before a restart, and the longest; each failure in a row doubles it.
    pub backoff: (u64, u64),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { strategy: Strategy::OneForOne, max: 3, period: 5_000_000_000, backoff: (0, 0) }
    }
}

/// A child's settings.
#[derive(Clone, Debug)]
pub struct ChildSettings {
    pub restart: Restart,
    /// How long it may take to stop; 0 kills at once, [`FOREVER`] waits.
    pub shutdown: u64,
    /// Children it depends on: declarations before its own.
    pub after: Vec<u32>,
    /// Which declaration it comes from; the workers of a pool have the same.
    pub declaration: u32,
    /// Its end by itself ends the supervisor.
    pub significant: bool,
}

/// What the driver is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Start(ChildId),
    /// Ask it to end.
    Stop(ChildId),
    Kill(ChildId),
}

/// How the supervisor ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All children are done.
    Normal,
    /// It was stopped.
    Shutdown,
    /// This child failed once too often.
    GaveUp(ChildId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Not running; a restart of its siblings may start it.
    Idle,
    Running,
    /// Asked to stop; killed at `deadline`.
    Stopping {
        deadline: u64,
    },
    /// To be started at `due`.
    Waiting {
        due: u64,
    },
    /// Never to come back.
    Gone,
}

struct Child {
    settings: ChildSettings,
    state: State,
    started: u64,
    /// Failures in a row.
    failures: u32,
}

/// Children to be stopped, the next at the end, and what comes then.
struct Job {
    stop: Vec<ChildId>,
    then: Then,
}

enum Then {
    Restart { children: Vec<ChildId>, due: u64 },
    End(Exit),
    Nothing,
}

enum Work {
    Failed(ChildId),
    Stop(ChildId),
}

/// A supervisor's state.
pub struct Machine {
    settings: Settings,
    children: Vec<Child>,
    /// Children that are Running or Stopping; at most one of them, the next of the job, is Stopping.
    running: usize,
    /// Those that are Waiting, by time.
    waiting: BTreeSet<(u64, ChildId)>,
    /// Times of the restarts within the period.
    window: Window,
    restarts: u64,
    /// Some child has `after`.
    dependencies: bool,
    job: Option<Job>,
    work: VecDeque<Work>,
    ending: bool,
    exit: Option<Exit>,
    actions: Vec<Action>,
}

impl Machine {
    pub fn new(settings: Settings) -> Machine {
        Machine {
            settings,
            children: Vec::new(),
            running: 0,
            waiting: BTreeSet::new(),
            window: Window::default(),
            restarts: 0,
            dependencies: false,
            job: None,
            work: VecDeque::new(),
            ending: false,
            exit: None,
            actions: Vec::new(),
        }
    }

    /// One child more; it runs after the next [`Machine::start`].
    pub fn add(&mut self, settings: ChildSettings) -> ChildId {
        self.dependencies |= !settings.after.is_empty();
        self.children.push(Child { settings, state: State::Idle, started: 0, failures: 0 });
        self.children.len() - 1
    }

    /// Starts all children, in order.
    pub fn start(&mut self, now: u64) {
        for id in 0..self.children.len() {
            self.start_child(id, now);
        }
        self.advance(now);
    }

    /// Starts one child that was added while the supervisor runs.
    pub fn start_late(&mut self, id: ChildId, now: u64) {
        if !self.ending {
            self.wait(id, now);
            self.advance(now);
        }
    }

    /// A child has ended.
    pub fn ended(&mut self, id: ChildId, end: End, now: u64) {
        let being_stopped = self.ending || self.job.as_ref().is_some_and(|job| job.stop.contains(&id));
        let child = &mut self.children[id];
        match child.state {
            State::Stopping { .. } => self.rest(id),
            State::Running if being_stopped => self.rest(id),
            State::Running => {
                let restart = match child.settings.restart {
                    Restart::Permanent => true,
                    Restart::Transient => matches!(end, End::Crashed | End::Killed),
                    Restart::Temporary => false,
                };
                self.rest(id);
                if restart {
                    self.work.push_back(Work::Failed(id));
                } else if self.children[id].settings.significant {
                    self.end(Exit::Normal);
                }
            }
            State::Idle | State::Waiting { .. } | State::Gone => {}
        }
        self.advance(now);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) {
        if let Some(id) = self.being_stopped()
            && let State::Stopping { deadline } = self.children[id].state
            && deadline <= now
        {
            self.children[id].state = State::Stopping { deadline: FOREVER };
            self.actions.push(Action::Kill(id));
        }
        self.advance(now);
    }

    /// Stops all children, last first, then the supervisor.
    pub fn stop(&mut self, now: u64) {
        self.end(Exit::Shutdown);
        self.advance(now);
    }

    /// Stops one child for good (until a sibling's failure starts it again).
    pub fn stop_child(&mut self, id: ChildId, now: u64) {
        self.work.push_back(Work::Stop(id));
        self.advance(now);
    }

    /// What is to be done now, in order.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// When [`Machine::tick`] is to be called at the latest; [`FOREVER`] for not at all.
    pub fn deadline(&self) -> u64 {
        match self.being_stopped().map(|id| self.children[id].state) {
            Some(State::Stopping { deadline }) => deadline,
            Some(_) => FOREVER,
            None => self.waiting.first().map_or(FOREVER, |&(due, _)| due),
        }
    }

    /// The child that the job stops at present.
    fn being_stopped(&self) -> Option<ChildId> {
        self.job.as_ref()?.stop.last().copied()
    }

    /// How it ended, once it has.
    pub fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// How many children it has started again.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    pub fn is_running(&self, id: ChildId) -> bool {
        matches!(self.children[id].state, State::Running | State::Stopping { .. })
    }

    /// Whether the child will never be started again, whatever happens to this supervisor.
    pub fn is_final(&self, id: ChildId) -> bool {
        match self.children[id].state {
            State::Gone => true,
            State::Idle => {
                let waits = |work: &Work| matches!(work, Work::Failed(other) if *other == id);
                let alone = self.settings.strategy == Strategy::OneForOne && !self.dependencies;
                self.ending || alone && !self.work.iter().any(waits)
            }
            _ => false,
        }
    }

    /// Whether the child will be there again without anybody's doing.
    pub fn is_waiting(&self, id: ChildId) -> bool {
        matches!(self.children[id].state, State::Waiting { .. }) || self.is_running(id)
    }

    /// The number of a declaration that comes after all others.
    pub fn next_declaration(&self) -> u32 {
        self.children.last().map_or(0, |child| child.settings.declaration + 1)
    }

    /// A machine with the same settings and the first `count` children, none of them started.
    #[must_use]
    pub fn anew(&self, count: usize) -> Machine {
        let mut machine = Machine::new(self.settings.clone());
        for child in &self.children[..count] {
            machine.add(child.settings.clone());
        }
        machine
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn start_child(&mut self, id: ChildId, now: u64) {
        let child = &mut self.children[id];
        child.state = State::Running;
        child.started = now;
        self.running += 1;
        self.actions.push(Action::Start(id));
    }

    /// It is to be started at `due`.
    fn wait(&mut self, id: ChildId, due: u64) {
        self.children[id].state = State::Waiting { due };
        self.waiting.insert((due, id));
    }

    /// It runs, or waits, no more.
    fn rest(&mut self, id: ChildId) {
        let child = &mut self.children[id];
        match child.state {
            State::Running | State::Stopping { .. } => self.running -= 1,
            State::Waiting { due } => {
                self.waiting.remove(&(due, id));
            }
            State::Idle | State::Gone => {}
        }
        let temporary = child.settings.restart == Restart::Temporary;
        child.state = if temporary { State::Gone } else { State::Idle };
    }

    /// Everything ends, after a job that stops everybody.
    fn end(&mut self, exit: Exit) {
        if self.ending {
            return;
        }
        self.ending = true;
        self.work.clear();
        self.job = Some(Job { stop: (0..self.children.len()).collect(), then: Then::End(exit) });
    }

    /// Does what can be done now.
    fn advance(&mut self, now: u64) {
        while self.exit.is_none() {
            if self.job.is_some() {
                if !self.stop_next(now) {
                    return;
                }
                continue;
            }
            match self.work.pop_front() {
                Some(Work::Failed(id)) => self.replace(id, now),
                Some(Work::Stop(id)) => self.job = Some(Job { stop: vec![id], then: Then::Nothing }),
                None => {
                    self.start_due(now);
                    if self.running == 0 && self.waiting.is_empty() {
                        self.exit = Some(Exit::Normal);
                    }
                    return;
                }
            }
        }
    }

    /// Goes on with the job; false: it waits for a child to end.
    fn stop_next(&mut self, now: u64) -> bool {
        let Some(job) = &mut self.job else { return true };
        let Some(&id) = job.stop.last() else {
            return self.finish_job();
        };
        let child = &mut self.children[id];
        match child.state {
            State::Running => {
                let shutdown = child.settings.shutdown;
                let kill = shutdown == 0;
                let deadline = if kill { FOREVER } else { now.saturating_add(shutdown) };
                child.state = State::Stopping { deadline };
                self.actions.push(if kill { Action::Kill(id) } else { Action::Stop(id) });
                false
            }
            State::Stopping { .. } => false,
            State::Waiting { .. } => {
                job.stop.pop();
                self.rest(id);
                true
            }
            State::Idle | State::Gone => {
                job.stop.pop();
                true
            }
        }
    }

    fn finish_job(&mut self) -> bool {
        match self.job.take().map(|job| job.then) {
            Some(Then::Restart { children, due }) => {
                for id in children {
                    if self.children[id].state != State::Gone {
                        self.wait(id, due);
                    }
                }
            }
            Some(Then::End(exit)) => self.exit = Some(exit),
            Some(Then::Nothing) | None => {}
        }
        true
    }

    fn start_due(&mut self, now: u64) {
        while let Some(&(due, id)) = self.waiting.first()
            && due <= now
        {
            self.waiting.pop_first();
            self.start_child(id, now);
        }
    }

    /// A child failed: it, and who goes with it, is replaced, unless that happened too often.
    fn replace(&mut self, id: ChildId, now: u64) {
        let restarts = self.window.add(now, self.settings.period);
        if restarts > u64::from(self.settings.max) {
            self.end(Exit::GaveUp(id));
            return;
        }
        self.restarts += 1;
        let due = now.saturating_add(self.pause(id, now));
        let children = self.affected(id);
        self.job = Some(Job { stop: children.clone(), then: Then::Restart { children, due } });
    }

    /// How long the child's next start has to wait.
    fn pause(&mut self, id: ChildId, now: u64) -> u64 {
        let (first, longest) = self.settings.backoff;
        let child = &mut self.children[id];
        // A child that ran for longer than any pause has got over its trouble.
        if now.saturating_sub(child.started) > longest {
            child.failures = 0;
        }
        let pause = first.saturating_mul(1 << child.failures.min(32)).min(longest.max(first));
        child.failures += 1;
        pause
    }

    /// The failed child and those that are replaced with it, in order.
    fn affected(&self, id: ChildId) -> Vec<ChildId> {
        if self.settings.strategy == Strategy::OneForOne && !self.dependencies {
            return vec![id];
        }
        let failed = &self.children[id].settings;
        let mut with = vec![false; self.children.len()];
        let mut declarations = vec![failed.declaration];
        with[id] = true;
        for (other, child) in self.children.iter().enumerate() {
            let settings = &child.settings;
            let depends = settings.declaration != failed.declaration
                && settings.after.iter().any(|before| declarations.contains(before));
            let goes = match self.settings.strategy {
                Strategy::OneForOne => depends,
                Strategy::OneForAll => true,
                Strategy::RestForOne => depends || settings.declaration > failed.declaration,
            };
            if goes && child.state != State::Gone {
                with[other] = true;
                declarations.push(settings.declaration);
            }
        }
        (0..self.children.len()).filter(|&id| with[id]).collect()
    }
}
