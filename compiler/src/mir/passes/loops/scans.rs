//! Lets a loop that goes through a text until it finds something poll once in many turns.
//!
//! ```text
//! head: if s[i] == '"' goto end else body        more: if i < len s goto late else bad
//! body: poll; i = i + 1; goto head               late: poll; m = min(len s, i + TURNS); goto test
//!                                                test: if s[i in range] == '"' goto end else body
//!                                                body: i = i + 1; if i < m goto test else more
//!                                                bad:  check s[i]
//! ```
//!
//! It is entered at `more`, so that `i` there is not what the turn before computed: the code generator would compute that again there, from the old number, and
//! keep both in each turn.
//!
//! Each turn has to look anyway whether its index is in range, and for that it may as well be a smaller one. The comparisons are of unsigned numbers:
//! a negative index is out of range. It is for loops of the kind that [`polls`](super::polls) is for, whose limit is not in a comparison of their own.

use super::cfg::{self, Cfg, Loop};
use super::effects::Storage;
use super::guard::{Site, temp};
use super::polls::{TURNS, calls_nothing, counts_up, is_int, length_stays};
use crate::mir::visit::read_places;
use crate::mir::{
    BlockId, Const, Function, Local, Operand, Place, PlaceBase, Proj, Rvalue, Statement, StatementKind,
    Terminator,
};
use crate::syntax::ast::BinaryOp;
use crate::types::{IntTy, Ty, TyKind};

/// A loop whose head reads an element behind the one of the turn before.
pub struct Scan {
    latch: usize,
    /// Places of statements: the poll's in the latch, the read's in the head.
    poll: usize,
    read: usize,
    element: Place,
    text: Local,
    counter: Local,
}

pub fn scan(storage: &Storage, function: &Function, l: &Loop) -> Option<Scan> {
    let &[latch] = l.latches.as_slice() else { return None };
    let is_poll = |it: &Statement| matches!(it.kind, StatementKind::Poll);
    let poll = function.blocks[latch].statements.iter().position(is_poll)?;
    let head = &function.blocks[l.header].statements;
    // What stands before the read will stand before the loop as well.
    let read = head.iter().position(|it| !is_copy(it))?;
    let StatementKind::Assign(dest, value) = &head[read].kind else { return None };
    dest.as_local()?;
    if !matches!(value, Rvalue::Use(_) | Rvalue::Unary(..) | Rvalue::Cast(..) | Rvalue::Binary(..)) {
        return None;
    }
    let mut elements = Vec::new();
    read_places(&head[read], &mut |place| {
        if place.unchecked() > 0 {
            elements.push(place);
        }
    });
    let &[element] = elements.as_slice() else { return None };
    let PlaceBase::Local(text) = element.base else { return None };
    let [Proj::Index { index, .. }] = element.proj.as_slice() else { return None };
    let Operand::Copy(index) = &**index else { return None };
    let counter = index.as_local()?;
    let has_len = |of: Local| {
        let ty = storage.program.underlying(function.locals[of.0 as usize].ty);
        matches!(ty.kind(), TyKind::String | TyKind::Slice(_))
    };
    let fits = has_len(text)
        && is_int(storage, function, counter)
        && calls_nothing(function, l, latch, poll)
        && counts_up(function, l, counter)
        && length_stays(storage, function, l, &text.into());
    fits.then(|| Scan { latch, poll, read, element: element.clone(), text, counter })
}

fn is_copy(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Nop => true,
        StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(from))) => {
            dest.as_local().is_some() && from.as_local().is_some()
        }
        _ => false,
    }
}

pub fn poll_seldom(function: &mut Function, cfg: &Cfg, l: &Loop, scan: &Scan) {
    let site = Site::of(&function.blocks[scan.latch].statements[scan.poll]);
    let nop = site.statement(StatementKind::Nop);
    let poll = std::mem::replace(&mut function.blocks[scan.latch].statements[scan.poll], nop);
    let first = cfg::add_preheader(function, cfg, l);

    // The head keeps its number, as turns may jump there; what it did is done in `test`.
    let head = site.block(Vec::new(), Terminator::Unreachable);
    let mut test = std::mem::replace(&mut function.blocks[l.header], head);
    let copies: Vec<Statement> = test.statements.drain(..scan.read).collect();
    let read = &mut test.statements[0];
    let bad = Site::of(read).statement(StatementKind::Check(scan.element.clone()));
    if let StatementKind::Assign(_, value) = &mut read.kind {
        crate::mir::rewrite::rvalue_operands(value, &mut |operand| {
            if let Operand::Copy(place) = operand
                && *place == scan.element
            {
                *place = place.in_range();
            }
        });
    }

    let uint = Ty::new(TyKind::Int(IntTy::Uint));
    let [limit, index, wide_len] = [(); 3].map(|()| temp(function, uint, site));
    let [len, ahead] = [(); 2].map(|()| temp(function, Ty::int(), site));
    let cond = temp(function, Ty::bool(), site);
    let assign = |to: Local, value| site.statement(StatementKind::Assign(to.into(), value));
    let is_below = |limit: Local| {
        [
            assign(index, Rvalue::Cast(scan.counter.into(), uint)),
            assign(cond, Rvalue::Binary(BinaryOp::Lt, index.into(), limit.into())),
        ]
    };
    let take_len = || {
        let len_of = Rvalue::Len(scan.text.into());
        [assign(len, len_of), assign(wide_len, Rvalue::Cast(len.into(), uint))]
    };
    let next = function.blocks.len() as u32;
    let [test_at, more, late, all, some, bad_at] = std::array::from_fn(|n| BlockId(next + n as u32));
    let branch = |then, otherwise| Terminator::Branch { cond: cond.into(), then, otherwise };

    let block = &mut function.blocks[first];
    block.statements.clone_from(&copies);
    block.terminator = Terminator::Goto(more);
    // Behind the step in one block, so that the code generator computes it once.
    let just_turns = matches!(function.blocks[scan.latch].terminator, Terminator::Goto(_));
    let last = if just_turns { scan.latch } else { l.header };
    let block = &mut function.blocks[last];
    block.statements.extend(copies.into_iter().chain(is_below(limit)));
    block.terminator = branch(test_at, more);

    // The index is below the length here, so the sum is a number.
    let turns = Operand::Const(Const::Int(TURNS), Ty::int());
    let is_far = [
        assign(ahead, Rvalue::Binary(BinaryOp::Add, scan.counter.into(), turns)),
        assign(cond, Rvalue::Binary(BinaryOp::Lt, ahead.into(), len.into())),
    ];
    let limit_of = |from: Local| vec![assign(limit, Rvalue::Cast(from.into(), uint))];
    let blocks = [
        test,
        site.block(take_len().into_iter().chain(is_below(wide_len)).collect(), branch(late, bad_at)),
        site.block([poll].into_iter().chain(is_far).collect(), branch(some, all)),
        site.block(limit_of(len), Terminator::Goto(test_at)),
        site.block(limit_of(ahead), Terminator::Goto(test_at)),
        site.block(vec![bad], Terminator::Unreachable),
    ];
    function.blocks.extend(blocks);
}
