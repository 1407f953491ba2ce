//! How cost grows: with the number of worker threads, also where there are fewer cores, and with the size of the problem.

use std::fmt::Write;

use crate::contestant::{self, Workshop};
use crate::manifest::{Benchmark, Group};
use crate::measure::Rounds;
use crate::programs;
use crate::series::Series;
use crate::table;

/// One benchmark at several points.
pub struct Scale {
    /// What differs from point to point: `workers`, or `size`.
    axis: &'static str,
    points: Vec<(u64, Series)>,
}

/// The problem sizes, as parts of the full one: three decades.
const PARTS: [u64; 4] = [1000, 100, 10, 1];

/// What stands where nothing was measured.
const NOTHING: &str = "–";

/// The contestants that have worker threads to set, or whose growth is shown.
fn beside(names: &str) -> bool {
    names == "goo" || names == "go"
}

/// Each number of worker threads, at a tenth of the size.
///
/// # Errors
/// What the compiler said.
pub fn over_workers(
    benchmark: &Benchmark,
    workshop: &Workshop,
    workers: &[usize],
    rounds: Rounds,
) -> Result<Scale, String> {
    let mut contestants = contestant::build(benchmark, workshop)?;
    contestants.retain(|contestant| beside(&contestant.name));
    let size = (benchmark.manifest.size / 10).max(1);
    let points = workers
        .iter()
        .map(|workers| {
            let contestants: Vec<_> =
                contestants.iter().map(|contestant| contestant.with_workers(*workers)).collect();
            (*workers as u64, programs::race(benchmark, &contestants, size, rounds))
        })
        .collect();
    Ok(Scale { axis: "workers", points })
}

/// Each problem size, where the size is a number of like operations.
///
/// # Errors
/// What the compiler said.
pub fn over_sizes(benchmark: &Benchmark, workshop: &Workshop, rounds: Rounds) -> Result<Scale, String> {
    let mut contestants = contestant::build(benchmark, workshop)?;
    contestants.retain(|contestant| beside(&contestant.name));
    let sizes = PARTS.iter().map(|part| benchmark.manifest.size / part);
    let points = sizes.map(|size| (size, programs::race(benchmark, &contestants, size, rounds))).collect();
    Ok(Scale { axis: "size", points })
}

/// Whether the number of worker threads matters to it.
pub fn has_workers(benchmark: &Benchmark) -> bool {
    benchmark.manifest.group == Group::Channels
}

/// Whether its work is in proportion to its size: not where that is a depth, or one side of a matrix.
pub fn has_sizes(benchmark: &Benchmark) -> bool {
    benchmark.manifest.size >= 10_000
}

impl Scale {
    /// Every point, with the point in its name.
    pub fn series(&self) -> impl Iterator<Item = Series> {
        self.points.iter().map(|(at, series)| Series {
            name: format!("{}, {} {at}", series.name, self.axis),
            ..series.clone()
        })
    }

    /// What failed at any point.
    pub fn failures(&self) -> impl Iterator<Item = &String> {
        self.points.iter().flat_map(|(_, series)| &series.failures)
    }
}

/// Tables of all that vary with the same thing: a row for each contestant, a column for each point.
pub fn markdown(scales: &[Scale]) -> String {
    let mut text = String::new();
    let kinds = [
        ("workers", "time", "Time for each operation, by worker threads"),
        ("size", "time", "Time for each operation, by the size of the problem (parts of the full one)"),
        ("size", "memory", "Peak memory, by the size of the problem (parts of the full one)"),
        ("size", "bytes", "Memory of one that waits, by how many there are (parts of the full number)"),
    ];
    for (axis, metric, title) in kinds {
        let rows: Vec<&Scale> = scales.iter().filter(|scale| scale.axis == axis).collect();
        let Some(first) = rows.first() else { continue };
        let heads: Vec<String> = match axis {
            "size" => PARTS.iter().map(|part| format!("1/{part}")).collect(),
            _ => first.points.iter().map(|(at, _)| at.to_string()).collect(),
        };
        let mut table = String::new();
        for scale in rows {
            let Some((_, series)) = scale.points.first() else { continue };
            for column in &series.columns {
                let shown = scale.points.iter().map(|(_, series)| {
                    let summary = series.column(&column.name).and_then(|column| column.summary(metric));
                    summary.map_or(NOTHING.to_owned(), |summary| table::value(metric, summary.median))
                });
                let shown: Vec<String> = shown.collect();
                if shown.iter().all(|shown| shown == NOTHING) {
                    continue;
                }
                let _ = writeln!(table, "| {} | {} | {} |", series.name, column.name, shown.join(" | "));
            }
        }
        if !table.is_empty() {
            let _ = writeln!(text, "**{title}**\n\n| benchmark | | {} |", heads.join(" | "));
            let _ = writeln!(text, "|---|---|{}\n{table}", "--:|".repeat(heads.len()));
        }
    }
    text
}
