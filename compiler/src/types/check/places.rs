//! Which variable does an expression read or change a part of?
//!
//! Because values never alias, changing `x.f[i]` changes `x` and nothing else, so that every change has one
//! variable: the root of the place. The analyses of captures, globals, overlaps and definite assignment all ask here.

use crate::syntax::ast::*;
use crate::types::{Builtin, Entity, FuncDef, Info, Selection, Ty, TyKind, VarId, writes};

/// A variable, or a field of one, or a field of that: `x.f.g`. What an optional field holds counts as the field itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FieldPath {
    pub root: VarId,
    /// Indexes; embedded structs have theirs, too.
    pub fields: Vec<u32>,
}

impl FieldPath {
    /// Whether `self` is `other` or has it in it.
    pub fn covers(&self, other: &FieldPath) -> bool {
        self.root == other.root && other.fields.starts_with(&self.fields)
    }
}

/// What is known about nodes and functions, for the analyses that run after types are known.
#[derive(Clone, Copy)]
pub struct Known<'p> {
    pub info: &'p Info,
    pub funcs: &'p [FuncDef],
}

impl<'p> Known<'p> {
    /// The variable that a name means.
    pub fn var(self, expr: &Expr) -> Option<VarId> {
        match &strip_ref(expr).kind {
            ExprKind::Name(_) => match self.info.uses.get(&strip_ref(expr).id) {
                Some(Entity::Var(var)) => Some(*var),
                _ => None,
            },
            ExprKind::Select { .. } => match self.info.selections.get(&strip_ref(expr).id) {
                Some(Selection::Member(Entity::Var(var))) => Some(*var),
                _ => None,
            },
            _ => None,
        }
    }

    /// The variable that the place is a part of: `x` of `x.f[i]`.
    pub fn root(self, expr: &Expr) -> Option<VarId> {
        let expr = strip_ref(expr);
        if let Some(var) = self.var(expr) {
            return Some(var);
        }
        match &expr.kind {
            ExprKind::Select { base, .. } => match self.info.selections.get(&expr.id) {
                Some(Selection::Field { .. }) | None => self.root(base),
                _ => None,
            },
            ExprKind::Index { base, .. } | ExprKind::Slice { base, .. } => self.root(base),
            _ => None,
        }
    }

    /// The way to a place that is a variable or leads through fields only.
    pub fn field_path(self, expr: &Expr) -> Option<FieldPath> {
        let expr = strip_ref(expr);
        match (&expr.kind, self.info.selections.get(&expr.id)) {
            (ExprKind::Select { base, .. }, Some(Selection::Field { path })) => {
                let mut found = self.field_path(base)?;
                found.fields.extend(path);
                Some(found)
            }
            _ => self.var(expr).map(|root| FieldPath { root, fields: Vec::new() }),
        }
    }

    /// The same for a place that may be an element of something: the way to that.
    pub fn path_around(self, expr: &Expr) -> Option<FieldPath> {
        let expr = strip_ref(expr);
        match &expr.kind {
            ExprKind::Index { base, .. } | ExprKind::Slice { base, .. } => self.path_around(base),
            ExprKind::Select { base, .. } => self.field_path(expr).or_else(|| self.path_around(base)),
            _ => self.field_path(expr),
        }
    }

    pub fn ty(self, expr: &Expr) -> Option<Ty> {
        self.info.exprs.get(&expr.id).map(|found| found.ty)
    }

    /// The places that a call may change: what it takes in-out, its receiver included, and what `delete`, `clear` and
    /// `copy` work on.
    pub fn changed_places(self, call: &Call) -> Vec<&Expr> {
        if let Some(builtin) = self.builtin(&call.callee) {
            let changes = matches!(builtin, Builtin::Delete | Builtin::Clear | Builtin::Copy);
            let first = call.args.first().filter(|_| changes);
            return first.map(|arg| writes::changed(self.info, &arg.value)).into_iter().collect();
        }
        let mut places = Vec::new();
        if let Some(receiver) = self.inout_receiver(&call.callee) {
            places.push(receiver);
        }
        let params = match self.ty(&call.callee).map(Ty::kind) {
            Some(TyKind::Func(func)) => func.params.as_slice(),
            _ => &[],
        };
        for (i, arg) in call.args.iter().enumerate() {
            let explicit = matches!(strip(&arg.value).kind, ExprKind::Unary { op: UnaryOp::Ref, .. });
            if explicit || params.get(i).is_some_and(|param| param.inout) {
                places.push(&arg.value);
            }
        }
        places
    }

    /// `x` of `x.Method`, where the method changes its receiver.
    pub fn inout_receiver(self, callee: &Expr) -> Option<&Expr> {
        let callee = strip(callee);
        let ExprKind::Select { base, .. } = &callee.kind else { return None };
        match self.info.selections.get(&callee.id) {
            Some(Selection::Method { func, .. }) => {
                let receiver = self.funcs.get(func.0 as usize)?.receiver?;
                receiver.inout.then_some(&**base)
            }
            _ => None,
        }
    }

    pub fn builtin(self, callee: &Expr) -> Option<Builtin> {
        match self.info.uses.get(&strip(callee).id) {
            Some(Entity::Builtin(builtin)) => Some(*builtin),
            _ => None,
        }
    }

    /// The declared function or method that a call runs, if that is known here.
    pub fn callee(self, callee: &Expr) -> Option<crate::types::FuncId> {
        let callee = strip(callee);
        let callee = match &callee.kind {
            ExprKind::Index { base, .. } => strip(base),
            _ => callee,
        };
        if let Some(Entity::Func(func)) = self.info.uses.get(&callee.id) {
            return Some(*func);
        }
        match self.info.selections.get(&callee.id) {
            Some(Selection::Method { func, .. } | Selection::Member(Entity::Func(func))) => Some(*func),
            _ => None,
        }
    }
}
