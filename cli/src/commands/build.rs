//! `goo build`

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use goo_compiler::codegen::Target;
use goo_compiler::driver::{self, Scheduling, Timings};
use goo_compiler::link;
use goo_compiler::syntax::SourceMap;

use super::{compile_source, spare_sources};
use crate::archive;
use crate::cache::Cache;
use crate::output;
use crate::{Source, status};

pub fn build(source: &Source, output: Option<PathBuf>) -> u8 {
    let mut timings = Timings::default();
    let (program, module) = match compile_source(source, Scheduling::Free, &mut timings) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    let target = output.unwrap_or_else(|| default_output(&source.path));
    if let Err(status) = check_target(&program.sources, &target) {
        return status;
    }
    let cache = Cache::of(&source.path, Target::Object, Scheduling::Free);
    let (object, cached) = match output::with_progress("generating code", || {
        let mut code = driver::generate(&program, &module, Target::Object, cache.earlier(), &mut timings)?;
        let (object, cached) =
            cache.keep(code.repack.take(), || driver::object(&program, code, &mut timings));
        Ok::<_, driver::Failure>((object?, cached))
    }) {
        Ok(made) => made,
        Err(failure) => return output::no_code(&program.sources, failure),
    };
    let archive = match timings.stage("unpack", archive::unpack) {
        Ok(archive) => archive,
        Err(message) => {
            return output::failure(status::FILES, format!("the runtime cannot be unpacked: {message}"));
        }
    };
    let linked =
        output::with_progress("linking", || timings.stage("link", || link::link(&object, &archive, &target)));
    if source.timings {
        output::timings(&timings, Some(&cached));
    }
    match linked {
        Ok(()) => 0,
        Err(error) => output::failure(status::FILES, error),
    }
}

/// Refuses to write over what may be somebody's work: the program's own source, or any file that no linker made.
fn check_target(sources: &SourceMap, target: &Path) -> Result<(), u8> {
    let refuse = |message: &str| Err(output::file_failure(status::USAGE, target, message));
    if target.is_dir() {
        let inside = target.join("program");
        return refuse(&format!("this is a folder; name the binary with -o {}", inside.display()));
    }
    spare_sources(sources, target, "-o")?;
    match may_be_replaced(target) {
        Ok(true) => Ok(()),
        Ok(false) => refuse("this file exists and is not a binary; delete it, or name another file with -o"),
        Err(error) => Err(output::file_failure(status::FILES, target, error)),
    }
}

/// Whether there is no file, or an object file, or none with anything in it: an empty or a special one.
fn may_be_replaced(target: &Path) -> io::Result<bool> {
    match std::fs::metadata(target) {
        Ok(metadata) if metadata.is_file() => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => return Ok(true),
    }
    let mut start = Vec::new();
    File::open(target)?.take(4).read_to_end(&mut start)?;
    Ok(start.is_empty() || start == *b"\x7fELF")
}

/// The file's name without its ending, or the folder's, in the working folder.
fn default_output(path: &Path) -> PathBuf {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let stem = if path.is_dir() { whole.file_name() } else { whole.file_stem() };
    PathBuf::from(stem.unwrap_or("program".as_ref()))
}
