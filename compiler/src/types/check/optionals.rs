//! Where has flow shown that an optional variable, or an optional field of one, holds a value?
//!
//! [`Checker::narrowed`] is the set of such places at the code being checked. A condition adds to it
//! ([`Checker::assume`]), an assignment takes from it what it changes, and so does a call that takes something in-out; after a
//! branch holds what holds at the end of every way that comes there. A loop's body starts without what the body itself may
//! change. Names, not variables, say what is changed later, because later code has not been checked yet: too much is
//! forgotten, never too little.
//!
//! An expression reads its operands where it uses them, so a call in it could change a field behind the back of an operand that
//! stands before the call: [`Checker::forget_changed`] refuses that.

use rustc_hash::FxHashSet;

use super::places::{FieldPath, Known};
use super::{Checker, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{Span, Symbol};
use crate::types::{Entity, Ty, TyKind, VarId};

/// A place that was read as what its optional holds, in the statement being checked.
pub(crate) type Read = (FieldPath, Span);

impl<'a> Checker<'a> {
    /// A variable is read here: `ty` as declared, or as narrowed by flow. An assignment's target that is a plain name
    /// goes through here as well, and does not count as a use.
    pub fn use_variable(&mut self, var: VarId, expr: &'a Expr) -> Ty {
        let ty = self.var(var).ty;
        if self.flow.target == Some(expr.id) {
            return ty;
        }
        self.used_vars.insert(var);
        if self.narrowed.is_empty() || self.flow.whole == Some(expr.id) {
            return ty;
        }
        self.narrowed_type(FieldPath { root: var, fields: Vec::new() }, expr, ty)
    }

    /// The same for a field, whose selection has been recorded.
    pub fn use_field(&mut self, expr: &'a Expr, ty: Ty) -> Ty {
        let whole = self.flow.target == Some(expr.id) || self.flow.whole == Some(expr.id);
        if self.narrowed.is_empty() || whole {
            return ty;
        }
        match self.known().field_path(expr) {
            Some(path) => self.narrowed_type(path, expr, ty),
            None => ty,
        }
    }

    fn narrowed_type(&mut self, path: FieldPath, expr: &'a Expr, ty: Ty) -> Ty {
        match ty.kind() {
            TyKind::Optional(inner) if self.narrowed.contains(&path) => {
                self.program.info.narrowed.insert(expr.id);
                self.flow.reads.push((path, expr.span));
                *inner
            }
            _ => ty,
        }
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known { info: &self.program.info, funcs: &self.program.funcs }
    }

    /// A value that is wanted as it was declared, whatever flow has shown: where it is compared with `none`, or unwrapped.
    pub fn whole_expr(&mut self, expr: &'a Expr) -> Operand<'a> {
        let mut operand = self.whole_raw_expr(expr);
        self.single_value(&mut operand);
        operand
    }

    /// The same for an expression that may give several values.
    pub fn whole_raw_expr(&mut self, expr: &'a Expr) -> Operand<'a> {
        let outer = self.flow.whole.replace(strip_ref(expr).id);
        let operand = self.raw_expr(expr, None);
        self.flow.whole = outer;
        operand
    }

    /// From here on, `cond` is known to be `truth`.
    pub fn assume(&mut self, cond: &Expr, truth: bool) {
        let mut found = Vec::new();
        self.facts(cond, truth, &mut found);
        self.narrow(found);
    }

    /// From here on, the value of `place` is known not to be that of `other`.
    pub fn assume_not(&mut self, place: &Expr, other: &Expr) {
        if self.is_none_literal(other) {
            let found = self.local_path(place).into_iter().collect();
            self.narrow(found);
        }
    }

    fn narrow(&mut self, found: Vec<FieldPath>) {
        for path in found {
            let name = self.var(path.root).name;
            let shared = &self.flow.changed;
            let may_change = shared.all.shared.contains(&name)
                || !path.fields.is_empty() && shared.inside.shared.contains(&name);
            if !may_change {
                self.narrowed.insert(path);
            }
        }
    }

    /// Runs `f`, the right side of `&&` or `||`, with what the left side shows when the right one runs at all.
    pub fn assuming<R>(&mut self, cond: &Expr, truth: bool, f: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.narrowed.clone();
        // What the left side has read, it is done with.
        let reads = std::mem::take(&mut self.flow.reads);
        self.assume(cond, truth);
        let result = f(self);
        self.flow.reads = reads;
        self.narrowed = before;
        result
    }

    /// The optional places that are not `none` when `cond` is `truth`.
    fn facts(&self, cond: &Expr, truth: bool, found: &mut Vec<FieldPath>) {
        match &strip(cond).kind {
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.facts(operand, !truth, found),
            ExprKind::Binary { op, left, right, .. }
                if *op == if truth { BinaryOp::LogAnd } else { BinaryOp::LogOr } =>
            {
                self.facts(left, truth, found);
                let changed = self.changed_by(right);
                found.retain(|path| !changed.iter().any(|change| change.ends(path)));
                self.facts(right, truth, found);
            }
            ExprKind::Binary { op, left, right, .. }
                if *op == if truth { BinaryOp::Ne } else { BinaryOp::Eq } =>
            {
                let place = match (self.is_none_literal(left), self.is_none_literal(right)) {
                    (false, true) => left,
                    (true, false) => right,
                    _ => return,
                };
                found.extend(self.local_path(place));
            }
            _ => {}
        }
    }

    /// A local variable, or a field of one.
    fn local_path(&self, expr: &Expr) -> Option<FieldPath> {
        self.known().field_path(expr).filter(|path| self.var_levels.contains_key(&path.root))
    }

    fn is_none_literal(&self, expr: &Expr) -> bool {
        matches!(self.program.info.uses.get(&strip(expr).id), Some(Entity::None))
    }

    /// The optionals in these places, which are assigned, may be `none` again.
    pub fn forget_narrowing(&mut self, places: &[Expr]) {
        for place in places {
            if self.narrowed.is_empty() {
                return;
            }
            if let Some(changed) = self.known().path_around(place) {
                self.narrowed.retain(|path| !changed.covers(path));
            }
        }
    }

    /// A call that has been checked may have changed what it takes in-out. `before` is how many places the statement had
    /// read when the call began: none of those may change before it is used.
    pub fn forget_changed(&mut self, expr: &Expr, call: &Call, before: usize) {
        if self.narrowed.is_empty() && before == 0 {
            return;
        }
        for change in changes(self.known(), call) {
            self.narrowed.retain(|path| !change.ends(path));
            let read = self.flow.reads[..before].iter().find(|(path, _)| change.ends(path)).cloned();
            if let Some(read) = read {
                self.report_changed(expr.span, read);
            }
        }
    }

    /// The same behind an expression with statements in it.
    pub fn forget_changed_inside(&mut self, expr: &Expr, before: usize) {
        let read = self.flow.reads[..before].iter().find(|(path, _)| !self.narrowed.contains(path)).cloned();
        if let Some(read) = read {
            self.report_changed(expr.span, read);
        }
    }

    fn report_changed(&mut self, span: Span, (path, read): Read) {
        self.flow.reads.retain(|(other, _)| *other != path);
        let text = self.source_text(read);
        self.report(
            Diagnostic::error(
                Code::Overlap,
                span,
                format!("this may change `{text}`, which the same expression has read as a value"),
            )
            .also(read, "known to hold a value here")
            .help(format!("put `{text}` into a variable first")),
        );
    }

    /// The condition of a case was tried, and the case not taken.
    pub fn pass_over(&mut self, cond: &Expr) {
        if !self.narrowed.is_empty() {
            let changed = self.changed_by(cond);
            self.narrowed.retain(|path| !changed.iter().any(|change| change.ends(path)));
        }
    }

    /// What the calls in an expression that has been checked change.
    fn changed_by(&self, expr: &Expr) -> Vec<Change> {
        struct Calls<'p>(Known<'p>, Vec<Change>);
        impl<'a> Visitor<'a> for Calls<'_> {
            fn expr(&mut self, expr: &'a Expr) {
                if let ExprKind::Call(call) = &expr.kind {
                    self.1.extend(changes(self.0, call));
                }
                visit::walk_expr(self, expr);
            }
        }
        let mut calls = Calls(self.known(), Vec::new());
        calls.expr(expr);
        calls.1
    }

    /// Before code that may run several times, or later, or not at all: forgets the places that it may change.
    pub fn forget_assigned_in(&mut self, walk: impl FnOnce(&mut ChangedNames)) {
        if self.narrowed.is_empty() {
            return;
        }
        let mut names = self.changed_names();
        walk(&mut names);
        self.forget_names(&names, |names| &names.all);
    }

    /// Names that later code changes; methods are known by their names.
    pub fn changed_names(&mut self) -> ChangedNames {
        let files = self.files;
        let methods = self.flow.changing_methods.get_or_insert_with(|| {
            let decls = files.iter().flat_map(|file| &file.decls);
            let changing = decls.filter_map(|decl| match decl {
                Decl::Func(func) if func.receiver.as_ref().is_some_and(|receiver| receiver.inout) => {
                    Some(func.name.name)
                }
                _ => None,
            });
            std::rc::Rc::new(changing.collect())
        });
        ChangedNames { methods: methods.clone(), ..ChangedNames::default() }
    }

    /// Forgets what the names say: of variables those in `all`, of fields those of variables that are changed inside, too.
    pub fn forget_names(&mut self, names: &ChangedNames, of: impl Fn(&Names) -> &FxHashSet<Symbol>) {
        let vars = &self.program.vars;
        self.narrowed.retain(|path| {
            let var = &vars[path.root.0 as usize];
            let lent = var.inout && of(&names.passed).contains(&var.name);
            let inside = !path.fields.is_empty() && of(&names.inside).contains(&var.name);
            !(lent || inside || of(&names.all).contains(&var.name))
        });
    }

    /// Runs the branches, of which exactly one runs, or (`maybe_none`) perhaps no one: each starts with what is
    /// known now, and afterwards is known what is known at the end of each that gets there.
    pub fn branches<T>(
        &mut self,
        branches: impl IntoIterator<Item = T>,
        maybe_none: bool,
        mut run: impl FnMut(&mut Self, T) -> Ends,
    ) {
        let before = self.narrowed.clone();
        let mut after: Option<FxHashSet<FieldPath>> = maybe_none.then(|| before.clone());
        for branch in branches {
            self.narrowed.clone_from(&before);
            if run(self, branch) == Ends::Leaves {
                continue;
            }
            let here = std::mem::take(&mut self.narrowed);
            after = Some(match after {
                None => here,
                Some(mut all) => {
                    all.retain(|var| here.contains(var));
                    all
                }
            });
        }
        self.narrowed = after.unwrap_or(before);
    }
}

/// How a branch ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Control goes on after the branching statement.
    GoesOn,
    /// By `return`, `break` and the like: what it knew is of no concern.
    Leaves,
}

/// A place that a call takes in-out.
struct Change {
    path: FieldPath,
    /// What is lent is the value in the optional at the place, so that the optional itself keeps having one.
    value_only: bool,
}

impl Change {
    /// Whether the optional at `path` may be `none` after it.
    fn ends(&self, path: &FieldPath) -> bool {
        self.path.covers(path) && !(self.value_only && self.path == *path)
    }
}

fn changes(known: Known<'_>, call: &Call) -> Vec<Change> {
    let changed = known.changed_places(call).into_iter();
    changed
        .filter_map(|place| {
            let value_only = known.info.narrowed.contains(&strip_ref(place).id);
            Some(Change { path: known.path_around(place)?, value_only })
        })
        .collect()
}

/// Names of variables; `shared` are those that a closure concerns.
#[derive(Default)]
pub(crate) struct Names {
    pub all: FxHashSet<Symbol>,
    pub shared: FxHashSet<Symbol>,
}

/// The names that code changes.
#[derive(Default)]
pub(crate) struct ChangedNames {
    /// Assigned (or a part of them), or lent by `&`.
    pub all: Names,
    /// Called a method on that may change its receiver, or a part of it.
    pub inside: Names,
    /// Given to a call as they are: an in-out parameter may be lent so.
    pub passed: Names,
    /// The methods that change their receivers.
    methods: std::rc::Rc<FxHashSet<Symbol>>,
    literals: u32,
}

impl Names {
    fn add(&mut self, name: Symbol, in_literal: bool) {
        self.all.insert(name);
        if in_literal {
            self.shared.insert(name);
        }
    }
}

impl ChangedNames {
    fn add(&mut self, place: &Expr) {
        if let Some(name) = root_name(place) {
            self.all.add(name, self.literals > 0);
        }
    }

    fn call(&mut self, call: &Call) {
        let in_literal = self.literals > 0;
        if let ExprKind::Select { base, name } = &strip(&call.callee).kind
            && self.methods.contains(&name.name)
            && let Some(root) = root_name(base)
        {
            self.inside.add(root, in_literal);
        }
        for arg in &call.args {
            if let Some(root) = root_name(&arg.value) {
                self.passed.add(root, in_literal);
            }
        }
    }
}

/// The name that a place begins with.
fn root_name(place: &Expr) -> Option<Symbol> {
    let mut place = strip(place);
    loop {
        match &place.kind {
            ExprKind::Name(name) => return Some(*name),
            ExprKind::Select { base, .. }
            | ExprKind::Index { base, .. }
            | ExprKind::Slice { base, .. }
            | ExprKind::Paren(base)
            | ExprKind::Unary { op: UnaryOp::Deref | UnaryOp::Ref, operand: base } => place = base,
            _ => return None,
        }
    }
}

impl<'a> Visitor<'a> for ChangedNames {
    fn target(&mut self, expr: &'a Expr) {
        self.add(expr);
        self.expr(expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        if let StmtKind::Define { names, .. } = &stmt.kind {
            // An old name among them is assigned; a new one hides the outer variable, and no harm is done.
            names.iter().for_each(|name| self.all.add(name.name, self.literals > 0));
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Ref, operand } => self.add(operand),
            ExprKind::Call(call) => self.call(call),
            _ => {}
        }
        let literal = matches!(expr.kind, ExprKind::FuncLit(_) | ExprKind::Parallel(_));
        self.literals += u32::from(literal);
        visit::walk_expr(self, expr);
        self.literals -= u32::from(literal);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn narrowing() {
        check(
            r#"func f(x int?, y int?) int {
	var n int
	n = x
	if x == none { return 0 }
	n = x
	if y != none && y > 1 { n = y }
	if y == none || y > 1 { n = 1 } else { n = y }
	x = none
	n = x
	x = 3
	n = x
	for x != none { x = none }
	if v := y { n = v }
	return n
}
"#,
            expect![[r#"
                3: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
                9: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
                11: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
            "#]],
        );
    }

    #[test]
    fn what_a_closure_or_a_loop_may_assign_is_not_known() {
        check(
            r#"func f(x int?, y int?) {
	var n int
	g := func() { y = none }
	if y != none { n = y }
	g()
	if x == none { return }
	for i := range 3 {
		n = x
		if i == 1 { x = none }
	}
	_ = n
}
"#,
            expect![[r#"
                4: [wrong-type] cannot use `y` (a variable of type `int?`) as `int` in this assignment
                8: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
            "#]],
        );
    }
}
