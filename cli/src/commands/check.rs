//! `goo check`

use std::mem::ManuallyDrop;

use goo_compiler::driver::{self, Checked, Timings};

use crate::output;
use crate::{Source, status};

pub fn check(source: &Source) -> u8 {
    let mut timings = Timings::default();
    let checked = driver::on_big_stack(|| driver::check(&source.path, &mut timings));
    let failed = match checked {
        Ok(Checked { program, diagnostics }) => {
            // The process is about to end: to free each node of the tree would take longer than a small stage.
            let program = ManuallyDrop::new(program);
            output::diagnostics(&program.sources, diagnostics)
        }
        Err(problem) => return output::unreadable(&problem),
    };
    if source.timings {
        output::timings(&timings, None);
    }
    if failed { status::ERRORS } else { 0 }
}
