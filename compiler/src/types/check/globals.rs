//! May another task touch a package variable that is assigned?
//!
//! A package variable that code assigns after its initialisation belongs to the main task. From every place that starts a
//! task we follow what the code there may call; the first use of such a variable on the way is an error that shows the
//! way. A call through an interface may lead to any method of that name.
//!
//! Assignments in an `init` function are part of the initialisation, as no other task runs yet.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::analyses::{self, Unit};
use super::closures::{self, Reaching, Root, Trace};
use super::places::Known;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{NodeId, Span};
use crate::types::{Entity, FuncId, Program, Selection, VarId, VarKind};

/// Marks the package variables that are assigned after their initialisation.
pub fn mark_assigned(program: &mut Program, units: &[Unit]) {
    let mut assigned = FxHashSet::default();
    let known = Known { info: &program.info, funcs: &program.funcs };
    for unit in units {
        let init = unit.func.is_some_and(|func| {
            let func = &program.funcs[func.0 as usize];
            func.receiver.is_none() && func.name.as_str() == "init"
        });
        let mut walk = Assignments { known, found: &mut assigned, init, literals: 0 };
        match unit.code {
            analyses::Code::Body(body) => walk.block(body),
            analyses::Code::Value(value) => walk.expr(value),
        }
    }
    for var in assigned {
        if let VarKind::Global { assigned, .. } = &mut program.vars[var.0 as usize].kind {
            *assigned = true;
        }
    }
}

struct Assignments<'p, 'f> {
    known: Known<'p>,
    found: &'f mut FxHashSet<VarId>,
    /// In an `init` function, outside of its literals, nothing counts.
    init: bool,
    literals: u32,
}

impl Assignments<'_, '_> {
    fn place(&mut self, place: &Expr) {
        if self.init && self.literals == 0 {
            return;
        }
        self.found.extend(self.known.root(place));
    }
}

impl<'a> Visitor<'a> for Assignments<'_, '_> {
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

/// A piece of code with its own way to be reached.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Node {
    Func(FuncId),
    Literal(NodeId),
}

/// What code mentions.
#[derive(Default)]
struct Mentions {
    calls: Vec<(Root, Span)>,
    globals: Vec<(VarId, Span)>,
}

/// Reports uses of main-task variables by code that another task may run.
pub fn check(
    program: &Program,
    units: &[Unit],
    traces: &[Trace],
    reaching: &Reaching,
    diags: &mut Diagnostics,
) {
    if !program.vars.iter().any(|var| belongs_to_main(program, var.kind)) {
        return;
    }
    let mut graph = Graph { program, mentions: FxHashMap::default() };
    for unit in units {
        let node = unit.func.map(Node::Func);
        let mut walk = Walk { program, graph: &mut graph.mentions, node };
        match unit.code {
            analyses::Code::Body(body) => walk.block(body),
            analyses::Code::Value(value) => walk.expr(value),
        }
    }
    let mut reported = FxHashSet::default();
    for trace in traces {
        for (root, span) in closures::task_roots(program, trace, reaching) {
            graph.follow(root, span, &mut reported, diags);
        }
    }
}

/// A variable of the program's own packages that is assigned. The library's are its own care.
fn belongs_to_main(program: &Program, kind: VarKind) -> bool {
    match kind {
        VarKind::Global { package, assigned } => assigned && !program.packages[package.0 as usize].std,
        _ => false,
    }
}

struct Walk<'p, 'g> {
    program: &'p Program,
    graph: &'g mut FxHashMap<Node, Mentions>,
    node: Option<Node>,
}

impl Walk<'_, '_> {
    fn mentions(&mut self) -> Option<&mut Mentions> {
        Some(self.graph.entry(self.node?).or_default())
    }

    fn mention(&mut self, root: Root, span: Span) {
        if let Some(mentions) = self.mentions() {
            mentions.calls.push((root, span));
        }
    }

    fn entity(&mut self, entity: Entity, span: Span) {
        match entity {
            Entity::Func(func) => self.mention(Root::Func(func), span),
            Entity::Var(var) if belongs_to_main(self.program, self.program.vars[var.0 as usize].kind) => {
                if let Some(mentions) = self.mentions() {
                    mentions.globals.push((var, span));
                }
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_> {
    fn expr(&mut self, expr: &'a Expr) {
        if let Some(&entity) = self.program.info.uses.get(&expr.id) {
            self.entity(entity, expr.span);
        }
        match self.program.info.selections.get(&expr.id) {
            Some(Selection::Member(entity)) => self.entity(*entity, expr.span),
            Some(Selection::Method { func, .. }) => self.mention(Root::Func(*func), expr.span),
            Some(
                Selection::InterfaceMethod { name, .. }
                | Selection::ParamMethod { name, .. }
                | Selection::MethodExpr { name, .. },
            ) => self.mention(Root::Method(*name), expr.span),
            _ => {}
        }
        if matches!(expr.kind, ExprKind::FuncLit(_) | ExprKind::Parallel(_)) {
            self.mention(Root::Literal(expr.id), expr.span);
            let outer = self.node.replace(Node::Literal(expr.id));
            visit::walk_expr(self, expr);
            self.node = outer;
        } else {
            visit::walk_expr(self, expr);
        }
    }
}

struct Graph<'p> {
    program: &'p Program,
    mentions: FxHashMap<Node, Mentions>,
}

impl Graph<'_> {
    fn nodes(&self, root: Root) -> Vec<Node> {
        match root {
            Root::Func(func) => vec![Node::Func(func)],
            Root::Literal(id) => vec![Node::Literal(id)],
            Root::Method(name) => {
                let funcs = self.program.funcs.iter().enumerate();
                funcs
                    .filter(|(_, func)| func.receiver.is_some() && func.name == name)
                    .map(|(index, _)| Node::Func(FuncId(index as u32)))
                    .collect()
            }
        }
    }

    /// Follows calls from `root`, breadth first, so that the way shown is the shortest.
    fn follow(
        &self,
        root: Root,
        start: Span,
        reported: &mut FxHashSet<(VarId, Node)>,
        diags: &mut Diagnostics,
    ) {
        let mut came_from: FxHashMap<Node, Option<(Node, Span)>> = FxHashMap::default();
        let mut queue = VecDeque::new();
        for node in self.nodes(root) {
            came_from.insert(node, None);
            queue.push_back(node);
        }
        while let Some(node) = queue.pop_front() {
            let Some(mentions) = self.mentions.get(&node) else { continue };
            for &(var, span) in &mentions.globals {
                if reported.insert((var, node)) {
                    diags.push(self.error(var, span, start, node, &came_from));
                }
            }
            for &(call, span) in &mentions.calls {
                for next in self.nodes(call) {
                    came_from.entry(next).or_insert_with(|| {
                        queue.push_back(next);
                        Some((node, span))
                    });
                }
            }
        }
    }

    fn error(
        &self,
        var: VarId,
        span: Span,
        start: Span,
        node: Node,
        came_from: &FxHashMap<Node, Option<(Node, Span)>>,
    ) -> Diagnostic {
        let var = &self.program.vars[var.0 as usize];
        let name = var.name;
        let message = format!("`{name}` belongs to the main task, and another task may run this");
        let mut way = Vec::new();
        let mut at = node;
        while let Some(Some((before, call))) = came_from.get(&at) {
            way.push(*call);
            at = *before;
        }
        let mut diagnostic = Diagnostic::error(Code::MainTaskGlobal, span, message)
            .label(format!("`{name}` is assigned after its initialisation"))
            .also(var.span, "declared here")
            .also(start, "a task is started here");
        for call in way.into_iter().rev().take(6) {
            diagnostic = diagnostic.also(call, "which leads here");
        }
        diagnostic.help(format!(
            "pass the value of `{name}` along, or keep it in a task of its own and ask it over a channel; \
             `sync.NewMutex` and `sync.NewCounter` hold what tasks share"
        ))
    }
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
