//! Methods as values, and the functions that adapt one way of calling to another.

use super::calls::{Argument, Prepared, Target};
use super::closures::{Captured, no_subst};
use super::function::{Builder, Val};
use super::instances::{World, cell_of, ice, ref_to};
use super::places::{Path, Step};
use super::unit::Unit;
use super::{Item, Lower};
use crate::mir::{Const, Operand, ParamMode, Place, Proj, Rvalue};
use crate::syntax::Symbol;
use crate::syntax::ast::{Expr, ExprKind, strip};
use crate::types::{FuncId, FuncTy, ParamTy, Selection, Ty, TyKind};

impl Builder<'_, '_> {
    /// `x.Method` as a value: a closure that holds the receiver.
    pub fn method_value(&mut self, e: &Expr, base: &Expr) -> Lower<Val> {
        let (fields, name) = match self.world.program.info.selections.get(&e.id) {
            Some(Selection::Method { path, func }) => (path, self.world.func(*func).name),
            Some(Selection::InterfaceMethod { path, name } | Selection::ParamMethod { path, name }) => {
                (path, *name)
            }
            _ => return ice(e.span, "not a method"),
        };
        let path = self.path_or_temp(base)?;
        let path = self.embedded_path(path, fields, e)?;
        let own = self.instance_args(e);
        let (target, receiver, sig) = self.method_target(path, name, own, e)?;
        let mut captured = Captured::default();
        let target = match target {
            Target::Interface { receiver, receiver_ty, name, sig } => {
                let receiver = captured.add(receiver, receiver_ty).into();
                Target::Interface { receiver, receiver_ty, name, sig }
            }
            other => other,
        };
        let mut inside = Vec::new();
        for receiver in receiver {
            inside.push(match receiver {
                Argument::Value(op, ty) => Argument::Value(captured.add(op, ty).into(), ty),
                Argument::Lent(path) => Argument::Lent(self.capture_receiver(path, &mut captured)),
                Argument::Boxed(..) => return ice(e.span, "a receiver is not boxed"),
            });
        }
        let ty = Ty::new(TyKind::Func(sig.clone()));
        let mut inner = self.inner(e.span);
        inner.function.captures = captured.types;
        inner.forward(target, inside, &sig)?;
        let (unit, function) = inner.finish();
        let id = unit.own(function);
        Ok(self.eval(Rvalue::Closure(id, captured.ops), ty))
    }

    /// A receiver that the method changes: the cell of the variable that it is a part of, or the address of the in-out
    /// parameter, which the value does not outlive; else a cell with a copy.
    fn capture_receiver(&mut self, path: Path, captured: &mut Captured) -> Path {
        if let Some(path) = self.capture_cell(&path, captured) {
            return path;
        }
        if let (Some((Proj::Deref, rest)), true) = (path.base.proj.split_last(), path.is_fields()) {
            let address = Place { base: path.base.base, proj: rest.into() };
            if let Some(ty) = self.operand_ty(&address) {
                let base = captured.add(address.into(), ty).then(Proj::Deref);
                return Path { base, ..path };
            }
        }
        let ty = path.ty;
        let cell_ty = cell_of(ty);
        let place = self.read_path(path);
        let cell = self.eval(Rvalue::Cell(place.into()), cell_ty).op;
        let base = captured.add(cell, cell_ty).then(Proj::Cell);
        Path { base, steps: Vec::new(), ty }
    }

    /// The path from inside a closure, if it starts at a variable in a cell and goes through fields only.
    pub fn capture_cell(&mut self, path: &Path, captured: &mut Captured) -> Option<Path> {
        let (Proj::Cell, rest) = path.base.proj.split_last()? else { return None };
        if !path.is_fields() {
            return None;
        }
        let cell = Place { base: path.base.base, proj: rest.into() };
        let ty = self.operand_ty(&cell)?;
        let base = captured.add(cell.into(), ty).then(Proj::Cell);
        Some(Path { base, steps: path.steps.clone(), ty: path.ty })
    }

    /// Makes this function one with the parameters of `sig` that calls `target` with `first` and its own parameters.
    pub fn forward(&mut self, target: Target, mut first: Vec<Argument>, sig: &FuncTy) -> Lower<()> {
        self.function.forwards = true;
        first.append(&mut self.forwarded_params(&sig.params));
        self.returns(sig.result);
        let value = self.invoke(Prepared { target, args: first, result: sig.result })?;
        self.leave_function(Some(value.op));
        Ok(())
    }

    /// Declares parameters that are handed on.
    fn forwarded_params(&mut self, params: &[ParamTy]) -> Vec<Argument> {
        params
            .iter()
            .map(|param| match param.inout {
                true => {
                    let local = self.param(ref_to(param.ty), ParamMode::InOut, None);
                    let base = Place::local(local).then(Proj::Deref);
                    Argument::Lent(Path { base, steps: Vec::new(), ty: param.ty })
                }
                false => {
                    let local = self.param(param.ty, ParamMode::Borrow, None);
                    Argument::Value(local.into(), param.ty)
                }
            })
            .collect()
    }

    /// `T.Method` as a value.
    pub fn method_expr(&mut self, receiver: Ty, name: Symbol, own: Vec<Ty>) -> Lower<Val> {
        let Some(method) = self.world.find_method(receiver, name) else {
            return ice(self.span, format!("no method `{name}`"));
        };
        let mut sig = self.func_ty(self.world.instance_sig(&method, &own))?;
        sig.params.insert(0, ParamTy { ty: receiver, inout: self.world.changes_receiver(&method) });
        let ty = Ty::new(TyKind::Func(sig));
        let id = self.item(Item::MethodExpr(receiver, name, own));
        Ok(Val::new(Operand::Const(Const::Func(id), ty), ty))
    }
}

/// A function that calls a method of its first parameter, which is a `Ref` to the receiver if `by_ref`, or if the
/// method changes it.
pub(super) fn method_adapter(
    world: &World<'_>,
    unit: &mut Unit,
    (receiver, name): (Ty, Symbol),
    own: &[Ty],
    by_ref: bool,
) -> Lower<()> {
    let (subst, span) = (no_subst(), crate::syntax::Span::default());
    let Some(method) = world.find_method(receiver, name) else {
        return ice(span, format!("no method `{name}` of {}", world.type_name(receiver)));
    };
    let mut builder =
        Builder::new(world, unit, &subst, format!("{}.{name}", world.type_name(receiver)), span);
    builder.function.forwards = true;
    let sig = builder.func_ty(world.instance_sig(&method, own))?;
    let base = match by_ref || world.changes_receiver(&method) {
        true => {
            let local = builder.param(ref_to(receiver), ParamMode::InOut, None);
            Place::local(local).then(Proj::Deref)
        }
        false => builder.param(receiver, ParamMode::Borrow, None).into(),
    };
    let mut path = Path { base, steps: Vec::new(), ty: receiver };
    for &field in &method.path {
        let Some(ty) = world.field_at(path.ty, &[field]) else { return ice(span, "no such field") };
        path.steps.push(Step::Field(field));
        path.ty = ty;
    }
    if let super::instances::MethodTarget::Declared(func, _) = method.target {
        builder.span = world.func(func).span;
        builder.function.span = builder.span;
    }
    // Parameters are declared before the receiver is read.
    let params = builder.forwarded_params(&sig.params);
    builder.returns(sig.result);
    let at = Expr { id: crate::syntax::NodeId(u32::MAX), kind: ExprKind::Error, span: builder.span };
    let (target, mut args, _) = builder.method_target(path, name, own.to_vec(), strip(&at))?;
    args.extend(params);
    let value = builder.invoke(Prepared { target, args, result: sig.result })?;
    builder.leave_function(Some(value.op));
    let (unit, function) = builder.finish();
    unit.own(function);
    Ok(())
}

/// A case of an enum as a function.
pub(super) fn case_function(world: &World<'_>, unit: &mut Unit, ty: Ty, index: u32) -> Lower<()> {
    let (subst, span) = (no_subst(), crate::syntax::Span::default());
    let Some(case) = world.case(ty, index) else { return ice(span, "no such case") };
    let name = format!("{}.{}", world.type_name(ty), case.name);
    let sig = FuncTy::of(case.fields.iter().map(|(_, ty)| *ty), ty);
    let mut builder = Builder::new(world, unit, &subst, name, span);
    builder.forward(Target::Case(ty, index), Vec::new(), &sig)?;
    let (unit, function) = builder.finish();
    unit.own(function);
    Ok(())
}

/// A function of the runtime as one that compiled code can hold.
pub(super) fn native_value(world: &World<'_>, unit: &mut Unit, func: FuncId, args: &[Ty]) -> Lower<()> {
    let subst = no_subst();
    let span = world.func(func).span;
    let mut builder = Builder::new(world, unit, &subst, world.instance_name(func, args), span);
    let sig = builder.func_ty(world.func_sig(func, args))?;
    builder.forward(Target::Func(func, args.to_vec()), Vec::new(), &sig)?;
    let (unit, function) = builder.finish();
    unit.own(function);
    Ok(())
}
