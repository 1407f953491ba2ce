//! What lowering one item gives: functions whose mentions of other functions are numbers of links.

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Item;
use crate::mir::{
    Appended, Callee, Const, FnId, Function, Operand, Place, Proj, Rvalue, SelectCase, StatementKind,
    Terminator,
};
use crate::types::Ty;

pub(super) type TySet = IndexSet<Ty, FxBuildHasher>;

/// The functions of one item, before linking: an [`FnId`] in them is an index into `links`.
#[derive(Default)]
pub(super) struct Unit {
    /// The item's own function first, then those of the literals inside it.
    pub functions: Vec<Function>,
    pub links: Vec<Link>,
    items: FxHashMap<Item, FnId>,
    /// Concrete types that become interface values.
    pub boxed: TySet,
    /// Types of variables that are lent to in-out parameters of an interface type: there the methods that change their
    /// receiver count, too.
    pub lent: TySet,
    /// Interface types that are used dynamically.
    pub interfaces: TySet,
}

pub(super) enum Link {
    /// An index into [`Unit::functions`].
    Own(usize),
    Item(Item),
}

impl Unit {
    /// The link to an item.
    pub fn link(&mut self, item: Item) -> FnId {
        if let Some(&id) = self.items.get(&item) {
            return id;
        }
        let id = FnId(self.links.len() as u32);
        self.links.push(Link::Item(item.clone()));
        self.items.insert(item, id);
        id
    }

    /// Puts the function that was finished last first: it is the item's own.
    pub fn put_last_first(&mut self) {
        let count = self.functions.len();
        self.functions.rotate_right(1);
        for link in &mut self.links {
            if let Link::Own(index) = link {
                *index = (*index + 1) % count;
            }
        }
    }

    /// Adds a function of the unit itself, and gives the link to it.
    pub fn own(&mut self, function: Function) -> FnId {
        self.functions.push(function);
        self.links.push(Link::Own(self.functions.len() - 1));
        FnId(self.links.len() as u32 - 1)
    }
}

/// Replaces each link's number by the function's.
pub(super) fn relink(function: &mut Function, ids: &[FnId]) {
    for block in &mut function.blocks {
        for statement in &mut block.statements {
            relink_statement(&mut statement.kind, ids);
        }
        match &mut block.terminator {
            Terminator::Branch { cond: value, .. } | Terminator::Switch { value, .. } => operand(value, ids),
            Terminator::Goto(_) | Terminator::Return | Terminator::Unreachable => {}
        }
    }
}

fn relink_statement(kind: &mut StatementKind, ids: &[FnId]) {
    match kind {
        StatementKind::Assign(dest, value) => {
            place(dest, ids);
            rvalue(value, ids);
        }
        StatementKind::Call(call) => {
            call.dest.iter_mut().for_each(|dest| place(dest, ids));
            match &mut call.callee {
                Callee::Direct(id) => *id = ids[id.0 as usize],
                Callee::Closure(value) | Callee::Method { receiver: value, .. } => operand(value, ids),
                Callee::Native { .. } => {}
            }
            call.args.iter_mut().for_each(|arg| operand(arg, ids));
        }
        StatementKind::Select(select) => {
            for case in &mut select.cases {
                match case {
                    SelectCase::Send { chan, value } => {
                        operand(chan, ids);
                        operand(value, ids);
                    }
                    SelectCase::Recv { chan, .. } => operand(chan, ids),
                }
            }
            select.timeout.iter_mut().for_each(|value| operand(value, ids));
        }
        StatementKind::Append(dest, Appended::One(value) | Appended::All(value)) => {
            place(dest, ids);
            operand(value, ids);
        }
        StatementKind::MakeUnique(dest) => place(dest, ids),
        StatementKind::Lend { held, address, .. } => {
            place(held, ids);
            operand(address, ids);
        }
        StatementKind::Defer(value) => operand(value, ids),
        StatementKind::RunDefers
        | StatementKind::Poll
        | StatementKind::StorageLive(_)
        | StatementKind::StorageDead(_)
        | StatementKind::Retain(_)
        | StatementKind::Settle(_)
        | StatementKind::Drop(_)
        | StatementKind::Check(_)
        | StatementKind::Nop => {}
    }
}

fn rvalue(value: &mut Rvalue, ids: &[FnId]) {
    match value {
        Rvalue::Use(x)
        | Rvalue::Unary(_, x)
        | Rvalue::Cast(x, _)
        | Rvalue::Retype(x, _)
        | Rvalue::Some(_, x)
        | Rvalue::Err(_, x)
        | Rvalue::Interface { value: x, .. }
        | Rvalue::Concrete(x, _)
        | Rvalue::IsType(x, _)
        | Rvalue::IsEmptyInterface(x)
        | Rvalue::Cell(x) => operand(x, ids),
        Rvalue::Binary(_, a, b) => {
            operand(a, ids);
            operand(b, ids);
        }
        Rvalue::Ok(_, x) => x.iter_mut().for_each(|x| operand(x, ids)),
        Rvalue::Aggregate(_, xs) | Rvalue::Case(_, _, xs) | Rvalue::Slice(_, xs) => {
            xs.iter_mut().for_each(|x| operand(x, ids));
        }
        Rvalue::Closure(id, xs) => {
            *id = ids[id.0 as usize];
            xs.iter_mut().for_each(|x| operand(x, ids));
        }
        Rvalue::Ref(p) | Rvalue::Len(p) | Rvalue::Cap(p) | Rvalue::Discriminant(p) => place(p, ids),
        Rvalue::SelfClosure => {}
    }
}

fn operand(value: &mut Operand, ids: &[FnId]) {
    match value {
        Operand::Copy(p) => place(p, ids),
        Operand::Const(Const::Func(id), _) => *id = ids[id.0 as usize],
        Operand::Move(_) | Operand::Const(..) => {}
    }
}

fn place(place: &mut Place, ids: &[FnId]) {
    for step in &mut place.proj {
        if let Proj::Index { index, .. } = step {
            operand(index, ids);
        }
    }
}
