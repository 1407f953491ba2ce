//! Fuzzing on a stable toolchain: mutates programs and checks that a stage survives them and keeps its promises.
//!
//! ```text
//! cargo run --example fuzz -- parser --seconds 600 [--seed N] [--from I] [FILE-OR-DIRECTORY …]
//! ```
//!
//! The programs to mutate are those of the repository, and what is named. Inputs follow from the seed and their number
//! alone, so that `--from` repeats one. A failing input is written to `fuzz-<target>-<number>.goo` in the current
//! directory; after a stack overflow, which ends the process, the last number printed tells where to look.

mod mutate;
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::{Mutator, Random};
use targets::Target;

/// An input of this many bytes or fewer that takes more of the processor's time than [`SLOW`] is a failure, too.
const LONGEST: usize = 64 * 1024;
const SLOW: Duration = Duration::from_secs(3);

struct Options {
    target: Target,
    seconds: u64,
    seed: u64,
    from: u64,
    sources: Vec<PathBuf>,
}

fn main() {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            std::process::exit(64);
        }
    };
    let seeds = seeds(&options.sources);
    println!("{} programs to mutate, seed {}", seeds.len(), options.seed);
    if seeds.is_empty() || !run(&options, seeds) {
        std::process::exit(1);
    }
}

fn options() -> Result<Options, String> {
    let names: Vec<&str> = targets::ALL.iter().map(|(name, _)| *name).collect();
    let usage = format!("usage: fuzz {} [--seconds N] [--seed N] [--from I] [FILE …]", names.join("|"));
    let mut args = std::env::args().skip(1);
    let name = args.next().ok_or_else(|| usage.clone())?;
    let target = targets::ALL.iter().find(|(known, _)| *known == name).ok_or_else(|| usage.clone())?.1;
    let mut options = Options { target, seconds: 60, seed: 1, from: 0, sources: Vec::new() };
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|n| n.parse().ok()).ok_or_else(|| usage.clone());
        match arg.as_str() {
            "--seconds" => options.seconds = number()?,
            "--seed" => options.seed = number()?,
            "--from" => options.from = number()?,
            _ => options.sources.push(PathBuf::from(arg)),
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for place in ["src", "../examples", "../tests", "../stdlib"] {
        options.sources.push(root.join(place));
    }
    Ok(options)
}

/// The texts of all programs and pages below the places named, in an order that does not depend on the file system.
fn seeds(places: &[PathBuf]) -> Vec<String> {
    let mut files = Vec::new();
    places.iter().for_each(|place| collect(place, &mut files));
    files.sort();
    files
        .into_iter()
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .filter(|s| s.len() < LONGEST)
        .collect()
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(place) {
        entries.flatten().for_each(|entry| collect(&entry.path(), files));
    } else if place.extension().is_some_and(|ext| ext == "goo" || ext == "go" || ext == "md") {
        files.push(place.to_owned());
    }
}

/// Whether the target survives the input, and how much of the processor's time it takes.
fn timed(target: Target, input: &str) -> (bool, Duration) {
    let (started, begun) = (processor_time(), Instant::now());
    let survived = std::panic::catch_unwind(|| (target.run)(input)).is_ok();
    let took = match (started, processor_time()) {
        (Some(started), Some(ended)) => ended.saturating_sub(started),
        _ => begun.elapsed(),
    };
    (survived, took)
}

/// What all threads of this process have had of the processor, where the system tells: on a busy machine an input may wait
/// for its turn. Linux counts in hundredths of a second.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may contain anything; then come the fields from the third on.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(10 * ticks))
}

/// Runs until the time is over; tells whether everything was survived.
fn run(options: &Options, seeds: Vec<String>) -> bool {
    let mutator = Mutator::new(seeds, LONGEST);
    let begin = Instant::now();
    let mut last_print = begin;
    let mut failures = 0;
    let mut number = options.from;
    while begin.elapsed().as_secs() < options.seconds && failures < 10 {
        let input = mutator.input(&mut Random::new(options.seed.wrapping_mul(0x9e37_79b9) ^ number));
        let (survived, took) = timed(options.target, &input);
        if !survived || took > SLOW {
            failures += 1;
            let name = format!("fuzz-{}-{number}.goo", options.target.name);
            let why = if survived { "slow" } else { "failed" };
            println!("{why}: input {number} after {took:?}, written to {name}");
            if let Err(error) = std::fs::write(&name, &input) {
                println!("{name}: {error}");
            }
        }
        if last_print.elapsed().as_secs() >= 5 {
            last_print = Instant::now();
            println!("input {number}, {} s", begin.elapsed().as_secs());
        }
        number += 1;
    }
    println!("{}: {} inputs, {failures} failures", options.target.name, number - options.from);
    failures == 0
}
