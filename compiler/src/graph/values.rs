//! Which place holds what an expression gives?

use super::solve::{Node, Obj};
use super::walk::{Action, Code, Object, Walk};
use super::{Operation, Slot, Vertex};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Entity, Selection, Ty, TyKind};

/// Looks at the parts of an expression that says nothing about channels itself.
struct Parts<'w, 'a>(&'w mut Walk<'a>);

impl<'a> Visitor<'a> for Parts<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) {
        self.0.value(expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        self.0.stmt(stmt);
    }
}

impl<'a> Walk<'a> {
    /// The places of several results of one expression.
    pub fn values(&mut self, expr: &'a Expr, count: usize) -> Vec<Option<Node>> {
        let mut found = match &strip(expr).kind {
            ExprKind::Call(call) => self.call(strip(expr), call),
            ExprKind::Try(inner) => self.values(inner, count),
            ExprKind::Within { call, limit } => {
                self.value(limit);
                self.values(call, count)
            }
            ExprKind::Recover { body: RecoverBody::Expr(body), handler, .. } => {
                let found = self.values(body, count);
                self.block(handler);
                found
            }
            // `v, ok := …`
            _ => vec![self.value(expr)],
        };
        found.resize(count, None);
        found
    }

    /// An expression whose value goes nowhere.
    pub fn look(&mut self, expr: &'a Expr) {
        self.value(expr);
    }

    /// The place of what an expression gives; `None` where it can hold nothing of interest.
    pub fn value(&mut self, expr: &'a Expr) -> Option<Node> {
        match &expr.kind {
            ExprKind::Paren(inner)
            | ExprKind::Try(inner)
            | ExprKind::Unary { op: UnaryOp::Ref | UnaryOp::Deref, operand: inner } => self.value(inner),
            ExprKind::Name(_) => {
                let entity = *self.program.info.uses.get(&expr.id)?;
                self.entity(entity)
            }
            ExprKind::Select { base, .. } => self.selected(expr, base),
            ExprKind::Index { base, args } => {
                args.iter().for_each(|arg| self.look(arg));
                self.value(base)
            }
            ExprKind::Slice { base, low, high, max } => {
                [low, high, max].into_iter().flatten().for_each(|part| self.look(part));
                self.value(base)
            }
            ExprKind::TypeAssert { base, .. } => self.value(base),
            ExprKind::Call(call) => self.call(expr, call).first().copied().flatten(),
            ExprKind::Unary { op: UnaryOp::Recv, operand } => self.receive(operand, expr.span, true),
            ExprKind::Send { chan, value } => {
                self.send(chan, value, expr.span, true);
                None
            }
            ExprKind::Binary { op: BinaryOp::Default, left, right, .. } => {
                let (left, right) = (self.value(left), self.value(right));
                self.either([left, right])
            }
            ExprKind::Composite { elems, .. } => self.composite(expr, elems),
            ExprKind::FuncLit(_) => {
                let obj = self.literal(expr);
                Some(self.holding(obj))
            }
            ExprKind::Recover { body, name, handler } => {
                let found = match body {
                    RecoverBody::Expr(body) => self.value(body),
                    RecoverBody::Block(body) => self.block_value(body),
                };
                name.iter().for_each(|name| _ = self.binding(name));
                let otherwise = self.block_value(handler);
                self.either([found, otherwise])
            }
            ExprKind::Match(m) => self.match_(m),
            ExprKind::Go(call) => self.start(call),
            ExprKind::Parallel(p) => self.parallel(expr, p),
            ExprKind::GoSupervise(s) => {
                let supervisor = self.supervise(s, None);
                self.starts.insert((self.ctx, Vertex::Supervisor(supervisor), s.span));
                let obj = self.object(3, expr.id, Object::Supervisor(supervisor));
                Some(self.holding(obj))
            }
            ExprKind::Within { call, limit } => {
                self.value(limit);
                self.value(call)
            }
            ExprKind::Endpoint { chan, address, .. } => self.endpoint(expr, chan, address),
            // Types hold nothing.
            ExprKind::ChanType(_)
            | ExprKind::FuncType(_)
            | ExprKind::StructType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::EnumType(_) => None,
            _ => {
                visit::walk_expr(&mut Parts(self), expr);
                None
            }
        }
    }

    fn entity(&mut self, entity: Entity) -> Option<Node> {
        match entity {
            Entity::Var(var) => {
                let ty = self.program.vars[var.0 as usize].ty;
                self.carries(ty).then(|| self.var(var))
            }
            Entity::Func(func) => {
                let obj = self.func_object(func);
                Some(self.holding(obj))
            }
            _ => None,
        }
    }

    /// `base.name`.
    fn selected(&mut self, expr: &'a Expr, base: &'a Expr) -> Option<Node> {
        let program = self.program;
        let selection = program.info.selections.get(&expr.id);
        if let Some(Selection::Member(entity)) = selection {
            return self.entity(*entity);
        }
        let within = self.value(base);
        match selection? {
            Selection::Field { path } => {
                let ty = self.type_of(base)?;
                if self.is_survey(ty) {
                    return within;
                }
                let (slot, ty) = self.field(ty, path)?;
                self.carries(ty).then(|| self.slot(slot))
            }
            Selection::Method { func, .. } => {
                let obj = self.func_object(*func);
                Some(self.holding(obj))
            }
            _ => None,
        }
    }

    /// A place that may hold what any of these holds.
    fn either(&mut self, places: impl IntoIterator<Item = Option<Node>>) -> Option<Node> {
        let places: Vec<Node> = places.into_iter().flatten().collect();
        match places.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => {
                let node = self.solver.node();
                places.into_iter().for_each(|place| self.solver.flow(place, node));
                Some(node)
            }
        }
    }

    /// A block whose value is that of its last statement.
    fn block_value(&mut self, block: &'a Block) -> Option<Node> {
        let (last, others) = block.stmts.split_last()?;
        others.iter().for_each(|stmt| self.stmt(stmt));
        match &last.kind {
            StmtKind::Expr(value) => self.value(value),
            _ => {
                self.stmt(last);
                None
            }
        }
    }

    fn match_(&mut self, m: &'a Match) -> Option<Node> {
        let subject = self.value(&m.subject);
        let mut found = Vec::new();
        for arm in &m.arms {
            self.pattern(&arm.pattern, subject);
            arm.guard.iter().for_each(|guard| self.look(guard));
            found.push(match &arm.body {
                MatchBody::Expr(value) => self.value(value),
                MatchBody::Block(block) => self.block_value(block),
                MatchBody::Stmt(stmt) => {
                    self.stmt(stmt);
                    None
                }
            });
        }
        self.either(found)
    }

    /// A struct's fields are places of their own; the elements of anything else are the value itself.
    fn composite(&mut self, expr: &'a Expr, elems: &'a [Element]) -> Option<Node> {
        let program = self.program;
        let ty = self.type_of(expr)?;
        let ty = if let TyKind::Optional(inner) = ty.kind() { *inner } else { ty };
        if let TyKind::Struct(fields) = program.underlying(ty).kind() {
            for (position, elem) in elems.iter().enumerate() {
                let path = match &elem.key {
                    None => vec![position as u32],
                    Some(key) => match program.info.selections.get(&key.id) {
                        Some(Selection::Field { path }) => path.clone(),
                        _ => Vec::new(),
                    },
                };
                self.naming = path.last().and_then(|at| fields.get(*at as usize)).map(|f| f.name.to_string());
                let from = self.value(&elem.value);
                self.naming = None;
                if let Some((slot, _)) = self.field(ty, &path) {
                    let to = self.slot(slot);
                    self.flow(from, Some(to));
                }
            }
            return None;
        }
        let node = self.solver.node();
        let naming = self.naming.clone();
        for elem in elems {
            elem.key.iter().for_each(|key| self.look(key));
            self.naming.clone_from(&naming);
            let from = self.value(&elem.value);
            self.flow(from, Some(node));
        }
        self.naming = None;
        Some(node)
    }

    fn parallel(&mut self, expr: &'a Expr, p: &'a Parallel) -> Option<Node> {
        p.options.iter().for_each(|option| self.look(&option.value));
        let outer = self.ctx;
        let ctx = self.enter_expr(Code::Parallel(expr), expr.id, outer);
        // The loop's variables are the turn's; what it runs over is the starter's.
        self.range(&p.bind, &p.subject);
        let task = self.parallel_task(expr, p);
        self.begin(task, ctx, expr.span);
        self.awaits.insert((outer, task, expr.span));
        self.contexts_yields(ctx)
    }

    // Channels.

    pub fn send(&mut self, chan: &'a Expr, value: &'a Expr, span: Span, waits: bool) {
        let value = self.value(value);
        let chan = self.value(chan);
        self.operate(chan, Operation::Send, span, waits, value);
    }

    pub fn receive(&mut self, chan: &'a Expr, span: Span, waits: bool) -> Option<Node> {
        let chan = self.value(chan);
        let to = self.solver.node();
        self.operate(chan, Operation::Receive, span, waits, Some(to));
        Some(to)
    }

    pub fn operate(
        &mut self,
        chan: Option<Node>,
        operation: Operation,
        span: Span,
        waits: bool,
        value: Option<Node>,
    ) {
        if let Some(chan) = chan {
            self.solver.each(chan, Action::Operate { ctx: self.ctx, operation, span, waits, value });
        }
    }

    /// `make(…) @ "address"`.
    fn endpoint(&mut self, expr: &'a Expr, chan: &'a Expr, address: &'a Expr) -> Option<Node> {
        let found = self.value(chan);
        self.value(address);
        for obj in found.into_iter().flat_map(|node| self.solver.holds(node).collect::<Vec<Obj>>()) {
            if let Object::Channel(index) = self.objects[obj.0 as usize] {
                self.channels[index].endpoint = Some(self.program.sources.text(address.span).to_owned());
                self.channels[index].escapes = true;
                self.channels[index].made = expr.span;
            }
        }
        found
    }

    /// What is under a declared type.
    pub fn channel_type(&self, ty: Ty) -> Option<ChanPattern> {
        match self.program.underlying(ty).kind() {
            TyKind::Chan { pattern, .. } => Some(*pattern),
            _ => None,
        }
    }

    /// The payload of a case, from the arguments that make it.
    pub fn payload(&mut self, case: (crate::types::TypeDefId, u32), args: &[Option<Node>]) {
        for (position, arg) in args.iter().enumerate() {
            let to = self.slot(Slot::Payload(case.0, case.1, position as u32));
            self.flow(*arg, Some(to));
        }
    }
}
