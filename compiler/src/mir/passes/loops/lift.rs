//! Puts a poll before what its block computes, not behind it.
//!
//! ```text
//! i = i + 1; l.at = i; poll; goto head        poll; i = i + 1; l.at = i; goto head
//! ```
//!
//! Nobody can tell, as a poll may come at any time. But the code generator computes cheap things anew in each block that uses them, to keep
//! registers free: with the poll between a step and the next turn, both the old and the new number were kept across it, and the step was
//! made twice.

use crate::mir::{Function, Operand, Rvalue, Statement, StatementKind};

pub fn run(function: &mut Function) {
    for block in &mut function.blocks {
        let Some(poll) = block.statements.iter().position(|it| matches!(it.kind, StatementKind::Poll)) else {
            continue;
        };
        let before = block.statements[..poll].iter().rposition(|it| !only_computes(it));
        block.statements[before.map_or(0, |it| it + 1)..=poll].rotate_right(1);
    }
}

fn only_computes(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Nop => true,
        StatementKind::Assign(_, value) => match value {
            Rvalue::Use(operand) => !matches!(operand, Operand::Move(_)),
            Rvalue::Unary(..) | Rvalue::Binary(..) | Rvalue::Cast(..) | Rvalue::Len(_) => true,
            _ => false,
        },
        _ => false,
    }
}
