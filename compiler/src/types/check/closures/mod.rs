//! What do closures capture, which variables need a cell, and which closures are bound to their task?
//!
//! Runs over one declared function at a time, when the types in it are known. One walk ([`trace`]) notes, in the order of
//! evaluation, where variables are declared, assigned and captured; then:
//!
//! - a captured variable that can be assigned after the capture *shares*: it is a [`cell`](crate::types::Var::cell)
//!   ([`record`]). "After" means later in the order of evaluation, or inside a closure (which may run at any time), or in a
//!   loop that goes round between the two and does not make the variable anew;
//! - a closure over a cell, or over a variable that may hold such a closure, is *bound* to its task ([`bound`]). It must
//!   not get to another one: by `go`, by a send, by a package variable, or by a parameter that one of these takes on;
//! - a closure that shares an in-out parameter must not outlive the function whose parameter it is ([`confined`]).
//!
//! ```text
//! n := 0
//! go func() { n++ }()     n: captured, then assigned inside a closure -> cell; the closure is bound -> error at `go`
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::ast::{Call, Expr};
use crate::syntax::{NodeId, Span};
use crate::types::{Program, VarId};

mod bound;
mod confined;
mod trace;

pub use bound::{Held, Reaching, Root, Why, check_bound, find_reaching, in_results, in_value, task_roots};
pub use confined::check_lent;
pub use trace::trace;

/// What the walk over one declared function noted.
#[derive(Default)]
pub struct Trace<'a> {
    pub(super) declared: FxHashMap<VarId, Declared>,
    pub(super) assigned: Vec<Assigned>,
    pub(super) captures: Vec<Capture>,
    /// `x = value`, for what may be in `x`.
    pub(super) values: Vec<(VarId, &'a Expr)>,
    /// What the function itself returns.
    pub(super) returned: Vec<&'a Expr>,
    /// Its named results, which it returns as well.
    pub(super) results: Vec<VarId>,
    /// Where a value may get to another task.
    pub(super) sinks: Vec<Sink<'a>>,
    /// The function literals and `go parallel for`s, by expression.
    pub(super) literals: FxHashMap<NodeId, Literal>,
    /// In source order.
    pub(super) literal_order: Vec<NodeId>,
    pub(super) lent: Vec<Lent>,
}

pub(super) struct Declared {
    /// Index of the function around it: 0 for the declared function itself, else of a literal.
    pub depth: usize,
    pub loops: Vec<usize>,
    /// The loop whose `init` declares it, and that makes it anew each turn.
    pub each_turn_of: Option<usize>,
}

#[derive(Clone)]
pub(super) struct Moment {
    pub order: u32,
    pub loops: Vec<usize>,
    /// The loop in whose `post` statement this is.
    pub post_of: Option<usize>,
    pub depth: usize,
}

pub(super) struct Assigned {
    pub var: VarId,
    pub span: Span,
    pub at: Moment,
    /// The literal that is the whole value, for closures that call themselves.
    pub literal: Option<NodeId>,
}

pub(super) struct Capture {
    pub var: VarId,
    /// The outermost literal that does not declare the variable: its creation is the capture.
    pub literal: NodeId,
    /// All literals between the variable and the use.
    pub through: Vec<NodeId>,
    pub span: Span,
    /// When the outermost literal was made.
    pub at: Moment,
}

pub(super) struct Literal {
    pub span: Span,
    /// Of the function that it stands in.
    pub depth: usize,
}

/// A method as a value, which changes an in-out parameter or a part of it.
pub(super) struct Lent {
    pub var: VarId,
    /// `x.method`.
    pub value: NodeId,
    pub span: Span,
    /// What is changed is not just a field of the parameter, but something that may be gone when the method is called.
    pub loose: bool,
}

pub(super) enum Sink<'a> {
    /// `go`: the span of the statement or expression, and what the task gets.
    Go(Span, &'a Expr),
    Send(Span, &'a Expr),
    Global(Span, &'a Expr),
    Argument(&'a Call),
    Parallel(NodeId),
}

impl Trace<'_> {
    /// Whether the function gives back anything.
    pub fn returns_something(&self) -> bool {
        !self.returned.is_empty() || !self.results.is_empty()
    }

    pub fn starts_tasks(&self) -> bool {
        self.sinks.iter().any(|sink| matches!(sink, Sink::Go(..) | Sink::Parallel(_)))
    }
}

/// Writes down what `trace` says about variables and literals: captures, cells, closures that call themselves.
pub fn record(program: &mut Program, trace: &Trace) {
    for id in &trace.literal_order {
        program.info.captures.entry(*id).or_default();
    }
    for capture in &trace.captures {
        let var = &mut program.vars[capture.var.0 as usize];
        var.captured = true;
        for literal in &capture.through {
            let list = program.info.captures.entry(*literal).or_default();
            if !list.contains(&capture.var) {
                list.push(capture.var);
            }
        }
    }
    let captured: FxHashSet<VarId> = trace.captures.iter().map(|capture| capture.var).collect();
    for assigned in trace.assigned.iter().filter(|assigned| captured.contains(&assigned.var)) {
        let var = &mut program.vars[assigned.var.0 as usize];
        if calls_itself(trace, assigned) {
            var.self_closure = true;
        } else if !var.cell && !var.inout {
            var.cell = trace
                .captures
                .iter()
                .any(|capture| capture.var == assigned.var && shares(trace, capture, assigned));
        }
    }
}

/// `f = func… { … f() … }`, and nothing else assigns `f` or captured it before.
fn calls_itself(trace: &Trace, assigned: &Assigned) -> bool {
    let Some(literal) = assigned.literal else { return false };
    let Some(declared) = trace.declared.get(&assigned.var) else { return false };
    let only = trace.assigned.iter().filter(|other| other.var == assigned.var).count() == 1;
    let captures = || trace.captures.iter().filter(|capture| capture.var == assigned.var);
    only && declared.depth == assigned.at.depth
        && declared.loops == assigned.at.loops
        && captures().any(|capture| capture.literal == literal)
        && captures().all(|capture| capture.literal == literal || capture.at.order > assigned.at.order)
}

/// Whether the assignment can come after the capture.
fn shares(trace: &Trace, capture: &Capture, assigned: &Assigned) -> bool {
    let Some(declared) = trace.declared.get(&capture.var) else { return false };
    if assigned.at.depth > declared.depth {
        return true;
    }
    let anew = |id: &usize| declared.each_turn_of == Some(*id);
    // A loop around both goes round between them, unless each of its turns has its own variable.
    let around = |id: &&usize| assigned.at.loops.contains(id) && !declared.loops.contains(id) && !anew(id);
    if capture.at.loops.iter().any(|id| around(&id)) {
        return true;
    }
    // The `post` statement of a loop works on the next turn's variable.
    let in_post = |at: &Moment| at.post_of.filter(|id| anew(id)).is_some();
    match (in_post(&capture.at), in_post(&assigned.at)) {
        (true, false) => declared.each_turn_of.is_some_and(|id| assigned.at.loops.contains(&id)),
        (false, true) => false,
        _ => assigned.at.order > capture.at.order,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn a_variable_assigned_after_the_capture_binds() {
        check(
            r#"func use(n int) {}
func f(ch chan func()) {
	n := 0
	go func() { use(n) }()
	m := 0
	go func() { use(m) }()
	m = 1
	k := 0
	go func() { k++ }()
	for i := 0; i < 3; i++ { go func() { use(i) }() }
	j := 0
	for range 3 {
		j = 1
		g := func() { use(j) }
		ch <- g
	}
	before := 0
	before = 2
	go func() { use(before) }()
	local := 0
	l := func() { local++ }
	l()
}
"#,
            expect![[r#"
                6: [task-bound] this closure shares `m` with the function around it, and a task is started with it
                9: [task-bound] this closure shares `k` with the function around it, and a task is started with it
                15: [task-bound] this closure shares `j` with the function around it, and it is sent
            "#]],
        );
    }

    #[test]
    fn a_closure_that_calls_itself_is_free() {
        check(
            r#"func f() {
	var fib func(int) int
	fib = func(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
	go func() { _ = fib(3) }()
}
"#,
            expect![[""]],
        );
    }

    #[test]
    fn what_a_function_hands_on() {
        check(
            r#"func start(f func()) { go f() }
func through(f func()) { start(f) }
func run(f func()) { f() }
func f() {
	n := 0
	run(func() { n++ })
	through(func() { n++ })
}
"#,
            expect![[r#"
                7: [task-bound] this closure shares `n` with the function around it, and this function hands it to another task
            "#]],
        );
    }

    #[test]
    fn closures_over_in_out_parameters_stay() {
        check(
            r#"func f(n *int) func() { return func() { *n = 1 } }
"#,
            expect![[r#"
                1: [inout] this closure may outlive the call that the in-out parameter `n` belongs to
            "#]],
        );
    }

    #[test]
    fn parallel_turns_share_nothing() {
        check(
            r#"func f() {
	sum := 0
	go parallel for i := range 3 { sum += i }
	_ = sum
}
"#,
            expect![[r#"
                3: [task-bound] this closure shares `sum` with the function around it, and its turns run at the same time
            "#]],
        );
    }
}
