//! Walking over what statements read and write.
//!
//! What gives a list gives it without allocating where it is as short as nearly all are: every pass asks at every statement.

use smallvec::{SmallVec, smallvec};

use super::{
    Appended, BlockId, Callee, Local, Operand, Place, PlaceBase, Proj, Rvalue, SelectCase, Statement,
    StatementKind, Terminator,
};

/// Calls `f` for each place that an operand of the statement reads, and for the places it looks at or changes in
/// part. Whole-local destinations are not read.
pub fn read_places<'a>(statement: &'a Statement, f: &mut dyn FnMut(&'a Place)) {
    match &statement.kind {
        StatementKind::Assign(dest, value) => {
            destination(dest, f);
            rvalue_places(value, f);
        }
        StatementKind::Call(call) => {
            if let Some(dest) = &call.dest {
                destination(dest, f);
            }
            match &call.callee {
                Callee::Closure(callee) => operand(callee, f),
                Callee::Method { receiver, .. } => operand(receiver, f),
                Callee::Direct(_) | Callee::Native { .. } => {}
            }
            call.args.iter().for_each(|arg| operand(arg, f));
        }
        StatementKind::Select(select) => {
            destination(&select.chosen, f);
            for case in &select.cases {
                match case {
                    SelectCase::Send { chan, value } => {
                        operand(chan, f);
                        operand(value, f);
                    }
                    SelectCase::Recv { chan, value, ok } => {
                        operand(chan, f);
                        for place in [value, ok].into_iter().flatten() {
                            destination(place, f);
                        }
                    }
                }
            }
            if let Some(timeout) = &select.timeout {
                operand(timeout, f);
            }
        }
        StatementKind::MakeUnique(place)
        | StatementKind::Check(place)
        | StatementKind::Retain(place)
        | StatementKind::Settle(place)
        | StatementKind::Drop(place) => {
            place_itself(place, f);
        }
        StatementKind::Append(place, appended) => {
            place_itself(place, f);
            match appended {
                Appended::One(value) | Appended::All(value) => operand(value, f),
            }
        }
        StatementKind::Lend { held, address, .. } => {
            place_itself(held, f);
            operand(address, f);
        }
        StatementKind::Defer(closure) => operand(closure, f),
        StatementKind::RunDefers
        | StatementKind::Poll
        | StatementKind::StorageLive(_)
        | StatementKind::StorageDead(_)
        | StatementKind::Nop => {}
    }
}

/// As [`read_places`], for a terminator.
pub fn terminator_places<'a>(terminator: &'a Terminator, f: &mut dyn FnMut(&'a Place)) {
    match terminator {
        Terminator::Branch { cond: value, .. } | Terminator::Switch { value, .. } => operand(value, f),
        Terminator::Goto(_) | Terminator::Return | Terminator::Unreachable => {}
    }
}

/// The operands of an rvalue, in order.
pub fn rvalue_operands(value: &Rvalue) -> SmallVec<[&Operand; 2]> {
    match value {
        Rvalue::Use(x)
        | Rvalue::Unary(_, x)
        | Rvalue::Cast(x, _)
        | Rvalue::Retype(x, _)
        | Rvalue::Some(_, x)
        | Rvalue::Ok(_, Some(x))
        | Rvalue::Err(_, x)
        | Rvalue::Interface { value: x, .. }
        | Rvalue::Concrete(x, _)
        | Rvalue::IsType(x, _)
        | Rvalue::IsEmptyInterface(x)
        | Rvalue::Cell(x) => smallvec![x],
        Rvalue::Binary(_, left, right) => smallvec![left, right],
        Rvalue::Aggregate(_, xs) | Rvalue::Case(_, _, xs) | Rvalue::Slice(_, xs) | Rvalue::Closure(_, xs) => {
            xs.iter().collect()
        }
        Rvalue::Ok(_, None)
        | Rvalue::SelfClosure
        | Rvalue::Ref(_)
        | Rvalue::Len(_)
        | Rvalue::Cap(_)
        | Rvalue::Discriminant(_) => SmallVec::new(),
    }
}

/// The operands of a statement.
pub fn operands(statement: &Statement) -> SmallVec<[&Operand; 2]> {
    match &statement.kind {
        StatementKind::Assign(_, value) => rvalue_operands(value),
        StatementKind::Call(call) => {
            let mut operands: SmallVec<_> = call.args.iter().collect();
            if let Callee::Closure(value) | Callee::Method { receiver: value, .. } = &call.callee {
                operands.push(value);
            }
            operands
        }
        StatementKind::Append(_, Appended::One(value) | Appended::All(value))
        | StatementKind::Lend { address: value, .. }
        | StatementKind::Defer(value) => smallvec![value],
        StatementKind::Select(select) => select
            .cases
            .iter()
            .flat_map(|case| {
                let (chan, value) = match case {
                    SelectCase::Send { chan, value } => (chan, Some(value)),
                    SelectCase::Recv { chan, .. } => (chan, None),
                };
                [Some(chan), value].into_iter().flatten()
            })
            .collect(),
        _ => SmallVec::new(),
    }
}

fn rvalue_places<'a>(value: &'a Rvalue, f: &mut dyn FnMut(&'a Place)) {
    for x in rvalue_operands(value) {
        operand(x, f);
    }
    if let Rvalue::Ref(place) | Rvalue::Len(place) | Rvalue::Cap(place) | Rvalue::Discriminant(place) = value
    {
        place_itself(place, f);
    }
}

fn operand<'a>(operand: &'a Operand, f: &mut dyn FnMut(&'a Place)) {
    if let Operand::Copy(place) = operand {
        place_itself(place, f);
    }
}

/// A place with the operands of its index steps.
fn place_itself<'a>(place: &'a Place, f: &mut dyn FnMut(&'a Place)) {
    f(place);
    index_operands(place, f);
}

fn index_operands<'a>(place: &'a Place, f: &mut dyn FnMut(&'a Place)) {
    for step in &place.proj {
        if let Proj::Index { index, .. } = step {
            operand(index, f);
        }
    }
}

/// Writing to a whole local reads nothing; writing into a part of it needs the rest.
fn destination<'a>(place: &'a Place, f: &mut dyn FnMut(&'a Place)) {
    if place.as_local().is_none() {
        place_itself(place, f);
    }
}

/// Calls `f` for each place that the statement puts a result into.
pub fn destinations<'a>(statement: &'a Statement, f: &mut dyn FnMut(&'a Place)) {
    match &statement.kind {
        StatementKind::Assign(dest, _) => f(dest),
        StatementKind::Call(call) => call.dest.iter().for_each(f),
        StatementKind::Select(select) => {
            f(&select.chosen);
            select.received().for_each(f);
        }
        _ => {}
    }
}

/// The local that a statement gives a whole new value, if it does so always.
pub fn defined_local(statement: &Statement) -> Option<Local> {
    match &statement.kind {
        StatementKind::Assign(dest, _) => dest.as_local(),
        StatementKind::Call(call) => call.dest.as_ref().and_then(Place::as_local),
        StatementKind::Select(select) => select.chosen.as_local(),
        StatementKind::StorageLive(local) => Some(*local),
        _ => None,
    }
}

/// The local at a place's base.
pub fn base_local(place: &Place) -> Option<Local> {
    match place.base {
        PlaceBase::Local(local) => Some(local),
        PlaceBase::Global(_) | PlaceBase::Capture(_) => None,
    }
}

/// Where a block may go next.
pub fn successors(terminator: &Terminator) -> SmallVec<[BlockId; 2]> {
    match terminator {
        Terminator::Goto(block) => smallvec![*block],
        Terminator::Branch { then, otherwise, .. } => smallvec![*then, *otherwise],
        Terminator::Switch { cases, default, .. } => {
            cases.iter().map(|(_, block)| *block).chain([*default]).collect()
        }
        Terminator::Return | Terminator::Unreachable => SmallVec::new(),
    }
}
