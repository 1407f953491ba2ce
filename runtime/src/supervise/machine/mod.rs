//! What a supervisor decides, without tasks or clocks: events in, actions out.
//!
//! A child is
//!
//! ```text
//!          start              has started                  end, restart due          due
//!  Idle ---------> Starting ---------------> Running --------------------> Waiting ------> Starting
//!   ^  ^              | end: failed             |  | stop        (after the job that stops its siblings)
//!   |  +--------------+                         |  |
//!   |        end, no restart                    |  v      end
//!   +-------------------------------------------+ Stopping ------> Idle, Waiting or Gone
//! ```
//!
//! A child without a start phase is Running at once. At most one *job* runs at a time ([`work`]): children to be stopped, last first, and what comes
//! then; or children to be started, in order. What else happens meanwhile waits in `work`. Meanings are OTP's, with these deliberate differences:
//! the window of restarts slides in real time, a restart may wait (`backoff`), `after` orders the start and adds the dependents of a failed child
//! to those that are replaced, the workers of one pool are stopped at the same time, and a supervisor ends when its children are done.

pub mod settings;
#[cfg(test)]
mod tests;
mod work;

use std::collections::{BTreeSet, VecDeque};

pub use self::settings::{AutoShutdown, ChildSettings, FOREVER, Restart, SHUTDOWN, Settings, Strategy};
use self::work::{Job, Purpose, Work};
use super::window::Window;

/// A child's number: its place in the order of starting.
pub type ChildId = usize;

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Normal,
    /// It returned because what it was to receive from has ended: again, it would only return.
    Finished,
    /// It was asked to, or is a supervisor that gave up.
    Shutdown,
    Crashed,
    Killed,
}

/// What the driver is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Start(ChildId),
    /// Ask it to end.
    Stop(ChildId),
    Kill(ChildId),
    /// The answer to a request.
    Answer(Token, Answer),
}

/// Names a request; the driver's choice.
pub type Token = u64;

/// What came of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Done = 0,
    /// No such child.
    NotFound = 1,
    /// It runs, and must not.
    Running = 2,
    /// It will be started again shortly.
    Restarting = 3,
    /// A child of that name runs.
    AlreadyStarted = 4,
    /// There is a child of that name, which does not run.
    AlreadyPresent = 5,
    /// Its start failed.
    StartFailed = 6,
    /// The supervisor has ended, or ends.
    Ended = 7,
    /// It ended for good, and gave up what it was started with.
    Over = 8,
}

/// How the supervisor ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All children are done, or a significant one is.
    Normal,
    /// It was stopped.
    Shutdown,
    /// This child failed once too often.
    GaveUp(ChildId),
    /// This child's first start failed.
    StartFailed(ChildId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Not running; a restart of its siblings may start it.
    Idle,
    /// In its start phase; killed at `deadline`.
    Starting {
        deadline: u64,
    },
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
    /// The job stops it: its end is no failure.
    doomed: bool,
    /// What it was started with is given up: it cannot be started by hand.
    over: bool,
    /// It crashed, and is killed then if its deferred calls are not done; [`FOREVER`] if it has not.
    unwinds_until: u64,
}

/// A supervisor's state.
pub struct Machine {
    settings: Settings,
    children: Vec<Child>,
    /// Children that are Starting, Running or Stopping.
    running: usize,
    starting: usize,
    stopping: usize,
    /// Those that crashed, and whose deferred calls may take until then.
    unwinding: BTreeSet<(u64, ChildId)>,
    /// Those that are Waiting, by time.
    waiting: BTreeSet<(u64, ChildId)>,
    /// Times of the restarts within the period.
    window: Window,
    restarts: u64,
    declarations: u32,
    /// Some child has `after`.
    dependencies: bool,
    /// How many were there from the start; places of later ones are used again.
    fixed: usize,
    free: Vec<ChildId>,
    /// It does not end for want of children: there is a pool that may grow.
    lasts: bool,
    job: Option<Job>,
    work: VecDeque<Work>,
    /// The first start is over.
    started: bool,
    ending: bool,
    exit: Option<Exit>,
    actions: Vec<Action>,
    random: u64,
}

impl Machine {
    pub fn new(settings: Settings) -> Machine {
        Machine {
            random: settings.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            settings,
            children: Vec::new(),
            running: 0,
            starting: 0,
            stopping: 0,
            unwinding: BTreeSet::new(),
            waiting: BTreeSet::new(),
            window: Window::default(),
            restarts: 0,
            declarations: 0,
            dependencies: false,
            fixed: 0,
            free: Vec::new(),
            lasts: false,
            job: None,
            work: VecDeque::new(),
            started: false,
            ending: false,
            exit: None,
            actions: Vec::new(),
        }
    }

    /// One child more; it runs after the next [`Machine::start`], or [`Machine::start_late`].
    pub fn add(&mut self, settings: ChildSettings) -> ChildId {
        self.dependencies |= !settings.after.is_empty();
        self.children.push(Child {
            settings,
            state: State::Idle,
            started: 0,
            failures: 0,
            doomed: false,
            over: false,
            unwinds_until: FOREVER,
        });
        self.children.len() - 1
    }

    /// One child more while the supervisor runs, perhaps in the place of one that was forgotten; it runs after [`Machine::start_late`].
    pub fn add_late(&mut self, settings: ChildSettings) -> ChildId {
        let alone = self.settings.strategy == Strategy::OneForOne && !self.dependencies;
        let quiet = self.work.is_empty() && self.job.is_none();
        if !alone || !quiet || self.free.is_empty() {
            return self.add(settings);
        }
        let last = self.add(settings);
        let (child, place) = (self.children.pop(), self.free.pop());
        match (child, place) {
            (Some(child), Some(place)) => {
                self.children[place] = child;
                place
            }
            _ => last,
        }
    }

    /// Whether it has ended because none of its children comes back.
    pub fn children_done(&self) -> bool {
        self.exit == Some(Exit::Normal) && !self.ending
    }

    /// Whether it is to last although it has no children.
    pub fn lasts(&mut self, lasts: bool) {
        self.lasts = lasts;
    }

    /// Starts all children, in order.
    pub fn start(&mut self, now: u64) {
        self.fixed = self.children.len();
        self.job = Some(Job::start((0..self.children.len()).collect(), Purpose::First));
        self.advance(now);
    }

    /// A child's start phase is over.
    pub fn has_started(&mut self, id: ChildId, now: u64) {
        if let State::Starting { .. } = self.children[id].state {
            self.starting -= 1;
            self.children[id].state = State::Running;
            self.advance(now);
        }
    }

    /// A child has crashed, and its deferred calls take their time: no more than it has to stop, for nobody could restart it meanwhile.
    pub fn unwinds(&mut self, id: ChildId, now: u64) {
        let child = &mut self.children[id];
        if child.unwinds_until != FOREVER || !matches!(child.state, State::Running | State::Starting { .. }) {
            return;
        }
        let limit = match child.settings.shutdown {
            0 => SHUTDOWN,
            limit => limit,
        };
        child.unwinds_until = now.saturating_add(limit);
        self.unwinding.insert((child.unwinds_until, id));
    }

    /// A child has ended.
    pub fn ended(&mut self, id: ChildId, end: End, now: u64) {
        let doomed = self.ending || self.children[id].doomed;
        match self.children[id].state {
            State::Stopping { .. } => self.rest(id),
            State::Starting { .. } | State::Running if doomed => self.rest(id),
            State::Starting { .. } => self.start_failed(id),
            State::Running => self.ended_by_itself(id, end),
            State::Idle | State::Waiting { .. } | State::Gone => {}
        }
        self.advance(now);
    }

    fn ended_by_itself(&mut self, id: ChildId, end: End) {
        let settings = &self.children[id].settings;
        let restart = match settings.restart {
            Restart::Permanent => end != End::Finished,
            Restart::Transient => matches!(end, End::Crashed | End::Killed),
            Restart::Temporary => false,
        };
        let (significant, pooled) = (settings.significant, settings.pooled);
        self.rest(id);
        if restart {
            self.work.push_back(Work::Failed(id));
            return;
        }
        if pooled {
            self.gone(id);
        }
        if significant && self.shuts_down() {
            self.end(Exit::Normal);
        }
    }

    /// A significant child is done: whether the supervisor is, too.
    fn shuts_down(&self) -> bool {
        match self.settings.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::Any => true,
            AutoShutdown::All => {
                let there = |state| !matches!(state, State::Idle | State::Gone);
                let fails =
                    |id| self.work.iter().any(|work| matches!(work, Work::Failed(other) if *other == id));
                let mut children = self.children.iter().enumerate();
                !children.any(|(id, child)| child.settings.significant && (there(child.state) || fails(id)))
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: u64) {
        for id in self.in_hand() {
            let child = &mut self.children[id];
            match child.state {
                State::Stopping { deadline } if deadline <= now => {
                    child.state = State::Stopping { deadline: FOREVER };
                    self.actions.push(Action::Kill(id));
                }
                State::Starting { deadline } if deadline <= now => {
                    child.state = State::Starting { deadline: FOREVER };
                    self.actions.push(Action::Kill(id));
                }
                _ => {}
            }
        }
        while let Some(&(due, id)) = self.unwinding.first()
            && due <= now
        {
            self.unwinding.pop_first();
            self.actions.push(Action::Kill(id));
        }
        self.advance(now);
    }

    /// Stops all children, last first, then the supervisor.
    pub fn stop(&mut self, now: u64) {
        self.end(Exit::Shutdown);
        self.advance(now);
    }

    /// What is to be done now, in order.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// When [`Machine::tick`] is to be called at the latest; [`FOREVER`] for not at all.
    pub fn deadline(&self) -> u64 {
        let unwound = self.unwinding.first().map_or(FOREVER, |&(due, _)| due);
        if self.job.is_none() {
            return unwound.min(self.waiting.first().map_or(FOREVER, |&(due, _)| due));
        }
        let deadlines = self.in_hand().into_iter().map(|id| match self.children[id].state {
            State::Stopping { deadline } | State::Starting { deadline } => deadline,
            _ => FOREVER,
        });
        unwound.min(deadlines.min().unwrap_or(FOREVER))
    }

    /// How it ended, once it has.
    pub fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// Whether all children have been started for the first time.
    pub fn is_started(&self) -> bool {
        self.started
    }

    /// How many children it has started again.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Whether the child will never be started again by the supervisor itself, whatever happens to its siblings.
    pub fn is_final(&self, id: ChildId) -> bool {
        match self.children[id].state {
            State::Gone => true,
            State::Idle => {
                let waits = |work: &Work| matches!(work, Work::Failed(other) if *other == id);
                let alone = self.settings.strategy == Strategy::OneForOne && !self.dependencies;
                let starts = matches!(&self.job, Some(job) if job.starts(id));
                self.ending || alone && !starts && !self.work.iter().any(waits)
            }
            _ => false,
        }
    }

    /// What it was started with has been given up.
    pub fn is_over(&mut self, id: ChildId) {
        self.children[id].over = true;
    }

    /// Whether the child will be there again without anybody's doing.
    pub fn is_waiting(&self, id: ChildId) -> bool {
        !matches!(self.children[id].state, State::Idle | State::Gone)
    }

    /// A word for what the child does; none if it was forgotten.
    pub fn state_of(&self, id: ChildId) -> Option<&'static str> {
        match self.children[id].state {
            State::Idle => Some("stopped"),
            State::Starting { .. } => Some("starting"),
            State::Running => Some("running"),
            State::Stopping { .. } => Some("stopping"),
            State::Waiting { .. } => Some("restarting"),
            State::Gone => None,
        }
    }

    /// The number of a declaration that comes after all others.
    pub fn next_declaration(&mut self) -> u32 {
        self.declarations += 1;
        self.declarations - 1
    }

    /// A machine with the same settings and the first `count` children, none of them started.
    #[must_use]
    pub fn anew(&self, count: usize) -> Machine {
        let mut machine = Machine::new(self.settings.clone());
        machine.lasts = self.lasts;
        machine.declarations = self.declarations;
        for child in &self.children[..count] {
            machine.add(child.settings.clone());
        }
        machine
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn child_settings(&self, id: ChildId) -> &ChildSettings {
        &self.children[id].settings
    }

    fn start_child(&mut self, id: ChildId, now: u64) {
        let child = &mut self.children[id];
        child.started = now;
        self.running += 1;
        child.state = match child.settings.start {
            None => State::Running,
            Some(limit) => {
                self.starting += 1;
                State::Starting { deadline: now.saturating_add(limit) }
            }
        };
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
            State::Running => self.running -= 1,
            State::Starting { .. } => {
                self.running -= 1;
                self.starting -= 1;
            }
            State::Stopping { .. } => {
                self.running -= 1;
                self.stopping -= 1;
            }
            State::Waiting { due } => {
                self.waiting.remove(&(due, id));
            }
            State::Idle | State::Gone => {}
        }
        let until = std::mem::replace(&mut child.unwinds_until, FOREVER);
        if until != FOREVER {
            self.unwinding.remove(&(until, id));
        }
        let temporary = child.settings.restart == Restart::Temporary;
        child.doomed = false;
        child.state = State::Idle;
        if temporary {
            self.gone(id);
        }
    }

    /// It is forgotten.
    fn gone(&mut self, id: ChildId) {
        if self.children[id].state != State::Gone {
            self.children[id].state = State::Gone;
            if id >= self.fixed {
                self.free.push(id);
            }
        }
    }

    /// Everything ends, after a job that stops everybody.
    fn end(&mut self, exit: Exit) {
        if self.ending {
            return;
        }
        self.ending = true;
        let tokens = self.work.drain(..).filter_map(|work| work.token());
        let tokens = tokens.chain(self.job.take().and_then(|job| job.token()));
        self.actions.extend(tokens.map(|token| Action::Answer(token, Answer::Ended)));
        self.stop_all((0..self.children.len()).collect(), work::Then::End(exit));
    }
}
