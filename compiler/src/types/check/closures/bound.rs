//! Which closures are bound to their task, and do they get to another one?
//!
//! Values are followed by variable, not by time: what may ever be assigned to a variable may be in it. Between functions only
//! parameters are followed ([`find_reaching`]), until nothing changes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::contents::may_hold_function;
use super::super::places::Known;
use super::{Sink, Trace, shares};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::*;
use crate::syntax::{NodeId, Span, Symbol};
use crate::types::{FuncId, Program, Selection, VarId, VarKind};

/// Parameters (of functions and literals) whose value may get to another task.
pub type Reaching = FxHashSet<VarId>;

/// Why a value is bound to its task.
#[derive(Clone, Copy)]
pub struct Why {
    pub var: VarId,
    /// Where the closure uses the variable.
    pub captured: Span,
    /// An assignment that comes after the capture.
    pub assigned: Span,
}

/// Looks for parameters of this function whose value gets to another task. Called until nothing changes, over all
/// functions.
pub fn find_reaching(program: &Program, trace: &Trace, reaching: &mut Reaching) {
    let flow = Flow { program, trace };
    for sink in &trace.sinks {
        let mut found = Vec::new();
        match sink {
            Sink::Go(_, value) | Sink::Send(_, value) | Sink::Global(_, value) => {
                flow.params_in(value, &mut found, 0);
            }
            Sink::Argument(call) => {
                flow.reaching_args(call, reaching).for_each(|value| flow.params_in(value, &mut found, 0));
            }
            Sink::Parallel(literal) => flow.captured_params(*literal, &mut found, 0),
        }
        reaching.extend(found);
    }
}

/// The functions and literals of this function that another task may run, with the place that starts it.
pub fn task_roots(program: &Program, trace: &Trace, reaching: &Reaching) -> Vec<(Root, Span)> {
    let flow = Flow { program, trace };
    let mut roots = Vec::new();
    for sink in &trace.sinks {
        match sink {
            Sink::Go(span, value) | Sink::Send(span, value) => {
                flow.functions_in(value, &mut FxHashSet::default(), &mut |root| roots.push((root, *span)));
            }
            Sink::Argument(call) => flow.reaching_args(call, reaching).for_each(|value| {
                flow.functions_in(value, &mut FxHashSet::default(), &mut |root| {
                    roots.push((root, value.span))
                });
            }),
            Sink::Parallel(literal) => {
                roots.push((Root::Literal(*literal), trace.literals[literal].span));
            }
            Sink::Global(..) => {}
        }
    }
    roots
}

/// Code that a task runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Root {
    Literal(NodeId),
    Func(FuncId),
    /// Any method of this name, behind an interface.
    Method(Symbol),
    /// What this function returns.
    Result(FuncId),
}

/// The functions that a value may hold, and a closure in it that is bound to its task.
#[derive(Default)]
pub struct Held {
    pub roots: Vec<Root>,
    pub bound: Option<Why>,
}

/// What this function returns.
pub fn in_results(program: &Program, trace: &Trace) -> Held {
    let flow = Flow { program, trace };
    let named = trace.values.iter().filter(|(var, _)| trace.results.contains(var)).map(|(_, value)| *value);
    flow.held(trace.returned.iter().copied().chain(named))
}

/// The same of an expression of this code.
pub fn in_value(program: &Program, trace: &Trace, value: &Expr) -> Held {
    Flow { program, trace }.held(std::iter::once(value))
}

/// Reports bound closures that get to another task.
pub fn check_bound(program: &Program, trace: &Trace, reaching: &Reaching, diags: &mut Diagnostics) {
    let flow = Flow { program, trace };
    let bound = flow.bound_literals();
    if bound.is_empty() {
        return;
    }
    let holders = flow.holders(&bound);
    let mut reported = FxHashSet::default();
    for sink in &trace.sinks {
        let reason = |value: &Expr| flow.bound_in(value, &bound, &holders);
        let (span, reason, how) = match sink {
            Sink::Go(span, value) => (*span, reason(value), "a task is started with it"),
            Sink::Send(span, value) => (*span, reason(value), "it is sent"),
            Sink::Global(span, value) => {
                (*span, reason(value), "every task can get it from a package variable")
            }
            Sink::Argument(call) => {
                let found = flow.reaching_args(call, reaching).find_map(|arg| Some((arg.span, reason(arg)?)));
                let Some((span, found)) = found else { continue };
                (span, Some(found), "this function hands it to another task")
            }
            Sink::Parallel(literal) => {
                (trace.literals[literal].span, bound.get(literal).copied(), "its turns run at the same time")
            }
        };
        let Some(found) = reason else { continue };
        if reported.insert((found.var, span)) {
            diags.push(task_bound(program, span, found, how));
        }
    }
}

fn task_bound(program: &Program, span: Span, bound: Why, how: &str) -> Diagnostic {
    let name = program.vars[bound.var.0 as usize].name;
    let mut diagnostic = Diagnostic::error(
        Code::TaskBound,
        span,
        format!("this closure shares `{name}` with the function around it, and {how}"),
    )
    .label("two tasks would use the same variable")
    .also(bound.captured, format!("`{name}` is captured here"));
    if bound.assigned != bound.captured {
        diagnostic = diagnostic.also(bound.assigned, "and assigned here, after the capture");
    }
    diagnostic.help(format!(
        "pass `{name}` as an argument, and get results back over a channel or from the task's handle"
    ))
}

/// Where values go inside one function.
struct Flow<'p, 't, 'a> {
    program: &'p Program,
    trace: &'t Trace<'a>,
}

type BoundLiterals = FxHashMap<NodeId, Why>;
type Holders = FxHashMap<VarId, Why>;

/// Expressions deeper than this are not followed; such code holds no closures.
const MAX_DEPTH: u32 = 200;

impl<'a> Flow<'_, '_, 'a> {
    fn known(&self) -> Known<'_> {
        Known { info: &self.program.info, funcs: &self.program.funcs }
    }

    fn held<'e>(&self, values: impl Iterator<Item = &'e Expr>) -> Held {
        let bound = self.bound_literals();
        let holders = self.holders(&bound);
        let mut held = Held::default();
        for value in values {
            self.functions_in(value, &mut FxHashSet::default(), &mut |root| held.roots.push(root));
            held.bound = held.bound.or_else(|| self.bound_in(value, &bound, &holders));
        }
        held
    }

    /// Literals over a cell, and (until nothing changes) over a variable that holds a bound closure.
    fn bound_literals(&self) -> BoundLiterals {
        let mut bound = BoundLiterals::default();
        for capture in &self.trace.captures {
            if !self.program.vars[capture.var.0 as usize].cell {
                continue;
            }
            let assigned = self
                .trace
                .assigned
                .iter()
                .find(|assigned| assigned.var == capture.var && shares(self.trace, capture, assigned));
            let reason = Why {
                var: capture.var,
                captured: capture.span,
                assigned: assigned.map_or(capture.span, |assigned| assigned.span),
            };
            for literal in &capture.through {
                bound.entry(*literal).or_insert(reason);
            }
        }
        loop {
            let holders = self.holders(&bound);
            let before = bound.len();
            for capture in &self.trace.captures {
                if let Some(&reason) = holders.get(&capture.var) {
                    for literal in &capture.through {
                        bound.entry(*literal).or_insert(reason);
                    }
                }
            }
            if bound.len() == before {
                return bound;
            }
        }
    }

    /// The variables that may hold one of the bound literals.
    fn holders(&self, bound: &BoundLiterals) -> Holders {
        let mut holders = Holders::default();
        if bound.is_empty() {
            return holders;
        }
        loop {
            let before = holders.len();
            for (var, value) in &self.trace.values {
                if holders.contains_key(var) || !self.may_hold(*var) {
                    continue;
                }
                if let Some(reason) = self.bound_in(value, bound, &holders) {
                    holders.insert(*var, reason);
                }
            }
            if holders.len() == before {
                return holders;
            }
        }
    }

    fn may_hold(&self, var: VarId) -> bool {
        may_hold_function(self.program, self.program.vars[var.0 as usize].ty)
    }

    fn bound_in(&self, value: &Expr, bound: &BoundLiterals, holders: &Holders) -> Option<Why> {
        let mut found = None;
        self.sources(value, 0, &mut |source| match source {
            Source::Literal(id) => found = found.or(bound.get(&id).copied()),
            Source::Var(var) => found = found.or(holders.get(&var).copied()),
            Source::Func(_) | Source::Method(_) | Source::Result(_) => {}
        });
        found
    }

    /// The functions that may be in a value, or in what these captured. `seen`: the variables that were looked into.
    fn functions_in(&self, value: &Expr, seen: &mut FxHashSet<VarId>, found: &mut dyn FnMut(Root)) {
        let mut sources = Vec::new();
        self.sources(value, 0, &mut |source| sources.push(source));
        for source in sources {
            match source {
                Source::Literal(id) => {
                    found(Root::Literal(id));
                    for &var in self.program.info.captures.get(&id).into_iter().flatten() {
                        self.functions_behind(var, seen, found);
                    }
                }
                Source::Func(func) => found(Root::Func(func)),
                Source::Method(name) => found(Root::Method(name)),
                Source::Result(func) => found(Root::Result(func)),
                Source::Var(var) => self.functions_behind(var, seen, found),
            }
        }
    }

    fn functions_behind(&self, var: VarId, seen: &mut FxHashSet<VarId>, found: &mut dyn FnMut(Root)) {
        if self.may_hold(var) && seen.insert(var) {
            for (_, value) in self.trace.values.iter().filter(|(holder, _)| *holder == var) {
                self.functions_in(value, seen, found);
            }
        }
    }

    /// The parameters whose value may be in this one.
    fn params_in(&self, value: &Expr, found: &mut Vec<VarId>, depth: u32) {
        let mut sources = Vec::new();
        self.sources(value, 0, &mut |source| sources.push(source));
        for source in sources {
            match source {
                Source::Literal(id) => self.captured_params(id, found, depth + 1),
                Source::Var(var) => self.params_behind(var, found, depth + 1),
                Source::Func(_) | Source::Method(_) | Source::Result(_) => {}
            }
        }
    }

    fn captured_params(&self, literal: NodeId, found: &mut Vec<VarId>, depth: u32) {
        for var in self.program.info.captures.get(&literal).into_iter().flatten() {
            self.params_behind(*var, found, depth + 1);
        }
    }

    fn params_behind(&self, var: VarId, found: &mut Vec<VarId>, depth: u32) {
        if depth > 8 || found.contains(&var) || !self.may_hold(var) {
            return;
        }
        if matches!(self.program.vars[var.0 as usize].kind, VarKind::Param) {
            found.push(var);
            return;
        }
        for (_, value) in self.trace.values.iter().filter(|(holder, _)| *holder == var) {
            self.params_in(value, found, depth + 1);
        }
    }

    /// The arguments of a call that its function hands to another task.
    fn reaching_args<'c>(
        &self,
        call: &'c Call,
        reaching: &Reaching,
    ) -> impl Iterator<Item = &'c Expr> + use<'c> {
        let mut out = Vec::new();
        if !reaching.is_empty() {
            for params in self.callee_params(&call.callee) {
                let variadic_from = params.len().saturating_sub(1);
                for (i, arg) in call.args.iter().enumerate() {
                    let param = params.get(i).or(params.get(variadic_from));
                    if param.is_some_and(|param| reaching.contains(param)) {
                        out.push(&arg.value);
                    }
                }
            }
        }
        out.into_iter()
    }

    /// The parameters, without the receiver, of what a call may run.
    fn callee_params(&self, callee: &Expr) -> Vec<Vec<VarId>> {
        let known = self.known();
        let own = |func: FuncId| {
            let func = &self.program.funcs[func.0 as usize];
            func.params[usize::from(func.receiver.is_some()).min(func.params.len())..].to_vec()
        };
        if let Some(func) = known.callee(callee) {
            return vec![own(func)];
        }
        let literal = |id: &NodeId| self.program.info.literals.get(id).map(|(params, _)| params.clone());
        let callee = strip(callee);
        match &callee.kind {
            ExprKind::FuncLit(_) => literal(&callee.id).into_iter().collect(),
            ExprKind::Name(_) => {
                let var = known.var(callee);
                let values = self.trace.values.iter().filter(|(holder, _)| Some(*holder) == var);
                values.filter_map(|(_, value)| literal(&strip(value).id)).collect()
            }
            ExprKind::Select { name, .. } => match self.program.info.selections.get(&callee.id) {
                // Whichever type is behind the interface.
                Some(Selection::InterfaceMethod { .. } | Selection::ParamMethod { .. }) => {
                    self.program.methods_named(name.name).map(own).collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The literals and variables whose closures may be in the value of an expression.
    fn sources(&self, expr: &Expr, depth: u32, found: &mut dyn FnMut(Source)) {
        if depth > MAX_DEPTH {
            return;
        }
        let known = self.known();
        let holds = known.ty(expr).is_none_or(|ty| may_hold_function(self.program, ty));
        if let Some(func) = known.callee(expr) {
            found(Source::Func(func));
        }
        if let Some(Selection::InterfaceMethod { name, .. } | Selection::ParamMethod { name, .. }) =
            known.info.selections.get(&expr.id)
        {
            found(Source::Method(*name));
        }
        let mut down = |inner: &Expr| self.sources(inner, depth + 1, found);
        match &expr.kind {
            ExprKind::FuncLit(_) | ExprKind::Parallel(_) => found(Source::Literal(expr.id)),
            _ if !holds => {}
            ExprKind::Name(_) => known.var(expr).into_iter().for_each(|var| found(Source::Var(var))),
            ExprKind::Paren(e) | ExprKind::Unary { operand: e, op: UnaryOp::Ref | UnaryOp::Deref } => down(e),
            ExprKind::Select { base, .. } | ExprKind::Index { base, .. } | ExprKind::Slice { base, .. } => {
                down(base);
            }
            ExprKind::TypeAssert { base, .. } | ExprKind::Try(base) => down(base),
            ExprKind::Composite { elems, .. } => elems.iter().for_each(|elem| down(&elem.value)),
            ExprKind::Binary { op: BinaryOp::Default, left, right, .. } => {
                down(left);
                down(right);
            }
            ExprKind::Call(call) => {
                // Its result may be, or call, any function it was given; the callee matters where it is itself a closure.
                let callee = known.callee(&call.callee);
                if callee.is_none() && known.builtin(&call.callee).is_none() {
                    down(&call.callee);
                }
                call.args.iter().for_each(|arg| down(&arg.value));
                if let Some(func) = callee {
                    found(Source::Result(func));
                }
            }
            ExprKind::Recover { body: RecoverBody::Expr(e), .. } => down(e),
            ExprKind::Match(m) => m.arms.iter().for_each(|arm| {
                if let MatchBody::Expr(e) = &arm.body {
                    down(e);
                }
            }),
            _ => {}
        }
    }
}

enum Source {
    Literal(NodeId),
    Var(VarId),
    Func(FuncId),
    /// A method of an interface.
    Method(Symbol),
    /// What a call of this function gives.
    Result(FuncId),
}
