//! Every program once, at a tiny size: it must have the result that `bench.toml` expects. Nothing is timed.

use crate::contestant::{self, Workshop};
use crate::manifest::Benchmark;
use crate::measure;
use crate::progress;

/// What is wrong with the programs of a benchmark; nothing, if they are right.
pub fn check(benchmark: &Benchmark, workshop: &Workshop) -> Vec<String> {
    progress::show(&format!("{}: building", benchmark.name));
    let contestants = match contestant::build(benchmark, workshop) {
        Ok(contestants) => contestants,
        Err(error) => return vec![error],
    };
    let mut wrong = Vec::new();
    for contestant in contestants {
        progress::show(&format!("{}: {}", benchmark.name, contestant.name));
        match measure::program(&contestant.command(benchmark.manifest.tiny)) {
            Err(error) => wrong.push(error),
            Ok((_, printed)) if printed.result != benchmark.manifest.expect => wrong.push(format!(
                "{}, {}: its result for the size {} is {}, not {}",
                benchmark.name,
                contestant.name,
                benchmark.manifest.tiny,
                printed.result,
                benchmark.manifest.expect
            )),
            Ok(_) => {}
        }
    }
    progress::clear();
    wrong
}
