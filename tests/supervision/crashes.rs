//! Crashes at every point: each program in `crashes/` is run with a crash at its first point, then at its second one, until there is no further
//! (`GOO_CRASH_AT`, see `runtime/src/task/crash_points.rs`), in each way in which a task can be ended there. The programs check themselves what must hold.
//!
//! With one worker the points are the same in each run, so all of them are met. With four workers the same numbers are tried: which points they are
//! is then up to chance, and what must hold does all the same.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

const WAYS: [&str; 3] = ["", ":kill", ":late"];

/// No program has so many points: one that goes on has come into a circle.
const MOST: u64 = 2000;

/// A program that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program, built once.
struct Program {
    source: PathBuf,
    folder: tempfile::TempDir,
    binary: OnceLock<Result<PathBuf, String>>,
}

pub fn trials(root: &Path, chosen: &str) -> Vec<Trial> {
    let folder = root.join("tests/supervision/crashes");
    let mut sources: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the programs")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    sources.sort();
    let mut trials = Vec::new();
    for source in sources {
        let name = source.file_stem().expect("a name").to_string_lossy().into_owned();
        let folder = tempfile::tempdir().expect("a folder");
        let program = Arc::new(Program { source, folder, binary: OnceLock::new() });
        for workers in ["1", "4"].into_iter().filter(|count| chosen.contains(&format!("built{count}"))) {
            for way in WAYS {
                let title = format!("crashes/built{workers}/{name}{}", way.replace(':', "/"));
                let program = program.clone();
                trials.push(Trial::test(title, move || program.check(workers, way).map_err(Into::into)));
            }
        }
    }
    trials
}

impl Program {
    fn check(&self, workers: &str, way: &str) -> Result<(), String> {
        let binary = self.binary.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)?;
        let mut number = 1;
        while run(binary, workers, &format!("{number}{way}"))? {
            number += 1;
            if number > MOST {
                return Err(format!("there is a point {MOST}"));
            }
        }
        match number {
            1..=5 => Err(format!("there are only {} points: nothing is tested", number - 1)),
            _ => Ok(()),
        }
    }

    fn build(&self) -> Result<PathBuf, String> {
        let binary = self.folder.path().join("program");
        let goo = super::goo().args(["build", "-o"]).arg(&binary).arg(&self.source).output();
        let output = goo.map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(binary),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

/// Runs with a crash at a point; false: the program has no such point.
fn run(binary: &Path, workers: &str, at: &str) -> Result<bool, String> {
    let mut command = Command::new(binary);
    command.env("GOO_WORKERS", workers).env("GOO_CRASH_AT", at);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("with GOO_CRASH_AT={at} the program hangs"));
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let (mut printed, mut errors) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut printed).map_err(|error| error.to_string())?;
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).map_err(|error| error.to_string())?;
    if !status.success() || printed != "ok\n" {
        return Err(format!("with GOO_CRASH_AT={at}: {status}\n{printed}{errors}"));
    }
    Ok(errors.contains("GOO_CRASH_AT"))
}
