//! `goo build`

use std::path::{Path, PathBuf};

use goo_compiler::codegen::Target;
use goo_compiler::driver::{self, Scheduling, Timings};
use goo_compiler::link;

use super::compile_source;
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
    let cache = Cache::of(&source.path, Target::Object, Scheduling::Free);
    let (object, cached) = match output::with_progress("generating code", || {
        let mut code = driver::generate(&program, &module, Target::Object, cache.earlier(), &mut timings)?;
        let (object, cached) =
            cache.keep(code.repack.take(), || driver::object(&program, code, &mut timings));
        Ok::<_, driver::Failure>((object?, cached))
    }) {
        Ok(made) => made,
        Err(failure) => return output::no_code(&program.sources, failure, source.format.error_format),
    };
    let target = output.unwrap_or_else(|| default_output(&source.path));
    if target.is_dir() {
        output::failure(&format!(
            "{} is a folder; name the binary with -o {}",
            target.display(),
            target.join("program").display()
        ));
        return status::USAGE;
    }
    let archive = match timings.stage("unpack", archive::unpack) {
        Ok(archive) => archive,
        Err(message) => {
            output::failure(&format!("the runtime cannot be unpacked: {message}"));
            return status::FILES;
        }
    };
    let linked =
        output::with_progress("linking", || timings.stage("link", || link::link(&object, &archive, &target)));
    if source.timings {
        output::timings(&timings, Some(&cached));
    }
    match linked {
        Ok(()) => 0,
        Err(error) => {
            output::failure(&error.to_string());
            status::FILES
        }
    }
}

/// The file's name without its ending, or the folder's, in the working folder.
fn default_output(path: &Path) -> PathBuf {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let stem = if path.is_dir() { whole.file_name() } else { whole.file_stem() };
    PathBuf::from(stem.unwrap_or("program".as_ref()))
}
