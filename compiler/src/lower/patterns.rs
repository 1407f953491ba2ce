//! Channel patterns: how their ends are made, what travels, and what is received.
//!
//! What the runtime's queues hold is not always what the program sends: a publication travels with its topic, and what a dealer
//! sends with its identity, as the prelude's `Published` and `Letter`.

use super::Lower;
use super::builtins::argument;
use super::channels::Options;
use super::function::{Builder, Val, int, text};
use super::instances::ice;
use crate::mir::{Operand, Rvalue};
use crate::syntax::ast::{Arg, ChanDir, ChanPattern, Expr, ExprKind, strip};
use crate::types::check::make::listed;
use crate::types::patterns::{End, Sends};
use crate::types::{BuiltinMethod, Ty, TyKind};

/// A send: where to, what travels there, and the message.
pub struct Sending {
    pub chan: Operand,
    pub elem: Ty,
    pub message: Operand,
}

impl Builder<'_, '_> {
    /// The row of a channel's type (of an optional one, too), and its element.
    pub(super) fn chan_end(&self, ty: Ty) -> Lower<(&'static End, Ty)> {
        let kind = self.kind(ty);
        match (kind, End::of_kind(kind)) {
            (TyKind::Chan { elem, .. }, Some(end)) => Ok((end, *elem)),
            (TyKind::Optional(inner), _) => self.chan_end(*inner),
            _ => ice(self.span, "not a channel"),
        }
    }

    /// What a receive from a channel of this type gives.
    pub(super) fn received_ty(&self, ty: Ty) -> Lower<Ty> {
        match self.kind(ty) {
            TyKind::Optional(inner) => self.received_ty(*inner),
            kind => match self.world.program.envelopes.received(kind) {
                Some(received) => Ok(received),
                None => ice(self.span, "not a channel"),
            },
        }
    }

    /// What a request channel carries.
    fn carried_ty(&self, ty: Ty) -> Lower<Ty> {
        match self.kind(ty) {
            TyKind::Optional(inner) => self.carried_ty(*inner),
            kind => match self.world.program.envelopes.carried(kind) {
                Some(carried) => Ok(carried),
                None => ice(self.span, "not a channel"),
            },
        }
    }

    /// `ch <- v`, `news["topic"] <- v`, `router[peer] <- v`, up to the send itself. `held`: something else is evaluated before it.
    pub(super) fn sending(&mut self, chan: &Expr, value: &Expr, held: bool) -> Lower<Sending> {
        if let ExprKind::Index { base, args } = &strip(chan).kind
            && let [address] = args.as_slice()
        {
            let base_ty = self.expr_ty(base)?;
            if let TyKind::Chan { .. } = self.kind(base_ty) {
                return self.addressed(base, address, value);
            }
        }
        let chan = self.value(chan)?;
        let (end, elem) = self.chan_end(chan.ty)?;
        let chan_op = if held { self.snapshot(chan.op, chan.ty) } else { chan.op };
        let message = self.expr_to(value, elem)?;
        if end.sends == Sends::Topic {
            return Ok(self.published(chan_op, elem, text(""), message));
        }
        if end.pattern != ChanPattern::Dealer {
            return Ok(Sending { chan: chan_op, elem, message });
        }
        let (letter, peer) = (self.world.program.envelopes.letter(elem), self.world.program.envelopes.peer);
        let from = self.native("goo_chan_identity", Vec::new(), vec![chan_op.clone()], peer).op;
        let message = self.eval(Rvalue::Aggregate(letter, vec![from, message]), letter).op;
        Ok(Sending { chan: chan_op, elem: letter, message })
    }

    /// A send under a topic, or to one of many peers.
    fn addressed(&mut self, base: &Expr, address: &Expr, value: &Expr) -> Lower<Sending> {
        let chan = self.value(base)?;
        let (end, elem) = self.chan_end(chan.ty)?;
        let chan = self.snapshot(chan.op, chan.ty);
        if end.sends == Sends::Topic {
            let topic = self.expr_to(address, Ty::string())?;
            let topic = self.snapshot(topic, Ty::string());
            let message = self.expr_to(value, elem)?;
            return Ok(self.published(chan, elem, topic, message));
        }
        let peer = self.expr_to(address, self.world.program.envelopes.peer)?;
        let queue_ty =
            Ty::new(TyKind::Chan { pattern: ChanPattern::Plain, dir: ChanDir::Send, elem, reply: None });
        // A reference of this send's own: the peer may go meanwhile.
        let queue = self.native("goo_chan_peer", vec![elem], vec![chan, peer], queue_ty).op;
        let queue = self.snapshot(queue, queue_ty);
        let message = self.expr_to(value, elem)?;
        Ok(Sending { chan: queue, elem, message })
    }

    fn published(&mut self, chan: Operand, elem: Ty, topic: Operand, message: Operand) -> Sending {
        let published = self.world.program.envelopes.published(elem);
        let message = self.eval(Rvalue::Aggregate(published, vec![topic, message]), published).op;
        Sending { chan, elem: published, message }
    }

    /// What a turn of a range over a channel gives: two variables take an envelope apart.
    pub(super) fn received_parts(&mut self, received: Val, variables: usize) -> Lower<Vec<Option<Val>>> {
        if variables < 2 {
            return Ok(vec![Some(received)]);
        }
        let TyKind::Struct(fields) = self.kind(received.ty) else {
            return ice(self.span, "a message of one part");
        };
        let types = [fields[0].ty, fields[1].ty];
        let place = self.place_of(received.op, received.ty);
        Ok((0..2).map(|part| Some(Val::new(place.clone().field(part), types[part as usize]))).collect())
    }

    /// `make(pub chan T, options)`, perhaps `@ "inproc://name"`.
    pub fn make_pattern(
        &mut self,
        e: &Expr,
        ty: Ty,
        cap: Option<&Expr>,
        args: &[Arg],
        address: Option<&Expr>,
    ) -> Lower<Val> {
        let (end, elem) = self.chan_end(ty)?;
        let Options { cap, overflow, rate: [rate_count, rate_period], burst, redeliver, dead, topics } =
            self.channel_options(cap, args, int(-1))?;
        let address = match address {
            Some(address) => {
                let address = self.expr_to(address, Ty::string())?;
                self.snapshot(address, Ty::string())
            }
            None => text(""),
        };
        let envelopes = &self.world.program.envelopes;
        // As `make::End` of the runtime numbers them, and what travels.
        let (number, message) = match (end.pattern, end.dir) {
            (ChanPattern::Push, _) => (0, elem),
            (ChanPattern::Pull, _) => (1, elem),
            (ChanPattern::Pub, _) => (2, envelopes.published(elem)),
            (ChanPattern::Sub, _) => (3, envelopes.published(elem)),
            (ChanPattern::Broadcast, _) => (4, elem),
            (ChanPattern::Plain, ChanDir::Recv) => (5, elem),
            (ChanPattern::Pair, _) => (6, elem),
            (ChanPattern::Dealer, _) => (7, envelopes.letter(elem)),
            (ChanPattern::Router, _) => (8, envelopes.letter(elem)),
            (ChanPattern::Req, _) => (9, self.carried_ty(ty)?),
            (ChanPattern::Rep, _) => (10, self.carried_ty(ty)?),
            (ChanPattern::Plain, _) => {
                return ice(e.span, "this pattern is not part of this version");
            }
        };
        let site = self.site(e);
        let args = vec![
            int(number),
            cap,
            overflow,
            rate_count,
            rate_period,
            burst,
            redeliver,
            dead,
            address,
            topics,
            site,
        ];
        Ok(self.native("goo_pattern_make", vec![message, elem], args, ty))
    }

    /// `make(…) @ "inproc://name"`.
    pub fn endpoint(&mut self, e: &Expr, chan: &Expr, address: &Expr) -> Lower<Val> {
        let ExprKind::Call(call) = &strip(chan).kind else { return ice(e.span, "no `make`") };
        let ty = self.expr_ty(e)?;
        let cap = call.args.iter().skip(1).find(|arg| arg.name.is_none()).map(|arg| &arg.value);
        let [address] = listed(address)[..] else { return ice(e.span, "several addresses") };
        self.make_pattern(chan, ty, cap, &call.args, Some(address))
    }

    /// The methods by which ends come from ends.
    pub fn end_method(
        &mut self,
        e: &Expr,
        method: BuiltinMethod,
        chan: Val,
        args: &[Arg],
        result: Ty,
    ) -> Lower<Val> {
        let (end, _) = self.chan_end(chan.ty)?;
        let chan_op = self.snapshot(chan.op, chan.ty);
        match method {
            // The same channel, of which this reference only receives.
            BuiltinMethod::Pull | BuiltinMethod::Rep => {
                Ok(self.eval(Rvalue::Retype(chan_op, result), result))
            }
            BuiltinMethod::Pair | BuiltinMethod::Dealer => {
                let site = self.site(e);
                Ok(self.native("goo_chan_other_end", Vec::new(), vec![chan_op, site], result))
            }
            BuiltinMethod::Subscribe if end.pattern != ChanPattern::Sub => {
                let topics = self.topic_args(args)?;
                let Options { cap, overflow, .. } = self.channel_options(None, args, int(-1))?;
                let site = self.site(e);
                let args = vec![chan_op, cap, overflow, topics, site];
                Ok(self.native("goo_hub_subscribe", Vec::new(), args, result))
            }
            BuiltinMethod::Subscribe | BuiltinMethod::Unsubscribe => {
                let topics = self.topic_args(args)?;
                let add = int(i64::from(method == BuiltinMethod::Subscribe));
                Ok(self.native("goo_hub_change_topics", Vec::new(), vec![chan_op, add, topics], Ty::unit()))
            }
            _ => ice(e.span, "this pattern is not part of this version"),
        }
    }

    /// The arguments without names: strings, or one slice of them.
    fn topic_args(&mut self, args: &[Arg]) -> Lower<Operand> {
        let topics: Vec<&Expr> = args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
        self.topics(&topics)
    }

    pub(super) fn topics(&mut self, topics: &[&Expr]) -> Lower<Operand> {
        let texts = Ty::slice(Ty::string());
        if let [one] = topics {
            let ty = self.expr_ty(one)?;
            if let TyKind::Slice(_) = self.kind(ty) {
                let op = self.expr_to(one, texts)?;
                return Ok(self.snapshot(op, texts));
            }
        }
        let mut ops = Vec::new();
        for topic in topics {
            let op = self.expr_to(topic, Ty::string())?;
            ops.push(self.snapshot(op, Ty::string()));
        }
        Ok(match ops.is_empty() {
            true => super::function::zero(texts),
            false => self.eval(Rvalue::Slice(texts, ops), texts).op,
        })
    }

    /// `TrySend`, `SendWithin`.
    pub fn limited_send(
        &mut self,
        e: &Expr,
        method: BuiltinMethod,
        base: &Expr,
        args: &[Arg],
        result: Ty,
    ) -> Lower<Val> {
        let value = argument(e, args, 0)?;
        if method == BuiltinMethod::TrySend {
            let Sending { chan, elem, message } = self.sending(base, value, false)?;
            return Ok(self.native("goo_chan_try_send", vec![elem], vec![chan, message], result));
        }
        let Sending { chan, elem, message } = self.sending(base, value, false)?;
        let limit = self.nanoseconds(argument(e, args, 1)?)?;
        Ok(self.native("goo_chan_send_within", vec![elem], vec![chan, message, limit], result))
    }
}
