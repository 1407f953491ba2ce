//! May the section of a `sync.Mutex` block?
//!
//! No: every task that wants the section would wait, too. Calls of declared functions, of methods of known types, and of
//! closures that a variable holds from its declaration on are followed, and the error shows the way to the operation that waits.
//! What a function value or an interface leads to is not known here, and may well not wait: the runtime sees to that.

use std::collections::VecDeque;

use goo_runtime::abi::table::{self, Kind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::analyses::Unit;
use super::places::Known;
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{NodeId, Span};
use crate::types::{BuiltinMethod, FuncId, Program, Selection, TyKind, VarId};

/// Checks all sections of the program's own code.
pub fn check(program: &Program, units: &[Unit], diags: &mut Diagnostics) {
    if !uses_mutexes(program) {
        return;
    }
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk = Walk {
        program,
        known,
        graph: FxHashMap::default(),
        closures: FxHashMap::default(),
        sections: Vec::new(),
        node: None,
        std: false,
    };
    for unit in units {
        walk.node = unit.func.map(Node::Func);
        walk.std = unit.std;
        unit.code.walk(&mut walk);
    }
    let graph = Graph { program, code: walk.graph, closures: walk.closures };
    let mut reported = FxHashSet::default();
    for section in &walk.sections {
        graph.check(section, &mut reported, diags);
    }
}

/// Most programs have no section to check.
fn uses_mutexes(program: &Program) -> bool {
    program.info.selections.values().any(|found| *found == Selection::Builtin(BuiltinMethod::With))
}

/// A piece of code that is called as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Node {
    Func(FuncId),
    Literal(NodeId),
    /// The closure that a variable was declared with.
    Variable(VarId),
}

/// What a piece of code does that matters here.
#[derive(Default)]
struct Doings {
    /// What may wait, and where.
    waits: Vec<(String, Span)>,
    calls: Vec<(Node, Span)>,
}

/// `m.With(f)`.
struct Section {
    /// The code of `f`, and where it was written.
    code: Node,
    argument: Span,
    with: Span,
}

struct Graph<'p> {
    program: &'p Program,
    code: FxHashMap<Node, Doings>,
    closures: FxHashMap<VarId, Option<NodeId>>,
}

impl Graph<'_> {
    fn doings(&self, node: Node) -> Option<&Doings> {
        match node {
            Node::Variable(var) => {
                let literal = (*self.closures.get(&var)?)?;
                self.code.get(&Node::Literal(literal))
            }
            _ => self.code.get(&node),
        }
    }

    fn check(&self, section: &Section, reported: &mut FxHashSet<Span>, diags: &mut Diagnostics) {
        if !matches!(section.code, Node::Literal(_)) {
            if let Some(way) = self.way(section.code, section.argument) {
                self.report(section, &way, reported, diags);
            }
            return;
        }
        let Some(doings) = self.doings(section.code) else { return };
        for (what, span) in &doings.waits {
            self.report(section, &Way { calls: Vec::new(), what, at: *span }, reported, diags);
        }
        for &(callee, span) in &doings.calls {
            if let Some(way) = self.way(callee, span) {
                self.report(section, &way, reported, diags);
            }
        }
    }

    /// The shortest way from a call to something that waits.
    fn way(&self, callee: Node, call: Span) -> Option<Way<'_>> {
        let mut came_from: FxHashMap<Node, (Option<Node>, Span)> = FxHashMap::default();
        came_from.insert(callee, (None, call));
        let mut queue = VecDeque::from([callee]);
        while let Some(node) = queue.pop_front() {
            let Some(doings) = self.doings(node) else { continue };
            if let Some((what, at)) = doings.waits.first() {
                let mut calls = Vec::new();
                let mut at_node = Some(node);
                while let Some(node) = at_node {
                    let (before, span) = came_from[&node];
                    calls.push((node, span));
                    at_node = before;
                }
                calls.reverse();
                return Some(Way { calls, what, at: *at });
            }
            for &(next, span) in &doings.calls {
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    (Some(node), span)
                });
            }
        }
        None
    }

    fn report(&self, section: &Section, way: &Way, reported: &mut FxHashSet<Span>, diags: &mut Diagnostics) {
        let start = way.calls.first().map_or(way.at, |&(_, span)| span);
        if !reported.insert(start) {
            return;
        }
        let subject = match way.calls.iter().position(|&(node, _)| self.is_std(node)) {
            // How the library does it is its own business.
            Some(0) => self.name(way.calls[0].0),
            _ => way.calls.first().map_or(way.what.to_owned(), |&(node, _)| self.name(node)),
        };
        let message = format!("{subject} may block, inside the section of a mutex");
        let mut diagnostic = Diagnostic::error(diagnostics::Code::BlockingSection, start, message);
        if way.calls.len() > 1 || way.calls.first().is_some_and(|&(node, _)| !self.is_std(node)) {
            diagnostic = diagnostic.label("this leads to an operation that waits");
        }
        let mut whole = true;
        for pair in way.calls.windows(2) {
            if self.is_std(pair[0].0) {
                whole = false;
                break;
            }
            let (caller, callee) = (self.name(pair[0].0), self.name(pair[1].0));
            diagnostic = diagnostic.also(pair[1].1, format!("{caller} calls {callee} here"));
        }
        if whole
            && let Some(&(last, _)) = way.calls.last()
            && !self.is_std(last)
        {
            diagnostic = diagnostic.also(way.at, format!("{} may block", way.what));
        }
        let why = "every task that wants this section would wait with it";
        diags.push(diagnostic.also(section.with, why).help("do it before or after the section"));
    }

    fn is_std(&self, node: Node) -> bool {
        match node {
            Node::Func(func) => {
                let package = self.program.funcs[func.0 as usize].package;
                self.program.packages[package.0 as usize].std
            }
            _ => false,
        }
    }

    fn name(&self, node: Node) -> String {
        match node {
            Node::Func(func) => {
                let def = &self.program.funcs[func.0 as usize];
                let package = &self.program.packages[def.package.0 as usize];
                let owner = def.receiver.and_then(|receiver| receiver.type_def);
                match owner.map(|owner| self.program.types[owner.0 as usize].name) {
                    Some(owner) => format!("`{owner}.{}`", def.name),
                    None if package.std => format!("`{}.{}`", package.name, def.name),
                    None => format!("`{}`", def.name),
                }
            }
            Node::Variable(var) => format!("`{}`", self.program.vars[var.0 as usize].name),
            Node::Literal(_) => "this closure".to_owned(),
        }
    }
}

/// How a section gets to something that waits.
struct Way<'g> {
    /// Whom each calls, and where.
    calls: Vec<(Node, Span)>,
    what: &'g str,
    at: Span,
}

struct Walk<'p> {
    program: &'p Program,
    known: Known<'p>,
    graph: FxHashMap<Node, Doings>,
    /// Variables declared with a closure; `None` once another value may be in it.
    closures: FxHashMap<VarId, Option<NodeId>>,
    sections: Vec<Section>,
    /// What is walked through; absent in initial values and tests, which nobody calls.
    node: Option<Node>,
    std: bool,
}

impl<'a> Walk<'_> {
    fn waits(&mut self, span: Span, what: &str) {
        if let Some(node) = self.node {
            self.graph.entry(node).or_default().waits.push((what.to_owned(), span));
        }
    }

    fn calls(&mut self, callee: Node, span: Span) {
        if let Some(node) = self.node {
            self.graph.entry(node).or_default().calls.push((callee, span));
        }
    }

    /// The body of a closure is code of its own.
    fn literal(&mut self, id: NodeId, body: &'a Block) {
        let outer = self.node.replace(Node::Literal(id));
        self.block(body);
        self.node = outer;
    }

    /// The code that a function value is, if that is known.
    fn code(&self, value: &Expr) -> Option<Node> {
        let value = strip(value);
        if let ExprKind::FuncLit(_) = value.kind {
            return Some(Node::Literal(value.id));
        }
        if let Some(func) = self.known.callee(value) {
            return Some(Node::Func(func));
        }
        match value.kind {
            ExprKind::Name(_) => self.known.var(value).map(Node::Variable),
            _ => None,
        }
    }

    fn call(&mut self, expr: &'a Expr, call: &'a Call) {
        visit::walk_expr(self, expr);
        if let Some(Selection::Builtin(method)) = self.program.info.selections.get(&strip(&call.callee).id) {
            match method {
                BuiltinMethod::With => self.section(call),
                BuiltinMethod::SendWithin | BuiltinMethod::RecvWithin => {
                    self.waits(expr.span, &format!("`{}`", method.name()));
                }
                _ => {}
            }
            return;
        }
        let Some(callee) = self.code(&call.callee) else { return };
        if let Node::Func(func) = callee
            && self.program.funcs[func.0 as usize].native
        {
            let name = self.program.native_name(func);
            if table::find(name).is_some_and(|entry| entry.kind == Kind::Suspends) {
                // For a call out of the program's own code, the function itself is what waits.
                self.graph.entry(callee).or_default().waits = vec![("this".to_owned(), expr.span)];
            }
        }
        self.calls(callee, expr.span);
    }

    fn section(&mut self, call: &'a Call) {
        let Some(argument) = call.args.first() else { return };
        let Some(code) = self.code(&argument.value) else { return };
        if self.std {
            self.calls(code, call.callee.span);
            return;
        }
        // A section in a section is looked at by itself.
        let (argument, with) = (argument.value.span, call.callee.span);
        self.sections.push(Section { code, argument, with });
    }

    /// A started task waits by itself: only what is evaluated for it counts.
    fn started(&mut self, started: &'a Expr) {
        match &strip(started).kind {
            ExprKind::Call(call) => {
                self.expr(&call.callee);
                call.args.iter().for_each(|arg| self.expr(&arg.value));
            }
            _ => self.expr(started),
        }
    }

    fn supervised(&mut self, supervise: &'a Supervise) {
        for child in &supervise.children {
            match &child.kind {
                ChildKind::Go(call) => self.started(call),
                ChildKind::Supervise(inner) => self.supervised(inner),
            }
        }
    }

    fn define(&mut self, names: &'a [Ident], values: &'a [Expr]) {
        for (i, name) in names.iter().enumerate() {
            let Some(&var) = self.known.info.defs.get(&name.id) else { continue };
            if let Some(value) = values.get(i).map(strip)
                && let ExprKind::FuncLit(_) = value.kind
            {
                self.closures.entry(var).or_insert(Some(value.id));
            }
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Send { .. } => self.waits(stmt.span, "this send"),
            StmtKind::Select(s) => {
                if !s.cases.iter().any(|case| matches!(case.kind, SelectKind::Default)) {
                    self.waits(stmt.span, "this `select`");
                }
                // Its sends and receives are the `select` itself.
                for case in &s.cases {
                    case.body.iter().for_each(|stmt| self.stmt(stmt));
                }
                return;
            }
            StmtKind::Range(s)
                if matches!(self.known.ty(&s.subject).map(|ty| ty.kind()), Some(TyKind::Chan { .. })) =>
            {
                self.waits(s.subject.span, "a range over a channel");
            }
            StmtKind::Supervise(s) => {
                self.waits(s.span, "`supervise`");
                self.supervised(s);
                return;
            }
            StmtKind::Go(started) => {
                self.started(started);
                return;
            }
            StmtKind::Define { names, values } => self.define(names, values),
            StmtKind::Decl(decl) => {
                if let Decl::Var(specs) = &**decl {
                    specs.iter().for_each(|spec| self.define(&spec.names, &spec.values));
                }
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn target(&mut self, expr: &'a Expr) {
        if let Some(var) = self.known.var(expr) {
            self.closures.insert(var, None);
        }
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Recv, .. } => {
                self.waits(expr.span, "this receive");
                visit::walk_expr(self, expr);
            }
            ExprKind::Unary { op: UnaryOp::Ref, operand } => self.target(operand),
            ExprKind::Send { .. } => {
                self.waits(expr.span, "this send");
                visit::walk_expr(self, expr);
            }
            ExprKind::Parallel(p) => {
                self.waits(expr.span, "`go parallel for`");
                self.expr(&p.subject);
                p.options.iter().for_each(|option| self.expr(&option.value));
                self.literal(expr.id, &p.body);
            }
            ExprKind::Go(started) => self.started(started),
            ExprKind::GoSupervise(s) => self.supervised(s),
            ExprKind::Call(call) => self.call(expr, call),
            ExprKind::FuncLit(lit) => self.literal(expr.id, &lit.body),
            _ => visit::walk_expr(self, expr),
        }
    }
}
