//! The one place where choices are made: by the strategy, or by a schedule that is run again; and noted where they differ from the default.

use rustc_hash::FxHashMap;

use super::Settings;
use super::strategy::{Candidate, Source};

/// What is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u32)]
pub enum Choice {
    /// Who runs next.
    Task,
    /// A case of a `select`.
    Case,
    /// Who of those that wait at a channel or mutex.
    Waiter,
    /// A timer fires before those who are ready run.
    Timer,
    /// The task crashes.
    Crash,
}

/// A choice that was not the default.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(C)]
pub struct Deviation {
    /// The task that was running, by its place in the tree of who started whom.
    pub task: u64,
    /// How many choices it had met before.
    pub ordinal: u32,
    pub choice: Choice,
    /// The task that was chosen, or the index of what was.
    pub value: u64,
}

/// See the [module](self).
pub struct Choices {
    source: Source,
    replay: Option<FxHashMap<(u64, u32, Choice), u64>>,
    /// How many choices each task has met.
    met: FxHashMap<u64, u32>,
    pub deviations: Vec<Deviation>,
    crashes: u32,
    /// Nanoseconds that timers may still be early.
    delay: u64,
    /// Places where a crash could have been injected.
    pub crash_points: u64,
}

impl Choices {
    pub fn new(settings: &Settings) -> Choices {
        let replay = settings
            .replay
            .as_ref()
            .map(|deviations| deviations.iter().map(|d| ((d.task, d.ordinal, d.choice), d.value)).collect());
        Choices {
            source: Source::new(settings),
            replay,
            met: FxHashMap::default(),
            deviations: Vec::new(),
            crashes: settings.crashes,
            delay: settings.delay,
            crash_points: 0,
        }
    }

    /// The number of a choice that the task meets now.
    fn meet(&mut self, task: u64) -> u32 {
        let met = self.met.entry(task).or_default();
        *met += 1;
        *met
    }

    fn deviate(&mut self, task: u64, ordinal: u32, choice: Choice, value: u64) {
        self.deviations.push(Deviation { task, ordinal, choice, value });
    }

    /// Who runs next, of these; the first by default. `running` is the task that meets the choice, `streak` how long it has run.
    pub fn task(&mut self, running: u64, candidates: &[Candidate], streak: u64) -> usize {
        let ordinal = self.meet(running);
        let at = match &self.replay {
            Some(replay) => replay
                .get(&(running, ordinal, Choice::Task))
                .and_then(|wanted| candidates.iter().position(|candidate| candidate.0 == *wanted))
                .unwrap_or(0),
            None => self.source.task(running, candidates, streak),
        };
        if at != 0 {
            self.deviate(running, ordinal, Choice::Task, candidates[at].0);
        }
        at
    }

    /// One of `n`.
    pub fn index(&mut self, running: u64, choice: Choice, n: usize) -> usize {
        let ordinal = self.meet(running);
        let at = match &self.replay {
            Some(replay) => replay
                .get(&(running, ordinal, choice))
                .map_or(0, |wanted| (*wanted as usize).min(n.saturating_sub(1))),
            None => self.source.index(n),
        };
        if at != 0 {
            self.deviate(running, ordinal, choice, at as u64);
        }
        at
    }

    /// Whether the running task, which a supervisor would start again, crashes here.
    pub fn crash(&mut self, running: u64) -> bool {
        let ordinal = self.meet(running);
        let number = self.crash_points;
        self.crash_points += 1;
        if self.crashes == 0 {
            return false;
        }
        let crash = match &self.replay {
            Some(replay) => replay.contains_key(&(running, ordinal, Choice::Crash)),
            None => self.source.crash(number),
        };
        if crash {
            self.crashes -= 1;
            self.deviate(running, ordinal, Choice::Crash, 1);
        }
        crash
    }

    /// Whether a timer that would fire in so many nanoseconds fires now.
    pub fn timer(&mut self, running: u64, ahead: u64) -> bool {
        if ahead > self.delay {
            return false;
        }
        let ordinal = self.meet(running);
        let fires = match &self.replay {
            Some(replay) => replay.contains_key(&(running, ordinal, Choice::Timer)),
            None => self.source.timer(),
        };
        if fires {
            self.delay -= ahead;
            self.deviate(running, ordinal, Choice::Timer, 1);
        }
        fires
    }
}
