//! `supervise`: the tree is built by calls of the runtime, child after child, and then run.

use rustc_hash::FxHashMap;

use super::Lower;
use super::builtins::argument;
use super::function::{Builder, Val, int, text};
use super::instances::ice;
use crate::mir::Operand;
use crate::syntax::Symbol;
use crate::syntax::ast::{Arg, Child, ChildClause, ChildKind, Expr, ExprKind, Supervise, strip};
use crate::types::check::dependencies;
use crate::types::{BuiltinMethod, Ty, TyKind};

/// The clauses of a child, as the runtime takes them.
struct Clauses {
    workers: Operand,
    after: i64,
    shutdown: Operand,
    restart: i64,
    significant: bool,
    start: Operand,
}

impl Builder<'_, '_> {
    /// The statement: lasts until the children are done.
    pub fn supervise(&mut self, s: &Supervise) -> Lower<()> {
        let supervisor = self.supervisor(s)?;
        self.span = s.span;
        self.native("goo_supervisor_run", Vec::new(), vec![supervisor], Ty::unit());
        Ok(())
    }

    /// `go supervise`, a handle.
    pub fn go_supervise(&mut self, s: &Supervise) -> Lower<Val> {
        let supervisor = self.supervisor(s)?;
        self.span = s.span;
        self.native("goo_supervisor_go", Vec::new(), vec![supervisor.clone()], Ty::unit());
        Ok(Val { op: supervisor, ty: Ty::new(TyKind::Supervisor) })
    }

    fn supervisor(&mut self, s: &Supervise) -> Lower<Operand> {
        let strategy = match s.strategy.map(|name| name.name.as_str()) {
            Some("one_for_all") => 1,
            Some("rest_for_one") => 2,
            _ => 0,
        };
        let mut max = [int(-1), int(0)];
        let mut backoff = [int(0), int(0)];
        let mut auto_shutdown = 1;
        let mut watch = None;
        for option in &s.options {
            match option.name.map(|name| name.name.as_str()) {
                Some("max") => max = self.per(&option.value)?,
                Some("backoff") => backoff = self.interval(&option.value)?,
                Some("auto_shutdown") => auto_shutdown = auto_shutdown_of(&option.value),
                Some("watch") => watch = Some(self.value(&option.value)?.op),
                _ => {}
            }
        }
        let [max, period] = max;
        let [low, high] = backoff;
        let ty = Ty::new(TyKind::Supervisor);
        let args = vec![int(strategy), max, period, low, high, int(auto_shutdown)];
        let supervisor = self.native("goo_supervisor_new", Vec::new(), args, ty).op;
        if let Some(watch) = watch {
            let args = vec![supervisor.clone(), watch];
            self.native("goo_supervisor_watch", Vec::new(), args, Ty::unit());
        }
        let mut numbers = FxHashMap::default();
        let order = dependencies::order(&s.children).unwrap_or_default();
        for (number, child) in order.into_iter().enumerate() {
            self.child(&supervisor, child, &numbers)?;
            if let Some(name) = dependencies::child_name(child) {
                numbers.insert(name, number);
            }
        }
        Ok(supervisor)
    }

    /// `lo..hi`, or twice the same.
    fn interval(&mut self, e: &Expr) -> Lower<[Operand; 2]> {
        match &strip(e).kind {
            ExprKind::Interval { low, high } => Ok([self.nanoseconds(low)?, self.nanoseconds(high)?]),
            _ => {
                let both = self.nanoseconds(e)?;
                Ok([both.clone(), both])
            }
        }
    }

    fn child(
        &mut self,
        supervisor: &Operand,
        child: &Child,
        numbers: &FxHashMap<Symbol, usize>,
    ) -> Lower<()> {
        self.span = child.span;
        let clauses = self.clauses(child, numbers)?;
        let name = text(dependencies::child_name(child).map_or("", Symbol::as_str));
        match &child.kind {
            ChildKind::Go(call) => {
                let closure = self.delayed_call(call, false)?.op;
                let args = vec![
                    supervisor.clone(),
                    name,
                    closure,
                    int(clauses.restart),
                    clauses.workers,
                    clauses.shutdown,
                    int(clauses.after),
                    int(i64::from(clauses.significant)),
                    clauses.start,
                ];
                self.native("goo_supervisor_child", Vec::new(), args, Ty::unit());
            }
            ChildKind::Supervise(inner) => {
                let inner = self.supervisor(inner)?;
                let args = vec![
                    supervisor.clone(),
                    inner,
                    name,
                    int(clauses.restart),
                    clauses.shutdown,
                    int(clauses.after),
                    int(i64::from(clauses.significant)),
                ];
                self.native("goo_supervisor_nested", Vec::new(), args, Ty::unit());
            }
        }
        Ok(())
    }

    fn clauses(&mut self, child: &Child, numbers: &FxHashMap<Symbol, usize>) -> Lower<Clauses> {
        let mut clauses = Clauses {
            workers: int(1),
            after: 0,
            shutdown: int(-1),
            restart: 0,
            significant: false,
            start: int(-1),
        };
        for clause in &child.clauses {
            match clause {
                ChildClause::Workers(count) => clauses.workers = self.index_operand(count)?,
                ChildClause::After(names) => {
                    for name in names {
                        if let Some(number @ 0..64) = numbers.get(&name.name) {
                            clauses.after |= 1 << number;
                        }
                    }
                }
                ChildClause::Shutdown(limit) => clauses.shutdown = self.nanoseconds(limit)?,
                ChildClause::Start(limit) => clauses.start = self.nanoseconds(limit)?,
                ChildClause::Restart(kind) => {
                    clauses.restart = match kind.name.as_str() {
                        "transient" => 1,
                        "temporary" => 2,
                        _ => 0,
                    }
                }
                ChildClause::Significant(_) => clauses.significant = true,
            }
        }
        Ok(clauses)
    }

    pub fn supervisor_method(
        &mut self,
        e: &Expr,
        method: BuiltinMethod,
        supervisor: Operand,
        args: &[Arg],
    ) -> Lower<Val> {
        let result = self.expr_ty(e)?;
        match method {
            BuiltinMethod::Start => {
                let closure = self.value(argument(e, args, 0)?)?.op;
                let name = match args.get(1) {
                    Some(name) => self.expr_to(&name.value, Ty::string())?,
                    None => text(""),
                };
                let args = vec![supervisor, closure, name];
                Ok(self.native("goo_supervisor_start", Vec::new(), args, result))
            }
            BuiltinMethod::StartAs => {
                let mut operands = vec![supervisor, self.value(argument(e, args, 0)?)?.op];
                operands.push(self.expr_to(argument(e, args, 1)?, Ty::string())?);
                for at in 2..6 {
                    operands.push(self.index_operand(argument(e, args, at)?)?);
                }
                Ok(self.native("goo_supervisor_start_as", Vec::new(), operands, result))
            }
            BuiltinMethod::StartKind => {
                let mut operands = vec![supervisor, self.value(argument(e, args, 0)?)?.op];
                for at in 1..3 {
                    operands.push(self.expr_to(argument(e, args, at)?, Ty::string())?);
                }
                Ok(self.native("goo_supervisor_dynamic", Vec::new(), operands, result))
            }
            BuiltinMethod::Watch => self.watch("goo_supervisor_watch_end", supervisor, result),
            BuiltinMethod::Stop => {
                let name = self.expr_to(argument(e, args, 0)?, Ty::string())?;
                Ok(self.native("goo_supervisor_stop", Vec::new(), vec![supervisor, name], result))
            }
            BuiltinMethod::Children => {
                Ok(self.native("goo_supervisor_children", Vec::new(), vec![supervisor], result))
            }
            BuiltinMethod::Restarts => {
                Ok(self.native("goo_supervisor_restarts", Vec::new(), vec![supervisor], result))
            }
            _ => ice(e.span, "not a method of supervisors"),
        }
    }

    /// `x.Watch()`: a channel that the runtime makes, and sends one message to.
    pub fn watch(&mut self, native: &'static str, watched: Operand, channel: Ty) -> Lower<Val> {
        let elem = self.received_ty(channel)?;
        Ok(self.native(native, vec![elem], vec![watched], channel))
    }
}

fn auto_shutdown_of(value: &Expr) -> i64 {
    match &strip(value).kind {
        ExprKind::Name(name) if name.as_str() == "never" => 0,
        ExprKind::Name(name) if name.as_str() == "all" => 2,
        _ => 1,
    }
}
