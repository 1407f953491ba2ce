//! `try`, `recover` and `fail`.

use super::Lower;
use super::function::{Builder, Handler, Val, text, zero};
use crate::mir::{Place, Proj};
use crate::syntax::ast::{BinaryOp, Block, Expr, Ident, RecoverBody, StmtKind, strip};
use crate::types::{Ty, TyKind};

impl Builder<'_, '_> {
    /// `try x`: the value of a result; its error leaves.
    pub fn try_expr(&mut self, inner: &Expr) -> Lower<Val> {
        let value = self.value(inner)?;
        if let TyKind::Optional(some) = self.kind(value.ty) {
            return self.try_optional(value, *some);
        }
        let handler = self.handlers.last().cloned();
        self.value_or_leave(value, handler)
    }

    /// `try` of an optional gives `none` from here.
    fn try_optional(&mut self, value: Val, some: Ty) -> Lower<Val> {
        let place = self.place_of(value.op, value.ty);
        let [good, bad] = [self.block(), self.block()];
        let cond = self.tag_is(place.clone(), BinaryOp::Ne);
        self.branch(cond, good, bad);
        self.start(bad);
        let result = self.result_ty;
        self.return_value(zero(result))?;
        self.start(good);
        Ok(Val::new(place.then(Proj::Some), some))
    }

    /// To a `recover`, or out of the function.
    pub fn leave_with_error(&mut self, error: Val, handler: Option<Handler>) -> Lower<()> {
        match handler {
            Some(handler) => {
                if let Some((place, ty)) = handler.error {
                    let error = self.coerce(error, ty)?;
                    self.store(place, error);
                }
                self.leave_scopes(handler.depth);
                self.goto(handler.block);
                Ok(())
            }
            None if self.escape_to_handler(&error)? => Ok(()),
            None => self.escape_error(error),
        }
    }

    pub fn fail(&mut self, error: &Expr) -> Lower<()> {
        let error = self.value(error)?;
        let handler = self.handlers.last().cloned();
        match self.is_open() {
            true => self.leave_with_error(error, handler),
            false => Ok(()),
        }
    }

    /// `x recover err { … }` and `try { … } recover err { … }`.
    pub fn recover(
        &mut self,
        e: &Expr,
        body: &RecoverBody,
        name: Option<&Ident>,
        handler: &Block,
    ) -> Lower<Val> {
        let ty = match self.world.program.info.exprs.get(&e.id) {
            Some(info) => self.ty(info.ty),
            None => Ty::unit(),
        };
        let var = name.and_then(|name| self.world.program.info.defs.get(&name.id).copied());
        let [on_error, join] = [self.block(), self.block()];
        let error = var.map(|var| {
            let ty = self.var_ty(var);
            (Place::local(self.temp(ty)), ty)
        });
        let catcher = Handler { block: on_error, error: error.clone(), depth: self.depth() };
        let result = self.temp(ty);
        let outcome = match body {
            // Only this expression's own failure comes here; a `try` inside it leads further out.
            RecoverBody::Expr(inner) => {
                let value = self.value(inner)?;
                self.value_or_leave(value, Some(catcher))?
            }
            RecoverBody::Block(block) => {
                self.handlers.push(catcher);
                let outcome = self.block_value(block, ty)?;
                self.handlers.pop();
                outcome
            }
        };
        self.store_result(result.into(), outcome, ty)?;
        self.goto(join);
        self.start(on_error);
        self.open_scope();
        if let (Some(var), Some((place, _))) = (var, error) {
            self.bind(var, place.into());
        }
        let outcome = self.block_value(handler, ty)?;
        self.store_result(result.into(), outcome, ty)?;
        self.close_scope();
        self.goto_start(join);
        match ty.kind() {
            TyKind::Unit | TyKind::Never => Ok(Val { op: zero(ty), ty }),
            _ => Ok(Val::new(result, ty)),
        }
    }

    /// The value of a result; its error goes to the handler.
    fn value_or_leave(&mut self, value: Val, handler: Option<Handler>) -> Lower<Val> {
        let TyKind::Result(ok, error) = self.kind(value.ty) else { return Ok(value) };
        let place = self.place_of(value.op, value.ty);
        let [good, bad] = [self.block(), self.block()];
        let cond = self.tag_is(place.clone(), BinaryOp::Eq);
        self.branch(cond, good, bad);
        self.start(bad);
        self.leave_with_error(Val::new(place.then(Proj::Err), *error), handler)?;
        self.start(good);
        match ok.kind() {
            TyKind::Unit => Ok(Val::unit()),
            _ => Ok(Val::new(place.then(Proj::Ok), *ok)),
        }
    }

    /// Stores what a branch gave, if it gave anything and the whole has a value.
    pub fn store_result(&mut self, place: Place, value: Val, ty: Ty) -> Lower<()> {
        if matches!(ty.kind(), TyKind::Unit | TyKind::Never) || !self.is_open() {
            return Ok(());
        }
        let op = self.coerce(value, ty)?;
        self.store(place, op);
        Ok(())
    }

    /// A block whose last statement, if it is an expression, is its value. The value outlives the block's variables.
    pub fn block_value(&mut self, block: &Block, ty: Ty) -> Lower<Val> {
        let wanted = !matches!(ty.kind(), TyKind::Unit | TyKind::Never);
        let Some((last, rest)) = block.stmts.split_last() else { return Ok(Val::unit()) };
        let StmtKind::Expr(e) = &last.kind else {
            self.block_stmts(block)?;
            return Ok(Val { op: zero(ty), ty });
        };
        if !wanted {
            self.block_stmts(block)?;
            return Ok(Val::unit());
        }
        self.open_scope();
        for stmt in rest {
            self.stmt(stmt)?;
        }
        if !self.is_open() {
            self.close_scope();
            return Ok(Val { op: zero(ty), ty });
        }
        let value = self.value(strip(e))?;
        let value = if self.is_open() { self.coerce(value, ty)? } else { zero(ty) };
        let kept = self.snapshot(value, ty);
        self.close_scope();
        Ok(Val { op: kept, ty })
    }

    /// Out of the function with an error.
    pub fn escape_error(&mut self, error: Val) -> Lower<()> {
        match self.kind(self.result_ty) {
            TyKind::Result(..) => self.return_error(error),
            // The checker lets an error leave a test, which then fails, and otherwise only what can fail.
            _ => {
                let shown = self.formatted(error);
                self.crash_with(vec![text("error: "), shown]);
                Ok(())
            }
        }
    }
}
