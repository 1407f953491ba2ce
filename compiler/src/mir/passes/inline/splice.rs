//! Puts a callee's body in the place of its call.
//!
//! A parameter that the callee only reads is the argument itself, if that is a variable or a part of one, which nobody changes
//! meanwhile; an in-out parameter is the place that was lent. All other locals of the callee become new ones of the caller.
//! The callee's statements keep their spans, and get scopes of the caller, so that call stacks show the call as if it happened.

use crate::mir::rewrite::{self, Rewriter};
use crate::mir::visit::{base_local, defined_local};
use crate::mir::{
    Block, BlockId, Call, Function, Inlined, Local, LocalDecl, Operand, ParamMode, Place, PlaceBase, Proj,
    Rvalue, Scope, Statement, StatementKind, Terminator,
};
use crate::types::TyKind;

use super::summary::Summary;

/// A call to be replaced.
pub struct Pick<'a> {
    pub block: usize,
    pub statement: usize,
    pub callee: &'a Function,
    pub summary: &'a Summary,
    /// The locals that hold what the closure captured, if it is one.
    pub captures: Vec<Local>,
}

/// Replaces the calls. They stand in the order of the blocks and statements.
pub fn splice(caller: &mut Function, picks: &[Pick]) {
    let lent = lent_anywhere(caller);
    let mut picks = picks.iter().peekable();
    for index in 0..caller.blocks.len() {
        if picks.peek().is_none_or(|pick| pick.block != index) {
            continue;
        }
        let mut at = index;
        let statements = std::mem::take(&mut caller.blocks[index].statements);
        let end = caller.blocks[index].terminator.clone();
        let (end_span, end_scope) = (caller.blocks[index].span, caller.blocks[index].scope);
        for (number, statement) in statements.into_iter().enumerate() {
            match picks.next_if(|pick| (pick.block, pick.statement) == (index, number)) {
                Some(pick) => at = Splice::new(caller, pick, &statement, at, &lent).run(&statement),
                None => caller.blocks[at].statements.push(statement),
            }
        }
        let last = &mut caller.blocks[at];
        (last.terminator, last.span, last.scope) = (end, end_span, end_scope);
    }
}

/// The locals whose address the function takes somewhere.
fn lent_anywhere(function: &Function) -> Vec<bool> {
    let mut lent = vec![false; function.locals.len()];
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let StatementKind::Assign(_, Rvalue::Ref(place)) = &statement.kind
            && let Some(local) = base_local(place)
        {
            lent[local.0 as usize] = true;
        }
    }
    lent
}

/// What a local of the callee is in the caller.
#[derive(Clone)]
enum Given {
    Local(Local),
    /// Reading it reads this place.
    Value(Place),
    /// It is the address of this place, and also held by the local.
    Target(Local, Place),
}

struct Splice<'a> {
    caller: &'a mut Function,
    pick: &'a Pick<'a>,
    /// The block that the call stands in.
    at: usize,
    given: Vec<Given>,
    /// The scope that stands for the callee.
    scope: Scope,
    /// What to add to the callee's scopes that stand for calls inlined there.
    scopes: u32,
    call: Call,
}

impl<'a> Splice<'a> {
    fn new(
        caller: &'a mut Function,
        pick: &'a Pick<'a>,
        statement: &Statement,
        at: usize,
        lent: &[bool],
    ) -> Splice<'a> {
        let call = match &statement.kind {
            StatementKind::Call(call) => call.clone(),
            // Only calls are picked.
            _ => {
                Call { dest: None, callee: crate::mir::Callee::Direct(crate::mir::FnId(0)), args: Vec::new() }
            }
        };
        let scopes = caller.inlined.len() as u32 + 1;
        let mut splice = Splice { caller, pick, at, given: Vec::new(), scope: Scope(scopes), scopes, call };
        splice.add_scopes(statement);
        splice.give_locals(statement, lent);
        splice
    }

    fn add_scopes(&mut self, statement: &Statement) {
        let callee = self.pick.callee;
        self.caller.inlined.push(Inlined {
            name: callee.name.clone(),
            forwards: callee.forwards,
            span: callee.span,
            call: statement.span,
            outer: statement.scope,
        });
        for inlined in &callee.inlined {
            let outer = self.scope_of(inlined.outer);
            self.caller.inlined.push(Inlined { outer, ..inlined.clone() });
        }
    }

    fn scope_of(&self, scope: Scope) -> Scope {
        match scope {
            Scope::OWN => self.scope,
            Scope(number) => Scope(self.scopes + number),
        }
    }

    /// Finds what each of the callee's locals is, and gives the parameters their values where they need ones of their own.
    fn give_locals(&mut self, statement: &Statement, lent: &[bool]) {
        let callee = self.pick.callee;
        let args = self.call.args.clone();
        let lent = self.lent_to_call(&args, lent);
        for (index, decl) in callee.locals.iter().enumerate() {
            let own = |this: &mut Self| {
                this.caller.locals.push(LocalDecl { span: decl.span, ..*decl });
                Local(this.caller.locals.len() as u32 - 1)
            };
            let given = match args.get(index) {
                None => Given::Local(own(self)),
                Some(arg) => match self.parameter(index, arg, &lent) {
                    Some(given) => given,
                    None => {
                        let local = own(self);
                        let kind = StatementKind::Assign(local.into(), Rvalue::Use(arg.clone()));
                        self.push(kind, statement);
                        Given::Local(local)
                    }
                },
            };
            self.given.push(given);
        }
    }

    /// What stands for a parameter without being copied.
    fn parameter(&self, index: usize, arg: &Operand, lent: &[bool]) -> Option<Given> {
        let Operand::Copy(place) = arg else { return None };
        if self.pick.callee.params[index] == ParamMode::InOut {
            let local = place.as_local()?;
            return Some(match self.target(local) {
                Some(target) => Given::Target(local, target),
                None => Given::Value(place.clone()),
            });
        }
        let base = base_local(place)?;
        let steady = place.proj.iter().all(|step| matches!(step, Proj::Field(_)));
        let kept =
            steady && !self.pick.summary.changed[index] && !lent.get(base.0 as usize).is_some_and(|it| *it);
        kept.then(|| Given::Value(place.clone()))
    }

    /// The locals that the callee may change through its arguments.
    fn lent_to_call(&self, args: &[Operand], anywhere: &[bool]) -> Vec<bool> {
        let mut lent = vec![false; self.caller.locals.len()];
        let mut refs = Vec::new();
        for arg in args {
            let Operand::Copy(place) = arg else { continue };
            let ty = crate::mir::visit::base_local(place).map(|base| self.caller.locals[base.0 as usize].ty);
            match ty.map(|ty| ty.kind()) {
                Some(TyKind::Ref(_)) => refs.push(place.as_local().and_then(|local| self.lent_place(local))),
                // What it captured may be addresses.
                Some(TyKind::Func(_)) => refs.push(None),
                _ => {}
            }
        }
        if !self.pick.captures.is_empty() {
            refs.push(None);
        }
        for place in refs {
            match place.as_ref().and_then(base_local) {
                Some(base) => lent[base.0 as usize] = true,
                None => return anywhere.to_vec(),
            }
        }
        lent
    }

    /// The place whose address the local was given last, in this block.
    fn lent_place(&self, local: Local) -> Option<Place> {
        let statements = &self.caller.blocks[self.at].statements;
        let last = statements.iter().rev().find(|statement| defined_local(statement) == Some(local))?;
        match &last.kind {
            StatementKind::Assign(_, Rvalue::Ref(place)) => Some(place.clone()),
            _ => None,
        }
    }

    /// As [`Splice::lent_place`], if that is the same place throughout the callee.
    fn target(&self, local: Local) -> Option<Place> {
        let place = self.lent_place(local)?;
        let steady = |step: &Proj| matches!(step, Proj::Field(_) | Proj::Deref | Proj::Cell);
        (base_local(&place).is_some() && place.proj.iter().all(steady)).then_some(place)
    }

    /// The block in which the caller goes on.
    fn run(mut self, statement: &Statement) -> usize {
        let callee = self.pick.callee;
        for local in &self.pick.summary.zeroed {
            let local = self.own_local(*local);
            self.push(StatementKind::StorageLive(local), statement);
        }
        let go_on = match callee.blocks.as_slice() {
            [only] if matches!(only.terminator, Terminator::Return) => {
                let statements = self.statements(only);
                self.caller.blocks[self.at].statements.extend(statements);
                self.at
            }
            _ => self.graft(statement),
        };
        self.at = go_on;
        if let (Some(dest), Some(result)) = (self.call.dest.clone(), callee.result) {
            let mut value = Place::local(result);
            self.place(&mut value);
            self.push(StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(value))), statement);
        }
        go_on
    }

    /// Adds the callee's blocks and one to go on in.
    fn graft(&mut self, statement: &Statement) -> usize {
        let callee = self.pick.callee;
        let first = self.caller.blocks.len() as u32;
        let go_on = BlockId(first + callee.blocks.len() as u32);
        for block in &callee.blocks {
            let statements = self.statements(block);
            let mut terminator = block.terminator.clone();
            rewrite::terminator(&mut terminator, self);
            match &mut terminator {
                Terminator::Goto(next) => next.0 += first,
                Terminator::Branch { then, otherwise, .. } => {
                    then.0 += first;
                    otherwise.0 += first;
                }
                Terminator::Switch { cases, default, .. } => {
                    cases.iter_mut().for_each(|(_, next)| next.0 += first);
                    default.0 += first;
                }
                Terminator::Return => terminator = Terminator::Goto(go_on),
                Terminator::Unreachable => {}
            }
            let scope = self.scope_of(block.scope);
            self.caller.blocks.push(Block { statements, terminator, span: block.span, scope });
        }
        self.caller.blocks.push(Block {
            statements: Vec::new(),
            terminator: Terminator::Unreachable,
            span: statement.span,
            scope: statement.scope,
        });
        self.caller.blocks[self.at].terminator = Terminator::Goto(BlockId(first));
        go_on.0 as usize
    }

    fn statements(&mut self, block: &Block) -> Vec<Statement> {
        let mut statements = Vec::with_capacity(block.statements.len());
        for statement in &block.statements {
            let mut statement = statement.clone();
            statement.scope = self.scope_of(statement.scope);
            rewrite::statement(&mut statement.kind, self);
            statements.push(statement);
        }
        statements
    }

    /// The caller's local for one of the callee's that is not a parameter.
    fn own_local(&self, local: Local) -> Local {
        match &self.given[local.0 as usize] {
            Given::Local(local) | Given::Target(local, _) => *local,
            Given::Value(place) => base_local(place).unwrap_or(local),
        }
    }

    fn push(&mut self, kind: StatementKind, call: &Statement) {
        let statement = Statement { kind, span: call.span, scope: call.scope };
        self.caller.blocks[self.at].statements.push(statement);
    }
}

impl Rewriter for Splice<'_> {
    fn place(&mut self, place: &mut Place) {
        let (base, rest) = match place.base {
            PlaceBase::Local(local) => match &self.given[local.0 as usize] {
                Given::Local(local) => (Place::local(*local), &place.proj[..]),
                Given::Value(value) => (value.clone(), &place.proj[..]),
                Given::Target(local, target) => match place.proj.split_first() {
                    Some((Proj::Deref, rest)) => (target.clone(), rest),
                    _ => (Place::local(*local), &place.proj[..]),
                },
            },
            PlaceBase::Capture(index) => match self.pick.captures.get(index as usize) {
                Some(local) => (Place::local(*local), &place.proj[..]),
                None => return,
            },
            PlaceBase::Global(_) => return,
        };
        let mut whole = base;
        whole.proj.extend(rest.iter().cloned());
        *place = whole;
    }

    fn local(&mut self, local: &mut Local) {
        *local = self.own_local(*local);
    }
}
