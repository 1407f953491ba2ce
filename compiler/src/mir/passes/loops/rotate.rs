//! Puts the test of a loop at its bottom.
//!
//! ```text
//! head: _c = i < n; if _c goto body else end        head: _c = i < n; if _c goto body else end
//! body: …; goto head                                body: …; _c = i < n; if _c goto body else end
//! ```
//!
//! Before: a loop whose head tests. After: the head is passed once, on the way in; behind it the loop is known to have a turn, so
//! that what is hoisted out of it to there is done for something, and each turn has one jump less.

use super::cfg::Cfg;
use crate::mir::visit::{rvalue_operands, successors};
use crate::mir::{Function, Operand, Place, Rvalue, Statement, StatementKind, Terminator};
use crate::syntax::ast::BinaryOp;

/// A longer head is not worth repeating.
const MOST_STATEMENTS: usize = 4;

pub fn run(function: &mut Function) {
    let cfg = Cfg::new(function);
    for l in cfg.loops(function) {
        let head = &function.blocks[l.header];
        let exits = successors(&head.terminator);
        let tests = matches!(head.terminator, Terminator::Branch { .. })
            && exits.iter().any(|to| !l.contains(to.0 as usize))
            && exits.iter().any(|to| l.contains(to.0 as usize) && to.0 as usize != l.header);
        if !tests || head.statements.len() > MOST_STATEMENTS || !head.statements.iter().all(is_cheap) {
            continue;
        }
        let (statements, terminator, span) = (head.statements.clone(), head.terminator.clone(), head.span);
        for &latch in &l.latches {
            let block = &mut function.blocks[latch];
            if matches!(block.terminator, Terminator::Goto(_)) {
                block.statements.extend(statements.iter().cloned());
                block.terminator = terminator.clone();
                block.span = span;
            }
        }
    }
}

/// Whether the statement only computes a scalar, and cannot crash.
fn is_cheap(statement: &Statement) -> bool {
    let plain = |place: &Place| place.unchecked() == 0;
    let StatementKind::Assign(dest, value) = &statement.kind else {
        return matches!(statement.kind, StatementKind::Nop);
    };
    let computes = match value {
        Rvalue::Binary(BinaryOp::Div | BinaryOp::Rem | BinaryOp::Shl | BinaryOp::Shr, ..) => false,
        Rvalue::Use(_) | Rvalue::Unary(..) | Rvalue::Binary(..) | Rvalue::Cast(..) => true,
        Rvalue::Len(place) | Rvalue::Discriminant(place) => plain(place),
        _ => false,
    };
    let movable = |operand: &&Operand| match operand {
        Operand::Copy(place) => plain(place),
        Operand::Const(..) => true,
        Operand::Move(_) => false,
    };
    computes && dest.as_local().is_some() && rvalue_operands(value).iter().all(movable)
}
