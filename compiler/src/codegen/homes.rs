//! Where each local of a function lives.
//!
//! In registers (one Cranelift variable a leaf), if its value has few leaves and nobody needs its address; else in memory: on the stack
//! in a function that cannot suspend, in the heap frame in one that can, because then its address outlives the stack. So it does where a call
//! that is deferred further down may work on it after a crash.

use cranelift_codegen::ir::StackSlot;
use cranelift_frontend::Variable;
use smallvec::SmallVec;

use super::layout::{Layouts, OptionalForm, Shape};
use super::liveness::Facts;
use super::unit::Unit;
use crate::mir::typing::step_type;
use crate::mir::visit::{destinations, read_places, terminator_places};
use crate::mir::{Function, Operand, ParamMode, Place, PlaceBase, Proj, Rvalue, StatementKind};
use crate::types::Ty;

/// What is larger than this never stands on the stack, but in the frame, on the heap.
const MAX_STACK_LOCAL: u32 = 64 * 1024;

/// Locals on the stack are together at most this big, so that the reserve behind the stack's limit has room for them.
const MAX_STACK_LOCALS: u32 = 256 * 1024;

/// Whether the stack is no place for a value of this size.
pub fn is_large(size: u32) -> bool {
    size > MAX_STACK_LOCAL
}

#[derive(Clone, Debug)]
pub enum Home {
    /// One variable for each leaf.
    Variables(SmallVec<[Variable; 3]>),
    Stack(StackSlot),
    /// In the frame, at this offset.
    Frame(u32),
    /// A big parameter that the function only reads: the variable holds the caller's pointer.
    Pointer(Variable),
}

/// What kind of home a local gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HomeKind {
    Variables,
    Stack,
    Frame,
    Pointer,
}

/// So many scalars may be saved and reloaded at the sites of one function; beyond, locals that would be saved often live in the
/// frame, where they need no saving. Only functions of many hundred lines get there, whose code would grow with the square of their length.
const MOST_SAVES: usize = 4000;

/// A local that is saved at fewer sites stays in registers even then.
const OFTEN: usize = 8;

/// Decides for each local of a function.
pub fn decide(unit: &Unit, function: &Function, facts: &Facts) -> Vec<HomeKind> {
    let mut kinds = by_use(unit, function);
    let saves = count_saves(function, facts);
    let leaves =
        |local: usize| unit.layouts.of(function.locals[local].ty).leaves.as_ref().map_or(0, Vec::len);
    let total: usize = saves.iter().enumerate().map(|(local, count)| count * leaves(local)).sum();
    if total > MOST_SAVES {
        for (kind, count) in kinds.iter_mut().zip(saves) {
            if count >= OFTEN && matches!(kind, HomeKind::Variables | HomeKind::Stack) {
                *kind = HomeKind::Frame;
            }
        }
    }
    kinds
}

/// At how many sites each local would be saved.
fn count_saves(function: &Function, facts: &Facts) -> Vec<usize> {
    let mut saves = vec![0; function.locals.len()];
    if function.locals.len() < OFTEN {
        return saves;
    }
    for (index, block) in function.blocks.iter().enumerate() {
        let mut last = None;
        for (statement, kept) in block.statements.iter().zip(facts.block(index)) {
            // Sites that keep the same set share what saves it; a wait has its own reloading.
            let waits = function.suspends && is_call(&statement.kind);
            if waits {
                kept.live.iter().for_each(|local| saves[local as usize] += 1);
            }
            if last.as_ref() != Some(&kept.owned) {
                kept.owned.iter().for_each(|local| saves[local as usize] += 1);
                last = Some(kept.owned);
            }
        }
    }
    saves
}

fn is_call(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Call(_) | StatementKind::Select(_) | StatementKind::RunDefers | StatementKind::Poll
    )
}

/// By what is done with each local.
fn by_use(unit: &Unit, function: &Function) -> Vec<HomeKind> {
    let mut uses = Uses {
        layouts: &unit.layouts,
        function,
        addressed: vec![false; function.locals.len()],
        changed: vec![false; function.locals.len()],
    };
    uses.scan();
    let stays = function.suspends || function.has_defer || function.outlived;
    let mut on_stack = 0;
    let mut memory = |size: u32| match stays || is_large(size) || on_stack + size > MAX_STACK_LOCALS {
        true => HomeKind::Frame,
        false => {
            on_stack += size;
            HomeKind::Stack
        }
    };
    let kinds = function.locals.iter().enumerate().map(|(index, decl)| {
        let layout = unit.layouts.of(decl.ty);
        match layout.leaves {
            Some(_) if !uses.addressed[index] => HomeKind::Variables,
            None if function.params.get(index) == Some(&ParamMode::Borrow) && !uses.changed[index] => {
                HomeKind::Pointer
            }
            _ => memory(layout.size),
        }
    });
    kinds.collect()
}

struct Uses<'a> {
    layouts: &'a Layouts<'a>,
    function: &'a Function,
    /// Something needs its address, or a computed offset into it.
    addressed: Vec<bool>,
    /// The function writes to it or to a part of it.
    changed: Vec<bool>,
}

impl Uses<'_> {
    fn scan(&mut self) {
        let function = self.function;
        for block in &function.blocks {
            for statement in &block.statements {
                read_places(statement, &mut |place| self.indexed(place));
                destinations(statement, &mut |dest| self.written(dest));
                match &statement.kind {
                    StatementKind::Assign(_, value) => {
                        if let Rvalue::Ref(place) = value {
                            self.taken(place);
                        }
                        for operand in crate::mir::visit::rvalue_operands(value) {
                            self.moved(operand);
                        }
                    }
                    StatementKind::Call(call) => call.args.iter().for_each(|arg| self.moved(arg)),
                    StatementKind::MakeUnique(place)
                    | StatementKind::Append(place, _)
                    | StatementKind::Retain(place)
                    | StatementKind::Settle(place)
                    | StatementKind::Drop(place) => self.written(place),
                    StatementKind::StorageLive(local) => self.changed[local.0 as usize] = true,
                    StatementKind::Defer(operand) => self.moved(operand),
                    _ => {}
                }
            }
            terminator_places(&block.terminator, &mut |place| self.indexed(place));
        }
    }

    fn written(&mut self, place: &Place) {
        if let PlaceBase::Local(local) = place.base {
            self.changed[local.0 as usize] = true;
        }
        self.indexed(place);
    }

    fn moved(&mut self, operand: &Operand) {
        if let Operand::Move(local) = operand {
            self.changed[local.0 as usize] = true;
        }
    }

    fn taken(&mut self, place: &Place) {
        if let PlaceBase::Local(local) = place.base {
            self.changed[local.0 as usize] = true;
            if !self.leaves_local(place, false) {
                self.addressed[local.0 as usize] = true;
            }
        }
    }

    /// Notes locals with arrays in them that are indexed.
    fn indexed(&mut self, place: &Place) {
        if let PlaceBase::Local(local) = place.base
            && !place.proj.is_empty()
            && !self.leaves_local(place, true)
        {
            self.addressed[local.0 as usize] = true;
        }
    }

    /// Whether the place is behind a pointer that the local holds; with `only_arrays`, also if it is in
    /// the local itself, but at an offset that is known now.
    fn leaves_local(&self, place: &Place, only_arrays: bool) -> bool {
        let PlaceBase::Local(local) = place.base else { return true };
        let mut ty: Ty = self.function.locals[local.0 as usize].ty;
        for step in &place.proj {
            let layout = self.layouts.of(ty);
            match (step, &layout.shape) {
                (Proj::Deref | Proj::Cell, _) => return true,
                (Proj::Index { .. }, Shape::Array { .. }) => return false,
                (Proj::Index { .. }, _) => return true,
                (Proj::Some, Shape::Optional { form: OptionalForm::Boxed, .. }) => return true,
                (Proj::Case(case, field), Shape::Enum(cases)) => {
                    let part = cases.get(*case as usize).and_then(|parts| parts.get(*field as usize));
                    if part.is_some_and(|part| part.boxed) {
                        return true;
                    }
                }
                _ => {}
            }
            ty = step_type(self.layouts.program, ty, step);
        }
        only_arrays
    }
}
