//! Makes a body smaller without changing what it does: what lowering and inlining leave behind.
//!
//! ```text
//! b0: _2 = _1; goto b1            b0: _4 = _1 + 1
//! b1: goto b2                         return
//! b2: _3 = 1; _4 = _2 + _3
//!     _5 = _1; return
//! ```
//!
//! 1. A local with one value (see [`facts`](super::facts)) that is a copy of another such local, or of a constant, is replaced by it. So is one
//!    that is a copy of a struct or array in such a local, if that holds nothing counted: `m` of `for m := range ch` stays where it was received. A mutex or channel that a closure captured is used there. A request
//!    channel that was turned into what its calls send to, and that is only lent to the runtime, is lent as it is: the other would be counted.
//! 2. A value that nobody reads is not computed, unless that may crash.
//! 3. A jump to a block that only jumps goes on to where that leads; a branch on a constant is a jump; a block with one predecessor,
//!    which only leads there, becomes part of it; blocks that nothing leads to go.
//! 4. Blocks stand in reverse postorder, so that analyses converge soon, and locals that nothing names go.
//!
//! Runs before ownership: one copy less is a retain less. Lowered code gives every temporary a value before it reads it, so
//! that a temporary's one definition comes before all its uses; a user's variable begins with [`StorageLive`], which counts as a
//! definition, unless its first value follows at once.
//!
//! [`StorageLive`]: StatementKind::StorageLive

use super::facts::{self, LocalFacts};
use super::ownership::takes_over;
use crate::mir::rewrite::{self, Rewriter, for_each_target};
use crate::mir::typing::is_counted;
use crate::mir::visit::{base_local, defined_local, read_places, successors};
use crate::mir::{
    Block, BlockId, Callee, Const, Function, Local, Operand, Place, PlaceBase, Proj, Rvalue, Statement,
    StatementKind, Terminator,
};
use crate::syntax::ast::{BinaryOp, ChanPattern};
use crate::types::{Program, Ty, TyKind};

/// Simplifies one function.
pub fn run(program: &Program, function: &mut Function) {
    thread_jumps(function);
    begin_with_first_value(function);
    // Each round may free the next one's work; more than these hardly ever have any.
    for _ in 0..3 {
        let facts = facts::of(function);
        let forwarded = forward(program, function, &facts);
        let removed = remove_unread(function);
        if !forwarded && !removed {
            break;
        }
    }
    thread_jumps(function);
    remove_unnamed(function);
}

// ---- values

/// A variable that gets its first value right where it comes into being needs no zero before.
fn begin_with_first_value(function: &mut Function) {
    for block in &mut function.blocks {
        for index in 0..block.statements.len() {
            if let StatementKind::StorageLive(local) = block.statements[index].kind
                && is_given_value(&block.statements[index + 1..], local)
            {
                block.statements[index].kind = StatementKind::Nop;
            }
        }
    }
}

/// Whether the statements give the local a whole value before they read it, without a call in between, whose failure would
/// release what the variable held before.
fn is_given_value(statements: &[Statement], local: Local) -> bool {
    for statement in statements {
        let mut read = false;
        read_places(statement, &mut |place| read |= base_local(place) == Some(local));
        if read {
            return false;
        }
        if defined_local(statement) == Some(local) {
            return matches!(statement.kind, StatementKind::Assign(..) | StatementKind::Call(_));
        }
        if !matches!(statement.kind, StatementKind::Assign(..) | StatementKind::Nop) {
            return false;
        }
    }
    false
}

/// Rule 1.
fn forward(program: &Program, function: &mut Function, facts: &[LocalFacts]) -> bool {
    let mut values: Vec<Option<Operand>> = vec![None; function.locals.len()];
    let mut any = false;
    let lent = lent_to_runtime(function);
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        let StatementKind::Assign(dest, value) = &statement.kind else { continue };
        let Some(dest) = dest.as_local() else { continue };
        if let Rvalue::Retype(Operand::Copy(place), _) = value
            && let Some(source) = place.as_local()
            && source != dest
            && [source, dest].iter().all(|local| facts[local.0 as usize].is_stable())
            && is_request_channel(program, function.locals[source.0 as usize].ty)
            && lent[dest.0 as usize] == facts[dest.0 as usize].read
            && Some(dest) != function.result
        {
            values[dest.0 as usize] = Some(Operand::Copy(place.clone()));
            any = true;
            continue;
        }
        let Rvalue::Use(value) = value else { continue };
        if !facts[dest.0 as usize].is_stable() || Some(dest) == function.result {
            continue;
        }
        let ty = function.locals[dest.0 as usize].ty;
        let same = match value {
            Operand::Copy(place) => match base_local(place) {
                Some(source) => {
                    facts[source.0 as usize].is_stable()
                        && source != dest
                        && match place.as_local() {
                            Some(_) => function.locals[source.0 as usize].ty == ty,
                            None => is_part(place) && is_plain_aggregate(program, ty),
                        }
                }
                None => is_captured_handle(place, ty),
            },
            Operand::Const(value, of) => *of == ty && !matches!(value, Const::Zero),
            Operand::Move(_) => false,
        };
        if same {
            values[dest.0 as usize] = Some(value.clone());
            any = true;
        }
    }
    // A part of what is replaced itself waits for the next round.
    for index in 0..values.len() {
        if let Some(Operand::Copy(place)) = &values[index]
            && place.as_local().is_none()
            && base_local(place).is_some_and(|source| values[source.0 as usize].is_some())
        {
            values[index] = None;
        }
    }
    if any {
        for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
            if let StatementKind::Assign(dest, Rvalue::Retype(..)) = &statement.kind
                && dest.as_local().is_some_and(|dest| values[dest.0 as usize].is_some())
            {
                statement.kind = StatementKind::Nop;
            }
        }
        keep_sources(function, &values);
        rewrite::function(function, &mut Forward { values: &values });
    }
    any
}

/// Its end that calls.
fn is_request_channel(program: &Program, ty: Ty) -> bool {
    matches!(program.underlying(ty).kind(), TyKind::Chan { pattern: ChanPattern::Req, .. })
}

/// How often each local is lent to a function of the runtime.
fn lent_to_runtime(function: &Function) -> Vec<u32> {
    let mut lent = vec![0; function.locals.len()];
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        let StatementKind::Call(call) = &statement.kind else { continue };
        if !matches!(call.callee, Callee::Native { .. }) {
            continue;
        }
        for (index, arg) in call.args.iter().enumerate() {
            if let Operand::Copy(place) = arg
                && let Some(local) = place.as_local()
                && !takes_over(&call.callee, index)
            {
                lent[local.0 as usize] += 1;
            }
        }
    }
    lent
}

/// Whether the place is a part of its local, with no way that could end elsewhere.
fn is_part(place: &Place) -> bool {
    place.proj.iter().all(|step| matches!(step, Proj::Field(_)))
}

/// What a closure captured stays as it is (variables that change are in cells), and stays alive as long as the closure runs.
fn is_captured_handle(place: &Place, ty: Ty) -> bool {
    matches!(place.base, PlaceBase::Capture(_))
        && place.proj.is_empty()
        && matches!(ty.kind(), TyKind::Mutex(_) | TyKind::Counter | TyKind::Chan { .. } | TyKind::Task(_))
}

/// Whether a copy of it is worth avoiding, and means nothing but its bytes.
fn is_plain_aggregate(program: &Program, ty: Ty) -> bool {
    matches!(program.underlying(ty).kind(), TyKind::Struct(_) | TyKind::Array(..)) && !is_counted(program, ty)
}

/// What stands for its copies from now on lives as long as they do.
fn keep_sources(function: &mut Function, values: &[Option<Operand>]) {
    let mut sources = vec![false; values.len()];
    for value in values.iter().flatten() {
        if let Operand::Copy(place) = value
            && let Some(source) = base_local(place)
        {
            sources[source.0 as usize] = true;
        }
    }
    for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
        if let StatementKind::StorageDead(local) = statement.kind
            && sources[local.0 as usize]
        {
            statement.kind = StatementKind::Nop;
        }
    }
}

struct Forward<'a> {
    values: &'a [Option<Operand>],
}

impl Forward<'_> {
    /// Where the chain of copies that begins at a local ends.
    fn end(&self, local: Local) -> Option<&Operand> {
        let mut found = self.values[local.0 as usize].as_ref()?;
        while let Operand::Copy(place) = found
            && let Some(next) = place.as_local()
            && let Some(value) = &self.values[next.0 as usize]
        {
            found = value;
        }
        Some(found)
    }
}

impl Rewriter for Forward<'_> {
    fn operand(&mut self, operand: &mut Operand) {
        if let Operand::Copy(place) = operand
            && let Some(local) = place.as_local()
            && let Some(value) = self.end(local)
        {
            *operand = value.clone();
        }
    }

    fn place(&mut self, place: &mut Place) {
        // The definition itself becomes a copy of the value to itself, which rule 2 removes.
        if let PlaceBase::Local(local) = place.base
            && let Some(Operand::Copy(value)) = self.end(local)
        {
            let value = value.clone();
            place.base = value.base;
            place.proj.insert_many(0, value.proj);
        }
    }

    fn local(&mut self, _: &mut Local) {}
}

/// Rule 2.
fn remove_unread(function: &mut Function) -> bool {
    let facts = facts::of(function);
    let mut removed = false;
    let unread = |local: Local| {
        let facts = facts[local.0 as usize];
        facts.read == 0 && !facts.changed
    };
    let types: Vec<_> = function.locals.iter().map(|decl| decl.ty).collect();
    for block in &mut function.blocks {
        block.statements.retain(|statement| {
            let goes = match &statement.kind {
                StatementKind::Nop => true,
                StatementKind::Assign(dest, value) => {
                    dest.as_local().is_some_and(|dest| {
                        (unread(dest) && is_harmless(value, &types)) || is_copy_of(value, dest)
                    }) || is_copy_of_itself(value, dest)
                }
                StatementKind::StorageLive(local) | StatementKind::StorageDead(local) => {
                    let facts = facts[local.0 as usize];
                    // No value is ever given to it but by this.
                    facts.read == 0 && !facts.changed && facts.defined <= 1
                }
                _ => false,
            };
            removed |= goes;
            !goes
        });
    }
    removed
}

fn is_copy_of(value: &Rvalue, local: Local) -> bool {
    matches!(value, Rvalue::Use(Operand::Copy(place)) if place.as_local() == Some(local))
}

fn is_copy_of_itself(value: &Rvalue, dest: &Place) -> bool {
    is_part(dest) && matches!(value, Rvalue::Use(Operand::Copy(place)) if place == dest)
}

/// Whether computing the value can neither crash nor be noticed.
fn is_harmless(value: &Rvalue, types: &[Ty]) -> bool {
    let harmless_place = |place: &Place| place.unchecked() == 0;
    let places = match value {
        Rvalue::Ref(place) | Rvalue::Len(place) | Rvalue::Cap(place) | Rvalue::Discriminant(place) => {
            harmless_place(place)
        }
        Rvalue::Binary(op, left, right) => match op {
            BinaryOp::Div | BinaryOp::Rem | BinaryOp::Shl | BinaryOp::Shr => false,
            _ => scalar(left, types) && scalar(right, types),
        },
        _ => true,
    };
    places
        && crate::mir::visit::rvalue_operands(value).into_iter().all(|operand| match operand {
            Operand::Copy(place) => harmless_place(place),
            Operand::Move(_) | Operand::Const(..) => true,
        })
}

/// Comparisons of other things may crash.
fn scalar(operand: &Operand, types: &[Ty]) -> bool {
    let ty = match operand {
        Operand::Copy(place) => match place.as_local() {
            Some(local) => types[local.0 as usize],
            None => return false,
        },
        Operand::Move(local) => types[local.0 as usize],
        Operand::Const(_, ty) => *ty,
    };
    matches!(ty.kind(), TyKind::Bool | TyKind::Int(_) | TyKind::Float(_) | TyKind::Duration)
}

// ---- jumps

/// Rules 3 and 4, as far as blocks go.
fn thread_jumps(function: &mut Function) {
    for block in &mut function.blocks {
        fold_branch(&mut block.terminator);
    }
    let targets: Vec<BlockId> =
        (0..function.blocks.len() as u32).map(|index| final_target(function, BlockId(index))).collect();
    for block in &mut function.blocks {
        for_each_target(&mut block.terminator, &mut |target| *target = targets[target.0 as usize]);
    }
    let order = merge(function);
    arrange(function, &order);
}

fn fold_branch(terminator: &mut Terminator) {
    match terminator {
        Terminator::Branch { cond: Operand::Const(Const::Bool(cond), _), then, otherwise } => {
            *terminator = Terminator::Goto(if *cond { *then } else { *otherwise });
        }
        Terminator::Branch { then, otherwise, .. } if then == otherwise => {
            *terminator = Terminator::Goto(*then);
        }
        Terminator::Switch { value: Operand::Const(Const::Int(value), _), cases, default } => {
            let case = cases.iter().find(|(case, _)| case == value);
            *terminator = Terminator::Goto(case.map_or(*default, |(_, block)| *block));
        }
        _ => {}
    }
}

/// Where a jump to the block leads in the end.
fn final_target(function: &Function, block: BlockId) -> BlockId {
    let mut at = block;
    // A loop of blocks without statements leads nowhere else.
    for _ in 0..function.blocks.len() {
        let block = &function.blocks[at.0 as usize];
        match block.terminator {
            Terminator::Goto(next) if block.statements.is_empty() => at = next,
            _ => break,
        }
    }
    at
}

/// Appends to each block what only it leads to; gives the blocks that remain, in reverse postorder.
fn merge(function: &mut Function) -> Vec<BlockId> {
    let mut order = reverse_postorder(function);
    let mut leading = vec![0_u32; function.blocks.len()];
    leading[0] = 1;
    for block in &order {
        for next in successors(&function.blocks[block.0 as usize].terminator) {
            leading[next.0 as usize] += 1;
        }
    }
    let mut gone = vec![false; function.blocks.len()];
    for &block in &order {
        if gone[block.0 as usize] {
            continue;
        }
        while let Terminator::Goto(next) = function.blocks[block.0 as usize].terminator
            && leading[next.0 as usize] == 1
            && next != block
            && next.0 != 0
        {
            let empty = Block {
                statements: Vec::new(),
                terminator: Terminator::Unreachable,
                ..function.blocks[next.0 as usize]
            };
            let mut tail = std::mem::replace(&mut function.blocks[next.0 as usize], empty);
            let head = &mut function.blocks[block.0 as usize];
            head.statements.append(&mut tail.statements);
            (head.terminator, head.span, head.scope) = (tail.terminator, tail.span, tail.scope);
            gone[next.0 as usize] = true;
        }
    }
    order.retain(|block| !gone[block.0 as usize]);
    order
}

fn reverse_postorder(function: &Function) -> Vec<BlockId> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.blocks.len());
    let mut work = vec![(BlockId(0), successors(&function.blocks[0].terminator))];
    seen[0] = true;
    while let Some((block, next)) = work.last_mut() {
        // The last first, so that the first comes next in the end.
        match next.pop() {
            Some(target) if std::mem::replace(&mut seen[target.0 as usize], true) => {}
            Some(target) => work.push((target, successors(&function.blocks[target.0 as usize].terminator))),
            None => {
                order.push(*block);
                work.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Keeps only these blocks, in this order.
fn arrange(function: &mut Function, order: &[BlockId]) {
    let mut numbers = vec![BlockId(0); function.blocks.len()];
    for (index, block) in order.iter().enumerate() {
        numbers[block.0 as usize] = BlockId(index as u32);
    }
    let mut old: Vec<Option<Block>> = std::mem::take(&mut function.blocks).into_iter().map(Some).collect();
    function.blocks = order.iter().filter_map(|block| old[block.0 as usize].take()).collect();
    for block in &mut function.blocks {
        for_each_target(&mut block.terminator, &mut |target| *target = numbers[target.0 as usize]);
    }
}

// ---- locals

/// Rule 4, as far as locals go.
fn remove_unnamed(function: &mut Function) {
    let mut named = vec![false; function.locals.len()];
    named[..function.params.len()].fill(true);
    rewrite::for_each_local(function, &mut |local| named[local.0 as usize] = true);
    if named.iter().all(|named| *named) {
        return;
    }
    let mut next = 0;
    let numbers: Vec<u32> = named
        .iter()
        .map(|named| {
            let number = next;
            next += u32::from(*named);
            number
        })
        .collect();
    rewrite::for_each_local(function, &mut |local| local.0 = numbers[local.0 as usize]);
    let mut index = 0;
    function.locals.retain(|_| {
        index += 1;
        named[index - 1]
    });
}
