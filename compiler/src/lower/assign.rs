//! Assignments and definitions, in Go's two phases: first the operands of all targets and all values, left to right, then
//! the assignments, left to right.

use super::Lower;
use super::function::{Builder, Val, int, zero};
use super::instances::ice;
use super::places::Path;
use crate::mir::typing::step_type;
use crate::mir::{Appended, Const, Operand, PlaceBase, Proj, Rvalue, StatementKind};
use crate::syntax::ast::{BinaryOp, Call, Expr, ExprKind, Ident, strip, strip_ref};
use crate::types::{Builtin, Constant, Entity, Mode, Selection, Ty, TyKind};

impl Builder<'_, '_> {
    pub fn assignment(&mut self, targets: &[Expr], values: &[Expr]) -> Lower<()> {
        if let ([target], [value]) = (targets, values) {
            return self.assign_one(target, value);
        }
        let mut paths = Vec::new();
        for target in targets {
            paths.push(self.target(target)?);
        }
        let values = match values {
            [value] => self.destructured(value, targets.len())?,
            _ => {
                let mut out = Vec::new();
                for (value, path) in values.iter().zip(&paths) {
                    let mut value = self.value(value)?;
                    if let Some(path) = path {
                        value = Val { op: self.coerce(value, path.ty)?, ty: path.ty };
                    }
                    value.op = self.snapshot(value.op, value.ty);
                    out.push(value);
                }
                out
            }
        };
        for (path, value) in paths.into_iter().zip(values) {
            self.assign_path(path, value)?;
        }
        Ok(())
    }

    /// `path = value`, or just the value for `_`.
    pub fn assign_path(&mut self, path: Option<Path>, value: Val) -> Lower<()> {
        if let Some(path) = path
            && self.is_open()
        {
            let op = self.coerce(value, path.ty)?;
            self.store_path(path, op);
        }
        Ok(())
    }

    /// The path of an assignment's target; none for `_`.
    pub fn target(&mut self, e: &Expr) -> Lower<Option<Path>> {
        let inner = strip_ref(e);
        if matches!(self.world.program.info.uses.get(&inner.id), Some(Entity::Blank))
            || matches!(&inner.kind, ExprKind::Name(name) if name.as_str() == "_")
        {
            return Ok(None);
        }
        // An assignment gives the whole optional a value, also where flow knows that it holds one.
        let narrowed = self.world.program.info.narrowed.contains(&inner.id);
        let path = match narrowed && !self.given.contains_key(&inner.id) {
            true => self.plain_path(inner)?,
            false => self.path(inner)?,
        };
        match path {
            Some(path) => Ok(Some(path)),
            None => ice(e.span, "an assignment to what has no place"),
        }
    }

    fn assign_one(&mut self, target: &Expr, value: &Expr) -> Lower<()> {
        if let Some(call) = self.append_call(value)
            && let Some(first) = call.args.first()
            && self.same_place(target, &first.value)
        {
            return self.append_in_place(target, call);
        }
        let path = self.target(target)?;
        let Some(path) = path else { return self.effect(value) };
        self.note_self(target, value);
        let op = self.expr_to(value, path.ty)?;
        self.self_var = None;
        if self.is_open() {
            self.store_path(path, op);
        }
        Ok(())
    }

    /// A literal that is assigned to a variable through which it calls itself.
    fn note_self(&mut self, target: &Expr, value: &Expr) {
        if let (Some(Entity::Var(var)), ExprKind::FuncLit(_)) =
            (self.world.program.info.uses.get(&strip(target).id), &strip(value).kind)
            && self.world.var(*var).self_closure
        {
            self.self_var = Some(*var);
        }
    }

    /// A call of the builtin `append`.
    fn append_call<'e>(&self, e: &'e Expr) -> Option<&'e Call> {
        let ExprKind::Call(call) = &strip(e).kind else { return None };
        let callee = strip(&call.callee);
        let info = &self.world.program.info;
        let is_append = matches!(info.uses.get(&callee.id), Some(Entity::Builtin(Builtin::Append)))
            || matches!(
                info.exprs.get(&callee.id).map(|info| info.mode),
                Some(Mode::Builtin(Builtin::Append))
            );
        is_append.then_some(&**call)
    }

    /// `xs = append(xs, …)`: the elements first, then the slice grows where it is.
    fn append_in_place(&mut self, target: &Expr, call: &Call) -> Lower<()> {
        let Some(path) = self.target(target)? else { return ice(target.span, "append to nothing") };
        let elems = self.append_elements(path.ty, call)?;
        if !self.is_open() {
            return Ok(());
        }
        let place = self.write_path(path);
        for elem in elems {
            let root = place.base;
            let elem = match elem {
                Appended::One(op) => Appended::One(self.apart(op, root)),
                Appended::All(op) => Appended::All(self.apart(op, root)),
            };
            self.push(StatementKind::Append(place.clone(), elem));
        }
        Ok(())
    }

    /// An operand that does not lie in what is about to change.
    fn apart(&mut self, op: Operand, root: PlaceBase) -> Operand {
        match &op {
            Operand::Copy(place) if place.base == root || place.is_reachable() => {
                match self.operand_ty(place) {
                    Some(ty) => self.snapshot(op, ty),
                    None => op,
                }
            }
            _ => op,
        }
    }

    /// The type of a place.
    pub fn operand_ty(&self, place: &crate::mir::Place) -> Option<Ty> {
        let base = match place.base {
            PlaceBase::Local(local) => self.function.locals.get(local.0 as usize)?.ty,
            PlaceBase::Capture(index) => *self.function.captures.get(index as usize)?,
            PlaceBase::Global(global) => self.world.global_ty(global)?,
        };
        let ty = place.proj.iter().fold(base, |ty, step| step_type(self.world.program, ty, step));
        (!ty.is_error()).then_some(ty)
    }

    /// What `append` adds to a slice of type `slice`.
    fn append_elements(&mut self, slice: Ty, call: &Call) -> Lower<Vec<Appended>> {
        let TyKind::Slice(elem) = self.kind(slice) else {
            return ice(self.span, "append to what is no slice");
        };
        let rest = call.args.get(1..).unwrap_or_default();
        if call.spread
            && let [arg] = rest
        {
            let value = self.value(&arg.value)?;
            let op = match self.world.is_string(value.ty) {
                true => value.op,
                false => self.coerce(value, slice)?,
            };
            return Ok(vec![Appended::All(op)]);
        }
        let mut elems = Vec::new();
        for arg in rest {
            let op = self.expr_to(&arg.value, *elem)?;
            elems.push(Appended::One(self.settle(op, *elem)));
        }
        Ok(elems)
    }

    /// `append(xs, …)` as a value: a copy of the slice, grown.
    pub fn append_value(&mut self, e: &Expr, call: &Call) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let Some(first) = call.args.first() else { return ice(e.span, "append to nothing") };
        let value = self.value(&first.value)?;
        let (base, elems) = match value.ty.kind() {
            // `append(f())`: the call gives the slice and what is added.
            TyKind::Tuple(_) => self.append_parts(value, ty)?,
            _ => (self.coerce(value, ty)?, self.append_elements(ty, call)?),
        };
        let result = self.assign_temp(Rvalue::Use(base), ty);
        for elem in elems {
            self.push(StatementKind::Append(result.into(), elem));
        }
        Ok(Val::new(result, ty))
    }

    fn append_parts(&mut self, value: Val, slice: Ty) -> Lower<(Operand, Vec<Appended>)> {
        let TyKind::Slice(elem) = self.kind(slice) else {
            return ice(self.span, "append to what is no slice");
        };
        let mut parts = self.parts(value)?.into_iter();
        let Some(base) = parts.next() else { return ice(self.span, "append to nothing") };
        let base = self.coerce(base, slice)?;
        let mut elems = Vec::new();
        for part in parts {
            elems.push(Appended::One(self.coerce(part, *elem)?));
        }
        Ok((base, elems))
    }

    /// Whether two expressions are certainly the same place.
    fn same_place(&self, a: &Expr, b: &Expr) -> bool {
        let (a, b) = (strip_ref(a), strip_ref(b));
        let info = &self.world.program.info;
        match (&a.kind, &b.kind) {
            (ExprKind::Name(_), ExprKind::Name(_)) => {
                matches!((info.uses.get(&a.id), info.uses.get(&b.id)), (Some(Entity::Var(a)), Some(Entity::Var(b))) if a == b)
            }
            (ExprKind::Select { base: a_base, .. }, ExprKind::Select { base: b_base, .. }) => {
                match (info.selections.get(&a.id), info.selections.get(&b.id)) {
                    (Some(Selection::Field { path: p }), Some(Selection::Field { path: q })) => {
                        p == q && self.same_place(a_base, b_base)
                    }
                    (Some(Selection::Member(p)), Some(Selection::Member(q))) => p == q,
                    _ => false,
                }
            }
            (ExprKind::Index { base: a_base, args: a }, ExprKind::Index { base: b_base, args: b }) => {
                a.len() == 1
                    && b.len() == 1
                    && self.same_index(&a[0], &b[0])
                    && self.same_place(a_base, b_base)
            }
            _ => false,
        }
    }

    /// Whether two indexes are certainly the same: constants, places, and sums of those.
    fn same_index(&self, a: &Expr, b: &Expr) -> bool {
        let (a, b) = (strip(a), strip(b));
        let info = &self.world.program.info;
        let constant = |e: &Expr| -> Option<&Constant> { info.exprs.get(&e.id)?.constant.as_ref() };
        if let (Some(a), Some(b)) = (constant(a), constant(b)) {
            return a == b;
        }
        match (&a.kind, &b.kind) {
            (
                ExprKind::Binary { op: p, left: a_left, right: a_right, .. },
                ExprKind::Binary { op: q, left: b_left, right: b_right, .. },
            ) => p == q && self.same_index(a_left, b_left) && self.same_index(a_right, b_right),
            _ => self.same_place(a, b),
        }
    }

    /// The values that one expression gives to several targets.
    pub fn destructured(&mut self, value: &Expr, count: usize) -> Lower<Vec<Val>> {
        let value = self.value(value)?;
        self.split(value, count)
    }

    /// The values in a tuple, an optional (value and whether it is there) or a result (values and error).
    pub fn split(&mut self, value: Val, count: usize) -> Lower<Vec<Val>> {
        if !self.is_open() {
            return Ok(vec![Val::never(); count]);
        }
        match self.kind(value.ty) {
            TyKind::Tuple(_) => {
                let ty = value.ty;
                let op = self.snapshot(value.op, ty);
                self.parts(Val { op, ty })
            }
            TyKind::Optional(inner) => {
                let (inner, ty) = (*inner, value.ty);
                let place = self.place_of(value.op, ty);
                let present = self.tag_is(place.clone(), BinaryOp::Ne);
                let result = self.assign_temp(Rvalue::Use(zero(inner)), inner);
                let [some, join] = [self.block(), self.block()];
                self.branch(present.clone(), some, join);
                self.start(some);
                self.assign(result, Rvalue::Use(place.then(Proj::Some).into()));
                self.goto_start(join);
                Ok(vec![Val::new(result, inner), Val { op: present, ty: Ty::bool() }])
            }
            TyKind::Result(ok, error) => {
                let (ok, error, ty) = (*ok, *error, value.ty);
                let op = self.snapshot(value.op, ty);
                let place = self.place_of(op, ty);
                let (error, optional) = match self.kind(error) {
                    // The error of a result that has a value is zero, which is `none` here.
                    TyKind::Interface(_) | TyKind::Optional(_) => (place.then(Proj::Err).into(), error),
                    _ => {
                        let optional = Ty::optional(error);
                        (self.error_of(place.clone(), error, optional)?, optional)
                    }
                };
                // The value of a failed result is zero.
                let mut values = match ok.kind() {
                    TyKind::Unit => Vec::new(),
                    TyKind::Tuple(_) if count > 2 => self.parts(Val::new(place.then(Proj::Ok), ok))?,
                    _ => vec![Val::new(place.then(Proj::Ok), ok)],
                };
                values.push(Val { op: error, ty: optional });
                Ok(values)
            }
            _ => ice(self.span, format!("{} gives no {count} values", self.world.type_name(value.ty))),
        }
    }

    /// `a, b := x, y`: new names come into being, others are assigned.
    pub fn define(&mut self, names: &[Ident], values: &[Expr]) -> Lower<()> {
        let info = &self.world.program.info;
        if let ([name], [value]) = (names, values)
            && let Some(&var) = info.defs.get(&name.id)
            && name.name.as_str() != "_"
        {
            let ty = self.var_ty(var);
            if self.world.var(var).self_closure {
                self.self_var = Some(var);
            }
            // The local exists from here, so that the value is made in it, but the name does not.
            let outer = self.vars.get(&var).cloned();
            let local = self.declare(var);
            let inside = self.vars.remove(&var);
            if let Some(outer) = outer {
                self.vars.insert(var, outer);
            }
            let op = self.expr_to(value, ty)?;
            self.self_var = None;
            if let Some(inside) = inside {
                self.vars.insert(var, inside);
            }
            self.init_var(var, local, op);
            return Ok(());
        }
        let values = match values {
            [value] if names.len() > 1 => self.destructured(value, names.len())?,
            _ => {
                let mut out = Vec::new();
                for (name, value) in names.iter().zip(values) {
                    let ty = self.name_ty(name);
                    let mut value = self.value(value)?;
                    if let Some(ty) = ty {
                        value = Val { op: self.coerce(value, ty)?, ty };
                    }
                    value.op = self.snapshot(value.op, value.ty);
                    out.push(value);
                }
                out
            }
        };
        for (name, value) in names.iter().zip(values) {
            self.give_name(name, value)?;
        }
        Ok(())
    }

    /// The type of the variable that a name declares or assigns; none for `_`.
    fn name_ty(&self, name: &Ident) -> Option<Ty> {
        let info = &self.world.program.info;
        match (info.defs.get(&name.id), info.uses.get(&name.id)) {
            (Some(var), _) | (None, Some(Entity::Var(var))) => Some(self.var_ty(*var)),
            _ => None,
        }
    }

    /// Declares the name with a value, or assigns the variable that it already is.
    pub fn give_name(&mut self, name: &Ident, value: Val) -> Lower<()> {
        let info = &self.world.program.info;
        if name.name.as_str() == "_" {
            return Ok(());
        }
        if let Some(&var) = info.defs.get(&name.id) {
            let ty = self.var_ty(var);
            let op = self.coerce(value, ty)?;
            self.bind(var, op);
        } else if let Some(Entity::Var(var)) = info.uses.get(&name.id) {
            let ty = self.var_ty(*var);
            let op = self.coerce(value, ty)?;
            let place = self.var_place(*var)?;
            self.store(place, op);
        }
        Ok(())
    }

    pub fn inc_dec(&mut self, target: &Expr, increment: bool) -> Lower<()> {
        let Some(path) = self.path(target)? else { return ice(target.span, "`++` of what has no place") };
        let ty = path.ty;
        let one = match self.kind(ty) {
            TyKind::Float(_) => Operand::Const(Const::Float(1.0), ty),
            _ => Operand::Const(Const::Int(1), ty),
        };
        let op = if increment { BinaryOp::Add } else { BinaryOp::Sub };
        let place = self.write_path(path);
        self.assign(place.clone(), Rvalue::Binary(op, place.into(), one));
        Ok(())
    }

    /// `x op= y`: the target is evaluated once.
    pub fn op_assign(&mut self, op: BinaryOp, target: &Expr, value: &Expr) -> Lower<()> {
        let Some(path) = self.path(target)? else {
            return ice(target.span, "an assignment to what has no place");
        };
        let ty = path.ty;
        let value = match op.is_shift() {
            true => {
                let count = self.value(value)?;
                self.shift_count(count)
            }
            false => self.expr_to(value, ty)?,
        };
        if !self.is_open() {
            return Ok(());
        }
        if op == BinaryOp::Add && self.world.is_string(ty) {
            let value = self.snapshot(value, ty);
            self.native_on("goo_string_append", Vec::new(), path, vec![value], Ty::unit());
            return Ok(());
        }
        let place = self.write_path(path);
        self.assign(place.clone(), Rvalue::Binary(op, place.into(), value));
        Ok(())
    }

    /// A counter of a loop, one further.
    pub fn step_up(&mut self, counter: crate::mir::Local, ty: Ty) {
        let one = match int(1) {
            Operand::Const(one, _) => Operand::Const(one, ty),
            other => other,
        };
        self.assign(counter, Rvalue::Binary(BinaryOp::Add, counter.into(), one));
    }
}
