//! Makes counts explicit: turns last uses into moves, and adds the retains and drops that remain.
//!
//! Before: `Copy` is a copy of the value and assignment replaces the old value. After: reading copies bits, assigning
//! overwrites bits, and [`Retain`](StatementKind::Retain), [`Drop`](StatementKind::Drop) and [`Operand::Move`] say who owns what:
//!
//! ```text
//! _3 = _1          retain… if _1 is used later, else    _3 = move _1
//! f(_3)            f(_3); drop _3                       (parameters are borrowed; _3's last use)
//! g0 = _4          _5 = move _4; drop g0; g0 = move _5
//! ```
//!
//! The rules (after Reinking et al., "Perceus: Garbage Free Reference Counting with Reuse", PLDI 2021; parameters
//! borrowed as in Ullrich and de Moura, "Counting Immutable Beans", IFL 2019):
//!
//! 1. A local of a counted type owns its value, unless it is a borrowed parameter. A borrowed parameter that the function
//!    changes is retained at entry and then owned.
//! 2. A local is dropped right after its last use (on the edge, when it is last used on another path). A local that was moved from or
//!    dropped holds zero, so dropping it again does nothing; at entry all locals hold zero.
//! 3. An operand that becomes part of another value is moved if it is an owned whole local at its last use, else retained.
//! 4. An argument is lent as it is, if nothing that runs during the call can change the place it is in: a plain local that the
//!    same call does not also take in-out. Otherwise a retained copy is lent.
//! 5. A part of a variable that is read whole and then overwritten, with the variable untouched in between on each way there, is taken out: the
//!    place holds zero meanwhile. So `t.left = insert(t.left, x)` changes a tree in place, and `row := g[i]; …; g[i] = row` a row, and
//!    `b := m[k]; …; m[k] = b` what is in a map.
//! 6. A field of an owned local that is copied whole, while nothing looks at that field again before the local dies, is moved out, and the
//!    local holds zero there: `m` of `for m := range ch` is what was received.
//! 7. A copy that may hold what is lent at that time is settled: one of a type of which the program lends a part, from where others can
//!    reach it. What is taken out of there (rule 5) is as well.

mod calls;
mod lends;
mod taken;

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

pub(super) use self::calls::takes_over;
use self::lends::{holds, lent_types};
use self::taken::Point;
use super::liveness::Liveness;
use crate::mir::bits::BitSet;
use crate::mir::typing::{Typing, is_counted};
use crate::mir::visit::{base_local, defined_local, destinations, successors};
use crate::mir::{
    Appended, Block, Const, Function, Local, LocalDecl, Module, Operand, ParamMode, Place, Proj, Rvalue,
    Scope, Statement, StatementKind, Terminator,
};
use crate::parallel;
use crate::syntax::Span;
use crate::types::patterns::End;
use crate::types::{Program, Ty, TyKind};

/// Runs the pass over every function.
pub fn run(program: &Program, module: &mut Module) {
    let lent = lent_types(module);
    module.functions =
        parallel::map(&module.functions, |function| Ownership::new(program, module, function, &lent).run());
}

struct Ownership<'a> {
    program: &'a Program,
    module: &'a Module,
    /// The function as it was; the new one is built beside it.
    old: &'a Function,
    /// Old locals, then the temporaries that this pass makes.
    locals: Vec<LocalDecl>,
    /// Counted locals that own their value, by number.
    owned: Vec<bool>,
    liveness: Liveness,
    /// See [`facts::targets`]; found out where it is asked for first.
    targets: OnceCell<FxHashMap<Local, &'a Place>>,
    counted: FxHashMap<Ty, bool>,
    /// See [`lent_types`].
    lent: &'a [Ty],
    /// Whether values of a type may hold what is lent.
    lendable: FxHashMap<Ty, bool>,
    /// By local: see [`holds`].
    holds: Vec<bool>,
    out: Vec<Statement>,
    span: Span,
    scope: Scope,
}

impl<'a> Ownership<'a> {
    fn new(program: &'a Program, module: &'a Module, old: &'a Function, lent: &'a [Ty]) -> Self {
        let mut counted = FxHashMap::default();
        let mut owned: Vec<bool> = old
            .locals
            .iter()
            .map(|decl| *counted.entry(decl.ty).or_insert_with(|| is_counted(program, decl.ty)))
            .collect();
        let changed = changed_params(old);
        for (index, mode) in old.params.iter().enumerate() {
            if *mode == ParamMode::Borrow && !changed[index] {
                owned[index] = false;
            }
        }
        let liveness = Liveness::new(old, &owned);
        let mut held = vec![false; old.locals.len()];
        holds(old).for_each(|local| held[local.0 as usize] = true);
        Ownership {
            program,
            module,
            old,
            locals: old.locals.clone(),
            owned,
            liveness,
            targets: OnceCell::new(),
            counted,
            lent,
            lendable: FxHashMap::default(),
            holds: held,
            out: Vec::new(),
            span: old.span,
            scope: Scope::OWN,
        }
    }

    fn run(mut self) -> Function {
        let before_terminators: Vec<BitSet> = self
            .old
            .blocks
            .iter()
            .map(|block| self.liveness.before_terminator(&block.terminator, self.old.result, &self.owned))
            .collect();
        let dying = self.dying_on_entry(&before_terminators);
        let mut blocks = Vec::with_capacity(self.old.blocks.len());
        for (index, block) in self.old.blocks.iter().enumerate() {
            (self.span, self.scope) = (block.span, block.scope);
            if index == 0 {
                self.retain_changed_params();
            }
            for local in dying[index].iter() {
                self.emit(StatementKind::Drop(Local(local).into()));
            }
            self.block(index, &before_terminators[index]);
            blocks.push(Block {
                statements: std::mem::take(&mut self.out),
                terminator: block.terminator.clone(),
                span: block.span,
                scope: block.scope,
            });
        }
        Function { locals: self.locals, blocks, ..copy_head(self.old) }
    }

    /// For each block, what some predecessor still needed and this block does not.
    fn dying_on_entry(&self, before_terminators: &[BitSet]) -> Vec<BitSet> {
        let mut dying = vec![BitSet::new(self.old.locals.len()); self.old.blocks.len()];
        for (index, block) in self.old.blocks.iter().enumerate() {
            for successor in successors(&block.terminator) {
                let mut dead = before_terminators[index].clone();
                dead.subtract(&self.liveness.live_in[successor.0 as usize]);
                dying[successor.0 as usize].union(&dead);
            }
        }
        dying
    }

    /// Rule 1: and a parameter that is owned but never used dies at once.
    fn retain_changed_params(&mut self) {
        for index in 0..self.old.params.len() {
            if !self.owned[index] {
                continue;
            }
            let local = Local(index as u32);
            let live = self.liveness.live_in[0].contains(local.0);
            match self.old.params[index] {
                ParamMode::Borrow if live => self.emit(StatementKind::Retain(local.into())),
                ParamMode::Own if !live => self.emit(StatementKind::Drop(local.into())),
                _ => {}
            }
        }
    }

    fn block(&mut self, number: usize, before_terminator: &BitSet) {
        let block: &Block = &self.old.blocks[number];
        let mut live = before_terminator.clone();
        let mut live_after: Vec<BitSet> = Vec::with_capacity(block.statements.len());
        for statement in block.statements.iter().rev() {
            live_after.push(live.clone());
            self.liveness.step_back(statement, &self.owned, &mut live);
        }
        for (index, (statement, live)) in block.statements.iter().zip(live_after.iter().rev()).enumerate() {
            (self.span, self.scope) = (statement.span, statement.scope);
            self.statement(statement, live, Point { block: number, index }, before_terminator);
        }
    }

    /// The statement at a point of a block at whose end `kept` is alive.
    fn statement(&mut self, statement: &Statement, live: &BitSet, at: Point, kept: &BitSet) {
        let mut cx = self.context(statement, live);
        match &statement.kind {
            // Rule 5.
            StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(place)))
                if dest.as_local().is_some_and(|local| cx.replaced != Some(local))
                    && self.place_is_counted(place)
                    && self.is_overwritten(place, at) =>
            {
                for (index, step) in place.proj.iter().enumerate() {
                    // What is in a box or in a slice is taken out of one's own.
                    let whole = place.prefix(index);
                    let shared = match step {
                        Proj::Some | Proj::Case(..) => true,
                        Proj::Index { .. } => self.is_slice(&whole),
                        _ => false,
                    };
                    if shared {
                        self.emit(StatementKind::MakeUnique(whole));
                    }
                }
                self.emit(statement.kind.clone());
                let ty = self.place_ty(place);
                let zero = Operand::Const(Const::Zero, ty);
                self.emit(StatementKind::Assign(place.in_range(), Rvalue::Use(zero)));
                if self.may_be_lent(place) {
                    self.settle(dest, ty);
                }
            }
            // Rule 6.
            StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(place)))
                if dest
                    .as_local()
                    .is_some_and(|local| cx.replaced.is_none() && self.owned[local.0 as usize])
                    && self.place_is_counted(place)
                    && self.is_taken_out(place, self.behind(at), kept) =>
            {
                self.emit(statement.kind.clone());
                let ty = self.place_ty(place);
                let zero = Operand::Const(Const::Zero, ty);
                self.emit(StatementKind::Assign(place.clone(), Rvalue::Use(zero)));
                if self.lends_itself() {
                    self.settle(dest, ty);
                }
            }
            StatementKind::Assign(dest, value @ Rvalue::Use(Operand::Copy(_)))
                if dest.as_local().is_some_and(|local| self.is_hold(local)) =>
            {
                self.emit(StatementKind::Assign(dest.clone(), value.clone()));
                self.emit(StatementKind::Retain(dest.clone()));
            }
            StatementKind::Assign(dest, value) => {
                let value = self.rvalue(value, &mut cx);
                self.assign(dest, value, &mut cx);
            }
            StatementKind::Call(call) => match self.overwritten_entry(call, at) {
                Some(entry) => self.take_entry(entry, &cx),
                None => self.call(call, &mut cx),
            },
            StatementKind::Select(select) => self.select(select),
            StatementKind::Append(place, Appended::One(value)) => {
                let value = self.consume(value, &mut cx);
                self.emit(StatementKind::Append(place.clone(), Appended::One(value)));
            }
            StatementKind::Append(place, Appended::All(values)) => {
                let (values, copies) = self.lend_if(values, |_, values| {
                    values.base == place.base || place.proj.contains(&Proj::Deref)
                });
                self.emit(StatementKind::Append(place.clone(), Appended::All(values)));
                self.drop_all(copies);
            }
            StatementKind::Defer(closure) => {
                let closure = self.consume(closure, &mut cx);
                self.emit(StatementKind::Defer(closure));
            }
            StatementKind::Nop => {}
            other => self.emit(other.clone()),
        }
        for local in cx.dying {
            self.emit(StatementKind::Drop(local.into()));
        }
    }

    /// What follows in the block.
    fn behind(&self, at: Point) -> &'a [Statement] {
        &self.old.blocks[at.block].statements[at.index + 1..]
    }

    /// What the statement needs to know: how often it mentions each local, and which locals die with it.
    fn context(&self, statement: &Statement, live: &BitSet) -> Context {
        let mut mentions: Vec<(Local, u32)> = Vec::new();
        self.liveness.uses(statement, &mut |local| {
            if self.owned[local.0 as usize] {
                match mentions.iter_mut().find(|(seen, _)| *seen == local) {
                    Some((_, count)) => *count += 1,
                    None => mentions.push((local, 1)),
                }
            }
        });
        let defined = defined_local(statement).filter(|local| self.owned[local.0 as usize]);
        let mut dying: Vec<Local> =
            mentions.iter().map(|(local, _)| *local).filter(|local| !live.contains(local.0)).collect();
        let zeroes = matches!(statement.kind, StatementKind::StorageLive(_));
        // A value that nobody reads dies where it is made; an old value that the statement itself still
        // reads dies between reading and writing, see `assign`.
        let mut replaced = None;
        if let Some(local) = defined {
            if mentions.iter().any(|(seen, _)| *seen == local) {
                replaced = Some(local);
                dying.retain(|dead| *dead != local);
            }
            if !live.contains(local.0) && !zeroes {
                dying.push(local);
            }
        }
        Context { mentions, dying, replaced }
    }

    /// Rule 3.
    fn consume(&mut self, operand: &Operand, cx: &mut Context) -> Operand {
        let Operand::Copy(place) = operand else { return operand.clone() };
        let ty = self.place_ty(place);
        if !self.is_counted(ty) {
            return operand.clone();
        }
        let settles = self.lends_itself() && self.is_lendable(ty);
        match place.as_local() {
            Some(local) if cx.moves(local) => match settles {
                true => {
                    let temp = self.temp(ty);
                    self.emit(StatementKind::Assign(temp.into(), Rvalue::Use(Operand::Move(local))));
                    self.settle(&temp.into(), ty);
                    Operand::Move(temp)
                }
                false => Operand::Move(local),
            },
            Some(_) if !settles => {
                self.emit(StatementKind::Retain(place.clone()));
                operand.clone()
            }
            _ => Operand::Move(self.retained(place, ty)),
        }
    }

    /// A temporary with a copy of the place's value, retained.
    fn retained(&mut self, place: &Place, ty: Ty) -> Local {
        let temp = self.temp(ty);
        self.emit(StatementKind::Assign(temp.into(), Rvalue::Use(Operand::Copy(place.clone()))));
        self.emit(StatementKind::Retain(temp.into()));
        self.settle(&temp.into(), ty);
        temp
    }

    fn rvalue(&mut self, value: &Rvalue, cx: &mut Context) -> NewValue {
        let mut all =
            |this: &mut Self, operands: &[Operand]| operands.iter().map(|x| this.consume(x, cx)).collect();
        let value = match value {
            // A plain read: retaining the copy spares evaluating the place twice.
            Rvalue::Use(Operand::Copy(place)) if place.as_local().is_none() => {
                let reachable = self.may_be_lent(place);
                return NewValue { value: value.clone(), borrowed: true, reachable };
            }
            Rvalue::Retype(Operand::Copy(place), _) if place.as_local().is_none() => {
                let reachable = self.may_be_lent(place);
                return NewValue { value: value.clone(), borrowed: true, reachable };
            }
            // The ends of a channel are counted by direction: one more of the new kind, and the old one ends by itself.
            Rvalue::Retype(Operand::Copy(place), to) if self.turns_channel(place, *to) => {
                return NewValue { value: value.clone(), borrowed: true, reachable: false };
            }
            Rvalue::Concrete(..) | Rvalue::SelfClosure => {
                let reachable =
                    matches!(value, Rvalue::Concrete(Operand::Copy(place), _) if self.may_be_lent(place));
                return NewValue { value: value.clone(), borrowed: true, reachable };
            }
            Rvalue::Use(x) => Rvalue::Use(self.consume(x, cx)),
            Rvalue::Retype(x, ty) => Rvalue::Retype(self.consume(x, cx), *ty),
            Rvalue::Aggregate(ty, xs) => Rvalue::Aggregate(*ty, all(self, xs)),
            Rvalue::Case(ty, case, xs) => Rvalue::Case(*ty, *case, all(self, xs)),
            Rvalue::Slice(ty, xs) => Rvalue::Slice(*ty, all(self, xs)),
            Rvalue::Closure(id, xs) => Rvalue::Closure(*id, all(self, xs)),
            Rvalue::Some(ty, x) => Rvalue::Some(*ty, self.consume(x, cx)),
            Rvalue::Ok(ty, x) => Rvalue::Ok(*ty, x.as_ref().map(|x| self.consume(x, cx))),
            Rvalue::Err(ty, x) => Rvalue::Err(*ty, self.consume(x, cx)),
            Rvalue::Interface { value, from, to } => {
                Rvalue::Interface { value: self.consume(value, cx), from: *from, to: *to }
            }
            Rvalue::Cell(x) => Rvalue::Cell(self.consume(x, cx)),
            Rvalue::Unary(..)
            | Rvalue::Binary(..)
            | Rvalue::Cast(..)
            | Rvalue::IsType(..)
            | Rvalue::IsEmptyInterface(_)
            | Rvalue::Ref(_)
            | Rvalue::Len(_)
            | Rvalue::Cap(_)
            | Rvalue::Discriminant(_) => value.clone(),
        };
        NewValue { value, borrowed: false, reachable: false }
    }

    fn place_is_counted(&mut self, place: &Place) -> bool {
        let ty = self.place_ty(place);
        self.is_counted(ty)
    }

    fn turns_channel(&self, from: &Place, to: Ty) -> bool {
        let direction = |ty: Ty| End::of_kind(self.program.underlying(ty).kind()).map(|end| end.counts);
        direction(self.place_ty(from)) != direction(to)
    }

    fn assign(&mut self, dest: &Place, new: NewValue, cx: &mut Context) {
        let ty = self.place_ty(dest);
        if !self.is_counted(ty) {
            self.emit(StatementKind::Assign(dest.clone(), new.value));
            return;
        }
        let in_place = dest.as_local().is_some_and(|local| cx.replaced != Some(local));
        if in_place {
            self.emit(StatementKind::Assign(dest.clone(), new.value));
            if new.borrowed {
                self.emit(StatementKind::Retain(dest.clone()));
            }
            if new.reachable {
                self.settle(dest, ty);
            }
            return;
        }
        let temp = self.temp(ty);
        self.emit(StatementKind::Assign(temp.into(), new.value));
        if new.borrowed {
            self.emit(StatementKind::Retain(temp.into()));
        }
        if new.reachable {
            self.settle(&temp.into(), ty);
        }
        self.replace(dest, temp);
    }

    /// Drops what the place holds and moves the temporary there.
    fn replace(&mut self, dest: &Place, temp: Local) {
        self.emit(StatementKind::Drop(dest.clone()));
        self.emit(StatementKind::Assign(dest.in_range(), Rvalue::Use(Operand::Move(temp))));
    }

    fn drop_all(&mut self, temps: impl IntoIterator<Item = Local>) {
        for temp in temps {
            self.emit(StatementKind::Drop(temp.into()));
        }
    }

    fn emit(&mut self, kind: StatementKind) {
        self.out.push(Statement { kind, span: self.span, scope: self.scope });
    }

    fn temp(&mut self, ty: Ty) -> Local {
        self.locals.push(LocalDecl::new(ty, None, self.span));
        Local(self.locals.len() as u32 - 1)
    }

    fn typing(&self) -> Typing<'a> {
        Typing { program: self.program, module: self.module, function: self.old }
    }

    fn place_ty(&self, place: &Place) -> Ty {
        self.typing().place(place)
    }

    fn is_counted(&mut self, ty: Ty) -> bool {
        let program = self.program;
        *self.counted.entry(ty).or_insert_with(|| is_counted(program, ty))
    }

    fn is_slice(&self, place: &Place) -> bool {
        matches!(self.program.underlying(self.place_ty(place)).kind(), TyKind::Slice(_))
    }

    fn is_ref(&self, local: Local) -> bool {
        matches!(self.locals[local.0 as usize].ty.kind(), TyKind::Ref(_))
    }
}

/// What one statement's rewriting needs to know.
struct Context {
    /// How often the statement reads each owned local.
    mentions: Vec<(Local, u32)>,
    /// Owned locals that are not used after it.
    dying: Vec<Local>,
    /// The local that it reads and gives a new value.
    replaced: Option<Local>,
}

impl Context {
    /// Whether this mention of the local, the only one in the statement, is the last of all: then it dies by being moved.
    fn moves(&mut self, local: Local) -> bool {
        if self.mentions.iter().any(|(seen, count)| *seen == local && *count > 1) {
            return false;
        }
        if self.replaced == Some(local) {
            self.replaced = None;
            return true;
        }
        match self.dying.iter().position(|dead| *dead == local) {
            Some(index) => {
                self.dying.remove(index);
                true
            }
            None => false,
        }
    }
}

/// A rewritten rvalue.
struct NewValue {
    value: Rvalue,
    /// It copies bits that somebody else owns, so that the copy must be retained.
    borrowed: bool,
    /// It does so from where something may be lent.
    reachable: bool,
}

/// Which parameters the function itself changes: assigned, taken in-out, or changed in part.
pub(super) fn changed_params(function: &Function) -> Vec<bool> {
    let mut changed = vec![false; function.params.len()];
    let mut mark = |place: &Place| {
        if let Some(local) = base_local(place)
            && !place.is_indirect()
            && let Some(flag) = changed.get_mut(local.0 as usize)
        {
            *flag = true;
        }
    };
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        destinations(statement, &mut mark);
        if let StatementKind::Assign(_, Rvalue::Ref(place))
        | StatementKind::MakeUnique(place)
        | StatementKind::Append(place, _) = &statement.kind
        {
            mark(place);
        }
    }
    // The result local is handed out, so a parameter that is also the result must be owned.
    if let Some(result) = function.result
        && let Some(flag) = changed.get_mut(result.0 as usize)
        && function.blocks.iter().any(|block| matches!(block.terminator, Terminator::Return))
    {
        *flag = true;
    }
    changed
}

fn copy_head(function: &Function) -> Function {
    Function {
        name: function.name.clone(),
        span: function.span,
        forwards: function.forwards,
        params: function.params.clone(),
        captures: function.captures.clone(),
        is_closure: function.is_closure,
        locals: Vec::new(),
        result: function.result,
        result_ty: function.result_ty,
        blocks: Vec::new(),
        has_defer: function.has_defer,
        outlived: function.outlived,
        suspends: function.suspends,
        inline: function.inline,
        inlined: function.inlined.clone(),
    }
}
