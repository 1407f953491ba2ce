//! Channels: making, sending, receiving, `select`, and the methods of built-in types.

use super::Lower;
use super::builtins::argument;
use super::calls::{Argument, Target};
use super::function::{Builder, Val, int, text, zero};
use super::instances::ice;
use super::patterns::Sending;
use crate::mir::{
    BlockId, Operand, Place, Proj, Rvalue, Select as MirSelect, SelectCase as MirCase, StatementKind,
    Terminator,
};
use crate::syntax::Symbol;
use crate::syntax::ast::{
    Arg, BinaryOp, Call, ChanDir, ChanPattern, Expr, ExprKind, Range, Select, SelectBind, SelectCase,
    SelectKind, strip,
};
use crate::types::check::contents::may_hold_function;
use crate::types::check::make::listed;
use crate::types::patterns::POLICIES;
use crate::types::{BuiltinMethod, FuncTy, ParamTy, Ty, TyKind};

/// Where a `select` case puts what it received, and whether it did; and the type of the message.
type Received = (Option<Place>, Option<Place>, Ty);

/// What a `make` says of a channel, as the runtime takes it.
pub(super) struct Options {
    pub cap: Operand,
    pub overflow: Operand,
    pub rate: [Operand; 2],
    pub burst: Operand,
    pub redeliver: Operand,
    pub dead: Operand,
    pub topics: Operand,
}

impl Builder<'_, '_> {
    /// `make(chan T, cap, options)`.
    pub fn make_chan(&mut self, e: &Expr, ty: Ty, elem: Ty, cap: Option<&Expr>, args: &[Arg]) -> Lower<Val> {
        let Options { cap, overflow, rate: [rate_count, rate_period], burst, redeliver, dead, .. } =
            self.channel_options(cap, args, int(0))?;
        let site = self.site(e);
        let args = vec![cap, overflow, rate_count, rate_period, burst, redeliver, dead, site];
        Ok(self.native("goo_chan_make", vec![elem], args, ty))
    }

    /// The options of a `make` or a `Subscribe`; `unsaid` is the capacity and the policy when there is none.
    pub(super) fn channel_options(
        &mut self,
        cap: Option<&Expr>,
        args: &[Arg],
        unsaid: Operand,
    ) -> Lower<Options> {
        let cap = match cap {
            Some(cap) => self.index_operand(cap)?,
            None => unsaid.clone(),
        };
        let mut options = Options {
            cap,
            overflow: unsaid,
            rate: [int(0), int(0)],
            burst: int(0),
            redeliver: int(0),
            dead: int(0),
            topics: zero(Ty::slice(Ty::string())),
        };
        for arg in args {
            let Some(name) = &arg.name else { continue };
            match name.name.as_str() {
                "cap" => options.cap = self.index_operand(&arg.value)?,
                "overflow" => options.overflow = int(overflow_policy(&arg.value)),
                "rate" => options.rate = self.per(&arg.value)?,
                "burst" => options.burst = self.index_operand(&arg.value)?,
                "redeliver" => options.redeliver = self.index_operand(&arg.value)?,
                "topics" => options.topics = self.topics(&listed(&arg.value))?,
                "dead" => {
                    let value = self.value(&arg.value)?;
                    options.dead = match self.kind(value.ty) {
                        TyKind::Optional(inner) => self.eval(Rvalue::Retype(value.op, *inner), *inner).op,
                        _ => value.op,
                    };
                }
                _ => {}
            }
        }
        Ok(options)
    }

    /// `n per d` as a count and nanoseconds.
    pub fn per(&mut self, e: &Expr) -> Lower<[Operand; 2]> {
        match &strip(e).kind {
            ExprKind::Per { count, period } => {
                let count = self.index_operand(count)?;
                Ok([count, self.nanoseconds(period)?])
            }
            _ => Ok([self.index_operand(e)?, int(1_000_000_000)]),
        }
    }

    /// A duration as an `int`.
    pub fn nanoseconds(&mut self, e: &Expr) -> Lower<Operand> {
        let value = self.value(e)?;
        if let Operand::Const(crate::mir::Const::Int(nanos), _) = value.op {
            return Ok(int(nanos));
        }
        Ok(self.eval(Rvalue::Cast(value.op, Ty::int()), Ty::int()).op)
    }

    /// Where an expression stands: `main.goo:12`.
    pub fn site(&self, e: &Expr) -> Operand {
        let sources = &self.world.program.sources;
        let (line, _) = sources.line_col(e.span);
        text(&format!("{}:{line}", sources.file(e.span.file).name))
    }

    /// A channel as an operand.
    fn chan(&mut self, e: &Expr) -> Lower<(Operand, Ty)> {
        let value = self.value(e)?;
        let elem = self.received_ty(value.ty)?;
        Ok((value.op, elem))
    }

    pub fn send(&mut self, chan: &Expr, value: &Expr) -> Lower<()> {
        let Sending { chan, elem, message } = self.sending(chan, value, false)?;
        self.native("goo_chan_send", vec![elem], vec![chan, message], Ty::unit());
        Ok(())
    }

    /// `ch <- v` as a `! Full`: on a channel that refuses messages it never waits, on any other it never fails.
    pub fn fallible_send(&mut self, e: &Expr, chan: &Expr, value: &Expr) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let Sending { chan, elem, message: value } = self.sending(chan, value, false)?;
        let TyKind::Result(_, full) = self.kind(ty) else { return ice(e.span, "a send that cannot fail") };
        let result = self.temp(ty);
        let [refusing, waiting, sent, failed, join] =
            [self.block(), self.block(), self.block(), self.block(), self.block()];
        let refuses = self.native("goo_chan_refuses", Vec::new(), vec![chan.clone()], Ty::bool());
        self.branch(refuses.op, refusing, waiting);
        self.start(waiting);
        self.native("goo_chan_send", vec![elem], vec![chan.clone(), value.clone()], Ty::unit());
        self.goto(sent);
        self.start(refusing);
        let done = self.native("goo_chan_try_send", vec![elem], vec![chan, value], Ty::bool());
        self.branch(done.op, sent, failed);
        self.start(sent);
        let good = self.eval(Rvalue::Ok(ty, None), ty).op;
        self.store(result.into(), good);
        self.goto(join);
        self.start(failed);
        let bad = self.eval(Rvalue::Err(ty, zero(*full)), ty).op;
        self.store(result.into(), bad);
        self.goto_start(join);
        Ok(Val::new(result, ty))
    }

    pub fn close(&mut self, chan: &Expr) -> Lower<Val> {
        let (chan, _) = self.chan(chan)?;
        Ok(self.native("goo_chan_close", Vec::new(), vec![chan], Ty::unit()))
    }

    /// `<-x` of a channel or a task.
    pub fn receive(&mut self, e: &Expr, operand: &Expr) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let value = self.value(operand)?;
        if let TyKind::Task(_) = self.kind(value.ty) {
            return Ok(self.native("goo_task_wait", vec![ty], vec![value.op], ty));
        }
        let elem = self.received_ty(value.ty)?;
        if ty != elem
            && let TyKind::Tuple(_) = ty.kind()
        {
            return Ok(self.native("goo_chan_recv_ok", vec![ty], vec![value.op], ty));
        }
        Ok(self.native("goo_chan_recv", vec![elem], vec![value.op], elem))
    }

    // Methods of built-in types.

    pub fn builtin_method(
        &mut self,
        e: &Expr,
        method: BuiltinMethod,
        base: &Expr,
        args: &[Arg],
    ) -> Lower<Val> {
        use BuiltinMethod::*;
        let result = self.expr_ty(e)?;
        if matches!(method, TrySend | SendWithin) {
            return self.limited_send(e, method, base, args, result);
        }
        let base_value = self.value(base)?;
        let receiver = base_value.op;
        match method {
            TryRecv => Ok(self.native("goo_chan_try_recv", vec![result], vec![receiver], result)),
            RecvWithin => {
                let limit = self.nanoseconds(argument(e, args, 0)?)?;
                Ok(self.native("goo_chan_recv_within", vec![result], vec![receiver, limit], result))
            }
            Batch => {
                let elem = self.received_ty(base_value.ty)?;
                let [count, limit] = self.batch_limits(e, args)?;
                let ty = Ty::slice(elem);
                Ok(self.native("goo_chan_batch", vec![elem], vec![receiver, count, limit], ty))
            }
            TrySend | SendWithin => ice(e.span, "a send"),
            Pull | Subscribe | Unsubscribe | Rep | Pair | Dealer => {
                self.end_method(e, method, Val { op: receiver, ty: base_value.ty }, args, result)
            }
            Stats => Ok(self.native("goo_chan_stats", vec![result], vec![receiver], result)),
            Close => Ok(self.native("goo_chan_close", Vec::new(), vec![receiver], Ty::unit())),
            Cancel => Ok(self.native("goo_task_cancel", Vec::new(), vec![receiver], Ty::unit())),
            Watch if matches!(base_value.ty.kind(), TyKind::Task(_)) => {
                self.watch("goo_task_watch", receiver, result)
            }
            Start | StartAs | StartKind | Stop | Children | Restarts | Watch => {
                self.supervisor_method(e, method, receiver, args)
            }
            With => self.with_mutex(e, base_value.ty, receiver, args),
            CounterAdd => {
                let amount = match args.first() {
                    Some(amount) => self.index_operand(&amount.value)?,
                    None => int(1),
                };
                Ok(self.native("goo_counter_add", Vec::new(), vec![receiver, amount], result))
            }
            CounterValue => Ok(self.native("goo_counter_value", Vec::new(), vec![receiver], result)),
        }
    }

    fn batch_limits(&mut self, e: &Expr, args: &[Arg]) -> Lower<[Operand; 2]> {
        let count = self.index_operand(argument(e, args, 0)?)?;
        let limit = match args.get(1) {
            Some(limit) => self.nanoseconds(&limit.value)?,
            None => int(i64::MAX),
        };
        Ok([count, limit])
    }

    /// The type of `ch.Batch(…)` as something to range over: a channel of slices.
    pub fn batch_ty(&self, call: &Call) -> Lower<Ty> {
        let ExprKind::Select { base, .. } = &strip(&call.callee).kind else {
            return ice(call.callee.span, "no receiver");
        };
        let base = self.expr_ty(base)?;
        let elem = Ty::slice(self.received_ty(base)?);
        Ok(Ty::new(TyKind::Chan { pattern: ChanPattern::Plain, dir: ChanDir::Recv, elem, reply: None }))
    }

    /// `for js := range ch.Batch(n, d)`: an empty batch ends it.
    pub fn range_batch(&mut self, label: Option<Symbol>, s: &Range, call: &Call) -> Lower<()> {
        let ExprKind::Select { base, .. } = &strip(&call.callee).kind else {
            return ice(call.callee.span, "no receiver");
        };
        let value = self.value(base)?;
        let elem = self.received_ty(value.ty)?;
        let chan = self.snapshot(value.op, value.ty);
        let [count, limit] = self.batch_limits(&s.subject, &call.args)?;
        let batch = Ty::slice(elem);
        self.range_received(label, s, batch, |this| {
            let args = vec![chan, count, limit];
            let got = this.native("goo_chan_batch", vec![elem], args, batch).op;
            let place = this.place_of(got, batch);
            let len = this.eval(Rvalue::Len(place.clone()), Ty::int()).op;
            let some = this.eval(Rvalue::Binary(BinaryOp::Ne, len, int(0)), Ty::bool()).op;
            let pair = Ty::tuple(vec![batch, Ty::bool()]);
            this.eval(Rvalue::Aggregate(pair, vec![place.into(), some]), pair)
        })
    }

    /// `m.With(func(v *T) { … })`: the function changes the value in the mutex, which is locked meanwhile.
    fn with_mutex(&mut self, e: &Expr, ty: Ty, mutex: Operand, args: &[Arg]) -> Lower<Val> {
        let TyKind::Mutex(value) = self.kind(ty) else { return ice(e.span, "not a mutex") };
        let value = *value;
        let mutex = self.snapshot(mutex, ty);
        let section = self.value(argument(e, args, 0)?)?;
        let sig = self.func_ty(section.ty)?;
        let address = super::instances::ref_to(value);
        let held = self.native("goo_mutex_lock", vec![value], vec![mutex.clone()], address).op;
        let inside = self.place_of(held.clone(), address).then(Proj::Deref);
        self.crosses(&inside.clone().into(), value);
        let result = self.call(crate::mir::Callee::Closure(section.op), vec![held], sig.result);
        self.crosses(&inside.into(), value);
        self.native("goo_mutex_unlock", Vec::new(), vec![mutex], Ty::unit());
        Ok(result)
    }

    /// Makes sure that a value which others will get holds no closure that this task goes on to share variables with.
    fn crosses(&mut self, value: &Operand, ty: Ty) {
        if may_hold_function(self.world.program, ty) {
            self.native("goo_value_crosses", vec![ty], vec![value.clone()], Ty::unit());
        }
    }

    // Select.

    pub fn select(&mut self, label: Option<Symbol>, s: &Select) -> Lower<()> {
        self.open_scope();
        let mut cases = Vec::new();
        let mut timeout = None;
        let mut has_default = false;
        // For each clause: what it received, and the code that says that it was chosen.
        let mut received = Vec::new();
        for case in &s.cases {
            let mut slots = None;
            match &case.kind {
                SelectKind::Send { chan, value } => {
                    let Sending { chan: chan_op, elem, message } = self.sending(chan, value, true)?;
                    let value = self.snapshot(message, elem);
                    self.crosses(&value, elem);
                    cases.push(MirCase::Send { chan: chan_op, value });
                }
                SelectKind::Recv { recv, bind } => {
                    let ExprKind::Unary { operand, .. } = &strip(recv).kind else {
                        return ice(recv.span, "not a receive");
                    };
                    let chan = self.value(operand)?;
                    let elem = self.received_ty(chan.ty)?;
                    let chan_op = self.snapshot(chan.op, chan.ty);
                    let (value, ok) = self.select_slots(bind, elem);
                    cases.push(MirCase::Recv { chan: chan_op, value: value.clone(), ok: ok.clone() });
                    slots = Some((value, ok, elem));
                }
                SelectKind::After(limit) => timeout = Some(self.nanoseconds(limit)?),
                SelectKind::Default => has_default = true,
            }
            received.push(slots);
        }
        if let Some(limit) = timeout.take() {
            timeout = Some(self.snapshot(limit, Ty::int()));
        }
        let chosen = self.temp(Ty::int());
        let count = cases.len() as i64;
        self.push(StatementKind::Select(MirSelect {
            cases,
            timeout,
            has_default,
            first: s.first,
            chosen: chosen.into(),
        }));
        self.select_bodies(label, s, chosen.into(), count, received)?;
        self.close_scope();
        Ok(())
    }

    fn select_slots(&mut self, bind: &SelectBind, elem: Ty) -> (Option<Place>, Option<Place>) {
        let wanted = match bind {
            SelectBind::None => 0,
            SelectBind::Define(names) => names.len(),
            SelectBind::Assign(targets) => targets.len(),
        };
        let value = (wanted > 0).then(|| Place::local(self.temp(elem)));
        let ok = (wanted > 1).then(|| Place::local(self.temp(Ty::bool())));
        (value, ok)
    }

    fn select_bodies(
        &mut self,
        label: Option<Symbol>,
        s: &Select,
        chosen: Operand,
        count: i64,
        received: Vec<Option<Received>>,
    ) -> Lower<()> {
        let end = self.block();
        let bodies: Vec<BlockId> = s.cases.iter().map(|_| self.block()).collect();
        let mut next_case = 0;
        let table: Vec<(i64, BlockId)> = s
            .cases
            .iter()
            .zip(&bodies)
            .map(|(case, body)| match &case.kind {
                SelectKind::After(_) => (count, *body),
                SelectKind::Default => (count + 1, *body),
                SelectKind::Send { .. } | SelectKind::Recv { .. } => {
                    next_case += 1;
                    (next_case - 1, *body)
                }
            })
            .collect();
        match bodies.as_slice() {
            // `select {}` waits for ever.
            [] => self.end(Terminator::Unreachable),
            [only] => self.goto(*only),
            [.., last] => {
                let default = *last;
                let table = table[..table.len() - 1].to_vec();
                self.end(Terminator::Switch { value: chosen, cases: table, default });
            }
        }
        self.open_target(label, end, None);
        for ((case, body), slots) in s.cases.iter().zip(bodies).zip(received) {
            self.start(body);
            self.select_body(case, slots)?;
            self.goto(end);
        }
        self.targets.pop();
        self.start(end);
        Ok(())
    }

    fn select_body(
        &mut self,
        case: &SelectCase,
        slots: Option<(Option<Place>, Option<Place>, Ty)>,
    ) -> Lower<()> {
        self.open_scope();
        if let (SelectKind::Recv { bind, .. }, Some((value, ok, elem))) = (&case.kind, slots) {
            let values: Vec<Val> = [(value, elem), (ok, Ty::bool())]
                .into_iter()
                .filter_map(|(place, ty)| Some(Val::new(place?, ty)))
                .collect();
            match bind {
                SelectBind::None => {}
                SelectBind::Define(names) => {
                    for (name, value) in names.iter().zip(values) {
                        self.give_name(name, value)?;
                    }
                }
                SelectBind::Assign(targets) => {
                    for (target, value) in targets.iter().zip(values) {
                        let path = self.target(target)?;
                        self.assign_path(path, value)?;
                    }
                }
            }
        }
        self.stmts(&case.body)?;
        self.close_scope();
        Ok(())
    }

    /// `call within d`, of a request channel.
    pub fn within(&mut self, e: &Expr, call: &Expr, limit: &Expr) -> Lower<Val> {
        let ExprKind::Call(inner) = &strip(call).kind else { return ice(e.span, "no call") };
        let mut prepared = self.prepare(call, inner)?;
        let limit = self.expr_to(limit, Ty::duration())?;
        let (Target::Func(func, _), Some(within)) =
            (&mut prepared.target, self.world.program.envelopes.call_within)
        else {
            return ice(e.span, "no call of a request channel");
        };
        *func = within;
        prepared.args.push(Argument::Value(limit, Ty::duration()));
        self.span = e.span;
        self.invoke(prepared)
    }

    /// A request channel that is called: by a function of the prelude, whose first argument is the channel.
    pub(super) fn request_callee(&mut self, chan: Val) -> Lower<Option<(Target, Vec<Argument>, FuncTy)>> {
        let kind = self.kind(chan.ty).clone();
        let TyKind::Chan { elem, reply: Some(reply), .. } = kind else { return Ok(None) };
        let envelopes = &self.world.program.envelopes;
        let Some(call) = envelopes.call else { return ice(self.span, "a prelude without `call`") };
        let result = Ty::new(TyKind::Result(reply, envelopes.no_reply));
        let sends = Ty::new(TyKind::Chan {
            pattern: ChanPattern::Plain,
            dir: ChanDir::Send,
            elem: envelopes.request(elem, reply),
            reply: None,
        });
        let chan = self.eval(Rvalue::Retype(chan.op, sends), sends).op;
        let params = vec![ParamTy { ty: elem, inout: false }];
        let sig = FuncTy { params, variadic: false, result };
        Ok(Some((Target::Func(call, vec![elem, reply]), vec![Argument::Value(chan, sends)], sig)))
    }
}

/// The number of an `overflow` policy.
fn overflow_policy(e: &Expr) -> i64 {
    let ExprKind::Name(name) = &strip(e).kind else { return 0 };
    POLICIES.iter().position(|policy| *policy == name.as_str()).unwrap_or(0) as i64
}
