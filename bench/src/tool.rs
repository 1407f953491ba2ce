//! The tool itself: how long `goo` takes to run, check and build, beside Go's tool after the same edit.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::contestant::{Peer, Workshop, succeed};
use crate::generate::{Dialect, program};
use crate::manifest::{Group, Target};
use crate::measure::{self, Rounds};
use crate::series::{Column, Sample, Series};

/// A row: what is done to which program.
struct Job {
    name: &'static str,
    title: &'static str,
    source: Source,
    action: Action,
    /// Against Go.
    at_most: Option<f64>,
}

/// The program that a job works on.
#[derive(Clone, Copy)]
enum Source {
    Hello,
    Lines(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// `run`, after an edit.
    Run,
    /// `run` of what ran before.
    RunAgain,
    /// `run` with nothing kept from earlier compilations.
    RunCold,
    /// `goo check`, `go vet`.
    Check,
    /// `build`, after an edit.
    Build,
    /// Starts what was built.
    Start,
}

const JOBS: [Job; 12] = [
    job("run_hello", "`run` of hello after an edit", Source::Hello, Action::Run, Some(0.20)),
    job("run_hello_again", "`run` of an unchanged hello", Source::Hello, Action::RunAgain, None),
    job("run_hello_cold", "`run` of hello, all caches empty", Source::Hello, Action::RunCold, None),
    job("run_5000", "`run` of 5,000 lines after an edit", Source::Lines(5000), Action::Run, Some(0.30)),
    job("run_5000_again", "`run` of unchanged 5,000 lines", Source::Lines(5000), Action::RunAgain, None),
    job(
        "run_5000_cold",
        "`run` of 5,000 lines, all caches empty",
        Source::Lines(5000),
        Action::RunCold,
        None,
    ),
    job("check_hello", "`goo check`, `go vet` of hello after an edit", Source::Hello, Action::Check, None),
    job(
        "check_5000",
        "`goo check`, `go vet` of 5,000 lines after an edit",
        Source::Lines(5000),
        Action::Check,
        None,
    ),
    job("build_hello", "`build` of hello after an edit", Source::Hello, Action::Build, None),
    job("build_5000", "`build` of 5,000 lines after an edit", Source::Lines(5000), Action::Build, Some(0.60)),
    job(
        "build_50000",
        "`build` of 50,000 lines after an edit",
        Source::Lines(50_000),
        Action::Build,
        Some(0.60),
    ),
    job("start", "Start of a built hello, to its end", Source::Hello, Action::Start, Some(1.0)),
];

const fn job(
    name: &'static str,
    title: &'static str,
    source: Source,
    action: Action,
    at_most: Option<f64>,
) -> Job {
    Job { name, title, source, action, at_most }
}

/// What stripped binaries of hello may have, against Go's.
const SIZE_AT_MOST: f64 = 2.0;

/// Goo, or Go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Goo,
    Go,
}

/// The names of all rows.
pub fn names() -> impl Iterator<Item = &'static str> {
    JOBS.iter().map(|job| job.name).chain(["size"])
}

/// Measures the rows whose names are wanted, beside Go if it is a peer.
///
/// # Errors
/// Why a program could not be written or built. What fails while it is measured is a failure of its series.
pub fn measure(
    workshop: &Workshop,
    rounds: Rounds,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Series>, String> {
    let mut tools = vec![Tool::Goo];
    tools.extend(workshop.peers.contains(&Peer::Go).then_some(Tool::Go));
    let mut all = Vec::new();
    for job in JOBS.iter().filter(|job| wanted(job.name)) {
        let mut files = Vec::new();
        for tool in &tools {
            files.push(Files::new(job, *tool, workshop)?);
        }
        let names: Vec<String> = tools.iter().map(|tool| tool.name().to_owned()).collect();
        let (columns, failures) =
            measure::interleave(job.name, &names, rounds, |index| files[index].sample(job));
        all.push(series(job.name, job.title, "run", "time", job.at_most, columns, failures));
    }
    if wanted("size") {
        all.push(size(workshop, &tools)?);
    }
    Ok(all)
}

fn series(
    name: &str,
    title: &str,
    unit: &str,
    metric: &str,
    at_most: Option<f64>,
    columns: Vec<Column>,
    failures: Vec<String>,
) -> Series {
    let target = |at_most| Target { metric: metric.to_owned(), peer: "go".to_owned(), at_most };
    Series {
        name: name.to_owned(),
        title: title.to_owned(),
        group: Group::Tool,
        unit: unit.to_owned(),
        metric: metric.to_owned(),
        targets: at_most.map(target).into_iter().collect(),
        columns,
        failures,
    }
}

/// How big hello is when it is built and stripped.
fn size(workshop: &Workshop, tools: &[Tool]) -> Result<Series, String> {
    let hello = job("size", "", Source::Hello, Action::Build, None);
    let mut columns = Vec::new();
    for tool in tools {
        let files = Files::new(&hello, *tool, workshop)?;
        succeed(&mut files.command("build"))?;
        succeed(Command::new("strip").arg(&files.binary))?;
        let bytes = std::fs::metadata(&files.binary).map_err(|error| error.to_string())?.len();
        let sample = Sample::from([("size".to_owned(), bytes as f64)]);
        columns.push(Column { name: tool.name().to_owned(), samples: vec![sample] });
    }
    Ok(series("size", "A built hello, stripped", "binary", "size", Some(SIZE_AT_MOST), columns, Vec::new()))
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Tool::Goo => "goo",
            Tool::Go => "go",
        }
    }
}

/// The files of one job with one tool.
struct Files {
    tool: Tool,
    goo: PathBuf,
    folder: PathBuf,
    source: PathBuf,
    binary: PathBuf,
    edits: std::cell::Cell<usize>,
}

impl Files {
    fn new(job: &Job, tool: Tool, workshop: &Workshop) -> Result<Files, String> {
        let folder = workshop.scratch.join(format!("tool-{}-{}", job.name, tool.name()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let files = Files {
            tool,
            goo: workshop.goo.clone(),
            source: folder.join("main").with_extension(tool.name()),
            binary: folder.join("main"),
            folder,
            edits: std::cell::Cell::new(0),
        };
        files.edit(job.source)?;
        match job.action {
            // What is edited was compiled before, as a whole: both tools keep of that what they can.
            Action::Run | Action::RunAgain => succeed(&mut files.command("run"))?,
            Action::Start | Action::Build => succeed(&mut files.command("build"))?,
            Action::RunCold | Action::Check => {}
        }
        Ok(files)
    }

    /// Writes the program, another one each time.
    fn edit(&self, source: Source) -> Result<(), String> {
        let salt = self.edits.get() + 1;
        self.edits.set(salt);
        let text = match (source, self.tool) {
            (Source::Hello, _) => {
                format!(
                    "package main\n\nimport \"fmt\"\n\nfunc main() {{\n\tfmt.Println(\"hello\", {salt})\n}}\n"
                )
            }
            (Source::Lines(lines), Tool::Goo) => program(lines, Dialect::Goo, salt),
            (Source::Lines(lines), Tool::Go) => program(lines, Dialect::Go, salt),
        };
        std::fs::write(&self.source, text).map_err(|error| format!("{}: {error}", self.source.display()))
    }

    /// `goo ACTION main.goo`, `go ACTION main.go`.
    fn command(&self, action: &str) -> Command {
        let program: &Path = match self.tool {
            Tool::Goo => &self.goo,
            Tool::Go => Path::new("go"),
        };
        let mut command = Command::new(program);
        command.arg(action);
        if action == "build" {
            command.arg("-o").arg(&self.binary);
        }
        // Go's library is in its own cache already, and would take long to compile for each job.
        command.arg(&self.source).current_dir(&self.folder).env("GOO_CACHE", self.folder.join("goo-cache"));
        command
    }

    fn sample(&self, job: &Job) -> Result<Sample, String> {
        if !matches!(job.action, Action::RunAgain | Action::Start) {
            self.edit(job.source)?;
        }
        let command = match job.action {
            Action::Run | Action::RunAgain => self.command("run"),
            Action::RunCold => {
                let cache = self.folder.join(format!("cache-{}", self.edits.get()));
                let mut command = self.command("run");
                command.env("GOCACHE", &cache).env("GOO_CACHE", &cache);
                command
            }
            Action::Check if self.tool == Tool::Go => self.command("vet"),
            Action::Check => self.command("check"),
            Action::Build => self.command("build"),
            Action::Start => Command::new(&self.binary),
        };
        measure::command(&command)
    }
}
