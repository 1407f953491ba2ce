//! May another task touch a package variable?
//!
//! A package variable that code assigns after its initialisation belongs to the main task, and so does one that was given a closure with
//! variables of its own. From every place that starts a task we follow what the code there may call ([`super::reach`]); the first use of such a variable on
//! the way is an error that shows the way. What is not seen here, the runtime refuses (`mir/passes/owners.rs`).
//!
//! Assignments in an `init` function, and after those in `main`, are part of the initialisation as long as no other task runs: before the first
//! statement, there or in what ran earlier, that may start one. [`Info::publishes`](crate::types::Info::publishes) are these statements.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::analyses::{Code as UnitCode, Unit};
use super::closures::{self, Held, Reaching, Trace, Why};
use super::places::Known;
use super::reach::{Graph, Node};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{FuncId, Init, Program, VarId, VarKind};

/// Marks the package variables that are assigned after their initialisation.
pub fn mark_assigned(program: &mut Program, files: &[File], units: &[Unit], graph: &Graph) {
    let mut walk = Assignments {
        known: Known { info: &program.info, funcs: &program.funcs },
        found: FxHashSet::default(),
        exempt: false,
        literals: 0,
    };
    // A `main` that is called again runs beside tasks.
    let main = program.main.filter(|&main| !graph.leads_to(main));
    let first: FxHashSet<FuncId> = program.inits.iter().filter_map(init_function).chain(main).collect();
    for unit in units.iter().filter(|unit| !unit.func.is_some_and(|func| first.contains(&func))) {
        unit.code.walk(&mut walk);
    }
    let starting = graph.starting();
    let mut started = false;
    let mut publishes = Vec::new();
    for init in program.inits.iter().cloned().chain(main.map(Init::Func)) {
        let unit = init_function(&init).and_then(|func| units.iter().find(|unit| unit.func == Some(func)));
        let Some(Unit { code: UnitCode::Body(body), .. }) = unit else {
            started |= value_of(files, &init).is_some_and(|value| graph.may_start(program, &starting, value));
            continue;
        };
        for stmt in &body.stmts {
            if graph.may_start(program, &starting, stmt) {
                started = true;
                publishes.push(stmt.span);
            }
            walk.exempt = !started;
            walk.stmt(stmt);
        }
        walk.exempt = false;
    }
    let assigned = walk.found;
    program.info.publishes.extend(publishes);
    for var in assigned {
        if let VarKind::Global { assigned, .. } = &mut program.vars[var.0 as usize].kind {
            *assigned = true;
        }
    }
}

fn init_function(init: &Init) -> Option<FuncId> {
    match init {
        Init::Func(func) => Some(*func),
        Init::Vars { .. } => None,
    }
}

/// The initial value of package variables.
fn value_of<'f>(files: &'f [File], init: &Init) -> Option<&'f Expr> {
    let Init::Vars { file, decl, spec, value, .. } = init else { return None };
    match files.get(*file)?.decls.get(*decl)? {
        Decl::Var(specs) => specs.get(*spec)?.values.get(*value),
        _ => None,
    }
}

struct Assignments<'p> {
    known: Known<'p>,
    found: FxHashSet<VarId>,
    /// Nothing counts outside of literals: initialisation is under way.
    exempt: bool,
    literals: u32,
}

impl Assignments<'_> {
    fn place(&mut self, place: &Expr) {
        if self.exempt && self.literals == 0 {
            return;
        }
        self.found.extend(self.known.root(place));
    }
}

impl<'a> Visitor<'a> for Assignments<'_> {
    fn target(&mut self, expr: &'a Expr) {
        self.place(expr);
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::Call(call) = &expr.kind {
            self.known.changed_places(call).into_iter().for_each(|place| self.place(place));
        }
        let literal = matches!(expr.kind, ExprKind::FuncLit(_) | ExprKind::Parallel(_));
        self.literals += u32::from(literal);
        visit::walk_expr(self, expr);
        self.literals -= u32::from(literal);
    }
}

/// Why only the main task may use a variable.
#[derive(Clone, Copy)]
enum Owned {
    Assigned,
    Closure(Why),
}

/// Reports uses of main-task variables by code that another task may run.
pub fn check(
    program: &Program,
    files: &[File],
    units: &[Unit],
    traces: &[Trace],
    reaching: &Reaching,
    graph: &mut Graph,
    diags: &mut Diagnostics,
) {
    let results = results(program, units, traces);
    let owned = owned(program, files, units, traces, &results);
    if owned.is_empty() {
        return;
    }
    for (func, held) in results {
        graph.set_results(func, held.roots);
    }
    let mut reported = FxHashSet::default();
    for trace in traces {
        for (root, span) in closures::task_roots(program, trace, reaching) {
            let from = graph.nodes(root);
            follow(program, graph, &owned, from, span, &mut reported, diags);
        }
    }
}

/// What functions return, of those whose result may hold a function.
fn results(program: &Program, units: &[Unit], traces: &[Trace]) -> FxHashMap<FuncId, Held> {
    let mut found = FxHashMap::default();
    for (unit, trace) in units.iter().zip(traces) {
        if let Some(func) = unit.func.filter(|_| trace.returns_something()) {
            let held = closures::in_results(program, trace);
            if !held.roots.is_empty() || held.bound.is_some() {
                found.insert(func, held);
            }
        }
    }
    found
}

/// The variables of the program's own packages that belong to the main task. The library's are its own care.
fn owned(
    program: &Program,
    files: &[File],
    units: &[Unit],
    traces: &[Trace],
    results: &FxHashMap<FuncId, Held>,
) -> FxHashMap<VarId, Owned> {
    let own = |package: crate::types::PackageId| !program.packages[package.0 as usize].std;
    let mut owned = FxHashMap::default();
    for (index, var) in program.vars.iter().enumerate() {
        if let VarKind::Global { package, assigned: true } = var.kind
            && own(package)
        {
            owned.insert(VarId(index as u32), Owned::Assigned);
        }
    }
    for init in &program.inits {
        let (Init::Vars { targets, .. }, Some(value)) = (init, value_of(files, init)) else { continue };
        let is_it = |unit: &Unit| matches!(unit.code, UnitCode::Value(code) if code.id == value.id);
        let Some(index) = units.iter().position(is_it) else { continue };
        let Some(why) = bound_in(closures::in_value(program, &traces[index], value), results) else {
            continue;
        };
        for target in targets.iter().flatten() {
            if let VarKind::Global { package, assigned: false } = program.vars[target.0 as usize].kind
                && own(package)
            {
                owned.insert(*target, Owned::Closure(why));
            }
        }
    }
    owned
}

/// A closure with variables of its own in a value, or in what the calls in it return.
fn bound_in(value: Held, results: &FxHashMap<FuncId, Held>) -> Option<Why> {
    if value.bound.is_some() {
        return value.bound;
    }
    let mut seen = FxHashSet::default();
    let mut todo = value.roots;
    while let Some(root) = todo.pop() {
        if let closures::Root::Result(func) = root
            && let Some(held) = results.get(&func)
            && seen.insert(func)
        {
            if held.bound.is_some() {
                return held.bound;
            }
            todo.extend(&held.roots);
        }
    }
    None
}

/// Follows calls, breadth first, so that the way shown is the shortest.
fn follow(
    program: &Program,
    graph: &Graph,
    owned: &FxHashMap<VarId, Owned>,
    from: Vec<Node>,
    start: Span,
    reported: &mut FxHashSet<(VarId, Node)>,
    diags: &mut Diagnostics,
) {
    let mut came_from: FxHashMap<Node, Option<(Node, Span)>> = FxHashMap::default();
    let mut queue = VecDeque::new();
    for node in from {
        came_from.insert(node, None);
        queue.push_back(node);
    }
    while let Some(node) = queue.pop_front() {
        let Some(mentions) = graph.mentions(node) else { continue };
        for &(var, span) in &mentions.globals {
            if let Some(&owner) = owned.get(&var)
                && reported.insert((var, node))
            {
                diags.push(error(program, (var, owner), span, start, &way(node, &came_from)));
            }
        }
        for &(call, span) in &mentions.calls {
            for next in graph.nodes(call) {
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    Some((node, span))
                });
            }
        }
    }
}

/// The calls that lead to a node, from the start of the task.
fn way(node: Node, came_from: &FxHashMap<Node, Option<(Node, Span)>>) -> Vec<Span> {
    let mut way = Vec::new();
    let mut at = node;
    while let Some(Some((before, call))) = came_from.get(&at) {
        way.push(*call);
        at = *before;
    }
    way.reverse();
    way
}

fn error(
    program: &Program,
    (var, owner): (VarId, Owned),
    span: Span,
    start: Span,
    way: &[Span],
) -> Diagnostic {
    let var = &program.vars[var.0 as usize];
    let name = var.name;
    let message = format!("`{name}` belongs to the main task, and another task may run this");
    let mut diagnostic = Diagnostic::error(Code::MainTaskGlobal, span, message);
    let help = match owner {
        Owned::Assigned => {
            diagnostic = diagnostic
                .label(format!("`{name}` is assigned after its initialisation"))
                .also(var.span, "declared here");
            format!(
                "pass the value of `{name}` along, or keep it in a task of its own and ask it over a channel; \
                 `sync.NewMutex` and `sync.NewCounter` hold what tasks share"
            )
        }
        Owned::Closure(why) => {
            let inner = program.vars[why.var.0 as usize].name;
            diagnostic = diagnostic
                .label(format!("`{name}` holds a closure that changes `{inner}` from call to call"))
                .also(var.span, "declared here")
                .also(why.captured, format!("the closure uses `{inner}` here"));
            format!(
                "make a closure for each task where the task is started, or keep `{inner}` in a `sync.NewMutex` or \
                 `sync.NewCounter`"
            )
        }
    };
    diagnostic = diagnostic.also(start, "a task is started here");
    for call in way.iter().take(6) {
        diagnostic = diagnostic.also(*call, "which leads here");
    }
    diagnostic.help(help)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn an_assigned_global_belongs_to_the_main_task() {
        check(
            r#"var count int
var fixed = 3
var set int
func init() { set = 1 }
func show() { _ = count }
func step() { show() }
func main() {
	go step()
	go func() { _ = fixed + set }()
	count = 1
}
"#,
            expect![[r#"
                5: [main-task-global] `count` belongs to the main task, and another task may run this
            "#]],
        );
    }
}
