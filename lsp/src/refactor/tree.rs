//! Looking around in a tree: what is around a place, what is changed where.

use goo_compiler::syntax::ast::*;
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{Entity, Selection, Ty, TyKind, VarId};
use rustc_hash::FxHashSet;

use crate::snapshot::Snapshot;

/// A list of statements, and which of them a place is in.
#[derive(Clone, Copy)]
pub struct Listed<'a> {
    pub stmts: &'a [Stmt],
    pub first: usize,
    pub last: usize,
}

/// What is around a span, outermost first.
#[derive(Default)]
pub struct Around<'a> {
    pub exprs: Vec<&'a Expr>,
    /// Statements of lists: not the parts of an `if` or a `for`.
    pub lists: Vec<Listed<'a>>,
    /// Somewhere between the innermost statement of a list and the span there is something that is not always evaluated,
    /// or more than once.
    pub conditional: bool,
    /// The place around the span is changed: assigned, or given out by `&`.
    pub changed: bool,
}

struct Find<'s, 'a> {
    snapshot: &'s Snapshot,
    span: Span,
    around: Around<'a>,
}

/// What is around a span.
pub fn around(snapshot: &Snapshot, span: Span) -> Around<'_> {
    let mut find = Find { snapshot, span, around: Around::default() };
    if let Some(tree) = snapshot.tree(span.file) {
        tree.decls.iter().for_each(|decl| visit::walk_decl(&mut find, decl));
    }
    find.around
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

impl<'a> Find<'_, 'a> {
    fn list(&mut self, stmts: &'a [Stmt]) {
        let touches = |stmt: &Stmt| stmt.span.start <= self.span.end && self.span.start <= stmt.span.end;
        let (Some(first), Some(last)) = (stmts.iter().position(touches), stmts.iter().rposition(touches))
        else {
            return;
        };
        if stmts[first].span.start <= self.span.start && self.span.end <= stmts[last].span.end {
            self.around.lists.push(Listed { stmts, first, last });
            self.around.conditional = false;
        }
    }

    fn sometimes(&mut self, expr: &'a Expr) {
        self.around.conditional |= covers(expr.span, self.span);
        self.expr(expr);
    }
}

impl<'a> Visitor<'a> for Find<'_, 'a> {
    fn block(&mut self, block: &'a Block) {
        if covers(block.span, self.span) {
            self.list(&block.stmts);
            visit::walk_block(self, block);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        if !covers(stmt.span, self.span) {
            return;
        }
        match &stmt.kind {
            StmtKind::Switch(s) => s.cases.iter().for_each(|case| self.list(&case.body)),
            StmtKind::TypeSwitch(s) => s.cases.iter().for_each(|case| self.list(&case.body)),
            StmtKind::Select(s) => s.cases.iter().for_each(|case| self.list(&case.body)),
            StmtKind::For(s) => {
                let parts = [&s.cond].into_iter().flatten().map(|cond| cond.span);
                let post = s.post.iter().map(|post| post.span);
                self.around.conditional |= parts.chain(post).any(|part| covers(part, self.span));
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn target(&mut self, expr: &'a Expr) {
        self.around.changed |= covers(expr.span, self.span);
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if !covers(expr.span, self.span) {
            return;
        }
        self.around.exprs.push(expr);
        match &expr.kind {
            ExprKind::Binary {
                op: BinaryOp::LogAnd | BinaryOp::LogOr | BinaryOp::Default,
                left,
                right,
                ..
            } => {
                self.expr(left);
                self.sometimes(right);
            }
            ExprKind::Match(m) => {
                self.expr(&m.subject);
                self.around.conditional |= m.arms.iter().any(|arm| covers(arm.span, self.span));
                visit::walk_expr(self, expr);
            }
            ExprKind::Unary { op: UnaryOp::Ref, operand } => self.target(operand),
            ExprKind::Call(call) if changes_receiver(self.snapshot, call) => {
                if let ExprKind::Select { base, .. } = &call.callee.kind {
                    self.around.changed |= covers(base.span, self.span);
                }
                visit::walk_expr(self, expr);
            }
            _ => visit::walk_expr(self, expr),
        }
    }
}

/// Whether a call is one of a method that changes its receiver.
fn changes_receiver(snapshot: &Snapshot, call: &Call) -> bool {
    match snapshot.program.info.selections.get(&call.callee.id) {
        Some(Selection::Method { func, .. }) => {
            snapshot.program.funcs[func.0 as usize].receiver.is_some_and(|receiver| receiver.inout)
        }
        Some(Selection::InterfaceMethod { .. } | Selection::ParamMethod { .. }) => true,
        _ => false,
    }
}

/// The variable that a place is a part of.
fn root(snapshot: &Snapshot, expr: &Expr) -> Option<VarId> {
    match &expr.kind {
        ExprKind::Name(_) => match snapshot.program.info.uses.get(&expr.id)? {
            Entity::Var(var) => Some(*var),
            _ => None,
        },
        ExprKind::Paren(base)
        | ExprKind::Select { base, .. }
        | ExprKind::Index { base, .. }
        | ExprKind::Slice { base, .. }
        | ExprKind::Unary { op: UnaryOp::Ref | UnaryOp::Deref, operand: base } => root(snapshot, base),
        _ => None,
    }
}

/// The variables that code changes, in whole or in part, beside defining them; where it does.
pub struct Changes<'s> {
    snapshot: &'s Snapshot,
    pub found: Vec<(VarId, Span)>,
}

impl<'s> Changes<'s> {
    /// Those of the functions of a file.
    pub fn of_file(snapshot: &'s Snapshot, file: FileId) -> Changes<'s> {
        let mut changes = Changes { snapshot, found: Vec::new() };
        if let Some(tree) = snapshot.tree(file) {
            tree.decls.iter().for_each(|decl| visit::walk_decl(&mut changes, decl));
        }
        changes
    }

    pub fn within(&self, span: Span) -> FxHashSet<VarId> {
        self.found.iter().filter(|(_, at)| covers(span, *at)).map(|(var, _)| *var).collect()
    }

    pub fn has(&self, var: VarId) -> bool {
        self.found.iter().any(|(found, _)| *found == var)
    }
}

impl<'a> Visitor<'a> for Changes<'_> {
    fn target(&mut self, expr: &'a Expr) {
        self.found.extend(root(self.snapshot, expr).map(|var| (var, expr.span)));
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Ref, operand } => return self.target(operand),
            ExprKind::Call(call) if changes_receiver(self.snapshot, call) => {
                if let ExprKind::Select { base, .. } = &call.callee.kind {
                    self.found.extend(root(self.snapshot, base).map(|var| (var, base.span)));
                }
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn binding(&mut self, name: &'a Ident) {
        // `a, b := …` assigns those that are there already.
        if let Some(Entity::Var(var)) = self.snapshot.program.info.uses.get(&name.id) {
            self.found.push((*var, name.span));
        }
    }
}

/// What leaves the code that it stands in: it cannot become a function's.
#[derive(Default)]
pub struct Leaves {
    pub found: bool,
    /// Loops around, and what else a `break` may leave.
    loops: usize,
    breaks: usize,
}

impl Leaves {
    pub fn in_stmts(stmts: &[Stmt]) -> bool {
        let mut leaves = Leaves::default();
        stmts.iter().for_each(|stmt| leaves.stmt(stmt));
        leaves.found
    }

    pub fn in_expr(expr: &Expr) -> bool {
        let mut leaves = Leaves::default();
        leaves.expr(expr);
        leaves.found
    }
}

impl<'a> Visitor<'a> for Leaves {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Return(_)
            | StmtKind::Fail(_)
            | StmtKind::Yield(_)
            | StmtKind::Defer(_)
            | StmtKind::Fallthrough
            | StmtKind::Goto(_) => {
                self.found = true;
            }
            StmtKind::Break(label) => self.found |= label.is_some() || self.breaks == 0,
            StmtKind::Continue(label) => self.found |= label.is_some() || self.loops == 0,
            StmtKind::For(_) | StmtKind::Range(_) => {
                (self.loops, self.breaks) = (self.loops + 1, self.breaks + 1);
                visit::walk_stmt(self, stmt);
                (self.loops, self.breaks) = (self.loops - 1, self.breaks - 1);
            }
            StmtKind::Switch(_) | StmtKind::TypeSwitch(_) | StmtKind::Select(_) => {
                self.breaks += 1;
                visit::walk_stmt(self, stmt);
                self.breaks -= 1;
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            // What leaves a literal stays in it.
            ExprKind::FuncLit(_) => {}
            ExprKind::Try(_) => self.found = true,
            _ => visit::walk_expr(self, expr),
        }
    }
}

/// Whether evaluating an expression earlier, later, twice or not at all makes no difference, as long as its variables
/// stay as they are.
pub fn is_pure(snapshot: &Snapshot, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Lit(_) | ExprKind::Name(_) => true,
        ExprKind::Paren(inner) => is_pure(snapshot, inner),
        ExprKind::Select { base, .. } => {
            let info = &snapshot.program.info;
            let is_field = matches!(
                info.selections.get(&expr.id),
                Some(Selection::Field { .. } | Selection::Member(_) | Selection::Case { .. })
            );
            is_field && is_pure(snapshot, base)
        }
        ExprKind::Unary { op, operand } => {
            !matches!(op, UnaryOp::Recv | UnaryOp::Ref) && is_pure(snapshot, operand)
        }
        ExprKind::Binary { left, right, .. } => is_pure(snapshot, left) && is_pure(snapshot, right),
        ExprKind::Index { base, args } => {
            is_pure(snapshot, base) && args.iter().all(|arg| is_pure(snapshot, arg))
        }
        ExprKind::Composite { elems, .. } => elems.iter().all(|elem| is_pure(snapshot, &elem.value)),
        _ => false,
    }
}

/// The variables that stand in an expression.
pub fn vars_in(snapshot: &Snapshot, span: Span) -> FxHashSet<VarId> {
    use crate::index::Target;
    let within = snapshot.index().occurrences.iter().filter(|occurrence| covers(span, occurrence.span));
    within
        .filter_map(|occurrence| match occurrence.target {
            Target::Var(var) => Some(var),
            _ => None,
        })
        .collect()
}

/// Text in place of an operand, in parentheses where its parts could be torn apart.
pub fn operand(snapshot: &Snapshot, expr: &Expr, place: Span) -> String {
    let text = snapshot.source(expr.span).to_owned();
    let loose = !matches!(
        expr.kind,
        ExprKind::Lit(_)
            | ExprKind::Name(_)
            | ExprKind::Paren(_)
            | ExprKind::Select { .. }
            | ExprKind::Call(_)
            | ExprKind::Index { .. }
            | ExprKind::Slice { .. }
    );
    let around = snapshot.text(place.file).as_str();
    let before = around[..place.start as usize].trim_end_matches([' ', '\t']).chars().next_back();
    let after = around[place.end as usize..].trim_start_matches([' ', '\t']).chars().next();
    let alone = matches!(before, Some('(' | ',' | '=' | '[' | '{' | ':' | '\n'))
        && matches!(after, None | Some(')' | ',' | ']' | '}' | ';' | '\n' | '\r'));
    if loose && !alone { format!("({text})") } else { text }
}

/// The declaration at package level around a place.
pub fn decl_around(snapshot: &Snapshot, span: Span) -> Option<&Decl> {
    snapshot.tree(span.file)?.decls.iter().find(|decl| match decl {
        Decl::Func(func) => covers(func.span, span),
        Decl::Test(test) => covers(test.span, span),
        _ => false,
    })
}

pub fn decl_span(decl: &Decl) -> Option<Span> {
    match decl {
        Decl::Func(func) => Some(func.span),
        Decl::Test(test) => Some(test.span),
        _ => None,
    }
}

/// Whether types are named after parameters here, which a new function would not have.
pub fn is_generic(decl: &Decl) -> bool {
    match decl {
        Decl::Func(func) => {
            !func.type_params.is_empty()
                || func.receiver.as_ref().is_some_and(|receiver| !receiver.type_params.is_empty())
        }
        _ => false,
    }
}

/// A name that nothing in a text has.
pub fn fresh_name(text: &str, wanted: &str) -> String {
    let taken = |name: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    let numbered = (2..).map(|n| format!("{wanted}{n}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// The blanks that a place's line begins with.
pub fn indentation(snapshot: &Snapshot, span: Span) -> String {
    let text = snapshot.text(span.file).as_str();
    let start = text[..span.start as usize].rfind('\n').map_or(0, |n| n + 1);
    text[start..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

/// Whether a variable of this type can stand in a definition.
pub fn is_value(ty: Ty) -> bool {
    !matches!(ty.kind(), TyKind::Unit | TyKind::Never | TyKind::Error | TyKind::Tuple(_) | TyKind::Untyped(_))
}
