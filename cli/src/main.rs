//! The `goo` command: arguments in, one call, exit status out.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use goo_compiler::diagnostics::{Diagnostics, json, render};
use goo_compiler::syntax::{SourceMap, on_deep_stack};
use goo_compiler::types::check;
use goo_compiler::types::check::imports::{PackageFiles, load};

#[derive(Parser)]
#[command(name = "goo", version, about = "Run, build, check and test Goo programs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report the mistakes in a program without running it.
    Check {
        /// A file, or the directory of a package.
        path: PathBuf,
        /// How mistakes are reported.
        #[arg(long, value_enum, default_value_t = ErrorFormat::Text)]
        error_format: ErrorFormat,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum ErrorFormat {
    /// For people.
    Text,
    /// For tools: one JSON object a line.
    Json,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check { path, error_format } => on_deep_stack(|| check_path(&path, error_format)),
    }
}

fn check_path(path: &Path, format: ErrorFormat) -> ExitCode {
    let files = match read_package(path) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("goo: cannot read {}: {error}", path.display());
            return ExitCode::from(1);
        }
    };
    let loaded = load(files, &mut |_| None);
    let mut diagnostics = loaded.diagnostics;
    let (program, found) = check::check(loaded.sources, loaded.files, &loaded.packages);
    diagnostics.extend(found);
    let failed = diagnostics.has_errors();
    report(diagnostics, &program.sources, format);
    ExitCode::from(u8::from(failed))
}

fn report(diagnostics: Diagnostics, sources: &SourceMap, format: ErrorFormat) {
    let colour = std::io::stderr().is_terminal();
    for diagnostic in diagnostics.sorted() {
        match format {
            ErrorFormat::Text => eprint!("{}", render::render(&diagnostic, sources, colour)),
            ErrorFormat::Json => println!("{}", json::to_json(&diagnostic, sources)),
        }
    }
}

/// The files of a package: the one named, or all `.goo` files of a directory.
fn read_package(path: &Path) -> std::io::Result<PackageFiles> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        paths = std::fs::read_dir(path)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "goo"))
            .collect();
        paths.sort();
    }
    paths.into_iter().map(|path| Ok((path.display().to_string(), std::fs::read_to_string(&path)?))).collect()
}
