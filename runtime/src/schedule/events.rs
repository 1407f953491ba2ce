//! What happened under a schedule, in order, in the source's terms: the log that two runs with one seed have in common, byte for byte.
//!
//! A line for each event: the virtual time in seconds, the task, what it did. `docs/schedules.md` has the list.

use std::fmt::Write as _;

use crate::task::object::{Op, Task};
use crate::trace::Kind;

/// Something that happened to a task.
struct Event {
    at: u64,
    task: u32,
    what: What,
}

/// What it was.
#[derive(Clone, Copy)]
enum What {
    /// It is at this operation: the place, and the line of source.
    Does(&'static str),
    Begins,
    Waits,
    /// It lets this task run.
    GivesWay(u32),
    /// It is ready again, by what this task did.
    Woken(u32),
    /// Its time has come.
    Due,
    /// The schedule lets time pass until the next timer.
    TimePasses,
    Injected,
    Crashes,
    Ends,
}

/// The events so far.
#[derive(Default)]
pub struct Log {
    events: Vec<Event>,
}

impl Log {
    fn add(&mut self, at: u64, task: u32, what: What) {
        self.events.push(Event { at, task, what });
    }

    pub fn does(&mut self, at: u64, task: u32, operation: &'static str) {
        self.add(at, task, What::Does(operation));
    }

    pub fn gives_way(&mut self, at: u64, task: u32, to: u32) {
        self.add(at, task, What::GivesWay(to));
    }

    pub fn injects(&mut self, at: u64, task: u32) {
        self.add(at, task, What::Injected);
    }

    pub fn time_passes(&mut self, at: u64, task: u32) {
        self.add(at, task, What::TimePasses);
    }

    /// The events as text. `names` are the tasks' names, by number.
    pub fn render(&self, names: &[String]) -> String {
        let name = |task: u32| names.get(task as usize).map_or("?", String::as_str);
        let mut text = String::new();
        for Event { at, task, what } in &self.events {
            let _ = write!(text, "{}.{:09}\t{}\t", at / 1_000_000_000, at % 1_000_000_000, name(*task));
            let _ = match what {
                What::Does(operation) => writeln!(text, "{operation}"),
                What::Begins => writeln!(text, "begins"),
                What::Waits => writeln!(text, "waits"),
                What::GivesWay(to) => writeln!(text, "gives way to {}", name(*to)),
                What::Woken(by) => writeln!(text, "is woken by {}", name(*by)),
                What::Due => writeln!(text, "is woken by its timer"),
                What::TimePasses => writeln!(text, "is held up until the next timer"),
                What::Injected => writeln!(text, "is made to crash"),
                What::Crashes => writeln!(text, "crashes"),
                What::Ends => writeln!(text, "ends"),
            };
        }
        text
    }
}

/// A trace point was passed, on the thread that runs a schedule.
///
/// # Safety
/// `task` is a task.
#[cold]
pub unsafe fn traced(task: *const Task, kind: Kind) {
    super::with(|schedule| {
        let Some(log) = &mut schedule.log else { return };
        // A new task is known from when it is seen in a queue.
        let Some(number) = schedule.tasks.number(task) else { return };
        let at = schedule.now;
        // SAFETY: by the caller, who holds the task if it is the running one.
        let (op, initialises) = unsafe {
            let first = (*task).has(Task::MAIN) && matches!(kind, Kind::Begin | Kind::End);
            ((*task).op, first && !(*(*task).extra).then.is_null())
        };
        if initialises {
            // Package initialisation comes before `main`, in the same task.
            return;
        }
        let what = match kind {
            Kind::Begin => What::Begins,
            Kind::Suspend if matches!(op, Op::Yield | Op::GiveWay | Op::Point) => return,
            Kind::Suspend => What::Waits,
            Kind::Ready => match schedule.running {
                Some(running) if running == number => return,
                Some(running) => What::Woken(running),
                None => What::Due,
            },
            Kind::End => What::Ends,
            Kind::Crash => What::Crashes,
            Kind::Send | Kind::Receive | Kind::Close | Kind::Child => return,
        };
        log.add(at, number, what);
    });
}
