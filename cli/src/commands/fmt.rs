//! `goo fmt`

use std::io::Read;
use std::path::{Path, PathBuf};

use goo_compiler::format::{self, Failure};
use goo_compiler::load::{self, Unreadable};
use goo_compiler::syntax::{FileId, SourceMap};

use crate::output;
use crate::status;

/// What to do with the files that are not laid out as they should be.
pub struct Options {
    /// Says which they are, and fails if there are any.
    pub check: bool,
    /// Shows what would change.
    pub diff: bool,
}

/// Formats files, all `.goo` files below folders, or standard input for `-`.
pub fn fmt(paths: &[PathBuf], options: &Options) -> u8 {
    let mut worst = 0;
    for path in paths {
        let outcome = match path.as_os_str() == "-" {
            true => standard_input(options),
            false => match files(path) {
                Ok(files) => files.iter().map(|file| one_file(file, options)).max().unwrap_or(0),
                Err(problem) => output::unreadable(&problem),
            },
        };
        worst = worst.max(outcome);
    }
    worst
}

fn standard_input(options: &Options) -> u8 {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
        return output::failure(status::FILES, format!("standard input: {error}"));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return output::failure(status::FILES, "standard input is not UTF-8 text");
    };
    match formatted("standard input", &text) {
        Ok(new) if options.check || options.diff => report("standard input", &text, &new, options),
        Ok(new) => {
            output::print(&new);
            0
        }
        Err(status) => status,
    }
}

fn one_file(file: &Path, options: &Options) -> u8 {
    let name = file.display().to_string();
    let text = match load::read(file) {
        Ok(text) => text,
        Err(problem) => return output::unreadable(&problem),
    };
    let new = match formatted(&name, &text) {
        Ok(new) => new,
        Err(status) => return status,
    };
    if options.check || options.diff {
        return report(&name, &text, &new, options);
    }
    if new != text
        && let Err(error) = output::replace(file, &new)
    {
        return output::file_failure(status::FILES, file, error);
    }
    0
}

/// The text laid out, or the exit status, with everything said.
fn formatted(name: &str, text: &str) -> Result<String, u8> {
    let mut sources = SourceMap::default();
    let file: FileId = sources.add(name, text, false);
    format::format(file, text).map_err(|failure| match failure {
        Failure::Mistakes(diagnostics) => {
            output::diagnostics(&sources, diagnostics);
            status::ERRORS
        }
        Failure::Internal(ice) => output::internal(&sources, &ice),
    })
}

/// Says what would change; the status of that.
fn report(name: &str, text: &str, new: &str, options: &Options) -> u8 {
    if text == new {
        return 0;
    }
    if options.diff {
        output::diff(name, text, new, "formatted");
    } else {
        output::print(&format!("{name}\n"));
    }
    if options.check { status::ERRORS } else { 0 }
}

/// A file, or the `.goo` files of a folder and of those below it.
fn files(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    match path.is_dir() {
        true => load::sources(path),
        false => Ok(vec![path.to_path_buf()]),
    }
}
