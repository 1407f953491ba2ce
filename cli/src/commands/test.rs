//! `goo test`

use std::path::Path;

use goo_compiler::driver::{self, Scheduling, Timings};
use goo_runtime::abi::layout::{ProgramDesc, TestDesc};
use goo_runtime::task::runtime::{self, Options};

use super::{compile, load, schedules, spare_sources};
use crate::output;
use crate::{Schedule, nearby, status};

pub fn test(path: &Path, filter: Option<&str>, count: Option<u64>, schedule: &Schedule) -> u8 {
    let drawn = match schedule.is_drawn(count) {
        Ok(drawn) => drawn,
        Err(flag) => return schedules::needs_a_seed(flag, "--schedules N or --seed S"),
    };
    let scheduling = if drawn { Scheduling::Drawn } else { Scheduling::Free };
    let mut timings = Timings::default();
    let compiled = output::with_progress("compiling", || {
        driver::on_big_stack(|| compile(path, scheduling, &mut timings))
    });
    let (program, module) = match compiled {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    if let Some(events) = &schedule.events
        && let Err(status) = spare_sources(&program.sources, events, "--events")
    {
        return status;
    }
    let jit = match load(path, scheduling, (&program, &module), &mut timings) {
        Ok((jit, _)) => jit,
        Err(failure) => return output::no_code(&program.sources, failure),
    };
    let all = jit.program().tests();
    let chosen = |test: &&TestDesc| filter.is_none_or(|filter| test.name.as_str().contains(filter));
    let tests: Vec<&TestDesc> = all.iter().filter(chosen).collect();
    if let Some(filter) = filter.filter(|_| tests.is_empty()) {
        let names: Vec<&str> = all.iter().map(|test| test.name.as_str()).collect();
        let help = nearby::tests(filter, &names);
        return output::failure(status::USAGE, format!("no test's name contains {filter:?}; {help}"));
    }
    goo_runtime::io::die_of_closed_pipes();
    if drawn {
        // Each schedule begins with a copy of this process: what is not needed any more is not copied.
        drop((program, module));
        return schedules::test(jit.program(), &tests, path, count, schedule);
    }
    run(jit.program(), &tests, path)
}

/// Runs each test once, on all cores.
fn run(program: &'static ProgramDesc, tests: &[&TestDesc], path: &Path) -> u8 {
    let (mut passed, mut failed) = (0, 0);
    for test in tests {
        let name = test.name.as_str();
        let options = Options { arguments: Some(vec![path.display().to_string()]), ..Options::default() };
        match runtime::start_closure(program, test.body, &options) {
            0 => {
                passed += 1;
                output::print(&format!("ok      {name}\n"));
            }
            _ => {
                failed += 1;
                output::print(&format!("FAILED  {name} ({}:{})\n", test.file.as_str(), test.line));
            }
        }
    }
    output::print(&format!("{passed} passed, {failed} failed\n"));
    if failed > 0 { status::ERRORS } else { 0 }
}
