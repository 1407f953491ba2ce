//! Changing the places that statements mention.

use crate::mir::rewrite::rvalue_operands;
use crate::mir::{
    Appended, Callee, Operand, Place, Proj, Rvalue, SelectCase, Statement, StatementKind, Terminator,
};

/// What a statement does with a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Reads it, or changes what is there.
    Read,
    /// Gives it a new value.
    Written,
}

/// Calls `f` for each place that the statement mentions, the operands of indexes before the place that they stand in.
pub fn places(statement: &mut Statement, f: &mut dyn FnMut(&mut Place, Role)) {
    match &mut statement.kind {
        StatementKind::Assign(dest, value) => {
            rvalue(value, f);
            place(dest, Role::Written, f);
        }
        StatementKind::Call(call) => {
            match &mut call.callee {
                Callee::Closure(callee) => operand(callee, f),
                Callee::Method { receiver, .. } => operand(receiver, f),
                Callee::Direct(_) | Callee::Native { .. } => {}
            }
            call.args.iter_mut().for_each(|arg| operand(arg, f));
            if let Some(dest) = &mut call.dest {
                place(dest, Role::Written, f);
            }
        }
        StatementKind::Select(select) => {
            for case in &mut select.cases {
                match case {
                    SelectCase::Send { chan, value } => {
                        operand(chan, f);
                        operand(value, f);
                    }
                    SelectCase::Recv { chan, value, ok } => {
                        operand(chan, f);
                        value.iter_mut().chain(ok).for_each(|to| place(to, Role::Written, f));
                    }
                }
            }
            if let Some(timeout) = &mut select.timeout {
                operand(timeout, f);
            }
            place(&mut select.chosen, Role::Written, f);
        }
        StatementKind::MakeUnique(of)
        | StatementKind::Check(of)
        | StatementKind::Retain(of)
        | StatementKind::Settle(of)
        | StatementKind::Drop(of) => {
            place(of, Role::Read, f);
        }
        StatementKind::Append(to, Appended::One(value) | Appended::All(value)) => {
            operand(value, f);
            place(to, Role::Read, f);
        }
        StatementKind::Lend { held, address, .. } => {
            operand(address, f);
            place(held, Role::Read, f);
        }
        StatementKind::Defer(closure) => operand(closure, f),
        StatementKind::RunDefers
        | StatementKind::Poll
        | StatementKind::StorageLive(_)
        | StatementKind::StorageDead(_)
        | StatementKind::Nop => {}
    }
}

/// As [`places`], for a terminator.
pub fn terminator_places(terminator: &mut Terminator, f: &mut dyn FnMut(&mut Place, Role)) {
    match terminator {
        Terminator::Branch { cond: value, .. } | Terminator::Switch { value, .. } => operand(value, f),
        Terminator::Goto(_) | Terminator::Return | Terminator::Unreachable => {}
    }
}

fn rvalue(value: &mut Rvalue, f: &mut dyn FnMut(&mut Place, Role)) {
    rvalue_operands(value, &mut |x| operand(x, f));
    if let Rvalue::Ref(of) | Rvalue::Len(of) | Rvalue::Cap(of) | Rvalue::Discriminant(of) = value {
        place(of, Role::Read, f);
    }
}

fn operand(operand: &mut Operand, f: &mut dyn FnMut(&mut Place, Role)) {
    if let Operand::Copy(of) = operand {
        place(of, Role::Read, f);
    }
}

fn place(of: &mut Place, role: Role, f: &mut dyn FnMut(&mut Place, Role)) {
    for step in &mut of.proj {
        if let Proj::Index { index, .. } = step {
            operand(index, f);
        }
    }
    f(of, role);
}
