//! Which parts of variables can be moved out of them, by what the statements behind do.

use super::{Context, Ownership};
use crate::mir::bits::BitSet;
use crate::mir::passes::facts;
use crate::mir::visit::{base_local, defined_local, destinations, successors, terminator_places};
use crate::mir::{Call, Callee, Local, Operand, Place, Proj, Rvalue, Statement, StatementKind, Terminator};
use crate::types::{Ty, TyKind};

/// A statement of a function: the n-th of a block.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub block: usize,
    pub index: usize,
}

/// What is read whole, to be taken out if it gets a new value before anybody looks.
struct Part {
    base: Local,
    /// The part; of an entry of a map, the map.
    place: Place,
    /// The key of the entry.
    key: Option<Operand>,
}

impl Part {
    /// Whether a variable is one by which the way to the part is found.
    fn is_found_by(&self, local: Local) -> bool {
        self.place.indexes().chain(&self.key).any(|operand| operand.copied_local() == Some(local))
    }

    /// Whether the statement gives the variable itself, or one by which the way to the part is found, another value.
    fn is_moved_by(&self, statement: &Statement) -> bool {
        let found_by = |local: Local| self.is_found_by(local);
        let mut moved = defined_local(statement).is_some_and(|local| local == self.base || found_by(local));
        destinations(statement, &mut |place| moved |= base_local(place).is_some_and(found_by));
        // Behind an address it may change unseen.
        let referred = match &statement.kind {
            StatementKind::Assign(_, Rvalue::Ref(place)) => base_local(place),
            _ => None,
        };
        moved || referred.is_some_and(found_by)
    }

    /// Whether somebody could see that the part is not there, should the statement crash: a caller, in what it deferred, or who comes after
    /// in a section. A field of a variable may be seen so, an element not.
    fn may_be_missed_in(&self, statement: &Statement) -> bool {
        let runs_goo = || match &statement.kind {
            StatementKind::Call(call) => !matches!(call.callee, Callee::Native { .. }),
            _ => false,
        };
        let is_element = self.key.is_some() || self.place.indexes().next().is_some();
        is_element && self.place.proj.contains(&Proj::Deref) && runs_goo()
    }
}

/// A look into a map that takes out what it finds.
pub(super) struct Entry<'c> {
    map: &'c Place,
    key: &'c Operand,
    /// The function of the runtime that does so.
    taking: &'static str,
    types: &'c Vec<Ty>,
    dest: &'c Place,
}

/// What a statement does to a [`Part`].
enum Step {
    /// It neither looks at it nor at what it is in.
    Passes,
    /// It gives it a new value.
    Overwrites,
    Looks,
}

impl Ownership<'_> {
    /// Whether the place is a part of a variable that gets a new value, on each way from here, before anything looks at the variable again.
    pub(super) fn is_overwritten(&self, place: &Place, from: Point) -> bool {
        let fixed = |step: &Proj| {
            matches!(step, Proj::Field(_) | Proj::Deref | Proj::Some | Proj::Case(..) | Proj::Index { .. })
        };
        let Some(base) = base_local(place) else { return false };
        if place.proj.is_empty() || !place.proj.iter().all(fixed) || !place.indexes().all(Operand::is_plain) {
            return false;
        }
        self.is_replaced(&Part { base, place: place.clone(), key: None }, from)
    }

    /// The same of an entry of a map that the call looks up.
    pub(super) fn overwritten_entry<'c>(&mut self, call: &'c Call, from: Point) -> Option<Entry<'c>> {
        let Callee::Native { name, types } = &call.callee else { return None };
        let taking = taking(name)?;
        let ([Operand::Copy(map), key], Some(dest)) = (call.args.as_slice(), &call.dest) else { return None };
        let fixed = |step: &Proj| matches!(step, Proj::Field(_) | Proj::Deref);
        let base = base_local(map)?;
        let to_another = dest.as_local().is_some_and(|dest| dest != base && key.copied_local() != Some(dest));
        if !key.is_plain() || !map.proj.iter().all(fixed) || !to_another || !self.place_is_counted(dest) {
            return None;
        }
        let part = Part { base, place: map.clone(), key: Some(key.clone()) };
        self.is_replaced(&part, from).then_some(Entry { map, key, taking, types, dest })
    }

    /// Takes what is under a key out of a map, instead of a copy.
    pub(super) fn take_entry(&mut self, entry: Entry<'_>, cx: &Context) {
        let Entry { map, key, taking, types, dest } = entry;
        let slot = self.temp(Ty::new(TyKind::Ref(self.place_ty(map))));
        self.emit(StatementKind::Assign(slot.into(), Rvalue::Ref(map.clone())));
        let args = vec![Operand::Copy(slot.into()), key.clone()];
        let callee = Callee::Native { name: taking, types: types.clone() };
        self.finish_call(Call { dest: Some(dest.clone()), callee, args }, cx);
        if self.may_be_lent(map) {
            let ty = self.place_ty(dest);
            self.settle(dest, ty);
        }
    }

    fn is_replaced(&self, part: &Part, from: Point) -> bool {
        let mut entered = BitSet::new(self.old.blocks.len());
        let mut ways = vec![Point { index: from.index + 1, ..from }];
        while let Some(way) = ways.pop() {
            let block = &self.old.blocks[way.block];
            let mut steps = block.statements[way.index..].iter().map(|statement| self.step(part, statement));
            match steps.find(|step| !matches!(step, Step::Passes)) {
                Some(Step::Overwrites) => continue,
                Some(_) => return false,
                None => {}
            }
            let mut looks = matches!(block.terminator, Terminator::Return);
            terminator_places(&block.terminator, &mut |place| looks |= self.mentions(place, part.base));
            if looks {
                return false;
            }
            for next in successors(&block.terminator) {
                if !entered.contains(next.0) {
                    entered.insert(next.0);
                    ways.push(Point { block: next.0 as usize, index: 0 });
                }
            }
        }
        true
    }

    fn step(&self, part: &Part, statement: &Statement) -> Step {
        let mut mentions = 0;
        self.liveness.uses(statement, &mut |local| mentions += usize::from(local == part.base));
        let same = |place: &Place| place.is_same(&part.place);
        let overwrites = match (&statement.kind, &part.key) {
            // Preparing the write is not looking.
            (StatementKind::MakeUnique(whole) | StatementKind::Assign(_, Rvalue::Ref(whole)), _)
                if part.place.is_in(whole) && !part.is_moved_by(statement) =>
            {
                return Step::Passes;
            }
            (StatementKind::Assign(dest, _), None) => same(dest),
            (StatementKind::Call(call), None) => call.dest.as_ref().is_some_and(same),
            (StatementKind::Call(call), Some(key)) => self.sets_entry(call, part, key),
            _ => false,
        };
        match (overwrites, mentions) {
            // The destination itself is the one mention.
            (true, 1) => Step::Overwrites,
            (false, 0) if !part.is_moved_by(statement) && !part.may_be_missed_in(statement) => Step::Passes,
            _ => Step::Looks,
        }
    }

    /// `m[key] = v`.
    fn sets_entry(&self, call: &Call, part: &Part, key: &Operand) -> bool {
        let Callee::Native { name: "goo_map_set", .. } = call.callee else { return false };
        let [Operand::Copy(slot), set, _] = call.args.as_slice() else { return false };
        let targets = self.targets.get_or_init(|| facts::targets(self.old));
        let map = slot.as_local().and_then(|slot| targets.get(&slot));
        map.is_some_and(|map| **map == part.place) && set == key
    }

    fn mentions(&self, place: &Place, base: Local) -> bool {
        base_local(place).is_some_and(|local| local == base || self.liveness.lent_by(local).contains(&base))
    }

    /// Whether the place is a field of an owned local of which the statements behind only copy other fields, until it dies.
    pub(super) fn is_taken_out(&self, place: &Place, rest: &[Statement], kept: &BitSet) -> bool {
        let is_field = |place: &Place| place.proj.iter().all(|step| matches!(step, Proj::Field(_)));
        let Some(base) = base_local(place) else { return false };
        if !self.owned[base.0 as usize] || place.proj.is_empty() || !is_field(place) {
            return false;
        }
        for statement in rest {
            let mut mentions = 0;
            self.liveness.uses(statement, &mut |local| mentions += usize::from(local == base));
            if mentions == 0 {
                if defined_local(statement) == Some(base) {
                    return true;
                }
                continue;
            }
            let apart = match &statement.kind {
                StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(other))) => {
                    let apart = place.proj.iter().zip(&other.proj).any(|(one, other)| one != other);
                    mentions == 1 && base_local(dest) != Some(base) && is_field(other) && apart
                }
                _ => false,
            };
            if !apart {
                return false;
            }
        }
        !kept.contains(base.0)
    }
}

/// What takes out what this function of the runtime looks up.
fn taking(name: &str) -> Option<&'static str> {
    match name {
        "goo_map_get" => Some("goo_map_take"),
        "goo_map_get_ok" => Some("goo_map_take_ok"),
        _ => None,
    }
}
