//! `goo test --schedules`, `goo run --seed`: programs under drawn schedules, and what is said of one that fails.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use goo_runtime::abi::layout::{ProgramDesc, TestDesc};
use goo_runtime::schedule::explore::{Failure, Plan, Verdict, explore, run_here};
use goo_runtime::schedule::process::Ended;
use goo_runtime::schedule::{DELAY, MOST_POINTS, MOST_POINTS_OF_A_RUN, Settings, Strategy};

use crate::{Schedule, output, status};

/// The seed of a search for which none is given: so that what a search finds does not depend on when it is made.
const FIRST_SEED: u64 = 1;

/// Of the events of a failure, so many last ones are shown.
const SHOWN: usize = 40;

impl From<crate::Strategy> for Strategy {
    fn from(strategy: crate::Strategy) -> Strategy {
        match strategy {
            crate::Strategy::Random => Strategy::Random,
            crate::Strategy::Pct => Strategy::Pct,
            crate::Strategy::Sweep => Strategy::Sweep,
            crate::Strategy::Default => Strategy::Default,
        }
    }
}

/// Says that a flag makes no sense alone.
pub fn needs_a_seed(flag: &str, what: &str) -> u8 {
    output::failure(status::USAGE, format!("{flag} is about a drawn schedule, and needs {what}"))
}

/// `goo run --seed`: gives the program's status, or the command's if it could not be run.
pub fn run(
    program: &'static ProgramDesc,
    seed: u64,
    schedule: &Schedule,
    arguments: Vec<String>,
) -> Result<i32, u8> {
    let strategy = schedule.strategy.map_or(Strategy::Random, Strategy::from);
    let mut events = Events::open(schedule)?;
    let settings = Settings {
        crashes: schedule.crashes.unwrap_or(0),
        delay: schedule.delay.unwrap_or(DELAY),
        most_points: schedule.steps.unwrap_or(MOST_POINTS_OF_A_RUN),
        log: events.is_wanted(),
        ..Settings::new(seed, strategy)
    };
    let outcome = run_here(program, &settings, arguments).map_err(|error| no_process(&error))?;
    events.write(&outcome.log);
    events.close()?;
    Ok(outcome.status)
}

/// `goo test --schedules`, or with a seed.
pub fn test(
    program: &'static ProgramDesc,
    tests: &[&'static TestDesc],
    path: &Path,
    count: Option<u64>,
    schedule: &Schedule,
) -> u8 {
    let mut events = match Events::open(schedule) {
        Ok(events) => events,
        Err(status) => return status,
    };
    let (mut passed, mut failed) = (0, 0);
    for test in tests {
        let name = test.name.as_str();
        let plan = Plan {
            program,
            main: test.body,
            arguments: vec![path.display().to_string()],
            seed: schedule.seed.unwrap_or(FIRST_SEED),
            strategy: schedule.strategy.map(Strategy::from),
            schedules: count.unwrap_or(1),
            crashes: schedule.crashes.unwrap_or(0),
            delay: schedule.delay.unwrap_or(DELAY),
            most_points: schedule.steps.unwrap_or(MOST_POINTS),
            log: events.is_wanted(),
        };
        let verdict = explore(&plan, &mut |number, seed, strategy, log| {
            events.write(&format!("test {name:?}, schedule {number}, seed {seed:#x}, {}\n", strategy.name()));
            events.write(log);
        });
        match verdict {
            Ok(Verdict::Passed(schedules)) => {
                passed += 1;
                let plural = if schedules == 1 { "" } else { "s" };
                output::print(&format!("ok      {name} ({schedules} schedule{plural})\n"));
            }
            Ok(Verdict::Failed(failure)) => {
                failed += 1;
                output::print(&format!("FAILED  {name} ({}:{})\n", test.file.as_str(), test.line));
                output::print(&describe(&failure, &repeat(path, name, schedule, &failure)));
            }
            Err(error) => return no_process(&error),
        }
    }
    output::print(&format!("{passed} passed, {failed} failed\n"));
    if let Err(status) = events.close() {
        return status;
    }
    if failed > 0 { status::ERRORS } else { 0 }
}

fn no_process(error: &io::Error) -> u8 {
    output::failure(status::FILES, format!("a schedule cannot be run: {error}"))
}

/// The command that repeats a failure.
fn repeat(path: &Path, name: &str, schedule: &Schedule, failure: &Failure) -> String {
    let mut command = format!("goo test --seed {:#x} --strategy {}", failure.seed, failure.strategy.name());
    match schedule.crashes {
        Some(1) => command += " --crashes",
        Some(crashes) => command += &format!(" --crashes={crashes}"),
        None => {}
    }
    if let Some(delay) = schedule.delay {
        command += &format!(" --delay {delay}ns");
    }
    if let Some(steps) = schedule.steps {
        command += &format!(" --steps {steps}");
    }
    format!("{command} {} {}", quoted(&path.display().to_string()), quoted(name))
}

/// An argument as a shell reads it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What is said of a failure, below its name.
fn describe(failure: &Failure, repeat: &str) -> String {
    let mut text = String::new();
    for line in failure.output.lines() {
        text += &format!("  {line}\n");
    }
    match failure.ended {
        Ended::Status(_) => {}
        Ended::Signal(signal) => text += &format!("  the process was ended by signal {signal}\n"),
        Ended::TooLong => text += "  it computed for more than a minute without an end\n",
    }
    let events: Vec<&str> = failure.events.lines().collect();
    text += &format!(
        "  found at schedule {}, which differs from the default one in {}; the shortest that was found, in {}:\n",
        failure.number,
        places(failure.deviations),
        places(failure.shortest),
    );
    let hidden = events.len().saturating_sub(SHOWN);
    if hidden > 0 {
        text += &format!("    … {hidden} events before\n");
    }
    let width = events[hidden..].iter().filter_map(|event| event.split('\t').nth(1)).map(str::len).max();
    for event in &events[hidden..] {
        let mut parts = event.splitn(4, '\t');
        let (time, task) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let what = parts.next().unwrap_or("");
        let line = format!("    {time}  {task:<width$}  {what}", width = width.unwrap_or(0));
        text += &line;
        if let Some(source) = parts.next() {
            text += &format!("  {source}");
        }
        text.push('\n');
    }
    text += &format!("  to repeat it: {repeat}\n");
    text
}

fn places(count: usize) -> String {
    match count {
        0 => "no place".into(),
        1 => "1 place".into(),
        count => format!("{count} places"),
    }
}

/// The file of `--events`.
struct Events {
    file: Option<BufWriter<File>>,
    path: PathBuf,
    error: Option<io::Error>,
}

impl Events {
    fn open(schedule: &Schedule) -> Result<Events, u8> {
        let Some(path) = &schedule.events else {
            return Ok(Events { file: None, path: PathBuf::new(), error: None });
        };
        match File::create(path) {
            Ok(file) => Ok(Events { file: Some(BufWriter::new(file)), path: path.clone(), error: None }),
            Err(error) => Err(output::file_failure(status::FILES, path, error)),
        }
    }

    fn is_wanted(&self) -> bool {
        self.file.is_some()
    }

    fn write(&mut self, text: &str) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(text.as_bytes())
        {
            self.error.get_or_insert(error);
        }
    }

    fn close(mut self) -> Result<(), u8> {
        if let Some(file) = &mut self.file
            && let Err(error) = file.flush()
        {
            self.error.get_or_insert(error);
        }
        match self.error {
            None => Ok(()),
            Some(error) => Err(output::file_failure(status::FILES, &self.path, error)),
        }
    }
}
