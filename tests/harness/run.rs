//! Runs the `goo` command and what it builds.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::case::Expected;

/// A program that runs this long hangs. It bounds a test; no test asserts a time.
const LIMIT: Duration = Duration::from_secs(60);

/// How a program is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mode {
    built: bool,
    workers: u32,
}

impl Mode {
    pub const JIT1: Mode = Mode { built: false, workers: 1 };
    const ALL: [Mode; 4] = [
        Mode::JIT1,
        Mode { built: false, workers: 4 },
        Mode { built: true, workers: 1 },
        Mode { built: true, workers: 4 },
    ];

    pub fn name(self) -> String {
        format!("{}{}", if self.built { "built" } else { "jit" }, self.workers)
    }

    pub fn named(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// The modes to run: the case's own, or all, and of these the ones that `GOO_MODES` names.
pub fn modes(own: Option<&[Mode]>) -> Vec<Mode> {
    let chosen = std::env::var("GOO_MODES").ok();
    own.unwrap_or(&Mode::ALL)
        .iter()
        .copied()
        .filter(|mode| {
            chosen.as_ref().is_none_or(|names| names.split(',').any(|name| name.trim() == mode.name()))
        })
        .collect()
}

/// What a process did.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

/// A program to test.
pub struct Program<'a> {
    root: &'a Path,
    target: PathBuf,
    expected: &'a Expected,
    built: OnceLock<Result<PathBuf, String>>,
    scratch: tempfile::TempDir,
}

impl<'a> Program<'a> {
    pub fn new(root: &'a Path, target: &Path, expected: &'a Expected) -> Program<'a> {
        let target = target.strip_prefix(root).unwrap_or(target).to_path_buf();
        let scratch = tempfile::tempdir().expect("a temporary folder");
        Program { root, target, expected, built: OnceLock::new(), scratch }
    }

    /// Runs it once.
    pub fn run(&self, mode: Mode) -> Result<Outcome, String> {
        let mut command = if mode.built {
            Command::new(self.built.get_or_init(|| self.build()).clone()?)
        } else {
            let mut command = self.goo(self.expected.command.unwrap_or("run"));
            command.arg(&self.target);
            if !self.expected.args.is_empty() {
                command.arg("--");
            }
            command
        };
        if mode.built && self.expected.command.is_some() {
            return self.run(Mode { built: false, ..mode });
        }
        command.args(&self.expected.args).current_dir(self.root).env("GOO_WORKERS", mode.workers.to_string());
        command.envs(self.expected.env.iter().map(|(name, value)| (name, value)));
        execute(command, &self.expected.stdin)
    }

    fn build(&self) -> Result<PathBuf, String> {
        let binary = self.scratch.path().join("program");
        let mut command = self.goo("build");
        command.arg("-o").arg(&binary).arg(&self.target).current_dir(self.root);
        let outcome = execute(command, "")?;
        match outcome.status {
            0 => Ok(binary),
            status => Err(format!("goo build: exit status {status}\n{}", outcome.stderr)),
        }
    }

    /// All diagnostics, in the form that cases have them in.
    pub fn diagnostics(&self) -> Result<String, String> {
        let mut command = self.goo("check");
        command.arg("--error-format=json").arg(&self.target).current_dir(self.root);
        let outcome = execute(command, "")?;
        if outcome.status > 1 || outcome.status < 0 {
            return Err(format!("goo check: exit status {}\n{}", outcome.status, outcome.stderr));
        }
        let mut text = String::new();
        for line in outcome.stdout.lines().chain(outcome.stderr.lines()).filter(|line| line.starts_with('{'))
        {
            let value: serde_json::Value =
                serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
            let field = |name: &str| match &value[name] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            text += &format!(
                "{}:{}: {}[{}]: {}\n",
                field("line"),
                field("column"),
                field("severity"),
                field("code"),
                field("message")
            );
            for (name, value) in [("label", field("label")), ("help", field("help"))] {
                for line in value.lines() {
                    text += &format!("    {name}: {line}\n");
                }
            }
        }
        Ok(text)
    }

    fn goo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goo"));
        // Of its own: so each program runs from a cold cache first, and then from a warm one.
        command.arg(subcommand).env("NO_COLOR", "1").env("GOO_CACHE", self.scratch.path().join("cache"));
        command
    }
}

/// Runs a command to its end, or to the time limit.
pub fn execute(mut command: Command, stdin: &str) -> Result<Outcome, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let mut input = child.stdin.take().expect("piped");
    let stdin = stdin.to_owned();
    // A program that does not read its input closes the pipe: nothing is wrong then.
    let feeder = thread::spawn(move || drop(input.write_all(stdin.as_bytes())));
    let stdout = reader(child.stdout.take().expect("piped"));
    let stderr = reader(child.stderr.take().expect("piped"));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if start.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("still running after {} s: {command:?}", LIMIT.as_secs()));
        }
        thread::sleep(Duration::from_millis(2));
    };
    let _ = feeder.join();
    let text = |handle: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&handle.join().expect("reader")).into_owned()
    };
    Ok(Outcome { stdout: text(stdout), stderr: text(stderr), status: exit_code(status) })
}

/// The exit status as a shell gives it.
fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn reader(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is.
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}
