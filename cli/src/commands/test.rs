//! `goo test`

use std::path::Path;

use goo_compiler::codegen::Target;
use goo_compiler::driver::{self, Timings};
use goo_runtime::task::runtime::{self, Options};

use super::compile;
use crate::output;
use crate::{Format, status};

pub fn test(path: &Path, filter: Option<&str>, format: &Format) -> u8 {
    let mut timings = Timings::default();
    let compiled =
        output::with_progress("compiling", || driver::on_big_stack(|| compile(path, format, &mut timings)));
    let (program, module) = match compiled {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    let code = driver::generate(&program, &module, Target::Jit, &mut timings);
    let jit = match code.and_then(|code| driver::load_code(code, &mut timings)) {
        Ok(jit) => jit,
        Err(ice) => return output::internal(&program.sources, &ice),
    };
    let (mut passed, mut failed) = (0, 0);
    for test in jit.program().tests() {
        let name = test.name.as_str();
        if filter.is_some_and(|filter| !name.contains(filter)) {
            continue;
        }
        let options = Options { arguments: Some(vec![path.display().to_string()]), ..Options::default() };
        match runtime::start_closure(jit.program(), test.body, &options) {
            0 => {
                passed += 1;
                println!("ok      {name}");
            }
            _ => {
                failed += 1;
                println!("FAILED  {name} ({}:{})", test.file.as_str(), test.line);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 { status::ERRORS } else { 0 }
}
