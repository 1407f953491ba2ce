//! Statements, and the ways out of a function.

use super::Lower;
use super::function::{Builder, Leave, Val, int, zero};
use super::instances::ice;
use crate::mir::{Operand, Proj, Rvalue, StatementKind, Terminator};
use crate::syntax::ast::{Block, Decl, Expr, Stmt, StmtKind};
use crate::types::{Ty, TyKind};

impl Builder<'_, '_> {
    /// The statements of a block, in a scope of their own.
    pub fn block_stmts(&mut self, block: &Block) -> Lower<()> {
        self.stmts(&block.stmts)
    }

    pub fn stmts(&mut self, stmts: &[Stmt]) -> Lower<()> {
        self.open_scope();
        for stmt in stmts {
            self.stmt(stmt)?;
        }
        self.close_scope();
        Ok(())
    }

    pub fn stmt(&mut self, stmt: &Stmt) -> Lower<()> {
        // What cannot be reached is not lowered.
        if !self.is_open() {
            return Ok(());
        }
        self.span = stmt.span;
        if self.world.program.info.publishes.contains(&stmt.span) {
            self.publish_all();
        }
        let label = self.label.take();
        match &stmt.kind {
            StmtKind::Empty | StmtKind::Error(_) => Ok(()),
            StmtKind::Expr(e) => self.effect(e),
            StmtKind::Send { chan, value } => self.send(chan, value),
            StmtKind::IncDec { target, increment } => self.inc_dec(target, *increment),
            StmtKind::Assign { targets, values } => self.assignment(targets, values),
            StmtKind::OpAssign { op, target, value, .. } => self.op_assign(*op, target, value),
            StmtKind::Define { names, values } => self.define(names, values),
            StmtKind::Decl(decl) => self.local_decl(decl),
            StmtKind::Go(call) => self.go_stmt(call),
            StmtKind::Defer(call) => self.defer(call),
            StmtKind::Return(values) => self.return_values(values),
            StmtKind::Fail(error) => self.fail(error),
            StmtKind::Yield(value) => self.yield_stmt(value),
            StmtKind::Break(label) => self.break_to(label.map(|label| label.name)),
            StmtKind::Continue(label) => self.continue_to(label.map(|label| label.name)),
            StmtKind::Fallthrough => match self.fallthrough {
                Some(block) => {
                    let depth = self.targets.last().map_or(self.depth(), |target| target.depth);
                    self.leave_scopes(depth);
                    self.goto(block);
                    Ok(())
                }
                None => ice(stmt.span, "`fallthrough` leads nowhere"),
            },
            StmtKind::Goto(_) => ice(stmt.span, "`goto` was not refused"),
            StmtKind::Block(block) => self.labeled_block(label, block),
            StmtKind::If(s) => self.with_label_target(label, |this| this.if_stmt(s)),
            StmtKind::Switch(s) => self.switch(label, s),
            StmtKind::TypeSwitch(s) => self.type_switch(label, s),
            StmtKind::Select(s) => self.select(label, s),
            StmtKind::For(s) => self.for_stmt(label, s),
            StmtKind::Range(s) => self.range(label, s),
            StmtKind::Labeled { label, stmt } => {
                self.label = Some(label.name);
                self.stmt(stmt)
            }
            StmtKind::Assert { cond, message } => self.assert(cond, message.as_ref()),
            StmtKind::Supervise(s) => self.supervise(s),
        }
    }

    fn labeled_block(&mut self, label: Option<crate::syntax::Symbol>, block: &Block) -> Lower<()> {
        self.with_label_target(label, |this| this.block_stmts(block))
    }

    /// A statement that is no loop may have a label, too; `break` to it leaves the statement.
    fn with_label_target(
        &mut self,
        label: Option<crate::syntax::Symbol>,
        f: impl FnOnce(&mut Self) -> Lower<()>,
    ) -> Lower<()> {
        let Some(_) = label else { return f(self) };
        let end = self.block();
        self.labeled_only(label, end);
        f(self)?;
        self.targets.pop();
        self.goto_start(end);
        Ok(())
    }

    fn local_decl(&mut self, decl: &Decl) -> Lower<()> {
        let Decl::Var(specs) = decl else { return Ok(()) };
        for spec in specs {
            if !spec.values.is_empty() {
                self.define(&spec.names, &spec.values)?;
                continue;
            }
            for name in &spec.names {
                if let Some(&var) = self.world.program.info.defs.get(&name.id) {
                    let ty = self.var_ty(var);
                    self.bind(var, zero(ty));
                }
            }
        }
        Ok(())
    }

    // Ways out.

    pub fn return_values(&mut self, values: &[Expr]) -> Lower<()> {
        if values.is_empty() {
            return self.return_bare();
        }
        let result = self.result_ty;
        let value = match values {
            [value] => {
                let mut value = self.value(value)?;
                // A value and an error, of a call that may fail, as two results.
                if let (TyKind::Result(..), TyKind::Tuple(types)) = (self.kind(value.ty), self.kind(result)) {
                    let types = types.clone();
                    let mut ops = Vec::new();
                    for (part, ty) in self.split(value, types.len())?.into_iter().zip(&types) {
                        ops.push(self.coerce(part, *ty)?);
                    }
                    value = self.eval(Rvalue::Aggregate(result, ops), result);
                }
                self.named_parts(value, result)?
            }
            _ => {
                let types = self.value_types(result, values.len())?;
                let mut ops = Vec::new();
                for (value, ty) in values.iter().zip(&types) {
                    let op = self.expr_to(value, *ty)?;
                    ops.push(self.settle(op, *ty));
                }
                let tuple = Ty::tuple(types);
                let value = self.eval(Rvalue::Aggregate(tuple, ops), tuple);
                self.coerce(value, result)?
            }
        };
        if self.is_open() {
            self.return_value(value)?;
        }
        Ok(())
    }

    /// A single returned value as the function's result.
    fn named_parts(&mut self, value: Val, result: Ty) -> Lower<Operand> {
        // A call without a result may stand in `return f()` of a function with `! error`.
        if matches!(value.ty.kind(), TyKind::Unit) && matches!(result.kind(), TyKind::Result(..)) {
            return Ok(self.eval(Rvalue::Ok(result, None), result).op);
        }
        self.coerce(value, result)
    }

    /// The types of several returned values.
    fn value_types(&self, result: Ty, count: usize) -> Lower<Vec<Ty>> {
        let inner = match self.kind(result) {
            TyKind::Result(value, _) => *value,
            _ => result,
        };
        match inner.kind() {
            TyKind::Tuple(types) if types.len() == count => Ok(types.clone()),
            _ => ice(self.span, "a return with too many values"),
        }
    }

    fn return_bare(&mut self) -> Lower<()> {
        if let Leave::Function { named } = &self.leave
            && !named.is_empty()
        {
            let value = self.read_named()?;
            self.leave_with(value, true)?;
            return Ok(());
        }
        if let Leave::RangeBody(_) = self.leave {
            return self.escape_return_bare();
        }
        let result = self.result_ty;
        let value = match self.kind(result) {
            TyKind::Result(..) => self.eval(Rvalue::Ok(result, None), result).op,
            _ => zero(result),
        };
        self.return_value(value)
    }

    /// Returns a value of the function's result type.
    pub fn return_value(&mut self, value: Operand) -> Lower<()> {
        let Leave::Function { named } = &self.leave else { return self.leave_range_body(value) };
        // Deferred calls may change named results, and closures may outlive the call, so these get the values first.
        let seen_later = self.function.has_defer || named.iter().any(|var| self.in_cell(*var));
        if named.is_empty() || !seen_later {
            return self.leave_with(value, false);
        }
        self.write_named(value)?;
        let value = self.read_named()?;
        self.leave_with(value, true)
    }

    fn leave_range_body(&mut self, value: Operand) -> Lower<()> {
        match self.leave {
            Leave::RangeBody(_) => self.escape_return(value),
            _ => ice(self.span, "`return` in a turn of `go parallel for`"),
        }
    }

    fn leave_with(&mut self, value: Operand, named: bool) -> Lower<()> {
        if !matches!(self.leave, Leave::Function { .. }) {
            return self.leave_range_body(value);
        }
        if !self.function.has_defer {
            self.leave_function(Some(value));
            return Ok(());
        }
        if let Some(result) = self.function.result
            && !named
        {
            self.store(result.into(), value);
        }
        self.push(StatementKind::RunDefers);
        let value = if named { Some(self.read_named()?) } else { self.function.result.map(Operand::from) };
        self.leave_function(value);
        Ok(())
    }

    /// Writes the result and returns, without running what was deferred.
    pub fn leave_function(&mut self, value: Option<Operand>) {
        if let (Some(result), Some(value)) = (self.function.result, value)
            && value != Operand::from(result)
        {
            self.store(result.into(), value);
        }
        self.leave_scopes(0);
        self.end(Terminator::Return);
    }

    /// The named results as the function's result.
    fn read_named(&mut self) -> Lower<Operand> {
        let Leave::Function { named } = &self.leave else { return ice(self.span, "no named results") };
        let named = named.clone();
        let mut parts = Vec::new();
        let mut types = Vec::new();
        for var in named {
            let ty = self.var_ty(var);
            parts.push(Operand::from(self.var_place(var)?));
            types.push(ty);
        }
        let value = match parts.len() {
            1 => Val { op: parts.remove(0), ty: types[0] },
            _ => {
                let tuple = Ty::tuple(types);
                self.eval(Rvalue::Aggregate(tuple, parts), tuple)
            }
        };
        let result = self.result_ty;
        self.coerce(value, result)
    }

    /// Gives the named results their values from the function's result.
    fn write_named(&mut self, value: Operand) -> Lower<()> {
        let Leave::Function { named } = &self.leave else { return Ok(()) };
        let named = named.clone();
        let result = self.result_ty;
        let [var] = named.as_slice() else {
            let place = self.place_of(value, result);
            let place =
                if matches!(self.kind(result), TyKind::Result(..)) { place.then(Proj::Ok) } else { place };
            for (index, var) in named.into_iter().enumerate() {
                let target = self.var_place(var)?;
                self.assign(target, Rvalue::Use(place.field(index as u32).into()));
            }
            return Ok(());
        };
        let ty = self.var_ty(*var);
        let target = self.var_place(*var)?;
        let value = match self.kind(result) {
            TyKind::Result(..) if ty != result => self.place_of(value, result).then(Proj::Ok).into(),
            _ => value,
        };
        self.store(target, value);
        Ok(())
    }

    /// Returns an error of the function's result.
    pub fn return_error(&mut self, error: Val) -> Lower<()> {
        let result = self.result_ty;
        let TyKind::Result(_, error_ty) = self.kind(result) else {
            return ice(self.span, "an error in a function that cannot fail");
        };
        let error = self.coerce(error, *error_ty)?;
        let value = self.eval(Rvalue::Err(result, error), result).op;
        self.leave_with(value, false)
    }

    /// `true` or `false` of the body of a range over a function.
    pub fn leave_body(&mut self, go_on: bool) {
        self.leave_function(Some(super::function::boolean(go_on)));
    }

    /// Writes a number to a place.
    pub fn set_code(&mut self, place: crate::mir::Place, code: i64) {
        self.assign(place, Rvalue::Use(int(code)));
    }
}
