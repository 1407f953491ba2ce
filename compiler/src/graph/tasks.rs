//! Tasks and supervisors: where they begin, and what they begin with.

use std::rc::Rc;

use super::calls::{CallSite, Callee};
use super::solve::{Node, Obj};
use super::walk::{Action, Code, Ctx, Object, Walk};
use super::{Set, Supervisor, Task, TaskKind, Vertex};
use crate::syntax::ast::*;
use crate::syntax::{NodeId, Span};
use crate::types::FuncId;

/// A task, and the code that it begins with: in several contexts where its start is in a function that has several.
pub struct StartedTask {
    pub task: Task,
    pub entries: Set<Ctx>,
}

/// A supervisor, and its children.
pub struct StartedSupervisor {
    pub supervisor: Supervisor,
    pub children: Set<(Vertex, Span)>,
}

impl<'a> Walk<'a> {
    // Objects.

    /// The object that a node of the tree stands for; `kind` tells apart several of one node.
    pub fn object(&mut self, kind: u8, id: NodeId, object: Object<'a>) -> Obj {
        self.object_in(kind, id, None, object)
    }

    fn object_in(&mut self, kind: u8, id: NodeId, ctx: Option<Ctx>, object: Object<'a>) -> Obj {
        if let Some(&obj) = self.object_ids.get(&(kind, id, ctx)) {
            return obj;
        }
        let obj = self.new_object(object);
        self.object_ids.insert((kind, id, ctx), obj);
        obj
    }

    fn new_object(&mut self, object: Object<'a>) -> Obj {
        self.objects.push(object);
        Obj(self.objects.len() as u32 - 1)
    }

    pub fn func_object(&mut self, func: FuncId) -> Obj {
        if let Some(&obj) = self.func_objects.get(&func) {
            return obj;
        }
        let obj = self.new_object(Object::Func(func));
        self.func_objects.insert(func, obj);
        obj
    }

    /// A function literal with the variables that it sees here.
    pub fn literal(&mut self, expr: &'a Expr) -> Obj {
        self.object_in(1, expr.id, Some(self.ctx), Object::Literal(expr, self.ctx))
    }

    // Tasks.

    fn task(&mut self, id: NodeId, make: impl FnOnce(&mut Self) -> Task) -> (usize, Obj) {
        if let Some(&obj) = self.object_ids.get(&(2, id, None))
            && let Object::Task(task) = self.objects[obj.0 as usize]
        {
            return (task, obj);
        }
        let task = make(self);
        self.tasks.push(StartedTask { task, entries: Set::default() });
        let index = self.tasks.len() - 1;
        (index, self.object(2, id, Object::Task(index)))
    }

    fn described_task(&self, name: String, kind: TaskKind, span: Span) -> Task {
        Task { name, kind, span, many: self.loops > 0, workers: None, restart: None, after: Vec::new() }
    }

    /// Code that is the beginning of everything.
    pub fn root(&mut self, kind: TaskKind, name: &str, span: Span, ctx: Ctx) {
        let task = Task { many: false, ..self.described_task(name.to_owned(), kind, span) };
        self.tasks.push(StartedTask { task, entries: Set::from_iter([ctx]) });
    }

    /// A task begins with the code of a context.
    pub fn begin(&mut self, task: usize, ctx: Ctx, span: Span) {
        self.tasks[task].entries.insert(ctx);
        self.starts.insert((self.ctx, Vertex::Task(task), span));
    }

    /// `go f(x)`: a place that holds the task.
    pub fn start(&mut self, expr: &'a Expr) -> Option<Node> {
        let call = match &strip(expr).kind {
            ExprKind::Call(call) => call,
            _ => return self.value(expr),
        };
        let expr = strip(expr);
        let kind = TaskKind::Go;
        let (task, obj) =
            self.task(expr.id, |walk| walk.described_task(walk.call_name(call), kind, expr.span));
        self.starts.insert((self.ctx, Vertex::Task(task), expr.span));
        self.run_as(task, Some(obj), expr, call);
        Some(self.holding(obj))
    }

    /// The call is what a task runs.
    fn run_as(&mut self, task: usize, obj: Option<Obj>, expr: &'a Expr, call: &'a Call) {
        match self.callee(call) {
            Callee::Func(func) if !self.is_library(self.program.funcs[func.0 as usize].span) => {
                let receiver = match &strip(&call.callee).kind {
                    ExprKind::Select { base, .. } => self.value(base),
                    _ => None,
                };
                let args = self.args(call);
                let ctx = self.enter(func, Some(expr.id));
                self.receiver(ctx, func, receiver);
                self.tasks[task].entries.insert(ctx);
                self.pass(ctx, &args);
                let first = self.contexts_results(ctx).first().copied();
                self.result_of(obj, first);
            }
            Callee::Value | Callee::Dynamic(_) => {
                let func = self.value(&call.callee);
                let site = self.site(expr, call, Some(task));
                self.result_of(obj, site.results.first().copied());
                if let Some(func) = func {
                    self.solver.each(func, Action::Call(site));
                }
            }
            // The work is done by the task, of which this is all.
            _ => {
                let ctx = self.enter_expr(Code::Inline(expr), expr.id, self.ctx);
                self.tasks[task].entries.insert(ctx);
            }
        }
    }

    fn result_of(&mut self, obj: Option<Obj>, result: Option<Node>) {
        if let (Some(obj), Some(result)) = (obj, result) {
            let contents = self.contents(obj);
            self.solver.flow(result, contents);
        }
    }

    /// What a called function is called.
    fn call_name(&self, call: &Call) -> String {
        match self.callee(call) {
            Callee::Func(func) => self.func_name(func),
            _ => match &strip(&call.callee).kind {
                ExprKind::FuncLit(_) => "func".to_owned(),
                _ => self.program.sources.text(call.callee.span).to_owned(),
            },
        }
    }

    pub fn parallel_task(&mut self, expr: &'a Expr, p: &'a Parallel) -> usize {
        let workers =
            p.options.iter().find(|option| option.name.is_some_and(|n| n.name.as_str() == "workers"));
        let workers = workers.map(|option| self.program.sources.text(option.value.span).to_owned());
        let (task, _) = self.task(expr.id, |walk| Task {
            many: true,
            workers,
            ..walk.described_task("parallel for".to_owned(), TaskKind::Parallel, expr.span)
        });
        task
    }

    // Supervisors.

    /// A `supervise` block; `name` is the one that it has as a child.
    pub fn supervise(&mut self, s: &'a Supervise, name: Option<&Ident>) -> usize {
        let known = self.object_ids.get(&(4, s.id, None)).map(|obj| self.objects[obj.0 as usize]);
        let index = match known {
            Some(Object::Supervisor(index)) => index,
            _ => {
                let text = |expr: &Expr| self.program.sources.text(expr.span).to_owned();
                let option = |option: &Arg| match option.name {
                    Some(name) => format!("{}: {}", name.name, text(&option.value)),
                    None => text(&option.value),
                };
                let supervisor = Supervisor {
                    name: name.map_or_else(|| "supervisor".to_owned(), |name| name.name.to_string()),
                    strategy: s.strategy.map_or_else(|| "one_for_one".to_owned(), |s| s.name.to_string()),
                    options: s.options.iter().map(option).collect(),
                    span: s.span,
                };
                self.supervisors.push(StartedSupervisor { supervisor, children: Set::default() });
                let index = self.supervisors.len() - 1;
                self.object(4, s.id, Object::Supervisor(index));
                index
            }
        };
        for option in &s.options {
            let value = self.value(&option.value);
            if let (Some(value), Some("watch")) = (value, option.name.map(|name| name.name.as_str())) {
                self.solver.each(value, Action::Watch(index, option.value.span));
            }
        }
        for child in &s.children {
            self.child(index, child);
        }
        index
    }

    fn child(&mut self, supervisor: usize, child: &'a Child) {
        let vertex = match &child.kind {
            ChildKind::Supervise(inner) => Vertex::Supervisor(self.supervise(inner, child.name.as_ref())),
            ChildKind::Go(expr) => {
                let expr = strip(expr);
                let ExprKind::Call(call) = &expr.kind else { return };
                let (task, _) = self.task(expr.id, |walk| walk.described_child(child, call));
                self.run_as(task, None, expr, call);
                Vertex::Task(task)
            }
        };
        self.supervisors[supervisor].children.insert((vertex, child.span));
    }

    fn described_child(&self, child: &Child, call: &Call) -> Task {
        let name = child.name.map_or_else(|| self.call_name(call), |name| name.name.to_string());
        let mut task = self.described_task(name, TaskKind::Child, child.span);
        for clause in &child.clauses {
            match clause {
                ChildClause::Workers(count) => {
                    task.workers = Some(self.program.sources.text(count.span).to_owned());
                }
                ChildClause::Restart(kind) => task.restart = Some(kind.name.to_string()),
                ChildClause::After(names) => {
                    task.after.extend(names.iter().map(|name| name.name.to_string()));
                }
                ChildClause::Shutdown(_) | ChildClause::Start(_) | ChildClause::Significant(_) => {}
            }
        }
        task
    }

    /// `s.Start(f)`.
    pub fn starts_by_hand(&mut self, expr: &'a Expr, supervisor: Option<Node>, args: &[Option<Node>]) {
        let (Some(supervisor), Some(func)) = (supervisor, args.last().copied().flatten()) else { return };
        let name = match &expr.kind {
            ExprKind::Call(call) => match call.args.last().map(|arg| strip(&arg.value)) {
                Some(Expr { kind: ExprKind::FuncLit(_), .. }) | None => "func".to_owned(),
                Some(arg) => self.program.sources.text(arg.span).to_owned(),
            },
            _ => "func".to_owned(),
        };
        let (task, _) = self.task(expr.id, |walk| walk.described_task(name, TaskKind::Child, expr.span));
        let site = CallSite {
            ctx: self.ctx,
            id: expr.id,
            span: expr.span,
            args: Vec::new(),
            results: Vec::new(),
            task: Some(task),
        };
        self.solver.each(supervisor, Action::StartUnder(Rc::new(site), func));
    }

    pub fn start_under(&mut self, site: &Rc<CallSite>, supervisor: usize, func: Node) {
        if let Some(task) = site.task {
            self.supervisors[supervisor].children.insert((Vertex::Task(task), site.span));
            self.solver.each(func, Action::Call(site.clone()));
        }
    }

    /// `supervision.Start(s, …, f)` and `supervision.StartKind`.
    pub fn starts_child(&mut self, func: FuncId, expr: &'a Expr, args: &[Option<Node>]) -> bool {
        let def = &self.program.funcs[func.0 as usize];
        let package = &self.program.packages[def.package.0 as usize];
        let starts = package.std
            && package.path == "supervision"
            && matches!(def.name.as_str(), "Start" | "StartKind");
        if starts {
            self.starts_by_hand(expr, args.first().copied().flatten(), args);
        }
        starts
    }

    // Contexts' parts.

    pub fn contexts_results(&self, ctx: Ctx) -> &[Node] {
        &self.contexts[ctx.index()].results
    }

    pub fn contexts_yields(&self, ctx: Ctx) -> Option<Node> {
        self.contexts[ctx.index()].yields
    }
}
