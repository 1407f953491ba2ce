//! Builds a benchmark's program for Goo or a peer, and runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A language to compare with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Peer {
    Go,
}

impl Peer {
    /// The file of a benchmark that is this peer's.
    pub fn source(self) -> &'static str {
        match self {
            Peer::Go => "main.go",
        }
    }

    pub fn installed(self) -> bool {
        match self {
            Peer::Go => {
                Command::new("go").arg("version").stdout(Stdio::null()).status().is_ok_and(|s| s.success())
            }
        }
    }
}

/// A program that is ready to run.
pub struct Contestant {
    pub name: &'static str,
    binary: PathBuf,
}

/// What one run gave.
#[derive(Clone, Debug)]
pub struct Sample {
    pub ns_per_op: f64,
    /// Resident memory, where the program reports it as `rss=KB`.
    pub rss_kb: u64,
    pub check: String,
}

/// The `goo` executable of the same build, beside this one.
pub fn goo_command() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let goo = own.with_file_name("goo");
    match goo.exists() {
        true => Ok(goo),
        false => Err(format!("{} is missing: run `cargo build --release -p goo` first", goo.display())),
    }
}

/// Builds the program of Goo (`None`) or of a peer.
pub fn build(goo: &Path, peer: Option<Peer>, folder: &Path, scratch: &Path) -> Result<Contestant, String> {
    let bench = folder.file_name().unwrap_or_default().to_string_lossy();
    let (name, mut command, binary) = match peer {
        None => {
            let binary = scratch.join(format!("{bench}-goo"));
            let mut command = Command::new(goo);
            command.arg("build").arg("-o").arg(&binary).arg(folder.join("main.goo"));
            ("goo", command, binary)
        }
        Some(Peer::Go) => {
            let binary = scratch.join(format!("{bench}-go"));
            let mut command = Command::new("go");
            command.arg("build").arg("-o").arg(&binary).arg(folder.join("main.go"));
            ("go", command, binary)
        }
    };
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(Contestant { name, binary })
}

impl Contestant {
    /// Runs it once with this size.
    pub fn run(&self, size: u64) -> Result<Sample, String> {
        let output =
            Command::new(&self.binary).arg(size.to_string()).output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{}: {}\n{text}{errors}", self.binary.display(), output.status));
        }
        let line = text.lines().last().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let [ops, ns, rest @ ..] = words.as_slice() else {
            return Err(format!("{}: printed {line:?}", self.binary.display()));
        };
        let number =
            |text: &str| text.parse::<f64>().map_err(|_| format!("{}: {line:?}", self.binary.display()));
        let rss_kb = rest.iter().find_map(|word| word.strip_prefix("rss=")?.parse().ok()).unwrap_or(0);
        let check: Vec<&str> = rest.iter().copied().filter(|word| !word.contains('=')).collect();
        Ok(Sample { ns_per_op: number(ns)? / number(ops)?, rss_kb, check: check.join(" ") })
    }
}
