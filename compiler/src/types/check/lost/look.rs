//! What a piece of code changes and reads.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::analyses::Unit;
use super::super::places::Known;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Builtin, Entity, FuncId, Program, TyKind, VarId, VarKind, writes};

/// Packages whose functions have no effect but on what they take in-out, and read that only to change it.
const QUIET: &[&str] = &[
    "bytes",
    "cmp",
    "errors",
    "maps",
    "math",
    "math/bits",
    "slices",
    "sort",
    "strconv",
    "strings",
    "unicode",
    "unicode/utf8",
];

/// Functions of other packages that are quiet as well.
const QUIET_FUNCTIONS: &[(&str, &str)] =
    &[("fmt", "Sprint"), ("fmt", "Sprintf"), ("fmt", "Sprintln"), ("fmt", "Errorf")];

/// A part of a variable gets a new value, or several do.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub var: VarId,
    pub span: Span,
    /// It may be longer or shorter afterwards.
    pub resizes: bool,
    /// By a deferred call: when the function has returned what it returns.
    pub deferred: bool,
}

/// Where a variable's value was copied from.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    pub span: Span,
    /// By a `range`: the span is that of what it goes over.
    pub each: bool,
}

/// A variable that a statement `f(&x)` gives a function to change.
#[derive(Clone, Copy, Debug)]
pub struct Lent {
    pub callee: FuncId,
    pub change: Change,
}

/// A variable, or a part of one, that a function gets a copy of.
#[derive(Clone, Debug)]
pub struct Handed {
    pub callee: FuncId,
    /// The receiver is the first.
    pub param: usize,
    pub change: Change,
    /// What is read here if the function reads its parameter.
    pub owners: Vec<VarId>,
}

/// What was found in one piece of code.
pub struct Look<'p> {
    program: &'p Program,
    known: Known<'p>,
    pub changes: Vec<Change>,
    /// What built-in functions change although it is no place.
    pub nowhere: Vec<Span>,
    /// What is read, but for what functions get that may not look at it: [`Look::handed`].
    pub read: FxHashSet<VarId>,
    /// Only its length is looked at, or that of a part.
    pub measured: FxHashSet<VarId>,
    pub copies: FxHashMap<VarId, Copied>,
    pub lent: Vec<Lent>,
    pub handed: Vec<Handed>,
    /// Declared functions that it calls, outside of the standard library.
    pub calls: Vec<FuncId>,
    /// It does something that others can notice, besides what its calls do.
    pub effect: bool,
    /// It changes what it takes in-out.
    pub changes_lent: bool,
    /// Variables that were given a literal, and those that were given another function.
    literals: FxHashSet<VarId>,
    functions: FxHashSet<VarId>,
    /// Variables that are called.
    called: Vec<VarId>,
    /// A variable that got a part of another one, and that one. To read it is to read the other.
    parts: FxHashMap<VarId, VarId>,
    /// The variable that the values at hand go into: reading it for that is no use of it.
    into: Option<VarId>,
    /// In a deferred call.
    defers: bool,
    /// What deferred functions change: another deferred change may be for them.
    pub lent_deferred: FxHashSet<VarId>,
}

/// Looks at one piece of code, the literals in it included.
pub fn at<'p>(program: &'p Program, unit: &Unit) -> Look<'p> {
    let mut look = Look {
        program,
        known: Known { info: &program.info, funcs: &program.funcs },
        changes: Vec::new(),
        nowhere: Vec::new(),
        read: FxHashSet::default(),
        measured: FxHashSet::default(),
        copies: FxHashMap::default(),
        lent: Vec::new(),
        handed: Vec::new(),
        calls: Vec::new(),
        effect: false,
        changes_lent: false,
        literals: FxHashSet::default(),
        functions: FxHashSet::default(),
        called: Vec::new(),
        parts: FxHashMap::default(),
        into: None,
        defers: false,
        lent_deferred: FxHashSet::default(),
    };
    unit.code.walk(&mut look);
    // The body of a literal has been looked at; what another function does is not known.
    let known = |var: &VarId| look.literals.contains(var) && !look.functions.contains(var);
    look.effect |= !look.called.iter().all(known);
    look
}

impl<'p> Look<'p> {
    /// The variable, and those that it got its value from.
    pub fn owners(&self, var: VarId) -> Vec<VarId> {
        let mut found = vec![var];
        while let Some(&next) = self.parts.get(&found[found.len() - 1])
            && !found.contains(&next)
        {
            found.push(next);
        }
        found
    }

    fn is_own(&self, var: VarId) -> bool {
        let var = &self.program.vars[var.0 as usize];
        !var.inout && !matches!(var.kind, VarKind::Global { .. })
    }

    fn change(&mut self, var: VarId, place: &Expr, resizes: bool) {
        match self.is_own(var) {
            true => self.changes.push(Change { var, span: place.span, resizes, deferred: self.defers }),
            false => self.change_outside(var),
        }
    }

    /// Whether an assignment to the place leaves all lengths as they are: it is an element of a slice or array.
    fn is_element(&self, place: &Expr) -> bool {
        let ExprKind::Index { base, .. } = &strip_ref(place).kind else { return false };
        let under = self.known.ty(base).map(|ty| self.program.underlying(ty).kind());
        matches!(under, Some(TyKind::Slice(_) | TyKind::Array(..)))
    }

    fn measure(&mut self, place: &Expr) {
        self.indexes(place);
        self.measured.extend(self.known.root(place));
    }

    fn change_outside(&mut self, var: VarId) {
        match self.program.vars[var.0 as usize].inout {
            true => self.changes_lent = true,
            false => self.effect = true,
        }
    }

    fn use_of(&mut self, var: VarId) {
        let used = self.used_by(var);
        self.read.extend(used);
    }

    /// What a use of the variable here reads.
    fn used_by(&self, var: VarId) -> Vec<VarId> {
        let mut owners = self.owners(var);
        let own = owners.iter().position(|owner| Some(*owner) == self.into);
        owners.truncate(own.unwrap_or(owners.len()));
        owners
    }

    /// With values that go into a variable, if all of them go into the same one.
    fn with_into(&mut self, into: Option<VarId>, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.into, into);
        walk(self);
        self.into = before;
    }

    /// The indexes on the way to a place, which are read whatever becomes of the place.
    fn indexes(&mut self, place: &Expr) {
        let place = strip_ref(place);
        if self.known.var(place).is_some() {
            return;
        }
        match &place.kind {
            ExprKind::Select { base, .. } => self.indexes(base),
            ExprKind::Index { base, args } => {
                self.indexes(base);
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Slice { base, low, high, max } => {
                self.indexes(base);
                [low, high, max].into_iter().flatten().for_each(|bound| self.expr(bound));
            }
            _ => self.expr(place),
        }
    }

    /// `name := value`, where the value may be a place.
    fn define(&mut self, name: &Ident, value: &Expr, each: bool) {
        let Some(&var) = self.known.info.defs.get(&name.id) else { return self.expr(value) };
        self.note_function(var, value);
        let Some(root) = self.known.root(value) else { return self.expr(value) };
        self.parts.insert(var, root);
        self.copies.insert(var, Copied { span: value.span, each });
        self.indexes(value);
    }

    fn note_function(&mut self, var: VarId, value: &Expr) {
        match strip(value).kind {
            ExprKind::FuncLit(_) => self.literals.insert(var),
            _ => self.functions.insert(var),
        };
    }

    fn define_all(&mut self, names: &[Ident], values: &[Expr]) {
        match names.len() == values.len() {
            true => names.iter().zip(values).for_each(|(name, value)| self.define(name, value, false)),
            false => values.iter().for_each(|value| self.expr(value)),
        }
    }

    fn range(&mut self, range: &Range) {
        let silent = matches!(
            self.known.ty(&range.subject).map(|ty| self.program.underlying(ty).kind()),
            Some(TyKind::Slice(_) | TyKind::Array(..) | TyKind::Map(..) | TyKind::Int(_) | TyKind::String)
        );
        self.effect |= !silent;
        match (&range.bind, self.known.root(&range.subject)) {
            (RangeBind::Define(names), Some(_)) if silent => match names.as_slice() {
                [_, value] => self.define(value, &range.subject, true),
                _ => self.measure(&range.subject),
            },
            (RangeBind::None, Some(_)) if silent => self.measure(&range.subject),
            _ => self.expr(&range.subject),
        }
        if let RangeBind::Assign(targets) = &range.bind {
            targets.iter().for_each(|target| self.target(target));
        }
        self.block(&range.body);
    }

    fn assign(&mut self, targets: &[Expr], values: &[Expr]) {
        let mut roots = targets.iter().map(|target| self.known.root(target));
        let first = roots.next().flatten();
        let into = first.filter(|_| roots.all(|root| root == first));
        self.with_into(into, |look| values.iter().for_each(|value| look.expr(value)));
        for (index, target) in targets.iter().enumerate() {
            self.target(target);
            let (Some(var), Some(value)) = (self.known.var(target), values.get(index)) else { continue };
            self.note_function(var, value);
            // `xs = append(xs, x)` changes, as `xs[i] = x` does.
            if self.appends_to(value, var) {
                self.change(var, target, true);
            }
        }
    }

    fn appends_to(&self, value: &Expr, var: VarId) -> bool {
        let ExprKind::Call(call) = &strip(value).kind else { return false };
        self.known.builtin(&call.callee) == Some(Builtin::Append)
            && call.args.first().is_some_and(|arg| self.known.var(&arg.value) == Some(var))
    }

    /// A call; `alone` as a statement.
    fn call(&mut self, call: &Call, alone: bool) {
        if let Some(builtin) = self.known.builtin(&call.callee) {
            return self.builtin(builtin, call);
        }
        let is_type = matches!(
            self.known.info.uses.get(&strip(&call.callee).id),
            Some(Entity::Type(_) | Entity::GenericType(_))
        ) || self.known.info.types.contains_key(&strip(&call.callee).id);
        if is_type {
            return call.args.iter().for_each(|arg| self.expr(&arg.value));
        }
        // A quiet function only makes one value out of others.
        let quiet = self.known.callee(&call.callee).is_some_and(|func| self.is_quiet(func));
        let into = self.into.filter(|_| quiet);
        self.with_into(into, |look| look.function(call, alone));
    }

    /// An expression that is a statement.
    fn alone(&mut self, expr: &Expr) {
        match &strip(expr).kind {
            ExprKind::Call(call) => self.call(call, true),
            _ => self.expr(expr),
        }
    }

    fn builtin(&mut self, builtin: Builtin, call: &Call) {
        let mut args = call.args.iter().map(|arg| &arg.value);
        match builtin {
            Builtin::Len | Builtin::Cap => args.for_each(|arg| match self.known.root(arg) {
                Some(_) => self.measure(arg),
                None => self.expr(arg),
            }),
            Builtin::Delete | Builtin::Clear | Builtin::Copy => {
                let Some(place) = args.next().map(|arg| writes::changed(self.known.info, arg)) else {
                    return;
                };
                let root = self.known.root(place);
                self.indexes(place);
                match root {
                    Some(root) => self.change(root, place, builtin != Builtin::Copy),
                    None => self.nowhere.push(place.span),
                }
                self.with_into(root, |look| args.for_each(|arg| look.expr(arg)));
            }
            Builtin::Append | Builtin::Make | Builtin::Max | Builtin::Min | Builtin::Panic => {
                args.for_each(|arg| self.expr(arg));
            }
            _ => {
                self.effect = true;
                args.for_each(|arg| self.expr(arg));
            }
        }
    }

    fn function(&mut self, call: &Call, alone: bool) {
        let callee = self.known.callee(&call.callee);
        let quiet = callee.is_some_and(|func| self.is_quiet(func));
        match callee {
            Some(func) if !quiet && !self.is_std(func) => self.calls.push(func),
            Some(_) if quiet => {}
            Some(_) => self.effect = true,
            None => match self.known.var(&call.callee) {
                Some(var) if self.program.vars[var.0 as usize].kind == VarKind::Local => {
                    self.called.push(var)
                }
                _ => self.effect = true,
            },
        }
        let changed = self.known.changed_places(call);
        for place in &changed {
            let root = self.known.root(place);
            if self.defers {
                self.lent_deferred.extend(root);
            }
            match (root, callee) {
                (Some(var), _) if !self.is_own(var) => self.change_outside(var),
                (Some(var), _) if quiet && alone => self.change(var, place, true),
                (Some(var), Some(callee)) if alone => {
                    let change = Change { var, span: place.span, resizes: true, deferred: false };
                    self.lent.push(Lent { callee, change });
                }
                (Some(var), _) => self.use_of(var),
                (None, _) => self.effect = true,
            }
        }
        let is_changed = |expr: &Expr| changed.iter().any(|place| place.id == expr.id);
        let mut param = 0;
        if let ExprKind::Select { base, .. } = &strip(&call.callee).kind
            && callee.is_some_and(|func| self.program.funcs[func.0 as usize].receiver.is_some())
        {
            self.argument(base, callee, 0, is_changed(base));
            param = 1;
        } else {
            self.expr(&call.callee);
        }
        for (index, arg) in call.args.iter().enumerate() {
            self.argument(&arg.value, callee, param + index, is_changed(&arg.value));
        }
    }

    fn argument(&mut self, arg: &Expr, callee: Option<FuncId>, param: usize, changed: bool) {
        if changed {
            return self.indexes(arg);
        }
        if let (Some(callee), Some(var)) = (callee, self.known.root(arg)) {
            let change = Change { var, span: arg.span, resizes: false, deferred: false };
            let owners = self.used_by(var);
            self.handed.push(Handed { callee, param, change, owners });
            return self.indexes(arg);
        }
        self.expr(arg);
    }

    fn is_std(&self, func: FuncId) -> bool {
        let func = &self.program.funcs[func.0 as usize];
        self.program.packages[func.package.0 as usize].std
    }

    fn is_quiet(&self, func: FuncId) -> bool {
        let func = &self.program.funcs[func.0 as usize];
        let package = &self.program.packages[func.package.0 as usize];
        package.std
            && (QUIET.contains(&package.path.as_str())
                || QUIET_FUNCTIONS.contains(&(package.path.as_str(), func.name.as_str())))
    }
}

impl<'a> Visitor<'a> for Look<'_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Assign { targets, values } => self.assign(targets, values),
            StmtKind::OpAssign { target, value, .. } => {
                self.with_into(self.known.root(target), |look| look.expr(value));
                self.target(target);
            }
            StmtKind::Define { names, values } => self.define_all(names, values),
            StmtKind::Decl(decl) => match &**decl {
                Decl::Var(specs) => {
                    specs.iter().for_each(|spec| self.define_all(&spec.names, &spec.values));
                }
                decl => visit::walk_decl(self, decl),
            },
            StmtKind::If(inner) if matches!(inner.cond, Cond::Bind { .. }) => {
                inner.init.iter().for_each(|init| self.stmt(init));
                if let Cond::Bind { name, value } = &inner.cond {
                    self.define(name, value, false);
                }
                self.block(&inner.then);
                inner.otherwise.iter().for_each(|otherwise| self.stmt(otherwise));
            }
            StmtKind::Range(range) => self.range(range),
            StmtKind::Expr(expr) => self.alone(expr),
            StmtKind::Defer(expr) => {
                self.defers = true;
                self.alone(expr);
                self.defers = false;
            }
            StmtKind::Send { .. }
            | StmtKind::Go(_)
            | StmtKind::Select(_)
            | StmtKind::Supervise(_)
            | StmtKind::Fail(_)
            | StmtKind::Assert { .. }
            | StmtKind::Yield(_) => {
                self.effect = true;
                visit::walk_stmt(self, stmt);
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        if let Some(var) = self.known.root(expr) {
            self.indexes(expr);
            return self.use_of(var);
        }
        match &expr.kind {
            ExprKind::Call(call) => self.call(call, false),
            ExprKind::FuncLit(_) => {
                let defers = std::mem::replace(&mut self.defers, false);
                self.with_into(None, |look| visit::walk_expr(look, expr));
                self.defers = defers;
            }
            ExprKind::Unary { op: UnaryOp::Recv, .. }
            | ExprKind::Try(_)
            | ExprKind::Recover { .. }
            | ExprKind::Send { .. }
            | ExprKind::Go(_)
            | ExprKind::Parallel(_)
            | ExprKind::GoSupervise(_) => {
                self.effect = true;
                self.with_into(None, |look| visit::walk_expr(look, expr));
            }
            _ => visit::walk_expr(self, expr),
        }
    }

    fn target(&mut self, expr: &'a Expr) {
        let Some(root) = self.known.root(expr) else { return self.expr(expr) };
        match (self.known.var(expr), self.is_own(root)) {
            (Some(_), true) => {}
            (Some(var), false) => self.change_outside(var),
            (None, _) => self.change(root, expr, !self.is_element(expr)),
        }
        self.indexes(expr);
    }
}
