//! Reads where a slice is, and how long, once before a loop instead of at each element.
//!
//! ```text
//! body: _5 = a[i][k]; …           pre:  _9 = a[i]          (borrowed: bits, not a count)
//!                                 body: _5 = _9[k]; …
//! ```
//!
//! It is for slices that are elements or fields, behind a `Ref`, or in a local whose address is taken; the head of a slice in any other
//! local is in registers anyway. It holds while
//! nothing in the loop gives the slice or anything around it a new value. Storing to other slices cannot: values do not alias.
//! An index on the way that may be out of range is still checked in each turn, where it was, so that a crash is the same; before
//! the loop, the slice is then read only if the index is in range.

use super::cfg::{self, Cfg, Loop};
use super::effects::{Effect, Relation, Storage, can_follow, effects, redefines_index};
use super::guard::{self, Site};
use crate::mir::rewrite;
use crate::mir::visit::{read_places, rvalue_operands, terminator_places};
use crate::mir::{Const, Function, Local, Operand, Place, PlaceBase, Proj, Rvalue, Statement, StatementKind};
use crate::syntax::ast::BinaryOp;
use crate::types::TyKind;

/// More slices than this are not kept at hand in one loop: there are only so many registers.
const MOST: usize = 6;

pub fn run(storage: &Storage, function: &mut Function) {
    let headers: Vec<usize> = Cfg::new(function).loops(function).iter().map(|l| l.header).collect();
    for header in headers {
        let cfg = Cfg::new(function);
        let Some(l) = cfg.loops(function).into_iter().find(|l| l.header == header) else { continue };
        let (mut before, mut done) = (None, Vec::new());
        while done.len() < MOST {
            let Some(place) = candidate(storage, function, &l, &done) else { break };
            done.push(place.clone());
            let at = before.unwrap_or_else(|| cfg::add_preheader(function, &cfg, &l));
            before = Some(hoist(storage, function, &l, at, &place));
        }
    }
}

/// The shortest place of a slice in the loop that holds there. With a local instead of it, longer ones become shorter.
fn candidate(storage: &Storage, function: &Function, l: &Loop, done: &[Place]) -> Option<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut add = |place: &Place, ends: std::ops::RangeInclusive<usize>| {
        for end in ends {
            let prefix = place.prefix(end);
            if (end == place.proj.len() || matches!(place.proj[end], Proj::Index { .. }))
                && is_worth_it(storage, function, &prefix)
                && !found.contains(&prefix.key())
                && !done.contains(&prefix.key())
            {
                found.push(prefix.key());
            }
        }
    };
    // A local itself is worth it only if it is in memory; `new(1, 0)` is empty.
    let inner = |place: &Place| match place.proj.len() {
        0 => std::ops::RangeInclusive::new(1, 0),
        len => usize::from(!storage.is_in_memory(place.base))..=len - 1,
    };
    for block in l.blocks.iter() {
        let block = &function.blocks[block as usize];
        for statement in &block.statements {
            read_places(statement, &mut |place| add(place, inner(place)));
            // What a loop within reads before it.
            if let StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(place))) = &statement.kind
                && dest.as_local().is_some_and(|local| function.locals[local.0 as usize].borrowed)
            {
                add(place, place.proj.len()..=place.proj.len());
            }
        }
        terminator_places(&block.terminator, &mut |place| add(place, inner(place)));
    }
    found.sort_by_key(|place| place.proj.len());
    found.into_iter().find(|place| {
        l.blocks.iter().all(|block| {
            let block = &function.blocks[block as usize];
            block.statements.iter().all(|statement| holds(storage, function, statement, place))
        })
    })
}

fn is_worth_it(storage: &Storage, function: &Function, place: &Place) -> bool {
    let ty = storage.place_ty(function, place);
    can_follow(place)
        && place.indexes().count() <= 1
        && (place.proj.iter().any(|step| !matches!(step, Proj::Field(_))) || storage.is_in_memory(place.base))
        && matches!(storage.program.underlying(ty).kind(), TyKind::Slice(_) | TyKind::String)
}

/// Whether the slice at the place is the same behind the statement.
fn holds(storage: &Storage, function: &Function, statement: &Statement, place: &Place) -> bool {
    if redefines_index(statement, place) {
        return false;
    }
    let mut holds = true;
    effects(storage, function, statement, &mut |effect| {
        holds = holds
            && match effect {
                Effect::Read(read) => !storage.hands_on(function, read, place),
                Effect::Borrow => true,
                Effect::Elsewhere => !storage.is_exposed(place),
                // What is above may move, with the same bits in it. The place itself is read again behind it.
                Effect::Unique(of) => {
                    !matches!(storage.relation(of, place), Relation::MaybeSame | Relation::Unknown)
                }
                Effect::Write(to) | Effect::Append(to) | Effect::Drop(to) | Effect::Lend(to) => {
                    matches!(storage.relation(to, place), Relation::Apart | Relation::Below)
                }
                Effect::Move(local) => matches!(storage.relation(&local.into(), place), Relation::Apart),
            };
    });
    holds
}

/// Reads the slice in `before`, the block before the loop, and uses that in the loop. Gives the block that is now before the loop.
fn hoist(storage: &Storage, function: &mut Function, l: &Loop, before: usize, place: &Place) -> usize {
    let ty = storage.place_ty(function, place);
    let site = Site::of_end(&function.blocks[l.header]);
    let local = guard::temp(function, ty, site);
    function.locals[local.0 as usize].borrowed = true;
    for block in l.blocks.iter() {
        split_operands(storage, function, block as usize, place);
        use_local(function, block as usize, place, local);
    }
    if place.indexes().next().is_some() {
        let zero = Rvalue::Use(Operand::Const(Const::Zero, ty));
        let kind = StatementKind::Assign(local.into(), zero);
        function.blocks[before].statements.push(site.statement(kind));
    }
    let read = |place: Place| StatementKind::Assign(local.into(), Rvalue::Use(Operand::Copy(place)));
    storage.note_head(local, place);
    guard::act(storage, function, before, place, read)
}

/// Lets no statement of a block look at more than one index on the way to the slice, where it can be taken apart:
/// so each is looked at in its turn.
fn split_operands(storage: &Storage, function: &mut Function, block: usize, wanted: &Place) {
    let statements = std::mem::take(&mut function.blocks[block].statements);
    let mut out: Vec<Statement> = Vec::with_capacity(statements.len());
    for mut statement in statements {
        let site = Site::of(&statement);
        if open_mentions(&statement, wanted) > 0
            && let StatementKind::Assign(dest, value) = &mut statement.kind
        {
            if let Rvalue::Binary(_, left, right) = value {
                for operand in [left, right] {
                    if let Operand::Copy(place) = operand
                        && !place.proj.is_empty()
                    {
                        let ty = storage.place_ty(function, place);
                        let temp = guard::temp(function, ty, site);
                        let read = Rvalue::Use(std::mem::replace(operand, temp.into()));
                        out.push(site.statement(StatementKind::Assign(temp.into(), read)));
                    }
                }
            }
            let ty = storage.place_ty(function, dest);
            if dest.unchecked() > 0 && !is_simple(value) && !storage.is_counted(ty) {
                let temp = guard::temp(function, ty, site);
                let first = std::mem::replace(value, Rvalue::Use(temp.into()));
                out.push(site.statement(StatementKind::Assign(temp.into(), first)));
            }
        }
        out.push(statement);
    }
    function.blocks[block].statements = out;
}

/// Whether computing the value looks at no index.
fn is_simple(value: &Rvalue) -> bool {
    let simple = |operand: &&Operand| match operand {
        Operand::Copy(place) => place.unchecked() == 0,
        _ => true,
    };
    match value {
        Rvalue::Binary(BinaryOp::Div | BinaryOp::Rem | BinaryOp::Shl | BinaryOp::Shr, ..) => false,
        Rvalue::Ref(place) | Rvalue::Len(place) | Rvalue::Cap(place) | Rvalue::Discriminant(place) => {
            place.unchecked() == 0
        }
        value => rvalue_operands(value).iter().all(simple),
    }
}

/// Replaces the place by the local in a block of the loop.
fn use_local(function: &mut Function, block: usize, wanted: &Place, local: Local) {
    let statements = std::mem::take(&mut function.blocks[block].statements);
    let mut out: Vec<Statement> = Vec::with_capacity(statements.len());
    for mut statement in statements {
        let site = Site::of(&statement);
        if let StatementKind::MakeUnique(place) = &statement.kind
            && place.is_same(wanted)
        {
            let read = Rvalue::Use(Operand::Copy(place.in_range()));
            out.push(statement);
            out.push(site.statement(StatementKind::Assign(local.into(), read)));
            continue;
        }
        let mut open = 0;
        let mut all = 0;
        read_places(&statement, &mut |place| {
            all += place.unchecked();
            open += prefix_of(place, wanted).map_or(0, |prefix| prefix.unchecked());
        });
        // The first index that is looked at must be the one that the check looks at.
        let mut most = 0;
        read_places(&statement, &mut |place| most = most.max(place.unchecked()));
        if open > 0 && (open > 1 || all > most || !is_plain(&statement)) {
            out.push(statement);
            continue;
        }
        let mut checks = Vec::new();
        rewrite::places(&mut statement.kind, &mut |place, _| checks.extend(replace(place, wanted, local)));
        for place in checks {
            out.push(site.statement(StatementKind::Check(place)));
        }
        out.push(statement);
    }
    let mut checks = Vec::new();
    let site = Site::of_end(&function.blocks[block]);
    rewrite::terminator_places(&mut function.blocks[block].terminator, &mut |place, _| {
        checks.extend(replace(place, wanted, local));
    });
    for place in checks {
        out.push(site.statement(StatementKind::Check(place)));
    }
    function.blocks[block].statements = out;
}

/// Whether nothing in the statement can crash before it looks at its places.
fn is_plain(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Assign(dest, value) => dest.unchecked() == 0 || is_simple(value),
        _ => true,
    }
}

/// Replaces the place or what it begins with; gives the part that was replaced, if its indexes have to be looked at.
fn replace(place: &mut Place, wanted: &Place, local: Local) -> Option<Place> {
    let prefix = prefix_of(place, wanted)?;
    place.proj = place.proj[wanted.proj.len()..].into();
    place.base = PlaceBase::Local(local);
    (prefix.unchecked() > 0).then_some(prefix)
}

/// How many indexes on the way to the slice the statement looks at.
fn open_mentions(statement: &Statement, wanted: &Place) -> usize {
    let mut count = 0;
    read_places(statement, &mut |place| {
        count += prefix_of(place, wanted).map_or(0, |prefix| prefix.unchecked());
    });
    count
}

fn prefix_of(place: &Place, wanted: &Place) -> Option<Place> {
    place.is_in(wanted).then(|| place.prefix(wanted.proj.len()))
}
