//! Lets an innermost loop that counts poll once in many turns.
//!
//! ```text
//! body: …; i = i + 1; poll; if i < n goto body      arm:  m = min(n, i + TURNS)
//!                                                   body: …; i = i + 1; if i < m goto body else more
//!                                                   more: if i < n goto late
//!                                                   late: poll; goto arm
//! ```
//!
//! Before: rotated loops, whose heads are hoisted. It is for loops that call nothing, so that so many turns are over in some microseconds,
//! and whose counter only goes up, to a limit that stays. A loop that ends after a few turns anyway does not poll.

use super::cfg::{self, Cfg, Loop};
use super::effects::{Effect, Relation, Storage, effects};
use super::guard::{Site, temp};
use super::scans;
use crate::mir::visit::{base_local, defined_local};
use crate::mir::{
    BlockId, Const, Function, Local, Operand, Place, Rvalue, Statement, StatementKind, Terminator,
};
use crate::syntax::ast::BinaryOp;
use crate::types::{IntTy, Ty, TyKind};

/// So many turns of a loop without calls take a few microseconds.
pub const TURNS: i64 = 1024;

pub fn run(storage: &Storage, function: &mut Function) {
    let headers: Vec<usize> = Cfg::new(function).loops(function).iter().map(|l| l.header).collect();
    for header in headers {
        let cfg = Cfg::new(function);
        let loops = cfg.loops(function);
        let Some(l) = loops.iter().find(|l| l.header == header) else { continue };
        let innermost = loops.iter().all(|other| other.header == header || !l.contains(other.header));
        if !innermost {
            continue;
        }
        if let Some(counted) = counted(storage, function, l) {
            match is_short(function, l, &counted) {
                true => function.blocks[counted.latch].statements[counted.poll].kind = StatementKind::Nop,
                false => poll_seldom(function, &cfg, l, &counted),
            }
        } else if let Some(scan) = scans::scan(storage, function, l) {
            scans::poll_seldom(function, &cfg, l, &scan);
        }
    }
}

/// A loop `for …; i < limit; i += …`.
struct Counted {
    latch: usize,
    /// Places of statements in the latch: the poll, and the comparison behind it.
    poll: usize,
    test: usize,
    counter: Local,
    limit: Operand,
}

fn counted(storage: &Storage, function: &Function, l: &Loop) -> Option<Counted> {
    let &[latch] = l.latches.as_slice() else { return None };
    let block = &function.blocks[latch];
    let Terminator::Branch { cond: Operand::Copy(cond), then, otherwise: exit } = &block.terminator else {
        return None;
    };
    let cond = cond.as_local()?;
    if then.0 as usize != l.header || l.contains(exit.0 as usize) {
        return None;
    }
    let poll = block.statements.iter().position(|it| matches!(it.kind, StatementKind::Poll))?;
    let test = block.statements.iter().rposition(|it| defined_local(it) == Some(cond))?;
    let StatementKind::Assign(_, Rvalue::Binary(BinaryOp::Lt, Operand::Copy(counter), limit)) =
        &block.statements[test].kind
    else {
        return None;
    };
    let counter = counter.as_local()?;
    let rest = &block.statements[poll + 1..];
    let fits = test > poll
        && is_int(storage, function, counter)
        && rest.iter().all(|it| matches!(it.kind, StatementKind::Assign(..) | StatementKind::Nop))
        && calls_nothing(function, l, latch, poll)
        && counts_up(function, l, counter)
        && stays(storage, function, l, limit);
    fits.then(|| Counted { latch, poll, test, counter, limit: limit.clone() })
}

pub fn is_int(storage: &Storage, function: &Function, local: Local) -> bool {
    let ty = storage.program.underlying(function.locals[local.0 as usize].ty);
    matches!(ty.kind(), TyKind::Int(IntTy::Int | IntTy::Int64))
}

fn statements<'f>(function: &'f Function, l: &'f Loop) -> impl Iterator<Item = &'f Statement> {
    l.blocks.iter().flat_map(|block| &function.blocks[block as usize].statements)
}

/// Whether there is nothing in the loop that may take long, nor a second poll.
pub fn calls_nothing(function: &Function, l: &Loop, latch: usize, poll: usize) -> bool {
    l.blocks.iter().all(|block| {
        function.blocks[block as usize].statements.iter().enumerate().all(|(at, it)| match &it.kind {
            StatementKind::Poll => (block as usize, at) == (latch, poll),
            StatementKind::Call(_)
            | StatementKind::Select(_)
            | StatementKind::Drop(_)
            | StatementKind::Append(..)
            | StatementKind::Defer(_)
            | StatementKind::RunDefers => false,
            _ => true,
        })
    })
}

/// Whether the loop changes the counter only by adding to it, and does that.
pub fn counts_up(function: &Function, l: &Loop, counter: Local) -> bool {
    let steps: Vec<bool> = statements(function, l)
        .filter(|it| defined_local(it) == Some(counter))
        .map(|it| match &it.kind {
            StatementKind::Assign(_, Rvalue::Binary(BinaryOp::Add, Operand::Copy(from), by)) => {
                from.as_local() == Some(counter)
                    && matches!(by, Operand::Const(Const::Int(step), _) if (1..=TURNS).contains(step))
            }
            _ => false,
        })
        .collect();
    let lent = function.blocks.iter().flat_map(|block| &block.statements).any(|it| match &it.kind {
        StatementKind::Assign(_, Rvalue::Ref(place)) => base_local(place) == Some(counter),
        _ => false,
    });
    // The last step is before the test, in every turn.
    let in_latch = &function.blocks[l.latches[0]].statements;
    !lent && in_latch.iter().any(|it| defined_local(it) == Some(counter)) && steps.iter().all(|up| *up)
}

/// Whether the limit is the same in all turns.
fn stays(storage: &Storage, function: &Function, l: &Loop, limit: &Operand) -> bool {
    let local = match limit {
        Operand::Const(..) => return true,
        Operand::Copy(place) => match place.as_local() {
            Some(local) => local,
            None => return false,
        },
        Operand::Move(_) => return false,
    };
    statements(function, l).filter(|it| defined_local(it) == Some(local)).all(|it| match &it.kind {
        StatementKind::Assign(_, Rvalue::Len(of)) if of.as_local().is_some() => {
            length_stays(storage, function, l, of)
        }
        _ => false,
    })
}

/// Whether what the local holds has the same length in all turns.
pub fn length_stays(storage: &Storage, function: &Function, l: &Loop, of: &Place) -> bool {
    statements(function, l).all(|it| {
        let mut same = true;
        effects(storage, function, it, &mut |effect| match effect {
            Effect::Write(to) | Effect::Append(to) | Effect::Drop(to) | Effect::Lend(to) => {
                same &= matches!(storage.relation(to, of), Relation::Apart | Relation::Below);
            }
            Effect::Move(moved) => same &= Some(moved) != of.as_local(),
            Effect::Read(_) | Effect::Borrow | Effect::Unique(_) | Effect::Elsewhere => {}
        });
        same
    })
}

/// Whether the loop ends after few turns, whatever happens.
fn is_short(function: &Function, l: &Loop, counted: &Counted) -> bool {
    let Operand::Const(Const::Int(limit), _) = counted.limit else { return false };
    limit <= TURNS
        && function.blocks.iter().enumerate().filter(|(block, _)| !l.contains(*block)).all(|(_, block)| {
            block.statements.iter().filter(|it| defined_local(it) == Some(counted.counter)).all(
                |it| match &it.kind {
                    StatementKind::Assign(_, Rvalue::Use(Operand::Const(Const::Int(start), _))) => {
                        *start >= 0
                    }
                    StatementKind::StorageLive(_) => true,
                    _ => false,
                },
            )
        })
        && counted.counter.0 as usize >= function.params.len()
}

fn poll_seldom(function: &mut Function, cfg: &Cfg, l: &Loop, counted: &Counted) {
    let site = Site::of(&function.blocks[counted.latch].statements[counted.poll]);
    let ty = function.locals[counted.counter.0 as usize].ty;
    let (most, near) = (temp(function, ty, site), temp(function, Ty::bool(), site));
    let arm = arm(function, cfg, l, counted, most, near, site);

    let header = BlockId(l.header as u32);
    let block = &mut function.blocks[counted.latch];
    let behind: Vec<Statement> = block.statements[counted.poll + 1..].to_vec();
    let poll = std::mem::replace(&mut block.statements[counted.poll], site.statement(StatementKind::Nop));
    let mut real = block.terminator.clone();
    let test = &mut block.statements[counted.test];
    test.kind =
        StatementKind::Assign(near.into(), Rvalue::Binary(BinaryOp::Lt, counted.counter.into(), most.into()));
    let (more, late) = (BlockId(function.blocks.len() as u32), BlockId(function.blocks.len() as u32 + 1));
    let block = &mut function.blocks[counted.latch];
    block.terminator = Terminator::Branch { cond: near.into(), then: header, otherwise: more };
    cfg::redirect(&mut real, header, late);
    function.blocks.push(site.block(behind, real));
    function.blocks.push(site.block(vec![poll], Terminator::Goto(arm)));
}

/// Blocks before the loop that set the limit of its next turns; the first of them.
fn arm(
    function: &mut Function,
    cfg: &Cfg,
    l: &Loop,
    counted: &Counted,
    most: Local,
    near: Local,
    site: Site,
) -> BlockId {
    // The distance as an unsigned number: it may be more than the largest signed one.
    let uint = Ty::new(TyKind::Int(IntTy::Uint));
    let ty = function.locals[most.0 as usize].ty;
    let (distance, wide) = (temp(function, ty, site), temp(function, uint, site));
    let first = BlockId(cfg::add_preheader(function, cfg, l) as u32);
    let (all, some) = (BlockId(function.blocks.len() as u32), BlockId(function.blocks.len() as u32 + 1));
    let header = BlockId(l.header as u32);
    let assign = |to: Local, value| site.statement(StatementKind::Assign(to.into(), value));
    let number = |value, ty| Operand::Const(Const::Int(value), ty);
    let counter = || Operand::from(counted.counter);
    let block = &mut function.blocks[first.0 as usize];
    block.statements.extend([
        assign(distance, Rvalue::Binary(BinaryOp::Sub, counted.limit.clone(), counter())),
        assign(wide, Rvalue::Cast(distance.into(), uint)),
        assign(near, Rvalue::Binary(BinaryOp::Le, wide.into(), number(TURNS, uint))),
    ]);
    block.terminator = Terminator::Branch { cond: near.into(), then: all, otherwise: some };
    let goto = || Terminator::Goto(header);
    let to_limit = assign(most, Rvalue::Use(counted.limit.clone()));
    let ahead = assign(most, Rvalue::Binary(BinaryOp::Add, counter(), number(TURNS, ty)));
    function.blocks.push(site.block(vec![to_limit], goto()));
    function.blocks.push(site.block(vec![ahead], goto()));
    first
}
