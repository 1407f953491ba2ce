//! What the construct around a place asks for: the fields that a literal lacks, the labels that a `break` may name, the time
//! limit of a `select`.

use goo_compiler::syntax::ast::{Element, Expr, ExprKind, Stmt, StmtKind};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span, Symbol};
use goo_compiler::types::{Selection, Ty, TyKind};

use crate::snapshot::Snapshot;

/// The constructs around a place, the innermost of each kind.
#[derive(Default)]
pub struct Around<'a> {
    at: u32,
    literal: Option<(&'a Expr, &'a [Element])>,
    labels: Vec<Symbol>,
    in_select: bool,
}

impl<'a> Around<'a> {
    pub fn of(snapshot: &'a Snapshot, file: FileId, at: usize) -> Around<'a> {
        let mut around = Around { at: at as u32, ..Around::default() };
        let decls = snapshot.tree(file).into_iter().flat_map(|tree| &tree.decls);
        decls.for_each(|decl| visit::walk_decl(&mut around, decl));
        around
    }

    fn is_within(&self, span: Span) -> bool {
        span.start < self.at && self.at <= span.end
    }

    /// The labels of the loops and statements around.
    pub fn labels(&self) -> &[Symbol] {
        &self.labels
    }

    /// Whether a `case` here is one of a `select`.
    pub fn in_select(&self) -> bool {
        self.in_select
    }

    /// The fields that the struct literal around does not give yet, with their types; none where it gives them by their order.
    pub fn fields_left(&self, snapshot: &Snapshot) -> Vec<(Symbol, Ty)> {
        let Some((literal, elems)) = self.literal else { return Vec::new() };
        let info = &snapshot.program.info;
        let Some(ty) = info.exprs.get(&literal.id).map(|info| info.ty) else { return Vec::new() };
        let TyKind::Struct(fields) = snapshot.program.underlying(ty).kind() else { return Vec::new() };
        // What is being written here has no colon yet.
        let written = |span: Span| span.start <= self.at && self.at <= span.end;
        let others = elems.iter().filter(|elem| !written(elem.value.span));
        if others.clone().any(|elem| elem.key.is_none()) {
            return Vec::new();
        }
        let given = |name: Symbol| {
            others.clone().filter_map(|elem| elem.key.as_ref()).any(|key| {
                match info.selections.get(&key.id) {
                    Some(Selection::Field { path }) => {
                        path.first().and_then(|at| fields.get(*at as usize)).is_some_and(|f| f.name == name)
                    }
                    _ => snapshot.source(key.span) == name.as_str(),
                }
            })
        };
        let own = |ty: Ty| match ty.kind() {
            TyKind::Named(def, _) => snapshot.is_own(snapshot.program.types[def.0 as usize].span),
            _ => true,
        };
        fields
            .iter()
            .filter(|field| !given(field.name))
            .filter(|field| own(ty) || field.name.as_str().starts_with(char::is_uppercase))
            .map(|field| (field.name, field.ty))
            .collect()
    }
}

impl<'a> Visitor<'a> for Around<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::Composite { ty, elems } = &expr.kind
            && self.is_within(expr.span)
            && self.at < expr.span.end
            && ty.as_ref().is_none_or(|ty| ty.span.end < self.at)
        {
            self.literal = Some((expr, elems));
        }
        visit::walk_expr(self, expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        if self.is_within(stmt.span) {
            match &stmt.kind {
                StmtKind::Labeled { label, .. } => self.labels.push(label.name),
                StmtKind::Select(_) => self.in_select = true,
                StmtKind::Switch(_) | StmtKind::TypeSwitch(_) => self.in_select = false,
                _ => {}
            }
        }
        visit::walk_stmt(self, stmt);
    }
}
