//! Calls. [`Builder::prepare`] evaluates the callee and the arguments where they stand, which is all that `go` and `defer`
//! do at the statement; [`Builder::invoke`] then makes the call. What a callee may change is lent only in `invoke`, after
//! all arguments have been evaluated.

use super::function::{Builder, Val, int};
use super::instances::{MethodTarget, ice};
use super::places::Path;
use super::{Item, Lower};
use crate::mir::{Callee, Operand, Place, PlaceBase, Proj, Rvalue};
use crate::syntax::Symbol;
use crate::syntax::ast::{Arg, Call, Expr, ExprKind, strip, strip_ref};
use crate::types::{Entity, FuncId, FuncTy, Mode, Selection, Ty, TyKind};

/// A call whose callee and arguments have been evaluated.
pub(super) struct Prepared {
    pub target: Target,
    pub args: Vec<Argument>,
    pub result: Ty,
}

pub(super) enum Target {
    /// The receiver of a method is the first argument.
    Func(FuncId, Vec<Ty>),
    Closure(Operand, Ty),
    Interface {
        receiver: Operand,
        receiver_ty: Ty,
        name: Symbol,
        sig: Ty,
    },
    Case(Ty, u32),
}

pub(super) enum Argument {
    Value(Operand, Ty),
    /// In-out.
    Lent(Path),
    /// In-out, of variables of any type for a parameter of an interface type, or, with a slice's type, for a variadic
    /// one: the callee gets interface values, and the variables get what these are afterwards.
    Boxed(Vec<Path>, Ty),
}

/// A variable that gets its value back from an interface value after the call.
type GiveBack = (Path, Place);

impl Builder<'_, '_> {
    pub fn call_expr(&mut self, e: &Expr, call: &Call) -> Lower<Val> {
        let callee = strip(&call.callee);
        let info = &self.world.program.info;
        match info.exprs.get(&callee.id).map(|info| info.mode) {
            Some(Mode::Type) => return self.conversion(callee, call),
            Some(Mode::Builtin(builtin)) => return self.builtin_call(e, builtin, call),
            _ => {}
        }
        match (info.uses.get(&callee.id), info.selections.get(&callee.id)) {
            (Some(Entity::Builtin(builtin)), _) => return self.builtin_call(e, *builtin, call),
            (Some(Entity::Type(_)), _) | (_, Some(Selection::Member(Entity::Type(_)))) => {
                return self.conversion(callee, call);
            }
            (_, Some(Selection::Builtin(method))) => {
                let ExprKind::Select { base, .. } = &callee.kind else { return ice(e.span, "no receiver") };
                return self.builtin_method(e, *method, base, &call.args);
            }
            _ if !info.exprs.contains_key(&callee.id) && info.types.contains_key(&callee.id) => {
                return self.conversion(callee, call);
            }
            _ => {}
        }
        let prepared = self.prepare(e, call)?;
        self.span = e.span;
        self.invoke(prepared)
    }

    fn conversion(&mut self, callee: &Expr, call: &Call) -> Lower<Val> {
        let to = self.denoted(callee)?;
        let Some(arg) = call.args.first() else { return ice(callee.span, "a conversion of nothing") };
        let value = self.value(&arg.value)?;
        let op = self.convert(value, to)?;
        Ok(Val::new(op, to))
    }

    /// Evaluates callee and arguments.
    pub fn prepare(&mut self, e: &Expr, call: &Call) -> Lower<Prepared> {
        let (target, mut args, sig) = self.callee(e, call)?;
        self.arguments(&call.args, &sig, call.spread, &mut args)?;
        Ok(Prepared { target, args, result: sig.result })
    }

    /// Makes a prepared call.
    pub fn invoke(&mut self, prepared: Prepared) -> Lower<Val> {
        let Prepared { target, args, result } = prepared;
        let mut back = Vec::new();
        let mut ops: Vec<Operand> = Vec::new();
        let args = self.apart_from_lent(args);
        for arg in args {
            ops.push(match arg {
                Argument::Value(op, _) => op,
                Argument::Lent(path) => self.lend_path(path),
                Argument::Boxed(paths, ty) => self.boxed_argument(paths, ty, &mut back)?,
            });
        }
        let args = ops;
        let callee = match target {
            Target::Func(func, types) => self.func_callee(func, types),
            Target::Closure(op, _) => Callee::Closure(op),
            Target::Interface { receiver, name, sig, .. } => Callee::Method { receiver, name, sig },
            Target::Case(ty, index) => return Ok(self.eval(Rvalue::Case(ty, index, args), ty)),
        };
        let value = self.call(callee, args, result);
        for (path, held) in back {
            self.give_back(path, held);
        }
        Ok(value)
    }

    /// The arguments, with values that would share storage with what is lent beside them copied before it is: `f(&xs[0], xs)`.
    fn apart_from_lent(&mut self, mut args: Vec<Argument>) -> Vec<Argument> {
        let lent: Vec<PlaceBase> = args
            .iter()
            .filter_map(|arg| match arg {
                Argument::Lent(path) if path.is_shared() => Some(path.base.base),
                _ => None,
            })
            .collect();
        for arg in &mut args {
            if let Argument::Value(Operand::Copy(place), ty) = arg
                && lent.contains(&place.base)
                && crate::mir::typing::is_counted(self.world.program, *ty)
            {
                let copy = self.assign_temp(Rvalue::Use(place.clone().into()), *ty);
                *arg = Argument::Value(copy.into(), *ty);
            }
        }
        args
    }

    /// Whether an argument without `&` is of a type that no method can change (`os.Stdout` for a `*io.Writer`): the callee
    /// gets a copy.
    fn lends_itself(&self, arg: &Expr, param: Ty) -> bool {
        let value = strip(arg);
        let lent = matches!(&value.kind, ExprKind::Unary { op: crate::syntax::ast::UnaryOp::Ref, .. });
        let given = self.world.program.info.uses.get(&value.id);
        let inout = matches!(given, Some(Entity::Var(var)) if self.world.program.vars[var.0 as usize].inout);
        self.world.is_interface(param) && !lent && !inout
    }

    /// Interface values that the callee may change, in a variable of their own.
    fn boxed_argument(&mut self, paths: Vec<Path>, ty: Ty, back: &mut Vec<GiveBack>) -> Lower<Operand> {
        let slice = match self.kind(ty) {
            TyKind::Slice(elem) => Some(*elem),
            _ => None,
        };
        let interface = slice.unwrap_or(ty);
        let mut ops = Vec::new();
        for path in &paths {
            let from = path.ty;
            self.unit.lent.insert(from);
            let place = self.read_path(path.clone());
            let value = self.assign_temp(Rvalue::Use(place.into()), from);
            // Moved, not copied: what the variable holds must be held once, to be changed in place.
            self.store_path(path.clone(), super::function::zero(from));
            ops.push(self.coerce(Val::new(Place::local(value), from), interface)?);
        }
        let value = match slice {
            Some(_) => Rvalue::Slice(ty, ops),
            None => Rvalue::Use(ops.remove(0)),
        };
        let held = Place::local(self.assign_temp(value, ty));
        for (index, path) in paths.into_iter().enumerate() {
            let place = match slice {
                Some(_) => {
                    let index = Box::new(int(index as i64));
                    held.then(Proj::Index { index, checked: false })
                }
                None => held.clone(),
            };
            back.push((path, place));
        }
        Ok(self.reference(held, ty))
    }

    /// A value of another type than the variable's is a crash: the variable cannot hold it.
    fn give_back(&mut self, path: Path, held: Place) {
        let ty = path.ty;
        let interface = self.operand_ty(&held).unwrap_or(ty);
        if interface == ty {
            self.store_path(path, held.into());
            return;
        }
        let [same, other] = [self.block(), self.block()];
        let cond = self.is_type(held.clone().into(), ty);
        self.branch(cond, same, other);
        self.start(other);
        self.native("goo_panic_type_assert", vec![interface, ty], vec![held.clone().into()], Ty::never());
        self.start(same);
        let value = self.concrete(held.into(), ty);
        let value = self.eval(value, ty).op;
        self.store_path(path, value);
    }

    /// How a declared function is called directly.
    pub fn func_callee(&mut self, func: FuncId, types: Vec<Ty>) -> Callee {
        match self.world.func(func).native {
            true => Callee::Native { name: self.world.program.native_name(func), types },
            false => Callee::Direct(self.item(Item::Func(func, types))),
        }
    }

    /// What is called, with the receiver as first argument if there is one, and its signature.
    fn callee(&mut self, e: &Expr, call: &Call) -> Lower<(Target, Vec<Argument>, FuncTy)> {
        let callee = self.function_name(&call.callee);
        let info = &self.world.program.info;
        let entity = match (info.uses.get(&callee.id), info.selections.get(&callee.id)) {
            (Some(entity), _) | (_, Some(Selection::Member(entity))) => *entity,
            (_, Some(Selection::Case { def, index })) => Entity::Case(*def, *index),
            (_, Some(selection)) => {
                if let ExprKind::Select { base, .. } = &callee.kind
                    && let Some(found) = self.method_callee(callee, base, selection)?
                {
                    return Ok(found);
                }
                return self.closure_callee(callee);
            }
            _ => return self.closure_callee(&call.callee),
        };
        match entity {
            Entity::Func(func) => {
                let args = self.instance_args(callee);
                let sig = self.func_ty(self.world.func_sig(func, &args))?;
                Ok((Target::Func(func, args), Vec::new(), sig))
            }
            Entity::Case(_, index) => {
                let ty = self.expr_ty(e)?;
                let ty = match self.kind(ty) {
                    TyKind::Optional(inner) => *inner,
                    _ => ty,
                };
                let Some(case) = self.world.case(ty, index) else { return ice(e.span, "no such case") };
                let sig = FuncTy::of(case.fields.iter().map(|(_, ty)| *ty), ty);
                Ok((Target::Case(ty, index), Vec::new(), sig))
            }
            _ => self.closure_callee(callee),
        }
    }

    /// The function without the type arguments that are written behind it.
    fn function_name<'e>(&self, e: &'e Expr) -> &'e Expr {
        let e = strip(e);
        let info = &self.world.program.info;
        match &e.kind {
            ExprKind::Index { base, .. } => {
                let base = strip(base);
                let function = matches!(
                    (info.uses.get(&base.id), info.selections.get(&base.id)),
                    (Some(Entity::Func(_)), _)
                        | (_, Some(Selection::Member(Entity::Func(_)) | Selection::Method { .. }))
                );
                if function { base } else { e }
            }
            _ => e,
        }
    }

    fn closure_callee(&mut self, callee: &Expr) -> Lower<(Target, Vec<Argument>, FuncTy)> {
        let value = self.value(callee)?;
        if let TyKind::Chan { .. } = self.kind(value.ty)
            && let Some(request) = self.request_callee(value.clone())?
        {
            return Ok(request);
        }
        let sig = self.func_ty(value.ty)?;
        Ok((Target::Closure(value.op, value.ty), Vec::new(), sig))
    }

    pub fn func_ty(&self, ty: Ty) -> Lower<FuncTy> {
        match self.kind(ty) {
            TyKind::Func(func) => Ok(func.clone()),
            _ => ice(self.span, format!("a call of {}", self.world.type_name(ty))),
        }
    }

    fn method_callee(
        &mut self,
        callee: &Expr,
        base: &Expr,
        selection: &Selection,
    ) -> Lower<Option<(Target, Vec<Argument>, FuncTy)>> {
        let (fields, name) = match selection {
            Selection::Method { path, func } => (path, self.world.func(*func).name),
            Selection::InterfaceMethod { path, name } | Selection::ParamMethod { path, name } => {
                (path, *name)
            }
            _ => return Ok(None),
        };
        let path = self.path_or_temp(base)?;
        let path = self.embedded_path(path, fields, callee)?;
        let own = self.instance_args(callee);
        self.method_target(path, name, own, callee).map(Some)
    }

    /// A method, found by name in the type of what the path leads to.
    pub fn method_target(
        &mut self,
        path: Path,
        name: Symbol,
        own: Vec<Ty>,
        at: &Expr,
    ) -> Lower<(Target, Vec<Argument>, FuncTy)> {
        let Some(method) = self.world.find_method(path.ty, name) else {
            return ice(at.span, format!("no method `{name}` of {}", self.world.type_name(path.ty)));
        };
        let sig = self.func_ty(method.sig)?;
        let path = self.embedded_path(path, &method.path, at)?;
        let receiver_ty = path.ty;
        match method.target {
            MethodTarget::Declared(func, mut args) => {
                // Those of a method's own parameters follow those of its receiver's type.
                let sig = match own.is_empty() {
                    true => sig,
                    false => {
                        args.extend(own);
                        let sig = self.world.func_sig(func, &args);
                        self.func_ty(sig)?
                    }
                };
                let inout = self.world.func(func).changes_receiver();
                let receiver = match inout {
                    true => Argument::Lent(path),
                    false => {
                        let place = self.read_path(path);
                        let op = self.settle(place.into(), receiver_ty);
                        Argument::Value(op, receiver_ty)
                    }
                };
                Ok((Target::Func(func, args), vec![receiver], sig))
            }
            MethodTarget::Interface => {
                self.unit.interfaces.insert(self.world.underlying(receiver_ty));
                let receiver = match self.world.may_change(name) {
                    true => self.own_interface(path),
                    false => self.read_path(path).into(),
                };
                let target = Target::Interface { receiver, receiver_ty, name, sig: method.sig };
                Ok((target, Vec::new(), sig))
            }
        }
    }

    /// The address of an interface value whose method may change what it holds, held there only. Where tasks can see the
    /// variable, the method gets a copy.
    fn own_interface(&mut self, path: Path) -> Operand {
        let (ty, steady, exposed) = (path.ty, self.is_own(&path.base), path.base.is_reachable());
        let slot = match steady {
            true => self.lend_path(path),
            false => {
                let place = self.read_path(path);
                let copy = self.assign_temp(Rvalue::Use(place.into()), ty);
                self.reference(Place::local(copy), ty)
            }
        };
        let slot = Operand::from(self.assign_temp(Rvalue::Use(slot), super::instances::ref_to(ty)));
        let callee = Callee::Native { name: "goo_interface_unique", types: Vec::new() };
        self.call(callee, vec![slot.clone()], Ty::unit());
        if let (true, true, Operand::Copy(at)) = (steady, exposed, &slot) {
            // The method works in the box.
            let held = self.assign_temp(Rvalue::Use(at.then(Proj::Deref).into()), ty);
            self.lend(held, slot.clone(), true);
        }
        slot
    }

    /// Whether a variable is this function's, or one that it shares with functions of the same task only.
    fn is_own(&self, base: &Place) -> bool {
        match base.base {
            PlaceBase::Local(_) => true,
            PlaceBase::Capture(_) => base.proj.first() == Some(&Proj::Cell),
            PlaceBase::Global(global) => self.world.is_of_main(global),
        }
    }

    /// Evaluates the arguments and adds them to `out`.
    fn arguments(&mut self, args: &[Arg], sig: &FuncTy, spread: bool, out: &mut Vec<Argument>) -> Lower<()> {
        if let [arg] = args
            && let Some(values) = self.several(arg, sig, spread)?
        {
            return self.arguments_from(values, sig, out);
        }
        let fixed = sig.params.len() - usize::from(sig.variadic);
        for (arg, param) in args.iter().zip(&sig.params[..fixed]) {
            out.push(match param.inout {
                true if self.lends_itself(&arg.value, param.ty) => {
                    let op = self.expr_to(&arg.value, param.ty)?;
                    let held = self.assign_temp(Rvalue::Use(op), param.ty);
                    Argument::Lent(Path { base: Place::local(held), steps: Vec::new(), ty: param.ty })
                }
                true => {
                    let path = self.path_or_temp(strip_ref(&arg.value))?;
                    match self.world.is_interface(param.ty) && path.ty != param.ty {
                        true => Argument::Boxed(vec![path], param.ty),
                        false => Argument::Lent(path),
                    }
                }
                false => {
                    let op = self.expr_to(&arg.value, param.ty)?;
                    Argument::Value(self.settle(op, param.ty), param.ty)
                }
            });
        }
        let Some(rest) = sig.params.get(fixed).map(|param| param.ty) else { return Ok(()) };
        let rest_args = args.get(fixed..).unwrap_or_default();
        if sig.params[fixed].inout {
            let mut paths = Vec::new();
            for arg in rest_args {
                paths.push(self.path_or_temp(strip_ref(&arg.value))?);
            }
            out.push(Argument::Boxed(paths, rest));
            return Ok(());
        }
        if spread && let [arg] = rest_args {
            let op = self.expr_to(&arg.value, rest)?;
            out.push(Argument::Value(op, rest));
            return Ok(());
        }
        let TyKind::Slice(elem) = self.kind(rest) else {
            return ice(self.span, "a variadic parameter is a slice");
        };
        let mut ops = Vec::new();
        for arg in rest_args {
            let op = self.expr_to(&arg.value, *elem)?;
            ops.push(self.settle(op, *elem));
        }
        let op = self.packed(rest, ops);
        out.push(Argument::Value(op, rest));
        Ok(())
    }

    fn packed(&mut self, slice: Ty, ops: Vec<Operand>) -> Operand {
        match ops.is_empty() {
            true => super::function::zero(slice),
            false => self.eval(Rvalue::Slice(slice, ops), slice).op,
        }
    }

    /// The results of a single argument that is a call with several, or with a value and an error.
    fn several(&mut self, arg: &Arg, sig: &FuncTy, spread: bool) -> Lower<Option<Vec<Val>>> {
        let e = strip(&arg.value);
        if !matches!(e.kind, ExprKind::Call(_)) || (sig.params.len() == 1 && !sig.variadic) {
            return Ok(None);
        }
        let Some(info) = self.world.program.info.exprs.get(&e.id) else { return Ok(None) };
        match info.ty.kind() {
            TyKind::Tuple(_) => {
                let value = self.value(e)?;
                self.parts(value).map(Some)
            }
            TyKind::Result(..) if !spread && sig.takes_apart(self.ty(info.ty)) => {
                let value = self.value(e)?;
                let count = match self.kind(value.ty) {
                    TyKind::Result(inner, _) => match inner.kind() {
                        TyKind::Tuple(types) => types.len() + 1,
                        _ => 2,
                    },
                    _ => 2,
                };
                self.split(value, count).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The parts of a tuple.
    pub fn parts(&mut self, value: Val) -> Lower<Vec<Val>> {
        let TyKind::Tuple(types) = value.ty.kind() else { return ice(self.span, "a tuple is expected") };
        let place = self.place_of(value.op, value.ty);
        Ok(types.iter().enumerate().map(|(index, ty)| Val::new(place.field(index as u32), *ty)).collect())
    }

    fn arguments_from(&mut self, values: Vec<Val>, sig: &FuncTy, out: &mut Vec<Argument>) -> Lower<()> {
        let fixed = sig.params.len() - usize::from(sig.variadic);
        let mut values = values.into_iter();
        for param in &sig.params[..fixed] {
            let Some(value) = values.next() else { return ice(self.span, "too few results for a call") };
            let op = self.coerce(value, param.ty)?;
            out.push(Argument::Value(op, param.ty));
        }
        let Some(rest) = sig.params.get(fixed).map(|param| param.ty) else { return Ok(()) };
        let TyKind::Slice(elem) = self.kind(rest) else {
            return ice(self.span, "a variadic parameter is a slice");
        };
        let mut ops = Vec::new();
        for value in values {
            ops.push(self.coerce(value, *elem)?);
        }
        let op = self.packed(rest, ops);
        out.push(Argument::Value(op, rest));
        Ok(())
    }

    /// A case of an enum as a value: the case itself when it has no fields, else a function.
    pub fn case_value(&mut self, e: &Expr) -> Lower<Val> {
        let info = &self.world.program.info;
        let index = match (info.uses.get(&e.id), info.selections.get(&e.id)) {
            (Some(Entity::Case(_, index)), _)
            | (_, Some(Selection::Case { index, .. } | Selection::Member(Entity::Case(_, index)))) => *index,
            _ => return ice(e.span, "not a case of an enum"),
        };
        let ty = self.expr_ty(e)?;
        match self.kind(ty) {
            TyKind::Func(func) => {
                let item = Item::CaseFunction(func.result, index);
                let id = self.item(item);
                Ok(Val::new(Operand::Const(crate::mir::Const::Func(id), ty), ty))
            }
            TyKind::Optional(inner) => {
                let inner = *inner;
                Ok(self.eval(Rvalue::Case(inner, index, Vec::new()), inner))
            }
            _ => Ok(self.eval(Rvalue::Case(ty, index, Vec::new()), ty)),
        }
    }
}
