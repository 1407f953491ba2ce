//! Built-in functions.

use super::Lower;
use super::closures::Captured;
use super::function::{Builder, Val, int, text, zero};
use super::instances::ice;
use super::places::Path;
use crate::mir::{BlockId, Callee, Operand, Place, Proj, Rvalue, UnaryOp};
use crate::syntax::Symbol;
use crate::syntax::ast::{Arg, BinaryOp, Call, ChanPattern, Expr, ExprKind, strip, strip_ref};
use crate::types::writes::changed;
use crate::types::{Builtin, Entity, FuncTy, InterfaceTy, MethodTy, Mode, Ty, TyKind, printing};

impl Builder<'_, '_> {
    pub fn builtin_call(&mut self, e: &Expr, builtin: Builtin, call: &Call) -> Lower<Val> {
        let args = &call.args;
        match builtin {
            Builtin::Append => self.append_value(e, call),
            Builtin::Len | Builtin::Cap => self.len_or_cap(builtin, argument(e, args, 0)?),
            Builtin::Make => self.make(e, args),
            Builtin::Copy => self.copy(argument(e, args, 0)?, argument(e, args, 1)?),
            Builtin::Delete => {
                let path = self.path_or_temp(changed(&self.world.program.info, argument(e, args, 0)?))?;
                let TyKind::Map(key, _) = self.kind(path.ty) else {
                    return ice(e.span, "delete from no map");
                };
                let key = self.expr_to(argument(e, args, 1)?, *key)?;
                let map = path.ty;
                Ok(self.native_on("goo_map_delete", vec![map], path, vec![key], Ty::unit()))
            }
            Builtin::Clear => {
                let target = changed(&self.world.program.info, argument(e, args, 0)?);
                if let ExprKind::Slice { base, low, high, .. } = &target.kind {
                    return self.clear_part(base, [low.as_deref(), high.as_deref()]);
                }
                let path = self.path_or_temp(target)?;
                let (name, ty) = match self.kind(path.ty) {
                    TyKind::Slice(elem) => ("goo_slice_clear", *elem),
                    _ => ("goo_map_clear", path.ty),
                };
                Ok(self.native_on(name, vec![ty], path, Vec::new(), Ty::unit()))
            }
            Builtin::Close => self.close(argument(e, args, 0)?),
            Builtin::Min | Builtin::Max => self.min_max(e, builtin, args),
            Builtin::Panic => self.panic(argument(e, args, 0)?),
            Builtin::Print | Builtin::Println => self.print(args, builtin == Builtin::Println),
            Builtin::New => {
                let ty = self.expr_ty(e)?;
                Ok(Val { op: zero(ty), ty })
            }
            Builtin::Recover | Builtin::Complex | Builtin::Real | Builtin::Imag => {
                ice(e.span, "a built-in function that Goo does not have")
            }
        }
    }

    fn len_or_cap(&mut self, builtin: Builtin, arg: &Expr) -> Lower<Val> {
        let path = self.path_or_temp(arg)?;
        let ty = path.ty;
        let place = self.read_path(path);
        let len = builtin == Builtin::Len;
        if let TyKind::Chan { .. } = self.kind(ty) {
            let name = if len { "goo_chan_len" } else { "goo_chan_cap" };
            return Ok(self.native(name, Vec::new(), vec![place.into()], Ty::int()));
        }
        Ok(self.eval(if len { Rvalue::Len(place) } else { Rvalue::Cap(place) }, Ty::int()))
    }

    fn make(&mut self, e: &Expr, args: &[Arg]) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let sizes: Vec<&Expr> =
            args.iter().skip(1).filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
        match self.kind(ty) {
            TyKind::Slice(elem) => {
                let len = match sizes.first() {
                    Some(len) => self.index_operand(len)?,
                    None => int(0),
                };
                let cap = match sizes.get(1) {
                    Some(cap) => self.index_operand(cap)?,
                    None => len.clone(),
                };
                Ok(self.native("goo_slice_make", vec![*elem], vec![len, cap], ty))
            }
            TyKind::Map(..) => {
                let room = match sizes.first() {
                    Some(room) => self.index_operand(room)?,
                    None => int(0),
                };
                Ok(self.native("goo_map_make", vec![ty], vec![room], ty))
            }
            TyKind::Chan { elem, pattern: ChanPattern::Plain | ChanPattern::Push, .. } => {
                self.make_chan(e, ty, *elem, sizes.first().copied(), args)
            }
            kind @ TyKind::Chan { elem, pattern: ChanPattern::Req, .. } => {
                let carried = self.world.program.envelopes.carried(kind).unwrap_or(*elem);
                self.make_chan(e, ty, carried, sizes.first().copied(), args)
            }
            TyKind::Chan { .. } => self.make_pattern(e, ty, sizes.first().copied(), args, None),
            _ => ice(e.span, "make of what cannot be made"),
        }
    }

    /// `copy(dst, src)`. Through `dst[lo:]` it changes the variable that is sliced.
    fn copy(&mut self, dst: &Expr, src: &Expr) -> Lower<Val> {
        let target = changed(&self.world.program.info, dst);
        if let ExprKind::Slice { base, low, high, .. } = &target.kind {
            return self.copy_part(base, [low.as_deref(), high.as_deref()], src);
        }
        let path = self.path_or_temp(target)?;
        let TyKind::Slice(elem) = self.kind(path.ty) else {
            return ice(dst.span, "copy to what is no slice");
        };
        let src = self.value(src)?;
        let src = self.snapshot(src.op, src.ty);
        Ok(self.native_on("goo_slice_copy", vec![*elem], path, vec![src], Ty::int()))
    }

    /// Element by element: the part has no storage of its own. The source is held, so that writing does not change it.
    fn copy_part(&mut self, base: &Expr, bounds: [Option<&Expr>; 2], src: &Expr) -> Lower<Val> {
        let (path, bounds) = self.part(base, bounds)?;
        let src = self.value(src)?;
        let src_ty = src.ty;
        let src = self.snapshot(src.op, src_ty);
        let src = self.place_of(src, src_ty);
        let (low, room) = self.part_bounds(&path, bounds);
        let given = self.eval(Rvalue::Len(src.clone()), Ty::int());
        let count = self.smaller(room, given)?;
        let from = |index: Operand| {
            Rvalue::Use(src.then(Proj::Index { index: Box::new(index), checked: true }).into())
        };
        self.fill_part(path, low, count.clone(), from);
        Ok(Val { op: count, ty: Ty::int() })
    }

    /// `clear(s[lo:hi])`.
    fn clear_part(&mut self, base: &Expr, bounds: [Option<&Expr>; 2]) -> Lower<Val> {
        let (path, bounds) = self.part(base, bounds)?;
        let elem = match self.kind(path.ty) {
            TyKind::Slice(elem) | TyKind::Array(_, elem) => *elem,
            _ => return ice(base.span, "clear of what is no slice"),
        };
        let (low, count) = self.part_bounds(&path, bounds);
        self.fill_part(path, low, count.op, |_| Rvalue::Use(zero(elem)));
        Ok(Val::unit())
    }

    /// What is sliced, and the bounds that are written.
    fn part(&mut self, base: &Expr, bounds: [Option<&Expr>; 2]) -> Lower<(Path, [Option<Operand>; 2])> {
        let path = self.path_or_temp(base)?;
        let mut ops = [None, None];
        for (op, bound) in ops.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *op = Some(self.index_operand(bound)?);
            }
        }
        Ok((path, ops))
    }

    /// Where the part starts, and how long it is. The bounds are checked as those of a slice expression are.
    fn part_bounds(&mut self, path: &Path, [low, high]: [Option<Operand>; 2]) -> (Operand, Val) {
        let place = self.read_path(path.clone());
        let low = low.unwrap_or(int(0));
        let high = high.unwrap_or_else(|| self.eval(Rvalue::Len(place.clone()), Ty::int()).op);
        self.check_bounds(&place, path.ty, [low.clone(), high.clone()]);
        let len = self.eval(Rvalue::Binary(BinaryOp::Sub, high, low.clone()), Ty::int());
        (low, len)
    }

    /// Gives `count` elements behind `low` new values.
    fn fill_part(&mut self, path: Path, low: Operand, count: Operand, value: impl Fn(Operand) -> Rvalue) {
        let is_slice = matches!(self.kind(path.ty), TyKind::Slice(_));
        let target = self.write_path(path);
        if is_slice {
            self.push(crate::mir::StatementKind::MakeUnique(target.clone()));
        }
        let counter = self.assign_temp(Rvalue::Use(int(0)), Ty::int());
        let [head, body, end] = [self.block(), self.block(), self.block()];
        self.goto_start(head);
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, counter.into(), count), Ty::bool()).op;
        self.branch(cond, body, end);
        self.start(body);
        let at = self.eval(Rvalue::Binary(BinaryOp::Add, counter.into(), low), Ty::int()).op;
        let to = target.then(Proj::Index { index: Box::new(at), checked: false });
        self.assign(to, value(counter.into()));
        self.step_up(counter, Ty::int());
        self.goto(head);
        self.start(end);
    }

    fn check_bounds(&mut self, place: &Place, container: Ty, [low, high]: [Operand; 2]) {
        let absent = int(i64::MIN);
        match self.kind(container) {
            TyKind::Slice(elem) => {
                let args = vec![place.clone().into(), low, high, absent];
                self.native("goo_slice_range", vec![*elem], args, container);
            }
            TyKind::Array(len, elem) => {
                let args = vec![place.clone().into(), int(*len as i64), low, high, absent];
                self.native("goo_array_slice", vec![*elem], args, Ty::slice(*elem));
            }
            _ => {}
        }
    }

    fn smaller(&mut self, a: Val, b: Val) -> Lower<Operand> {
        let ty = a.ty;
        self.pick(BinaryOp::Lt, a, b, ty)
    }

    fn min_max(&mut self, e: &Expr, builtin: Builtin, args: &[Arg]) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let op = if builtin == Builtin::Min { BinaryOp::Lt } else { BinaryOp::Gt };
        let mut best = self.expr_to(argument(e, args, 0)?, ty)?;
        for arg in &args[1..] {
            let next = self.expr_to(&arg.value, ty)?;
            best = self.pick(op, Val { op: best, ty }, Val { op: next, ty }, ty)?;
        }
        Ok(Val { op: best, ty })
    }

    /// `a` if `a op b`, else `b`; of floats as Go does it: a NaN wins, and of two zeros the one that the order of signs says.
    fn pick(&mut self, op: BinaryOp, a: Val, b: Val, ty: Ty) -> Lower<Operand> {
        let a = self.snapshot(a.op, ty);
        let b = self.snapshot(b.op, ty);
        let result = self.temp(ty);
        let join = self.block();
        if let TyKind::Float(_) = self.kind(ty) {
            self.pick_special_floats(op, [&a, &b], result.into(), ty, join);
        }
        let [first, second] = [self.block(), self.block()];
        let cond = self.eval(Rvalue::Binary(op, a.clone(), b.clone()), Ty::bool()).op;
        self.branch(cond, first, second);
        for (block, value) in [(first, a), (second, b)] {
            self.start(block);
            self.assign(result, Rvalue::Use(value));
            self.goto(join);
        }
        self.start(join);
        Ok(result.into())
    }

    fn pick_special_floats(
        &mut self,
        op: BinaryOp,
        [a, b]: [&Operand; 2],
        result: Place,
        ty: Ty,
        join: BlockId,
    ) {
        for value in [a, b] {
            let nan = Rvalue::Binary(BinaryOp::Ne, value.clone(), value.clone());
            self.pick_if(nan, Rvalue::Use(value.clone()), &result, join);
        }
        // Equal values that differ are zeros: adding them gives +0 unless both are -0; for the smaller, the other way round.
        let equal = Rvalue::Binary(BinaryOp::Eq, a.clone(), b.clone());
        let zero = Rvalue::Binary(BinaryOp::Eq, a.clone(), zero_float(ty));
        let [both, other] = [self.block(), self.block()];
        let equal = self.eval(equal, Ty::bool()).op;
        self.branch(equal, both, other);
        self.start(both);
        let [zeros, same] = [self.block(), self.block()];
        let zero = self.eval(zero, Ty::bool()).op;
        self.branch(zero, zeros, same);
        self.start(zeros);
        let sum = match op {
            BinaryOp::Lt => {
                let a = self.eval(Rvalue::Unary(UnaryOp::Neg, a.clone()), ty).op;
                let b = self.eval(Rvalue::Unary(UnaryOp::Neg, b.clone()), ty).op;
                let sum = self.eval(Rvalue::Binary(BinaryOp::Add, a, b), ty).op;
                Rvalue::Unary(UnaryOp::Neg, sum)
            }
            _ => Rvalue::Binary(BinaryOp::Add, a.clone(), b.clone()),
        };
        self.assign(result.clone(), sum);
        self.goto(join);
        self.start(same);
        self.assign(result, Rvalue::Use(a.clone()));
        self.goto(join);
        self.start(other);
    }

    fn pick_if(&mut self, cond: Rvalue, value: Rvalue, result: &Place, join: BlockId) {
        let [yes, no] = [self.block(), self.block()];
        let cond = self.eval(cond, Ty::bool()).op;
        self.branch(cond, yes, no);
        self.start(yes);
        self.assign(result.clone(), value);
        self.goto(join);
        self.start(no);
    }

    fn print(&mut self, args: &[Arg], line: bool) -> Lower<Val> {
        let any = Ty::any();
        let mut ops = Vec::new();
        for arg in args {
            let value = self.value(&arg.value)?;
            let values = match (args, value.ty.kind()) {
                // All results of a call.
                ([_], TyKind::Tuple(_)) => self.parts(value)?,
                _ => vec![value],
            };
            for value in values {
                ops.push(self.coerce(value, any)?);
            }
        }
        let slice = Ty::slice(any);
        let values = self.eval(Rvalue::Slice(slice, ops), slice).op;
        Ok(self.native("goo_print", Vec::new(), vec![values, int(i64::from(line))], Ty::unit()))
    }

    fn panic(&mut self, arg: &Expr) -> Lower<Val> {
        let value = self.value(arg)?;
        if !self.is_open() {
            return Ok(Val::never());
        }
        let ty = value.ty;
        let op = self.snapshot(value.op, ty);
        for name in [printing::ERROR, printing::STRING] {
            self.panic_text(Val { op: op.clone(), ty }, Symbol::intern(name))?;
        }
        let op = self.coerce(Val { op, ty }, Ty::any())?;
        Ok(self.native("goo_panic", Vec::new(), vec![op], Ty::never()))
    }

    /// Crashes with the text that the value's method gives, if it has the method.
    fn panic_text(&mut self, value: Val, name: Symbol) -> Lower<()> {
        let sig = printing::text_method();
        let interface = Ty::new(TyKind::Interface(InterfaceTy {
            methods: vec![MethodTy { name, sig }],
            terms: None,
            comparable: false,
        }));
        let dynamic = self.world.is_interface(value.ty);
        let has = self.world.find_method(value.ty, name).is_some_and(|method| method.sig == sig);
        if !dynamic && !has {
            return Ok(());
        }
        let [yes, no] = [self.block(), self.block()];
        let receiver = self.coerce(value, Ty::any())?;
        let cond = self.is_type(receiver.clone(), interface);
        self.branch(cond, yes, no);
        self.start(yes);
        let receiver = self.eval(Rvalue::Retype(receiver, interface), interface).op;
        let message = self.call(Callee::Method { receiver, name, sig }, Vec::new(), Ty::string()).op;
        self.native("goo_panic_text", Vec::new(), vec![message], Ty::never());
        self.start(no);
        Ok(())
    }

    /// A call of a builtin, evaluated up to the calling, as a closure: what its arguments were is captured.
    pub fn delayed_builtin(&mut self, e: &Expr, call: &Call, keep_result: bool) -> Lower<Val> {
        let mut captured = Captured::default();
        let mut given = rustc_hash::FxHashMap::default();
        let callee = strip(&call.callee);
        let info = &self.world.program.info;
        let builtin =
            match (info.exprs.get(&callee.id).map(|info| info.mode), info.uses.get(&callee.id).copied()) {
                (Some(Mode::Builtin(builtin)), _) | (_, Some(Entity::Builtin(builtin))) => Some(builtin),
                _ => None,
            };
        let mut exprs: Vec<&Expr> = call.args.iter().map(|arg| &arg.value).collect();
        if let (None, ExprKind::Select { base, .. }) = (builtin, &callee.kind) {
            exprs.insert(0, base);
        }
        for (index, arg) in exprs.into_iter().enumerate() {
            let arg = if index == 0 && builtin.is_some() { changed(info, arg) } else { strip_ref(arg) };
            if info.types.contains_key(&arg.id) && !info.exprs.contains_key(&arg.id) {
                continue;
            }
            let changes =
                index == 0 && matches!(builtin, Some(Builtin::Delete | Builtin::Clear | Builtin::Copy));
            let path = match changes {
                true => {
                    let path = self.path_or_temp(arg)?;
                    self.capture_path(path, &mut captured)
                }
                false => {
                    let value = self.value(arg)?;
                    let base = captured.add(value.op, value.ty);
                    Path { base, steps: Vec::new(), ty: value.ty }
                }
            };
            given.insert(arg.id, path);
        }
        let result = match info.exprs.get(&e.id) {
            Some(info) if keep_result && !Self::is_unit(self.ty(info.ty)) => self.ty(info.ty),
            _ => Ty::unit(),
        };
        let id = self.synthesized(e.span, captured.types, result, |inner| {
            inner.given = given;
            let value = inner.value(e)?;
            Ok(Some(value.op))
        })?;
        let ty = Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result }));
        Ok(self.eval(Rvalue::Closure(id, captured.ops), ty))
    }

    /// A call that is none: only calls can be delayed.
    pub fn delayed_effect(&mut self, e: &Expr, _keep_result: bool) -> Lower<Val> {
        ice(e.span, "`go` and `defer` take a call")
    }

    /// A value as text, for messages.
    pub fn formatted(&mut self, value: Val) -> Operand {
        self.unit.boxed.insert(value.ty);
        self.native("goo_format_value", vec![value.ty], vec![value.op], Ty::string()).op
    }

    /// Crashes with a text put together from parts.
    pub fn crash_with(&mut self, parts: Vec<Operand>) {
        let message = self.concat_values(parts, Ty::string()).op;
        self.native("goo_panic_text", Vec::new(), vec![message], Ty::never());
    }

    /// The source under a span as a text.
    pub fn source_text(&self, e: &Expr) -> Operand {
        text(self.world.program.sources.text(e.span))
    }
}

fn zero_float(ty: Ty) -> Operand {
    Operand::Const(crate::mir::Const::Float(0.0), ty)
}

/// The n-th argument.
pub(super) fn argument<'a>(e: &Expr, args: &'a [Arg], index: usize) -> Lower<&'a Expr> {
    match args.get(index) {
        Some(arg) => Ok(&arg.value),
        None => ice(e.span, "an argument is missing"),
    }
}
