//! Lets contestants take turns (A B A B …): machines are noisy, and only what ran side by side can be compared.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::child::{self, Outcome};
use crate::progress;
use crate::series::{Column, Sample};

/// How often the contestants take turns.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    pub wanted: usize,
    /// When a work has taken this long, the rounds end early, but not before [`Rounds::LEAST`].
    pub budget: Duration,
}

impl Rounds {
    /// Fewer have no quartiles worth the name.
    pub const LEAST: usize = 3;
}

/// Runs each of the named works in turn. A contestant that fails once does not run again; what it said is in the second result.
///
/// `run` does the work of the contestant with this index.
pub fn interleave(
    what: &str,
    names: &[String],
    rounds: Rounds,
    mut run: impl FnMut(usize) -> Result<Sample, String>,
) -> (Vec<Column>, Vec<String>) {
    let mut columns: Vec<Column> =
        names.iter().map(|name| Column { name: name.clone(), samples: Vec::new() }).collect();
    let mut failures: Vec<Option<String>> = vec![None; names.len()];
    let start = Instant::now();
    for round in 0..rounds.wanted {
        if round >= Rounds::LEAST && start.elapsed() > rounds.budget {
            break;
        }
        for (index, column) in columns.iter_mut().enumerate() {
            if failures[index].is_some() {
                continue;
            }
            progress::show(&format!("{what}: round {} of {}, {}", round + 1, rounds.wanted, column.name));
            match run(index) {
                Ok(sample) => column.samples.push(sample),
                Err(error) => failures[index] = Some(error),
            }
        }
    }
    progress::clear();
    let failed: Vec<bool> = failures.iter().map(Option::is_some).collect();
    let mut failed = failed.into_iter();
    columns.retain(|_| !failed.next().unwrap_or(false));
    (columns, failures.into_iter().flatten().collect())
}

/// What a benchmark's program printed: `operations nanoseconds result`, and perhaps more metrics, as `name=number`.
pub struct Printed {
    pub operations: f64,
    pub nanoseconds: f64,
    pub result: String,
    pub more: Vec<(String, f64)>,
}

/// Reads the last line that a program printed.
///
/// # Errors
/// The line, when it is none of that form.
pub fn printed(output: &str) -> Result<Printed, String> {
    let line = output.lines().last().unwrap_or_default();
    let read = || {
        let mut words = line.split_whitespace();
        let (operations, nanoseconds) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let result = words.next()?.to_owned();
        let more = words.map(|word| {
            let (name, value) = word.split_once('=')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Some(Printed { operations, nanoseconds, result, more: more.collect::<Option<Vec<_>>>()? })
    };
    read().ok_or_else(|| format!("it printed {line:?}, not `operations nanoseconds result`"))
}

/// Runs a benchmark's program once.
///
/// # Errors
/// Why it failed.
pub fn program(command: &Command) -> Result<(Sample, Printed), String> {
    let outcome = child::run(command)?;
    let printed = printed(&outcome.output).map_err(|error| format!("{command:?}: {error}"))?;
    let mut sample = cost(&outcome, printed.operations);
    sample.insert("time".to_owned(), printed.nanoseconds / printed.operations);
    sample.extend(printed.more.iter().cloned());
    Ok((sample, printed))
}

/// Times a whole command, from its start to its end.
///
/// # Errors
/// Why it failed.
pub fn command(command: &Command) -> Result<Sample, String> {
    Ok(cost(&child::run(command)?, 1.0))
}

fn cost(outcome: &Outcome, operations: f64) -> Sample {
    Sample::from([
        ("time".to_owned(), outcome.wall.as_nanos() as f64 / operations),
        ("cpu".to_owned(), outcome.cpu.as_nanos() as f64 / operations),
        ("memory".to_owned(), outcome.peak_bytes as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn a_line_has_more_metrics() {
        let line = printed("hello\n10 2500 45 bytes=300\n").expect("a line of that form");
        assert_eq!((line.operations, line.nanoseconds, line.result.as_str()), (10.0, 2500.0, "45"));
        assert_eq!(line.more, [("bytes".to_owned(), 300.0)]);
    }

    #[test]
    fn another_line_is_shown() {
        assert_eq!(
            printed("10 fast").err().as_deref(),
            Some("it printed \"10 fast\", not `operations nanoseconds result`")
        );
    }
}
