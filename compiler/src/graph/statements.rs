//! What statements and patterns move, and where to.

use std::rc::Rc;

use super::calls::CallSite;
use super::solve::Node;
use super::walk::{Action, Walk};
use super::{Owner, Slot, Vertex};
use crate::syntax::ast::*;
use crate::types::{Entity, PatternInfo, TyKind, VarKind};

impl<'a> Walk<'a> {
    pub fn block(&mut self, block: &'a Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmts(&mut self, stmts: &'a [Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    pub fn declaration(&mut self, decl: &'a Decl) {
        if let Decl::Var(specs) = decl {
            for spec in specs {
                self.bind(&spec.names, &spec.values);
            }
        }
    }

    /// `a, b := x, y`.
    fn bind(&mut self, names: &'a [Ident], values: &'a [Expr]) {
        let places: Vec<Option<Node>> = names.iter().map(|name| self.binding(name)).collect();
        let first = names.first().map(|name| name.name.to_string());
        if let ([value], true) = (values, names.len() > 1) {
            self.naming = first;
            let found = self.values(value, names.len());
            self.naming = None;
            found.into_iter().zip(places).for_each(|(from, to)| self.flow(from, to));
            return;
        }
        for ((name, value), place) in names.iter().zip(values).zip(places) {
            self.naming = Some(name.name.to_string());
            let from = self.value(value);
            self.naming = None;
            self.flow(from, place);
        }
    }

    /// The place of a name that is bound here.
    pub fn binding(&mut self, name: &Ident) -> Option<Node> {
        let info = &self.program.info;
        match info.defs.get(&name.id) {
            Some(&var) if matches!(self.program.vars[var.0 as usize].kind, VarKind::Global { .. }) => {
                Some(self.var(var))
            }
            Some(&var) => Some(self.declare_in(self.ctx, var)),
            None => match info.uses.get(&name.id) {
                Some(Entity::Var(var)) => Some(self.var(*var)),
                _ => None,
            },
        }
    }

    fn assign(&mut self, targets: &'a [Expr], values: &'a [Expr]) {
        let places: Vec<Option<Node>> = targets.iter().map(|target| self.value(target)).collect();
        if let ([value], true) = (values, targets.len() > 1) {
            let found = self.values(value, targets.len());
            found.into_iter().zip(places).for_each(|(from, to)| self.flow(from, to));
            return;
        }
        for ((target, value), place) in targets.iter().zip(values).zip(places) {
            self.naming = place_name(target);
            let from = self.value(value);
            self.naming = None;
            self.flow(from, place);
        }
    }

    fn in_loop(&mut self, body: impl FnOnce(&mut Self)) {
        self.loops += 1;
        body(self);
        self.loops -= 1;
    }

    pub fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Empty
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Fallthrough
            | StmtKind::Goto(_)
            | StmtKind::Error(_) => {}
            StmtKind::Expr(e) | StmtKind::Defer(e) | StmtKind::Fail(e) => self.look(e),
            StmtKind::IncDec { target, .. } => self.look(target),
            StmtKind::Send { chan, value } => self.send(chan, value, stmt.span, true),
            StmtKind::Assign { targets, values } => self.assign(targets, values),
            StmtKind::OpAssign { target, value, .. } => {
                self.value(value);
                self.value(target);
            }
            StmtKind::Define { names, values } => self.bind(names, values),
            StmtKind::Decl(decl) => self.declaration(decl),
            StmtKind::Go(call) => _ = self.start(call),
            StmtKind::Return(values) => self.returns(values),
            StmtKind::Yield(value) => {
                let from = self.value(value);
                let mut ctx = Some(self.ctx);
                while let Some(at) = ctx {
                    let context = &self.contexts[at.index()];
                    if context.yields.is_some() {
                        return self.flow(from, context.yields);
                    }
                    ctx = context.parent;
                }
            }
            StmtKind::Block(block) => self.block(block),
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Assert { cond, message } => {
                self.value(cond);
                message.iter().for_each(|message| self.look(message));
            }
            StmtKind::If(s) => self.if_(s),
            StmtKind::Switch(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                s.tag.iter().for_each(|tag| self.look(tag));
                for case in &s.cases {
                    case.values.iter().flatten().for_each(|value| self.look(value));
                    self.stmts(&case.body);
                }
            }
            StmtKind::TypeSwitch(s) => self.type_switch(s),
            StmtKind::Select(s) => self.select(s),
            StmtKind::For(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                self.in_loop(|walk| {
                    s.cond.iter().for_each(|cond| walk.look(cond));
                    walk.block(&s.body);
                    s.post.iter().for_each(|post| walk.stmt(post));
                });
            }
            StmtKind::Range(s) => {
                self.range(&s.bind, &s.subject);
                self.in_loop(|walk| walk.block(&s.body));
            }
            StmtKind::Supervise(s) => {
                let supervisor = self.supervise(s, None);
                self.starts.insert((self.ctx, Vertex::Supervisor(supervisor), s.span));
            }
        }
    }

    fn returns(&mut self, values: &'a [Expr]) {
        let results = self.contexts[self.ctx.index()].results.clone();
        if let ([value], true) = (values, results.len() > 1) {
            let found = self.values(value, results.len());
            found.into_iter().zip(results).for_each(|(from, to)| self.flow(from, Some(to)));
            return;
        }
        for (index, value) in values.iter().enumerate() {
            let from = self.value(value);
            self.flow(from, results.get(index).copied());
        }
    }

    fn if_(&mut self, s: &'a If) {
        s.init.iter().for_each(|init| self.stmt(init));
        match &s.cond {
            Cond::Expr(cond) => self.look(cond),
            Cond::Bind { name, value } => {
                let from = self.value(value);
                let to = self.binding(name);
                self.flow(from, to);
            }
        }
        self.block(&s.then);
        s.otherwise.iter().for_each(|otherwise| self.stmt(otherwise));
    }

    fn type_switch(&mut self, s: &'a TypeSwitch) {
        s.init.iter().for_each(|init| self.stmt(init));
        let from = self.value(&s.subject);
        for case in &s.cases {
            if let Some(&var) = self.program.info.defs.get(&case.id) {
                let to = self.declare_in(self.ctx, var);
                self.flow(from, Some(to));
            }
            self.stmts(&case.body);
        }
    }

    fn select(&mut self, s: &'a Select) {
        for case in &s.cases {
            match &case.kind {
                SelectKind::Send { chan, value } => {
                    let span = chan.span.to(value.span);
                    self.send(chan, value, span, false);
                }
                SelectKind::Recv { recv, bind } => {
                    let places: Vec<Option<Node>> = match bind {
                        SelectBind::None => Vec::new(),
                        SelectBind::Define(names) => names.iter().map(|name| self.binding(name)).collect(),
                        SelectBind::Assign(targets) => {
                            targets.iter().map(|target| self.value(target)).collect()
                        }
                    };
                    let operand = match &strip(recv).kind {
                        ExprKind::Unary { op: UnaryOp::Recv, operand } => operand,
                        _ => recv,
                    };
                    let from = self.receive(operand, recv.span, false);
                    self.flow(from, places.first().copied().flatten());
                }
                SelectKind::After(limit) => self.look(limit),
                SelectKind::Default => {}
            }
            self.stmts(&case.body);
        }
    }

    /// What a loop's variables get from what it runs over.
    pub fn range(&mut self, bind: &'a RangeBind, subject: &'a Expr) {
        let places: Vec<Option<Node>> = match bind {
            RangeBind::None => Vec::new(),
            RangeBind::Define(names) => names.iter().map(|name| self.binding(name)).collect(),
            RangeBind::Assign(targets) => targets.iter().map(|target| self.value(target)).collect(),
        };
        if self.is_channel(subject) {
            // A subscription gives the topic first.
            let from = self.receive(subject, subject.span, false);
            return self.flow(from, places.last().copied().flatten());
        }
        let from = self.value(subject);
        self.flow(from, places.get(1).copied().flatten());
        let iterates = self
            .type_of(subject)
            .is_some_and(|ty| matches!(self.program.underlying(ty).kind(), TyKind::Func(_)));
        if let (true, Some(func)) = (iterates, from) {
            let site = CallSite {
                ctx: self.ctx,
                id: subject.id,
                span: subject.span,
                args: Vec::new(),
                results: Vec::new(),
                task: None,
            };
            self.solver.each(func, Action::Call(Rc::new(site)));
        }
    }

    // Patterns.

    /// What a pattern takes out of a value.
    pub fn pattern(&mut self, pattern: &'a Pattern, subject: Option<Node>) {
        let info = &self.program.info;
        match (&pattern.kind, info.patterns.get(&pattern.id)) {
            (PatternKind::Name(_), Some(PatternInfo::Bind(var))) => {
                let to = self.declare_in(self.ctx, *var);
                self.flow(subject, Some(to));
            }
            (PatternKind::Case { args, .. }, Some(PatternInfo::Case { def, index })) => {
                for (position, arg) in args.iter().enumerate() {
                    let from = self.slot(Slot::Payload(*def, *index, position as u32));
                    self.pattern(arg, Some(from));
                }
            }
            (PatternKind::Or(patterns), _) => patterns.iter().for_each(|p| self.pattern(p, subject)),
            (PatternKind::Struct { path, fields }, Some(PatternInfo::Struct(indexes))) => {
                let own = self.program.packages.iter().rev().filter(|package| !package.std);
                let named = path
                    .last()
                    .and_then(|name| own.clone().find_map(|package| package.scope.get(&name.name)));
                let owner = match named {
                    Some(Entity::Type(ty)) => match ty.kind() {
                        TyKind::Named(def, _) => Some(Owner::Declared(*def)),
                        _ => None,
                    },
                    Some(Entity::GenericType(def)) => Some(Owner::Declared(*def)),
                    _ => None,
                };
                for ((_, field), index) in fields.iter().zip(indexes) {
                    let from = owner.map(|owner| self.slot(Slot::Field(owner, *index)));
                    self.pattern(field, from);
                }
            }
            _ => {}
        }
    }
}

/// `jobs`, `s.jobs` and `inboxes[name]` are called `jobs`, `jobs` and `inboxes`.
fn place_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::Select { name, .. } => Some(name.name.to_string()),
        ExprKind::Paren(base) | ExprKind::Index { base, .. } => place_name(base),
        _ => None,
    }
}
