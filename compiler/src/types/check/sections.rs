//! May the section of a `sync.Mutex` block?
//!
//! No: every task that wants the section would wait, too, and a cycle of waits is a deadlock. Only what stands in the
//! section itself is seen here; the runtime watches the functions that it calls.

use super::analyses::{Code, Unit};
use super::places::{Known, unparen};
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{BuiltinMethod, Program, Selection, TyKind};

/// Checks the sections in one piece of code.
pub fn check(program: &Program, unit: &Unit, diags: &mut Diagnostics) {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk = Sections { program, known, section: None, diags };
    match unit.code {
        Code::Body(body) => walk.block(body),
        Code::Value(value) => walk.expr(value),
    }
}

struct Sections<'p, 'd> {
    program: &'p Program,
    known: Known<'p>,
    /// The `With` whose section this is.
    section: Option<Span>,
    diags: &'d mut Diagnostics,
}

impl<'a> Sections<'_, '_> {
    fn blocks(&mut self, span: Span, what: &str) {
        if let Some(section) = self.section {
            self.diags.push(
                Diagnostic::error(
                    diagnostics::Code::BlockingSection,
                    span,
                    format!("{what} may block, inside the section of a mutex"),
                )
                .also(section, "every task that wants this section would wait with it")
                .help("do it before or after the section"),
            );
        }
    }

    fn call(&mut self, expr: &'a Expr, call: &'a Call) {
        if let Some(Selection::Builtin(BuiltinMethod::With)) =
            self.program.info.selections.get(&unparen(&call.callee).id)
        {
            visit::walk_expr(self, &call.callee);
            for arg in &call.args {
                match &unparen(&arg.value).kind {
                    ExprKind::FuncLit(lit) => {
                        let outer = self.section.replace(call.callee.span);
                        self.block(&lit.body);
                        self.section = outer;
                    }
                    _ => self.expr(&arg.value),
                }
            }
            return;
        }
        if let Some(func) = self.known.callee(&call.callee) {
            let func = &self.program.funcs[func.0 as usize];
            let package = &self.program.packages[func.package.0 as usize];
            if package.std && package.path == "time" && func.name.as_str() == "Sleep" {
                self.blocks(expr.span, "`time.Sleep`");
            }
        }
        visit::walk_expr(self, expr);
    }
}

impl<'a> Visitor<'a> for Sections<'_, '_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Send { .. } => self.blocks(stmt.span, "this send"),
            StmtKind::Select(s) => {
                if !s.cases.iter().any(|case| matches!(case.kind, SelectKind::Default)) {
                    self.blocks(stmt.span, "this `select`");
                }
                // Its sends and receives are the `select` itself.
                for case in &s.cases {
                    case.body.iter().for_each(|stmt| self.stmt(stmt));
                }
                return;
            }
            StmtKind::Range(s)
                if matches!(self.known.ty(&s.subject).map(|ty| ty.kind()), Some(TyKind::Chan { .. })) =>
            {
                self.blocks(s.subject.span, "a range over a channel");
            }
            StmtKind::Supervise(s) => self.blocks(s.span, "`supervise`"),
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Recv, .. } => {
                self.blocks(expr.span, "this receive");
                visit::walk_expr(self, expr);
            }
            ExprKind::Send { .. } => {
                self.blocks(expr.span, "this send");
                visit::walk_expr(self, expr);
            }
            ExprKind::Parallel(_) => {
                self.blocks(expr.span, "`go parallel for`");
                visit::walk_expr(self, expr);
            }
            ExprKind::Call(call) => self.call(expr, call),
            // A closure made in the section need not run in it.
            ExprKind::FuncLit(lit) => {
                let outer = self.section.take();
                self.block(&lit.body);
                self.section = outer;
            }
            _ => visit::walk_expr(self, expr),
        }
    }
}
