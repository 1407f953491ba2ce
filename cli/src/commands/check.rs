//! `goo check`

use goo_compiler::driver::{self, Timings};

use crate::output;
use crate::{Source, status};

pub fn check(source: &Source) -> u8 {
    let mut timings = Timings::default();
    let checked = driver::on_big_stack(|| driver::check(&source.path, &mut timings));
    let failed = match checked {
        Ok(checked) => {
            output::diagnostics(&checked.program.sources, checked.diagnostics, source.format.error_format)
        }
        Err(message) => {
            output::failure(&message);
            return status::FILES;
        }
    };
    if source.timings {
        output::timings(&timings, None);
    }
    if failed { status::ERRORS } else { 0 }
}
