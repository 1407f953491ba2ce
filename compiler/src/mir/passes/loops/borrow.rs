//! Does not count what only looks at a value that something else keeps.
//!
//! ```text
//! _5 = xs[i]; retain _5; …; drop _5      _5 = xs[i]; …      (_5 borrows)
//! ```
//!
//! It is for a local that is given a value once and then only read, while nothing changes, shares out or gives up the place that it was
//! read from: an element in a loop, a row of a matrix. Whatever takes the local's value over counts for itself.

use rustc_hash::FxHashMap;

use super::effects::{Effect, Relation, Storage, can_follow, effects, redefines_index};
use crate::mir::visit::{defined_local, operands, successors};
use crate::mir::{Function, Local, Operand, Place, Rvalue, Statement, StatementKind};

pub fn run(storage: &Storage, function: &mut Function) {
    for (local, (block, at)) in candidates(storage, function) {
        let StatementKind::Assign(_, Rvalue::Use(Operand::Copy(place))) =
            &function.blocks[block].statements[at].kind
        else {
            continue;
        };
        let place = place.clone();
        if !lasts(storage, function, local, &place, block, at + 2) {
            continue;
        }
        function.locals[local.0 as usize].borrowed = true;
        function.blocks[block].statements[at + 1].kind = StatementKind::Nop;
        for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
            if matches!(&statement.kind, StatementKind::Drop(dropped) if dropped.as_local() == Some(local)) {
                statement.kind = StatementKind::Nop;
            }
        }
    }
}

/// Locals that are copied from a place and retained, once, and otherwise only read and dropped; with where that is.
fn candidates(storage: &Storage, function: &Function) -> Vec<(Local, (usize, usize))> {
    let mut found: FxHashMap<Local, (usize, usize)> = FxHashMap::default();
    for (index, block) in function.blocks.iter().enumerate() {
        for (at, pair) in block.statements.windows(2).enumerate() {
            let StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(place))) = &pair[0].kind else {
                continue;
            };
            let StatementKind::Retain(retained) = &pair[1].kind else { continue };
            if let Some(local) = dest.as_local()
                && retained.as_local() == Some(local)
                && can_follow(place)
                && !place.proj.is_empty()
                && storage.place_ty(function, place) == function.locals[local.0 as usize].ty
            {
                found.insert(local, (index, at));
            }
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    if let Some(result) = function.result {
        found.remove(&result);
    }
    for index in 0..function.params.len() {
        found.remove(&Local(index as u32));
    }
    let mut given = FxHashMap::default();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let Some(local) = defined_local(statement)
            && !matches!(statement.kind, StatementKind::StorageLive(_))
        {
            *given.entry(local).or_insert(0) += 1;
        }
        changed(statement, &mut |local| {
            found.remove(&local);
        });
    }
    let mut found: Vec<_> = found.into_iter().filter(|(local, _)| given.get(local) == Some(&1)).collect();
    found.sort();
    found
}

/// The locals that a statement does more with than reading, dropping or giving them a whole value.
fn changed(statement: &Statement, f: &mut dyn FnMut(Local)) {
    let mut place = |place: &Place, in_part: bool| {
        if let crate::mir::PlaceBase::Local(local) = place.base
            && (!in_part || !place.proj.is_empty())
        {
            f(local);
        }
    };
    match &statement.kind {
        StatementKind::Assign(dest, value) => {
            place(dest, true);
            if let Rvalue::Ref(of) = value {
                place(of, false);
            }
        }
        StatementKind::Call(call) => call.dest.iter().for_each(|dest| place(dest, true)),
        StatementKind::MakeUnique(of)
        | StatementKind::Append(of, _)
        | StatementKind::Lend { held: of, .. }
        | StatementKind::Settle(of) => place(of, false),
        StatementKind::Drop(of) => place(of, true),
        StatementKind::Select(select) => select.received().for_each(|to| place(to, false)),
        _ => {}
    }
    for operand in operands(statement) {
        if let Operand::Move(local) = operand {
            f(*local);
        }
    }
}

/// Whether the place keeps its value from here until the local is dropped.
fn lasts(
    storage: &Storage,
    function: &Function,
    local: Local,
    place: &Place,
    block: usize,
    at: usize,
) -> bool {
    let mut seen = vec![false; function.blocks.len()];
    let mut work = vec![(block, at)];
    while let Some((block, at)) = work.pop() {
        let mut over = false;
        for statement in &function.blocks[block].statements[at..] {
            over = match &statement.kind {
                StatementKind::Drop(dropped) => dropped.as_local() == Some(local),
                StatementKind::StorageLive(live) => *live == local,
                _ => defined_local(statement) == Some(local),
            };
            if over {
                break;
            }
            if !keeps(storage, function, statement, place) {
                return false;
            }
        }
        if !over {
            for next in successors(&function.blocks[block].terminator) {
                if !std::mem::replace(&mut seen[next.0 as usize], true) {
                    work.push((next.0 as usize, 0));
                }
            }
        }
    }
    true
}

/// Whether the statement leaves alone what is in the place, as a copy of it would see it.
fn keeps(storage: &Storage, function: &Function, statement: &Statement, place: &Place) -> bool {
    if redefines_index(statement, place) {
        return false;
    }
    let mut keeps = true;
    effects(storage, function, statement, &mut |effect| {
        keeps = keeps
            && match effect {
                Effect::Read(read) => !storage.hands_on(function, read, place),
                Effect::Borrow => true,
                Effect::Elsewhere => !storage.is_exposed(place),
                // What is above may be copied, with all that is in it.
                Effect::Unique(of) => {
                    matches!(storage.relation(of, place), Relation::Apart | Relation::Above)
                }
                Effect::Write(to) | Effect::Append(to) | Effect::Drop(to) | Effect::Lend(to) => {
                    storage.relation(to, place) == Relation::Apart
                }
                Effect::Move(moved) => storage.relation(&moved.into(), place) == Relation::Apart,
            };
    });
    keeps
}
