//! The command: chooses what to measure, measures it, and writes what came out.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use bench::contestant::{self, Peer, Workshop};
use bench::manifest::{self, Benchmark};
use bench::measure::Rounds;
use bench::scale::{self, Scale};
use bench::series::{self, Series};
use bench::{chart, check, child, document, editor, programs, progress, table, tool};
use clap::Parser;

#[derive(Parser)]
#[command(about = "Runs the same work in Goo and in its peers, side by side")]
struct Options {
    /// Only what has this in its name: a benchmark (`select16`), a group (`channels`, `supervision`, `compute`, `tool`).
    filter: Option<String>,
    /// Whom to run beside Goo, of those that are installed; nothing is installed.
    #[arg(long, value_delimiter = ',', default_value = "go,erlang,rust,c,zmq")]
    peers: Vec<Peer>,
    /// How often each program runs; slow ones at least three times.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Three runs, and Go as the only peer.
    #[arg(long)]
    quick: bool,
    /// Divides the size of each benchmark, to try something out.
    #[arg(long, default_value_t = 1)]
    divide: u64,
    /// Instead: how Goo and Go grow with the number of worker threads, and with the size of the problem.
    #[arg(long)]
    scale: bool,
    /// The numbers of worker threads for `--scale`.
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32")]
    workers: Vec<usize>,
    /// Instead: runs each program once at a tiny size, and looks at its result only.
    #[arg(long)]
    check: bool,
    /// Instead: how quick the language server is, and how much memory it takes.
    #[arg(long)]
    lsp: bool,
    /// Another `goo` than the one of this workspace.
    #[arg(long)]
    goo: Option<PathBuf>,
    /// Writes bench.md, bench.json and bench.svg (or scale.md, scale.json) into this folder.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Writes the tables into this Markdown file, in the place of those that `--write` wrote there before, and the chart beside it.
    #[arg(long)]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == child::WATCH) {
        return child::watch(arguments);
    }
    match run(&Options::parse()) {
        Ok(failures) if failures.is_empty() => ExitCode::SUCCESS,
        Ok(failures) => {
            eprintln!("\nbench: {} failed:", failures.len());
            for failure in failures {
                eprintln!("  {failure}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            progress::clear();
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the options say; gives what failed along the way.
fn run(options: &Options) -> Result<Vec<String>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let wanted = if options.quick { vec![Peer::Go] } else { options.peers.clone() };
    let (peers, missing) = contestant::installed(&wanted);
    for hint in missing {
        eprintln!("bench: not installed: {hint}");
    }
    let workshop = Workshop { goo: goo(options)?, scratch: scratch.path().to_owned(), peers };
    let benchmarks: Vec<Benchmark> =
        manifest::benchmarks(&folder)?.into_iter().filter(|benchmark| wants(options, benchmark)).collect();
    if options.lsp {
        measure_editor(options, &workshop)
    } else if options.check {
        Ok(benchmarks.iter().flat_map(|benchmark| check::check(benchmark, &workshop)).collect())
    } else if options.scale {
        measure_scale(options, &benchmarks, &workshop)
    } else {
        measure_all(options, benchmarks, &workshop)
    }
}

fn wants(options: &Options, benchmark: &Benchmark) -> bool {
    let group = format!("{:?}", benchmark.manifest.group).to_lowercase();
    options.filter.as_ref().is_none_or(|filter| benchmark.name.contains(filter.as_str()) || group == *filter)
}

fn rounds(options: &Options) -> Rounds {
    match options.quick {
        true => Rounds { wanted: Rounds::LEAST, budget: Duration::ZERO },
        false => Rounds { wanted: options.runs, budget: Duration::from_secs(20) },
    }
}

/// Everything beside the peers, and the tool.
fn measure_all(
    options: &Options,
    benchmarks: Vec<Benchmark>,
    workshop: &Workshop,
) -> Result<Vec<String>, String> {
    let mut all: Vec<Series> = Vec::new();
    let mut failures = Vec::new();
    for mut benchmark in benchmarks {
        benchmark.manifest.size = (benchmark.manifest.size / options.divide).max(1);
        match programs::measure(&benchmark, workshop, rounds(options)) {
            Ok(series) => {
                println!("{}", table::lines(&series));
                all.push(series);
            }
            Err(error) => failures.push(error),
        }
    }
    let filter = options.filter.as_deref().unwrap_or("");
    for name in tool::names().filter(|name| filter == "tool" || name.contains(filter)) {
        for series in tool::measure(workshop, rounds(options), |job| job == name)? {
            println!("{}", table::lines(&series));
            all.push(series);
        }
    }
    failures.extend(all.iter().flat_map(|series| series.failures.iter().cloned()));
    let markdown = table::markdown(&all);
    if let Some(folder) = &options.out {
        write(folder, "bench.md", &markdown)?;
        write(folder, "bench.json", &series::json(&all))?;
        write(folder, "bench.svg", &chart::svg(&all))?;
    }
    if let Some(path) = &options.write {
        let picture = "![Goo's time divided by its peers'](performance.svg)";
        document::write(path, "bench", &format!("{picture}\n\n{markdown}"))?;
        write(path.parent().unwrap_or(Path::new(".")), "performance.svg", &chart::svg(&all))?;
    }
    Ok(failures)
}

fn measure_editor(options: &Options, workshop: &Workshop) -> Result<Vec<String>, String> {
    let edits = usize::try_from(editor::EDITS as u64 / options.divide).unwrap_or(editor::EDITS);
    let outcome = editor::measure(&workshop.goo, edits)?;
    let markdown = editor::markdown(&outcome);
    println!("{markdown}");
    if let Some(path) = &options.write {
        document::write(path, "editor", &markdown)?;
    }
    Ok(editor::failures(&outcome))
}

fn measure_scale(
    options: &Options,
    benchmarks: &[Benchmark],
    workshop: &Workshop,
) -> Result<Vec<String>, String> {
    let rounds = Rounds { wanted: Rounds::LEAST, budget: Duration::ZERO };
    let mut scales: Vec<Scale> = Vec::new();
    for benchmark in benchmarks.iter().filter(|benchmark| scale::has_workers(benchmark)) {
        scales.push(scale::over_workers(benchmark, workshop, &options.workers, rounds)?);
    }
    for benchmark in benchmarks.iter().filter(|benchmark| scale::has_sizes(benchmark)) {
        scales.push(scale::over_sizes(benchmark, workshop, rounds)?);
    }
    let markdown = scale::markdown(&scales);
    print!("{markdown}");
    if let Some(folder) = &options.out {
        let all: Vec<Series> = scales.iter().flat_map(Scale::series).collect();
        write(folder, "scale.md", &markdown)?;
        write(folder, "scale.json", &series::json(&all))?;
    }
    if let Some(path) = &options.write {
        document::write(path, "scale", &markdown)?;
    }
    Ok(scales.iter().flat_map(Scale::failures).cloned().collect())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The `goo` command: the given one, or this workspace's, built as this executable was.
fn goo(options: &Options) -> Result<PathBuf, String> {
    if let Some(path) = &options.goo {
        return path.canonicalize().map_err(|error| format!("{}: {error}", path.display()));
    }
    progress::show("building goo");
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "-p", "goo", "--manifest-path"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    contestant::succeed(&mut command)?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let goo = own.with_file_name("goo");
    match goo.exists() {
        true => Ok(goo),
        false => Err(format!("{} is missing", goo.display())),
    }
}
