//! Calls of function values that are known where they are called, and closures' variables that nobody else can reach.
//!
//! ```text
//! _3 = cell 0                           _3 = 0
//! _4 = closure main.func1(_3)           (nobody uses it any more)
//! _5 = (_4)(_2)                         … the body of main.func1, in which c0 is _3
//! ```

use super::facts::{self, LocalFacts};
use crate::mir::rewrite::{self, Rewriter};
use crate::mir::visit::{read_places, terminator_places};
use crate::mir::{
    Call, Callee, Const, FnId, Function, Local, LocalDecl, Operand, Place, PlaceBase, Proj, Rvalue,
    Statement, StatementKind,
};
use crate::types::TyKind;

/// A closure that a local holds for as long as it holds anything.
#[derive(Clone, Debug)]
pub struct Known {
    pub function: FnId,
    /// Locals that hold what it captured, each with one value.
    pub captures: Vec<Local>,
}

/// The closures that locals of this function are known to hold, by number of local.
pub fn known(function: &Function) -> Vec<Option<Known>> {
    let facts = facts::of(function);
    let mut known = vec![None; function.locals.len()];
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let StatementKind::Assign(dest, Rvalue::Closure(id, captures)) = &statement.kind
            && let Some(dest) = dest.as_local()
            && facts[dest.0 as usize].is_stable()
            && let Some(captures) = captures.iter().map(|it| stable_local(it, &facts)).collect()
        {
            known[dest.0 as usize] = Some(Known { function: *id, captures });
        }
    }
    known
}

/// The closure that an operand is known to be: also a function as a value, which captures nothing.
pub fn of_operand(operand: &Operand, known: &[Option<Known>]) -> Option<Known> {
    match operand {
        Operand::Copy(place) => known[place.as_local()?.0 as usize].clone(),
        Operand::Const(Const::Func(function), _) => Some(Known { function: *function, captures: Vec::new() }),
        Operand::Move(_) | Operand::Const(..) => None,
    }
}

fn stable_local(operand: &Operand, facts: &[LocalFacts]) -> Option<Local> {
    match operand {
        Operand::Copy(place) => place.as_local().filter(|local| facts[local.0 as usize].is_stable()),
        Operand::Move(_) | Operand::Const(..) => None,
    }
}

/// Gives each captured value of a closure that is called here a local of its own, unless one with one value holds it already;
/// so that it is the same wherever the closure is called.
pub fn name_captures(function: &mut Function, types: impl Fn(FnId) -> Vec<crate::types::Ty>) {
    let facts = facts::of(function);
    let called = called_locals(function);
    if !called.iter().any(|called| *called) {
        return;
    }
    // A variable that a function declared which is part of this one by now lives as long as the closure is called.
    let mut outlived = Vec::new();
    for index in 0..function.blocks.len() {
        let statements = std::mem::take(&mut function.blocks[index].statements);
        let mut out = Vec::with_capacity(statements.len());
        for mut statement in statements {
            let (span, scope) = (statement.span, statement.scope);
            if let StatementKind::Assign(dest, Rvalue::Closure(id, captures)) = &mut statement.kind
                && dest.as_local().is_some_and(|dest| called[dest.0 as usize])
            {
                for (capture, ty) in captures.iter_mut().zip(types(*id)) {
                    if let Some(local) = stable_local(capture, &facts) {
                        outlived.push(local);
                    } else {
                        let local = Local(function.locals.len() as u32);
                        function.locals.push(LocalDecl::new(ty, None, span));
                        let value = std::mem::replace(capture, local.into());
                        let kind = StatementKind::Assign(local.into(), Rvalue::Use(value));
                        out.push(Statement { kind, span, scope });
                    }
                }
            }
            out.push(statement);
        }
        function.blocks[index].statements = out;
    }
    for block in &mut function.blocks {
        block.statements.retain(
            |statement| !matches!(&statement.kind, StatementKind::StorageDead(local) if outlived.contains(local)),
        );
    }
}

/// The locals that are called as functions, or handed to what might be replaced by its body, which calls them.
fn called_locals(function: &Function) -> Vec<bool> {
    let mut called = vec![false; function.locals.len()];
    let mut note = |operand: &Operand| {
        if let Operand::Copy(place) = operand
            && let Some(local) = place.as_local()
        {
            called[local.0 as usize] = true;
        }
    };
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match &statement.kind {
            StatementKind::Call(Call { callee: Callee::Closure(value), .. }) => note(value),
            StatementKind::Call(Call { callee: Callee::Direct(_), args, .. }) => {
                args.iter().for_each(&mut note)
            }
            _ => {}
        }
    }
    called
}

/// Calls of functions that became values without captures are direct calls.
pub fn call_directly(function: &mut Function) {
    for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
        if let StatementKind::Call(call) = &mut statement.kind
            && let Callee::Closure(Operand::Const(Const::Func(id), _)) = call.callee
        {
            call.callee = Callee::Direct(id);
        }
    }
}

/// Cells that only this function reaches become plain variables. Whether there were any.
pub fn dissolve_cells(function: &mut Function) -> bool {
    let mut cells: Vec<bool> =
        function.locals.iter().map(|decl| matches!(decl.ty.kind(), TyKind::Cell(_))).collect();
    cells[..function.params.len()].fill(false);
    if !cells.iter().any(|cell| *cell) {
        return false;
    }
    for block in &function.blocks {
        for statement in &block.statements {
            keep_escaping(statement, &mut cells);
        }
        terminator_places(&block.terminator, &mut |place| keep_unless_inside(place, &mut cells));
    }
    if !cells.iter().any(|cell| *cell) {
        return false;
    }
    for (decl, cell) in function.locals.iter_mut().zip(&cells) {
        if let (true, TyKind::Cell(inner)) = (*cell, decl.ty.kind()) {
            decl.ty = *inner;
        }
    }
    for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
        if let StatementKind::Assign(dest, value) = &mut statement.kind
            && dest.as_local().is_some_and(|dest| cells[dest.0 as usize])
            && let Rvalue::Cell(first) = value
        {
            *value = Rvalue::Use(first.clone());
        }
    }
    rewrite::function(function, &mut Dissolve { cells: &cells });
    true
}

/// Strikes out the cells that a statement uses otherwise than by making them, or by what is in them.
fn keep_escaping(statement: &Statement, cells: &mut [bool]) {
    read_places(statement, &mut |place| keep_unless_inside(place, cells));
    let written = match &statement.kind {
        StatementKind::Assign(dest, Rvalue::Cell(_)) if dest.as_local().is_some() => None,
        StatementKind::Assign(dest, _) => dest.as_local(),
        StatementKind::Call(call) => call.dest.as_ref().and_then(Place::as_local),
        StatementKind::Select(select) => select.chosen.as_local(),
        _ => None,
    };
    if let Some(local) = written {
        cells[local.0 as usize] = false;
    }
}

fn keep_unless_inside(place: &Place, cells: &mut [bool]) {
    if let PlaceBase::Local(local) = place.base
        && place.proj.first() != Some(&Proj::Cell)
    {
        cells[local.0 as usize] = false;
    }
}

struct Dissolve<'a> {
    cells: &'a [bool],
}

impl Rewriter for Dissolve<'_> {
    fn place(&mut self, place: &mut Place) {
        if let PlaceBase::Local(local) = place.base
            && self.cells[local.0 as usize]
            && place.proj.first() == Some(&Proj::Cell)
        {
            place.proj.remove(0);
        }
    }

    fn local(&mut self, _: &mut Local) {}
}
