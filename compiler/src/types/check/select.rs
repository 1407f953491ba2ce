//! `select`: sends and receives of which one happens.

use super::{Checker, Context, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::visit::Visitor;
use crate::types::{ExprInfo, Mode, Ty, TyKind, Untyped, VarKind};

impl<'a> Checker<'a> {
    pub fn select_stmt(&mut self, s: &'a Select) {
        let defaults = s.cases.iter().map(|case| (matches!(case.kind, SelectKind::Default), case.span));
        self.one_default(defaults, "select");
        // The operands of all cases are evaluated before any of them runs.
        self.forget_assigned_in(|names| {
            for case in &s.cases {
                match &case.kind {
                    SelectKind::Send { chan, value } => [chan, value].into_iter().for_each(|e| names.expr(e)),
                    SelectKind::Recv { recv: operand, .. } | SelectKind::After(operand) => {
                        names.expr(operand)
                    }
                    SelectKind::Default => {}
                }
            }
        });
        self.branches(&s.cases, false, |this, case| {
            this.in_scope(|this| {
                this.select_case(case);
                this.stmts(&case.body);
            });
            this.case_ends(&case.body)
        });
    }

    fn select_case(&mut self, case: &'a SelectCase) {
        match &case.kind {
            SelectKind::Default => {}
            SelectKind::Send { chan, value } => {
                let mut channel = self.send_target(chan);
                channel.ty = self.chan_in_case(channel.ty);
                match self.send_elem(&channel, case.span) {
                    Some(elem) => {
                        let value = self.expr(value, Some(elem));
                        self.assign(value, elem, &Context::Send);
                    }
                    None => {
                        self.expr(value, None);
                    }
                }
            }
            SelectKind::After(limit) => {
                let limit = self.expr(limit, Some(Ty::duration()));
                self.assign(limit, Ty::duration(), &Context::Other("as the time of `after`"));
            }
            SelectKind::Recv { recv, bind } => self.select_recv(recv, bind),
        }
    }

    /// A channel that may be `none` may stand in a case: it then never fires.
    fn chan_in_case(&mut self, ty: Ty) -> Ty {
        match self.underlying(ty).kind() {
            TyKind::Optional(inner) if matches!(self.underlying(*inner).kind(), TyKind::Chan { .. }) => {
                *inner
            }
            _ => ty,
        }
    }

    fn select_recv(&mut self, recv: &'a Expr, bind: &'a SelectBind) {
        let Some(elem) = self.recv_in_case(recv) else {
            self.bind_received(bind, Ty::error(), Ty::error(), recv);
            return;
        };
        let bound = match bind {
            SelectBind::None => 0,
            SelectBind::Define(names) => names.len(),
            SelectBind::Assign(targets) => targets.len(),
        };
        if bound > 2 {
            self.report_assign_count(bound, 1, std::slice::from_ref(recv));
            self.bind_received(bind, Ty::error(), Ty::error(), recv);
            return;
        }
        let two = bound == 2;
        let ty = if two { Ty::tuple(vec![elem, Ty::bool()]) } else { elem };
        for expr in [recv, strip(recv)] {
            let info = ExprInfo { ty, mode: Mode::CommaOk, constant: None };
            self.program.info.exprs.insert(expr.id, info);
        }
        self.bind_received(bind, elem, Ty::bool(), recv);
    }

    /// What a receive in a case gives.
    fn recv_in_case(&mut self, recv: &'a Expr) -> Option<Ty> {
        let ExprKind::Unary { op: UnaryOp::Recv, operand } = &strip(recv).kind else {
            self.report(
                Diagnostic::error(Code::Select, recv.span, "a `select` case must be a send or a receive")
                    .help("write `case v := <-ch:`, `case ch <- v:` or `case after 1s:`"),
            );
            self.pass_by(recv);
            return None;
        };
        let channel = self.expr(operand, None);
        if channel.is_error() {
            return None;
        }
        if let TyKind::Task(_) = self.underlying(channel.ty).kind() {
            let message = "a `select` case receives from a channel, and this is a task";
            self.report(
                Diagnostic::error(Code::Select, operand.span, message)
                    .label("a handle")
                    .help("`case <-t.Watch():` waits for the task's end; `<-t` gives the result then"),
            );
            return None;
        }
        self.receives(&channel)
    }

    fn bind_received(&mut self, bind: &'a SelectBind, elem: Ty, ok: Ty, recv: &'a Expr) {
        let types = [elem, ok];
        // A target may be of any boolean type.
        let assigned = [elem, if ok.is_error() { ok } else { Ty::untyped(Untyped::Bool) }];
        match bind {
            SelectBind::None => {}
            SelectBind::Define(names) => {
                for (name, ty) in names.iter().zip(types) {
                    self.declare_var(*name, ty, VarKind::Local);
                }
                if names.iter().all(|name| name.name.as_str() == "_" && !self.is_damaged(name.span)) {
                    let span = names.first().map_or(recv.span, |name| name.span);
                    self.report(Diagnostic::error(
                        Code::NoNewVariable,
                        span,
                        "no new variables on left side of `:=`",
                    ));
                }
            }
            SelectBind::Assign(targets) => {
                for (target, ty) in targets.iter().zip(assigned) {
                    self.assign_to(target, Operand::synthetic(ty, recv.span));
                }
            }
        }
    }
}
