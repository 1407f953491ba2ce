//! Drawn schedules, tested as a user runs them.
//!
//! - Each program of `found/` has a mistake that few orders of events show: `goo test --schedules` has to find it, and to repeat it from the
//!   seed that it prints.
//! - Each program of `silent/` has none: no schedule may fail.
//! - Each case of the language's tests that is about tasks runs twice under the same seed: what it prints and the log of events have to be
//!   the same, byte for byte, and where nothing depends on the order, what the case says.
//!
//! To add one is to add a file. Comments at its top say what is to be expected:
//!
//! ```text
//! //! finds: text        of `found/`: what the report says, among other things
//! //! flags: --crashes   further flags of `goo test`
//! ```
//!
//! `GOO_SCHEDULES=n` tries the silent ones under so many schedules; 500 if it is not set.

#[expect(
    dead_code,
    reason = "of the language's tests only what a case expects, and how it is run, is used here"
)]
#[path = "../harness/case.rs"]
mod case;
#[path = "../harness/run.rs"]
mod run;

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Trial};

use case::Expected;
use run::{Outcome, execute};

/// Schedules within which a mistake has to be found.
const MOST: &str = "10000";

/// Folders of `tests/cases/` whose programs are repeated.
const REPEATED: &[&str] =
    &["channels", "deadlock", "parallel", "patterns", "select", "supervise", "sync", "tasks", "time"];

/// Cases that print what depends on the order of tasks, on time, or on the number of workers; they are repeated all the same.
const FREE: &[&str] = &[
    // Two tasks print, and which does so first is nowhere said.
    "channels/within_gets_what_comes.goo",
    // They rely on who has waited longest being served first, which is drawn here.
    "patterns/push_pull_guarantees.goo",
    "patterns/requests_go_to_who_waits_longest.goo",
    // The local zone is UTC here.
    "time/local_zone.goo",
    "time/unknown_local_zone_is_utc.goo",
];

/// Cases that never end under a drawn schedule.
const ENDLESS: &[&str] = &[
    // A loop that computes for ever in a function that cannot wait; another worker would go on with the rest.
    "tasks/a_computing_task_does_not_stop_others.goo",
    // Not endless, but about the memory of many thousands of operations, of each of which the log has a line.
    "patterns/memory.goo",
    "time/timers_let_go.goo",
];

/// Seeds under which cases are repeated, and the strategies.
const SEEDS: &[(&str, &str)] = &[("1", "random"), ("77", "pct")];

fn main() {
    let args = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf();
    let mut trials = Vec::new();
    let mut add = |kind: &str, folder: &Path, check: fn(&Path, &Path) -> Result<(), String>| {
        for file in goo_files(folder) {
            let name = file.strip_prefix(folder.parent().unwrap_or(folder)).unwrap_or(&file).display();
            let root = root.clone();
            trials
                .push(Trial::test(format!("{kind}{name}"), move || check(&root, &file).map_err(Into::into)));
        }
    };
    add("", &root.join("tests/schedules/found"), is_found);
    add("", &root.join("tests/schedules/silent"), is_silent);
    for folder in REPEATED {
        add("repeated/", &root.join("tests/cases").join(folder), is_repeated);
    }
    libtest_mimic::run(&args, trials).exit();
}

fn goo_files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ext| ext == "goo")).collect();
    files.sort();
    files
}

/// `goo`, in the file's folder.
fn goo(file: &Path, args: &[&str]) -> Result<Outcome, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goo"));
    command.args(args).current_dir(file.parent().unwrap_or(Path::new("."))).env("GOO_CACHE", "off");
    execute(command, "")
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a directive at the file's top says.
fn directive(source: &str, key: &str) -> Option<String> {
    let head = format!("//! {key}: ");
    source.lines().find_map(|line| line.strip_prefix(&head)).map(str::to_owned)
}

fn read(file: &Path) -> Result<(String, Vec<String>), String> {
    let source = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let flags = directive(&source, "flags").unwrap_or_default();
    Ok((source, flags.split_whitespace().map(str::to_owned).collect()))
}

fn is_found(_root: &Path, file: &Path) -> Result<(), String> {
    let (source, flags) = read(file)?;
    let wanted = directive(&source, "finds").ok_or("it does not say what is to be found")?;
    let name = name(file);
    let mut args = vec!["test", "--schedules", MOST, &name];
    args.extend(flags.iter().map(String::as_str));
    let found = goo(file, &args)?;
    expect_failure(&found, &wanted)?;
    let repeat = found.stdout.lines().find_map(|line| line.trim().strip_prefix("to repeat it: goo "));
    let repeat = words(repeat.ok_or_else(|| format!("it does not say how to repeat it:\n{}", found.stdout))?);
    let again = goo(file, &repeat.iter().map(String::as_str).collect::<Vec<_>>())?;
    expect_failure(&again, &wanted)?;
    // The same failure, with the same shortest schedule; only how it was found differs.
    let events = |outcome: &Outcome| {
        let lines = outcome.stdout.lines().filter(|line| line.starts_with("    "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    if events(&found) != events(&again) {
        return Err(format!("it is not the same when repeated:\n{}\n{}", found.stdout, again.stdout));
    }
    Ok(())
}

fn expect_failure(outcome: &Outcome, wanted: &str) -> Result<(), String> {
    if outcome.status != 1 || !outcome.stdout.contains(wanted) {
        return Err(format!(
            "status {}, and {wanted:?} should be found:\n{}{}",
            outcome.status, outcome.stdout, outcome.stderr
        ));
    }
    Ok(())
}

/// The words of a command line; quotes are single ones.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("never empty").push(c),
        }
    }
    words
}

fn is_silent(_root: &Path, file: &Path) -> Result<(), String> {
    let (_, flags) = read(file)?;
    let name = name(file);
    let count = std::env::var("GOO_SCHEDULES").unwrap_or_else(|_| "500".to_owned());
    let mut args = vec!["test", "--schedules", &count, &name];
    args.extend(flags.iter().map(String::as_str));
    let outcome = goo(file, &args)?;
    if outcome.status != 0 || !outcome.stdout.contains(" 0 failed") {
        return Err(format!("status {}:\n{}{}", outcome.status, outcome.stdout, outcome.stderr));
    }
    Ok(())
}

fn is_repeated(root: &Path, file: &Path) -> Result<(), String> {
    let source = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let expected = Expected::read(&source)?;
    // What the compiler refuses has no schedule, and what is about workers or machine code no meaning here.
    if expected.diagnostics.is_some() || expected.command.is_some() || expected.modes.is_some() {
        return Ok(());
    }
    let target = file.strip_prefix(root).unwrap_or(file).display().to_string();
    if ENDLESS.iter().any(|endless| target.ends_with(endless)) {
        return Ok(());
    }
    for (seed, strategy) in SEEDS {
        let run = || -> Result<(Outcome, String), String> {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let events = folder.path().join("events");
            let mut command = Command::new(env!("CARGO_BIN_EXE_goo"));
            command.args(["run", "--seed", seed, "--strategy", strategy, "--events"]).arg(&events);
            command.arg(&target).arg("--").args(&expected.args).current_dir(root).env("GOO_CACHE", "off");
            command.envs(expected.env.iter().map(|(name, value)| (name, value)));
            let outcome = execute(command, &expected.stdin)?;
            let log = std::fs::read_to_string(&events).map_err(|error| error.to_string())?;
            Ok((outcome, log))
        };
        let ((first, log), (second, again)) = (run()?, run()?);
        if (&first.stdout, &first.stderr, first.status) != (&second.stdout, &second.stderr, second.status) {
            return Err(format!(
                "seed {seed}, {strategy}: two runs differ:\n{}{}\n---\n{}{}",
                first.stdout, first.stderr, second.stdout, second.stderr
            ));
        }
        if let Some((one, two)) = log.lines().zip(again.lines()).find(|(one, two)| one != two) {
            return Err(format!("seed {seed}, {strategy}: two logs differ:\n{one}\n{two}"));
        }
        if log.len() != again.len() {
            return Err(format!("seed {seed}, {strategy}: one log is longer"));
        }
        let free = FREE.iter().any(|free| target.ends_with(free));
        let wanted = expected.output.as_deref();
        let same = wanted.is_none_or(|wanted| wanted.trim_end() == first.stdout.trim_end());
        if !free && (first.status != expected.status || !same) {
            return Err(format!(
                "seed {seed}, {strategy}: status {}, and what it prints is not what the case says:\n{}{}",
                first.status, first.stdout, first.stderr
            ));
        }
    }
    Ok(())
}
