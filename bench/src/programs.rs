//! The benchmarks of `bench/programs`, beside the peers.

use crate::contestant::{self, Contestant, Workshop};
use crate::manifest::Benchmark;
use crate::measure::{self, Rounds};
use crate::progress;
use crate::series::{Sample, Series};

/// Measures one benchmark.
///
/// # Errors
/// What the compiler said about one of the programs. A program that fails is a failure of the series.
pub fn measure(benchmark: &Benchmark, workshop: &Workshop, rounds: Rounds) -> Result<Series, String> {
    progress::show(&format!("{}: building", benchmark.name));
    let contestants = contestant::build(benchmark, workshop)?;
    Ok(race(benchmark, &contestants, benchmark.manifest.size, rounds))
}

/// Lets contestants do work of one size.
pub fn race(benchmark: &Benchmark, contestants: &[Contestant], size: u64, rounds: Rounds) -> Series {
    let names: Vec<String> = contestants.iter().map(|contestant| contestant.name.clone()).collect();
    let mut agreed: Option<(String, String)> = None;
    let run = |index: usize| -> Result<Sample, String> {
        let (sample, printed) = measure::program(&contestants[index].command(size))?;
        match &agreed {
            None => agreed = Some((names[index].clone(), printed.result)),
            Some((other, result)) if *result != printed.result => {
                return Err(format!(
                    "{}: the results differ: {result} ({other}), {} ({})",
                    benchmark.name, printed.result, names[index]
                ));
            }
            Some(_) => {}
        }
        Ok(sample)
    };
    let (columns, failures) = measure::interleave(&benchmark.name, &names, rounds, run);
    let manifest = &benchmark.manifest;
    Series {
        name: benchmark.name.clone(),
        title: manifest.title.clone(),
        group: manifest.group,
        unit: manifest.unit.clone(),
        metric: "time".to_owned(),
        targets: manifest.targets.clone(),
        columns,
        failures,
    }
}
