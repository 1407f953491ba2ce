//! `goo run`

use goo_compiler::codegen::Target;
use goo_compiler::driver::{self, Timings};
use goo_runtime::task::runtime::{self, Options};

use super::compile_source;
use crate::Source;
use crate::output;

pub fn run(source: &Source, args: &[String]) -> u8 {
    let mut timings = Timings::default();
    let (program, module) = match compile_source(source, &mut timings) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    let jit = match output::with_progress("generating code", || {
        driver::generate(&program, &module, Target::Jit, &mut timings)
            .and_then(|code| driver::load_code(code, &mut timings))
    }) {
        Ok(jit) => jit,
        Err(ice) => return output::internal(&program.sources, &ice),
    };
    if source.timings {
        output::timings(&timings);
    }
    let mut arguments = vec![source.path.display().to_string()];
    arguments.extend(args.iter().cloned());
    let options = Options { arguments: Some(arguments), ends_process: true, ..Options::default() };
    let status = runtime::start(jit.program(), &options);
    // The runtime's status is one that the system can carry; others have the low byte, as everywhere.
    std::process::exit(status)
}
