//! What loops need not do in every turn. The passes, in this order, on each function by itself, with explicit counts:
//!
//! 1. [`promote`]: numbers behind in-out parameters are in locals as well;
//! 2. [`copies`]: temporaries that only repeat a variable are that variable, so that the others recognise it;
//! 3. [`borrow`]: what only looks at a value is not counted;
//! 4. [`ranges`]: indexes that are in range are not checked;
//! 5. [`rotate`]: the test at the bottom, so that there is a place before the loop that is passed only if it has a turn;
//! 6. [`unique`]: storage is made unique before the loop;
//! 7. [`headers`]: slices in memory are read before the loop;
//! 8. [`exits`]: branches that leave a loop are such that what stays in it lies together;
//! 9. [`polls`], [`scans`]: what counts, or goes through a text, and calls nothing polls once in many turns;
//! 10. [`lift`]: other polls come before the step to the next turn;
//! 11. [`reads`]: a byte of a text that was read is not read again;
//! 12. [`within`]: a number between two others is compared once.

mod borrow;
mod cfg;
mod conditions;
mod copies;
mod dataflow;
mod effects;
mod exits;
mod guard;
mod headers;
mod lift;
mod polls;
mod promote;
mod ranges;
mod reach;
mod reads;
mod rotate;
mod scans;
#[cfg(test)]
mod tests;
mod unique;
mod within;
mod zone;

use crate::mir::{Function, Module};
use crate::parallel;
use crate::types::Program;

/// Functions with more blocks than this are left as they are: what is found out about them would take too long.
const MOST_BLOCKS: usize = 2000;

/// Runs the passes. Must run behind the ownership pass.
pub fn run(program: &Program, module: &mut Module) {
    let reaching = reach::reaching(program, module);
    let mut functions = std::mem::take(&mut module.functions);
    {
        let module = &*module;
        parallel::for_each(&mut functions, |function| optimise(program, module, &reaching, function));
    }
    module.functions = functions;
}

fn optimise(program: &Program, module: &Module, reaching: &[bool], function: &mut Function) {
    if function.blocks.len() > MOST_BLOCKS || cfg::Cfg::new(function).loops(function).is_empty() {
        return;
    }
    promote::run(&effects::Storage::new(program, module, reaching, function), function);
    copies::run(program, function);
    let storage = effects::Storage::new(program, module, reaching, function);
    borrow::run(&storage, function);
    ranges::run(&storage, function);
    rotate::run(function);
    unique::run(&storage, function);
    headers::run(&storage, function);
    // Before polls, whose own blocks are hardly ever passed and need not lie in the loop.
    exits::run(program, module, function);
    polls::run(&storage, function);
    lift::run(function);
    reads::run(program, function);
    within::run(program, function);
}
