//! Is a field or an element used that was never given a value, and whose type has no zero value?
//!
//! `var s Server` and `Server{Addr: a}` may leave out a function or a channel that is assigned in the next lines, as Go
//! programs do. So what is left out is no mistake; using it is, and where nothing can have assigned it, that is told here. From
//! the declaration on, the pass follows the statements of the block up to the first that may change the variable in any
//! other way than `s.f = …`: what reads `s.f` before that crashes for sure when it runs. All else is found when the program runs.

use super::analyses::Unit;
use super::contents::{Zero, zero};
use super::places::{FieldPath, Known};
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Builtin, Constant, Entity, Program, Selection, Ty, TyKind, VarId};

/// Fields of fields of fields: what lies deeper is not looked at.
const DEPTH: usize = 4;

/// Checks one piece of code, and the literals in it.
pub fn check(program: &Program, unit: &Unit, diags: &mut Diagnostics) {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut blocks = Blocks { program, known, diags };
    unit.code.walk(&mut blocks);
}

/// Finds the declarations, block by block.
struct Blocks<'p, 'd> {
    program: &'p Program,
    known: Known<'p>,
    diags: &'d mut Diagnostics,
}

/// A part of a variable that has no value.
#[derive(Clone, Debug)]
struct Absent {
    path: FieldPath,
    /// The elements of what is there, each of them.
    elements: bool,
    /// What the program would use of it: a value, or a method.
    zero: Zero,
}

impl<'a> Visitor<'a> for Blocks<'_, '_> {
    fn block(&mut self, block: &'a Block) {
        for (index, stmt) in block.stmts.iter().enumerate() {
            for (var, absent) in self.declared(stmt) {
                self.follow(var, absent, &block.stmts[index + 1..]);
            }
        }
        visit::walk_block(self, block);
    }
}

impl Blocks<'_, '_> {
    /// The variables that a statement declares with parts left out.
    fn declared(&self, stmt: &Stmt) -> Vec<(VarId, Vec<Absent>)> {
        let mut found = Vec::new();
        let mut add = |name: &Ident, value: Option<&Expr>| {
            let Some(&var) = self.known.info.defs.get(&name.id) else { return };
            let mut absent = Vec::new();
            let ty = self.program.vars[var.0 as usize].ty;
            let path = FieldPath { root: var, fields: Vec::new() };
            match value {
                Some(value) => self.absent_in(value, ty, path, &mut absent),
                // The variable itself is the business of `definite`.
                None if zero(self.program, ty) == Zero::Value => self.absent_of(ty, path, &mut absent),
                None => {}
            }
            if !absent.is_empty() {
                found.push((var, absent));
            }
        };
        let mut specs = |names: &[Ident], values: &[Expr]| {
            if values.len() == names.len() || values.is_empty() {
                for (index, name) in names.iter().enumerate() {
                    add(name, values.get(index));
                }
            }
        };
        match &stmt.kind {
            StmtKind::Define { names, values } => specs(names, values),
            StmtKind::Decl(decl) => {
                if let Decl::Var(vars) = &**decl {
                    vars.iter().for_each(|spec| specs(&spec.names, &spec.values));
                }
            }
            _ => {}
        }
        found
    }

    /// What the zero value of a type leaves out.
    fn absent_of(&self, ty: Ty, path: FieldPath, absent: &mut Vec<Absent>) {
        match (zero(self.program, ty), self.program.underlying(ty).kind()) {
            (zero @ (Zero::Missing | Zero::Empty), _) => {
                absent.push(Absent { path, elements: false, zero });
            }
            (_, TyKind::Struct(fields)) if path.fields.len() < DEPTH => {
                for (index, field) in (0..).zip(fields) {
                    let mut inner = path.clone();
                    inner.fields.push(index);
                    self.absent_of(field.ty, inner, absent);
                }
            }
            (_, TyKind::Array(len, elem)) if *len > 0 => self.absent_elements(*elem, path, absent),
            _ => {}
        }
    }

    fn absent_elements(&self, elem: Ty, path: FieldPath, absent: &mut Vec<Absent>) {
        let zero = zero(self.program, elem);
        if zero != Zero::Value {
            absent.push(Absent { path, elements: true, zero });
        }
    }

    /// What a first value leaves out.
    fn absent_in(&self, value: &Expr, ty: Ty, path: FieldPath, absent: &mut Vec<Absent>) {
        let value = strip(value);
        match (&value.kind, self.program.underlying(ty).kind()) {
            (ExprKind::Composite { elems, .. }, TyKind::Struct(fields)) if path.fields.len() < DEPTH => {
                // Without names all fields are given, and through a promoted one a part of a field is.
                let names = |elem: &Element| match elem.key.as_ref().map(|key| &strip(key).kind) {
                    Some(ExprKind::Name(name)) => Some(*name),
                    _ => None,
                };
                let by_field =
                    |elem: &Element| names(elem).is_some_and(|n| fields.iter().any(|f| f.name == n));
                if !elems.iter().all(by_field) {
                    return;
                }
                for (index, field) in (0..).zip(fields) {
                    let mut inner = path.clone();
                    inner.fields.push(index);
                    match elems.iter().find(|elem| names(elem) == Some(field.name)) {
                        Some(elem) => self.absent_in(&elem.value, field.ty, inner, absent),
                        None => self.absent_of(field.ty, inner, absent),
                    }
                }
            }
            // `make([]T, n)`, unless it is empty.
            (ExprKind::Call(call), TyKind::Slice(elem))
                if self.known.builtin(&call.callee) == Some(Builtin::Make) && self.makes_elements(call) =>
            {
                self.absent_elements(*elem, path, absent);
            }
            _ => {}
        }
    }

    fn makes_elements(&self, call: &Call) -> bool {
        let Some(len) = call.args.get(1) else { return false };
        let constant = self.known.info.exprs.get(&len.value.id).and_then(|info| info.constant.as_ref());
        constant.is_none_or(|len| *len != Constant::Int(0.into()))
    }

    /// Reports what the statements use of the absent parts, as long as nothing else can have given them.
    fn follow(&mut self, var: VarId, mut absent: Vec<Absent>, stmts: &[Stmt]) {
        for stmt in stmts {
            let mut uses = Uses { known: self.known, var, absent: &absent, found: None, changed: false };
            match &stmt.kind {
                StmtKind::Assign { targets, values } => {
                    values.iter().for_each(|value| uses.expr(value));
                    for target in targets {
                        match self.known.field_path(target).filter(|path| path.root == var) {
                            Some(_) => {}
                            None => uses.target(target),
                        }
                    }
                }
                _ => uses.stmt(stmt),
            }
            let (used, changed) = (uses.found.take(), uses.changed);
            if changed {
                return;
            }
            if let Some((part, span)) = used {
                self.report(var, &absent[part], span);
                return;
            }
            if let StmtKind::Assign { targets, .. } = &stmt.kind {
                for path in targets.iter().filter_map(|target| self.known.field_path(target)) {
                    absent.retain(|part| !path.covers(&part.path));
                }
            }
            if absent.is_empty() {
                return;
            }
        }
    }

    fn report(&mut self, var: VarId, part: &Absent, span: Span) {
        let declared = &self.program.vars[var.0 as usize];
        let mut name = declared.name.to_string();
        let mut ty = declared.ty;
        for &index in &part.path.fields {
            let TyKind::Struct(fields) = self.program.underlying(ty).kind() else { break };
            let Some(field) = fields.get(index as usize) else { break };
            name = format!("{name}.{}", field.name);
            ty = field.ty;
        }
        let (what, advice) = match part.elements {
            true => (
                format!("no element of `{name}` has a value yet"),
                "assign the elements first, or make their type optional: `T?`, whose zero value is `none`",
            ),
            false => (
                format!("`{name}` is used before it has a value"),
                "give it a value first, or make its type optional: `T?`, whose zero value is `none`",
            ),
        };
        self.diags.push(
            Diagnostic::error(diagnostics::Code::Unassigned, span, what)
                .label("nothing was assigned")
                .also(declared.span, "declared here without it; its type has no zero value")
                .help(advice),
        );
    }
}

/// Looks in one statement for uses of absent parts, and for changes of the variable.
struct Uses<'p, 'n> {
    known: Known<'p>,
    var: VarId,
    absent: &'n [Absent],
    /// The first use: which part, and where.
    found: Option<(usize, Span)>,
    changed: bool,
}

impl Uses<'_, '_> {
    /// The way that a place of the variable goes, and whether it ends at an element of what is there.
    fn place(&self, expr: &Expr) -> Option<(FieldPath, bool)> {
        let expr = strip(expr);
        let (path, element) = match &expr.kind {
            ExprKind::Index { base, args } if args.len() == 1 => (self.known.field_path(base)?, true),
            _ => (self.known.field_path(expr)?, false),
        };
        (path.root == self.var).then_some((path, element))
    }

    fn note(&mut self, path: &FieldPath, element: bool, method: bool, span: Span) {
        let used = self.absent.iter().position(|part| {
            part.path == *path && part.elements == element && (method || part.zero == Zero::Missing)
        });
        if let Some(part) = used {
            self.found.get_or_insert((part, span));
        }
    }
}

impl<'a> Visitor<'a> for Uses<'_, '_> {
    fn target(&mut self, expr: &'a Expr) {
        self.changed |= self.known.root(expr) == Some(self.var);
        self.expr(expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        if let StmtKind::Define { names, .. } = &stmt.kind {
            let again = |name: &Ident| self.known.info.uses.get(&name.id) == Some(&Entity::Var(self.var));
            self.changed |= names.iter().any(again);
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(call) => {
                let changes = self.known.changed_places(call);
                self.changed |= changes.iter().any(|place| self.known.root(place) == Some(self.var));
            }
            ExprKind::Unary { op: UnaryOp::Ref, operand } => {
                self.changed |= self.known.root(operand) == Some(self.var);
            }
            // The body may run at any time.
            ExprKind::FuncLit(_) | ExprKind::Parallel(_) => {
                let captures = self.known.info.captures.get(&expr.id);
                self.changed |= captures.is_some_and(|vars| vars.contains(&self.var));
            }
            ExprKind::Select { base, .. } => {
                // A method of an interface without a value, perhaps an embedded one.
                if let Some(Selection::InterfaceMethod { path, .. }) =
                    self.known.info.selections.get(&expr.id)
                    && let Some((mut place, element)) = self.place(base)
                {
                    place.fields.extend(path);
                    self.note(&place, element, true, expr.span);
                }
            }
            _ => {}
        }
        if let ExprKind::Select { .. } | ExprKind::Index { .. } = &expr.kind
            && let Some((place, element)) = self.place(expr)
        {
            self.note(&place, element, false, expr.span);
        }
        visit::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn a_part_must_be_given_before_it_is_used() {
        check(
            r#"type Shape interface { Area() int }
type Op struct { name string; f func(int) int; s Shape }
func f(b bool) {
	var o Op
	o.f(1)
	p := Op{name: "x"}
	_ = p.s
	_ = p.s.Area()
	q := Op{name: "x"}
	q.f = func(n int) int { return n }
	q.f(1)
	var r Op
	if b { r.f = q.f }
	r.f(1)
	var list [3]chan int
	list[0] <- 1
	some := make([]func(), 2)
	for i := range some { some[i] = func() {} }
	some[0]()
	var embeds struct { Shape }
	embeds.Area()
	s := Op{}
	set := func() { s.f = q.f }
	set()
	s.f(1)
}
"#,
            expect![[r#"
                5: [unassigned] `o.f` is used before it has a value
                8: [unassigned] `p.s` is used before it has a value
                16: [unassigned] no element of `list` has a value yet
                21: [unassigned] `embeds.Shape` is used before it has a value
            "#]],
        );
    }
}
