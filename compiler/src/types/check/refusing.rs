//! Is every send to a channel that refuses messages handled?
//!
//! A channel made with `overflow: fail` gives a send the type `! Full`. Which channel a variable holds is followed by variable,
//! not by time: through definitions, assignments, and the arguments of calls of declared functions. A variable all of whose
//! values are such channels needs its sends handled, by `try` or `recover`; where any of them is not known (out of a field,
//! a result, a message), the runtime crashes a plain send that finds the channel full.
//!
//! The other way round, handling is refused only where a local variable shows all its channels to be of the waiting kind.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analyses::Unit;
use super::places::Known;
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Builtin, Entity, FuncId, Program, Selection, TyKind, VarId, VarKind};

/// Checks the program's own code.
pub fn check(program: &Program, files: &[File], units: &[Unit], diags: &mut Diagnostics) {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk =
        Walk { program, known, sources: FxHashMap::default(), plain: Vec::new(), handled: Vec::new() };
    for unit in units.iter().filter(|unit| !unit.std) {
        unit.code.walk(&mut walk);
        walk.results(unit);
    }
    for decl in files.iter().flat_map(|file| &file.decls) {
        if let Decl::Var(specs) = decl {
            specs.iter().for_each(|spec| walk.define(&spec.names, &spec.values));
        }
    }
    let refusing = walk.refusing();
    for &(var, span) in &walk.plain {
        if refusing.contains(&var)
            && let Some(made) = walk.made(var, &mut FxHashSet::default())
        {
            diags.push(unhandled(program, span, made));
        }
    }
    for &(var, span) in &walk.handled {
        if let Some(made) = walk.never_refuses(var) {
            diags.push(cannot_fail(program, span, made));
        }
    }
}

fn unhandled(program: &Program, span: Span, made: Span) -> Diagnostic {
    let text = program.sources.text(span);
    Diagnostic::error(
        diagnostics::Code::UnhandledError,
        span,
        format!("`{text}` can fail, and nothing handles that"),
    )
    .label("gives the error `Full` when the channel is full")
    .also(made, "the channel is made here, with `overflow: fail`")
    .help(format!(
        "write `try {text}` to pass the error on, or `{text} recover {{ … }}` to handle it; `TrySend` tells by a `bool`"
    ))
}

fn cannot_fail(program: &Program, span: Span, made: Span) -> Diagnostic {
    let text = program.sources.text(span);
    Diagnostic::error(
        diagnostics::Code::Try,
        span,
        format!("`{text}` cannot fail: a full channel makes it wait"),
    )
    .label("nothing to `try` or `recover` here")
    .also(made, "the channel is made here, without `overflow: fail`")
}

/// Where a variable has a channel from.
enum Source {
    Made { span: Span, refuses: bool },
    Var(VarId),
    Unknown,
}

struct Walk<'p> {
    program: &'p Program,
    known: Known<'p>,
    sources: FxHashMap<VarId, Vec<Source>>,
    /// Sends as statements of their own, and those under a `try` or `recover`: to which variable's channel.
    plain: Vec<(VarId, Span)>,
    handled: Vec<(VarId, Span)>,
}

impl<'a> Walk<'_> {
    fn is_chan(&self, var: VarId) -> bool {
        matches!(self.program.vars[var.0 as usize].ty.kind(), TyKind::Chan { .. })
    }

    fn add(&mut self, var: VarId, source: Source) {
        if self.is_chan(var) {
            self.sources.entry(var).or_default().push(source);
        }
    }

    fn source(&self, value: &Expr) -> Source {
        let value = strip(value);
        if let ExprKind::Call(call) = &value.kind
            && self.known.builtin(&call.callee) == Some(Builtin::Make)
        {
            let refuses = call.args.iter().any(|arg| {
                arg.name.is_some_and(|name| name.name.as_str() == "overflow")
                    && matches!(&strip(&arg.value).kind, ExprKind::Name(policy) if policy.as_str() == "fail")
            });
            return Source::Made { span: value.span, refuses };
        }
        self.variable(value).map_or(Source::Unknown, Source::Var)
    }

    /// The variable that an expression is, and not only begins with.
    fn variable(&self, expr: &Expr) -> Option<VarId> {
        let expr = strip(expr);
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Select { .. } => self.known.var(expr),
            _ => None,
        }
    }

    fn define(&mut self, names: &'a [Ident], values: &'a [Expr]) {
        for (i, name) in names.iter().enumerate() {
            let info = self.known.info;
            let var = info.defs.get(&name.id).copied().or(match info.uses.get(&name.id) {
                Some(Entity::Var(var)) => Some(*var),
                _ => None,
            });
            let Some(var) = var.filter(|_| !values.is_empty()) else { continue };
            let source = if values.len() == names.len() { self.source(&values[i]) } else { Source::Unknown };
            self.add(var, source);
        }
    }

    fn call(&mut self, call: &'a Call) {
        for place in self.known.changed_places(call) {
            if let Some(var) = self.variable(strip_ref(place)) {
                self.add(var, Source::Unknown);
            }
        }
        let callee = strip(&call.callee);
        let params = match &callee.kind {
            ExprKind::FuncLit(lit) => {
                let params = self.known.info.literals.get(&callee.id).map(|found| found.0.clone());
                self.block(&lit.body);
                params
            }
            _ => match self.function(callee) {
                Some(func) => Some(self.program.funcs[func.0 as usize].params.clone()),
                None => {
                    self.expr(callee);
                    None
                }
            },
        };
        call.args.iter().for_each(|arg| self.expr(&arg.value));
        for (i, &param) in params.iter().flatten().enumerate() {
            let known = params.as_ref().is_some_and(|params| params.len() == call.args.len());
            let source = if known { self.source(&call.args[i].value) } else { Source::Unknown };
            self.add(param, source);
        }
    }

    /// The declared function, not a method, that a callee names.
    fn function(&self, callee: &Expr) -> Option<FuncId> {
        let func = self.known.callee(callee)?;
        self.program.funcs[func.0 as usize].receiver.is_none().then_some(func)
    }

    /// A function as a value: who calls it, with what, is not known.
    fn unknown_params(&mut self, func: FuncId) {
        for &param in &self.program.funcs[func.0 as usize].params {
            self.add(param, Source::Unknown);
        }
    }

    /// What `return` gives to named results is not followed; neither is what methods are called with.
    fn results(&mut self, unit: &Unit) {
        unit.results.iter().for_each(|&var| self.add(var, Source::Unknown));
        if let Some(func) = unit.func
            && self.program.funcs[func.0 as usize].receiver.is_some()
        {
            self.unknown_params(func);
        }
    }

    /// The variables all of whose channels refuse.
    fn refusing(&self) -> FxHashSet<VarId> {
        let mut found: FxHashSet<VarId> = self.sources.keys().copied().collect();
        loop {
            let before = found.len();
            for (var, sources) in &self.sources {
                let all = sources.iter().all(|source| match source {
                    Source::Made { refuses, .. } => *refuses,
                    Source::Var(other) => found.contains(other),
                    Source::Unknown => false,
                });
                if !all {
                    found.remove(var);
                }
            }
            if found.len() == before {
                return found;
            }
        }
    }

    /// Where one of a variable's channels is made.
    fn made(&self, var: VarId, seen: &mut FxHashSet<VarId>) -> Option<Span> {
        if !seen.insert(var) {
            return None;
        }
        self.sources.get(&var)?.iter().find_map(|source| match source {
            Source::Made { span, .. } => Some(*span),
            Source::Var(other) => self.made(*other, seen),
            Source::Unknown => None,
        })
    }

    /// Where a local variable's channel is made, if nothing about it refuses.
    fn never_refuses(&self, var: VarId) -> Option<Span> {
        if self.program.vars[var.0 as usize].kind != VarKind::Local {
            return None;
        }
        let sources = self.sources.get(&var)?;
        sources
            .iter()
            .map(|source| match source {
                Source::Made { span, refuses: false } => Some(*span),
                _ => None,
            })
            .collect::<Option<Vec<Span>>>()?
            .first()
            .copied()
    }
}

impl<'a> Visitor<'a> for Walk<'_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Define { names, values } => {
                values.iter().for_each(|value| self.expr(value));
                self.define(names, values);
            }
            StmtKind::Decl(decl) => match &**decl {
                Decl::Var(specs) => {
                    for spec in specs {
                        spec.values.iter().for_each(|value| self.expr(value));
                        self.define(&spec.names, &spec.values);
                    }
                }
                other => visit::walk_decl(self, other),
            },
            StmtKind::Assign { targets, values } => {
                values.iter().chain(targets).for_each(|part| self.expr(part));
                for (i, target) in targets.iter().enumerate() {
                    if let Some(var) = self.variable(target) {
                        let paired = values.len() == targets.len();
                        let source = if paired { self.source(&values[i]) } else { Source::Unknown };
                        self.add(var, source);
                    }
                }
            }
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
                self.plain.extend(self.variable(chan).map(|var| (var, stmt.span)));
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    /// A variable of a `range`, a pattern, a receive, a parameter of a literal that is a value.
    fn binding(&mut self, name: &'a Ident) {
        if let Some(&var) = self.known.info.defs.get(&name.id) {
            self.add(var, Source::Unknown);
        }
    }

    fn target(&mut self, expr: &'a Expr) {
        if let Some(var) = self.variable(expr) {
            self.add(var, Source::Unknown);
        }
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call),
            ExprKind::Send { chan, .. } => {
                visit::walk_expr(self, expr);
                self.handled.extend(self.variable(chan).map(|var| (var, expr.span)));
            }
            _ => {
                let entity = match self.known.info.selections.get(&expr.id) {
                    Some(Selection::Member(entity)) => Some(*entity),
                    _ => self.known.info.uses.get(&expr.id).copied(),
                };
                if let Some(Entity::Func(func)) = entity {
                    self.unknown_params(func);
                }
                visit::walk_expr(self, expr);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn a_send_that_may_be_refused() {
        check(
            r#"type S struct { ch chan int }
var global = make(chan int, 1, overflow: fail)
func produce(out chan<- int) { out <- 1 }
func either(out chan<- int) { out <- 1 }
func value(out chan<- int) { out <- 1 }
func (s S) method(out chan<- int) { out <- 1; s.ch <- 1 }
func f(b bool) ! Full {
	ch := make(chan int, 1, overflow: fail)
	ch <- 1
	func() { ch <- 2 }()
	try ch <- 3
	ch <- 4 recover { }
	try { try ch <- 5 } recover err { _ = err }
	var send chan<- int = ch
	send <- 6
	global <- 7
	produce(ch)
	either(ch)
	either(make(chan int, 1))
	f := value
	f(ch)
	value(ch)
	S{ch}.method(ch)
	select { case ch <- 8: default: }
	mixed := ch
	if b { mixed = make(chan int, 1) }
	mixed <- 9
	go func(c chan int) { c <- 10 }(ch)
	for c := range make(chan (chan int)) { c <- 11 }
}
"#,
            expect![[r#"
                3: [unhandled-error] `out <- 1` can fail, and nothing handles that
                9: [unhandled-error] `ch <- 1` can fail, and nothing handles that
                10: [unhandled-error] `ch <- 2` can fail, and nothing handles that
                15: [unhandled-error] `send <- 6` can fail, and nothing handles that
                16: [unhandled-error] `global <- 7` can fail, and nothing handles that
                28: [unhandled-error] `c <- 10` can fail, and nothing handles that
            "#]],
        );
    }

    #[test]
    fn a_send_that_waits() {
        check(
            r#"func f(out chan<- int) ! Full {
	ch := make(chan int, 1)
	try ch <- 1
	ch <- 2 recover { }
	try out <- 3
	_ = func() ! error { try out <- 4 }
}
"#,
            expect![[r#"
                3: [try] `ch <- 1` cannot fail: a full channel makes it wait
                4: [try] `ch <- 2` cannot fail: a full channel makes it wait
            "#]],
        );
    }

    #[test]
    fn the_value_and_the_send_fail_by_themselves() {
        check(
            r#"func g(ch chan string) ! error {
	h := func() string ! error { return "" }
	ch <- h() recover { }
	try ch <- h()
	try ch <- try h()
	ch <- (h() recover { "" })
	ch <- 1 recover { }
	if true { try ch <- "a" }
}
"#,
            expect![[r#"
                3: [unhandled-error] `h()` can fail, and nothing handles that
                4: [unhandled-error] `h()` can fail, and nothing handles that
                7: [wrong-type] cannot use the constant `1` as `string` as a message of this channel
            "#]],
        );
    }
}
