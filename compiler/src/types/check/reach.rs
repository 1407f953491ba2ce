//! Which code may lead to which, and where tasks are started: what the analyses of package variables follow.
//!
//! Code leads to whatever function it mentions, called or not: a function that is handed on may be called. A call through an interface may lead to
//! any method of that name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analyses::Unit;
use super::closures::Root;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{NodeId, Span};
use crate::types::{BuiltinMethod, Entity, FuncId, Program, Selection, VarId, VarKind};

/// A piece of code with its own way to be reached.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    Func(FuncId),
    Literal(NodeId),
}

/// What code mentions.
#[derive(Default)]
pub struct Mentions {
    pub calls: Vec<(Root, Span)>,
    /// Package variables.
    pub globals: Vec<(VarId, Span)>,
    /// It has a `go` in it, or another way to start a task.
    pub starts: bool,
    /// It calls a function that is a value.
    pub calls_values: bool,
}

/// All code of a program.
#[derive(Default)]
pub struct Graph {
    mentions: FxHashMap<Node, Mentions>,
    methods: FxHashMap<crate::syntax::Symbol, Vec<Node>>,
    results: FxHashMap<FuncId, Vec<Root>>,
}

impl Graph {
    pub fn new(program: &Program, units: &[Unit]) -> Graph {
        let mut graph = Graph::default();
        for (index, func) in program.funcs.iter().enumerate() {
            if func.receiver.is_some() {
                graph.methods.entry(func.name).or_default().push(Node::Func(FuncId(index as u32)));
            }
        }
        for unit in units {
            let mut walk = Walk { program, mentions: &mut graph.mentions, node: unit.func.map(Node::Func) };
            unit.code.walk(&mut walk);
        }
        graph
    }

    pub fn mentions(&self, node: Node) -> Option<&Mentions> {
        self.mentions.get(&node)
    }

    /// Whether any code mentions a declared function.
    pub fn leads_to(&self, func: FuncId) -> bool {
        let is = |root: &Root| matches!(root, Root::Func(id) if *id == func);
        self.mentions.values().any(|mentions| mentions.calls.iter().any(|(root, _)| is(root)))
    }

    /// The functions that the results of a function may hold.
    pub fn set_results(&mut self, func: FuncId, roots: Vec<Root>) {
        self.results.insert(func, roots);
    }

    pub fn nodes(&self, root: Root) -> Vec<Node> {
        match root {
            Root::Func(func) => vec![Node::Func(func)],
            Root::Literal(id) => vec![Node::Literal(id)],
            Root::Method(name) => self.methods.get(&name).cloned().unwrap_or_default(),
            Root::Result(func) => self.in_results(func),
        }
    }

    /// What is behind a result may again be the result of a call.
    fn in_results(&self, func: FuncId) -> Vec<Node> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        let mut todo = vec![func];
        while let Some(func) = todo.pop() {
            if !seen.insert(func) {
                continue;
            }
            for &root in self.results.get(&func).into_iter().flatten() {
                match root {
                    Root::Result(inner) => todo.push(inner),
                    root => found.extend(self.nodes(root)),
                }
            }
        }
        found
    }

    /// The code that may start a task, itself or through what it calls.
    pub fn starting(&self) -> FxHashSet<Node> {
        let mut callers: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
        for (&node, mentions) in &self.mentions {
            for next in mentions.calls.iter().flat_map(|(call, _)| self.nodes(*call)) {
                callers.entry(next).or_default().push(node);
            }
        }
        let mut found = FxHashSet::default();
        let mut todo: Vec<Node> =
            self.mentions.iter().filter(|(_, mentions)| mentions.starts).map(|(node, _)| *node).collect();
        while let Some(node) = todo.pop() {
            if found.insert(node) {
                todo.extend(callers.get(&node).into_iter().flatten());
            }
        }
        found
    }

    /// Whether a statement or expression may start a task.
    pub fn may_start<'a>(
        &self,
        program: &Program,
        starting: &FxHashSet<Node>,
        code: impl Into<Piece<'a>>,
    ) -> bool {
        let mentions = mentions_in(program, code.into());
        let calls = mentions.values().flat_map(|mentions| &mentions.calls);
        mentions.values().any(|mentions| mentions.starts)
            || calls.flat_map(|(call, _)| self.nodes(*call)).any(|node| starting.contains(&node))
    }

    /// The code that a block may lead to; none if that may be any, as somewhere a function is called that is a value.
    pub fn from(&self, program: &Program, block: &Block) -> Option<FxHashSet<Node>> {
        let own = mentions_in(program, Piece::Block(block));
        let mut found = FxHashSet::default();
        let mut todo: Vec<&Mentions> = own.values().collect();
        while let Some(mentions) = todo.pop() {
            if mentions.calls_values {
                return None;
            }
            for node in mentions.calls.iter().flat_map(|(call, _)| self.nodes(*call)) {
                if found.insert(node) {
                    todo.extend(self.mentions(node));
                }
            }
        }
        Some(found)
    }
}

/// What a piece of code mentions, and the literals in it.
fn mentions_in(program: &Program, code: Piece) -> FxHashMap<Node, Mentions> {
    // Under a node that no function has: what a piece mentions, it mentions itself.
    let node = Node::Literal(NodeId(u32::MAX));
    let mut mentions = FxHashMap::default();
    let mut walk = Walk { program, mentions: &mut mentions, node: Some(node) };
    match code {
        Piece::Stmt(stmt) => walk.stmt(stmt),
        Piece::Expr(expr) => walk.expr(expr),
        Piece::Block(block) => walk.block(block),
    }
    mentions
}

/// A part of some code.
pub enum Piece<'a> {
    Stmt(&'a Stmt),
    Expr(&'a Expr),
    Block(&'a Block),
}

impl<'a> From<&'a Stmt> for Piece<'a> {
    fn from(stmt: &'a Stmt) -> Self {
        Piece::Stmt(stmt)
    }
}

impl<'a> From<&'a Expr> for Piece<'a> {
    fn from(expr: &'a Expr) -> Self {
        Piece::Expr(expr)
    }
}

struct Walk<'p, 'g> {
    program: &'p Program,
    mentions: &'g mut FxHashMap<Node, Mentions>,
    node: Option<Node>,
}

impl Walk<'_, '_> {
    fn here(&mut self) -> Option<&mut Mentions> {
        Some(self.mentions.entry(self.node?).or_default())
    }

    fn mention(&mut self, root: Root, span: Span) {
        if let Some(mentions) = self.here() {
            mentions.calls.push((root, span));
        }
    }

    fn starts(&mut self) {
        if let Some(mentions) = self.here() {
            mentions.starts = true;
        }
    }

    /// Whether what is called is a value of a function type, but not a literal.
    fn is_of_value(&self, callee: &Expr) -> bool {
        let info = &self.program.info;
        let declared = |entity: &Entity| !matches!(entity, Entity::Var(_));
        match &callee.kind {
            ExprKind::FuncLit(_) => false,
            ExprKind::Name(_) => !info.uses.get(&callee.id).is_some_and(declared),
            ExprKind::Select { .. } => match info.selections.get(&callee.id) {
                Some(Selection::Member(entity)) => !declared(entity),
                Some(Selection::Field { .. }) => true,
                _ => false,
            },
            // A generic function with its arguments.
            ExprKind::Index { base, .. } if info.instances.contains_key(&strip(base).id) => false,
            _ => !info.types.contains_key(&callee.id),
        }
    }

    fn entity(&mut self, entity: Entity, span: Span) {
        match entity {
            Entity::Func(func) => self.mention(Root::Func(func), span),
            Entity::Var(var) if matches!(self.program.vars[var.0 as usize].kind, VarKind::Global { .. }) => {
                if let Some(mentions) = self.here() {
                    mentions.globals.push((var, span));
                }
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        if matches!(stmt.kind, StmtKind::Go(_) | StmtKind::Supervise(_)) {
            self.starts();
        }
        visit::walk_stmt(self, stmt);
    }

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
            Some(Selection::Builtin(
                BuiltinMethod::Start | BuiltinMethod::StartAs | BuiltinMethod::StartKind,
            )) => self.starts(),
            _ => {}
        }
        if let ExprKind::Call(call) = &expr.kind
            && self.is_of_value(strip(&call.callee))
            && let Some(mentions) = self.here()
        {
            mentions.calls_values = true;
        }
        if matches!(expr.kind, ExprKind::Go(_) | ExprKind::GoSupervise(_) | ExprKind::Parallel(_)) {
            self.starts();
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
