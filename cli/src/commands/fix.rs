//! `goo fix`

use std::path::Path;

use goo_compiler::driver;
use goo_compiler::fix::{self, Which};

use crate::output;
use crate::status;

/// Applies the fixes of a package's diagnostics, guesses too if `all`, and says what remains. With `diff` it writes nothing.
pub fn fix(path: &Path, all: bool, diff: bool) -> u8 {
    let which = if all { Which::All } else { Which::Sure };
    let fixed = output::with_progress("fixing", || driver::on_big_stack(|| fix::fix(path, which)));
    let fixed = match fixed {
        Ok(fixed) => fixed,
        Err(problem) => return output::unreadable(&problem),
    };
    for (file, change) in &fixed.files {
        if diff {
            output::diff(&file.display().to_string(), &change.before, &change.after, "fixed");
        } else if let Err(error) = output::replace(file, &change.after) {
            return output::file_failure(status::FILES, file, error);
        }
    }
    if !diff && fixed.fixes > 0 {
        output::fixed(fixed.fixes, fixed.files.len());
    }
    let checked = fixed.checked;
    let failed = output::diagnostics(&checked.program.sources, checked.diagnostics);
    if failed { status::ERRORS } else { 0 }
}
