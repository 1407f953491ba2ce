//! The way of a program, as the list of its stages. Everything that the `goo` command does with source goes through here.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::diagnostics::Diagnostics;
use crate::load::{self, Loaded};
use crate::types::{self, Program};

/// How long each stage took, in order.
#[derive(Debug, Default, Clone)]
pub struct Timings(Vec<(&'static str, Duration)>);

impl Timings {
    /// Runs a stage and notes its time. Stages have the names that `--emit` and the modules have.
    pub fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.push((name, start.elapsed()));
        result
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        self.0.iter().copied()
    }
}

/// A program that was read and checked; there may be diagnostics.
pub struct Checked {
    pub program: Program,
    pub diagnostics: Diagnostics,
}

/// Reads and checks the program at a path.
///
/// # Errors
/// A message, when the path cannot be read or holds no Goo.
pub fn check(path: &Path, timings: &mut Timings) -> Result<Checked, String> {
    let loaded = timings.stage("parse", || load::load(path))?;
    Ok(check_loaded(loaded, timings))
}

/// Checks a program that was read.
pub fn check_loaded(loaded: Loaded, timings: &mut Timings) -> Checked {
    let Loaded { sources, files, packages, mut diagnostics } = loaded;
    let (program, found) = timings.stage("check", || types::check::check(sources, files, &packages));
    diagnostics.extend(found);
    Checked { program, diagnostics }
}

/// Runs the compiler's work on a thread with a stack that bounded nesting cannot exhaust.
pub fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name("goo".into()).stack_size(1 << 30).spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => {
                eprintln!("goo: no memory for the compiler's stack: {error}");
                std::process::exit(71);
            }
        }
    })
}
