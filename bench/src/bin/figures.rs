//! The figures that are no comparison: how long the compiler takes, how big a binary is, what tasks and crashes cost.
//! Prints one row of a Markdown table for each, with its limit and the command that gives it:
//! `cargo run --release -p bench --bin figures [-- --write docs/performance.md]`.
//!
//! Times are medians, as they would be felt: of the whole command, from its start to its end.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use bench::document;
use clap::Parser;

#[derive(Parser)]
#[command(about = "Measures the compiler's speed and what programs cost")]
struct Options {
    /// How often each command runs.
    #[arg(long, default_value_t = 11)]
    runs: usize,
    /// Writes the table into this Markdown file, in the place of the one that `--write` wrote there before.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// A row of the table.
struct Row {
    what: &'static str,
    measured: String,
    limit: &'static str,
    command: &'static str,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let goo = own.with_file_name("goo");
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let large = scratch.path().join("large.goo");
    let binary = scratch.path().join("program");
    let program = output(Command::new(own.with_file_name("generate")).arg("5000"))?;
    std::fs::write(&large, program).map_err(|error| error.to_string())?;
    let hello = bench.join("checks/hello.goo");

    let time = |arguments: &[&Path]| median_ms(&goo, arguments, options.runs);
    let mut rows = Vec::new();
    let mut add = |what, measured: String, limit, command| {
        println!("{what}: {measured} (limit {limit})");
        rows.push(Row { what, measured, limit, command });
    };
    let run = Path::new("run");
    add("run hello", ms(time(&[run, &hello])?), "30 ms", "goo run bench/checks/hello.goo");
    add(
        "run 5,000 lines",
        ms(time(&[run, &large])?),
        "400 ms",
        "generate 5000 > large.goo; goo run large.goo",
    );
    add("check 5,000 lines", ms(time(&[Path::new("check"), &large])?), "100 ms", "goo check large.goo");
    let build = [Path::new("build"), Path::new("-o"), &binary, &hello];
    add("build hello", ms(time(&build)?), "500 ms", "goo build bench/checks/hello.goo");
    output(Command::new("strip").arg(&binary))?;
    let size = std::fs::metadata(&binary).map_err(|error| error.to_string())?.len();
    add(
        "stripped binary of hello",
        format!("{:.1} MB", size as f64 / 1e6),
        "4 MB",
        "strip hello; ls -l hello",
    );

    let crash = output(Command::new(&goo).arg("run").arg(bench.join("checks/crash.goo")))?;
    add(
        "a crash among 10,000 tasks",
        crash.trim().to_owned(),
        "19998 answers",
        "goo run bench/checks/crash.goo",
    );
    let deadlock = time(&[run, &bench.join("checks/deadlock.goo")])?;
    add(
        "a deadlock of 3 among 1,000 live tasks, found, reported and healed",
        ms(deadlock),
        "1000 ms",
        "goo run bench/checks/deadlock.goo",
    );

    if let Some(path) = &options.write {
        document::write(path, "figures", &markdown(&rows))?;
    }
    Ok(())
}

fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| | measured | limit | command |\n|---|--:|--:|---|\n");
    for Row { what, measured, limit, command } in rows {
        text += &format!("| {what} | {measured} | {limit} | `{command}` |\n");
    }
    text
}

fn ms(time: f64) -> String {
    format!("{time:.0} ms")
}

/// The median time of a command, which must succeed; its output goes nowhere.
fn median_ms(goo: &Path, arguments: &[&Path], runs: usize) -> Result<f64, String> {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let mut command = Command::new(goo);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if !status.success() {
            return Err(format!("{command:?}: {status}"));
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[runs / 2])
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr))),
    }
}
