//! The `goo` command: arguments in, one call, exit status out.

mod archive;
mod cache;
mod commands;
mod nearby;
mod output;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::commands::doc::Action;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Exit statuses, as `goo help` documents them.
pub mod status {
    /// The source has errors.
    pub const ERRORS: u8 = 1;
    /// Wrong usage of the command (`EX_USAGE`).
    pub const USAGE: u8 = 64;
    /// The compiler itself is at fault (`EX_SOFTWARE`).
    pub const INTERNAL: u8 = 70;
    /// A file could not be read or written, or linking failed (`EX_IOERR`).
    pub const FILES: u8 = 74;
}

const STATUSES: &str = "Exit status:
  0   success
  1   the source has errors, or a test failed
  2   the program crashed
  64  wrong usage
  70  the compiler is at fault: please report it
  74  a file cannot be read or written, or linking failed
  A program's own os.Exit status otherwise.

Environment:
  GOO_WORKERS  worker threads of a program (one per core)
  GOO_CACHE    the folder where compiled code is kept (~/.cache/goo/code); off keeps none
  CC           the C compiler that links, with its arguments (cc)
  NO_COLOR     no colours";

#[derive(Parser)]
#[command(name = "goo", version, about = "Goo: a compiled language for concurrent programs", after_help = STATUSES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compile a program in memory and run it.
    #[command(
        after_help = "Examples:\n  goo run hello.goo\n  goo run . -- --port 8080\n  goo run --emit=mir hello.goo\n  goo run --seed 7 --events events.txt hello.goo"
    )]
    Run {
        #[command(flatten)]
        source: Source,
        /// Shows a stage of the compiler instead of running.
        #[arg(long, value_enum)]
        emit: Option<Emit>,
        #[command(flatten)]
        schedule: Schedule,
        /// The program's arguments, after `--`.
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Make a binary that needs nothing else.
    #[command(after_help = "Examples:\n  goo build hello.goo\n  goo build -o service ./service")]
    Build {
        #[command(flatten)]
        source: Source,
        /// Where the binary goes; by default the file's or folder's name, here.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// Shows a stage of the compiler instead.
        #[arg(long, value_enum)]
        emit: Option<Emit>,
    },
    /// Find mistakes, without running anything.
    #[command(after_help = "Examples:\n  goo check hello.goo\n  goo check --error-format=json .")]
    Check {
        #[command(flatten)]
        source: Source,
    },
    /// Run the `test` blocks.
    #[command(
        after_help = "Examples:\n  goo test\n  goo test double.goo\n  goo test . doubling\n  goo test --schedules 1000\n  \
                      goo test --schedules 1000 --crashes bank.goo\n  goo test --seed 0x2a --strategy pct bank.goo transfer"
    )]
    Test {
        /// A file or folder; by default this folder.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Only tests whose name contains this.
        filter: Option<String>,
        /// Runs each test under so many schedules, in virtual time, until one fails.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        schedules: Option<u64>,
        #[command(flatten)]
        schedule: Schedule,
        #[command(flatten)]
        format: Format,
    },
    /// Lay out source files in the one style there is.
    #[command(
        after_help = "Examples:\n  goo fmt\n  goo fmt --check src\n  goo fmt --diff hello.goo\n  goo fmt - < hello.goo"
    )]
    Fmt {
        /// Files, or folders with all that is below them; `-` reads standard input and writes standard output.
        #[arg(default_value = ".")]
        paths: Vec<PathBuf>,
        /// Writes nothing: names the files that would change, with exit status 1 if there are any.
        #[arg(long)]
        check: bool,
        /// Writes nothing: shows what would change.
        #[arg(long)]
        diff: bool,
    },
    /// Apply the fixes that `goo check` offers, where they can hardly be wrong.
    #[command(after_help = "Examples:\n  goo fix hello.goo\n  goo fix --diff .\n  goo fix --all ported.goo")]
    Fix {
        /// A file, or a folder whose .goo files are one package.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Applies guesses, too: names that are spelled alike, `T` for Go's `*T`. Look at what came of them.
        #[arg(long)]
        all: bool,
        /// Writes nothing: shows what would change.
        #[arg(long)]
        diff: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Print the graph of a program: its tasks, supervisors and channels, and who does what with which.
    #[command(
        after_help = "Examples:\n  goo graph service.goo\n  goo graph . -o graph.svg\n  goo graph --format mermaid ."
    )]
    Graph {
        /// A file, or a folder whose .goo files are one package.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// How it is written; by default as the name of the output file ends, else as text.
        #[arg(long, value_enum)]
        format: Option<GraphFormat>,
        /// The file to write instead of standard output.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Show documentation: of a package, of a name in one, or of all as a site.
    #[command(
        after_help = "Examples:\n  goo doc strings\n  goo doc strings.Cut\n  goo doc . Account\n  goo doc --list\n  goo doc --html site .\n  goo doc --test ."
    )]
    Doc {
        /// A package (`strings`, `math/rand`), a folder or file, or a name (`strings.Cut`, `len`); by default this folder.
        what: Option<String>,
        /// A name in it: `Builder`, `Builder.Reset`.
        name: Option<String>,
        /// All that the comments say, of every name.
        #[arg(long)]
        all: bool,
        /// Names that are not exported, too.
        #[arg(long)]
        private: bool,
        /// Lists the packages of the standard library.
        #[arg(long, exclusive = true)]
        list: bool,
        /// Writes a site to this folder: the packages at and below a path, and the standard library.
        #[arg(long, value_name = "DIR", conflicts_with_all = ["all", "name"])]
        html: Option<PathBuf>,
        /// Runs the examples in the comments, and compares what they print.
        #[arg(long, conflicts_with_all = ["all", "html"])]
        test: bool,
        /// Runs one example.
        #[arg(long, hide = true)]
        example: Option<String>,
    },
    /// Delete what is kept of earlier compilations.
    Clean,
    /// Start a new program in a folder of its own.
    #[command(after_help = "Examples:\n  goo new service\n  goo new .")]
    New {
        /// The folder, whose name is the module's; made with those above it, and empty if it exists.
        path: PathBuf,
    },
    /// Say what a diagnostic's code means, with an example that fails and one that works.
    #[command(after_help = "Examples:\n  goo explain overlap\n  goo explain --list")]
    Explain {
        /// The code, as in `error[overlap]`.
        #[arg(required_unless_present = "list")]
        code: Option<String>,
        /// Lists all codes.
        #[arg(long)]
        list: bool,
    },
    /// Serve an editor: the language server, over standard input and output.
    Lsp,
    /// Print the version.
    Version,
}

impl Command {
    fn error_format(&self) -> ErrorFormat {
        match self {
            Command::Run { source, .. } | Command::Build { source, .. } | Command::Check { source } => {
                source.format.error_format
            }
            Command::Test { format, .. } | Command::Fix { format, .. } => format.error_format,
            _ => ErrorFormat::Human,
        }
    }
}

/// How a drawn schedule is drawn.
#[derive(Args)]
struct Schedule {
    /// Draws the schedule from this number, in virtual time: the same seed gives the same events.
    #[arg(long, value_name = "S", value_parser = seed)]
    seed: Option<u64>,
    /// How it is drawn.
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// Makes supervised tasks crash at drawn places, at most N times in a schedule [default: 1].
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    crashes: Option<u32>,
    /// How much earlier than tasks that are ready timers may fire, in all.
    #[arg(long, value_name = "D", value_parser = duration)]
    delay: Option<u64>,
    /// Gives up a schedule that takes more than N steps, and a task that computes for 50 N turns of loops between two.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// Writes what happened to a file, an event a line.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
}

impl Schedule {
    /// Whether a schedule is drawn; the flag that makes no sense if it is not.
    fn is_drawn(&self, schedules: Option<u64>) -> Result<bool, &'static str> {
        let needs = [
            ("--strategy", self.strategy.is_some()),
            ("--crashes", self.crashes.is_some()),
            ("--delay", self.delay.is_some()),
            ("--steps", self.steps.is_some()),
            ("--events", self.events.is_some()),
        ];
        match needs.iter().find(|(_, given)| *given) {
            _ if self.seed.is_some() || schedules.is_some() => Ok(true),
            Some((flag, _)) => Err(flag),
            None => Ok(false),
        }
    }
}

/// How a schedule is drawn from its seed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Strategy {
    /// At each point any of the tasks that are ready.
    Random,
    /// Priorities that change at few points: good at bugs that need few orderings in many operations.
    Pct,
    /// The default schedule, with a crash at the point whose number the seed is.
    Sweep,
    /// No choice is drawn: a task runs until it waits.
    Default,
}

fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| {
        "a seed is a whole number up to 18446744073709551615, or 0x and hexadecimal digits".into()
    })
}

/// A duration as Goo writes it, in nanoseconds.
fn duration(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "" if text == "0" => 1,
        _ => return Err("a duration is a whole number and ns, us, ms or s, as in 500ms".into()),
    };
    let number: Option<u64> = text[..digits].parse().ok();
    number.and_then(|n| n.checked_mul(unit)).ok_or_else(|| "the duration is too long".into())
}

/// What to compile, and how to talk about it.
#[derive(Args)]
struct Source {
    /// A file, or a folder whose .goo files are one package.
    path: PathBuf,
    /// Says how long each stage took, on standard error.
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
struct Format {
    /// How diagnostics are written: for people to standard error, or as lines of JSON to standard output.
    #[arg(long, value_enum, default_value = "human")]
    error_format: ErrorFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ErrorFormat {
    Human,
    Json,
}

/// How a graph is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// For people.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown pages.
    Mermaid,
    /// A picture.
    Svg,
    /// For programs.
    Json,
}

/// A stage that can be shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// What the lexer gives.
    Tokens,
    /// The syntax tree.
    Ast,
    /// The middle representation, with explicit counts.
    Mir,
    /// Cranelift's representation.
    Clif,
    /// Machine code, as assembly.
    Asm,
}

fn main() -> ExitCode {
    // At once while the process has one thread; later the kernel waits until all processors have passed by: 10 to 20 ms.
    goo_runtime::protocol::sync::prepare_barriers();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not mistakes.
            let code = if error.use_stderr() { status::USAGE } else { 0 };
            let printed = error.print();
            if code == 0 {
                output::written(printed.and_then(|()| std::io::stdout().flush()));
            }
            return ExitCode::from(code);
        }
    };
    output::set_format(cli.command.error_format());
    let status = match cli.command {
        Command::Run { source, emit: None, schedule, args } => commands::run::run(&source, &schedule, &args),
        Command::Run { source, emit: Some(emit), .. } | Command::Build { source, emit: Some(emit), .. } => {
            commands::emit::emit(&source, emit)
        }
        Command::Build { source, output, emit: None } => commands::build::build(&source, output),
        Command::Check { source } => commands::check::check(&source),
        Command::Test { path, filter, schedules, schedule, .. } => {
            commands::test::test(&path, filter.as_deref(), schedules, &schedule)
        }
        Command::Fmt { paths, check, diff } => {
            commands::fmt::fmt(&paths, &commands::fmt::Options { check, diff })
        }
        Command::Fix { path, all, diff, .. } => commands::fix::fix(&path, all, diff),
        Command::Graph { path, format, output } => commands::graph::graph(&path, format, output.as_deref()),
        Command::Doc { what, name, all, private, list, html, test, example } => {
            let action = match (list, html, test, example) {
                (true, ..) => Action::List,
                (_, Some(folder), ..) => Action::Site(folder),
                (_, _, true, _) => Action::Test,
                (_, _, _, Some(title)) => Action::Example(title),
                _ => Action::Show { all },
            };
            commands::doc::doc(what.as_deref(), name.as_deref(), private, &action)
        }
        Command::Clean => commands::clean::clean(),
        Command::New { path } => commands::new::new(&path),
        Command::Explain { code, list } => commands::explain::explain(code.as_deref(), list),
        Command::Lsp => commands::lsp::lsp(),
        Command::Version => {
            output::print(concat!("goo ", env!("CARGO_PKG_VERSION"), "\n"));
            0
        }
    };
    ExitCode::from(status)
}
