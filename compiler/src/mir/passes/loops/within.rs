//! One comparison where a number is looked at from both sides.
//!
//! ```text
//! if 'a' <= c goto upper else no         _t = c - 'a'; if _t <= 25 (as an unsigned number) goto upper else no
//! upper: if c <= 'z' goto yes else no    upper: goto yes
//! ```
//!
//! Half the work, and above all one branch that the processor has to foretell instead of two.

use super::conditions::Conditions;
use super::guard::{Site, temp};
use crate::mir::visit::successors;
use crate::mir::{Block, BlockId, Const, Function, Local, Operand, Rvalue, StatementKind, Terminator};
use crate::syntax::ast::BinaryOp;
use crate::types::{IntTy, Program, Ty, TyKind};

pub fn run(program: &Program, function: &mut Function) {
    let conditions = Conditions::new(function);
    for first in 0..function.blocks.len() {
        if let Some(found) = find(program, function, &conditions, first) {
            apply(function, first, &found);
        }
    }
}

/// A block ends by asking whether a number is at least, or at most, another.
struct Bound {
    number: Local,
    ty: Ty,
    least: bool,
    limit: i64,
    inside: BlockId,
    outside: BlockId,
}

struct Found {
    number: Local,
    ty: Ty,
    unsigned: Ty,
    low: i64,
    high: i64,
    second: BlockId,
    inside: BlockId,
    outside: BlockId,
}

fn find(program: &Program, function: &Function, conditions: &Conditions, first: usize) -> Option<Found> {
    for one in bounds(conditions, &function.blocks[first]) {
        let second = one.inside.0 as usize;
        if second == first || one.outside == one.inside || !is_bare(function, conditions, first, second) {
            continue;
        }
        for other in bounds(conditions, &function.blocks[second]) {
            if other.number != one.number || other.outside != one.outside || other.least == one.least {
                continue;
            }
            let (low, high) = if one.least { (one.limit, other.limit) } else { (other.limit, one.limit) };
            let unsigned = unsigned(program, one.ty)?;
            // Limits of the widest unsigned type, as numbers with a sign, would not be in order.
            if low <= high && high.checked_sub(low).is_some() && (low >= 0 || is_signed(program, one.ty)) {
                return Some(Found {
                    number: one.number,
                    ty: one.ty,
                    unsigned,
                    low,
                    high,
                    second: one.inside,
                    inside: other.inside,
                    outside: one.outside,
                });
            }
        }
    }
    None
}

fn apply(function: &mut Function, first: usize, found: &Found) {
    let site = Site::of_end(&function.blocks[first]);
    let [above, wide, within] = [found.ty, found.unsigned, Ty::bool()].map(|ty| temp(function, ty, site));
    let number = |value, ty| Operand::Const(Const::Int(value), ty);
    let assign = |to: Local, value| site.statement(StatementKind::Assign(to.into(), value));
    let block = &mut function.blocks[first];
    block.statements.extend([
        assign(above, Rvalue::Binary(BinaryOp::Sub, found.number.into(), number(found.low, found.ty))),
        assign(wide, Rvalue::Cast(above.into(), found.unsigned)),
        assign(
            within,
            Rvalue::Binary(BinaryOp::Le, wide.into(), number(found.high - found.low, found.unsigned)),
        ),
    ]);
    block.terminator =
        Terminator::Branch { cond: within.into(), then: found.second, otherwise: found.outside };
    let second = &mut function.blocks[found.second.0 as usize];
    second.statements.iter_mut().for_each(|it| it.kind = StatementKind::Nop);
    second.terminator = Terminator::Goto(found.inside);
}

/// What the block's end asks, read both ways: going to the first block when it holds, or to the second when it does not.
fn bounds(conditions: &Conditions, block: &Block) -> Vec<Bound> {
    use BinaryOp::{Ge, Gt, Le, Lt};
    let Some((op, left, right)) = conditions.comparison(block) else { return Vec::new() };
    let Terminator::Branch { then, otherwise, .. } = block.terminator else { return Vec::new() };
    let (op, number, limit, ty) = match (left, right) {
        (Operand::Copy(place), Operand::Const(Const::Int(limit), ty)) => (op, place, *limit, *ty),
        (Operand::Const(Const::Int(limit), ty), Operand::Copy(place)) => {
            let mirrored = match op {
                Lt => Gt,
                Le => Ge,
                Gt => Lt,
                Ge => Le,
                other => other,
            };
            (mirrored, place, *limit, *ty)
        }
        _ => return Vec::new(),
    };
    let Some(number) = number.as_local() else { return Vec::new() };
    let bound = |least, limit: Option<i64>, inside, outside| {
        limit.map(|limit| Bound { number, ty, least, limit, inside, outside })
    };
    let (above, below) = (limit.checked_add(1), limit.checked_sub(1));
    let readings = match op {
        Ge => [bound(true, Some(limit), then, otherwise), bound(false, below, otherwise, then)],
        Gt => [bound(true, above, then, otherwise), bound(false, Some(limit), otherwise, then)],
        Le => [bound(false, Some(limit), then, otherwise), bound(true, above, otherwise, then)],
        Lt => [bound(false, below, then, otherwise), bound(true, Some(limit), otherwise, then)],
        _ => [None, None],
    };
    readings.into_iter().flatten().collect()
}

/// Whether the second block is reached from the first only, and does nothing but compare.
fn is_bare(function: &Function, conditions: &Conditions, first: usize, second: usize) -> bool {
    let from_first_only = function.blocks.iter().enumerate().all(|(index, block)| {
        index == first || !successors(&block.terminator).contains(&BlockId(second as u32))
    });
    let block = &function.blocks[second];
    second != 0
        && from_first_only
        && block.statements.iter().all(|it| match &it.kind {
            StatementKind::Nop => true,
            StatementKind::Assign(dest, value) => {
                let scalar = match value {
                    Rvalue::Use(Operand::Copy(place)) => place.as_local().is_some(),
                    Rvalue::Use(Operand::Const(..)) => true,
                    Rvalue::Binary(..) => conditions.is_end_of(block, dest),
                    _ => false,
                };
                scalar
                    && dest
                        .as_local()
                        .is_some_and(|it| conditions.is_never_read(it) || conditions.is_end_of(block, dest))
            }
            _ => false,
        })
}

fn int(program: &Program, ty: Ty) -> Option<IntTy> {
    match program.underlying(ty).kind() {
        TyKind::Int(int) => Some(*int),
        _ => None,
    }
}

fn is_signed(program: &Program, ty: Ty) -> bool {
    int(program, ty).is_some_and(|int| int.signed())
}

fn unsigned(program: &Program, ty: Ty) -> Option<Ty> {
    let of = match int(program, ty)? {
        IntTy::Int | IntTy::Int64 | IntTy::Uint | IntTy::Uint64 => IntTy::Uint64,
        IntTy::Int32 | IntTy::Uint32 => IntTy::Uint32,
        IntTy::Int16 | IntTy::Uint16 => IntTy::Uint16,
        IntTy::Int8 | IntTy::Uint8 => IntTy::Uint8,
        IntTy::Uintptr => return None,
    };
    Some(Ty::new(TyKind::Int(of)))
}
