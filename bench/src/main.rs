//! Runs the same work in Goo and in its peers, side by side, and prints the ratios.
//!
//! A benchmark is a folder below `bench/programs/`: `main.goo`, and a program for each peer that has one (`main.go`). Each
//! program does its work once and prints `operations nanoseconds checksum`; the checksums of all must agree. Runs are
//! interleaved (A B A B …), because machines are noisy: only ratios within one run mean anything.

mod measure;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bench::document;
use bench::manifest::{self, Benchmark};
use clap::Parser;

use measure::{Peer, Sample};

#[derive(Parser)]
#[command(about = "Runs the same work in Goo and in its peers, side by side")]
struct Options {
    /// Only benchmarks whose name contains this.
    filter: Option<String>,
    /// Which peers to run beside Goo, of those that are installed.
    #[arg(long, value_delimiter = ',', default_value = "go")]
    peers: Vec<Peer>,
    /// How often each program runs.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Divides the size of each benchmark, to try them quickly.
    #[arg(long, default_value_t = 1)]
    divide: u64,
    /// Writes the table into this Markdown file, in the place of the one that `--write` wrote there before.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Writes the figures there, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let goo = measure::goo_command()?;
    let mut results = Vec::new();
    for Benchmark { name, folder, manifest } in manifest::benchmarks(&programs)? {
        if options.filter.as_ref().is_some_and(|filter| !name.contains(filter.as_str())) {
            continue;
        }
        let size = (manifest.size / options.divide).max(1);
        let mut contestants = vec![measure::build(&goo, None, &folder, scratch.path())?];
        for peer in &options.peers {
            if folder.join(peer.source()).exists() && peer.installed() {
                contestants.push(measure::build(&goo, Some(*peer), &folder, scratch.path())?);
            }
        }
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); contestants.len()];
        for turn in 0..options.runs {
            for (contestant, samples) in contestants.iter().zip(&mut samples) {
                eprint!("\r\x1b[K{name}: run {} of {}, {}", turn + 1, options.runs, contestant.name);
                samples.push(contestant.run(size)?);
            }
        }
        eprint!("\r\x1b[K");
        let checks: Vec<&str> = samples.iter().flatten().map(|sample| sample.check.as_str()).collect();
        if checks.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(format!("{name}: the results differ: {checks:?}"));
        }
        let result = report::Row::new(&name, &contestants, &samples);
        println!("{}", result.line());
        results.push(result);
    }
    if let Some(path) = &options.write {
        document::write(path, "bench", &report::markdown(&results))?;
    }
    if let Some(path) = &options.json {
        std::fs::write(path, report::json(&results))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
