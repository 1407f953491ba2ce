//! Decides which parameters of directly called functions are handed over instead of lent.
//!
//! ```text
//! func add(xs []int, x int) []int { return append(xs, x) }
//! xs = add(xs, 1)      // lent: `xs` is held twice inside, so append copies it, each time
//!                      // handed over: held once, so append works in place
//! ```
//!
//! A parameter is handed over if the function changes it or makes it part of something it keeps or returns: then the caller's last use
//! becomes a move, and any other use costs the retain that the function would have made. Functions that are also
//! values, closures and methods behind interfaces keep lent parameters: their callers do not know them.

use super::callgraph::known_elsewhere;
use crate::mir::typing::is_counted;
use crate::mir::visit::{base_local, rvalue_operands};
use crate::mir::{
    Appended, Callee, FnId, Function, Module, Operand, ParamMode, Place, Rvalue, StatementKind,
};
use crate::types::Program;

/// Sets the modes. Must run before the ownership pass, which acts on them at both ends.
pub fn run(program: &Program, module: &mut Module) {
    let known_elsewhere = known_elsewhere(module);
    let candidates: Vec<FnId> = (0..module.functions.len() as u32)
        .map(FnId)
        .filter(|id| !known_elsewhere.contains(id) && !module.functions[id.0 as usize].is_closure)
        .collect();
    let mut changed = true;
    while changed {
        changed = false;
        for id in &candidates {
            let function = &module.functions[id.0 as usize];
            for index in taken(module, function) {
                let function = &module.functions[id.0 as usize];
                if function.params[index] == ParamMode::Borrow
                    && is_counted(program, function.locals[index].ty)
                {
                    module.functions[id.0 as usize].params[index] = ParamMode::Own;
                    changed = true;
                }
            }
        }
    }
}

/// The parameters that a function changes or keeps.
fn taken(module: &Module, function: &Function) -> Vec<usize> {
    let mut taken = Vec::new();
    let mut take = |place: &Place| {
        if let Some(local) = base_local(place)
            && (local.0 as usize) < function.params.len()
            && !taken.contains(&(local.0 as usize))
        {
            taken.push(local.0 as usize);
        }
    };
    let mut keep = |operand: &Operand| {
        if let Operand::Copy(place) = operand
            && place.as_local().is_some()
        {
            take(place);
        }
    };
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match &statement.kind {
            StatementKind::Assign(_, value) if keeps(value) => {
                rvalue_operands(value).into_iter().for_each(&mut keep);
            }
            StatementKind::Append(place, appended) => {
                keep(&Operand::Copy(root(place)));
                if let Appended::One(value) = appended {
                    keep(value);
                }
            }
            StatementKind::MakeUnique(place) => keep(&Operand::Copy(root(place))),
            StatementKind::Assign(_, Rvalue::Ref(place)) => keep(&Operand::Copy(root(place))),
            StatementKind::Defer(closure) => keep(closure),
            StatementKind::Call(call) => {
                if let Callee::Direct(id) = call.callee {
                    let modes = &module.functions[id.0 as usize].params;
                    call.args
                        .iter()
                        .zip(modes)
                        .filter(|(_, mode)| **mode == ParamMode::Own)
                        .for_each(|(arg, _)| keep(arg));
                }
            }
            _ => {}
        }
    }
    taken
}

/// Whether the operands become part of the new value.
fn keeps(value: &Rvalue) -> bool {
    matches!(
        value,
        Rvalue::Use(_)
            | Rvalue::Retype(..)
            | Rvalue::Aggregate(..)
            | Rvalue::Case(..)
            | Rvalue::Slice(..)
            | Rvalue::Closure(..)
            | Rvalue::Some(..)
            | Rvalue::Ok(..)
            | Rvalue::Err(..)
            | Rvalue::Interface { .. }
            | Rvalue::Cell(_)
    )
}

/// The whole variable that a place is in.
fn root(place: &Place) -> Place {
    Place { base: place.base, proj: Default::default() }
}
