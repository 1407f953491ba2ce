//! What a function does with each of its locals, counted over the whole body.

use rustc_hash::FxHashMap;

use crate::mir::visit::{defined_local, destinations, read_places, terminator_places};
use crate::mir::{Function, Local, Place, PlaceBase, Rvalue, Statement, StatementKind};
use crate::types::TyKind;

/// Of one local.
#[derive(Clone, Copy, Default, Debug)]
pub struct LocalFacts {
    /// How often it is given a whole value; once for being a parameter.
    pub defined: u32,
    /// How often something reads it, or looks into it.
    pub read: u32,
    /// It is changed in part or in place, or its address is taken.
    pub changed: bool,
}

impl LocalFacts {
    /// Whether it has one value as long as it has any.
    pub fn is_stable(self) -> bool {
        self.defined == 1 && !self.changed
    }
}

/// For each local of a function.
pub fn of(function: &Function) -> Vec<LocalFacts> {
    let mut facts = Facts(vec![LocalFacts::default(); function.locals.len()]);
    for index in 0..function.params.len() {
        facts.0[index].defined = 1;
    }
    for block in &function.blocks {
        for statement in &block.statements {
            read_places(statement, &mut |place| facts.read(place));
            facts.changes(statement);
        }
        terminator_places(&block.terminator, &mut |place| facts.read(place));
    }
    if let Some(result) = function.result {
        facts.0[result.0 as usize].read += 1;
    }
    facts.0
}

struct Facts(Vec<LocalFacts>);

impl Facts {
    fn changes(&mut self, statement: &Statement) {
        destinations(statement, &mut |dest| self.written(dest));
        match &statement.kind {
            StatementKind::Assign(_, Rvalue::Ref(place))
            | StatementKind::MakeUnique(place)
            | StatementKind::Append(place, _)
            | StatementKind::Lend { held: place, .. }
            | StatementKind::Retain(place)
            | StatementKind::Settle(place)
            | StatementKind::Drop(place) => self.changed(place),
            StatementKind::StorageLive(local) => self.0[local.0 as usize].defined += 1,
            _ => {}
        }
    }

    fn read(&mut self, place: &Place) {
        if let PlaceBase::Local(local) = place.base {
            self.0[local.0 as usize].read += 1;
        }
    }

    fn written(&mut self, place: &Place) {
        match place.as_local() {
            Some(local) => self.0[local.0 as usize].defined += 1,
            None => self.changed(place),
        }
    }

    fn changed(&mut self, place: &Place) {
        if let PlaceBase::Local(Local(index)) = place.base
            && !place.is_indirect()
        {
            self.0[index as usize].changed = true;
        }
    }
}

/// The places that `Ref` locals point to which are given a value only once.
pub fn targets(function: &Function) -> FxHashMap<Local, &Place> {
    let mut found: FxHashMap<Local, Option<&Place>> = FxHashMap::default();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        let (local, target) = match &statement.kind {
            StatementKind::Assign(dest, Rvalue::Ref(place)) => (dest.as_local(), Some(place)),
            _ => (defined_local(statement), None),
        };
        if let Some(local) = local
            && matches!(function.locals[local.0 as usize].ty.kind(), TyKind::Ref(_))
        {
            found.entry(local).and_modify(|old| *old = None).or_insert(target);
        }
    }
    found.into_iter().filter_map(|(local, target)| Some((local, target?))).collect()
}
