//! Changing what statements name: every place, operand and local of a statement or terminator, in the order in which they stand there.

use super::{
    Appended, BlockId, Call, Callee, Const, FnId, Function, Local, Operand, Place, PlaceBase, Proj, Rvalue,
    SelectCase, StatementKind, Terminator,
};

/// Calls `f` for each operand that stands in a statement, but not for those of index steps, which are part of places.
pub fn operands(kind: &mut StatementKind, f: &mut dyn FnMut(&mut Operand)) {
    match kind {
        StatementKind::Assign(_, value) => rvalue_operands(value, f),
        StatementKind::Call(call) => {
            if let Callee::Closure(value) | Callee::Method { receiver: value, .. } = &mut call.callee {
                f(value);
            }
            call.args.iter_mut().for_each(f);
        }
        StatementKind::Select(select) => {
            for case in &mut select.cases {
                match case {
                    SelectCase::Send { chan, value } => {
                        f(chan);
                        f(value);
                    }
                    SelectCase::Recv { chan, .. } => f(chan),
                }
            }
            select.timeout.iter_mut().for_each(f);
        }
        StatementKind::Append(_, Appended::One(value) | Appended::All(value))
        | StatementKind::Lend { address: value, .. }
        | StatementKind::Defer(value) => f(value),
        StatementKind::MakeUnique(_)
        | StatementKind::Check(_)
        | StatementKind::Retain(_)
        | StatementKind::Settle(_)
        | StatementKind::Drop(_)
        | StatementKind::RunDefers
        | StatementKind::Poll
        | StatementKind::StorageLive(_)
        | StatementKind::StorageDead(_)
        | StatementKind::Nop => {}
    }
}

/// The operand that a terminator reads.
pub fn terminator_operand(terminator: &mut Terminator) -> Option<&mut Operand> {
    match terminator {
        Terminator::Branch { cond: value, .. } | Terminator::Switch { value, .. } => Some(value),
        Terminator::Goto(_) | Terminator::Return | Terminator::Unreachable => None,
    }
}

/// What a statement does with a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Reads it, or changes what is there.
    Read,
    /// Gives it a new value.
    Written,
}

/// Calls `f` for each place that a statement names otherwise than in an operand: what it looks at or changes, then what it writes.
fn own_places(kind: &mut StatementKind, f: &mut dyn FnMut(&mut Place, Role)) {
    match kind {
        StatementKind::Assign(dest, value) => {
            if let Rvalue::Ref(place)
            | Rvalue::Len(place)
            | Rvalue::Cap(place)
            | Rvalue::Discriminant(place) = value
            {
                f(place, Role::Read);
            }
            f(dest, Role::Written);
        }
        StatementKind::Call(call) => call.dest.iter_mut().for_each(|dest| f(dest, Role::Written)),
        StatementKind::Select(select) => {
            for case in &mut select.cases {
                if let SelectCase::Recv { value, ok, .. } = case {
                    value.iter_mut().chain(ok).for_each(|place| f(place, Role::Written));
                }
            }
            f(&mut select.chosen, Role::Written);
        }
        StatementKind::MakeUnique(place)
        | StatementKind::Check(place)
        | StatementKind::Append(place, _)
        | StatementKind::Lend { held: place, .. }
        | StatementKind::Retain(place)
        | StatementKind::Settle(place)
        | StatementKind::Drop(place) => f(place, Role::Read),
        StatementKind::Defer(_)
        | StatementKind::RunDefers
        | StatementKind::Poll
        | StatementKind::StorageLive(_)
        | StatementKind::StorageDead(_)
        | StatementKind::Nop => {}
    }
}

/// Calls `f` for each place that a statement names, in the order in which they are looked at: operands first, and the places of indexes before
/// those that they stand in.
pub fn places(kind: &mut StatementKind, f: &mut dyn FnMut(&mut Place, Role)) {
    operands(kind, &mut |operand| read_places(operand, f));
    own_places(kind, &mut |place, role| place_and_indexes(place, role, f));
}

/// As [`places`], for a terminator.
pub fn terminator_places(terminator: &mut Terminator, f: &mut dyn FnMut(&mut Place, Role)) {
    if let Some(operand) = terminator_operand(terminator) {
        read_places(operand, f);
    }
}

fn read_places(operand: &mut Operand, f: &mut dyn FnMut(&mut Place, Role)) {
    if let Operand::Copy(place) = operand {
        place_and_indexes(place, Role::Read, f);
    }
}

fn place_and_indexes(place: &mut Place, role: Role, f: &mut dyn FnMut(&mut Place, Role)) {
    for step in &mut place.proj {
        if let Proj::Index { index, .. } = step {
            read_places(index, f);
        }
    }
    f(place, role);
}

/// What a pass changes places and operands to. A place is given after the operands of its index steps.
pub trait Rewriter {
    fn place(&mut self, place: &mut Place);

    /// An operand as a whole; a place in it is given to [`Rewriter::place`] afterwards.
    fn operand(&mut self, _operand: &mut Operand) {}

    /// A local that is named by itself.
    fn local(&mut self, local: &mut Local);
}

/// Rewrites everything that a statement names.
pub fn statement(kind: &mut StatementKind, rewriter: &mut dyn Rewriter) {
    own_places(kind, &mut |place, _| whole_place(place, rewriter));
    operands(kind, &mut |operand| whole_operand(operand, rewriter));
    if let StatementKind::StorageLive(local) | StatementKind::StorageDead(local) = kind {
        rewriter.local(local);
    }
}

/// Rewrites what a terminator reads.
pub fn terminator(terminator: &mut Terminator, rewriter: &mut dyn Rewriter) {
    if let Some(operand) = terminator_operand(terminator) {
        whole_operand(operand, rewriter);
    }
}

/// Rewrites everything in a function's blocks, and its result.
pub fn function(function: &mut Function, rewriter: &mut dyn Rewriter) {
    for block in &mut function.blocks {
        block.statements.iter_mut().for_each(|it| statement(&mut it.kind, rewriter));
        terminator(&mut block.terminator, rewriter);
    }
    function.result.iter_mut().for_each(|local| rewriter.local(local));
}

fn whole_operand(operand: &mut Operand, rewriter: &mut dyn Rewriter) {
    rewriter.operand(operand);
    match operand {
        Operand::Copy(place) => whole_place(place, rewriter),
        Operand::Move(local) => rewriter.local(local),
        Operand::Const(..) => {}
    }
}

fn whole_place(place: &mut Place, rewriter: &mut dyn Rewriter) {
    // The steps first: what the rewriter puts in front of them is final.
    for step in &mut place.proj {
        if let Proj::Index { index, .. } = step {
            whole_operand(index, rewriter);
        }
    }
    rewriter.place(place);
}

/// Calls `f` for each operand of an rvalue, in order.
pub fn rvalue_operands(value: &mut Rvalue, f: &mut dyn FnMut(&mut Operand)) {
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
        | Rvalue::Cell(x) => f(x),
        Rvalue::Binary(_, left, right) => {
            f(left);
            f(right);
        }
        Rvalue::Aggregate(_, xs) | Rvalue::Case(_, _, xs) | Rvalue::Slice(_, xs) | Rvalue::Closure(_, xs) => {
            xs.iter_mut().for_each(f);
        }
        Rvalue::Ok(_, None)
        | Rvalue::SelfClosure
        | Rvalue::Ref(_)
        | Rvalue::Len(_)
        | Rvalue::Cap(_)
        | Rvalue::Discriminant(_) => {}
    }
}

/// Calls `f` for each block that may come next.
pub fn for_each_target(terminator: &mut Terminator, f: &mut dyn FnMut(&mut BlockId)) {
    match terminator {
        Terminator::Goto(block) => f(block),
        Terminator::Branch { then, otherwise, .. } => {
            f(then);
            f(otherwise);
        }
        Terminator::Switch { cases, default, .. } => {
            cases.iter_mut().for_each(|(_, block)| f(block));
            f(default);
        }
        Terminator::Return | Terminator::Unreachable => {}
    }
}

/// Calls `f` for each local that a function's blocks name, once for each mention.
pub fn for_each_local(target: &mut Function, f: &mut dyn FnMut(&mut Local)) {
    struct Each<'a>(&'a mut dyn FnMut(&mut Local));
    impl Rewriter for Each<'_> {
        fn place(&mut self, place: &mut Place) {
            if let PlaceBase::Local(local) = &mut place.base {
                (self.0)(local);
            }
        }
        fn local(&mut self, local: &mut Local) {
            (self.0)(local);
        }
    }
    function(target, &mut Each(f));
}

/// Calls `f` for each function that a function's statements name: those that they call, make closures of, or use as values.
pub fn for_each_function(function: &mut Function, f: &mut dyn FnMut(&mut FnId)) {
    for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
        match &mut statement.kind {
            StatementKind::Call(Call { callee: Callee::Direct(id), .. })
            | StatementKind::Assign(_, Rvalue::Closure(id, _)) => f(id),
            _ => {}
        }
        operands(&mut statement.kind, &mut |operand| {
            if let Operand::Const(Const::Func(id), _) = operand {
                f(id);
            }
        });
    }
}
