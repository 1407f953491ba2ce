//! `for … range` over a function. The body becomes a closure that the function calls for each turn; what the body shares with
//! the function around it lives in cells (`scan.rs` finds which variables).
//!
//! A statement that leaves the body for more than its next turn writes a code to a cell and makes the closure give `false`:
//!
//! ```text
//! break            return false            continue         return true
//! return x         result = x; code = n; return false       (the function returns result after the loop)
//! break outer      code = n; return false                   (the function breaks outer after the loop)
//! ```
//!
//! While the closure runs, and once the loop is over, the code says that it must not be called again.

use super::Lower;
use super::closures::Captured;
use super::function::{Builder, Leave, Val, int, zero};
use super::instances::{cell_of, ice};
use super::tasks::Turn;
use crate::mir::{Callee, Operand, ParamMode, Place, Proj, Rvalue, StatementKind};
use crate::syntax::Symbol;
use crate::syntax::ast::{BinaryOp, Range, RangeBind};
use crate::syntax::visit::{Visitor, walk_expr};
use crate::types::{Entity, FuncTy, Ty, TyKind, VarId};

/// The body may be called.
const READY: i64 = 0;
/// The body runs, or has said that it wants no further turn.
const BUSY: i64 = 1;
/// The loop is over.
const DONE: i64 = 2;
/// The first code of an [`Exit`].
const FIRST_EXIT: i64 = 3;

/// How the body of such a loop leaves.
#[derive(Clone, Debug)]
pub(super) struct Escape {
    /// The code's variable.
    code: Place,
    /// The variable for what a `return` in the body gives, as a value of the function's result type.
    result: Option<Place>,
    /// The variable for an error that a `recover` around the loop handles, if that wants to know it.
    caught: Option<Option<(Place, Ty)>>,
    /// The list of closures that the body deferred.
    defers: Place,
    label: Option<Symbol>,
    exits: Vec<Exit>,
}

/// What the closure of the body is made of.
struct Body {
    captured: Captured,
    escape: Escape,
    /// Where a `yield` of a `go parallel for` around puts its value.
    yielded: Option<(Place, Ty)>,
    /// What a turn starts, if this is the loop of a `go parallel for`.
    turn: Option<Turn>,
}

#[derive(Clone, Debug, PartialEq)]
enum Exit {
    /// With the value in [`Escape::result`].
    Return,
    /// Without values: the named results are what they are.
    ReturnBare,
    /// With the error in [`Escape::caught`].
    Recover,
    Break(Symbol),
    Continue(Symbol),
}

impl Builder<'_, '_> {
    pub fn range_func(&mut self, label: Option<Symbol>, s: &Range, subject_ty: Ty) -> Lower<()> {
        let sig = self.func_ty(subject_ty)?;
        let Some(yield_ty) = sig.params.first().map(|param| param.ty) else {
            return ice(s.span, "a range over a function without parameters");
        };
        let yield_sig = self.func_ty(yield_ty)?;
        let subject = self.value(&s.subject)?;
        let subject = self.snapshot(subject.op, subject.ty);

        let code = self.cell(int(READY), Ty::int());
        let result_ty = self.result_ty;
        let result = (!Self::is_unit(result_ty)).then(|| self.cell(zero(result_ty), result_ty));
        let defers_ty = Ty::slice(deferred_ty());
        let defers = self.cell(zero(defers_ty), defers_ty);

        let caught = self.handler_type();
        let error = caught.flatten().map(|ty| (self.cell(zero(ty), ty), ty));

        // What the turn of a `go parallel for` around yields.
        let yielded =
            self.yielded.clone().map(|(place, ty)| (self.cell(place.clone().into(), ty), place, ty));

        let mut captured = self.capture_vars(self.shared_vars(s), None)?;
        let inner_yielded = yielded
            .as_ref()
            .map(|(cell, _, ty)| (captured.add(cell.clone(), cell_of(*ty)).then(Proj::Cell), *ty));
        let escape = Escape {
            code: captured.add(code.clone(), cell_of(Ty::int())).then(Proj::Cell),
            result: result.clone().map(|cell| captured.add(cell, cell_of(result_ty)).then(Proj::Cell)),
            caught: caught.map(|_| {
                let (cell, ty) = error.clone()?;
                Some((captured.add(cell, cell_of(ty)).then(Proj::Cell), ty))
            }),
            defers: captured.add(defers.clone(), cell_of(defers_ty)).then(Proj::Cell),
            label,
            exits: Vec::new(),
        };
        let turn = self.spawning.clone().map(|turn| Self::captured_turn(turn, &mut captured));
        let ops = std::mem::take(&mut captured.ops);
        let body = Body { captured, escape, yielded: inner_yielded, turn };
        let (id, exits) = self.range_body(s, &yield_sig, body, result_ty)?;
        let body = self.eval(Rvalue::Closure(id, ops), yield_ty).op;
        self.call(Callee::Closure(subject), vec![body], Ty::unit());
        if let Some((cell, place, ty)) = yielded {
            let last = self.place_of(cell, cell_of(ty)).then(Proj::Cell);
            self.store(place, last.into());
        }
        self.after_loop(code, result, error, defers, &exits)
    }

    /// Whether a `recover` around this place handles errors, and of which type it wants them.
    fn handler_type(&self) -> Option<Option<Ty>> {
        match (self.handlers.last(), &self.leave) {
            (Some(handler), _) => Some(handler.error.as_ref().map(|(_, ty)| *ty)),
            (None, Leave::RangeBody(escape)) => {
                escape.caught.as_ref().map(|caught| caught.as_ref().map(|(_, ty)| *ty))
            }
            (None, Leave::Function { .. } | Leave::Turn) => None,
        }
    }

    fn cell(&mut self, value: Operand, ty: Ty) -> Operand {
        self.assign_temp(Rvalue::Cell(value), cell_of(ty)).into()
    }

    /// The variables of this function that the body uses.
    fn shared_vars(&self, s: &Range) -> Vec<VarId> {
        let mut uses = Uses { builder: self, found: Vec::new() };
        if let RangeBind::Assign(targets) = &s.bind {
            targets.iter().for_each(|target| uses.expr(target));
        }
        uses.block(&s.body);
        uses.found
    }

    /// The body as a function; gives it and the ways out of it that need more than `false`.
    fn range_body(
        &mut self,
        s: &Range,
        sig: &FuncTy,
        body: Body,
        result_ty: Ty,
    ) -> Lower<(crate::mir::FnId, Vec<Exit>)> {
        let Body { captured, escape, yielded, turn } = body;
        let forced = self.forced_cells.clone();
        let mut inner = self.inner(s.span);
        inner.yielded = yielded;
        inner.spawning = turn;
        inner.forced_cells = forced;
        inner.function.captures = captured.types;
        inner.vars = captured.bindings;
        let params: Vec<Val> = sig
            .params
            .iter()
            .map(|param| Val::new(inner.param(param.ty, ParamMode::Borrow, None), param.ty))
            .collect();
        inner.returns(Ty::bool());
        inner.result_ty = result_ty;
        let code = escape.code.clone();
        inner.leave = Leave::RangeBody(Box::new(escape));
        inner.refuse_call(&code)?;
        inner.set_code(code.clone(), BUSY);
        inner.open_scope();
        inner.bind_range(&s.bind, params.into_iter().map(Some).collect())?;
        inner.range_turn(s)?;
        inner.close_scope();
        inner.set_code(code, READY);
        inner.leave_body(true);
        let Leave::RangeBody(escape) = std::mem::replace(&mut inner.leave, Leave::Turn) else {
            return ice(s.span, "the body of a range lost its way out");
        };
        let (unit, function) = inner.finish();
        Ok((unit.own(function), escape.exits))
    }

    /// The body of a loop that is over, or that runs already, must not be called.
    fn refuse_call(&mut self, code: &Place) -> Lower<()> {
        let [good, bad] = [self.block(), self.block()];
        let ready = Rvalue::Binary(BinaryOp::Eq, code.clone().into(), int(READY));
        let cond = self.eval(ready, Ty::bool()).op;
        self.branch(cond, good, bad);
        self.start(bad);
        self.crash("range function continued iteration after function for loop body returned false");
        self.start(good);
        Ok(())
    }

    /// Does what the body left to be done.
    fn after_loop(
        &mut self,
        code: Operand,
        result: Option<Operand>,
        error: Option<(Operand, Ty)>,
        defers: Operand,
        exits: &[Exit],
    ) -> Lower<()> {
        let (Operand::Copy(code), Operand::Copy(defers)) = (code, defers) else {
            return ice(self.span, "a cell without a place");
        };
        let code = code.then(Proj::Cell);
        let left = self.snapshot(code.clone().into(), Ty::int());
        self.set_code(code, DONE);
        if self.function.has_defer || matches!(self.leave, Leave::RangeBody(_)) {
            self.take_over_defers(defers.then(Proj::Cell))?;
        }
        for (index, exit) in exits.iter().enumerate() {
            let [here, next] = [self.block(), self.block()];
            let number = int(FIRST_EXIT + index as i64);
            let cond = self.eval(Rvalue::Binary(BinaryOp::Eq, left.clone(), number), Ty::bool()).op;
            self.branch(cond, here, next);
            self.start(here);
            match exit {
                Exit::Return => self.return_from_loop(result.clone())?,
                Exit::ReturnBare => self.return_values(&[])?,
                Exit::Recover => self.recover_from_loop(error.clone())?,
                Exit::Break(label) => self.break_to(Some(*label))?,
                Exit::Continue(label) => self.continue_to(Some(*label))?,
            }
            self.start(next);
        }
        Ok(())
    }

    fn return_from_loop(&mut self, result: Option<Operand>) -> Lower<()> {
        let value = match result {
            Some(Operand::Copy(cell)) => cell.then(Proj::Cell).into(),
            _ => zero(self.result_ty),
        };
        self.return_value(value)
    }

    fn recover_from_loop(&mut self, error: Option<(Operand, Ty)>) -> Lower<()> {
        let error = match error {
            Some((Operand::Copy(cell), ty)) => Val::new(cell.then(Proj::Cell), ty),
            _ => Val::unit(),
        };
        let handler = self.handlers.last().cloned();
        self.leave_with_error(error, handler)
    }

    /// Registers what the body deferred with this function.
    fn take_over_defers(&mut self, list: Place) -> Lower<()> {
        if let Leave::RangeBody(escape) = &self.leave {
            let outer = escape.defers.clone();
            self.push(StatementKind::Append(outer, crate::mir::Appended::All(list.into())));
            return Ok(());
        }
        let len = self.eval(Rvalue::Len(list.clone()), Ty::int()).op;
        let counter = self.assign_temp(Rvalue::Use(int(0)), Ty::int());
        let [head, body, end] = [self.block(), self.block(), self.block()];
        self.goto_start(head);
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, counter.into(), len), Ty::bool()).op;
        self.branch(cond, body, end);
        self.start(body);
        let index = Box::new(Operand::from(counter));
        let closure = list.then(Proj::Index { index, checked: true });
        self.push(StatementKind::Defer(closure.into()));
        self.step_up(counter, Ty::int());
        self.goto(head);
        self.start(end);
        Ok(())
    }

    // From inside the body.

    fn escape(&mut self) -> Lower<&mut Escape> {
        let span = self.span;
        match &mut self.leave {
            Leave::RangeBody(escape) => Ok(escape),
            _ => ice(span, "not in the body of a range over a function"),
        }
    }

    fn exit(&mut self, exit: Exit) -> Lower<()> {
        let escape = self.escape()?;
        let index = escape.exits.iter().position(|known| *known == exit).unwrap_or_else(|| {
            escape.exits.push(exit);
            escape.exits.len() - 1
        });
        let code = escape.code.clone();
        self.set_code(code, FIRST_EXIT + index as i64);
        self.leave_body(false);
        Ok(())
    }

    pub fn escape_return(&mut self, value: Operand) -> Lower<()> {
        let result = self.escape()?.result.clone();
        if let Some(result) = result {
            self.assign(result, Rvalue::Use(value));
        }
        self.exit(Exit::Return)
    }

    /// To a `recover` around the loop, if there is one.
    pub fn escape_to_handler(&mut self, error: &Val) -> Lower<bool> {
        let Leave::RangeBody(escape) = &self.leave else { return Ok(false) };
        let Some(caught) = escape.caught.clone() else { return Ok(false) };
        if let Some((place, ty)) = caught {
            let error = self.coerce(error.clone(), ty)?;
            self.assign(place, Rvalue::Use(error));
        }
        self.exit(Exit::Recover)?;
        Ok(true)
    }

    pub fn escape_return_bare(&mut self) -> Lower<()> {
        self.exit(Exit::ReturnBare)
    }

    pub fn escape_break(&mut self, label: Option<Symbol>) -> Lower<()> {
        match label {
            Some(label) if self.escape()?.label != Some(label) => self.exit(Exit::Break(label)),
            _ => {
                self.leave_body(false);
                Ok(())
            }
        }
    }

    pub fn escape_continue(&mut self, label: Option<Symbol>) -> Lower<()> {
        match label {
            Some(label) if self.escape()?.label != Some(label) => self.exit(Exit::Continue(label)),
            _ => {
                let code = self.escape()?.code.clone();
                self.set_code(code, READY);
                self.leave_body(true);
                Ok(())
            }
        }
    }

    pub fn escape_defer(&mut self, closure: Val) -> Lower<()> {
        let list = self.escape()?.defers.clone();
        self.push(StatementKind::Append(list, crate::mir::Appended::One(closure.op)));
        Ok(())
    }
}

/// `func()`.
fn deferred_ty() -> Ty {
    Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result: Ty::unit() }))
}

/// Collects the variables that a tree uses and the builder has.
struct Uses<'b, 'w, 'u> {
    builder: &'b Builder<'w, 'u>,
    found: Vec<VarId>,
}

impl Uses<'_, '_, '_> {
    fn add(&mut self, id: crate::syntax::NodeId) {
        if let Some(Entity::Var(var)) = self.builder.world.program.info.uses.get(&id)
            && self.builder.vars.contains_key(var)
            && !self.found.contains(var)
        {
            self.found.push(*var);
        }
    }
}

impl<'a> Visitor<'a> for Uses<'_, '_, '_> {
    fn expr(&mut self, e: &'a crate::syntax::ast::Expr) {
        self.add(e.id);
        walk_expr(self, e);
    }

    fn binding(&mut self, name: &'a crate::syntax::ast::Ident) {
        self.add(name.id);
    }
}
