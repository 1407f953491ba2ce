//! Which function values are gone when the function that made them returns?
//!
//! An in-out parameter stands for a variable of the caller, which is lent until the function returns. So a closure, or a method as a
//! value, may share it only if nothing keeps that value for longer: it is *confined*. A function value is confined if each place
//! where it stands is one of a few that do not keep it:
//!
//! - it is called there, at once or by `defer`, ranged over, or compared with `none`;
//! - it is an argument for a parameter which is confined itself: of a declared function, of a literal that is called by its variable,
//!   or, through an interface, of all methods of that name; or of the `With` of a mutex;
//! - it is a literal that is assigned to a variable of the function it stands in, and all uses of that variable are such places.
//!
//! All else keeps it: what is not on this list need not be understood here. "Confined" is assumed of everything at first, and what
//! follows from the places taken back until nothing changes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::analyses::Unit;
use super::super::places::Known;
use super::{Capture, Lent, Trace};
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::NodeId;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{BuiltinMethod, Entity, FuncId, Mode, Program, Selection, TyKind, VarId, VarKind};

/// Reports closures and method values that share an in-out parameter and may be kept for longer than it is lent.
pub fn check_lent(program: &Program, units: &[Unit], traces: &[Trace], diags: &mut Diagnostics) {
    let inout = |var: VarId| program.vars[var.0 as usize].inout;
    let any = traces
        .iter()
        .any(|trace| trace.captures.iter().any(|capture| inout(capture.var)) || !trace.lent.is_empty());
    if !any {
        return;
    }
    let confined = Confined::new(program, units, traces);
    for trace in traces {
        let mut reported = FxHashSet::default();
        for capture in trace.captures.iter().filter(|capture| inout(capture.var)) {
            let kept = capture.through.iter().find(|literal| confined.kept.contains(literal));
            if let Some(&literal) = kept
                && reported.insert((capture.var, literal))
            {
                diags.push(confined.captured(trace, capture, literal));
            }
        }
        for lent in &trace.lent {
            if lent.loose || confined.kept.contains(&lent.value) {
                diags.push(confined.method_value(lent));
            }
        }
    }
}

/// Where a function value stands.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Called, ranged over, compared: nothing keeps it.
    Used,
    Argument(&'a Call, usize),
    /// The whole value of a variable.
    Stored(VarId),
    /// A task gets it, or runs it.
    Task,
}

/// The places of function values in all code.
#[derive(Default)]
struct Places<'a> {
    /// By expression; what is not here is kept.
    places: FxHashMap<NodeId, Place<'a>>,
    /// The uses of variables.
    uses: Vec<(VarId, NodeId)>,
}

impl<'a> Places<'a> {
    fn of(program: &Program, known: Known, units: &[Unit<'a>]) -> Places<'a> {
        let mut walk = Walk { program, known, found: Places::default() };
        for unit in units {
            unit.code.walk(&mut walk);
        }
        walk.found
    }
}

struct Walk<'p, 'a> {
    program: &'p Program,
    known: Known<'p>,
    found: Places<'a>,
}

impl<'a> Walk<'_, 'a> {
    fn mark(&mut self, expr: &'a Expr, place: Place<'a>) {
        self.found.places.insert(strip(expr).id, place);
    }

    fn call(&mut self, call: &'a Call) {
        let callee = strip(&call.callee);
        let of_type = self.known.info.exprs.get(&callee.id).is_some_and(|info| info.mode == Mode::Type);
        if of_type || self.known.builtin(callee).is_some() {
            return;
        }
        self.mark(callee, Place::Used);
        for (index, arg) in call.args.iter().enumerate() {
            self.mark(&arg.value, Place::Argument(call, index));
        }
    }

    /// A call that a task makes, which has been walked over: what [`Walk::call`] said of it does not hold.
    fn started(&mut self, started: &'a Expr) {
        let ExprKind::Call(call) = &strip(started).kind else { return };
        self.mark(&call.callee, Place::Task);
        call.args.iter().for_each(|arg| self.mark(&arg.value, Place::Task));
    }

    fn children(&mut self, s: &'a Supervise) {
        for child in &s.children {
            match &child.kind {
                ChildKind::Go(call) => self.started(call),
                ChildKind::Supervise(inner) => self.children(inner),
            }
        }
    }

    fn store(&mut self, var: Option<VarId>, value: &'a Expr) {
        if let (Some(var), ExprKind::FuncLit(_)) = (var, &strip(value).kind) {
            self.mark(value, Place::Stored(var));
        }
    }

    fn define(&mut self, names: &'a [Ident], values: &'a [Expr]) {
        if names.len() != values.len() {
            return;
        }
        for (name, value) in names.iter().zip(values) {
            let var = match (self.known.info.defs.get(&name.id), self.known.info.uses.get(&name.id)) {
                (Some(var), _) | (None, Some(Entity::Var(var))) => Some(*var),
                _ => None,
            };
            self.store(var, value);
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Assign { targets, values } if targets.len() == values.len() => {
                for (target, value) in targets.iter().zip(values) {
                    if let (ExprKind::Name(_), ExprKind::FuncLit(_)) =
                        (&strip(target).kind, &strip(value).kind)
                    {
                        self.store(self.known.var(target), value);
                        self.mark(target, Place::Used);
                    }
                }
            }
            StmtKind::Define { names, values } => self.define(names, values),
            StmtKind::Decl(decl) => {
                if let Decl::Var(specs) = &**decl {
                    specs.iter().for_each(|spec| self.define(&spec.names, &spec.values));
                }
            }
            StmtKind::Range(range) => {
                let ty = self.known.ty(&range.subject).map(|ty| self.program.underlying(ty));
                if ty.is_some_and(|ty| matches!(ty.kind(), TyKind::Func(_))) {
                    self.mark(&range.subject, Place::Used);
                }
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
        match &stmt.kind {
            StmtKind::Go(started) => self.started(started),
            StmtKind::Supervise(s) => self.children(s),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call),
            ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::Ne, left, right, .. } => {
                self.mark(left, Place::Used);
                self.mark(right, Place::Used);
            }
            ExprKind::Parallel(_) => self.mark(expr, Place::Task),
            ExprKind::Name(_) => {
                if let Some(Entity::Var(var)) = self.known.info.uses.get(&expr.id) {
                    self.found.uses.push((*var, expr.id));
                }
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
        match &expr.kind {
            ExprKind::Go(started) => self.started(started),
            ExprKind::GoSupervise(s) => self.children(s),
            _ => {}
        }
    }
}

struct Confined<'p, 'a> {
    program: &'p Program,
    known: Known<'p>,
    places: Places<'a>,
    /// The literals that are all that a variable ever holds.
    literals: FxHashMap<VarId, Vec<NodeId>>,
    /// The literals and method values that are not confined.
    kept: FxHashSet<NodeId>,
    kept_vars: FxHashSet<VarId>,
}

impl<'p, 'a> Confined<'p, 'a> {
    fn new(program: &'p Program, units: &[Unit<'a>], traces: &[Trace]) -> Confined<'p, 'a> {
        let known = Known { info: &program.info, funcs: &program.funcs };
        let mut confined = Confined {
            program,
            known,
            places: Places::of(program, known, units),
            literals: literals_of(program, traces),
            kept: FxHashSet::default(),
            kept_vars: FxHashSet::default(),
        };
        for trace in traces {
            // A variable of a function further out lives longer than this one.
            for (id, literal) in &trace.literals {
                if let Some(Place::Stored(var)) = confined.places.places.get(id)
                    && trace.declared.get(var).is_none_or(|declared| declared.depth < literal.depth)
                {
                    confined.kept.insert(*id);
                }
            }
        }
        while confined.round(traces) {}
        confined
    }

    /// Takes back what cannot be. Whether there was anything.
    fn round(&mut self, traces: &[Trace]) -> bool {
        let before = self.kept.len() + self.kept_vars.len();
        let uses = std::mem::take(&mut self.places.uses);
        for (var, id) in &uses {
            if !self.kept_vars.contains(var) && (!self.may_confine(*var) || self.is_kept_at(*id)) {
                self.kept_vars.insert(*var);
            }
        }
        self.places.uses = uses;
        for trace in traces {
            for capture in &trace.captures {
                if capture.through.iter().any(|literal| self.kept.contains(literal)) {
                    self.kept_vars.insert(capture.var);
                }
            }
            let values = trace.literals.keys().copied().chain(trace.lent.iter().map(|lent| lent.value));
            for id in values {
                if !self.kept.contains(&id) && self.is_kept_at(id) {
                    self.kept.insert(id);
                }
            }
        }
        self.kept.len() + self.kept_vars.len() != before
    }

    /// Whether a variable is one of those that end with their function.
    fn may_confine(&self, var: VarId) -> bool {
        let var = &self.program.vars[var.0 as usize];
        !var.inout && matches!(var.kind, VarKind::Local | VarKind::Param)
    }

    fn is_kept_at(&self, id: NodeId) -> bool {
        match self.places.places.get(&id) {
            Some(Place::Used) => false,
            Some(Place::Stored(var)) => !self.may_confine(*var) || self.kept_vars.contains(var),
            Some(Place::Argument(call, index)) => !self.lends(call, *index),
            Some(Place::Task) | None => true,
        }
    }

    /// Whether all that a call may run only uses this argument until it returns.
    fn lends(&self, call: &Call, index: usize) -> bool {
        let callee = strip(&call.callee);
        if let Some(func) = self.known.callee(callee) {
            return self.is_lent_to(func, index);
        }
        match self.program.info.selections.get(&callee.id) {
            Some(Selection::Builtin(BuiltinMethod::With)) => return true,
            // Whichever type is behind the interface.
            Some(Selection::InterfaceMethod { name, .. } | Selection::ParamMethod { name, .. }) => {
                return self.program.methods_named(*name).all(|func| self.is_lent_to(func, index));
            }
            _ => {}
        }
        let literals = match &callee.kind {
            ExprKind::FuncLit(_) => vec![callee.id],
            ExprKind::Name(_) => {
                self.known.var(callee).and_then(|var| self.literals.get(&var)).cloned().unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let param = |id: &NodeId| self.program.info.literals.get(id)?.0.get(index).copied();
        !literals.is_empty()
            && literals.iter().all(|id| param(id).is_some_and(|param| !self.kept_vars.contains(&param)))
    }

    fn is_lent_to(&self, func: FuncId, index: usize) -> bool {
        let func = &self.program.funcs[func.0 as usize];
        let own = usize::from(func.receiver.is_some()).min(func.params.len());
        let param = func.params[own..].get(index);
        !func.native && param.is_some_and(|param| !self.kept_vars.contains(param))
    }

    fn captured(&self, trace: &Trace, capture: &Capture, literal: NodeId) -> Diagnostic {
        let name = self.program.vars[capture.var.0 as usize].name;
        let (why, mut help) = self.why(literal, name.as_str());
        let task = matches!(self.places.places.get(&literal), Some(Place::Task));
        if !task && !trace.assigned.iter().any(|assigned| assigned.var == capture.var) {
            help = format!(
                "nothing changes `{name}` here: declare it without the `*`, and the closure keeps a copy"
            );
        }
        let message = match task {
            true => format!("a task cannot share the in-out parameter `{name}`"),
            false => {
                format!("this closure may outlive the call that the in-out parameter `{name}` belongs to")
            }
        };
        Diagnostic::error(diagnostics::Code::Inout, capture.span, message)
            .label(format!("`{name}` is a variable of the caller, lent until the function returns"))
            .also(trace.literals[&literal].span, why)
            .help(help)
    }

    fn method_value(&self, lent: &Lent) -> Diagnostic {
        let name = self.program.vars[lent.var.0 as usize].name;
        if lent.loose {
            return Diagnostic::error(
                diagnostics::Code::Inout,
                lent.span,
                "a method that changes an element cannot be a value",
            )
            .label("the element may be somewhere else by the time that the method is called")
            .help("use a closure, which finds the element when it runs: `func(…) { … }`");
        }
        let (why, help) = self.why(lent.value, name.as_str());
        Diagnostic::error(
            diagnostics::Code::Inout,
            lent.span,
            format!("this method value may outlive the call that the in-out parameter `{name}` belongs to"),
        )
        .label(why)
        .help(help)
    }

    /// Why a function value is not confined, and what to do about it.
    fn why(&self, value: NodeId, name: &str) -> (String, String) {
        let copy = format!("if a copy will do, make one: `v := *{name}` before it, and use `v` in it");
        match self.places.places.get(&value) {
            Some(Place::Task) => (
                "another task runs this, or gets it".to_owned(),
                format!("give it a copy (`v := *{name}`), and get results over a channel or from its handle"),
            ),
            Some(Place::Argument(call, _)) => {
                let to = match self.known.callee(strip(&call.callee)) {
                    Some(func) => format!("`{}` may keep what it gets here", self.func_name(func)),
                    None => "what is called with it is not known here, and may keep it".to_owned(),
                };
                (to, copy)
            }
            Some(Place::Stored(var)) => {
                let var = self.program.vars[var.0 as usize].name;
                (format!("`{var}` may be kept, or is not only called"), copy)
            }
            Some(Place::Used) | None => ("kept here, and not only called".to_owned(), copy),
        }
    }

    fn func_name(&self, func: FuncId) -> &'static str {
        self.program.funcs[func.0 as usize].name.as_str()
    }
}

/// The variables that only literals are assigned to, and these.
fn literals_of(program: &Program, traces: &[Trace]) -> FxHashMap<VarId, Vec<NodeId>> {
    let mut found: FxHashMap<VarId, Vec<NodeId>> = FxHashMap::default();
    for trace in traces {
        let mut other: FxHashSet<VarId> = trace
            .assigned
            .iter()
            .filter(|assigned| assigned.literal.is_none())
            .map(|assigned| assigned.var)
            .collect();
        for (var, value) in &trace.values {
            match &strip(value).kind {
                ExprKind::FuncLit(_) => found.entry(*var).or_default().push(strip(value).id),
                _ => drop(other.insert(*var)),
            }
        }
        found.retain(|var, _| !other.contains(var));
    }
    found.retain(|var, _| program.vars[var.0 as usize].kind == VarKind::Local);
    found
}
