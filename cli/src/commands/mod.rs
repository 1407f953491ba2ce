//! One file for each subcommand; each gives the exit status.

pub mod build;
pub mod check;
pub mod clean;
pub mod doc;
pub mod emit;
pub mod explain;
pub mod fix;
pub mod fmt;
pub mod graph;
pub mod lsp;
pub mod new;
pub mod run;
pub mod schedules;
pub mod test;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use goo_compiler::codegen::Target;
use goo_compiler::codegen::jit::Jit;
use goo_compiler::driver::{self, Scheduling, Timings};
use goo_compiler::mir::Module;
use goo_compiler::syntax::SourceMap;
use goo_compiler::types::Program;

use crate::cache::Cache;
use crate::output;
use crate::{Source, status};

/// A program without errors, lowered; or the exit status, with everything said.
fn compile(path: &Path, scheduling: Scheduling, timings: &mut Timings) -> Result<(Program, Module), u8> {
    let checked = driver::check(path, timings).map_err(|problem| output::unreadable(&problem))?;
    if output::diagnostics(&checked.program.sources, checked.diagnostics) {
        return Err(status::ERRORS);
    }
    let module = driver::lower(&checked.program, scheduling, timings)
        .map_err(|ice| output::internal(&checked.program.sources, &ice))?;
    Ok((checked.program, module))
}

/// Refuses to write over a file that the program was read from; the flag names another.
fn spare_sources(sources: &SourceMap, target: &Path, flag: &str) -> Result<(), u8> {
    let identity = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let Some(there) = identity(target) else { return Ok(()) };
    if sources.iter().any(|(_, file)| !file.std && identity(Path::new(&file.name)) == Some(there)) {
        let message = format!("this is a source of the program; name another file with {flag}");
        return Err(output::file_failure(status::USAGE, target, message));
    }
    Ok(())
}

/// [`compile`], on a stack that is large enough, with progress.
fn compile_source(
    source: &Source,
    scheduling: Scheduling,
    timings: &mut Timings,
) -> Result<(Program, Module), u8> {
    output::with_progress("compiling", || driver::on_big_stack(|| compile(&source.path, scheduling, timings)))
}

/// The program at a path in memory, ready to run, with code that is kept from before; and what `--timings` tells of that.
fn load(
    path: &Path,
    scheduling: Scheduling,
    (program, module): (&Program, &Module),
    timings: &mut Timings,
) -> Result<(Jit, String), driver::Failure> {
    let cache = Cache::of(path, Target::Jit, scheduling);
    let mut code = driver::generate(program, module, Target::Jit, cache.earlier(), timings)?;
    let (jit, told) = cache.keep(code.repack.take(), || driver::load_code(code, timings));
    Ok((jit?, told))
}
