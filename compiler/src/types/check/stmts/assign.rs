//! `=`, `:=`, `+=`, `++`: what may stand on the left, and how many values on the right.

use rustc_hash::FxHashSet;

use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::types::check::names;
use crate::types::check::{Checker, Context, ObjectKind, Operand};
use crate::types::{Mode, Selection, Ty, TyKind, Untyped, VarId, VarKind};

/// The left side of an assignment.
#[derive(Clone, Copy)]
enum Target {
    /// `_`: takes any value.
    Blank,
    Place(Ty),
    /// A mistake that has been reported.
    Error,
}

impl<'a> Checker<'a> {
    pub fn assign_stmt(&mut self, targets: &'a [Expr], values: &'a [Expr]) {
        let one_call = values.len() == 1 && matches!(strip(&values[0]).kind, ExprKind::Call(_));
        if targets.len() == values.len() && !one_call {
            // One to one: each value may use its target's type.
            for (target, value) in targets.iter().zip(values) {
                let place = self.target(target);
                let operand = self.expr(value, place.hint());
                self.give(operand, place);
            }
            self.forget_narrowing(targets);
            return;
        }
        let places: Vec<Target> = targets.iter().map(|target| self.target(target)).collect();
        let hints: Vec<Option<Ty>> = places.iter().map(|place| place.hint()).collect();
        let operands = self.multi_value(values, &hints, targets.len());
        // A target that is a mistake is one error, whatever else is wrong with the statement.
        let mistake = places.iter().any(|place| matches!(place, Target::Error));
        if (operands.len() == targets.len() || !mistake) && self.count_fits(&operands, targets.len(), values)
        {
            for (operand, place) in operands.into_iter().zip(places) {
                self.give(operand, place);
            }
        }
        self.forget_narrowing(targets);
    }

    /// `target = operand`, for an operand that has no expression in an assignment of its own.
    pub fn assign_to(&mut self, target: &'a Expr, operand: Operand<'a>) {
        let place = self.target(target);
        self.give(operand, place);
        self.forget_narrowing(std::slice::from_ref(target));
    }

    fn give(&mut self, mut operand: Operand<'a>, target: Target) {
        match target {
            Target::Place(ty) => {
                self.assign(operand, ty, &Context::Assignment);
            }
            Target::Blank => {
                self.use_default(&mut operand);
            }
            Target::Error => {}
        }
    }

    /// A place that is assigned. A plain name does not count as a use of its variable.
    fn target(&mut self, expr: &'a Expr) -> Target {
        let inner = strip(expr);
        if let ExprKind::Name(name) = &inner.kind {
            if name.as_str() == "_" {
                return Target::Blank;
            }
            self.flow.target = Some(inner.id);
        } else if let ExprKind::Select { .. } = &inner.kind {
            self.flow.target = Some(inner.id);
        }
        let operand = self.expr(expr, None);
        self.flow.target = None;
        // A variable whose declaration is a mistake is none here.
        if operand.is_error() && !(operand.mode == Mode::Variable && matches!(inner.kind, ExprKind::Name(_)))
        {
            return Target::Error;
        }
        match operand.mode {
            Mode::Variable | Mode::MapIndex => Target::Place(operand.ty),
            _ => {
                self.report_not_assignable(expr);
                Target::Error
            }
        }
    }

    fn report_not_assignable(&mut self, expr: &'a Expr) {
        let text = self.source_text(expr.span);
        let inner = strip(expr);
        let base_info = |base: &Expr| self.program.info.exprs.get(&strip(base).id).cloned();
        let mut diagnostic =
            Diagnostic::error(Code::NotAssignable, expr.span, format!("cannot assign to `{text}`"));
        if self.is_part_of_result(inner) {
            diagnostic = diagnostic
                .label("changes a result, which is a copy that nobody keeps")
                .help("put the result into a variable first, and change that");
            return self.report(diagnostic);
        }
        match &inner.kind {
            ExprKind::Select { base, .. } => {
                if let Some(Selection::Field { .. }) = self.program.info.selections.get(&inner.id)
                    && base_info(base).is_some_and(|info| info.mode == Mode::MapIndex)
                {
                    diagnostic = diagnostic.label("this changes a part of a value in a map").help(
                        "take the value out, change it, and put it back: `v := m[k]; v.f = x; m[k] = v`",
                    );
                }
            }
            ExprKind::Index { base, .. } => {
                if base_info(base).is_some_and(|info| {
                    matches!(info.ty.kind(), TyKind::String | TyKind::Untyped(Untyped::String))
                }) {
                    diagnostic = diagnostic
                        .label("the bytes of a string do not change")
                        .help("work on `[]byte(s)` and turn it back into a string");
                }
            }
            ExprKind::Name(name) if base_info(inner).is_some_and(|info| info.mode == Mode::Const) => {
                diagnostic = diagnostic.label("a constant keeps its value");
                let predeclared = self.lookup_in(self.universe.scope, *name);
                if predeclared.is_none() || self.lookup(*name) != predeclared {
                    diagnostic = diagnostic.help("declare it by `var` to change it");
                }
            }
            _ => diagnostic = diagnostic.label("this is neither a variable nor an element of a map"),
        }
        self.report(diagnostic);
    }

    /// `f().x`, `f()[i]`: a place in what a call gives.
    fn is_part_of_result(&self, expr: &Expr) -> bool {
        let (ExprKind::Select { base, .. } | ExprKind::Index { base, .. }) = &expr.kind else { return false };
        let base = strip(base);
        match &base.kind {
            ExprKind::Call(_) => {
                self.program.info.exprs.get(&base.id).is_some_and(|info| info.mode == Mode::Value)
            }
            _ => self.is_part_of_result(base),
        }
    }

    /// Reports a wrong number of values, unless one of them is an error already.
    fn count_fits(&mut self, operands: &[Operand<'a>], targets: usize, values: &'a [Expr]) -> bool {
        if operands.len() == targets {
            return true;
        }
        if !operands.iter().any(Operand::is_error) {
            self.report_assign_count(targets, operands.len(), values);
        }
        false
    }

    /// Go's wording: "assignment mismatch".
    pub fn report_assign_count(&mut self, targets: usize, count: usize, values: &'a [Expr]) {
        let Some(first) = values.first() else { return };
        let (variables, given) = (names::count(targets, "variable"), names::count(count, "value"));
        let result = self.program.info.exprs.get(&first.id).map(|info| info.ty.kind());
        let given = match result {
            Some(TyKind::Result(value, _)) if count == 1 && !matches!(value.kind(), TyKind::Unit) => {
                "a value and an error".to_owned()
            }
            _ => given,
        };
        let message = match &strip(first).kind {
            ExprKind::Call(call) if values.len() == 1 => {
                let callee = self.source_text(call.callee.span);
                format!("assignment mismatch: {variables} but `{callee}` returns {given}")
            }
            _ => format!("assignment mismatch: {variables} but {given}"),
        };
        self.report(Diagnostic::error(Code::ValueCount, first.span, message));
    }

    /// `a, b := x, y`: new names are declared, old ones of the same block assigned.
    pub fn define(&mut self, span: Span, names: &'a [Ident], values: &'a [Expr]) {
        let targets = self.define_targets(names);
        let hints: Vec<Option<Ty>> =
            targets.iter().map(DefineTarget::hint).map(|old| old.map(|v| self.var(v).ty)).collect();
        let defining = self.flow.defining.len();
        self.flow.defining.extend(names.iter().map(|name| name.name));
        let operands = self.multi_value(values, &hints, names.len());
        self.flow.defining.truncate(defining);
        let fits = self.count_fits(&operands, names.len(), values);
        let mut operands = operands.into_iter();
        let mut declared = false;
        let mut mistake = false;
        for (name, target) in names.iter().zip(targets) {
            let operand = if fits { operands.next() } else { None };
            match target {
                DefineTarget::New => {
                    declared = true;
                    self.define_new(*name, operand);
                }
                DefineTarget::Old(var) => {
                    let ty = self.var(var).ty;
                    self.narrowed.retain(|path| path.root != var);
                    if let Some(operand) = operand {
                        self.assign(operand, ty, &Context::Assignment);
                    }
                }
                DefineTarget::Blank => {
                    // In place of what is no name, and has been reported.
                    mistake |= self.is_damaged(name.span);
                    if let Some(operand) = operand {
                        self.give(operand, Target::Blank);
                    }
                }
                DefineTarget::Error => mistake = true,
            }
        }
        if !declared && !mistake {
            self.report(
                Diagnostic::error(Code::NoNewVariable, span, "no new variables on left side of `:=`")
                    .help("write `=` to assign to variables that exist"),
            );
        }
    }

    fn define_targets(&mut self, names: &'a [Ident]) -> Vec<DefineTarget> {
        let mut seen = FxHashSet::default();
        let mut targets = Vec::new();
        for name in names {
            if name.name.as_str() == "_" {
                targets.push(DefineTarget::Blank);
                continue;
            }
            if !seen.insert(name.name) {
                let message = format!("`{}` is repeated on the left side of `:=`", name.name);
                self.report(Diagnostic::error(Code::Redeclared, name.span, message));
                targets.push(DefineTarget::Error);
                continue;
            }
            let Some(old) = self.lookup_in(self.scope, name.name) else {
                targets.push(DefineTarget::New);
                continue;
            };
            let entity = self.entity(old);
            self.program.info.uses.insert(name.id, entity);
            match self.object(old).kind {
                ObjectKind::Var(var) => targets.push(DefineTarget::Old(var)),
                _ => {
                    let message = format!("cannot assign to `{}`", name.name);
                    self.report(Diagnostic::error(Code::NotAssignable, name.span, message));
                    targets.push(DefineTarget::Error);
                }
            }
        }
        targets
    }

    fn define_new(&mut self, name: Ident, operand: Option<Operand<'a>>) -> VarId {
        let ty = match operand {
            Some(mut operand) => self.variable_type(&mut operand),
            None => Ty::error(),
        };
        self.declare_var(name, ty, VarKind::Local)
    }

    /// The type of a variable that gets its type from this value.
    pub fn variable_type(&mut self, operand: &mut Operand<'a>) -> Ty {
        if operand.is_error() {
            return Ty::error();
        }
        self.use_default(operand);
        operand.ty
    }

    pub fn inc_dec(&mut self, target: &'a Expr, increment: bool) {
        let operand = self.expr(target, None);
        if operand.is_error() {
            return;
        }
        let word = if increment { "++" } else { "--" };
        if !self.all_numeric(operand.ty) {
            let ty = self.type_name(operand.ty);
            let text = self.source_text(target.span);
            self.report(
                Diagnostic::error(
                    Code::InvalidOperation,
                    target.span,
                    format!("invalid operation: `{text}{word}` on a value of type `{ty}`"),
                )
                .label("not a number"),
            );
            return;
        }
        if !matches!(operand.mode, Mode::Variable | Mode::MapIndex) {
            self.report_not_assignable(target);
        }
    }

    pub fn op_assign(&mut self, stmt: &'a Stmt, op: BinaryOp, target: &'a Expr, value: &'a Expr) {
        let left = self.expr(target, None);
        let hint = (!op.is_shift() && !left.is_error()).then_some(left.ty);
        let right = self.expr(value, hint);
        let result = self.operate(None, stmt.span, op, left, right);
        if result.is_error() {
            return;
        }
        if let Target::Place(ty) = self.target(target) {
            self.assign(result, ty, &Context::Assignment);
        }
        self.forget_narrowing(std::slice::from_ref(target));
    }
}

impl Target {
    fn hint(self) -> Option<Ty> {
        match self {
            Target::Place(ty) => Some(ty),
            Target::Error => Some(Ty::error()),
            Target::Blank => None,
        }
    }
}

/// What a name on the left of `:=` does.
enum DefineTarget {
    New,
    Old(VarId),
    Blank,
    Error,
}

impl DefineTarget {
    fn hint(&self) -> Option<VarId> {
        match self {
            DefineTarget::Old(var) => Some(*var),
            _ => None,
        }
    }
}
