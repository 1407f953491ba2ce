//! `go`, and `go parallel for`: its turns are closures that a group of tasks runs.

use super::Lower;
use super::closures::Captured;
use super::function::{Binding, Builder, Leave, Val, int, zero};
use super::instances::ice;
use super::scan::Scan;
use crate::mir::{FnId, Operand, Rvalue};
use crate::syntax::ast::{Block, Expr, Parallel, Range, RangeBind, strip};
use crate::types::{FuncTy, Ty, TyKind, VarId};

/// The turn of a `go parallel for`, ready to be started again and again.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    function: FnId,
    /// What all turns capture.
    shared: Vec<(Operand, Ty)>,
    /// The variables of the loop, which each turn has its own of.
    vars: Vec<VarId>,
    group: Operand,
    ty: Ty,
}

/// The group of tasks that run the turns is a supervisor.
fn group_ty() -> Ty {
    Ty::new(TyKind::Supervisor)
}

impl Builder<'_, '_> {
    pub fn go_stmt(&mut self, e: &Expr) -> Lower<()> {
        let closure = self.delayed_call(e, false)?;
        self.native("goo_task_go", Vec::new(), vec![closure.op], Ty::unit());
        Ok(())
    }

    /// `go f(x)` as a value: a handle.
    pub fn go_expr(&mut self, e: &Expr, call: &Expr) -> Lower<Val> {
        let Some(info) = self.world.program.info.exprs.get(&strip(e).id) else {
            self.go_stmt(call)?;
            return Ok(Val::unit());
        };
        let ty = self.ty(info.ty);
        if !matches!(self.kind(ty), TyKind::Task(_)) {
            self.go_stmt(call)?;
            return Ok(Val::unit());
        }
        let closure = self.delayed_call(call, true)?;
        Ok(self.native("goo_task_spawn", Vec::new(), vec![closure.op], ty))
    }

    pub fn parallel(&mut self, e: &Expr, p: &Parallel) -> Lower<Val> {
        let ty = match self.world.program.info.exprs.get(&e.id) {
            Some(info) => self.ty(info.ty),
            None => Ty::unit(),
        };
        let elem = match self.kind(ty) {
            TyKind::Slice(elem) => Some(*elem),
            _ => None,
        };
        let mut limit = int(i64::MAX);
        for option in &p.options {
            if option.name.is_some_and(|name| name.name.as_str() == "workers") {
                limit = self.index_operand(&option.value)?;
            }
        }
        let group = self.native("goo_group_new", Vec::new(), vec![limit], group_ty()).op;
        let turn = self.turn_function(e, p, elem, group.clone())?;
        let outer = self.spawning.replace(turn);
        let range = Range {
            bind: p.bind.clone(),
            subject: p.subject.clone(),
            body: Block { stmts: Vec::new(), span: p.body.span },
            span: p.span,
        };
        let label = self.label.take();
        self.range(label, &range)?;
        self.spawning = outer;
        self.native("goo_group_wait", Vec::new(), vec![group.clone()], Ty::unit());
        Ok(match elem {
            Some(elem) => self.native("goo_group_results", vec![elem], vec![group], ty),
            None => Val::unit(),
        })
    }

    /// The body as a function that captures what it shares, and then the loop's variables.
    fn turn_function(&mut self, e: &Expr, p: &Parallel, elem: Option<Ty>, group: Operand) -> Lower<Turn> {
        let info = &self.world.program.info;
        let vars: Vec<VarId> = match &p.bind {
            RangeBind::Define(names) => {
                let named = names.iter().filter(|name| name.name.as_str() != "_");
                named.filter_map(|name| info.defs.get(&name.id).copied()).collect()
            }
            RangeBind::None | RangeBind::Assign(_) => Vec::new(),
        };
        let shared = info.captures.get(&e.id).into_iter().flatten().copied();
        let shared: Vec<VarId> = shared.filter(|var| !vars.contains(var)).collect();
        let mut captured = self.capture_vars(shared, None)?;
        let shared = std::mem::take(&mut captured.ops);
        let shared = shared.into_iter().zip(captured.types.iter().copied()).collect();
        let result = elem.unwrap_or(Ty::unit());
        let own: Vec<(VarId, Ty)> = vars.iter().map(|var| (*var, self.var_ty(*var))).collect();
        let mut inner = self.inner(p.body.span);
        inner.vars = captured.bindings;
        inner.function.captures = captured.types;
        let scan = Scan::of(&inner, &p.body);
        inner.function.has_defer = scan.has_defer;
        inner.forced_cells = scan.forced_cells;
        inner.returns(result);
        inner.leave = Leave::Turn;
        for (var, ty) in own {
            inner.function.captures.push(ty);
            let place = super::function::capture(inner.function.captures.len() - 1);
            inner.bind(var, place.into());
        }
        if let (Some(place), Some(elem)) = (inner.function.result, elem) {
            inner.store(place.into(), zero(elem));
            inner.yielded = Some((place.into(), elem));
        }
        inner.block_stmts(&p.body)?;
        inner.end_turn();
        let (unit, function) = inner.finish();
        let function = unit.own(function);
        let ty = Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result }));
        Ok(Turn { function, shared, vars, group, ty })
    }

    /// The turn, as the body of a range over a function starts it: that is a closure, and captures what the turn is made of.
    pub fn captured_turn(turn: Turn, captured: &mut Captured) -> Turn {
        let mut capture = |op: Operand, ty: Ty| (Operand::from(captured.add(op, ty)), ty);
        let shared = turn.shared.into_iter().map(|(op, ty)| capture(op, ty)).collect();
        let (group, _) = capture(turn.group, group_ty());
        Turn { shared, group, ..turn }
    }

    /// Starts a turn, in the loop that goes over the subject.
    pub fn start_turn(&mut self, turn: Turn) -> Lower<()> {
        let mut ops: Vec<Operand> = turn.shared.into_iter().map(|(op, _)| op).collect();
        for var in turn.vars {
            match self.binding(var)? {
                Binding::SelfClosure => return ice(self.span, "a loop's variable is no closure"),
                binding => ops.extend(binding.place().map(Operand::from)),
            }
        }
        let closure = self.eval(Rvalue::Closure(turn.function, ops), turn.ty).op;
        self.native("goo_group_go", Vec::new(), vec![turn.group, closure], Ty::unit());
        Ok(())
    }

    /// The end of a turn.
    pub fn end_turn(&mut self) {
        if self.function.has_defer {
            self.push(crate::mir::StatementKind::RunDefers);
        }
        self.leave_function(None);
    }

    pub fn yield_stmt(&mut self, value: &Expr) -> Lower<()> {
        let Some((place, ty)) = self.yielded.clone() else { return ice(value.span, "`yield` leads nowhere") };
        let value = self.expr_to(value, ty)?;
        if self.is_open() {
            self.store(place, value);
        }
        Ok(())
    }
}
