//! What was measured: for one work, the samples of each contestant, and the medians, spreads and ratios that follow.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::manifest::{Group, Target};

/// One work, done by several contestants; the first is Goo.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    pub name: String,
    pub title: String,
    pub group: Group,
    /// What one operation is.
    pub unit: String,
    /// What the tables show: mostly `time`.
    pub metric: String,
    pub targets: Vec<Target>,
    pub columns: Vec<Column>,
    /// What went wrong: a program that failed, or results that differ.
    pub failures: Vec<String>,
}

/// The samples of one contestant.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub name: String,
    pub samples: Vec<Sample>,
}

/// What one run cost, by metric: `time` and `cpu` in nanoseconds for each operation, `memory` (at its peak) in bytes, and whatever
/// else the program printed.
pub type Sample = BTreeMap<String, f64>;

/// A median, and the quartiles around it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Summary {
    pub first_quartile: f64,
    pub median: f64,
    pub third_quartile: f64,
}

impl Summary {
    /// Of the values of all runs; none if there is no value.
    pub fn of(mut values: Vec<f64>) -> Option<Summary> {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            let at = q * values.len().checked_sub(1)? as f64;
            let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
            Some(low + (high - low) * at.fract())
        };
        Some(Summary {
            first_quartile: quantile(0.25)?,
            median: quantile(0.5)?,
            third_quartile: quantile(0.75)?,
        })
    }

    /// Half the distance between the quartiles, as a part of the median.
    pub fn spread(self) -> f64 {
        (self.third_quartile - self.first_quartile) / 2.0 / self.median
    }
}

impl Column {
    /// A metric over all runs.
    pub fn summary(&self, metric: &str) -> Option<Summary> {
        Summary::of(self.samples.iter().filter_map(|sample| sample.get(metric).copied()).collect())
    }
}

impl Series {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Goo's value divided by the contestant's, round by round.
    pub fn ratio(&self, contestant: &str, metric: &str) -> Option<Summary> {
        let (goo, peer) = (self.columns.first()?, self.column(contestant)?);
        let rounds = goo.samples.iter().zip(&peer.samples);
        Summary::of(rounds.filter_map(|(goo, peer)| Some(goo.get(metric)? / peer.get(metric)?)).collect())
    }

    /// The ratios that a table shows, of all contestants but Goo itself.
    pub fn ratios(&self) -> impl Iterator<Item = (&str, Summary)> {
        self.columns
            .iter()
            .skip(1)
            .filter_map(|column| Some((column.name.as_str(), self.ratio(&column.name, &self.metric)?)))
    }
}

/// Everything, for tools: the samples of each run, and what was derived from them.
pub fn json(series: &[Series]) -> String {
    let all: Vec<serde_json::Value> = series
        .iter()
        .map(|series| {
            let mut value = serde_json::json!(series);
            for (column, shown) in
                series.columns.iter().zip(value["columns"].as_array_mut().into_iter().flatten())
            {
                let metrics: std::collections::BTreeSet<&String> =
                    column.samples.iter().flat_map(|sample| sample.keys()).collect();
                for metric in metrics {
                    shown["summary"][metric] = serde_json::json!(column.summary(metric));
                    shown["ratio"][metric] = serde_json::json!(series.ratio(&column.name, metric));
                }
            }
            value
        })
        .collect();
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn quartiles_lie_between_values() {
        let summary = Summary::of(vec![4.0, 1.0, 2.0, 3.0, 100.0]).expect("values");
        assert_eq!((summary.first_quartile, summary.median, summary.third_quartile), (2.0, 3.0, 4.0));
        assert!((summary.spread() - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Summary::of(vec![]), None);
    }
}
