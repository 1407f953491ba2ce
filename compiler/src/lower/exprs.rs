//! Expressions as values.
//!
//! An operand that reads a variable is read where it is used, not where it stands: Go leaves open when a variable is read
//! relative to the calls of the same expression. Calls, receives and the like happen where they stand, left to right.

use super::function::{Builder, Val, boolean, int, text, zero};
use super::instances::ice;
use super::{Item, Lower};
use crate::mir::{Const, Operand, Rvalue, Terminator, UnaryOp as MirUnary};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Lit, UnaryOp, strip, strip_ref};
use crate::types::{Entity, ExprInfo, Mode, Selection, Ty, TyKind};

impl Builder<'_, '_> {
    /// The type that the checker gave to an expression.
    pub fn expr_ty(&self, e: &Expr) -> Lower<Ty> {
        let e = strip(e);
        match self.world.program.info.exprs.get(&e.id) {
            Some(info) => Ok(self.ty(info.ty)),
            None => ice(e.span, "an expression without a type"),
        }
    }

    /// What a type expression denotes.
    pub fn denoted(&self, e: &Expr) -> Lower<Ty> {
        let info = &self.world.program.info;
        let e = strip(e);
        if let Some(&ty) = info.types.get(&e.id) {
            return Ok(self.ty(ty));
        }
        match (info.uses.get(&e.id), info.selections.get(&e.id), info.exprs.get(&e.id)) {
            (Some(Entity::Type(ty)), ..) | (_, Some(Selection::Member(Entity::Type(ty))), _) => {
                Ok(self.ty(*ty))
            }
            (.., Some(info)) => Ok(self.ty(info.ty)),
            _ => ice(e.span, "a type expression without a type"),
        }
    }

    /// An expression as a value of the given type.
    pub fn expr_to(&mut self, e: &Expr, to: Ty) -> Lower<Operand> {
        let value = self.value(e)?;
        self.span = e.span;
        self.coerce(value, to)
    }

    /// An expression for its effect.
    pub fn effect(&mut self, e: &Expr) -> Lower<()> {
        let value = self.value(e)?;
        if let Operand::Copy(place) = &value.op
            && place.unchecked() > 0
        {
            // Nobody reads the element, but an index out of range crashes all the same.
            self.snapshot(value.op, value.ty);
        }
        Ok(())
    }

    /// An expression as a value, with the type that it has by itself.
    pub fn value(&mut self, e: &Expr) -> Lower<Val> {
        let e = strip(e);
        let outer = std::mem::replace(&mut self.span, e.span);
        let value = self.value_inner(e);
        if value.is_ok() {
            self.span = outer;
        }
        value
    }

    fn value_inner(&mut self, e: &Expr) -> Lower<Val> {
        let program = self.world.program;
        if let Some(path) = self.given.get(&e.id).cloned() {
            let ty = path.ty;
            let place = self.read_path(path);
            return Ok(Val::new(place, ty));
        }
        if let Some(info) = program.info.exprs.get(&e.id)
            && let Some(constant) = &info.constant
        {
            let ty = self.ty(info.ty);
            return Ok(self.constant(constant, ty));
        }
        match &e.kind {
            ExprKind::Name(_) => self.name(e),
            ExprKind::Lit(lit) => self.literal(e, lit),
            ExprKind::Paren(inner) => self.value(inner),
            ExprKind::Select { base, .. } => self.select_expr(e, base),
            ExprKind::Index { base, args } => self.index_expr(e, base, args),
            ExprKind::Slice { base, low, high, max } => {
                self.slice_expr(base, [low.as_deref(), high.as_deref(), max.as_deref()])
            }
            ExprKind::Call(call) => self.call_expr(e, call),
            ExprKind::TypeAssert { base, .. } => self.type_assert(e, base),
            ExprKind::Unary { op, operand } => self.unary(e, *op, operand),
            ExprKind::Binary { op, left, right, .. } => self.binary(e, *op, left, right),
            ExprKind::Composite { elems, .. } => self.composite(e, elems),
            ExprKind::FuncLit(lit) => self.func_lit(e, lit),
            ExprKind::Try(inner) => self.try_expr(inner),
            ExprKind::Send { chan, value } => self.fallible_send(e, chan, value),
            ExprKind::Recover { body, name, handler } => self.recover(e, body, name.as_ref(), handler),
            ExprKind::Match(m) => self.match_expr(e, m),
            ExprKind::Go(call) => self.go_expr(e, call),
            ExprKind::Parallel(parallel) => self.parallel(e, parallel),
            ExprKind::GoSupervise(supervise) => self.go_supervise(supervise),
            ExprKind::Within { call, limit } => self.within(e, call, limit),
            ExprKind::Endpoint { chan, address, .. } => self.endpoint(e, chan, address),
            ExprKind::Interval { .. } | ExprKind::Per { .. } => ice(e.span, "an option outside of options"),
            _ => ice(e.span, "a type where a value is expected"),
        }
    }

    fn name(&mut self, e: &Expr) -> Lower<Val> {
        let info = &self.world.program.info;
        match info.uses.get(&e.id) {
            Some(entity) => self.entity(e, *entity),
            None => ice(e.span, "a name that refers to nothing"),
        }
    }

    /// The value of what a name refers to.
    fn entity(&mut self, e: &Expr, entity: Entity) -> Lower<Val> {
        match entity {
            Entity::Var(_) => self.read(e),
            Entity::Func(func) => {
                let args = self.instance_args(e);
                Ok(self.func_value(func, args))
            }
            Entity::None => {
                let ty = self.expr_ty(e)?;
                Ok(Val::new(zero(ty), ty))
            }
            Entity::Case(..) => self.case_value(e),
            Entity::Blank => ice(e.span, "`_` used as a value"),
            Entity::Const => ice(e.span, "a constant without a value"),
            Entity::Type(_) | Entity::GenericType(_) | Entity::Builtin(_) | Entity::Package(_) => {
                ice(e.span, "a name that is no value used as one")
            }
        }
    }

    /// The type arguments of a use of a generic function.
    pub fn instance_args(&self, e: &Expr) -> Vec<Ty> {
        let args = self.world.program.info.instances.get(&strip(e).id);
        args.into_iter().flatten().map(|ty| self.ty(*ty)).collect()
    }

    /// A function as a value.
    pub fn func_value(&mut self, func: crate::types::FuncId, args: Vec<Ty>) -> Val {
        let ty = self.world.func_sig(func, &args);
        let item = match self.world.func(func).native {
            true => Item::NativeValue(func, args),
            false => Item::Func(func, args),
        };
        let id = self.item(item);
        Val::new(Operand::Const(Const::Func(id), ty), ty)
    }

    /// Reads an expression that has a place.
    fn read(&mut self, e: &Expr) -> Lower<Val> {
        match self.path(e)? {
            Some(path) => {
                let ty = path.ty;
                let place = self.read_path(path);
                Ok(Val::new(place, ty))
            }
            None => ice(e.span, "a variable without a place"),
        }
    }

    fn literal(&mut self, e: &Expr, lit: &Lit) -> Lower<Val> {
        match lit {
            Lit::Duration(nanos) => {
                Ok(Val::new(Operand::Const(Const::Int(*nanos), Ty::duration()), Ty::duration()))
            }
            Lit::Str(bytes) => {
                Ok(Val::new(Operand::Const(Const::Str(bytes.as_slice().into()), Ty::string()), Ty::string()))
            }
            _ => ice(e.span, "a literal without a value"),
        }
    }

    fn select_expr(&mut self, e: &Expr, base: &Expr) -> Lower<Val> {
        match self.world.program.info.selections.get(&e.id) {
            Some(Selection::Field { .. }) => self.read(e),
            Some(Selection::Member(entity)) => self.entity(e, *entity),
            Some(Selection::Case { .. }) => self.case_value(e),
            Some(Selection::MethodExpr { receiver, name }) => {
                let receiver = self.ty(*receiver);
                let own = self.instance_args(e);
                self.method_expr(receiver, *name, own)
            }
            Some(
                Selection::Method { .. } | Selection::InterfaceMethod { .. } | Selection::ParamMethod { .. },
            ) => self.method_value(e, base),
            Some(Selection::Builtin(_)) => ice(e.span, "a method of a built-in type used as a value"),
            None => ice(e.span, "a selector that selects nothing"),
        }
    }

    fn index_expr(&mut self, e: &Expr, base: &Expr, args: &[Expr]) -> Lower<Val> {
        let program = self.world.program;
        if args.len() != 1 || is_function(program.info.exprs.get(&strip(base).id), &program.info, base) {
            return self.value(base);
        }
        // `v, ok := m[k]`. An element is read as a place below, which evaluates the base then.
        if let Some(info) = program.info.exprs.get(&e.id)
            && let TyKind::Tuple(parts) = info.ty.kind()
            && matches!(info.mode, Mode::CommaOk | Mode::MapIndex)
            && parts.len() == 2
            && let map = self.expr_ty(strip_ref(base))?
            && let TyKind::Map(key, value) = self.kind(map)
        {
            let container = self.path_or_temp(base)?;
            let (key, value) = (*key, *value);
            let index = self.expr_to(&args[0], key)?;
            let index = self.snapshot(index, key);
            let place = self.read_path(container);
            let ty = Ty::tuple(vec![value, Ty::bool()]);
            return Ok(self.native("goo_map_get_ok", vec![map], vec![place.into(), index], ty));
        }
        self.read(e)
    }

    fn slice_expr(&mut self, base: &Expr, bounds: [Option<&Expr>; 3]) -> Lower<Val> {
        let path = self.path_or_temp(base)?;
        let mut ops = Vec::new();
        for bound in bounds {
            ops.push(match bound {
                Some(bound) => self.index_operand(bound)?,
                // The least `int64` stands for an absent bound.
                None => int(i64::MIN),
            });
        }
        let from = path.ty;
        let place = self.read_path(path);
        let mut args: Vec<Operand> = vec![place.into()];
        match self.kind(from) {
            TyKind::String => {
                args.extend(ops.into_iter().take(2));
                Ok(self.native("goo_string_range", Vec::new(), args, from))
            }
            TyKind::Slice(elem) => {
                args.extend(ops);
                Ok(self.native("goo_slice_range", vec![*elem], args, from))
            }
            TyKind::Array(len, elem) => {
                args.push(int(*len as i64));
                args.extend(ops);
                Ok(self.native("goo_array_slice", vec![*elem], args, Ty::slice(*elem)))
            }
            _ => ice(base.span, "a slice of what cannot be sliced"),
        }
    }

    fn unary(&mut self, e: &Expr, op: UnaryOp, operand: &Expr) -> Lower<Val> {
        let op = match op {
            UnaryOp::Plus => return self.value(operand),
            UnaryOp::Ref | UnaryOp::Deref => return self.value(strip_ref(operand)),
            UnaryOp::Recv => return self.receive(e, operand),
            UnaryOp::Neg => MirUnary::Neg,
            UnaryOp::Not => MirUnary::Not,
            UnaryOp::BitNot => MirUnary::BitNot,
        };
        let ty = self.expr_ty(e)?;
        let operand = self.expr_to(operand, ty)?;
        Ok(self.eval(Rvalue::Unary(op, operand), ty))
    }

    fn type_assert(&mut self, e: &Expr, base: &Expr) -> Lower<Val> {
        let result = self.expr_ty(e)?;
        let ExprKind::TypeAssert { ty, .. } = &e.kind else { return ice(e.span, "no type assertion") };
        let to = self.denoted(ty)?;
        let value = self.value(base)?;
        let value = self.interface_of(value)?;
        let op = self.snapshot(value.op, value.ty);
        let [yes, no, join] = [self.block(), self.block(), self.block()];
        let cond = self.is_type(op.clone(), to);
        let out = self.temp(to);
        self.branch(cond.clone(), yes, no);
        self.start(yes);
        let concrete = self.concrete(op.clone(), to);
        self.assign(out, concrete);
        self.goto(join);
        self.start(no);
        let comma_ok = result != to && matches!(result.kind(), TyKind::Tuple(_));
        if comma_ok {
            self.assign(out, Rvalue::Use(zero(to)));
            self.goto(join);
        } else {
            self.native("goo_panic_type_assert", vec![value.ty, to], vec![op], Ty::never());
        }
        self.start(join);
        if comma_ok {
            return Ok(self.eval(Rvalue::Aggregate(result, vec![out.into(), cond]), result));
        }
        Ok(Val::new(out, to))
    }

    /// An interface value out of an optional one; `none` becomes the empty interface value.
    pub fn interface_of(&mut self, value: Val) -> Lower<Val> {
        if let TyKind::Optional(inner) = self.kind(value.ty)
            && self.world.is_interface(*inner)
        {
            // Both are two words, and `none` is the empty one.
            let op = self.eval(Rvalue::Retype(value.op, *inner), *inner).op;
            return Ok(Val::new(op, *inner));
        }
        Ok(value)
    }

    /// Whether an interface value holds this type.
    pub fn is_type(&mut self, op: Operand, ty: Ty) -> Operand {
        match self.world.is_interface(ty) {
            true => drop(self.unit.interfaces.insert(self.world.underlying(ty))),
            false => drop(self.unit.boxed.insert(ty)),
        }
        self.eval(Rvalue::IsType(op, ty), Ty::bool()).op
    }

    /// The value in an interface value that holds it.
    pub fn concrete(&mut self, op: Operand, ty: Ty) -> Rvalue {
        match self.world.is_interface(ty) {
            true => Rvalue::Retype(op, ty),
            false => Rvalue::Concrete(op, ty),
        }
    }

    /// Leaves for one of two blocks; `&&`, `||` and `!` become jumps.
    pub fn branch_on(
        &mut self,
        e: &Expr,
        then: crate::mir::BlockId,
        otherwise: crate::mir::BlockId,
    ) -> Lower<()> {
        let e = strip(e);
        let constant = self.world.program.info.exprs.get(&e.id).is_some_and(|info| info.constant.is_some());
        match &e.kind {
            ExprKind::Binary { op: op @ (BinaryOp::LogAnd | BinaryOp::LogOr), left, right, .. }
                if !constant =>
            {
                let next = self.block();
                match op {
                    BinaryOp::LogAnd => self.branch_on(left, next, otherwise)?,
                    _ => self.branch_on(left, then, next)?,
                }
                self.start(next);
                self.branch_on(right, then, otherwise)
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } if !constant => {
                self.branch_on(operand, otherwise, then)
            }
            _ => {
                let cond = self.value(e)?.op;
                self.branch(cond, then, otherwise);
                Ok(())
            }
        }
    }

    /// A condition as a value.
    pub fn short_circuit(&mut self, e: &Expr, ty: Ty) -> Lower<Val> {
        let result = self.temp(ty);
        let [yes, no, join] = [self.block(), self.block(), self.block()];
        self.branch_on(e, yes, no)?;
        for (block, value) in [(yes, true), (no, false)] {
            self.start(block);
            let Operand::Const(value, _) = boolean(value) else { continue };
            self.assign(result, Rvalue::Use(Operand::Const(value, ty)));
            self.goto(join);
        }
        self.start(join);
        Ok(Val::new(result, ty))
    }

    /// A crash with a text.
    pub fn crash(&mut self, message: &str) {
        self.native("goo_panic_text", Vec::new(), vec![text(message)], Ty::never());
        self.end(Terminator::Unreachable);
    }
}

/// Whether an index expression instantiates a function.
fn is_function(base: Option<&ExprInfo>, info: &crate::types::Info, e: &Expr) -> bool {
    match base {
        None => true,
        Some(base) => matches!(base.mode, Mode::Type) || info.instances.contains_key(&strip(e).id),
    }
}
