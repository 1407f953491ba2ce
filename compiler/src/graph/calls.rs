//! Calls: whose parameters get the arguments, and what comes back.

use std::rc::Rc;

use super::solve::{Node, Obj};
use super::walk::{Action, Code, Ctx, Object, Walk};
use super::{Channel, Operation};
use crate::syntax::ast::*;
use crate::syntax::{NodeId, Span};
use crate::types::{
    Builtin, BuiltinMethod, Constant, Entity, FuncId, Mode, Selection, Ty, TyKind, TypeDefId,
};

/// A call whose callee is found out later: what a variable holds, or what implements a method.
pub struct CallSite {
    pub ctx: Ctx,
    pub id: NodeId,
    pub span: Span,
    pub args: Vec<Option<Node>>,
    pub results: Vec<Node>,
    /// The task that the call is the beginning of, for `go f()`.
    pub task: Option<usize>,
}

/// What is called.
pub enum Callee {
    Func(FuncId),
    Builtin(Builtin),
    Method(BuiltinMethod),
    Case(TypeDefId, u32),
    Conversion,
    /// A method by name: any type's.
    Dynamic(crate::syntax::Symbol),
    /// The value of an expression.
    Value,
}

impl<'a> Walk<'a> {
    pub fn callee(&self, call: &Call) -> Callee {
        let info = &self.program.info;
        let mut callee = strip(&call.callee);
        if info.exprs.get(&callee.id).is_some_and(|info| info.mode == Mode::Type)
            || info.types.contains_key(&callee.id)
        {
            return Callee::Conversion;
        }
        // `f[int](x)`
        if let ExprKind::Index { base, .. } = &callee.kind {
            callee = strip(base);
        }
        let entity = match &callee.kind {
            ExprKind::Name(_) => info.uses.get(&callee.id).copied(),
            ExprKind::Select { .. } => match info.selections.get(&callee.id) {
                Some(Selection::Method { func, .. }) => return Callee::Func(*func),
                Some(Selection::Builtin(method)) => return Callee::Method(*method),
                Some(Selection::Case { def, index }) => return Callee::Case(*def, *index),
                Some(Selection::InterfaceMethod { name, .. } | Selection::ParamMethod { name, .. }) => {
                    return Callee::Dynamic(*name);
                }
                Some(Selection::Member(entity)) => Some(*entity),
                _ => None,
            },
            _ => None,
        };
        match entity {
            Some(Entity::Func(func)) => Callee::Func(func),
            Some(Entity::Builtin(builtin)) => Callee::Builtin(builtin),
            Some(Entity::Case(def, index)) => Callee::Case(def, index),
            Some(Entity::Type(_) | Entity::GenericType(_)) => Callee::Conversion,
            _ => Callee::Value,
        }
    }

    /// The places of the arguments; `f(g())` hands on all of `g`'s results.
    pub fn args(&mut self, call: &'a Call) -> Vec<Option<Node>> {
        let naming = self.naming.take();
        let found = match call.args.as_slice() {
            [one] => {
                let results = match &strip(&one.value).kind {
                    ExprKind::Call(_) => {
                        self.type_of(&one.value).map_or(1, |ty| super::walk::result_count(ty).max(1))
                    }
                    _ => 1,
                };
                self.values(&one.value, results)
            }
            args => args.iter().map(|arg| self.value(&arg.value)).collect(),
        };
        self.naming = naming;
        found
    }

    /// The places of a call's results.
    pub fn call(&mut self, expr: &'a Expr, call: &'a Call) -> Vec<Option<Node>> {
        match self.callee(call) {
            Callee::Conversion => self.args(call),
            Callee::Builtin(builtin) => self.builtin(builtin, expr, call),
            Callee::Method(method) => vec![self.builtin_method(method, expr, call)],
            Callee::Case(def, index) => {
                let args = self.args(call);
                self.payload((def, index), &args);
                Vec::new()
            }
            Callee::Func(func) => {
                let receiver = self.receiver_of(call);
                let args = self.args(call);
                if self.is_library(self.program.funcs[func.0 as usize].span) {
                    let found = self.survey(func, expr, receiver, &args);
                    return vec![found.unwrap_or_else(|| self.library(func, expr, receiver, &args))];
                }
                let ctx = self.enter(func, Some(expr.id));
                self.calls.insert((self.ctx, ctx));
                self.receiver(ctx, func, receiver);
                self.pass(ctx, &args);
                self.results(ctx)
            }
            Callee::Dynamic(name) => {
                self.receiver_of(call);
                let site = self.site(expr, call, None);
                let found: Vec<Option<Node>> = site.results.iter().map(|node| Some(*node)).collect();
                for func in self.implementations(name, call.args.len()) {
                    self.call_func(&site, func);
                }
                found
            }
            // `r := try calc(q)`: a request.
            Callee::Value if self.is_channel(&call.callee) => {
                let chan = self.value(&call.callee);
                let args = self.args(call);
                let value = args.first().copied().flatten();
                self.operate(chan, Operation::Send, expr.span, true, value);
                Vec::new()
            }
            Callee::Value => {
                let func = self.value(&call.callee);
                let site = self.site(expr, call, None);
                let found = site.results.iter().map(|node| Some(*node)).collect();
                if let Some(func) = func {
                    self.solver.each(func, Action::Call(site));
                }
                found
            }
        }
    }

    /// A call whose callee is not known yet.
    pub fn site(&mut self, expr: &'a Expr, call: &'a Call, task: Option<usize>) -> Rc<CallSite> {
        let args = self.args(call);
        let count = self.type_of(expr).map_or(1, super::walk::result_count).max(1);
        let results = (0..count).map(|_| self.solver.node()).collect();
        Rc::new(CallSite { ctx: self.ctx, id: expr.id, span: expr.span, args, results, task })
    }

    fn receiver_of(&mut self, call: &'a Call) -> Option<Node> {
        match &strip(&call.callee).kind {
            ExprKind::Select { base, .. } if !self.is_package(base) => self.value(base),
            _ => None,
        }
    }

    fn is_package(&self, expr: &Expr) -> bool {
        matches!(self.program.info.uses.get(&expr.id), Some(Entity::Package(_)))
    }

    /// The methods of the program's own types that a call by name may reach.
    fn implementations(&self, name: crate::syntax::Symbol, args: usize) -> Vec<FuncId> {
        let funcs = self.program.funcs.iter().enumerate();
        funcs
            .filter(|(_, def)| {
                def.name == name
                    && def.receiver.is_some()
                    && !self.is_library(def.span)
                    && (def.sig.variadic || def.sig.params.len() == args)
            })
            .map(|(index, _)| FuncId(index as u32))
            .collect()
    }

    /// A method's receiver gets its value.
    pub fn receiver(&mut self, ctx: Ctx, func: FuncId, value: Option<Node>) {
        let program = self.program;
        let def = &program.funcs[func.0 as usize];
        if let (Some(value), Some(receiver), Some(&var)) = (value, def.receiver, def.params.first())
            && self.carries(receiver.ty)
        {
            let to = self.declare_in(ctx, var);
            self.solver.flow(value, to);
        }
    }

    /// The parameters of the code of a context get the arguments.
    pub fn pass(&mut self, ctx: Ctx, args: &[Option<Node>]) {
        let params = self.params(ctx);
        let Some(last) = params.len().checked_sub(1) else { return };
        for (index, arg) in args.iter().enumerate() {
            if let Some(arg) = arg {
                // More arguments than parameters go to a variadic one.
                let to = self.declare_in(ctx, params[index.min(last)]);
                self.solver.flow(*arg, to);
            }
        }
    }

    pub fn results(&self, ctx: Ctx) -> Vec<Option<Node>> {
        self.contexts_results(ctx).iter().map(|node| Some(*node)).collect()
    }

    // What is done when a callee is found.

    pub fn act(&mut self, action: Action, obj: Obj) {
        let object = self.objects[obj.0 as usize];
        match (action, object) {
            (Action::Operate { ctx, operation, span, waits, value }, Object::Channel(channel)) => {
                self.operations.insert((ctx, channel, operation, span, waits));
                let contents = self.contents(obj);
                match operation {
                    Operation::Send => self.flow(value, Some(contents)),
                    Operation::Receive => self.flow(Some(contents), value),
                    Operation::Close => {}
                }
            }
            (Action::Operate { ctx, operation: Operation::Receive, span, value, .. }, Object::Task(task)) => {
                self.awaits.insert((ctx, task, span));
                let contents = self.contents(obj);
                self.flow(Some(contents), value);
            }
            (Action::Call(site), Object::Func(func)) => self.call_func(&site, func),
            (Action::Call(site), Object::Literal(literal, parent)) => {
                self.call_literal(&site, literal, parent)
            }
            (Action::StartUnder(site, func), Object::Supervisor(supervisor)) => {
                self.start_under(&site, supervisor, func);
            }
            (Action::Watch(supervisor, span), Object::Channel(channel)) => {
                self.watches.insert((supervisor, channel, span));
            }
            (Action::Bury(from, span), Object::Channel(to)) => _ = self.burials.insert((from, to, span)),
            (Action::Escape(_), Object::Channel(channel)) => self.channels[channel].escapes = true,
            // The library calls what it is given.
            (Action::Escape(site), Object::Func(func)) => self.call_func(&site, func),
            (Action::Escape(site), Object::Literal(literal, parent)) => {
                self.call_literal(&site, literal, parent);
            }
            _ => {}
        }
    }

    fn call_func(&mut self, site: &CallSite, func: FuncId) {
        if self.is_library(self.program.funcs[func.0 as usize].span) {
            return;
        }
        self.ctx = site.ctx;
        let ctx = self.enter(func, Some(site.id));
        self.reach(site, ctx);
    }

    fn call_literal(&mut self, site: &CallSite, literal: &'a Expr, parent: Ctx) {
        let ctx = self.enter_expr(Code::Literal(literal), literal.id, parent);
        self.reach(site, ctx);
    }

    fn reach(&mut self, site: &CallSite, ctx: Ctx) {
        match site.task {
            Some(task) => _ = self.tasks[task].entries.insert(ctx),
            None => _ = self.calls.insert((site.ctx, ctx)),
        }
        self.pass(ctx, &site.args);
        let results = self.contexts_results(ctx).to_vec();
        for (from, to) in results.into_iter().zip(&site.results) {
            self.solver.flow(from, *to);
        }
    }

    /// The library is not looked at: what it is given it may use, what it gives may be what it was given.
    fn library(
        &mut self,
        func: FuncId,
        expr: &'a Expr,
        receiver: Option<Node>,
        args: &[Option<Node>],
    ) -> Option<Node> {
        if self.starts_child(func, expr, args) {
            return None;
        }
        let given: Vec<Node> = receiver.into_iter().chain(args.iter().copied().flatten()).collect();
        if given.is_empty() {
            return None;
        }
        let result = self.solver.node();
        let site = Rc::new(CallSite {
            ctx: self.ctx,
            id: expr.id,
            span: expr.span,
            // Callbacks get what is in what was given, such as elements.
            args: given.iter().map(|node| Some(*node)).collect(),
            results: vec![result],
            task: None,
        });
        for node in given {
            self.solver.flow(node, result);
            self.solver.each(node, Action::Escape(site.clone()));
        }
        Some(result)
    }

    // What the language itself has.

    fn builtin(&mut self, builtin: Builtin, expr: &'a Expr, call: &'a Call) -> Vec<Option<Node>> {
        match builtin {
            Builtin::Make if self.is_channel(expr) => vec![self.make(expr, call)],
            Builtin::Close => {
                let args = self.args(call);
                self.operate(args.first().copied().flatten(), Operation::Close, expr.span, false, None);
                Vec::new()
            }
            Builtin::Append => {
                let node = self.solver.node();
                // What is appended goes where the whole goes.
                let naming = self.naming.take();
                for arg in &call.args {
                    self.naming.clone_from(&naming);
                    let from = self.value(&arg.value);
                    self.flow(from, Some(node));
                }
                self.naming = naming;
                vec![Some(node)]
            }
            Builtin::Copy => {
                if let [to, from] = self.args(call)[..] {
                    self.flow(from, to);
                }
                Vec::new()
            }
            _ => {
                self.args(call);
                Vec::new()
            }
        }
    }

    fn make(&mut self, expr: &'a Expr, call: &'a Call) -> Option<Node> {
        let name = self.naming.take();
        let obj = self.made(expr, |walk| walk.described(expr, call, name))?;
        let Object::Channel(index) = self.objects[obj.0 as usize] else { return None };
        for arg in call.args.iter().skip(1) {
            let value = self.value(&arg.value);
            if let (Some(value), Some("dead")) = (value, arg.name.map(|name| name.name.as_str())) {
                self.solver.each(value, Action::Bury(index, arg.value.span));
            }
        }
        Some(self.holding(obj))
    }

    /// The channel that an expression makes: the same one each time that it is walked over.
    pub fn made(&mut self, expr: &'a Expr, describe: impl FnOnce(&Self) -> Option<Channel>) -> Option<Obj> {
        if let Some(obj) = self.object_ids.get(&(0, expr.id, None)).copied() {
            return Some(obj);
        }
        let channel = describe(self)?;
        self.channels.push(channel);
        Some(self.object(0, expr.id, Object::Channel(self.channels.len() - 1)))
    }

    /// A channel without options, which nobody uses yet.
    pub fn bare_channel(&self, expr: &Expr, name: String, ty: Ty, pattern: ChanPattern) -> Channel {
        Channel {
            name,
            made: expr.span,
            pattern,
            ty,
            capacity: None,
            overflow: "block".to_owned(),
            options: Vec::new(),
            endpoint: None,
            many: self.loops > 0,
            escapes: false,
            operations: Vec::new(),
        }
    }

    /// A channel as its `make` describes it.
    fn described(&self, expr: &Expr, call: &Call, name: Option<String>) -> Option<Channel> {
        let ty = self.type_of(expr)?;
        let pattern = self.channel_type(ty).unwrap_or(ChanPattern::Plain);
        let mut channel = self.bare_channel(expr, name.unwrap_or_else(|| "chan".to_owned()), ty, pattern);
        for arg in call.args.iter().skip(1) {
            let value = &arg.value;
            let written = self.program.sources.text(value.span).to_owned();
            match arg.name.map(|name| name.name.as_str()) {
                None | Some("cap") => {
                    channel.capacity = match self.constant(value) {
                        Some(cap) if cap == "0" => None,
                        Some(cap) => Some(cap),
                        None => Some(written),
                    };
                }
                Some("overflow") => channel.overflow = written,
                Some(other) => channel.options.push((other.to_owned(), written)),
            }
        }
        Some(channel)
    }

    fn constant(&self, expr: &Expr) -> Option<String> {
        match self.program.info.exprs.get(&expr.id)?.constant.as_ref()? {
            Constant::Int(value) => Some(value.to_string()),
            _ => None,
        }
    }

    fn builtin_method(&mut self, method: BuiltinMethod, expr: &'a Expr, call: &'a Call) -> Option<Node> {
        let ExprKind::Select { base, .. } = &strip(&call.callee).kind else { return None };
        let base = self.value(base);
        let args = self.args(call);
        let first = args.first().copied().flatten();
        let span = expr.span;
        match method {
            BuiltinMethod::TrySend | BuiltinMethod::SendWithin => {
                self.operate(base, Operation::Send, span, false, first);
                None
            }
            BuiltinMethod::TryRecv | BuiltinMethod::RecvWithin | BuiltinMethod::Batch => {
                let to = self.solver.node();
                self.operate(base, Operation::Receive, span, false, Some(to));
                Some(to)
            }
            BuiltinMethod::Close => {
                self.operate(base, Operation::Close, span, false, None);
                None
            }
            BuiltinMethod::Start | BuiltinMethod::StartAs | BuiltinMethod::StartKind => {
                self.starts_by_hand(expr, base, &args);
                None
            }
            // `m.With(func(v *T) { … })` calls it here.
            BuiltinMethod::With => {
                let site = CallSite {
                    ctx: self.ctx,
                    id: expr.id,
                    span,
                    args: vec![base],
                    results: Vec::new(),
                    task: None,
                };
                if let Some(func) = first {
                    self.solver.each(func, Action::Call(Rc::new(site)));
                }
                None
            }
            _ => match self.type_of(expr).map(|ty| self.program.underlying(ty).kind()) {
                // What gives a channel of another pattern gives an end of the same one.
                Some(TyKind::Chan { .. }) => base,
                _ => None,
            },
        }
    }
}
