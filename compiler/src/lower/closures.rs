//! Function literals, and the closures that `go`, `defer` and method values make.

use rustc_hash::FxHashMap;

use super::Lower;
use super::calls::{Argument, Prepared, Target};
use super::function::{Binding, Builder, Leave, Val, capture};
use super::instances::{Subst, cell_of, ice, ref_to};
use super::places::Path;
use super::scan::Scan;
use crate::mir::{FnId, Operand, ParamMode, Place, Proj, Rvalue};
use crate::syntax::NodeId;
use crate::syntax::ast::{Block, Expr, FuncLit};
use crate::types::{FuncTy, ParamTy, Ty, TyKind, VarId};

/// What a closure captures, seen from both sides.
#[derive(Default)]
pub(super) struct Captured {
    /// In the function around it.
    pub ops: Vec<Operand>,
    pub types: Vec<Ty>,
    /// Inside.
    pub bindings: FxHashMap<VarId, Binding>,
}

impl Captured {
    /// Captures one more value and gives where it is inside.
    pub fn add(&mut self, op: Operand, ty: Ty) -> Place {
        self.ops.push(op);
        self.types.push(ty);
        capture(self.ops.len() - 1)
    }
}

impl Builder<'_, '_> {
    pub fn func_lit(&mut self, e: &Expr, lit: &FuncLit) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let sig = self.func_ty(ty)?;
        let info = &self.world.program.info;
        let Some((params, results)) = info.literals.get(&e.id) else {
            return ice(e.span, "a function literal without parameters");
        };
        let self_var = self.self_var.take();
        let captured = self.captured_vars(e.id, self_var)?;
        let mut inner = self.inner(e.span);
        inner.function.captures = captured.types;
        inner.vars = captured.bindings;
        inner.body(params, &sig, results, &lit.body)?;
        let (unit, function) = inner.finish();
        let id = unit.own(function);
        Ok(self.eval(Rvalue::Closure(id, captured.ops), ty))
    }

    /// What the node captures, as the checker found out.
    pub fn captured_vars(&mut self, node: NodeId, self_var: Option<VarId>) -> Lower<Captured> {
        let vars = self.world.program.info.captures.get(&node);
        self.capture_vars(vars.into_iter().flatten().copied(), self_var)
    }

    pub fn capture_vars(
        &mut self,
        vars: impl IntoIterator<Item = VarId>,
        self_var: Option<VarId>,
    ) -> Lower<Captured> {
        let mut captured = Captured::default();
        for var in vars {
            if self.world.global(var).is_some() || captured.bindings.contains_key(&var) {
                continue;
            }
            if self_var == Some(var) {
                captured.bindings.insert(var, Binding::SelfClosure);
                continue;
            }
            let ty = self.var_ty(var);
            let inside = match self.binding(var)? {
                Binding::Direct(place) => Binding::Direct(captured.add(place.into(), ty)),
                Binding::Cell(cell) => Binding::Cell(captured.add(cell.into(), cell_of(ty))),
                Binding::Ref(address) => Binding::Ref(captured.add(address.into(), ref_to(ty))),
                Binding::SelfClosure => {
                    let this = self.eval(Rvalue::SelfClosure, ty).op;
                    Binding::Direct(captured.add(this, ty))
                }
            };
            captured.bindings.insert(var, inside);
        }
        Ok(captured)
    }

    /// Parameters, named results and body of a function.
    pub fn body(&mut self, params: &[VarId], sig: &FuncTy, results: &[VarId], block: &Block) -> Lower<()> {
        let scan = Scan::of(self, block);
        self.function.has_defer = scan.has_defer;
        self.forced_cells = scan.forced_cells;
        self.parameters(params, &sig.params)?;
        self.returns(sig.result);
        self.leave = Leave::Function { named: results.to_vec() };
        self.span = block.span;
        for &result in results {
            let ty = self.var_ty(result);
            self.bind(result, super::function::zero(ty));
        }
        self.block_stmts(block)?;
        if self.is_open() {
            self.span = crate::syntax::Span { start: block.span.end.saturating_sub(1), ..block.span };
            self.return_values(&[])?;
        }
        Ok(())
    }

    fn parameters(&mut self, params: &[VarId], types: &[ParamTy]) -> Lower<()> {
        let mut cells = Vec::new();
        for (&var, ty) in params.iter().zip(types) {
            let data = self.world.var(var);
            self.span = data.span;
            if ty.inout {
                let local = self.param(ref_to(ty.ty), ParamMode::InOut, Some(data.name));
                self.vars.insert(var, Binding::Ref(local.into()));
                continue;
            }
            let local = self.param(ty.ty, ParamMode::Borrow, Some(data.name));
            match self.in_cell(var) {
                true => cells.push((var, local)),
                false => drop(self.vars.insert(var, Binding::Direct(local.into()))),
            }
        }
        for (var, local) in cells {
            self.bind(var, local.into());
        }
        Ok(())
    }

    /// A prepared call as a closure without parameters, which makes the call.
    pub fn thunk(&mut self, prepared: Prepared, keep_result: bool) -> Lower<Val> {
        let Prepared { target, args, result } = prepared;
        let given = if keep_result { result } else { Ty::unit() };
        let mut captured = Captured::default();
        let target = match target {
            Target::Closure(op, ty) if args.is_empty() && given == result => return Ok(Val::new(op, ty)),
            Target::Closure(op, ty) => Target::Closure(captured.add(op, ty).into(), ty),
            Target::Interface { receiver, receiver_ty, name, sig } => {
                let receiver = captured.add(receiver, receiver_ty).into();
                Target::Interface { receiver, receiver_ty, name, sig }
            }
            other => other,
        };
        let mut inside = Vec::new();
        for arg in args {
            inside.push(match arg {
                Argument::Value(op, ty) => Argument::Value(captured.add(op, ty).into(), ty),
                Argument::Lent(path) => Argument::Lent(self.capture_path(path, &mut captured)),
                Argument::Boxed(paths, ty) => {
                    let paths =
                        paths.into_iter().map(|path| self.capture_path(path, &mut captured)).collect();
                    Argument::Boxed(paths, ty)
                }
            });
        }
        let span = self.span;
        let id = self.synthesized(span, captured.types, given, |inner| {
            let value = inner.invoke(Prepared { target, args: inside, result })?;
            Ok(keep_result.then_some(value.op))
        })?;
        let ty = Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result: given }));
        Ok(self.eval(Rvalue::Closure(id, captured.ops), ty))
    }

    /// An in-out argument of a deferred call: the cell of a variable that lives in one, else its address.
    pub fn capture_path(&mut self, path: Path, captured: &mut Captured) -> Path {
        if let Some(path) = self.capture_cell(&path, captured) {
            return path;
        }
        if let Some((Proj::Cell, rest)) = path.base.proj.split_last() {
            // An element of an array in the cell: the closure keeps the cell, so that the address stays good.
            let cell = Place { base: path.base.base, proj: rest.into() };
            if let Some(ty) = self.operand_ty(&cell) {
                captured.add(cell.into(), ty);
            }
        }
        let ty = path.ty;
        let address = self.lend_path(path);
        let base = captured.add(address, ref_to(ty)).then(Proj::Deref);
        Path { base, steps: Vec::new(), ty }
    }

    /// A function without parameters inside this one, whose body is made by `f`, which gives the result.
    pub fn synthesized(
        &mut self,
        span: crate::syntax::Span,
        captures: Vec<Ty>,
        result: Ty,
        f: impl FnOnce(&mut Builder<'_, '_>) -> Lower<Option<Operand>>,
    ) -> Lower<FnId> {
        let mut inner = self.inner(span);
        inner.function.captures = captures;
        inner.returns(result);
        let value = f(&mut inner)?;
        inner.leave_function(value);
        let (unit, function) = inner.finish();
        Ok(unit.own(function))
    }
}

/// The substitution of functions without type parameters.
pub(super) fn no_subst() -> Subst {
    Subst::default()
}
