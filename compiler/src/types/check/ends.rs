//! What may be done with an end of a channel: sends, receives, topics and peers, by the table in [`crate::types::patterns`].

use super::{Checker, Context, Operand, instead};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{Call, ChanDir, ChanPattern, Expr, ExprKind, strip};
use crate::types::patterns::{End, Receives, Sends};
use crate::types::{FuncTy, Ty, TyKind};

impl<'a> Checker<'a> {
    /// The row of a channel's type.
    pub fn end_of(&mut self, ty: Ty) -> Option<&'static End> {
        self.core_type(ty).and_then(|core| End::of_kind(core.kind()))
    }

    /// Where something is sent to: a channel, or a channel with a topic or peer.
    pub fn send_target(&mut self, chan: &'a Expr) -> Operand<'a> {
        let before = self.addressing.replace(strip(chan).id);
        let channel = self.expr(chan, None);
        self.addressing = before;
        channel
    }

    /// What one may send to the operand; reports what is not a channel to send to.
    pub fn send_elem(&mut self, channel: &Operand<'a>, span: Span) -> Option<Ty> {
        if channel.is_error() {
            return None;
        }
        let name = self.type_name(channel.ty);
        let core = self.core_type(channel.ty);
        let kind = core.map(Ty::kind);
        if let Some(TyKind::Optional(inner)) = kind
            && matches!(inner.kind(), TyKind::Chan { .. })
        {
            let message = format!("cannot send to `{name}`: it may be `none`");
            self.report(
                Diagnostic::error(Code::InvalidOperation, span, message)
                    .help("unwrap it first: `if ch := opt { ch <- v }`"),
            );
            return None;
        }
        let Some((end, TyKind::Chan { elem, .. })) = kind.and_then(End::of_kind).zip(kind) else {
            let message = format!("cannot send to a value of type `{name}`: it is not a channel");
            self.report(Diagnostic::error(Code::InvalidOperation, span, message));
            return None;
        };
        let allowed = match end.sends {
            Sends::Message | Sends::Topic => true,
            Sends::Peer => channel.expr.is_some_and(is_addressed),
            Sends::No | Sends::Call => false,
        };
        if !allowed {
            let why = match end.sends {
                Sends::Peer => "it has many peers",
                Sends::Call => "it asks, and each request has a reply",
                _ => "it is for receiving only",
            };
            let mut diagnostic =
                Diagnostic::error(Code::WrongEnd, span, format!("cannot send to `{name}`: {why}"));
            if let Some(instead) = end.instead_of_send() {
                diagnostic = diagnostic.help(instead);
            }
            self.report(diagnostic);
            return None;
        }
        Some(*elem)
    }

    /// What a receive from the operand gives; reports one that cannot be received from.
    pub fn receives(&mut self, x: &Operand<'a>) -> Option<Ty> {
        let under = self.core_type(x.ty).unwrap_or(x.ty);
        let under = match under.kind() {
            // A `select` case on a channel that may be `none` never fires while it is.
            TyKind::Optional(inner) if matches!(self.underlying(*inner).kind(), TyKind::Chan { .. }) => {
                self.underlying(*inner)
            }
            _ => under,
        };
        let what = self.describe(x);
        let error = match under.kind() {
            TyKind::Chan { .. } => {
                let end = End::of_kind(under.kind())?;
                if end.can_receive() {
                    return self.received_ty(under);
                }
                let error = Diagnostic::error(Code::WrongEnd, x.span, format!("cannot receive from {what}"))
                    .label("this end can only send");
                match end.instead_of_receive() {
                    Some(instead) => error.help(instead),
                    None => error,
                }
            }
            TyKind::Task(result) => {
                let crash = self.universe.crash;
                return Some(Ty::new(TyKind::Result(*result, crash)));
            }
            TyKind::Error => return None,
            other => {
                let error =
                    Diagnostic::error(Code::InvalidOperation, x.span, format!("cannot receive from {what}"))
                        .label("not a channel");
                if matches!(other, TyKind::Supervisor) { error.help(instead::OF_WAITING) } else { error }
            }
        };
        self.report(error);
        None
    }

    /// What a receive from a channel of this type gives, if one can.
    pub fn received_ty(&mut self, ty: Ty) -> Option<Ty> {
        let core = self.core_type(ty)?;
        self.received_as(core, End::of_kind(core.kind())?.receives)
    }

    /// What a message of a channel of this type is when it is received so.
    pub fn received_as(&mut self, channel: Ty, receives: Receives) -> Option<Ty> {
        let TyKind::Chan { elem, .. } = channel.kind() else { return None };
        let envelopes = &self.program.envelopes;
        match receives {
            Receives::No => None,
            Receives::Message => Some(*elem),
            Receives::Published => Some(envelopes.published(*elem)),
            Receives::Letter => Some(envelopes.letter(*elem)),
            Receives::Request => envelopes.carried(channel.kind()),
        }
    }

    /// What a range over a channel gives to two variables: the topic or peer, and the message.
    pub fn envelope_parts(&mut self, ty: Ty) -> Option<(Ty, Ty)> {
        let core = self.core_type(ty)?;
        let TyKind::Chan { elem, .. } = core.kind() else { return None };
        match End::of_kind(core.kind())?.receives {
            Receives::Published => Some((Ty::string(), *elem)),
            Receives::Letter => Some((self.program.envelopes.peer, *elem)),
            Receives::No | Receives::Message | Receives::Request => None,
        }
    }

    /// `news["topic"]`, `router[peer]`: to send there.
    pub fn address(&mut self, expr: &'a Expr, x: Operand<'a>, index: &'a Expr) -> Operand<'a> {
        let sends = self.end_of(x.ty).map_or(Sends::No, |end| end.sends);
        let (wanted, what) = match sends {
            Sends::Topic => (Ty::string(), "as a topic"),
            Sends::Peer => (self.program.envelopes.peer, "as the peer to send to"),
            Sends::No | Sends::Message | Sends::Call => {
                let what = self.describe(&x);
                self.report(
                    Diagnostic::error(Code::WrongEnd, x.span, format!("cannot index {what}"))
                        .label("only a `pub` has topics, and only a `router` has peers"),
                );
                self.expr_or_type(index, None);
                return Operand::error(expr);
            }
        };
        let value = self.expr(index, Some(wanted));
        self.assign(value, wanted, &Context::Other(what));
        if self.addressing != Some(expr.id) {
            let text = self.source_text(expr.span);
            self.report(
                Diagnostic::error(Code::WrongEnd, expr.span, format!("`{text}` is not a value"))
                    .label("only sent to: by `<-`, `TrySend` or `SendWithin`"),
            );
            return Operand::error(expr);
        }
        Operand::value(x.ty, expr)
    }

    /// `calc(op)`: a call across a request channel, which has a reply or an error.
    pub fn request_call(&mut self, expr: &'a Expr, call: &'a Call, channel: Ty) -> Option<Operand<'a>> {
        let TyKind::Chan { elem, reply: Some(reply), .. } = channel.kind() else { return None };
        let end = End::of_kind(channel.kind())?;
        if end.sends != Sends::Call {
            let name = self.type_name(channel);
            self.use_args(&call.args);
            self.report(
                Diagnostic::error(Code::WrongEnd, expr.span, format!("cannot call a `{name}`: it answers"))
                    .label("requests are received from it")
                    .help("write `for q := range ch { q.Reply(…) }`; the `req chan` is called"),
            );
            return Some(Operand::error(expr));
        }
        let error = self.program.envelopes.no_reply;
        let result = Ty::new(TyKind::Result(*reply, error));
        self.arguments(call, &FuncTy::of([*elem], result));
        Some(Operand::value(result, expr))
    }

    /// `calc(op) within 200ms`.
    pub fn within(&mut self, expr: &'a Expr, call: &'a Expr, limit: &'a Expr) -> Operand<'a> {
        let operand = self.expr(call, None);
        let time = self.expr(limit, Some(Ty::duration()));
        self.assign(time, Ty::duration(), &Context::Other("as a time limit"));
        if operand.is_error() {
            return Operand::error(expr);
        }
        let is_request = match &strip(call).kind {
            ExprKind::Call(inner) => {
                let callee = self.program.info.exprs.get(&strip(&inner.callee).id).map(|info| info.ty);
                callee.and_then(|ty| self.end_of(ty)).is_some_and(|end| end.sends == Sends::Call)
            }
            _ => false,
        };
        if !is_request {
            let text = self.source_text(call.span);
            self.report(
                Diagnostic::error(Code::WrongEnd, expr.span, format!("`within` does not limit `{text}`"))
                    .label("only the call of a `req chan` has a time limit of its own")
                    .help("receive with `ch.RecvWithin(d)`, send with `ch.SendWithin(m, d)`, or choose with `select { … case after d: }`"),
            );
            return Operand::error(expr);
        }
        Operand::value(operand.ty, expr)
    }

    /// `news.Subscribe("weather.", cap: 10, overflow: latest)`.
    pub fn subscribe(&mut self, expr: &'a Expr, call: &'a Call, method: Ty) -> Operand<'a> {
        let TyKind::Func(sig) = method.kind() else { return Operand::error(expr) };
        let takes_topics = !sig.params.is_empty();
        // A subscriber says how much it has room for; what it adds to its topics later says no more.
        let options = (sig.result != Ty::unit()).then(|| End::of(ChanPattern::Sub, ChanDir::Both));
        if takes_topics {
            let topics: Vec<_> =
                call.args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
            self.topic_values(&topics);
        }
        for arg in &call.args {
            match (arg.name, options) {
                (None, _) if takes_topics => {}
                (Some(_), Some(end)) if takes_topics => self.make_option(arg, Ty::error(), Some(end), true),
                _ => {
                    self.expr(&arg.value, None);
                    self.report(
                        Diagnostic::error(
                            Code::ArgumentCount,
                            arg.value.span,
                            "`Subscribe` takes no such argument here",
                        )
                        .label("not expected"),
                    );
                }
            }
        }
        self.call_result(expr, sig.result)
    }

    /// A method by which something is sent to a router says to whom.
    pub fn says_to_whom(&mut self, x: &Operand<'a>) -> bool {
        let needs = self.end_of(x.ty).is_some_and(|end| end.sends == Sends::Peer);
        let says = x.expr.is_some_and(is_addressed);
        if needs && !says {
            let name = self.type_name(x.ty);
            self.report(
                Diagnostic::error(
                    Code::WrongEnd,
                    x.span,
                    format!("cannot send to `{name}`: it has many peers"),
                )
                .help("say to whom: `ch[letter.From].TrySend(m)`"),
            );
        }
        says || !needs
    }
}

/// Whether a channel has a topic or peer: `ch[x]`.
fn is_addressed(expr: &Expr) -> bool {
    matches!(strip(expr).kind, ExprKind::Index { .. })
}
