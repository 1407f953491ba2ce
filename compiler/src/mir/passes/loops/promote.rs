//! Keeps numbers that are behind an in-out parameter at hand.
//!
//! ```text
//!                                          pre:  _9 = _0.*.1
//! body: … xs[_0.*.1] …                     body: … xs[_9] …
//!       _0.*.1 = _0.*.1 + 1                      _9 = _9 + 1; _0.*.1 = _9
//! ```
//!
//! It is for functions with loops, where a number that goes through memory from turn to turn costs more than all that is done with it, and
//! where the other passes know locals only. Each write is still made at once, because what a crash leaves behind is seen by those
//! who defer. Behind a call the number is read again: it may change the caller's variable on a way that is not seen here.

use super::cfg::Cfg;
use super::effects::{Effect, Relation, Storage, effects};
use super::guard::{Site, temp};
use crate::mir::rewrite::{self, Role};
use crate::mir::visit::{read_places, terminator_places};
use crate::mir::{Function, Operand, ParamMode, Place, PlaceBase, Proj, Rvalue, Statement, StatementKind};
use crate::types::TyKind;

/// More numbers than this are not kept: there are only so many registers.
const MOST: usize = 4;

pub fn run(storage: &Storage, function: &mut Function) {
    for place in candidates(storage, function) {
        promote(storage, function, &place);
    }
}

/// Numbers that a loop reads, those that are read most first.
fn candidates(storage: &Storage, function: &Function) -> Vec<Place> {
    let mut found: Vec<(Place, usize)> = Vec::new();
    let mut add = |place: &Place| {
        if is_behind_parameter(function, place) && is_number(storage, function, place) {
            match found.iter_mut().find(|(known, _)| known == place) {
                Some((_, count)) => *count += 1,
                None => found.push((place.clone(), 1)),
            }
        }
    };
    let cfg = Cfg::new(function);
    let loops = cfg.loops(function);
    for (index, block) in function.blocks.iter().enumerate() {
        if loops.iter().any(|l| l.contains(index)) {
            block.statements.iter().for_each(|it| read_places(it, &mut add));
            terminator_places(&block.terminator, &mut add);
        }
    }
    found.retain(|(place, _)| !is_lent(storage, function, place));
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found.truncate(MOST);
    found.into_iter().map(|(place, _)| place).collect()
}

fn is_behind_parameter(function: &Function, place: &Place) -> bool {
    let PlaceBase::Local(local) = place.base else { return false };
    function.params.get(local.0 as usize) == Some(&ParamMode::InOut)
        && matches!(place.proj.as_slice(), [Proj::Deref, rest @ ..] if rest.iter().all(|it| matches!(it, Proj::Field(_))))
}

fn is_number(storage: &Storage, function: &Function, place: &Place) -> bool {
    let ty = storage.place_ty(function, place);
    let kind = storage.program.underlying(ty).kind();
    matches!(kind, TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Duration)
}

/// Whether there is another way to the place somewhere, or its parameter becomes another.
fn is_lent(storage: &Storage, function: &Function, place: &Place) -> bool {
    function.blocks.iter().flat_map(|block| &block.statements).any(|statement| match &statement.kind {
        StatementKind::Assign(_, Rvalue::Ref(of)) => {
            !matches!(storage.relation(of, place), Relation::Apart | Relation::Below)
        }
        StatementKind::Assign(dest, _) => {
            dest.as_local().is_some_and(|local| PlaceBase::Local(local) == place.base)
        }
        _ => false,
    })
}

fn promote(storage: &Storage, function: &mut Function, place: &Place) {
    let ty = storage.place_ty(function, place);
    let entry = Site::of_end(&function.blocks[0]);
    let local = temp(function, ty, entry);
    let read = || StatementKind::Assign(local.into(), Rvalue::Use(Operand::Copy(place.clone())));
    for index in 0..function.blocks.len() {
        let statements = std::mem::take(&mut function.blocks[index].statements);
        let mut out: Vec<Statement> = Vec::with_capacity(statements.len() + 2);
        if index == 0 {
            out.push(entry.statement(read()));
        }
        for mut statement in statements {
            let site = Site::of(&statement);
            let stale = may_change(storage, function, &statement, place);
            rewrite::places(&mut statement.kind, &mut |at, role| {
                if role == Role::Read && at == place {
                    *at = local.into();
                }
            });
            let written = match &mut statement.kind {
                StatementKind::Assign(dest, _) if dest == place => {
                    *dest = local.into();
                    true
                }
                _ => false,
            };
            out.push(statement);
            if written {
                let back = Rvalue::Use(local.into());
                out.push(site.statement(StatementKind::Assign(place.clone(), back)));
            } else if stale {
                out.push(site.statement(read()));
            }
        }
        let block = &mut function.blocks[index];
        block.statements = out;
        rewrite::terminator_places(&mut block.terminator, &mut |at, _| {
            if at == place {
                *at = local.into();
            }
        });
    }
}

/// Whether the number at the place may be another behind the statement.
fn may_change(storage: &Storage, function: &Function, statement: &Statement, place: &Place) -> bool {
    let mut changes = false;
    effects(storage, function, statement, &mut |effect| {
        changes |= match effect {
            Effect::Write(to) | Effect::Append(to) | Effect::Drop(to) | Effect::Lend(to) => {
                !matches!(storage.relation(to, place), Relation::Apart | Relation::Below)
            }
            Effect::Read(read) => storage.hands_on(function, read, place),
            Effect::Elsewhere => storage.is_exposed(place),
            Effect::Move(_) | Effect::Borrow | Effect::Unique(_) => false,
        };
    });
    changes
}
