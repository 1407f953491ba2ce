//! `for … range` over everything but functions.
//!
//! The subject is evaluated once. What nobody assigns as a whole meanwhile is walked where it is: its elements are read as they
//! are at their turn, as in Go, and nothing is counted. Otherwise a copy of its header is walked.

use super::Lower;
use super::function::{Builder, Val, int, zero};
use super::instances::ice;
use crate::mir::{BlockId, Const, Local, Operand, Place, PlaceBase, Proj, Rvalue, StatementKind};
use crate::syntax::Symbol;
use crate::syntax::ast::{BinaryOp, Block, Expr, ExprKind, Range, RangeBind, strip, strip_ref};
use crate::types::writes::{self, root_var};
use crate::types::{Selection, Ty, TyKind, VarId};

/// A loop being built.
struct Loop {
    head: BlockId,
    next: BlockId,
    end: BlockId,
}

impl Builder<'_, '_> {
    pub fn range(&mut self, label: Option<Symbol>, s: &Range) -> Lower<()> {
        self.open_scope();
        let subject_ty = self.range_ty(&s.subject)?;
        match self.kind(subject_ty) {
            TyKind::Int(_) | TyKind::Untyped(_) | TyKind::Float(_) => self.range_int(label, s)?,
            TyKind::Slice(elem) => self.range_elements(label, s, *elem, true)?,
            TyKind::Array(_, elem) => self.range_elements(label, s, *elem, false)?,
            TyKind::String => self.range_string(label, s)?,
            TyKind::Map(key, value) => self.range_map(label, s, (*key, *value))?,
            TyKind::Chan { .. } => {
                let received = self.received_ty(subject_ty)?;
                self.range_chan(label, s, received)?;
            }
            TyKind::Func(_) => self.range_func(label, s, subject_ty)?,
            _ => return ice(s.subject.span, "a range over what cannot be ranged over"),
        }
        self.close_scope();
        Ok(())
    }

    fn range_ty(&mut self, subject: &Expr) -> Lower<Ty> {
        if let ExprKind::Call(call) = &strip(subject).kind
            && let Some(Selection::Builtin(crate::types::BuiltinMethod::Batch)) =
                self.world.program.info.selections.get(&strip(&call.callee).id)
        {
            return self.batch_ty(call);
        }
        self.expr_ty(subject)
    }

    fn new_loop(&mut self) -> Loop {
        Loop { head: self.block(), next: self.block(), end: self.block() }
    }

    /// The body in its scope, up to the way back.
    fn turn(&mut self, label: Option<Symbol>, s: &Range, l: &Loop, values: Vec<Option<Val>>) -> Lower<()> {
        self.open_target(label, l.end, Some(l.next));
        self.open_scope();
        self.bind_range(&s.bind, values)?;
        self.range_turn(s)?;
        self.close_scope();
        self.targets.pop();
        self.goto_start(l.next);
        self.span = s.span;
        Ok(())
    }

    /// The body; of a `go parallel for`, the start of a task.
    pub fn range_turn(&mut self, s: &Range) -> Lower<()> {
        match self.spawning.clone() {
            Some(turn) => self.start_turn(turn),
            None => self.block_stmts(&s.body),
        }
    }

    fn loop_back(&mut self, l: &Loop) {
        self.push(StatementKind::Poll);
        self.goto(l.head);
        self.start(l.end);
    }

    /// Gives the names or targets of a range the values of a turn.
    pub fn bind_range(&mut self, bind: &RangeBind, values: Vec<Option<Val>>) -> Lower<()> {
        match bind {
            RangeBind::None => {}
            RangeBind::Define(names) => {
                for (name, value) in names.iter().zip(values) {
                    if let Some(value) = value {
                        self.give_name(name, value)?;
                    }
                }
            }
            RangeBind::Assign(targets) => {
                let mut paths = Vec::new();
                for target in targets {
                    paths.push(self.target(target)?);
                }
                for (path, value) in paths.into_iter().zip(values) {
                    if let Some(value) = value {
                        self.assign_path(path, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the n-th name of the bind is there and not `_`.
    pub fn wants(&self, bind: &RangeBind, index: usize) -> bool {
        match bind {
            RangeBind::None => false,
            RangeBind::Define(names) => names.get(index).is_some_and(|name| name.name.as_str() != "_"),
            RangeBind::Assign(targets) => targets
                .get(index)
                .is_some_and(|e| !matches!(&strip(e).kind, ExprKind::Name(name) if name.as_str() == "_")),
        }
    }

    fn range_int(&mut self, label: Option<Symbol>, s: &Range) -> Lower<()> {
        let limit = self.value(&s.subject)?;
        let ty = match limit.ty.kind() {
            TyKind::Untyped(_) => Ty::int(),
            _ => limit.ty,
        };
        let limit = self.coerce(limit, ty)?;
        let limit = self.snapshot(limit, ty);
        let counter = self.assign_temp(Rvalue::Use(Operand::Const(Const::Int(0), ty)), ty);
        let (l, body) = (self.new_loop(), self.block());
        self.goto_start(l.head);
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, counter.into(), limit), Ty::bool()).op;
        self.branch(cond, body, l.end);
        self.start(body);
        self.turn(label, s, &l, vec![Some(Val::new(counter, ty))])?;
        self.step_up(counter, ty);
        self.loop_back(&l);
        Ok(())
    }

    /// The variable that a range's first name declares.
    fn loop_index(&self, s: &Range) -> Option<VarId> {
        match &s.bind {
            RangeBind::Define(names) => self.world.program.info.defs.get(&names.first()?.id).copied(),
            RangeBind::None | RangeBind::Assign(_) => None,
        }
    }

    /// The variable that an expression names.
    pub fn whole_var(&self, e: &Expr) -> Option<VarId> {
        match strip(e).kind {
            ExprKind::Name(_) => root_var(&self.world.program.info, e),
            _ => None,
        }
    }

    /// Remembers that an index is in range throughout a body, if neither it nor the collection as a whole changes there.
    pub fn note_in_range(&mut self, index: VarId, collection: VarId, body: &Block) {
        let program = self.world.program;
        let stays = |var: VarId| self.own(var) && !writes::assigns_var(program, var, body);
        if stays(index) && stays(collection) {
            self.in_range.push((index, collection));
        }
    }

    /// The place to walk: the variable itself, or the part of it, where its elements can be read at their turn; else a copy.
    fn walked(&mut self, s: &Range) -> Lower<(Place, Ty)> {
        if let Some(path) = self.path(&s.subject)? {
            let local = matches!(path.base.base, PlaceBase::Local(_));
            let plain = local && path.base.proj.is_empty() && path.steps.is_empty();
            let ty = path.ty;
            if self.walks_in_place(s, plain, ty) {
                let path = self.hold_indexes(path);
                return Ok((self.read_path(path), ty));
            }
            let place = self.read_path(path);
            let copy = self.assign_temp(Rvalue::Use(place.into()), ty);
            return Ok((copy.into(), ty));
        }
        let value = self.value(&s.subject)?;
        let place = self.place_of(value.op, value.ty);
        Ok((place, value.ty))
    }

    /// Whether a range over a place goes over it as it is at each turn. Nobody but the body may change it, and the body
    /// not as a whole; what others can reach, `types/check/walked.rs` knows. Other than a plain local, a place that does not
    /// change at all is better copied: its header is
    /// then at hand in each turn.
    fn walks_in_place(&self, s: &Range, plain: bool, ty: Ty) -> bool {
        let program = self.world.program;
        let Some(var) = root_var(&program.info, &s.subject) else { return false };
        let data = self.world.var(var);
        if self.others_reach(s) {
            return true;
        }
        if self.world.global(var).is_some() || self.in_cell(var) || data.inout && data.captured {
            return false;
        }
        match self.kind(ty) {
            // An array is copied when it is changed, as in Go.
            TyKind::Array(..) => plain && !writes::changes(program, var, &s.body),
            TyKind::Slice(_) | TyKind::Map(..) => {
                !writes::assigns(program, &s.subject, &s.body)
                    && (plain || writes::changes(program, var, &s.body))
            }
            _ => plain && !writes::assigns(program, &s.subject, &s.body),
        }
    }

    /// Whether the range goes in place over what others can reach.
    fn others_reach(&self, s: &Range) -> bool {
        self.world.program.info.walked_in_place.contains(&strip_ref(&s.subject).id)
    }

    /// Whether a variable is seen by its function alone.
    fn own(&self, var: VarId) -> bool {
        let data = self.world.var(var);
        !data.captured && !data.inout && self.world.global(var).is_none() && !self.in_cell(var)
    }

    fn range_elements(&mut self, label: Option<Symbol>, s: &Range, elem: Ty, shared: bool) -> Lower<()> {
        let wants_value = self.wants(&s.bind, 1);
        let (place, len) = if wants_value || shared {
            let (place, _) = self.walked(s)?;
            let len = self.eval(Rvalue::Len(place.clone()), Ty::int()).op;
            (place, len)
        } else {
            // Of an array only the length is wanted, which is known.
            let path = self.path_or_temp(&s.subject)?;
            let TyKind::Array(len, _) = self.kind(path.ty) else { return ice(s.span, "no array") };
            (path.base, int(*len as i64))
        };
        let counter = self.assign_temp(Rvalue::Use(int(0)), Ty::int());
        let (l, body) = (self.new_loop(), self.block());
        self.goto_start(l.head);
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, counter.into(), len), Ty::bool()).op;
        self.branch(cond, body, l.end);
        self.start(body);
        let value = wants_value.then(|| {
            let index = Box::new(Operand::from(counter));
            // What others can reach has its length as long as it is not replaced; should it be, that is a crash.
            let checked = !self.others_reach(s);
            Val::new(place.then(Proj::Index { index, checked }), elem)
        });
        let known = self.in_range.len();
        if let Some(index) = self.loop_index(s)
            && let Some(var) = self.whole_var(&s.subject)
        {
            self.note_in_range(index, var, &s.body);
        }
        self.turn(label, s, &l, vec![Some(Val::new(counter, Ty::int())), value])?;
        self.in_range.truncate(known);
        self.step_up(counter, Ty::int());
        self.loop_back(&l);
        Ok(())
    }

    fn range_string(&mut self, label: Option<Symbol>, s: &Range) -> Lower<()> {
        let (place, _) = self.walked(s)?;
        let len = self.eval(Rvalue::Len(place.clone()), Ty::int()).op;
        let position = self.assign_temp(Rvalue::Use(int(0)), Ty::int());
        let width = self.temp(Ty::int());
        let (l, body) = (self.new_loop(), self.block());
        self.goto_start(l.head);
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, position.into(), len), Ty::bool()).op;
        self.branch(cond, body, l.end);
        self.start(body);
        let rune = self.temp(Ty::rune());
        self.decode(&place, position, rune, width);
        let rune = Val::new(rune, Ty::rune());
        self.turn(label, s, &l, vec![Some(Val::new(position, Ty::int())), Some(rune)])?;
        self.assign(position, Rvalue::Binary(BinaryOp::Add, position.into(), width.into()));
        self.loop_back(&l);
        Ok(())
    }

    /// The rune at a position, and how many bytes it has: most have one.
    fn decode(&mut self, text: &Place, position: Local, rune: Local, width: Local) {
        let index = Box::new(Operand::from(position));
        let first = Operand::from(text.then(Proj::Index { index, checked: true }));
        let [one, more, join] = [self.block(), self.block(), self.block()];
        let limit = Operand::Const(Const::Int(0x80), Ty::byte());
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, first.clone(), limit), Ty::bool()).op;
        self.branch(cond, one, more);
        self.start(one);
        self.assign(rune, Rvalue::Cast(first, Ty::rune()));
        self.assign(width, Rvalue::Use(int(1)));
        self.goto(join);
        self.start(more);
        // The rune in the low half, the number of its bytes in the high half.
        let args = vec![text.clone().into(), position.into()];
        let both = self.native("goo_string_decode", Vec::new(), args, Ty::int()).op;
        self.assign(width, Rvalue::Binary(BinaryOp::Shr, both.clone(), int(32)));
        self.assign(rune, Rvalue::Cast(both, Ty::rune()));
        self.goto_start(join);
    }

    fn range_map(&mut self, label: Option<Symbol>, s: &Range, (key, value): (Ty, Ty)) -> Lower<()> {
        let (place, map) = self.walked(s)?;
        let position = self.assign_temp(Rvalue::Use(int(0)), Ty::int());
        let (l, body) = (self.new_loop(), self.block());
        self.goto_start(l.head);
        self.open_scope();
        let mut outs = Vec::new();
        let mut args: Vec<Operand> = vec![place.into(), position.into()];
        for (index, ty) in [(0, key), (1, value)] {
            if self.wants(&s.bind, index) {
                let out = self.scoped_temp(ty);
                args.push(self.reference(out.into(), ty));
                outs.push(Some(Val::new(out, ty)));
            } else {
                args.push(int(0));
                outs.push(None);
            }
        }
        let next = self.native("goo_map_next", vec![map], args, Ty::int()).op;
        self.assign(position, Rvalue::Use(next));
        let cond = self.eval(Rvalue::Binary(BinaryOp::Lt, position.into(), int(0)), Ty::bool()).op;
        let done = self.block();
        self.branch(cond, done, body);
        self.start(done);
        let depth = self.depth() - 1;
        self.leave_scopes(depth);
        self.goto(l.end);
        self.start(body);
        let mut values = Vec::new();
        for out in outs {
            values.push(out);
        }
        self.map_turn(label, s, &l, values)?;
        self.loop_back(&l);
        Ok(())
    }

    /// As [`Builder::turn`], with the scope of the key and the value already open.
    fn map_turn(
        &mut self,
        label: Option<Symbol>,
        s: &Range,
        l: &Loop,
        values: Vec<Option<Val>>,
    ) -> Lower<()> {
        // `break` and `continue` leave that scope, too.
        self.open_target(label, l.end, Some(l.next));
        if let Some(target) = self.targets.last_mut() {
            target.depth -= 1;
        }
        self.open_scope();
        self.bind_range(&s.bind, values)?;
        self.range_turn(s)?;
        self.close_scope();
        self.targets.pop();
        self.close_scope();
        self.goto_start(l.next);
        self.span = s.span;
        Ok(())
    }

    fn range_chan(&mut self, label: Option<Symbol>, s: &Range, elem: Ty) -> Lower<()> {
        if let ExprKind::Call(call) = &strip(&s.subject).kind
            && let Some(Selection::Builtin(crate::types::BuiltinMethod::Batch)) =
                self.world.program.info.selections.get(&strip(&call.callee).id)
        {
            return self.range_batch(label, s, call);
        }
        let chan = self.value(&s.subject)?;
        let chan_op = self.snapshot(chan.op, chan.ty);
        self.range_received(label, s, elem, |this| {
            let ty = Ty::tuple(vec![elem, Ty::bool()]);
            this.native("goo_chan_recv_ok", vec![elem], vec![chan_op.clone()], ty)
        })
    }

    /// A loop over what `receive` gives with `true`.
    pub fn range_received(
        &mut self,
        label: Option<Symbol>,
        s: &Range,
        elem: Ty,
        receive: impl FnOnce(&mut Self) -> Val,
    ) -> Lower<()> {
        let (l, body) = (self.new_loop(), self.block());
        self.goto_start(l.head);
        let received = receive(self);
        let place = self.place_of(received.op, received.ty);
        self.branch(place.field(1).into(), body, l.end);
        self.start(body);
        let variables = match &s.bind {
            RangeBind::None => 0,
            RangeBind::Define(names) => names.len(),
            RangeBind::Assign(targets) => targets.len(),
        };
        let values = self.received_parts(Val::new(place.field(0), elem), variables)?;
        self.turn(label, s, &l, values)?;
        self.loop_back(&l);
        Ok(())
    }

    /// A temporary that a runtime function fills through its address, anew in each turn.
    fn scoped_temp(&mut self, ty: Ty) -> Local {
        let local = self.temp(ty);
        self.enter_scope(local);
        self.assign(local, Rvalue::Use(zero(ty)));
        local
    }
}
