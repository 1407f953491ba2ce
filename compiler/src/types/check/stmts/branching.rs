//! `if` and `for`: scopes, conditions, and what flow knows in each branch.

use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::visit::Visitor;
use crate::types::check::{Checker, terminating};
use crate::types::{Ty, TyKind, VarKind};

impl<'a> Checker<'a> {
    pub fn if_stmt(&mut self, s: &'a If) {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init);
        }
        let mut facts = None;
        let mut bound = None;
        match &s.cond {
            Cond::Expr(cond) => {
                self.condition(cond, "if");
                facts = Some(cond);
            }
            Cond::Bind { name, value } => bound = Some((*name, self.unwrapped(value))),
        }
        let before = self.narrowed.clone();
        if let Some(cond) = facts {
            self.assume(cond, true);
        }
        self.in_scope(|this| {
            if let Some((name, ty)) = bound {
                this.declare_var(name, ty, VarKind::Local);
            }
            this.block(&s.then);
        });
        let after_then = std::mem::replace(&mut self.narrowed, before);
        if let Some(cond) = facts {
            self.assume(cond, false);
        }
        let mut leaves_else = false;
        if let Some(otherwise) = &s.otherwise {
            self.stmt(otherwise);
            leaves_else = terminating::leaves(&self.program.info, std::slice::from_ref(otherwise));
        }
        let leaves_then = terminating::leaves(&self.program.info, &s.then.stmts);
        if leaves_else {
            self.narrowed = after_then;
        } else if !leaves_then {
            self.narrowed.retain(|var| after_then.contains(var));
        }
        self.close_scope();
    }

    /// `if v := opt`: the type inside the optional.
    fn unwrapped(&mut self, value: &'a Expr) -> Ty {
        let operand = self.whole_expr(value);
        if operand.is_error() {
            return Ty::error();
        }
        let under = self.underlying(operand.ty);
        match under.kind() {
            TyKind::Optional(inner) => *inner,
            _ => {
                let ty = self.type_name(operand.ty);
                self.report(
                    Diagnostic::error(
                        Code::Condition,
                        value.span,
                        "`if v := x` unwraps an optional, and this value is not one",
                    )
                    .label(format!("this is of type `{ty}`"))
                    .help("for a condition write `if v := x; v == … {`"),
                );
                Ty::error()
            }
        }
    }

    pub fn for_stmt(&mut self, s: &'a For) {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init);
        }
        self.forget_assigned_in(|names| {
            names.block(&s.body);
            s.cond.iter().for_each(|cond| names.expr(cond));
            s.post.iter().for_each(|post| names.stmt(post));
        });
        let around = self.narrowed.clone();
        if let Some(cond) = &s.cond {
            self.condition(cond, "for");
            self.assume(cond, true);
        }
        if let Some(post) = &s.post {
            // In source order, as Go's compiler does. What the condition shows still holds, unless the body assigns it.
            let inside = self.narrowed.clone();
            self.forget_assigned_in(|names| names.block(&s.body));
            self.stmt(post);
            self.narrowed = inside;
        }
        self.block(&s.body);
        self.narrowed = around;
        if let Some(cond) = &s.cond
            && !terminating::breaks_out(&s.body.stmts)
        {
            self.assume(cond, false);
        }
        self.close_scope();
    }
}
