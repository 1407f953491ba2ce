//! `goo run`

use goo_compiler::driver::{Scheduling, Timings};
use goo_runtime::task::runtime::{self, Options};

use super::{compile_source, load, schedules, spare_sources};
use crate::output;
use crate::{Schedule, Source};

pub fn run(source: &Source, schedule: &Schedule, args: &[String]) -> u8 {
    let drawn = match schedule.is_drawn(None) {
        Ok(drawn) => drawn,
        Err(flag) => return schedules::needs_a_seed(flag, "--seed S"),
    };
    let scheduling = if drawn { Scheduling::Drawn } else { Scheduling::Free };
    let mut timings = Timings::default();
    let (program, module) = match compile_source(source, scheduling, &mut timings) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    if let Some(events) = &schedule.events
        && let Err(status) = spare_sources(&program.sources, events, "--events")
    {
        return status;
    }
    let (jit, cached) = match output::with_progress("generating code", || {
        load(&source.path, scheduling, (&program, &module), &mut timings)
    }) {
        Ok(loaded) => loaded,
        Err(failure) => return output::no_code(&program.sources, failure),
    };
    if source.timings {
        output::timings(&timings, Some(&cached));
    }
    let mut arguments = vec![source.path.display().to_string()];
    arguments.extend(args.iter().cloned());
    goo_runtime::io::die_of_closed_pipes();
    let status = match schedule.seed {
        Some(seed) => match schedules::run(jit.program(), seed, schedule, arguments) {
            Ok(status) => status,
            Err(status) => return status,
        },
        None => {
            let options = Options { arguments: Some(arguments), ends_process: true, ..Options::default() };
            runtime::start(jit.program(), &options)
        }
    };
    // The runtime's status is one that the system can carry; others have the low byte, as everywhere.
    std::process::exit(status)
}
