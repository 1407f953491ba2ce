//! `--emit`: what a stage of the compiler gives.

use goo_compiler::codegen::Listing;
use goo_compiler::driver::{self, Scheduling, Timings};
use goo_compiler::load;
use goo_compiler::mir::print;
use goo_compiler::syntax::dump;

use super::compile_source;
use crate::output;
use crate::{Emit, Source, status};

pub fn emit(source: &Source, emit: Emit) -> u8 {
    match emit {
        Emit::Tokens | Emit::Ast => driver::on_big_stack(|| syntax(source, emit)),
        Emit::Mir | Emit::Clif | Emit::Asm => native(source, emit),
    }
}

fn syntax(source: &Source, emit: Emit) -> u8 {
    let loaded = match load::load(&source.path) {
        Ok(loaded) => loaded,
        Err(problem) => return output::unreadable(&problem),
    };
    for (file, (_, text)) in loaded.files.iter().zip(loaded.sources.iter()).filter(|(_, (_, text))| !text.std)
    {
        output::print(&match emit {
            Emit::Tokens => dump::dump_tokens(&text.text).to_string(),
            _ => dump::dump(file).to_string(),
        });
    }
    match output::diagnostics(&loaded.sources, loaded.diagnostics) {
        true => status::ERRORS,
        false => 0,
    }
}

fn native(source: &Source, emit: Emit) -> u8 {
    let mut timings = Timings::default();
    let (program, module) = match compile_source(source, Scheduling::Free, &mut timings) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    let text = match emit {
        Emit::Mir => Ok(print::module(&program, &module)),
        Emit::Clif => driver::listing(&program, &module, Listing::Clif),
        _ => driver::listing(&program, &module, Listing::Asm),
    };
    match text {
        Ok(text) => output::print(&text),
        Err(failure) => return output::no_code(&program.sources, failure),
    }
    if source.timings {
        output::timings(&timings, None);
    }
    0
}
