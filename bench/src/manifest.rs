//! The folders below `bench/programs`: each is a benchmark, which its `bench.toml` describes.
//!
//! ```toml
//! title = "One sender, one receiver, no buffer"
//! group = "channels"        # also: supervision, compute
//! unit = "message"          # what one operation is
//! size = 2_000_000          # the argument of every program
//! tiny = 1_000              # the same for the tests
//! expect = "499500"         # what every program must have as its result for the tiny size
//!
//! [[target]]
//! metric = "time"           # the default; also: cpu, memory, or one that the programs print
//! peer = "go"
//! at_most = 0.20            # Goo divided by the peer
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A benchmark: the same work in several languages.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// The folder's name.
    pub name: String,
    pub folder: PathBuf,
    pub manifest: Manifest,
}

/// What `bench.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub title: String,
    pub group: Group,
    pub unit: String,
    pub size: u64,
    pub tiny: u64,
    pub expect: String,
    #[serde(default, rename = "target")]
    pub targets: Vec<Target>,
}

/// What a benchmark is about; the order is that of the tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    Channels,
    Supervision,
    Compute,
    /// The `goo` command itself; no benchmark of a folder has it.
    #[serde(skip_deserializing)]
    Tool,
}

impl Group {
    pub const ALL: [Group; 4] = [Group::Channels, Group::Supervision, Group::Compute, Group::Tool];

    /// A heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Channels => "Tasks and channels",
            Group::Supervision => "Supervision",
            Group::Compute => "Compute",
            Group::Tool => "The tool",
        }
    }
}

/// What Goo is to reach: at most this part of what the peer takes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    #[serde(default = "time")]
    pub metric: String,
    pub peer: String,
    pub at_most: f64,
}

fn time() -> String {
    "time".to_owned()
}

/// All benchmarks below a folder, by group and name.
///
/// # Errors
/// A message that names the file which cannot be read or is wrong.
pub fn benchmarks(programs: &Path) -> Result<Vec<Benchmark>, String> {
    let entries = std::fs::read_dir(programs).map_err(|error| format!("{}: {error}", programs.display()))?;
    let mut found = Vec::new();
    for folder in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()) {
        let path = folder.join("bench.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let manifest = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.push(Benchmark { name, folder, manifest });
    }
    found.sort_by(|a, b| (a.manifest.group, &a.name).cmp(&(b.manifest.group, &b.name)));
    Ok(found)
}
