//! The walk over a function: where its variables are declared, assigned, captured, and where values go.

use super::super::analyses::Code;
use super::super::places::Known;
use super::{Assigned, Capture, Declared, Lent, Literal, Moment, Sink, Trace};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{NodeId, Span};
use crate::types::{BuiltinMethod, Entity, Program, Selection, VarId, VarKind};

/// Walks one function. `params` and `results` are its own variables.
pub fn trace<'a>(program: &Program, params: &[VarId], results: &[VarId], code: Code<'a>) -> Trace<'a> {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk = Walk {
        known,
        program,
        trace: Trace { results: results.to_vec(), ..Trace::default() },
        order: 0,
        loops: Vec::new(),
        next_loop: 0,
        post_of: None,
        funcs: vec![Frame { literal: None, results: results.to_vec(), at: None }],
        callee: None,
    };
    for var in params.iter().chain(results) {
        walk.declare(*var, None);
    }
    match code {
        Code::Body(block) => walk.block(block),
        Code::Value(value) => walk.expr(value),
    }
    walk.trace
}

struct Frame {
    literal: Option<NodeId>,
    results: Vec<VarId>,
    /// When the literal was made.
    at: Option<Moment>,
}

struct Walk<'p, 'a> {
    known: Known<'p>,
    program: &'p Program,
    trace: Trace<'a>,
    order: u32,
    loops: Vec<usize>,
    next_loop: usize,
    post_of: Option<usize>,
    funcs: Vec<Frame>,
    /// Of the call that is walked over, which is no value.
    callee: Option<NodeId>,
}

impl<'a> Walk<'_, 'a> {
    fn moment(&mut self) -> Moment {
        self.order += 1;
        Moment {
            order: self.order,
            loops: self.loops.clone(),
            post_of: self.post_of,
            depth: self.funcs.len() - 1,
        }
    }

    fn declare(&mut self, var: VarId, each_turn_of: Option<usize>) {
        let declared = Declared { depth: self.funcs.len() - 1, loops: self.loops.clone(), each_turn_of };
        self.trace.declared.insert(var, declared);
    }

    fn assign(&mut self, place: &'a Expr, value: Option<&'a Expr>) {
        let Some(var) = self.known.root(place) else { return };
        let whole = self.known.var(place).is_some();
        let literal = value
            .filter(|value| whole && matches!(strip(value).kind, ExprKind::FuncLit(_)))
            .map(|value| strip(value).id);
        self.assign_var(var, place.span, literal);
        if let Some(value) = value {
            self.store(var, place.span, value);
        }
    }

    fn assign_var(&mut self, var: VarId, span: Span, literal: Option<NodeId>) {
        let at = self.moment();
        self.trace.assigned.push(Assigned { var, span, at, literal });
    }

    fn store(&mut self, var: VarId, span: Span, value: &'a Expr) {
        if matches!(self.program.vars[var.0 as usize].kind, VarKind::Global { .. }) {
            self.trace.sinks.push(Sink::Global(span, value));
        } else {
            self.trace.values.push((var, value));
        }
    }

    /// A use of a variable: a capture, if literals stand between it and its declaration.
    fn used(&mut self, var: VarId, span: Span) {
        let Some(declared) = self.trace.declared.get(&var) else { return };
        let inner = &self.funcs[declared.depth + 1..];
        if inner.is_empty() {
            return;
        }
        let through: Vec<NodeId> = inner.iter().filter_map(|frame| frame.literal).collect();
        let (Some(&literal), Some(at)) = (through.first(), inner[0].at.clone()) else { return };
        self.trace.captures.push(Capture { var, literal, through, span, at });
    }

    fn in_loop(&mut self, body: impl FnOnce(&mut Self, usize)) {
        let id = self.next_loop;
        self.next_loop += 1;
        self.loops.push(id);
        body(self, id);
        self.loops.pop();
    }

    /// The body of a literal: `walk` visits it.
    fn literal(&mut self, expr: &'a Expr, walk: impl FnOnce(&mut Self)) {
        let at = self.moment();
        self.trace.literals.insert(expr.id, Literal { span: expr.span, depth: self.funcs.len() - 1 });
        self.trace.literal_order.push(expr.id);
        let (params, results) = self.known.info.literals.get(&expr.id).cloned().unwrap_or_default();
        let frame = Frame { literal: Some(expr.id), results: results.clone(), at: Some(at) };
        self.funcs.push(frame);
        let post_of = self.post_of.take();
        for var in params.into_iter().chain(results) {
            self.declare(var, None);
        }
        walk(self);
        self.post_of = post_of;
        self.funcs.pop();
    }

    fn define(&mut self, names: &'a [Ident], values: &'a [Expr], each_turn_of: Option<usize>) {
        for (i, name) in names.iter().enumerate() {
            let value = if values.len() == names.len() { values.get(i) } else { values.first() };
            if let Some(&var) = self.known.info.defs.get(&name.id) {
                self.declare(var, each_turn_of);
                if let Some(value) = value {
                    self.trace.values.push((var, value));
                }
            } else if let Some(Entity::Var(var)) = self.known.info.uses.get(&name.id) {
                // `:=` with an old name assigns it.
                self.assign_var(*var, name.span, None);
                self.used(*var, name.span);
                if let Some(value) = value {
                    self.store(*var, name.span, value);
                }
            }
        }
    }

    fn call(&mut self, call: &'a Call) {
        for place in self.known.changed_places(call) {
            if let Some(var) = self.known.root(place) {
                self.assign_var(var, place.span, None);
            }
        }
        match self.known.info.selections.get(&strip(&call.callee).id) {
            Some(Selection::Builtin(BuiltinMethod::TrySend | BuiltinMethod::SendWithin)) => {
                let sent = call.args.first();
                sent.into_iter().for_each(|arg| {
                    self.trace.sinks.push(Sink::Send(arg.value.span, &arg.value));
                });
            }
            Some(Selection::Builtin(
                BuiltinMethod::Start | BuiltinMethod::StartAs | BuiltinMethod::StartKind,
            )) => {
                call.args.iter().for_each(|arg| {
                    self.trace.sinks.push(Sink::Go(arg.value.span, &arg.value));
                });
            }
            _ => self.trace.sinks.push(Sink::Argument(call)),
        }
    }

    /// Notes a method value that changes an in-out parameter, or a part of a variable that is not always at the same place.
    fn method_value(&mut self, expr: &'a Expr) {
        let Some(receiver) = self.known.inout_receiver(expr) else { return };
        let Some(var) = self.known.root(receiver) else { return };
        let loose = self.known.field_path(receiver).is_none() || self.is_narrowed(receiver);
        if loose || self.program.vars[var.0 as usize].inout {
            self.trace.lent.push(Lent { var, value: expr.id, span: expr.span, loose });
        }
    }

    /// Whether a place is in what an optional holds.
    fn is_narrowed(&self, place: &Expr) -> bool {
        let place = strip_ref(place);
        let above = match &place.kind {
            ExprKind::Select { base, .. } => self.is_narrowed(base),
            _ => false,
        };
        above || self.known.info.narrowed.contains(&place.id)
    }

    fn starts(&mut self, span: Span, started: &'a Expr) {
        let ExprKind::Call(call) = &strip(started).kind else { return };
        self.trace.sinks.push(Sink::Go(span, &call.callee));
        for arg in &call.args {
            self.trace.sinks.push(Sink::Go(span, &arg.value));
        }
        if let ExprKind::Select { base, .. } = &strip(&call.callee).kind {
            self.trace.sinks.push(Sink::Go(span, base));
        }
    }

    fn supervise(&mut self, s: &'a Supervise) {
        for child in &s.children {
            match &child.kind {
                ChildKind::Go(call) => self.starts(call.span, call),
                ChildKind::Supervise(inner) => self.supervise(inner),
            }
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Assign { targets, values } => {
                visit::walk_stmt(self, stmt);
                for (i, target) in targets.iter().enumerate() {
                    let value = if values.len() == targets.len() { values.get(i) } else { values.first() };
                    self.assign(target, value);
                }
            }
            StmtKind::OpAssign { target, .. } | StmtKind::IncDec { target, .. } => {
                visit::walk_stmt(self, stmt);
                self.assign(target, None);
            }
            StmtKind::Define { names, values } => {
                values.iter().for_each(|value| self.expr(value));
                self.define(names, values, None);
            }
            StmtKind::Decl(decl) => {
                visit::walk_decl(self, decl);
                if let Decl::Var(specs) = &**decl {
                    specs.iter().for_each(|spec| self.define(&spec.names, &spec.values, None));
                }
            }
            StmtKind::Send { value, .. } => {
                visit::walk_stmt(self, stmt);
                self.trace.sinks.push(Sink::Send(stmt.span, value));
            }
            StmtKind::Go(started) => {
                visit::walk_stmt(self, stmt);
                self.starts(stmt.span, started);
            }
            StmtKind::Supervise(s) => {
                visit::walk_stmt(self, stmt);
                self.supervise(s);
            }
            StmtKind::Return(values) => {
                visit::walk_stmt(self, stmt);
                if self.funcs.len() == 1 {
                    self.trace.returned.extend(values);
                }
                let results = self.funcs.last().map(|frame| frame.results.clone()).unwrap_or_default();
                for var in results.into_iter().filter(|_| !values.is_empty()) {
                    self.assign_var(var, stmt.span, None);
                }
            }
            StmtKind::For(s) => self.in_loop(|this, id| {
                // What `init` declares is made anew each turn; `init` itself runs once, before.
                match s.init.as_ref().map(|init| &init.kind) {
                    Some(StmtKind::Define { names, values }) => {
                        values.iter().for_each(|value| this.expr(value));
                        this.define(names, values, Some(id));
                    }
                    _ => s.init.iter().for_each(|init| this.stmt(init)),
                }
                s.cond.iter().for_each(|cond| this.expr(cond));
                this.block(&s.body);
                let outer = this.post_of.replace(id);
                s.post.iter().for_each(|post| this.stmt(post));
                this.post_of = outer;
            }),
            StmtKind::Range(s) => {
                self.expr(&s.subject);
                self.in_loop(|this, _| {
                    this.range_bind(&s.bind);
                    this.block(&s.body);
                });
            }
            StmtKind::Switch(_) | StmtKind::Select(_) => {
                if let StmtKind::Select(s) = &stmt.kind {
                    s.cases.iter().for_each(|case| self.select_case(case));
                } else {
                    visit::walk_stmt(self, stmt);
                }
            }
            StmtKind::TypeSwitch(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                self.expr(&s.subject);
                for case in &s.cases {
                    if let Some(&var) = self.known.info.defs.get(&case.id) {
                        self.declare(var, None);
                        self.trace.values.push((var, &s.subject));
                    }
                    case.body.iter().for_each(|stmt| self.stmt(stmt));
                }
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    fn binding(&mut self, name: &'a Ident) {
        if let Some(&var) = self.known.info.defs.get(&name.id) {
            self.declare(var, None);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Select { .. } => {
                if let Some(var) = self.known.var(expr) {
                    self.used(var, expr.span);
                }
                if self.callee != Some(expr.id) {
                    self.method_value(expr);
                }
                visit::walk_expr(self, expr);
            }
            ExprKind::Call(call) => {
                self.callee = Some(strip(&call.callee).id);
                visit::walk_expr(self, expr);
                self.call(call);
            }
            ExprKind::Send { value, .. } => {
                visit::walk_expr(self, expr);
                self.trace.sinks.push(Sink::Send(expr.span, value));
            }
            ExprKind::Go(started) => {
                visit::walk_expr(self, expr);
                self.starts(expr.span, started);
            }
            ExprKind::GoSupervise(s) => {
                visit::walk_expr(self, expr);
                self.supervise(s);
            }
            ExprKind::FuncLit(lit) => self.literal(expr, |this| this.block(&lit.body)),
            ExprKind::Parallel(p) => {
                self.expr(&p.subject);
                p.options.iter().for_each(|arg| self.expr(&arg.value));
                self.trace.sinks.push(Sink::Parallel(expr.id));
                self.literal(expr, |this| {
                    this.range_bind(&p.bind);
                    this.block(&p.body);
                });
            }
            _ => visit::walk_expr(self, expr),
        }
    }
}

impl<'a> Walk<'_, 'a> {
    fn range_bind(&mut self, bind: &'a RangeBind) {
        match bind {
            RangeBind::None => {}
            RangeBind::Define(names) => names.iter().for_each(|name| self.binding(name)),
            RangeBind::Assign(targets) => targets.iter().for_each(|target| {
                self.expr(target);
                self.assign(target, None);
            }),
        }
    }

    fn select_case(&mut self, case: &'a SelectCase) {
        if let SelectKind::Send { value, .. } = &case.kind {
            self.trace.sinks.push(Sink::Send(value.span, value));
        }
        visit::walk_select_case(self, case);
        if let SelectKind::Recv { bind: SelectBind::Assign(targets), .. } = &case.kind {
            targets.iter().for_each(|target| self.assign(target, None));
        }
    }
}
