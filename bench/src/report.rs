//! Medians, spread and ratios, as a line, a Markdown table and JSON.

use crate::measure::{Contestant, Sample};

/// One benchmark's figures.
pub struct Row {
    name: String,
    columns: Vec<Column>,
}

struct Column {
    name: &'static str,
    median: f64,
    /// Half the range between the quartiles, as a part of the median.
    spread: f64,
    rss_kb: u64,
    /// Goo's time divided by this one's, run by run; the median. Absent for Goo itself.
    ratio: Option<f64>,
}

impl Row {
    /// `samples` stand in the order of `contestants`; the first is Goo.
    pub fn new(name: &str, contestants: &[Contestant], samples: &[Vec<Sample>]) -> Row {
        let times: Vec<Vec<f64>> =
            samples.iter().map(|samples| samples.iter().map(|sample| sample.ns_per_op).collect()).collect();
        let columns = contestants
            .iter()
            .enumerate()
            .map(|(index, contestant)| {
                let ratios = times[0].iter().zip(&times[index]).map(|(goo, peer)| goo / peer).collect();
                Column {
                    name: contestant.name,
                    median: quantile(times[index].clone(), 0.5),
                    spread: (quantile(times[index].clone(), 0.75) - quantile(times[index].clone(), 0.25))
                        / quantile(times[index].clone(), 0.5)
                        / 2.0,
                    rss_kb: samples[index].iter().map(|sample| sample.rss_kb).max().unwrap_or(0),
                    ratio: (index > 0).then(|| quantile(ratios, 0.5)),
                }
            })
            .collect();
        Row { name: name.to_owned(), columns }
    }

    /// For a terminal.
    pub fn line(&self) -> String {
        let mut line = format!("{:<14}", self.name);
        for column in &self.columns {
            line +=
                &format!("  {} {:9.1} ns/op ±{:2.0} %", column.name, column.median, column.spread * 100.0);
            if column.rss_kb > 0 {
                line += &format!(" {:.1} MB", column.rss_kb as f64 / 1024.0);
            }
            if let Some(ratio) = column.ratio {
                line += &format!(" (goo ÷ {} = {ratio:.2})", column.name);
            }
        }
        line
    }
}

/// A table of all rows.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| benchmark | | ns/op | spread | peak memory | Goo ÷ peer |\n|---|---|--:|--:|--:|--:|\n",
    );
    for row in rows {
        for column in &row.columns {
            let ratio = column.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
            let memory = match column.rss_kb {
                0 => String::new(),
                kb => format!("{:.1} MB", kb as f64 / 1024.0),
            };
            text += &format!(
                "| {} | {} | {:.1} | {:.0} % | {memory} | {ratio} |\n",
                row.name,
                column.name,
                column.median,
                column.spread * 100.0
            );
        }
    }
    text
}

/// The same for tools.
pub fn json(rows: &[Row]) -> String {
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .flat_map(|row| {
            row.columns.iter().map(|column| {
                serde_json::json!({
                    "benchmark": row.name, "language": column.name, "ns_per_op": column.median,
                    "spread": column.spread, "rss_kb": column.rss_kb, "ratio": column.ratio,
                })
            })
        })
        .collect();
    serde_json::Value::from(rows).to_string()
}

fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = q * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}
