//! Rule 7: which copies are settled, because they may hold what is lent.

use super::Ownership;
use crate::mir::typing::may_hold;
use crate::mir::{Function, Local, Module, Place, StatementKind};
use crate::types::Ty;

/// The types of values with storage that some function lends a part of while others can reach it.
pub(super) fn lent_types(module: &Module) -> Vec<Ty> {
    let mut types = Vec::new();
    for function in &module.functions {
        for held in holds(function) {
            let ty = function.locals[held.0 as usize].ty;
            if !types.contains(&ty) {
                types.push(ty);
            }
        }
    }
    types
}

/// The temporaries that a function holds what it lends with.
pub(super) fn holds(function: &Function) -> impl Iterator<Item = Local> {
    function.blocks.iter().flat_map(|block| &block.statements).filter_map(|statement| match &statement.kind {
        StatementKind::Lend { held, .. } => held.as_local(),
        _ => None,
    })
}

impl Ownership<'_> {
    /// Rule 7: behind a copy.
    pub(super) fn settle(&mut self, copy: &Place, ty: Ty) {
        if self.lent.is_empty() || copy.as_local().is_some_and(|local| self.is_hold(local)) {
            return;
        }
        if self.is_lendable(ty) {
            self.emit(StatementKind::Settle(copy.clone()));
        }
    }

    /// Whether the function lends parts of what its own variables may hold: what they are lent to stands in it now.
    pub(super) fn lends_itself(&self) -> bool {
        self.holds.contains(&true)
    }

    /// Whether something else may lend what is at the place, or has it lent.
    pub(super) fn may_be_lent(&self, place: &Place) -> bool {
        self.lends_itself() || place.is_reachable()
    }

    pub(super) fn is_hold(&self, local: Local) -> bool {
        self.holds.get(local.0 as usize) == Some(&true)
    }

    pub(super) fn is_lendable(&mut self, ty: Ty) -> bool {
        let (program, lent) = (self.program, self.lent);
        let may = || lent.iter().any(|target| may_hold(program, ty, *target));
        *self.lendable.entry(ty).or_insert_with(may)
    }

    pub(super) fn place_is_lendable(&mut self, place: &Place) -> bool {
        let ty = self.place_ty(place);
        self.is_lendable(ty)
    }
}
