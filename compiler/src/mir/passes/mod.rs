//! Passes over MIR, in the order of [`run`]. Each is a plain function; the [verifier](verify) can run after each.

pub mod liveness;
pub mod ownership;
pub mod params;
pub mod suspend;
pub mod verify;

use crate::mir::Module;
use crate::types::Program;

/// All passes between lowering and code generation.
pub fn run(program: &Program, module: &mut Module) {
    // Before ownership, which acts on parameter modes at both ends of a call.
    params::run(program, module);
    ownership::run(program, module);
    // Nothing before it needs to know; the code generator does.
    suspend::run(program, module);
}
