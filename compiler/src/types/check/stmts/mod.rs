//! Statements: the way in, and what each kind leads to.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::optionals::{ChangedNames, Read};
use super::{Checker, ScopeId};
use crate::syntax::ast::*;
use crate::syntax::{NodeId, Span, Symbol};
use crate::types::{FuncTy, Ty, VarId};

mod assign;
mod branching;
mod simple;

/// A function around the code being checked.
#[derive(Debug, Clone)]
pub(crate) struct FuncContext {
    /// The literal (or `go parallel for`), for its captures; absent for declared functions.
    pub literal: Option<NodeId>,
    /// What `return` must give: `Unit`, a type, or a `Tuple`.
    pub result: Ty,
    /// The named results, or none.
    pub results: Vec<VarId>,
    /// What kind of body this is: who may `return`, `fail` and `yield` in it.
    pub kind: FuncKind,
    /// Not all parameters could be read: a name that nothing declares may be one of them.
    pub damaged: bool,
    /// A `fail` or a number of results was refused in it, or the value of a `match` is lost: what it gives is not as it is
    /// meant.
    pub unsettled: bool,
}

impl FuncContext {
    /// A function or literal with parameters that are known.
    pub fn new(kind: FuncKind, literal: Option<NodeId>, result: Ty, results: Vec<VarId>) -> FuncContext {
        FuncContext { literal, result, results, kind, damaged: false, unsettled: false }
    }
}

/// What a body belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FuncKind {
    Function,
    /// The turns of a `go parallel for`.
    Parallel,
    /// A `test` block.
    Test,
}

/// A function body to check. The parameters and named results are declared in `scope`; the body's block is a
/// scope of its own only for what it declares (in Go, parameters and body share one block: redeclaring a
/// parameter in the body's outermost block is an error, so the body's statements are checked directly in `scope`).
pub(crate) struct FuncBody<'a> {
    pub literal: Option<NodeId>,
    pub sig: FuncTy,
    pub results: Vec<VarId>,
    pub scope: ScopeId,
    pub block: &'a Block,
    /// Not all parameters could be read.
    pub damaged: bool,
}

/// What the statements' half of the checker keeps between statements.
#[derive(Default)]
pub(crate) struct FlowState {
    /// The variable or field that is being assigned: not a reading of it.
    pub target: Option<NodeId>,
    /// The variable or field that is wanted as declared, not as flow has narrowed it.
    pub whole: Option<NodeId>,
    /// Names that the outermost function changes anywhere. Flow says nothing about what a closure in it changes.
    pub changed: ChangedNames,
    /// The methods of the program that change their receivers, by name; found when first asked for.
    pub changing_methods: Option<Rc<FxHashSet<Symbol>>>,
    /// What the statement being checked has read of optionals that flow has shown to hold a value.
    pub reads: Vec<Read>,
    /// The `try` blocks around the code being checked, innermost last.
    pub tries: Vec<TryBlock>,
    /// The `yield`s of the `go parallel for`s around, innermost last: the type, once known.
    pub yields: Vec<Option<Ty>>,
    /// The innermost one has a `yield`.
    pub yielded: bool,
    /// A pattern of the `match` being checked is wrong: what its arms leave out is not known.
    pub broken_match: bool,
    /// The names that the `:=` being checked declares behind its values.
    pub defining: Vec<Symbol>,
    /// The variables of type switches: each list is one variable to the user.
    pub switch_vars: Vec<SwitchVars>,
}

/// A `try { … }` block being checked.
#[derive(Debug)]
pub(crate) struct TryBlock {
    /// How many functions are around it: a `try` in a literal inside does not lead here.
    pub depth: usize,
    /// The types of the errors that can come to its handler.
    pub errors: Vec<Ty>,
}

/// The variables that the clauses of one type switch have under one name.
#[derive(Debug)]
pub(crate) struct SwitchVars {
    pub name: Symbol,
    pub span: Span,
    pub vars: Vec<VarId>,
}

impl<'a> Checker<'a> {
    /// Checks statements one after another in the current scope.
    pub fn stmts(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    /// A block, in a scope of its own.
    pub fn block(&mut self, block: &'a Block) {
        self.in_scope(|this| this.stmts(&block.stmts));
    }

    pub fn stmt(&mut self, stmt: &'a Stmt) {
        let reads = std::mem::take(&mut self.flow.reads);
        self.stmt_kind(stmt);
        self.flow.reads = reads;
    }

    fn stmt_kind(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            // Labels and branches are looked at for the whole function: see `labels`.
            StmtKind::Empty
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Fallthrough
            | StmtKind::Goto(_) => {}
            StmtKind::Error(lost) => self.lost_stmt(lost),
            StmtKind::Expr(expr) => self.expr_stmt(expr),
            StmtKind::Send { chan, value } => self.send_stmt(stmt.span, chan, value),
            StmtKind::IncDec { target, increment } => self.inc_dec(target, *increment),
            StmtKind::Assign { targets, values } => self.assign_stmt(targets, values),
            StmtKind::OpAssign { op, target, value, .. } => self.op_assign(stmt, *op, target, value),
            StmtKind::Define { names, values } => self.define(stmt.span, names, values),
            StmtKind::Decl(decl) => self.local_decl(decl),
            StmtKind::Go(expr) => self.go_stmt(expr),
            StmtKind::Defer(expr) => self.defer_stmt(expr),
            StmtKind::Return(values) => self.return_stmt(stmt.span, values),
            StmtKind::Fail(error) => self.fail_stmt(stmt.span, error),
            StmtKind::Yield(value) => self.yield_stmt(stmt.span, value),
            StmtKind::Assert { cond, message } => self.assert_stmt(cond, message.as_ref()),
            _ => self.compound_stmt(stmt),
        }
    }

    /// Statements with statements inside.
    fn compound_stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Block(block) => self.block(block),
            StmtKind::If(s) => self.if_stmt(s),
            StmtKind::Switch(s) => self.switch_stmt(s),
            StmtKind::TypeSwitch(s) => self.type_switch_stmt(s),
            StmtKind::Select(s) => self.select_stmt(s),
            StmtKind::For(s) => self.for_stmt(s),
            StmtKind::Range(s) => self.range_stmt(s),
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Supervise(s) => self.supervise(s),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn statements_that_do_nothing() {
        check(
            r#"func g() int { return 1 }
func f(x int, ch chan int) {
	x == 1
	x
	g()
	len("abc")
	int(x)
	<-ch
	g
	-x
}
"#,
            expect![[r#"
                3: [unused-result] `x == 1` is not used
                4: [unused-result] `x` is not used
                6: [unused-result] `len("abc")` is not used
                7: [unused-result] `int(x)` is not used
                9: [unused-result] `g` is not used
                10: [unused-result] `-x` is not used
            "#]],
        );
    }

    #[test]
    fn go_and_defer_take_calls() {
        check(
            r#"func g() int { return 1 }
func f(x int) {
	defer g
	go func() {}
	defer int(x)
	defer len("abc")
	go g()
	defer recover
}
"#,
            expect![[r#"
                3: [call-required] the expression in `defer` must be a function call
                4: [call-required] the expression in `go` must be a function call
                5: [call-required] `defer` requires a function call, not a conversion
                6: [call-required] `defer` discards the result of `len("abc")`
                8: [call-required] the expression in `defer` must be a function call
            "#]],
        );
    }

    #[test]
    fn assignments() {
        check(
            r#"func two() (int, int) { return 1, 2 }
func f() {
	a, b := two()
	a, b := two()
	a, c := 1
	a = two()
	a, b = 1, 2, 3
	a, a := 1, 2
	a += "x"
	1 = a
	two() = a
	_, _, _, _ = a, b, c, 1
}
"#,
            expect![[r#"
                4: [no-new-variable] no new variables on left side of `:=`
                5: [value-count] assignment mismatch: 2 variables but 1 value
                6: [value-count] assignment mismatch: 1 variable but `two` returns 2 values
                7: [value-count] assignment mismatch: 2 variables but 3 values
                8: [redeclared] `a` is repeated on the left side of `:=`
                9: [mismatch] `+` needs two operands of one type, not `int` and `untyped string`
                10: [not-assignable] cannot assign to `1`
                11: [value-count] `two()` gives 2 values where one is needed
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_assigned() {
        check(
            r#"type P struct { x int }
func f(m map[string]P, s string) {
	m["a"].x = 1
	s[0] = 'a'
	m["a"] = P{1}
	const c = 1
	c = 2
	s++
}
"#,
            expect![[r#"
                3: [not-assignable] cannot assign to `m["a"].x`
                4: [not-assignable] cannot assign to `s[0]`
                7: [not-assignable] cannot assign to `c`
                8: [invalid-operation] invalid operation: `s++` on a value of type `string`
            "#]],
        );
    }

    #[test]
    fn returns() {
        check(
            r#"func a() (int, string) { return 1 }
func b() (int, string) { return 1, "a", 2 }
func c() { return 1 }
func d() int { return "a" }
func e() (n int) { { n := 2; _ = n; return } }
func g() (n int, s string) { return a() }
"#,
            expect![[r#"
                1: [value-count] not enough values to return
                2: [value-count] too many values to return
                3: [value-count] too many values to return
                4: [wrong-type] cannot use the constant `"a"` as `int` as a result of this function
                5: [return] the result `n` is not in scope at this `return`
            "#]],
        );
    }

    #[test]
    fn conditions() {
        check(
            r#"func f(n int, o int?) {
	if n { }
	for n { }
	if v := o { _ = v }
	if v := n { _ = v }
}
"#,
            expect![[r#"
                2: [condition] non-boolean condition in `if`
                3: [condition] non-boolean condition in `for`
                5: [condition] `if v := x` unwraps an optional, and this value is not one
            "#]],
        );
    }
}
