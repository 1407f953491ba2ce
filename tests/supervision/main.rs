//! Supervision as OTP does it: recorded scenarios, each with the trace that OTP's own supervisor gave, run as Goo programs.
//!
//! `otp.jsonl` has a scenario a line: the supervisor and its children (`sup`), what is done (`steps`, one at a time, each after the system has been
//! quiet), and what happened (`trace`): `start id n`, `start_failed id n`, `stop id n kind`, the states of the children after each step (`snap`) and
//! the answers (`ret`). [`program`] writes the scenarios as Goo, [`trace`] reads what the programs print.
//!
//! All scenarios of a mode (JIT or built binary, one worker or four) are one program; each is one test. `GOO_MODES` chooses modes, as for the
//! language's tests; `GOO_TRACES=file` writes the traces of the first mode as JSON lines; `GOO_SCENARIOS=file` takes other scenarios of the same form.
//!
//! Deliberate differences from OTP are said in `docs/supervision.md`; where a scenario shows one, [`trace::equal`] says how it is compared.

mod crashes;
mod program;
mod signals;
mod trace;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Trial};
use serde_json::Value;

const MODES: &[&str] = &["jit1", "jit4", "built1", "built4"];

/// The scenarios, and where their program is.
struct Suite {
    root: PathBuf,
    folder: tempfile::TempDir,
    runnable: Vec<Value>,
    refused: Vec<Value>,
    /// What a mode's run printed, once it ran.
    printed: Vec<OnceLock<Result<String, String>>>,
    built: OnceLock<Result<PathBuf, String>>,
}

fn main() {
    let args = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf();
    let file = std::env::var_os("GOO_SCENARIOS")
        .map_or_else(|| root.join("tests/supervision/otp.jsonl"), PathBuf::from);
    let text = std::fs::read_to_string(file).expect("the scenarios");
    let all = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    // What OTP refuses when a supervisor starts, Goo refuses when it compiles.
    let (refused, runnable): (Vec<Value>, Vec<Value>) = all.partition(is_refused);
    let suite = Arc::new(Suite {
        root,
        folder: tempfile::tempdir().expect("a folder"),
        runnable,
        refused,
        printed: MODES.iter().map(|_| OnceLock::new()).collect(),
        built: OnceLock::new(),
    });
    let chosen = std::env::var("GOO_MODES").unwrap_or_else(|_| MODES.join(","));
    let mut trials = Vec::new();
    for (mode, name) in
        MODES.iter().enumerate().filter(|(_, name)| chosen.split(',').any(|mode| mode == **name))
    {
        for (index, scenario) in suite.runnable.iter().enumerate() {
            let title = format!("otp/{name}/{}/{}", text_of(scenario, "group"), text_of(scenario, "id"));
            let suite = suite.clone();
            trials.push(Trial::test(title, move || suite.check(mode, index).map_err(Into::into)));
        }
    }
    for (index, scenario) in suite.refused.iter().enumerate() {
        let title = format!("otp/refused/{}", text_of(scenario, "id"));
        let suite = suite.clone();
        trials
            .push(Trial::test(title, move || suite.check_refused(&suite.refused[index]).map_err(Into::into)));
    }
    trials.extend(crashes::trials(&suite.root, &chosen));
    trials.extend(signals::trials(&chosen));
    let conclusion = libtest_mimic::run(&args, trials);
    if let (Ok(path), Some(Ok(printed))) =
        (std::env::var("GOO_TRACES"), suite.printed.iter().find_map(OnceLock::get))
    {
        let lines = suite.runnable.iter().map(|scenario| trace::as_json(scenario, printed));
        let refused = suite.refused.iter().filter(|scenario| suite.check_refused(scenario).is_ok());
        let refused = refused.map(|scenario| {
            format!("{}\n", serde_json::json!({ "id": scenario["id"], "trace": scenario["trace"] }))
        });
        std::fs::write(path, lines.chain(refused).collect::<String>()).expect("the traces can be written");
    }
    conclusion.exit();
}

fn text_of<'a>(scenario: &'a Value, field: &str) -> &'a str {
    scenario[field].as_str().expect("a text")
}

fn is_refused(scenario: &Value) -> bool {
    scenario["trace"] == serde_json::json!([["sup_started", "error"]])
}

fn goo() -> Command {
    let mut goo = Command::new(env!("CARGO_BIN_EXE_goo"));
    goo.env("GOO_CACHE", "off");
    goo
}

impl Suite {
    fn source(&self) -> PathBuf {
        self.folder.path().join("scenarios.goo")
    }

    fn check(&self, mode: usize, index: usize) -> Result<(), String> {
        let printed =
            self.printed[mode].get_or_init(|| self.run(MODES[mode])).as_ref().map_err(Clone::clone)?;
        let scenario = &self.runnable[index];
        trace::equal(scenario, printed)
            .map_err(|difference| format!("{difference}\nprogram:\n{}", program::of_one(scenario)))
    }

    /// Runs all scenarios, and gives what they print.
    fn run(&self, mode: &str) -> Result<String, String> {
        let source = self.source();
        if !source.exists() {
            let all: Vec<&Value> = self.runnable.iter().collect();
            std::fs::write(&source, program::of_all(&all)).map_err(|error| error.to_string())?;
        }
        let mut command = if mode.starts_with("jit") {
            let mut command = goo();
            command.arg("run").arg(&source);
            command
        } else {
            Command::new(self.built.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)?)
        };
        let workers = if mode.ends_with('4') { "4" } else { "1" };
        let output = command.env("GOO_WORKERS", workers).current_dir(&self.root).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn build(&self) -> Result<PathBuf, String> {
        let binary = self.folder.path().join("scenarios");
        let output = goo().arg("build").arg("-o").arg(&binary).arg(self.source()).output();
        let output = output.map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(binary),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    fn check_refused(&self, scenario: &Value) -> Result<(), String> {
        let source = self.folder.path().join(format!("{}.goo", text_of(scenario, "id")));
        std::fs::write(&source, program::of_one(scenario)).map_err(|error| error.to_string())?;
        let output = goo().arg("check").arg(&source).output().map_err(|error| error.to_string())?;
        let errors = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(1) if errors.contains("error[supervise]") => Ok(()),
            _ => Err(format!("not refused as a mistake of supervision:\n{errors}")),
        }
    }
}
