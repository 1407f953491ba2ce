//! Which operations on a local channel can never be answered?
//!
//! A channel that a function makes and keeps to itself is seen whole: each mention of its variable is a send, a receive, a
//! `range`, a `close`, `len` or `cap`, perhaps inside a closure. If it is unbuffered and nothing receives, a plain send waits for ever;
//! if nothing sends or closes, a plain receive does. Anything else that mentions the channel lets it escape, and then nothing
//! is said.
//!
//! A `select` all of whose cases are such operations can never proceed, and neither can one without cases in a program that
//! starts no task.
//!
//! These are warnings: the code may never run, its task may be meant to be cancelled, and a program may want to see its own
//! deadlock, which the runtime reports in any case.

use rustc_hash::FxHashMap;

use super::analyses::{Code, Unit};
use super::places::Known;
use crate::diagnostics::{self, Diagnostic, Diagnostics, Severity};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Builtin, BuiltinMethod, Entity, Program, Selection, TyKind, VarId};

/// Checks the channels that one piece of code makes.
pub fn check(program: &Program, unit: &Unit, starts_tasks: bool, diags: &mut Diagnostics) {
    let Code::Body(body) = unit.code else { return };
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk =
        Channels { program, known, made: FxHashMap::default(), order: Vec::new(), selects: Vec::new() };
    walk.block(body);
    for select in &walk.selects {
        if !(select.waits.is_empty() && starts_tasks) && select.waits.iter().all(|wait| walk.never(wait)) {
            let mut diagnostic =
                Diagnostic::error(diagnostics::Code::Stuck, select.span, "this `select` can never proceed")
                    .label("this task waits for ever");
            diagnostic.severity = Severity::Warning;
            diags.push(diagnostic);
        }
    }
    for var in walk.order {
        let made = &walk.made[&var];
        if made.escapes {
            continue;
        }
        let name = program.vars[var.0 as usize].name.as_str();
        if made.receives == 0 && !made.buffered {
            for &span in &made.plain_sends {
                report(diags, span, made.span, format!("nothing receives what is sent to `{name}` here"));
            }
        }
        if made.sends == 0 {
            for &span in &made.plain_receives {
                let message = format!("nothing sends to `{name}`, so this receive waits for ever");
                report(diags, span, made.span, message);
            }
        }
    }
}

fn report(diags: &mut Diagnostics, span: Span, made: Span, message: String) {
    let mut diagnostic = Diagnostic::error(diagnostics::Code::Stuck, span, message)
        .label("this task waits for ever")
        .also(made, "the channel is made here, and no other code gets it");
    diagnostic.severity = Severity::Warning;
    diags.push(diagnostic);
}

/// A channel made here, and what is done with it.
struct Made {
    span: Span,
    buffered: bool,
    escapes: bool,
    /// Of any kind; `close` counts as both, because it ends every wait.
    sends: u32,
    receives: u32,
    /// Outside of a `select`.
    plain_sends: Vec<Span>,
    plain_receives: Vec<Span>,
}

/// A `select` whose cases are all sends to and receives from such channels.
struct Waiting {
    span: Span,
    waits: Vec<Wait>,
}

enum Wait {
    Send(VarId),
    Receive(VarId),
}

struct Channels<'p> {
    program: &'p Program,
    known: Known<'p>,
    made: FxHashMap<VarId, Made>,
    order: Vec<VarId>,
    selects: Vec<Waiting>,
}

impl<'a> Channels<'_> {
    /// Whether nothing ever answers.
    fn never(&self, wait: &Wait) -> bool {
        match wait {
            Wait::Send(var) => {
                self.made.get(var).is_some_and(|made| !made.escapes && !made.buffered && made.receives == 0)
            }
            Wait::Receive(var) => self.made.get(var).is_some_and(|made| !made.escapes && made.sends == 0),
        }
    }

    /// The waits of a `select`, if all its cases are on variables.
    fn waits(&self, s: &Select) -> Option<Vec<Wait>> {
        let var = |chan: &Expr| match strip(chan).kind {
            ExprKind::Name(_) => self.known.var(chan),
            _ => None,
        };
        s.cases
            .iter()
            .map(|case| match &case.kind {
                SelectKind::Send { chan, .. } => var(chan).map(Wait::Send),
                SelectKind::Recv { recv, .. } => match &strip(recv).kind {
                    ExprKind::Unary { operand, .. } => var(operand).map(Wait::Receive),
                    _ => None,
                },
                SelectKind::After(_) | SelectKind::Default => None,
            })
            .collect()
    }

    fn channel(&mut self, expr: &Expr) -> Option<&mut Made> {
        let ExprKind::Name(_) = strip(expr).kind else { return None };
        let var = self.known.var(expr)?;
        self.made.get_mut(&var)
    }

    /// `ch := make(chan T, …)`.
    fn define(&mut self, name: &Ident, value: &Expr) {
        let Some(&var) = self.known.info.defs.get(&name.id) else { return };
        let ExprKind::Call(call) = &strip(value).kind else { return };
        let is_make = self.known.builtin(&call.callee) == Some(Builtin::Make);
        let is_chan = matches!(
            self.program.vars[var.0 as usize].ty.kind(),
            TyKind::Chan { pattern: ChanPattern::Plain, .. }
        );
        if !is_make || !is_chan {
            return;
        }
        let made = Made {
            span: value.span,
            // A capacity of 0 is rare, and any option may change what a send does.
            buffered: call.args.len() > 1,
            escapes: false,
            sends: 0,
            receives: 0,
            plain_sends: Vec::new(),
            plain_receives: Vec::new(),
        };
        self.made.insert(var, made);
        self.order.push(var);
    }

    fn select_case(&mut self, case: &'a SelectCase) {
        match &case.kind {
            SelectKind::Send { chan, value } => {
                match self.channel(chan) {
                    Some(made) => made.sends += 1,
                    None => self.expr(chan),
                }
                self.expr(value);
            }
            SelectKind::Recv { recv, bind } => {
                if let ExprKind::Unary { op: UnaryOp::Recv, operand } = &strip(recv).kind {
                    match self.channel(operand) {
                        Some(made) => made.receives += 1,
                        None => self.expr(operand),
                    }
                }
                if let SelectBind::Assign(targets) = bind {
                    targets.iter().for_each(|target| self.expr(target));
                }
            }
            SelectKind::After(limit) => self.expr(limit),
            SelectKind::Default => {}
        }
        case.body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn call(&mut self, expr: &'a Expr, call: &'a Call) {
        match self.known.builtin(&call.callee) {
            Some(Builtin::Close) => {
                if let Some(made) = call.args.first().and_then(|arg| self.channel(&arg.value)) {
                    made.sends += 1;
                    made.receives += 1;
                    return;
                }
            }
            Some(Builtin::Len | Builtin::Cap)
                if call.args.first().is_some_and(|arg| self.channel(&arg.value).is_some()) =>
            {
                return;
            }
            _ => {}
        }
        if let ExprKind::Select { base, .. } = &strip(&call.callee).kind
            && let Some(Selection::Builtin(method)) =
                self.program.info.selections.get(&strip(&call.callee).id)
            && let Some(made) = self.channel(base)
        {
            match method {
                BuiltinMethod::TrySend | BuiltinMethod::SendWithin => made.sends += 1,
                BuiltinMethod::Close => {
                    made.sends += 1;
                    made.receives += 1;
                }
                BuiltinMethod::TryRecv | BuiltinMethod::RecvWithin | BuiltinMethod::Batch => {
                    made.receives += 1;
                }
                BuiltinMethod::Stats => {}
                _ => made.escapes = true,
            }
            call.args.iter().for_each(|arg| self.expr(&arg.value));
            return;
        }
        visit::walk_expr(self, expr);
    }
}

impl<'a> Visitor<'a> for Channels<'_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Define { names, values } => {
                values.iter().for_each(|value| self.expr(value));
                if names.len() == values.len() {
                    names.iter().zip(values).for_each(|(name, value)| self.define(name, value));
                }
            }
            StmtKind::Send { chan, value } => {
                self.expr(value);
                match self.channel(chan) {
                    Some(made) => {
                        made.sends += 1;
                        made.plain_sends.push(stmt.span);
                    }
                    None => self.expr(chan),
                }
            }
            StmtKind::Range(s) => {
                match self.channel(&s.subject) {
                    // It ends when the channel is abandoned, so it never waits for ever.
                    Some(made) => made.receives += 1,
                    None => self.expr(&s.subject),
                }
                if let RangeBind::Assign(targets) = &s.bind {
                    targets.iter().for_each(|target| self.expr(target));
                }
                self.block(&s.body);
            }
            StmtKind::Select(s) => {
                if let Some(waits) = self.waits(s) {
                    self.selects.push(Waiting { span: stmt.span, waits });
                }
                s.cases.iter().for_each(|case| self.select_case(case));
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(_) => {
                // Any mention that was not taken above.
                if let Some(Entity::Var(var)) = self.known.info.uses.get(&expr.id)
                    && let Some(made) = self.made.get_mut(var)
                {
                    made.escapes = true;
                }
            }
            ExprKind::Unary { op: UnaryOp::Recv, operand } => match self.channel(operand) {
                Some(made) => {
                    made.receives += 1;
                    made.plain_receives.push(expr.span);
                }
                None => self.expr(operand),
            },
            // Handled by a `try` or `recover`.
            ExprKind::Send { chan, value } => {
                self.expr(value);
                match self.channel(chan) {
                    Some(made) => {
                        made.sends += 1;
                        made.plain_sends.push(expr.span);
                    }
                    None => self.expr(chan),
                }
            }
            ExprKind::Call(call) => self.call(expr, call),
            ExprKind::FuncLit(lit) => self.block(&lit.body),
            _ => visit::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn nobody_answers() {
        check(
            r#"func f(b bool) {
	a := make(chan int)
	if b { a <- 1 }
	c := make(chan int)
	if b { <-c }
	d := make(chan int, 1)
	d <- 1
	e := make(chan int)
	go func() { e <- 1 }()
	<-e
}
func g() {
	a := make(chan int)
	c := make(chan int)
	select {
	case a <- 1:
	case <-c:
	}
}
func main() {
	ch := make(chan int)
	ch <- 1
	select {}
}
"#,
            expect![[r#"
                3: warning: [stuck] nothing receives what is sent to `a` here
                5: warning: [stuck] nothing sends to `c`, so this receive waits for ever
                15: warning: [stuck] this `select` can never proceed
                22: warning: [stuck] nothing receives what is sent to `ch` here
            "#]],
        );
    }
}
