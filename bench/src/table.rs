//! What was measured, as text for a terminal and as Markdown.

use std::fmt::Write;

use crate::manifest::{Group, Target};
use crate::series::{Series, Summary};

/// A value of a metric, with its unit.
pub fn value(metric: &str, value: f64) -> String {
    match metric {
        "memory" | "size" => format!("{:.1} MB", value / 1e6),
        "bytes" => format!("{value:.0} B"),
        _ if value < 100.0 => format!("{value:.1} ns"),
        _ if value < 10_000.0 => format!("{value:.0} ns"),
        _ if value < 1e6 => format!("{:.1} µs", value / 1e3),
        _ if value < 10e9 => format!("{:.1} ms", value / 1e6),
        _ => format!("{:.1} s", value / 1e9),
    }
}

/// A ratio with the quartiles around it.
fn ratio(summary: Summary) -> String {
    let Summary { first_quartile, median, third_quartile } = summary;
    let digits = if median < 0.1 { 3 } else { 2 };
    format!("{median:.digits$} ({first_quartile:.digits$}–{third_quartile:.digits$})")
}

/// Whether a target is met: none if the peer was not there.
fn verdict(series: &Series, target: &Target) -> Option<(Summary, bool)> {
    let summary = series.ratio(&target.peer, &target.metric)?;
    Some((summary, summary.median <= target.at_most))
}

/// One series, as it has been measured: for a terminal.
pub fn lines(series: &Series) -> String {
    let mut text = format!("{:<16}", series.name);
    for column in &series.columns {
        let Some(summary) = column.summary(&series.metric) else { continue };
        let _ = write!(
            text,
            " {} {} ±{:.0} %",
            column.name,
            value(&series.metric, summary.median),
            summary.spread() * 100.0
        );
        if let Some(memory) = column.summary("memory") {
            let _ = write!(text, " {}", value("memory", memory.median));
        }
        if let Some(ratio) =
            (column.name != "goo").then(|| series.ratio(&column.name, &series.metric)).flatten()
        {
            let _ = write!(text, " (÷ {:.2})", ratio.median);
        }
        text.push_str(" |");
    }
    for target in &series.targets {
        if let Some((summary, met)) = verdict(series, target) {
            let _ = write!(
                text,
                "\n{:<16} {} ÷ {}: {:.2}, target {:.2}: {}",
                "",
                target.metric,
                target.peer,
                summary.median,
                target.at_most,
                if met { "met" } else { "missed" }
            );
        }
    }
    for failure in &series.failures {
        let _ = write!(text, "\n{:<16} FAILED: {failure}", "");
    }
    text
}

/// All tables: targets, then for each group the ratios and the memory.
pub fn markdown(all: &[Series]) -> String {
    let mut text = targets(all);
    for group in Group::ALL {
        let rows: Vec<&Series> = all.iter().filter(|series| series.group == group).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "### {}\n", group.title());
        text += &times(&rows);
        text.push('\n');
        if group != Group::Tool {
            text += &memory(&rows);
            text.push('\n');
        }
    }
    text
}

fn targets(all: &[Series]) -> String {
    let mut rows = String::new();
    let (mut met, mut missed) = (0, 0);
    for series in all {
        for target in &series.targets {
            let Some((summary, reached)) = verdict(series, target) else { continue };
            if reached {
                met += 1;
            } else {
                missed += 1;
            }
            let _ = writeln!(
                rows,
                "| {} | {} | {} | {} | ≤ {:.2} | {} |",
                series.name,
                target.metric,
                target.peer,
                ratio(summary),
                target.at_most,
                if reached { "met" } else { "**missed**" }
            );
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "### Targets\n\n{met} met, {missed} missed.\n\n| benchmark | metric | against | Goo ÷ it | target | |\n|---|---|---|--:|--:|---|\n{rows}\n"
    )
}

/// The contestants of any of these series but Goo, in the order of their first appearance.
fn contestants<'a>(rows: &[&'a Series]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in
        rows.iter().flat_map(|series| series.columns.iter().skip(1)).map(|column| column.name.as_str())
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn header(first: &[&str], names: &[&str]) -> String {
    let heads: Vec<&str> = first.iter().chain(names).copied().collect();
    let aligned = "--:|".repeat(heads.len() - 2);
    format!("| {} |\n|---|---|{aligned}\n", heads.join(" | "))
}

fn times(rows: &[&Series]) -> String {
    let names = contestants(rows);
    let divided: Vec<String> = names.iter().map(|name| format!("÷ {name}")).collect();
    let divided: Vec<&str> = divided.iter().map(String::as_str).collect();
    let mut text = header(&["benchmark", "what", "Goo", "spread"], &divided);
    for series in rows {
        let Some(goo) = series.columns.first().and_then(|column| column.summary(&series.metric)) else {
            continue;
        };
        let cells: Vec<String> = names
            .iter()
            .map(|name| series.ratio(name, &series.metric).map_or(String::new(), ratio))
            .collect();
        let _ = writeln!(
            text,
            "| {} | {}, each {} | {} | ±{:.0} % | {} |",
            series.name,
            series.title,
            series.unit,
            value(&series.metric, goo.median),
            goo.spread() * 100.0,
            cells.join(" | ")
        );
    }
    text
}

fn memory(rows: &[&Series]) -> String {
    let mut names = vec!["goo"];
    names.extend(contestants(rows));
    let mut text = String::from("Peak memory, in megabytes:\n\n");
    let _ = writeln!(text, "| benchmark | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "--:|".repeat(names.len()));
    for series in rows {
        let cells: Vec<String> = names
            .iter()
            .map(|name| {
                let summary = series.column(name).and_then(|column| column.summary("memory"));
                summary.map_or(String::new(), |summary| format!("{:.1}", summary.median / 1e6))
            })
            .collect();
        let _ = writeln!(text, "| {} | {} |", series.name, cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::manifest::{Group, Target};
    use crate::series::{Column, Sample, Series};

    fn column(name: &str, times: &[f64]) -> Column {
        let samples = times.iter().map(|time| Sample::from([("time".to_owned(), *time)])).collect();
        Column { name: name.to_owned(), samples }
    }

    #[test]
    fn a_ratio_is_of_the_same_round() {
        let series = Series {
            name: "ring".to_owned(),
            title: "A ring".to_owned(),
            group: Group::Channels,
            unit: "hop".to_owned(),
            metric: "time".to_owned(),
            targets: vec![Target { metric: "time".to_owned(), peer: "go".to_owned(), at_most: 0.2 }],
            // In the second round the machine was slow, for both.
            columns: vec![column("goo", &[10.0, 30.0, 11.0]), column("go", &[40.0, 120.0, 44.0])],
            failures: Vec::new(),
        };
        let text = markdown(&[series]);
        assert!(text.contains("| ring | time | go | 0.25 (0.25–0.25) | ≤ 0.20 | **missed** |"), "{text}");
        assert!(text.contains("| ring | A ring, each hop | 11.0 ns | ±"), "{text}");
    }
}
