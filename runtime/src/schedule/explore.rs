//! Many schedules of one program, until one fails.
//!
//! Which schedules are tried depends on the first seed only, not on how many run at a time: of those that run at the same time, the first in
//! order counts.

use std::io;

use super::process::{Ended, Place, Result as Run};
use super::run::{Outcome, run};
use super::strategy::{Strategy, scaled};
use super::{Settings, shrink};
use crate::abi::layout::{Closure, ProgramDesc};

/// What is to be tried.
pub struct Plan {
    pub program: &'static ProgramDesc,
    /// What runs in the place of `main`.
    pub main: *const Closure,
    pub arguments: Vec<String>,
    /// The seed of the first schedule.
    pub seed: u64,
    /// None: random and PCT in turn, and with crashes a sweep before.
    pub strategy: Option<Strategy>,
    /// How many.
    pub schedules: u64,
    pub crashes: u32,
    /// See [`Settings::delay`].
    pub delay: u64,
    /// See [`Settings::most_points`].
    pub most_points: u64,
    /// Whether the events of each are wanted.
    pub log: bool,
}

// SAFETY: the closure is the program's, static data.
unsafe impl Send for Plan {}
// SAFETY: as above.
unsafe impl Sync for Plan {}

/// What came of it.
pub enum Verdict {
    /// None of so many failed.
    Passed(u64),
    Failed(Box<Failure>),
}

/// A schedule that fails.
pub struct Failure {
    /// The how-many-th it was, from 1.
    pub number: u64,
    pub seed: u64,
    pub strategy: Strategy,
    pub ended: Ended,
    /// Where it differed from the default schedule.
    pub deviations: usize,
    /// Of the shortest that was found: the same, what it wrote, and its events.
    pub shortest: usize,
    pub output: String,
    pub events: String,
}

/// Bytes of the stack that schedules run on.
const STACK_SIZE: usize = 256 << 20;

/// Tries them. `each` hears of the events of each schedule, if they are wanted: its number, its seed, its strategy.
///
/// # Errors
/// When the system has no processes or memory left.
pub fn explore(plan: &Plan, each: &mut (dyn FnMut(u64, u64, Strategy, &str) + Send)) -> io::Result<Verdict> {
    // The copies have the thread that makes them only; it has a program's stack.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("goo-schedules".into()).stack_size(STACK_SIZE);
        let work = move || Explorer::new(plan)?.search(each);
        thread.spawn_scoped(scope, work)?.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs the program in this process, on a thread of its own with a program's stack.
///
/// # Errors
/// When there is no memory for the thread.
pub fn run_here(
    program: &'static ProgramDesc,
    settings: &Settings,
    arguments: Vec<String>,
) -> io::Result<Outcome> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("goo-schedule".into()).stack_size(STACK_SIZE);
        let work = move || run(program, program.main, settings, Some(arguments), STACK_SIZE);
        let handle = thread.spawn_scoped(scope, work)?;
        Ok(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

struct Explorer<'p> {
    plan: &'p Plan,
    places: Vec<Place>,
    /// How many points, and points for crashes, the last schedules have met.
    points: u64,
    crash_points: u64,
}

impl Explorer<'_> {
    fn new(plan: &Plan) -> io::Result<Explorer<'_>> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let count = plan.schedules.clamp(1, cores);
        let places = (0..count).map(|_| Place::new()).collect::<io::Result<_>>()?;
        Ok(Explorer { plan, places, points: 0, crash_points: 0 })
    }

    fn search(mut self, each: &mut (dyn FnMut(u64, u64, Strategy, &str) + Send)) -> io::Result<Verdict> {
        let mut number = 0;
        while number < self.plan.schedules {
            // The first one alone: what it meets tells how long the program is.
            let most = if number == 0 { 1 } else { self.places.len() as u64 };
            let round: Vec<Settings> = (number..self.plan.schedules.min(number + most))
                .map(|number| self.settings(number))
                .collect();
            for (place, settings) in self.places.iter_mut().zip(&round) {
                start(self.plan, place, settings)?;
            }
            let mut failed = None;
            for (at, settings) in round.iter().enumerate() {
                let run = self.places[at].wait()?;
                if failed.is_some() {
                    continue;
                }
                if self.plan.log {
                    each(number + at as u64 + 1, settings.seed, settings.strategy, &self.places[at].log());
                }
                self.points = self.points.max(run.outcome.points);
                self.crash_points = self.crash_points.max(run.outcome.crash_points);
                if !run.ended.well() {
                    failed = Some((number + at as u64 + 1, settings.clone(), run, self.places[at].output()));
                }
            }
            if let Some((number, settings, run, output)) = failed {
                return self.failed(number, settings, run, &output).map(Verdict::Failed);
            }
            number += round.len() as u64;
        }
        Ok(Verdict::Passed(number))
    }

    /// What the number-th schedule is to be, counted from 0.
    fn settings(&self, number: u64) -> Settings {
        let plan = self.plan;
        let (seed, strategy) = match plan.strategy {
            Some(Strategy::Sweep) => (plan.seed + number, Strategy::Sweep),
            Some(strategy) => (scaled(plan.seed, number, self.points), strategy),
            None if plan.crashes > 0 && number < self.crash_points.max(1) => (number, Strategy::Sweep),
            None => {
                let strategy = if number.is_multiple_of(2) { Strategy::Random } else { Strategy::Pct };
                (scaled(plan.seed, number, self.points), strategy)
            }
        };
        Settings {
            crashes: plan.crashes,
            delay: plan.delay,
            most_points: plan.most_points,
            log: plan.log,
            ..Settings::new(seed, strategy)
        }
    }

    /// Finds the shortest schedule that fails as this one did.
    fn failed(mut self, number: u64, settings: Settings, run: Run, output: &str) -> io::Result<Box<Failure>> {
        let plan = self.plan;
        let place = &mut self.places[0];
        let wanted = Symptom::of(run.ended, output);
        let mut error = None;
        let deviations = shrink::shortest(run.outcome.deviations.clone(), |deviations| {
            let settings = Settings { replay: Some(deviations.to_vec()), log: false, ..settings.clone() };
            let result = start(plan, place, &settings).and_then(|()| place.wait());
            match result {
                Ok(run) => {
                    (Symptom::of(run.ended, &place.output()) == wanted).then_some(run.outcome.deviations)
                }
                Err(failure) => {
                    error = Some(failure);
                    None
                }
            }
        });
        if let Some(error) = error {
            return Err(error);
        }
        let shortest = deviations.len();
        let last = Settings { replay: Some(deviations), log: true, ..settings.clone() };
        start(plan, place, &last)?;
        let last = place.wait()?;
        Ok(Box::new(Failure {
            number,
            seed: settings.seed,
            strategy: settings.strategy,
            ended: last.ended,
            deviations: run.outcome.deviations.len(),
            shortest,
            output: place.output(),
            events: place.log(),
        }))
    }
}

fn start(plan: &Plan, place: &mut Place, settings: &Settings) -> io::Result<()> {
    let arguments = Some(plan.arguments.clone());
    place.start(|| run(plan.program, plan.main, settings, arguments, STACK_SIZE))
}

/// By what one failure is known from another: how the process ended, and the first line of the report, without numbers.
#[derive(PartialEq, Eq)]
struct Symptom {
    ended: Ended,
    crash: String,
}

impl Symptom {
    fn of(ended: Ended, output: &str) -> Symptom {
        let line = output.lines().find(|line| line.starts_with("crash: ")).unwrap_or("");
        Symptom { ended, crash: line.chars().filter(|c| !c.is_ascii_digit()).collect() }
    }
}
