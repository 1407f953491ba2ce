//! Runs a program to its end, and sees what it cost.
//!
//! Linux tells of a process that has ended how much memory it had at its peak, but counts what was there before `exec`, which is the
//! parent's. So the parent is a small process of its own: this executable again, with [`WATCH`] as its first argument, that does nothing
//! but start the program, wait for it, and write what it cost into a file.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The first argument that makes this executable the watcher of one program.
pub const WATCH: &str = "--watch-one-program";

/// What runs longer has failed: nothing here takes a minute.
const LIMIT: Duration = Duration::from_secs(120);

/// What a program printed, and what it cost.
pub struct Outcome {
    pub output: String,
    pub wall: Duration,
    /// Of all its threads, and of the processes that it waited for.
    pub cpu: Duration,
    /// The most memory that it had at once.
    pub peak_bytes: u64,
}

/// Runs a program with its arguments, environment and directory.
///
/// # Errors
/// What the program printed as its error, when it fails.
pub fn run(command: &Command) -> Result<Outcome, String> {
    let costs = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut watcher = Command::new(own);
    watcher.arg(WATCH).arg(costs.path()).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => watcher.env(name, value),
            None => watcher.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        watcher.current_dir(directory);
    }
    let output = watcher.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let shown: Vec<&str> = errors.lines().take(12).collect();
        return Err(format!("{command:?}: {}\n{}", output.status, shown.join("\n")));
    }
    let written = std::fs::read_to_string(costs.path()).map_err(|error| error.to_string())?;
    let numbers: Vec<u64> = written.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [wall, cpu, peak_kb] = numbers[..] else {
        return Err(format!("{command:?}: the watcher wrote {written:?}"));
    };
    Ok(Outcome {
        output: text,
        wall: Duration::from_nanos(wall),
        cpu: Duration::from_nanos(cpu),
        peak_bytes: peak_kb * 1024,
    })
}

/// The watcher: `costs PROGRAM ARGUMENTS…`. Ends with the program's status.
pub fn watch(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let (Some(costs), Some(program)) = (arguments.next(), arguments.next()) else {
        return ExitCode::from(64);
    };
    let start = Instant::now();
    let mut child = match Command::new(&program).args(arguments).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&program).display());
            return ExitCode::from(126);
        }
    };
    let id = child.id();
    std::thread::spawn(move || {
        std::thread::sleep(LIMIT);
        eprintln!("killed: it ran for {} s", LIMIT.as_secs());
        // What is killed here is the child, or nothing: this process ends at once when the child does.
        let _ = Command::new("kill").arg("-KILL").arg(id.to_string()).status();
    });
    let status = child.wait();
    let wall = start.elapsed();
    let (cpu, peak_kb) = children_cost();
    let written = std::fs::write(costs, format!("{} {} {peak_kb}", wall.as_nanos(), cpu.as_nanos()));
    match (status, written) {
        (Ok(status), Ok(())) => ExitCode::from(status.code().map_or(125, |code| code as u8)),
        _ => ExitCode::from(126),
    }
}

/// The processor time of the children that were waited for, and the peak of their memory in kilobytes.
fn children_cost() -> (Duration, u64) {
    // SAFETY: all bits zero are a `rusage`: it consists of numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is valid for writing.
    unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage) };
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    (time(usage.ru_utime) + time(usage.ru_stime), usage.ru_maxrss.unsigned_abs())
}
