//! What the inliner needs to know of a function: its size, and how its body may be put elsewhere.

use crate::mir::passes::liveness::Liveness;
use crate::mir::passes::ownership::changed_params;
use crate::mir::visit::read_places;
use crate::mir::{
    Callee, Function, Local, Operand, Place, PlaceBase, Proj, Rvalue, StatementKind, Terminator,
};

#[derive(Debug)]
pub struct Summary {
    /// See [`size`].
    pub size: u32,
    /// By number of parameter: the function assigns it, or changes a part of it.
    pub changed: Vec<bool>,
    /// By number of parameter: the function calls it.
    pub called: Vec<bool>,
    /// Locals that may be read before they are given a value.
    pub zeroed: Vec<Local>,
    pub has_loop: bool,
    /// Its body has a meaning only in a function of its own.
    pub stays: bool,
}

impl Summary {
    pub fn new(function: &Function) -> Summary {
        let mut called = vec![false; function.params.len()];
        let mut stays = function.has_defer || function.blocks.is_empty();
        let mut has_loop = false;
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            match &statement.kind {
                StatementKind::Call(call) => {
                    if let Callee::Closure(Operand::Copy(place)) = &call.callee
                        && let Some(Local(index)) = place.as_local()
                        && let Some(called) = called.get_mut(index as usize)
                    {
                        *called = true;
                    }
                }
                StatementKind::Assign(_, Rvalue::SelfClosure)
                | StatementKind::Defer(_)
                | StatementKind::RunDefers => stays = true,
                StatementKind::Poll => has_loop = true,
                _ => {}
            }
        }
        let (size, changed, zeroed) = (size(function), changed_params(function), zeroed(function));
        Summary { size, changed, called, zeroed, has_loop, stays }
    }
}

/// How big a body is: roughly, in machine instructions.
pub fn size(function: &Function) -> u32 {
    let mut size = 0;
    for block in &function.blocks {
        for statement in &block.statements {
            size += cost(&statement.kind);
            read_places(statement, &mut |place| size += place_cost(place));
        }
        size += match &block.terminator {
            Terminator::Goto(_) | Terminator::Return | Terminator::Unreachable => 0,
            Terminator::Branch { .. } => 1,
            Terminator::Switch { cases, .. } => 3 + (cases.len() as u32).div_ceil(2),
        };
    }
    size
}

/// The locals that are live at entry though they are no parameters.
fn zeroed(function: &Function) -> Vec<Local> {
    if function.blocks.len() <= 1 && function.blocks.iter().all(|block| block.statements.len() < 4) {
        // So few statements, in a row, give before they read.
        return Vec::new();
    }
    let liveness = Liveness::new(function, &vec![true; function.locals.len()]);
    let at_entry = liveness.live_in.first().into_iter().flat_map(|live| live.iter());
    at_entry.filter(|local| *local as usize >= function.params.len()).map(Local).collect()
}

/// What a statement costs, without the places in it.
fn cost(kind: &StatementKind) -> u32 {
    match kind {
        StatementKind::Assign(_, value) => match value {
            Rvalue::Slice(_, xs) | Rvalue::Closure(_, xs) => 6 + xs.len() as u32,
            Rvalue::Interface { .. } | Rvalue::Cell(_) => 5,
            Rvalue::Aggregate(_, xs) | Rvalue::Case(_, _, xs) => 1 + xs.len() as u32 / 2,
            Rvalue::IsType(..) | Rvalue::Concrete(..) => 3,
            _ => 1,
        },
        StatementKind::Call(call) => 5 + call.args.len() as u32,
        StatementKind::Select(select) => 15 + 5 * select.cases.len() as u32,
        StatementKind::MakeUnique(_) => 3,
        StatementKind::Lend { .. } => 2,
        StatementKind::Append(..) => 8,
        StatementKind::Poll => 2,
        StatementKind::Defer(_) | StatementKind::RunDefers => 10,
        StatementKind::StorageLive(_)
        | StatementKind::StorageDead(_)
        | StatementKind::Retain(_)
        | StatementKind::Settle(_)
        | StatementKind::Drop(_)
        | StatementKind::Check(_)
        | StatementKind::Nop => 0,
    }
}

/// What reaching a place costs: the checks of its indexes, and what is read through pointers.
fn place_cost(place: &Place) -> u32 {
    let steps: u32 = place
        .proj
        .iter()
        .map(|step| match step {
            Proj::Index { checked: false, .. } => 3,
            Proj::Index { checked: true, .. } | Proj::Cell => 1,
            _ => 0,
        })
        .sum();
    steps + u32::from(matches!(place.base, PlaceBase::Global(_) | PlaceBase::Capture(_)))
}
